//! Many at once.

use std::collections::BTreeSet;
use std::sync::Arc;

use queue_core::{Clinic, ClinicValues, Rules, Zone};
use queue_protocol::model::{Arrival, KioskId, TicketNumber};
use queue_protocol::v1::{CallNextReply, IssueTicket};
use queue_store::{COMMANDS_MAX, Store};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::place::{Desk, MORNING, Place, fresh, room, room_id, service, service_id, zone};

/// Numbers of a series that one service gives out in the long run.
const PER_SERVICE: u32 = 9_000;

pub async fn presses_at_one_time_call_everybody_once(place: &Place<'_>) {
    presses(place, 400).await;
}

pub async fn many_clients_get_numbers_without_a_repeat_or_a_hole(place: &Place<'_>) {
    numbers(place, 30).await;
}

/// A clinic of `rooms` rooms that all call for each of `services` services.
fn hall(services: u32, rooms: u32) -> Arc<Clinic> {
    let letter = |n: u32| char::from(b'A' + u8::try_from(n % 26).unwrap());
    let services: Vec<_> = (0..services)
        .map(|n| {
            let series = if n < 26 { letter(n).to_string() } else { format!("{}{}", letter(n / 26 - 1), letter(n)) };
            service(&format!("s{n}"), &series, "khu-b")
        })
        .collect();
    let ids: Vec<String> = services.iter().map(|service| service.id.to_string()).collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let values = ClinicValues {
        hospital: "BỆNH VIỆN MẪU".into(),
        address: String::new(),
        time_zone: "Asia/Ho_Chi_Minh".into(),
        day_start_hour: 0,
        rules: Rules::default(),
        zones: vec![Zone { id: zone(), name: "Khu B".into() }],
        rooms: (0..rooms).map(|n| room(&format!("r{n}"), "khu-b", &ids)).collect(),
        services,
    };
    Arc::new(Clinic::new(values).unwrap())
}

/// Writes at one time: more are refused, and who was refused waits for their turn.
const AT_ONE_TIME: usize = COMMANDS_MAX / 2;

async fn issue(store: &Store, asked: IssueTicket) -> TicketNumber {
    store.issue(asked, MORNING).await.unwrap().number
}

/// `count` patients, and as many presses at one time from 16 rooms, each press sent twice.
pub async fn presses(place: &Place<'_>, count: u32) {
    let services = count.div_ceil(PER_SERVICE);
    let desk = Arc::new(place.open_with(hall(services, 16)).await);
    let turns = Arc::new(Semaphore::new(AT_ONE_TIME));
    let waiting: JoinSet<TicketNumber> = (0..count)
        .map(|n| {
            let (desk, turns) = (Arc::clone(&desk), Arc::clone(&turns));
            async move {
                let _turn = turns.acquire().await.unwrap();
                issue(&desk.store, ask(&format!("s{}", n % services))).await
            }
        })
        .collect();
    waiting.join_all().await;
    let presses: JoinSet<TicketNumber> = (0..count)
        .map(|n| {
            let (desk, turns) = (Arc::clone(&desk), Arc::clone(&turns));
            async move {
                // A press is sent twice.
                let _turns = turns.acquire_many(2).await.unwrap();
                press(desk, format!("r{}", n % 16)).await
            }
        })
        .collect();
    let called = presses.join_all().await;
    let different: BTreeSet<TicketNumber> = called.iter().copied().collect();
    assert_eq!((called.len(), different.len()), (count as usize, count as usize));
    assert_eq!(desk.call("r0").await, None);
    assert_eq!(place.number("SELECT count(*) FROM call"), i64::from(count));
}

async fn press(desk: Arc<Desk>, room: String) -> TicketNumber {
    let request = fresh();
    let once = call(&desk, &room, request);
    let again = call(&desk, &room, request);
    let (once, again) = tokio::join!(once, again);
    assert_eq!(once, again, "a double click is one call");
    once
}

async fn call(desk: &Desk, room: &str, request: queue_protocol::model::RequestId) -> TicketNumber {
    match desk.store.call_next(room_id(room), request, MORNING).await.unwrap() {
        CallNextReply::Called { call } => call.number,
        CallNextReply::NobodyWaiting => panic!("somebody waits"),
    }
}

fn ask(service: &str) -> IssueTicket {
    let arrival = Arrival::default();
    IssueTicket { arrival, ..IssueTicket::new(fresh(), KioskId::new("k1").unwrap(), service_id(service)) }
}

/// 64 clients with `each` tickets.
pub async fn numbers(place: &Place<'_>, each: u32) {
    let services = (64 * each).div_ceil(PER_SERVICE);
    let desk = Arc::new(place.open_with(hall(services, 1)).await);
    let clients: JoinSet<Vec<TicketNumber>> = (0..64)
        .map(|client| {
            let desk = Arc::clone(&desk);
            async move {
                let mut numbers = Vec::new();
                for n in 0..each {
                    numbers.push(issue(&desk.store, ask(&format!("s{}", (client + n) % services))).await);
                }
                numbers
            }
        })
        .collect();
    let issued: Vec<TicketNumber> = clients.join_all().await.into_iter().flatten().collect();
    let different: BTreeSet<TicketNumber> = issued.iter().copied().collect();
    assert_eq!((issued.len(), different.len()), (64 * each as usize, 64 * each as usize));
    // Without a hole: in each series the last number is the count.
    let holes = "SELECT count(*) FROM (SELECT series FROM ticket GROUP BY series HAVING max(ordinal) <> count(*)) AS s";
    assert_eq!(place.number(holes), 0);
    assert_eq!(desk.board().seq, u64::from(64 * each));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
#[ignore = "long run, minutes: cargo test --release -p queue-store --test both -- --ignored sqlite"]
async fn ten_thousand_presses_and_sixty_four_times_ten_thousand_tickets_on_sqlite() {
    presses(&Place::sqlite(), 10_000).await;
    numbers(&Place::sqlite(), 10_000).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
#[ignore = "long run, a quarter of an hour: cargo test --release -p queue-store --test both -- --ignored postgresql"]
async fn ten_thousand_presses_and_sixty_four_times_ten_thousand_tickets_on_postgresql() {
    let server = crate::postgres_server::Server::start();
    presses(&Place::postgres(&server), 10_000).await;
    numbers(&Place::postgres(&server), 10_000).await;
}
