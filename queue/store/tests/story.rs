//! The store over real files.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use std::path::{Path, PathBuf};
use std::sync::Arc;

use futures_util::future::join_all;
use queue_core::{Clinic, ClinicValues, Room, Rules, Service, Zone};
use queue_protocol::board::Board;
use queue_protocol::model::{
    Call, KioskId, RequestId, RoomId, Series, ServiceDay, ServiceId, Ticket, UnixMillis, ZoneId,
};
use queue_protocol::v1::{CallNextReply, IssueTicket, TicketVoided};
use queue_store::{CallError, IssueError, OpenError, Store, StoreError, VoidError};

/// 2026-11-23T08:00:00+07:00.
const MORNING: UnixMillis = UnixMillis(1_795_395_600_000);
const DAY_MS: i64 = 86_400_000;

fn service(id: &str, series: &str) -> Service {
    Service {
        id: ServiceId::new(id).unwrap(),
        name: id.to_uppercase(),
        place: "Tầng 2".into(),
        series: Series::new(series).unwrap(),
        zone: zone(),
        hours: None,
        quota: None,
        return_after_calls: 0,
        appointment_minutes: None,
    }
}

fn room(id: &str, services: &[&str]) -> Room {
    let services = services.iter().map(|id| ServiceId::new(*id).unwrap()).collect();
    Room { id: RoomId::new(id).unwrap(), name: format!("Phòng {id}"), zone: zone(), services }
}

fn clinic() -> Arc<Clinic> {
    let mut night = service("cap-cuu", "N");
    night.hours = Some("22:00-06:00".parse().unwrap());
    let values = ClinicValues {
        hospital: "BỆNH VIỆN MẪU".into(),
        address: String::new(),
        time_zone: "Asia/Ho_Chi_Minh".into(),
        day_start_hour: 0,
        rules: Rules::default(),
        zones: vec![Zone { id: zone(), name: "Khu B".into() }],
        services: vec![service("noi", "A"), service("nhi", "B"), night],
        rooms: vec![room("p1", &["noi", "nhi"]), room("p2", &["nhi", "cap-cuu"])],
    };
    Arc::new(Clinic::new(values).unwrap())
}

fn zone() -> ZoneId {
    ZoneId::new("khu-b").unwrap()
}

fn today() -> ServiceDay {
    "2026-11-23".parse().unwrap()
}

fn request(n: u32) -> RequestId {
    let mut bytes = [7; 16];
    bytes[..4].copy_from_slice(&n.to_be_bytes());
    RequestId::from_bytes(bytes)
}

fn ask(n: u32, service: &str) -> IssueTicket {
    IssueTicket::new(request(n), KioskId::new("k1").unwrap(), ServiceId::new(service).unwrap())
}

struct Place {
    _dir: tempfile::TempDir,
    path: PathBuf,
}

impl Place {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("queue.db");
        Self { _dir: dir, path }
    }

    fn open(&self) -> Store {
        Store::open(&self.path, clinic()).unwrap()
    }
}

async fn issue(store: &Store, n: u32, service: &str) -> Ticket {
    store.issue(ask(n, service), MORNING).await.unwrap()
}

async fn call(store: &Store, room: &str, n: u32) -> Option<Call> {
    match store.call_next(RoomId::new(room).unwrap(), request(n), MORNING).await.unwrap() {
        CallNextReply::Called { call } => Some(call),
        CallNextReply::NobodyWaiting => None,
    }
}

async fn folded(store: &Store) -> Board {
    let mut board = Board::new(zone(), "Khu B".into(), today(), 0);
    board.log = Some(store.log());
    for event in store.events_after(&zone(), 0, 256).await.unwrap() {
        board.apply(&event).unwrap();
    }
    board
}

fn trigger(path: &Path, kiosk: &str, action: &str) {
    let sql = format!(
        "CREATE TRIGGER planted_{kiosk} AFTER INSERT ON ticket WHEN NEW.kiosk = '{kiosk}'
         BEGIN SELECT RAISE({action}, 'planted'); END"
    );
    rusqlite::Connection::open(path).unwrap().execute_batch(&sql).unwrap();
}

