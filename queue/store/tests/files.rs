//! SQLite files: a database of the first release, copies made while it is written to, and back again.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use std::path::Path;
use std::sync::Arc;

use queue_core::{Clinic, ClinicValues, Room, Rules, Service, Zone};
use queue_protocol::model::{
    KioskId, RequestId, RoomId, Series, ServiceDay, ServiceId, Ticket, TicketState, UnixMillis, ZoneId,
};
use queue_protocol::v1::{CallNextReply, IssueTicket, TicketVoided};
use queue_store::{Action, BackupError, OpenError, StepAsked, Store, backup, restore};

/// 2026-11-23T08:00:00+07:00.
const MORNING: UnixMillis = UnixMillis(1_795_395_600_000);
const FIRST_RELEASE: &str = include_str!("../migrations/0001_tickets_calls_events.sql");

fn clinic() -> Arc<Clinic> {
    let zone = ZoneId::new("khu-b").unwrap();
    let service = Service {
        id: ServiceId::new("noi").unwrap(),
        name: "NOI".into(),
        place: "Tầng 2".into(),
        series: Series::new("A").unwrap(),
        zone: zone.clone(),
        hours: None,
        quota: None,
        return_after_calls: 0,
        appointment_minutes: None,
    };
    let room = |id: &str| Room {
        id: RoomId::new(id).unwrap(),
        name: format!("Phòng {id}"),
        zone: zone.clone(),
        services: vec![service.id.clone()],
    };
    let values = ClinicValues {
        hospital: "BỆNH VIỆN MẪU".into(),
        address: String::new(),
        time_zone: "Asia/Ho_Chi_Minh".into(),
        day_start_hour: 0,
        rules: Rules::default(),
        zones: vec![Zone { id: zone.clone(), name: "Khu B".into() }],
        rooms: vec![room("p1"), room("p2")],
        services: vec![service],
    };
    Arc::new(Clinic::new(values).unwrap())
}

fn request(n: u8) -> RequestId {
    RequestId::from_bytes([n; 16])
}

fn today() -> ServiceDay {
    "2026-11-23".parse().unwrap()
}

async fn issue(store: &Store, n: u8) -> Ticket {
    let asked = IssueTicket::new(request(n), KioskId::new("k1").unwrap(), ServiceId::new("noi").unwrap());
    store.issue(asked, MORNING).await.unwrap()
}

async fn call(store: &Store, room: &str, n: u8) -> String {
    let reply = store.call_next(RoomId::new(room).unwrap(), request(n), MORNING).await.unwrap();
    let CallNextReply::Called { call } = reply else { panic!("{reply:?}") };
    call.number.to_string()
}

/// A morning as the first release wrote it: issued, A-001 and A-002 called into p1, A-005 voided.
fn first_release(path: &Path) {
    let raw = rusqlite::Connection::open(path).unwrap();
    raw.execute_batch(FIRST_RELEASE).unwrap();
    raw.pragma_update(None, "application_id", 0x5449_4550).unwrap();
    raw.pragma_update(None, "user_version", 1).unwrap();
    raw.pragma_update(None, "journal_mode", "WAL").unwrap();
    let states = ["called", "called", "waiting", "waiting", "voided"];
    for (n, state) in (1_u8..).zip(states) {
        raw.execute(
            "INSERT INTO ticket (request, kiosk, day, series, ordinal, service, service_name, place, zone, ahead,
                 issued_at, issued_at_local, state)
             VALUES (?1, 'k1', '2026-11-23', 'A', ?2, 'noi', 'NOI', 'Tầng 2', 'khu-b', ?2 - 1, ?3, '08:00 23/11/2026', ?4)",
            rusqlite::params![[n; 16], n, MORNING.0, state],
        )
        .unwrap();
        raw.execute("INSERT INTO event VALUES ('khu-b', ?1, '2026-11-23', 'issued', ?1, NULL, NULL)", [n]).unwrap();
    }
    for n in [1_u8, 2] {
        let values = rusqlite::params![[n + 10; 16], n, MORNING.0];
        raw.execute(
            "INSERT INTO call (request, ticket, room, room_name, called_at) VALUES (?1, ?2, 'p1', 'Phòng p1', ?3)",
            values,
        )
        .unwrap();
        raw.execute("INSERT INTO event VALUES ('khu-b', ?1 + 5, '2026-11-23', 'called', ?1, ?1, NULL)", [n]).unwrap();
    }
    raw.execute("INSERT INTO event VALUES ('khu-b', 8, '2026-11-23', 'voided', 5, NULL, 'waiting')", ()).unwrap();
    raw.execute("INSERT INTO spent_request VALUES (?1, 0)", [[99_u8; 16]]).unwrap();
}

