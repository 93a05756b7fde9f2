//! The queue service: the shipped store and rules behind the protocol's routes. HTTP itself, the keys and the threads
//! of `queue-service` are not here; what they add is tested there.

use std::path::PathBuf;

use queue_core::{Clinic, hours_told, is_open, service_day};
use queue_protocol::model::{
    KioskId, Placement, RequestId, RoomId, ServiceDay, ServiceId, ServiceOffer, TicketNumber, UnixMillis, ZoneId,
};
use queue_protocol::v1::{
    CallNext, CallNextReply, HandOver, IssueTicket, LeaseSeries, NumberStep, ProblemCode, RoomStep, SeriesLease,
    Services, Transfer,
};
use queue_store::{
    Action, CallError, HandOverError, IssueError, LeaseError, OneThread, StepAsked, StepError, StoreError, VoidBy,
    VoidError,
};
use rusqlite::Connection;
use serde::de::DeserializeOwned;

use crate::context::Context;
use crate::slip::Slip;
use crate::streams::Streams;
use crate::wire::{Party, Reply, Request};

/// Pages that SQLite may use when the disk has room.
const PAGES_MAX: u32 = 1_073_741_823;

/// The service with its disk.
pub struct Service {
    store: Option<OneThread>,
    /// Keeps the database in memory alive while the service is down, and is the oracle's eye on it.
    keeper: Connection,
    address: PathBuf,
    clinic: Clinic,
    /// How far its wall clock is ahead of the true time, in milliseconds.
    pub clock_ahead_ms: i64,
    /// Who follows which board.
    pub streams: Streams,
    up_since: u64,
}

impl Service {
    /// A service with an empty database of this name.
    ///
    /// # Errors
    /// The store's or the database's.
    pub fn new(name: &str, clinic: Clinic) -> anyhow::Result<Self> {
        let address = PathBuf::from(format!("file:{name}?mode=memory&cache=shared"));
        let keeper = Connection::open(&address)?;
        let store = OneThread::open(&address, &clinic)?;
        Ok(Self {
            store: Some(store),
            keeper,
            address,
            clinic,
            clock_ahead_ms: 0,
            streams: Streams::default(),
            up_since: 0,
        })
    }

    /// What the service's clock shows.
    #[must_use]
    pub const fn clock(&self, context: &Context) -> UnixMillis {
        UnixMillis(crate::context::BEGIN.saturating_add_unsigned(context.now).saturating_add(self.clock_ahead_ms))
    }

    /// Whether it runs.
    #[must_use]
    pub const fn is_up(&self) -> bool {
        self.store.is_some()
    }

    /// The process ends, and all connections with it.
    pub fn stop(&mut self) {
        self.store = None;
    }

    /// Whether it has run without a break since a moment.
    #[must_use]
    pub const fn has_run_since(&self, at: u64) -> bool {
        self.is_up() && self.up_since <= at
    }

    /// The process starts; `false` when it cannot.
    pub fn start(&mut self, now: u64) -> bool {
        self.up_since = now;
        self.store = OneThread::open(&self.address, &self.clinic).ok();
        self.is_up()
    }

    /// The disk takes no further page.
    pub fn fill_disk(&self) {
        let pages: u32 = self.keeper.pragma_query_value(None, "page_count", |row| row.get(0)).unwrap_or(PAGES_MAX);
        self.limit_pages(pages);
    }

    /// The disk has room.
    pub fn empty_disk(&self) {
        self.limit_pages(PAGES_MAX);
    }

    fn limit_pages(&self, pages: u32) {
        // The new limit is told as a row, which nobody needs.
        let _told = self.keeper.query_row(&format!("PRAGMA max_page_count = {pages}"), (), |_| Ok(()));
    }

    /// The database, for the last account.
    #[must_use]
    pub const fn database(&self) -> &Connection {
        &self.keeper
    }

    /// The service day that is now.
    #[must_use]
    pub fn today(&self, context: &Context) -> Option<ServiceDay> {
        service_day(self.clock(context), &self.clinic).ok()
    }