#[tokio::test]
async fn numbers_calls_and_boards_survive_a_restart() {
    let place = Place::new();
    let store = place.open();
    let first = issue(&store, 1, "noi").await;
    let second = issue(&store, 2, "noi").await;
    issue(&store, 3, "nhi").await;
    assert_eq!((first.number.to_string(), first.ahead), ("A-001".into(), 0));
    assert_eq!((second.number.to_string(), second.ahead), ("A-002".into(), 1));
    assert_eq!(call(&store, "p1", 10).await.unwrap().number, first.number);
    let before = store.board(&zone(), today()).unwrap();
    drop(store);

    let store = place.open();
    assert_eq!(store.board(&zone(), today()).unwrap(), before);
    assert_eq!(folded(&store).await, before);
    assert_eq!(issue(&store, 1, "noi").await, first);
    assert_eq!(issue(&store, 4, "noi").await.number.to_string(), "A-003");
}

#[tokio::test]
async fn a_request_is_one_write_and_nothing_else() {
    let place = Place::new();
    let store = place.open();
    let ticket = issue(&store, 1, "noi").await;
    assert_eq!(issue(&store, 1, "noi").await, ticket);
    let other = store.issue(ask(1, "nhi"), MORNING).await;
    assert!(matches!(other, Err(IssueError::RequestSpent(_))), "{other:?}");

    issue(&store, 2, "nhi").await;
    let called = call(&store, "p1", 10).await;
    assert_eq!(call(&store, "p1", 10).await, called);
    let p2 = RoomId::new("p2").unwrap();
    for spent in [10, 1] {
        let other = store.call_next(p2.clone(), request(spent), MORNING).await;
        assert!(matches!(other, Err(CallError::RequestSpent(_))), "{other:?}");
    }
    let as_ticket = store.issue(ask(10, "noi"), MORNING).await;
    assert!(matches!(as_ticket, Err(IssueError::RequestSpent(_))), "{as_ticket:?}");
    let as_void = store.void(request(10), MORNING).await;
    assert!(matches!(as_void, Err(VoidError::RequestSpent(_))), "{as_void:?}");
}

#[tokio::test]
async fn a_voided_request_never_gets_a_number_and_its_number_is_never_used_again() {
    let place = Place::new();
    let store = place.open();
    issue(&store, 1, "noi").await;
    issue(&store, 2, "noi").await;
    for _ in 0..2 {
        assert_eq!(store.void(request(2), MORNING).await.unwrap(), TicketVoided::Voided);
        assert_eq!(store.void(request(9), MORNING).await.unwrap(), TicketVoided::NeverIssued);
    }
    for spent in [2, 9] {
        let again = store.issue(ask(spent, "noi"), MORNING).await;
        assert!(matches!(again, Err(IssueError::RequestSpent(_))), "{again:?}");
    }
    assert_eq!(issue(&store, 3, "noi").await.number.to_string(), "A-003");
    let called = [call(&store, "p1", 10).await, call(&store, "p1", 11).await, call(&store, "p1", 12).await];
    let numbers = called.map(|call| call.map(|call| call.number.to_string()));
    assert_eq!(numbers, [Some("A-001".into()), Some("A-003".into()), None]);
}

#[tokio::test]
async fn order_is_of_arrival_over_all_services_of_a_room_even_when_the_clock_goes_back() {
    let place = Place::new();
    let store = place.open();
    for (n, (service, minutes)) in [("nhi", 0), ("noi", -10), ("nhi", 5), ("noi", -20)].into_iter().enumerate() {
        let now = UnixMillis(MORNING.0 + minutes * 60_000);
        store.issue(ask(u32::try_from(n).unwrap(), service), now).await.unwrap();
    }
    let mut numbers = Vec::new();
    for n in 10..14 {
        numbers.push(call(&store, "p1", n).await.unwrap().number.to_string());
    }
    assert_eq!(numbers, ["B-001", "A-001", "B-002", "A-002"]);
}