#[tokio::test]
async fn a_database_of_the_first_release_opens_and_keeps_its_data() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("queue.db");
    first_release(&path);
    let store = Store::open(&path, clinic()).unwrap();
    let board = store.board(&ZoneId::new("khu-b").unwrap(), today()).unwrap();
    let calls: Vec<String> = board.calls.iter().map(|call| call.number.to_string()).collect();
    assert_eq!((board.seq, calls), (8, vec!["A-002".to_owned(), "A-001".to_owned()]));
    assert_eq!(board.waiting.values().sum::<u32>(), 2);
    // Every request answers what it answered.
    let ticket = issue(&store, 3).await;
    assert_eq!((ticket.number.to_string(), ticket.ahead), ("A-003".into(), 2));
    assert_eq!(call(&store, "p1", 11).await, "A-001");
    assert_eq!(store.void(request(5), MORNING).await.unwrap(), TicketVoided::Voided);
    assert_eq!(store.void(request(99), MORNING).await.unwrap(), TicketVoided::NeverIssued);
    // The room is with the last one it called, and the day goes on.
    let state = async |number: &str| store.number(today(), number.parse().unwrap()).await.unwrap().unwrap().state;
    assert_eq!([state("A-001").await, state("A-002").await], [TicketState::Done, TicketState::Called]);
    let action = Action::Miss(RoomId::new("p1").unwrap());
    let missed = StepAsked { request: request(20), number: "A-002".parse().unwrap(), action, actor: "room:p1".into() };
    assert_eq!(store.step(missed, MORNING).await.unwrap().now.state, TicketState::Missed);
    assert_eq!((call(&store, "p2", 21).await, call(&store, "p1", 22).await), ("A-003".into(), "A-004".into()));
    assert_eq!(issue(&store, 23).await.number.to_string(), "A-006");
    drop(store);
    let raw = rusqlite::Connection::open(&path).unwrap();
    let broken: i64 = raw.query_row("SELECT count(*) FROM pragma_foreign_key_check", (), |row| row.get(0)).unwrap();
    let check: String = raw.query_row("PRAGMA integrity_check", (), |row| row.get(0)).unwrap();
    assert_eq!((broken, check.as_str()), (0, "ok"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_made_while_numbers_are_issued_is_whole_and_can_be_served() {
    let folder = tempfile::tempdir().unwrap();
    let (path, copy, back) =
        (folder.path().join("queue.db"), folder.path().join("copy.db"), folder.path().join("back.db"));
    let store = Arc::new(Store::open(&path, clinic()).unwrap());
    for n in 1..=50 {
        issue(&store, n).await;
    }
    let writing = Arc::clone(&store);
    let more = tokio::spawn(async move {
        for n in 51..=250 {
            issue(&writing, n).await;
        }
    });
    backup(&path, &copy).unwrap();
    more.await.unwrap();
    assert!(matches!(backup(&path, &copy), Err(BackupError::AlreadyThere { .. })));

    restore(&copy, &back).unwrap();
    let restored = Store::open(&back, clinic()).unwrap();
    let board = restored.board(&ZoneId::new("khu-b").unwrap(), today()).unwrap();
    assert!((50..=250).contains(&board.seq), "{}", board.seq);
    assert_eq!(u64::from(board.waiting.values().sum::<u32>()), board.seq, "one moment of it");
    // What it had acknowledged it still knows, and goes on from there.
    assert_eq!(issue(&restored, 50).await.number.to_string(), "A-050");
    assert_ne!(restored.log(), store.log(), "displays must notice that the log is another one");
    assert_ne!(Store::open(&copy, clinic()).unwrap().log(), restored.log(), "each copy has its own");
}

#[test]
fn a_copy_is_not_put_over_a_database_that_is_there_or_in_use() {
    let folder = tempfile::tempdir().unwrap();
    let (path, copy) = (folder.path().join("queue.db"), folder.path().join("copy.db"));
    let store = Store::open(&path, clinic()).unwrap();
    backup(&path, &copy).unwrap();
    assert!(matches!(restore(&copy, &path), Err(BackupError::Open(OpenError::InUse { .. }))));
    drop(store);
    assert!(matches!(restore(&copy, &path), Err(BackupError::AlreadyThere { .. })));
    std::fs::write(folder.path().join("noise.db"), vec![7; 8_192]).unwrap();
    assert!(restore(&folder.path().join("noise.db"), &folder.path().join("new.db")).is_err());
    assert!(!folder.path().join("new.db").exists());
}