    /// The store, while it runs, and who follows it.
    pub fn store_and_streams(&mut self) -> Option<(&mut OneThread, &mut Streams)> {
        Some((self.store.as_mut()?, &mut self.streams))
    }

    /// Answers one request, tells the oracle what was written, and hands it to the streams.
    pub fn answer(&mut self, context: &mut Context, party: Party, request: &Request) -> Option<Reply> {
        let now = self.clock(context);
        let store = self.store.as_mut()?;
        let mut desk = Desk { store, context, now, request, party };
        let answer = desk.routed();
        let reply = answer.unwrap_or_else(|refusal| refusal.reply());
        if reply.status == 503 {
            context.tally.store_failures += 1;
        }
        self.tell(context);
        context.oracle.looks_at_bytes(&reply.body, "a reply");
        Some(reply)
    }

    /// Reads what was committed: for the oracle, and for displays.
    pub fn tell(&mut self, context: &mut Context) {
        let (today, now) = (self.today(context), self.clock(context));
        let Some(store) = self.store.as_mut() else { return };
        let zones: Vec<ZoneId> = self.clinic.zones().iter().map(|zone| zone.id.clone()).collect();
        for zone in &zones {
            let after = context.oracle.newest_of(zone);
            let Ok(events) = store.events_after(zone, after) else { continue };
            for event in &events {
                context.oracle.sees_event(zone, event, now, context.now);
            }
        }
        context.oracle.write_is_over();
        if let Some(today) = today {
            self.streams.push(context, store, today);
        }
    }
}

/// Why a request is refused.
struct Refusal {
    code: ProblemCode,
    error: Box<dyn std::error::Error>,
}

impl Refusal {
    fn new(code: ProblemCode, error: impl std::error::Error + 'static) -> Self {
        Self { code, error: Box::new(error) }
    }

    fn reply(self) -> Reply {
        Reply::problem(self.code, self.error.as_ref())
    }
}

/// No such route, or no such message.
#[derive(Debug, thiserror::Error)]
#[error("the request is not one this interface has")]
struct NotOurs;

fn bad() -> Refusal {
    Refusal::new(ProblemCode::BadRequest, NotOurs)
}

/// One request at the service.
struct Desk<'a> {
    store: &'a mut OneThread,
    context: &'a mut Context,
    now: UnixMillis,
    request: &'a Request,
    party: Party,
}