#[tokio::test]
async fn a_closed_service_gives_no_number_but_answers_a_retry() {
    let place = Place::new();
    let store = place.open();
    let closed = store.issue(ask(1, "cap-cuu"), MORNING).await;
    assert!(matches!(closed, Err(IssueError::Closed(_))), "{closed:?}");
    let night = UnixMillis(MORNING.0 + 15 * 3_600_000);
    let ticket = store.issue(ask(1, "cap-cuu"), night).await.unwrap();
    assert_eq!(store.issue(ask(1, "cap-cuu"), MORNING).await.unwrap(), ticket);
}

#[tokio::test]
async fn a_series_that_is_used_up_says_so() {
    let place = Place::new();
    let store = place.open();
    issue(&store, 1, "noi").await;
    rusqlite::Connection::open(&place.path).unwrap().execute("UPDATE ticket SET ordinal = 9999", ()).unwrap();
    let exhausted = store.issue(ask(2, "noi"), MORNING).await;
    assert!(matches!(exhausted, Err(IssueError::Exhausted(_))), "{exhausted:?}");
}

#[tokio::test]
async fn a_new_day_starts_at_one_with_an_empty_board_and_a_clock_back_over_midnight_counts_right() {
    let place = Place::new();
    let store = place.open();
    issue(&store, 1, "noi").await;
    let tomorrow = UnixMillis(MORNING.0 + DAY_MS);
    let next_day: ServiceDay = "2026-11-24".parse().unwrap();
    let empty = store.board(&zone(), next_day).unwrap();
    assert_eq!((empty.seq, empty.waiting.len()), (1, 0));
    assert_eq!(store.issue(ask(2, "noi"), tomorrow).await.unwrap().number.to_string(), "A-001");
    let back = issue(&store, 3, "noi").await;
    assert_eq!((back.number.to_string(), back.ahead), ("A-002".into(), 1));
    let called = store.call_next(RoomId::new("p1").unwrap(), request(10), tomorrow).await.unwrap();
    let CallNextReply::Called { call } = called else { panic!("{called:?}") };
    assert_eq!(call.number.to_string(), "A-001");
    assert_eq!(store.board(&zone(), next_day).unwrap().calls.len(), 1);
}

#[tokio::test]
async fn one_failing_write_does_not_spoil_the_others_in_its_batch() {
    let place = Place::new();
    let store = place.open();
    trigger(&place.path, "bad", "ABORT");
    let asks = (0..60_u32).map(|n| {
        let kiosk = if n % 7 == 0 { "bad" } else { "k1" };
        store.issue(IssueTicket { kiosk: KioskId::new(kiosk).unwrap(), ..ask(n, "noi") }, MORNING)
    });
    let (good, bad): (Vec<_>, Vec<_>) = join_all(asks).await.into_iter().partition(Result::is_ok);
    assert!(bad.iter().all(|failed| matches!(failed, Err(IssueError::Store(StoreError::Unavailable(_))))), "{bad:?}");
    let mut ordinals: Vec<u16> = good.into_iter().map(|ticket| ticket.unwrap().number.ordinal()).collect();
    ordinals.sort_unstable();
    assert_eq!(ordinals, (1..=51).collect::<Vec<u16>>());
    assert_eq!(folded(&store).await, store.board(&zone(), today()).unwrap());
}

#[tokio::test]
async fn a_transaction_that_the_database_undoes_leaves_nothing_and_the_same_ids_succeed_later() {
    let place = Place::new();
    let store = place.open();
    trigger(&place.path, "worse", "ROLLBACK");
    let asks = (0..60_u32).map(|n| {
        let kiosk = if n == 30 { "worse" } else { "k1" };
        store.issue(IssueTicket { kiosk: KioskId::new(kiosk).unwrap(), ..ask(n, "noi") }, MORNING)
    });
    let answers = join_all(asks).await;
    assert!(answers.iter().any(|answer| matches!(answer, Err(IssueError::Store(StoreError::RolledBack)))));
    let acknowledged: Vec<Ticket> = answers.into_iter().flatten().collect();
    let raw = rusqlite::Connection::open(&place.path).unwrap();
    let on_disk: u32 = raw.query_row("SELECT count(*) FROM ticket", (), |row| row.get(0)).unwrap();
    assert_eq!(usize::try_from(on_disk).unwrap(), acknowledged.len(), "a write that was refused is on disk");
    for n in (0..60).filter(|n| *n != 30) {
        issue(&store, n, "noi").await;
    }
    for ticket in acknowledged {
        assert_eq!(
            store.issue(IssueTicket { request: ticket.request, ..ask(0, "noi") }, MORNING).await.unwrap(),
            ticket
        );
    }
    let board = store.board(&zone(), today()).unwrap();
    assert_eq!((board.waiting.values().sum::<u32>(), board.seq), (59, 59));
    assert_eq!(folded(&store).await, board);
}

