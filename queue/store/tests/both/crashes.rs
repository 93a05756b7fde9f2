//! The database server dies while three processes write: what anybody was told is there afterwards.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use queue_core::Rules;
use queue_protocol::model::{Arrival, PersonMark, RequestId, Ticket, TicketNumber, TicketState};
use queue_protocol::v1::IssueTicket;
use tokio::task::JoinSet;

use crate::place::{Desk, MORNING, Place, asked, clinic, fresh, zone};
use crate::postgres_server::Server;

/// Longest wait for what must come.
const PATIENCE: Duration = Duration::from_secs(120);

/// Numbers that are told between two deaths.
const EACH_ROUND: usize = 100;

/// Patients at one time.
const SLOTS: u32 = 12;

/// What anybody has been told.
#[derive(Default)]
struct Told {
    tickets: BTreeMap<RequestId, Ticket>,
    numbers: BTreeMap<TicketNumber, RequestId>,
    events: BTreeMap<u64, String>,
    /// Requests of which nobody knows whether they have a number.
    unknown: Vec<IssueTicket>,
}

impl Told {
    fn ticket(&mut self, ticket: &Ticket) {
        let told = self.tickets.entry(ticket.request).or_insert_with(|| ticket.clone());
        assert_eq!((told.number, told.day), (ticket.number, ticket.day), "a request has two numbers");
        let holder = self.numbers.entry(ticket.number).or_insert(ticket.request);
        assert_eq!(*holder, ticket.request, "{} was given to two patients", ticket.number);
    }

    fn event(&mut self, seq: u64, event: String) {
        let told = self.events.entry(seq).or_insert_with(|| event.clone());
        assert_eq!(*told, event, "event {seq} is two");
    }
}

/// Three processes on one database, and all they told.
struct Hall {
    desks: [Desk; 3],
    told: Mutex<Told>,
    /// The mark of the person that each patient is.
    served: Vec<AtomicU32>,
    is_over: AtomicBool,
}