impl Desk<'_> {
    fn routed(&mut self) -> Result<Reply, Refusal> {
        let route = self.request.route.clone();
        let parts: Vec<&str> = route.split(['/', ' ']).filter(|part| !part.is_empty()).collect();
        match parts.as_slice() {
            ["GET", "v1", "services"] => self.services(),
            ["POST", "v1", "tickets"] => self.issue(),
            ["POST", "v1", "tickets", request, "void"] => self.void(request),
            ["POST", "v1", "rooms", room, "call-next"] => self.call_next(room),
            ["POST", "v1", "rooms", room, step] => self.room_step(room, step),
            ["POST", "v1", "numbers", number, "transfer"] => self.transfer(number),
            ["POST", "v1", "numbers", number, step] => self.number_step(number, step),
            ["PUT", "v1", "kiosks", kiosk, "series"] => self.lease(kiosk),
            ["POST", "v1", "kiosks", kiosk, "offline-tickets"] => self.hand_over(kiosk),
            _ => Err(bad()),
        }
    }

    fn message<T: DeserializeOwned>(&self) -> Result<T, Refusal> {
        serde_json::from_slice(&self.request.body).map_err(|_| bad())
    }

    fn services(&mut self) -> Result<Reply, Refusal> {
        let clinic = self.store.clinic();
        let unset = |error| Refusal::new(ProblemCode::StoreUnavailable, error);
        let day = service_day(self.now, &clinic).map_err(unset)?;
        let mut services = Vec::new();
        for service in clinic.services() {
            let board = self.store.board(&service.zone, day);
            services.push(ServiceOffer {
                id: service.id.clone(),
                name: service.name.clone(),
                place: service.place.clone(),
                open: is_open(service, self.now, &clinic).map_err(unset)?,
                waiting: board.and_then(|board| board.waiting.get(&service.id).copied()).unwrap_or(0),
                facts: hours_told(service, self.now, &clinic).map_err(unset)?,
            });
        }
        Ok(Reply::of(&Services {
            hospital: clinic.hospital().to_owned(),
            address: clinic.address().to_owned(),
            services,
            priority: Some(clinic.rules().priority),
            held_tickets: false,
        }))
    }

    fn issue(&mut self) -> Result<Reply, Refusal> {
        let mut asked: IssueTicket = self.message()?;
        let kiosks_request = asked.request;
        if self.context.slip == Slip::ForgetsRequests && self.context.oracle.was_answered(kiosks_request) {
            asked.request = self.context.request();
            asked.arrival.person = None;
        }
        let mut ticket = self.store.issue(asked, self.now).map_err(refused_issue)?;
        self.context.oracle.issued(&ticket, self.context.now);
        self.context.oracle.answers(kiosks_request);
        ticket.request = kiosks_request;
        Ok(Reply::of(&ticket))
    }

    fn void(&mut self, request: &str) -> Result<Reply, Refusal> {
        let request: RequestId = request.parse().map_err(|_| bad())?;
        let voided = self.store.void(request, VoidBy::default(), self.now).map_err(|error| match error {
            VoidError::RequestSpent(_) => Refusal::new(ProblemCode::RequestSpent, error),
            VoidError::AnotherKiosks(_) => Refusal::new(ProblemCode::NotAllowed, error),
            VoidError::Store(store) => refused_store(store),
        })?;
        self.context.tally.voids += 1;
        Ok(Reply::of(&voided))
    }

    fn call_next(&mut self, room: &str) -> Result<Reply, Refusal> {
        let CallNext { request } = self.message()?;
        let room = RoomId::new(room).map_err(|_| bad())?;
        let actor = format!("room:{room}");
        let called = self.store.call_next(room.clone(), request, actor, self.now).map_err(|error| match error {
            CallError::UnknownRoom(_) => Refusal::new(ProblemCode::UnknownRoom, error),
            CallError::RequestSpent(_) => Refusal::new(ProblemCode::RequestSpent, error),
            CallError::ClockNotSet(error) => Refusal::new(ProblemCode::StoreUnavailable, error),
            CallError::Store(store) => refused_store(store),
        })?;
        let day = service_day(self.now, &self.store.clinic()).ok();
        self.context.oracle.presses(&room, self.party, self.request.press);
        if let (CallNextReply::NobodyWaiting, Some(day)) = (&called, day) {
            self.context.oracle.nobody_waits_for(&room, day);
        }
        Ok(Reply::of(&called))
    }

    fn room_step(&mut self, room: &str, step: &str) -> Result<Reply, Refusal> {
        let RoomStep { request, number } = self.message()?;
        let room = RoomId::new(room).map_err(|_| bad())?;
        let actor = format!("room:{room}");
        let action = match step {
            "recall" => Action::Recall(room),
            "arrived" => Action::Arrive(room),
            "finish" => Action::Finish(room),
            "missed" => Action::Miss(room),
            "away" => Action::SendAway(room),
            _ => return Err(bad()),
        };
        self.step(StepAsked { request, number, action, actor })
    }

    fn number_step(&mut self, number: &str, step: &str) -> Result<Reply, Refusal> {
        let NumberStep { request } = self.message()?;
        let number: TicketNumber = number.parse().map_err(|_| bad())?;
        let action = match step {
            "return" => Action::Return,
            "rejoin" => Action::Rejoin,
            "cancel" => Action::Cancel,
            _ => return Err(bad()),
        };
        self.step(StepAsked { request, number, action, actor: "staff:lan".into() })
    }

    fn transfer(&mut self, number: &str) -> Result<Reply, Refusal> {
        let Transfer { request, to, room, placement } = self.message()?;
        let number: TicketNumber = number.parse().map_err(|_| bad())?;
        let action = Action::Transfer { to, room, placement };
        self.step(StepAsked { request, number, action, actor: "staff:lan".into() })
    }

    fn step(&mut self, asked: StepAsked) -> Result<Reply, Refusal> {
        let changed = self.store.step(asked, self.now).map_err(|error| match error {
            StepError::Store(store) => refused_store(store),
            StepError::ClockNotSet(error) => Refusal::new(ProblemCode::StoreUnavailable, error),
            StepError::RejoinedTooOften(_) => Refusal::new(ProblemCode::RejoinedTooOften, error),
            StepError::UnknownNumber { .. } => Refusal::new(ProblemCode::UnknownNumber, error),
            StepError::UnknownRoom(_) => Refusal::new(ProblemCode::UnknownRoom, error),
            StepError::UnknownService(_) => Refusal::new(ProblemCode::UnknownService, error),
            StepError::NotAtThisRoom { .. } => Refusal::new(ProblemCode::NotAtThisRoom, error),
            StepError::NotAllowed(_) | StepError::HasOneThere(_) => Refusal::new(ProblemCode::StepNotAllowed, error),
            StepError::RequestSpent(_) => Refusal::new(ProblemCode::RequestSpent, error),
        })?;
        self.context.tally.steps += 1;
        Ok(Reply::of(&changed))
    }

    fn lease(&mut self, kiosk: &str) -> Result<Reply, Refusal> {
        let asked: LeaseSeries = self.message()?;
        let kiosk = KioskId::new(kiosk).map_err(|_| bad())?;
        let series = self.store.lease_series(kiosk.clone(), asked, self.now).map_err(|error| match error {
            LeaseError::NoneLeft => Refusal::new(ProblemCode::NoSeriesLeft, error),
            LeaseError::Store(store) => refused_store(store),
        })?;
        self.context.oracle.leased(&kiosk, series);
        Ok(Reply::of(&SeriesLease { kiosk, series }))
    }

    fn hand_over(&mut self, kiosk: &str) -> Result<Reply, Refusal> {
        let mut handed: HandOver = self.message()?;
        for ticket in &mut handed.tickets {
            if self.context.slip == Slip::ForgetsAges {
                ticket.age_ms = 0;
            }
            if self.context.slip == Slip::HandsOverAnew {
                ticket.request = self.context.request();
            }
        }
        let kiosk = KioskId::new(kiosk).map_err(|_| bad())?;
        let taken = self.store.hand_over(kiosk, handed.clone(), self.now).map_err(|error| match error {
            HandOverError::ClockNotSet(error) => Refusal::new(ProblemCode::StoreUnavailable, error),
            HandOverError::Store(store) => refused_store(store),
        })?;
        self.context.oracle.handed_over(&handed, &taken.outcomes);
        self.context.tally.hand_overs += 1;
        Ok(Reply::of(&taken))
    }
}