#[tokio::test]
async fn old_events_come_from_disk_and_new_ones_from_memory_without_a_gap() {
    let place = Place::new();
    let store = place.open();
    for n in 0..20 {
        issue(&store, n, "noi").await;
    }
    drop(store);
    let store = place.open();
    for n in 20..40 {
        issue(&store, n, "noi").await;
    }
    for after in 0..41 {
        let seqs: Vec<u64> =
            store.events_after(&zone(), after, 256).await.unwrap().iter().map(|event| event.seq).collect();
        assert_eq!(seqs, (after + 1..=40).collect::<Vec<u64>>());
    }
    assert_eq!(store.event_day(&zone(), 40).await.unwrap(), Some(today()));
    assert_eq!(store.event_day(&zone(), 41).await.unwrap(), None);
}

#[tokio::test]
async fn who_follows_a_zone_is_woken_after_the_commit() {
    let place = Place::new();
    let store = place.open();
    let mut newest = store.subscribe(&zone()).unwrap();
    assert_eq!(*newest.borrow_and_update(), 0);
    issue(&store, 1, "noi").await;
    let woken = tokio::time::timeout(std::time::Duration::from_secs(30), newest.changed()).await;
    woken.unwrap().unwrap();
    assert_eq!(*newest.borrow_and_update(), 1);
    assert_eq!(store.events_after(&zone(), 0, 10).await.unwrap().len(), 1);
}

#[test]
fn a_second_store_on_the_same_database_is_refused_until_the_first_is_gone() {
    let place = Place::new();
    let first = place.open();
    assert!(matches!(Store::open(&place.path, clinic()), Err(OpenError::InUse { .. })));
    drop(first);
    place.open();
}

#[test]
fn a_database_of_a_later_version_or_another_program_is_left_alone() {
    let place = Place::new();
    drop(place.open());
    let raw = rusqlite::Connection::open(&place.path).unwrap();
    raw.execute("INSERT INTO schema_step VALUES (99, 'later', 99)", ()).unwrap();
    raw.pragma_update(None, "user_version", 99).unwrap();
    assert!(matches!(Store::open(&place.path, clinic()), Err(OpenError::TooNew { found: 99, .. })));

    let other = Place::new();
    rusqlite::Connection::open(&other.path).unwrap().execute_batch("CREATE TABLE theirs (a)").unwrap();
    let theirs = std::fs::read(&other.path).unwrap();
    assert!(matches!(Store::open(&other.path, clinic()), Err(OpenError::Foreign { .. })));
    assert!(std::fs::read(&other.path).unwrap() == theirs, "a byte of it was changed");
}

#[test]
fn the_schema_itself_refuses_a_second_ticket_with_a_number() {
    let place = Place::new();
    drop(place.open());
    let raw = rusqlite::Connection::open(&place.path).unwrap();
    let insert = |request: u8, ordinal: u16| {
        raw.execute(
            "INSERT INTO ticket (request, kiosk, day, series, ordinal, service, service_name, place, zone, ahead,
                 issued_at, issued_at_local, state, arrived_at, at_service, at_zone, position)
             VALUES (?1, 'k', '2026-11-23', 'A', ?2, 's', 'S', '', 'z', 0, 0, '', 'waiting', 0, 's', 'z', 0)",
            rusqlite::params![[request; 16], ordinal],
        )
    };
    insert(1, 1).unwrap();
    for (request, ordinal) in [(2, 1), (1, 2), (3, 0), (3, 10_000)] {
        assert!(insert(request, ordinal).is_err(), "{request} {ordinal}");
    }
}