impl Hall {
    fn told(&self) -> MutexGuard<'_, Told> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn goes_on(&self) -> bool {
        !self.is_over.load(Ordering::Relaxed)
    }

    /// Patients come one after the other; each asks at two processes at one time, as after an answer that is late.
    async fn patients(self: Arc<Self>, slot: usize) {
        for n in 0_u32.. {
            if !self.goes_on() {
                return;
            }
            let mark = n * SLOTS + u32::try_from(slot).unwrap();
            self.served[slot].store(mark, Ordering::Relaxed);
            let service = if n % 2 == 0 { "noi" } else { "nhi" };
            let ask = asked(fresh(), service, Arrival { person: Some(person(mark)), ..Arrival::default() });
            let issue = |at: usize| self.desks[at % 3].store.issue(ask.clone(), MORNING);
            let (one, other) = tokio::join!(issue(slot), issue(slot + 1));
            for ticket in [&one, &other].into_iter().flatten() {
                self.told().ticket(ticket);
            }
            if one.is_err() && other.is_err() {
                self.told().unknown.push(ask);
                // Whoever is left without an answer asks again at the end, and two series have 19,998 numbers.
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }

    /// Somebody asks again and again for the numbers of those who are just being given one.
    async fn counter(self: Arc<Self>, at: usize) {
        while self.goes_on() {
            for served in &self.served {
                let person = person(served.load(Ordering::Relaxed));
                if let Ok(held) = self.desks[at].store.held_tickets(person, MORNING).await {
                    held.iter().for_each(|ticket| self.told().ticket(ticket));
                }
            }
        }
    }

    /// A display follows the events.
    async fn display(self: Arc<Self>, at: usize) {
        let store = &self.desks[at].store;
        let (mut newest, mut seq) = (store.subscribe(&zone()).unwrap(), 0);
        while self.goes_on() {
            let _ = tokio::time::timeout(Duration::from_millis(50), newest.changed()).await;
            for event in store.events_after(&zone(), seq, 256).await.unwrap_or_default() {
                self.told().event(event.seq, format!("{:?}", event.kind));
                seq = event.seq;
            }
        }
    }
}

fn person(patient: u32) -> PersonMark {
    let mut bytes = [3; 32];
    bytes[..4].copy_from_slice(&patient.to_be_bytes());
    PersonMark::from_bytes(bytes)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_server_that_dies_takes_no_number_along_that_anybody_was_told() {
    deaths(3).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
#[ignore = "long run, minutes: cargo test --release -p queue-store --test both -- --ignored hundred_deaths"]
async fn a_server_that_dies_a_hundred_deaths_takes_no_number_along() {
    deaths(100).await;
}

/// Another process commits and dies before the disk has it. Whoever reads it waits for the disk before telling.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_nobody_has_synced_is_synced_by_whoever_tells_of_it() {
    let mut server = Server::start();
    let place = Place::postgres(&server);
    let Place::Postgres(_, database) = &place else { unreachable!() };
    let (desk, database) = (place.open_with(clinic(Rules::default())).await, database.clone());
    let number = desk.issue("noi").await.number;
    let unsynced = |server: &Server, sql: &str| server.run(&database, &format!("SET synchronous_commit = off; {sql}"));

    unsynced(&server, "UPDATE ticket SET state = 'held'");
    assert_eq!(desk.state(number).await, TicketState::Held, "a reader tells");
    tokio::task::block_in_place(|| (server.stop(), server.start_again()));
    assert_eq!(server.number(&database, "SELECT count(*) FROM ticket WHERE state = 'held'"), 1);

    let event = "INSERT INTO event (zone, seq, day, kind, ticket, from_state, to_state, service)
        SELECT zone, 2, day, 'stepped', ticket, 'waiting', 'held', service FROM event WHERE seq = 1";
    // A connection that was lost is replaced within a moment.
    let mut newest = desk.store.subscribe(&zone()).unwrap();
    unsynced(&server, &format!("{event}; NOTIFY tiep_don_event"));
    tokio::time::timeout(PATIENCE, newest.wait_for(|newest| *newest == 2)).await.unwrap().unwrap();
    tokio::task::block_in_place(|| (server.stop(), server.start_again()));
    assert_eq!(server.number(&database, "SELECT count(*) FROM event WHERE seq = 2"), 1, "a display was told");

    unsynced(&server, &event.replace(", 2,", ", 3,"));
    desk.issue("noi").await;
    tokio::task::block_in_place(|| (server.stop(), server.start_again()));
    assert_eq!(server.number(&database, "SELECT count(*) FROM event WHERE seq IN (3, 4)"), 2, "a writer tells");
}

/// Kills the server so many times under load.
#[expect(clippy::print_stdout, reason = "shown on demand: how much was at stake")]
async fn deaths(rounds: usize) {
    let mut server = Server::start();
    let place = Place::postgres(&server);
    let open = async || place.open_with(clinic(Rules::default())).await;
    let desks = [open().await, open().await, open().await];
    let served = (0..SLOTS).map(AtomicU32::new).collect();
    let hall = Arc::new(Hall { desks, told: Mutex::default(), served, is_over: AtomicBool::new(false) });
    let mut people = JoinSet::new();
    (0..hall.served.len()).for_each(|slot| drop(people.spawn(Arc::clone(&hall).patients(slot))));
    for at in 0..3 {
        people.spawn(Arc::clone(&hall).counter(at));
        people.spawn(Arc::clone(&hall).display(at));
    }
    drop(place);
    for _ in 0..rounds {
        until_more_are_told(&hall).await;
        tokio::task::block_in_place(|| server.stop());
        tokio::task::block_in_place(|| server.start_again());
    }
    until_more_are_told(&hall).await;
    hall.is_over.store(true, Ordering::Relaxed);
    people.join_all().await;
    let told = std::mem::take(&mut *hall.told());
    println!("{} numbers, {} without an answer, {} events", told.tickets.len(), told.unknown.len(), told.events.len());
    assert!(told.tickets.len() > rounds * EACH_ROUND && !told.events.is_empty());
    everything_told_is_there(&hall.desks[0], &told).await;
}

async fn until_more_are_told(hall: &Hall) {
    let (before, deadline) = (hall.told().tickets.len(), tokio::time::Instant::now() + PATIENCE);
    while hall.told().tickets.len() < before + EACH_ROUND {
        assert!(tokio::time::Instant::now() < deadline, "nobody gets a number");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

async fn everything_told_is_there(desk: &Desk, told: &Told) {
    for ticket in told.tickets.values() {
        let ask = asked(ticket.request, ticket.service.as_str(), Arrival::default());
        assert_eq!(desk.store.issue(ask, MORNING).await.unwrap().number, ticket.number, "another number than was told");
    }
    let (mut seq, mut logged) = (0, BTreeMap::new());
    loop {
        let events = desk.store.events_after(&zone(), seq, 256).await.unwrap();
        let Some(last) = events.last() else { break };
        seq = last.seq;
        logged.extend(events.iter().map(|event| (event.seq, format!("{:?}", event.kind))));
    }
    for (seq, event) in &told.events {
        assert_eq!(logged.get(seq), Some(event), "a display was told of another event {seq}");
    }
    assert_eq!(desk.folded().await, desk.board());
    for ask in &told.unknown {
        let number = desk.store.issue(ask.clone(), MORNING).await.unwrap().number;
        assert!(told.numbers.get(&number).is_none_or(|holder| *holder == ask.request), "{number} is another's");
    }
}
