//! A clinic with a database of one kind or the other.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use queue_core::{Clinic, ClinicValues, RejoinRule, Room, Rules, Service, Zone};
use queue_protocol::board::Board;
use queue_protocol::model::{
    Arrival, Call, KioskId, PriorityPolicy, RequestId, RoomId, Series, ServiceDay, ServiceId, Ticket, TicketNumber,
    TicketState, UnixMillis, ZoneId,
};
use queue_protocol::v1::{CallNextReply, IssueTicket, NumberChanged};
use queue_store::{Action, StepAsked, StepError, Store};

use crate::postgres_server::Server;

/// 2026-11-23T08:00:00+07:00.
pub const MORNING: UnixMillis = UnixMillis(1_795_395_600_000);
pub const MINUTE_MS: i64 = 60_000;
pub const DAY_MS: i64 = 86_400_000;

pub enum Place<'s> {
    Sqlite(tempfile::TempDir),
    Postgres(&'s Server, String),
}

impl<'s> Place<'s> {
    pub fn sqlite() -> Self {
        Self::Sqlite(tempfile::tempdir().unwrap())
    }

    pub fn postgres(server: &'s Server) -> Self {
        Self::Postgres(server, server.database())
    }

    pub async fn open(&self) -> Desk {
        self.open_with(clinic(Rules::default())).await
    }

    pub async fn open_with(&self, clinic: Arc<Clinic>) -> Desk {
        let store = match self {
            Self::Sqlite(folder) => Store::open(&folder.path().join("queue.db"), clinic).unwrap(),
            Self::Postgres(server, database) => {
                let address = server.address(database);
                tokio::task::spawn_blocking(move || Store::connect(address, clinic)).await.unwrap().unwrap()
            }
        };
        Desk { store }
    }

    /// What an engineer's statement gives: the first column of the first row.
    pub fn number(&self, sql: &str) -> i64 {
        match self {
            Self::Sqlite(folder) => raw(folder).query_row(sql, (), |row| row.get(0)).unwrap(),
            Self::Postgres(server, database) => server.number(database, sql),
        }
    }

    /// Whether the database lets an engineer do it.
    pub fn lets(&self, sql: &str) -> bool {
        match self {
            Self::Sqlite(folder) => raw(folder).execute(sql, ()).is_ok(),
            Self::Postgres(server, database) => server.try_run(database, sql).is_ok(),
        }
    }
}

fn raw(folder: &tempfile::TempDir) -> rusqlite::Connection {
    rusqlite::Connection::open(folder.path().join("queue.db")).unwrap()
}

/// The next request id that nobody has used.
static REQUESTS: AtomicU32 = AtomicU32::new(0);

pub struct Desk {
    pub store: Store,
}

impl Desk {
    pub async fn issue(&self, service: &str) -> Ticket {
        self.arrive(service, Arrival::default()).await
    }

    pub async fn arrive(&self, service: &str, arrival: Arrival) -> Ticket {
        self.store.issue(asked(fresh(), service, arrival), MORNING).await.unwrap()
    }

    pub async fn call(&self, room: &str) -> Option<Call> {
        match self.store.call_next(room_id(room), fresh(), MORNING).await.unwrap() {
            CallNextReply::Called { call } => Some(call),
            CallNextReply::NobodyWaiting => None,
        }
    }

    /// Calls until nobody waits.
    pub async fn call_all(&self, room: &str) -> Vec<String> {
        let mut numbers = Vec::new();
        while let Some(call) = self.call(room).await {
            numbers.push(call.number.to_string());
        }
        numbers
    }

    pub async fn try_step(&self, number: TicketNumber, action: Action) -> Result<NumberChanged, StepError> {
        self.store.step(step(fresh(), number, action), MORNING).await
    }

    pub async fn step(&self, number: TicketNumber, action: Action) -> NumberChanged {
        self.try_step(number, action).await.unwrap()
    }

    pub async fn state(&self, number: TicketNumber) -> TicketState {
        self.store.number(today(), number).await.unwrap().unwrap().state
    }

    pub fn board(&self) -> Board {
        self.store.board(&zone(), today()).unwrap()
    }

    /// The board as a display folds it from the first event on.
    pub async fn folded(&self) -> Board {
        let mut board = Board::new(zone(), "Khu B".into(), today(), 0);
        board.log = Some(self.store.log());
        loop {
            let events = self.store.events_after(&zone(), board.seq, 256).await.unwrap();
            if events.is_empty() {
                return board;
            }
            for event in events {
                board.apply(&event).unwrap();
            }
        }
    }
}

pub fn asked(request: RequestId, service: &str, arrival: Arrival) -> IssueTicket {
    IssueTicket { arrival, ..IssueTicket::new(request, KioskId::new("k1").unwrap(), service_id(service)) }
}

pub fn step(request: RequestId, number: TicketNumber, action: Action) -> StepAsked {
    StepAsked { request, number, action, actor: "desk".into() }
}

pub fn fresh() -> RequestId {
    let mut bytes = [7; 16];
    bytes[..4].copy_from_slice(&REQUESTS.fetch_add(1, Ordering::Relaxed).to_be_bytes());
    RequestId::from_bytes(bytes)
}

pub fn service_id(id: &str) -> ServiceId {
    ServiceId::new(id).unwrap()
}

pub fn room_id(id: &str) -> RoomId {
    RoomId::new(id).unwrap()
}

pub fn zone() -> ZoneId {
    ZoneId::new("khu-b").unwrap()
}

pub fn today() -> ServiceDay {
    "2026-11-23".parse().unwrap()
}

pub fn service(id: &str, series: &str, zone: &str) -> Service {
    Service {
        id: service_id(id),
        name: id.to_uppercase(),
        place: "Tầng 2".into(),
        series: Series::new(series).unwrap(),
        zone: ZoneId::new(zone).unwrap(),
        hours: None,
        quota: None,
        return_after_calls: 0,
        appointment_minutes: None,
    }
}

pub fn room(id: &str, zone: &str, services: &[&str]) -> Room {
    let services = services.iter().map(|id| service_id(id)).collect();
    Room { id: room_id(id), name: format!("Phòng {id}"), zone: ZoneId::new(zone).unwrap(), services }
}

/// Two rooms for general medicine, one of them for children too; eyes in another zone; at most two for the dentist.
pub fn clinic(rules: Rules) -> Arc<Clinic> {
    let spaced = Service { return_after_calls: 2, ..service("nhi", "B", "khu-b") };
    let few = Service { quota: Some(2), ..service("rang", "R", "khu-c") };
    let values = ClinicValues {
        hospital: "BỆNH VIỆN MẪU".into(),
        address: String::new(),
        time_zone: "Asia/Ho_Chi_Minh".into(),
        day_start_hour: 0,
        rules,
        zones: ["khu-b", "khu-c"].map(|id| Zone { id: ZoneId::new(id).unwrap(), name: "Khu B".into() }).into(),
        services: vec![service("noi", "A", "khu-b"), spaced, service("mat", "M", "khu-c"), few],
        rooms: vec![
            room("p1", "khu-b", &["noi", "nhi"]),
            room("p2", "khu-b", &["noi"]),
            room("p3", "khu-c", &["mat", "rang"]),
        ],
    };
    Arc::new(Clinic::new(values).unwrap())
}

/// A clinic whose one service gives out the numbers of `series`.
pub fn strict() -> Rules {
    Rules { priority: PriorityPolicy::Strict, rejoin: RejoinRule { after_calls: 2, times_max: 2 }, ..Rules::default() }
}