fn refused_store(error: StoreError) -> Refusal {
    let code = match error {
        StoreError::Overloaded | StoreError::Unavailable(_) | StoreError::RolledBack => ProblemCode::StoreUnavailable,
        StoreError::OutcomeUnknown(_) | StoreError::Closed => ProblemCode::Internal,
    };
    Refusal::new(code, error)
}

fn refused_issue(error: IssueError) -> Refusal {
    let code = match error {
        IssueError::Store(store) => return refused_store(store),
        IssueError::ClockNotSet(_) => ProblemCode::StoreUnavailable,
        IssueError::UnknownService(_) => ProblemCode::UnknownService,
        IssueError::QuotaReached { .. } => ProblemCode::QuotaReached,
        IssueError::BookingTooEarly(_) => ProblemCode::BookingTooEarly,
        IssueError::Closed(_) => ProblemCode::ServiceClosed,
        IssueError::Exhausted(_) => ProblemCode::SeriesExhausted,
        IssueError::RequestSpent(_) => ProblemCode::RequestSpent,
    };
    Refusal::new(code, error)
}

/// A step at the desk or in a room, as a request.
#[must_use]
pub fn transfer(number: TicketNumber, to: ServiceId, request: RequestId, press: u64) -> Request {
    let message = Transfer { request, to, room: None, placement: Placement::KeepPlace };
    Request::new(format!("POST /v1/numbers/{number}/transfer"), &message, press)
}
