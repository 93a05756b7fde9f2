//! The JSON messages of the HTTP interface, version 1.
//!
//! Version plan: fields are only ever added, with a default; a field is never renamed, retyped or given another
//! meaning. Readers ignore fields they do not know. The exact bytes are frozen in `tests/v1_frozen.rs`: when that test
//! fails, mend the code, not the test.
//!
//! | route | request | reply |
//! |---|---|---|
//! | `GET /v1/services` | | [`Services`] |
//! | `POST /v1/tickets` | [`IssueTicket`] | [`Ticket`](crate::model::Ticket) |
//! | `POST /v1/tickets/by-person` | [`FindTickets`] | [`HeldTickets`] |
//! | `POST /v1/tickets/{request}/void` | | [`TicketVoided`] |
//! | `POST /v1/rooms/{room}/call-next` | [`CallNext`] | [`CallNextReply`] |
//! | `GET /v1/rooms/{room}/queue` | | [`RoomQueue`] |
//! | `POST /v1/rooms/{room}/call` | [`RoomStep`] | [`NumberChanged`] |
//! | `POST /v1/rooms/{room}/recall` | [`RoomStep`] | [`NumberChanged`] |
//! | `POST /v1/rooms/{room}/arrived` | [`RoomStep`] | [`NumberChanged`] |
//! | `POST /v1/rooms/{room}/finish` | [`RoomStep`] | [`NumberChanged`] |
//! | `POST /v1/rooms/{room}/missed` | [`RoomStep`] | [`NumberChanged`] |
//! | `POST /v1/rooms/{room}/away` | [`RoomStep`] | [`NumberChanged`] |
//! | `GET /v1/numbers/{number}` | | [`NumberNow`] |
//! | `POST /v1/numbers/{number}/return` | [`NumberStep`] | [`NumberChanged`] |
//! | `POST /v1/numbers/{number}/rejoin` | [`NumberStep`] | [`NumberChanged`] |
//! | `POST /v1/numbers/{number}/hold` | [`NumberStep`] | [`NumberChanged`] |
//! | `POST /v1/numbers/{number}/cancel` | [`NumberStep`] | [`NumberChanged`] |
//! | `POST /v1/numbers/{number}/reactivate` | [`Reactivate`] | [`NumberChanged`] |
//! | `POST /v1/numbers/{number}/transfer` | [`Transfer`] | [`NumberChanged`] |
//! | `POST /v1/numbers/{number}/groups` | [`SetGroups`] | [`NumberChanged`] |
//! | `POST /v1/enrol` | [`Enrol`] | [`Enrolled`] |
//! | `POST /v1/key` | | [`NewKey`] |
//! | `POST /v1/session` | [`LogIn`] | [`Staff`](crate::model::Staff) and a cookie |
//! | `GET /v1/session` | | [`Staff`](crate::model::Staff) |
//! | `DELETE /v1/session` | | |
//! | `GET /v1/devices` | | [`DeviceList`] |
//! | `POST /v1/devices/codes` | [`NewCode`] | [`NewCodeReply`] |
//! | `DELETE /v1/devices/{device}` | | |
//! | `GET /v1/staff` | | [`StaffList`] |
//! | `POST /v1/staff` | [`NewStaff`] | [`Staff`](crate::model::Staff) |
//! | `POST /v1/staff/{user}/password` | [`SetPassword`] | |
//! | `DELETE /v1/staff/{user}` | | |
//! | `GET /v1/boards/{zone}` | | [`Board`](crate::board::Board) |
//! | `GET /v1/boards/{zone}/events` | `Last-Event-ID` | server-sent events, see [`stream`] |
//! | `PUT /v1/kiosks/{kiosk}/series` | [`LeaseSeries`] | [`SeriesLease`] |
//! | `POST /v1/kiosks/{kiosk}/offline-tickets` | [`HandOver`] | [`HandedOver`] |
//! | `POST /v1/kiosks/{kiosk}/help` | [`CallHelp`] | [`HelpCall`] |
//! | `POST /v1/kiosks/{kiosk}/help/clear` | [`ClearHelp`] | [`HelpCalls`] |
//! | `GET /v1/help` | | [`HelpCalls`] |
//! | `GET /v1/help/events` | | server-sent events, see [`help_stream`] |
//! | `PUT /v1/devices/{device}/state` | [`DeviceReport`](crate::model::DeviceReport) | [`DeviceTold`](crate::model::DeviceTold) |
//! | `GET /v1/devices/states` | | [`DeviceStates`] |
//! | `GET /v1/places` | | [`Places`] |
//! | `GET /v1/administration/clinic` | | [`ClinicVersion`] |
//! | `PUT /v1/administration/clinic` | [`ChangeClinic`] | [`ClinicVersion`] |
//! | `GET /v1/statistics` | `from`, `to` | [`Statistics`] |
//!
//! A number in a path is one of the service day that is now. Every error is a [`Problem`].

use serde::{Deserialize, Serialize};

use crate::model::{Arrival, Call, KioskId, PriorityPolicy, RequestId, ServiceId, ServiceOffer, is_false};

mod access;
mod administration;
mod numbers;
mod offline;
mod operations;

pub use access::{
    DeviceList, DeviceNow, Enrol, Enrolled, LogIn, NewCode, NewCodeReply, NewKey, NewStaff, SetPassword, StaffList,
    StaffNow,
};
pub use administration::{
    ChangeClinic, ClinicSettings, ClinicVersion, Figures, HourFigures, NamedFigures, Places, RoomSettings,
    RuleSettings, ServiceName, ServiceSettings, Spread, Statistics, ZoneSettings,
};
pub use numbers::{
    FindTickets, HELD_TICKETS_MAX, HeldTickets, NumberChanged, NumberNow, NumberStep, QueueEntry, Reactivate,
    RoomQueue, RoomStep, SetGroups, Transfer,
};
pub use offline::{HAND_OVER_MAX, HandOver, HandOverOutcome, HandedOver, LeaseSeries, OfflineTicket, SeriesLease};
pub use operations::{CallHelp, ClearHelp, DeviceStates, HelpCall, HelpCalls};

/// What a kiosk may offer now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Services {
    /// The hospital's name for screens and tickets.
    pub hospital: String,
    /// The hospital's address and telephone for tickets; may be empty.
    pub address: String,
    /// All services in the order they are shown.
    pub services: Vec<ServiceOffer>,
    /// Who is called before whom, for screens to say so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub priority: Option<PriorityPolicy>,
    /// The service tells which numbers a person has: [`FindTickets`].
    #[serde(default, skip_serializing_if = "is_false")]
    pub held_tickets: bool,
}

/// Asks for a number. Sent again with the same id it gives the same ticket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct IssueTicket {
    /// Made by the kiosk and on its disk before this is sent.
    pub request: RequestId,
    /// Who asks.
    pub kiosk: KioskId,
    /// The service chosen.
    pub service: ServiceId,
    /// What is known of the one who arrives.
    #[serde(flatten)]
    pub arrival: Arrival,
}

impl IssueTicket {
    /// Asks for a number for somebody of whom nothing is known.
    #[must_use]
    pub fn new(request: RequestId, kiosk: KioskId, service: ServiceId) -> Self {
        Self { request, kiosk, service, arrival: Arrival::default() }
    }
}

/// What voiding a request did. Voiding is remembered: a request voided before it arrives never gets a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum TicketVoided {
    /// Its ticket is void, from now or from before.
    Voided,
    /// It had no ticket and will get none.
    NeverIssued,
}

/// Asks for the next patient. Sent again with the same id it gives the same call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CallNext {
    /// Made by the room for this press of the button.
    pub request: RequestId,
}

/// Who was called.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum CallNextReply {
    /// This number, and no other room got it.
    Called {
        /// The call as displays show it.
        call: Call,
    },
    /// Nobody is callable. Nothing was written: the same id may be used again.
    NobodyWaiting,
}

/// An error as problem details (RFC 9457), media type `application/problem+json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Problem {
    /// `urn:tiep-don:problem:` and the code.
    #[serde(rename = "type")]
    pub kind: String,
    /// One line for people.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What is wrong with this request; without personal data.
    #[serde(default)]
    pub detail: String,
    /// What a program decides by.
    pub code: ProblemCode,
}

/// Error codes; few on purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ProblemCode {
    /// The request is not one this interface has.
    BadRequest,
    /// No such service.
    UnknownService,
    /// No such room.
    UnknownRoom,
    /// No such zone.
    UnknownZone,
    /// The service gives out no numbers now.
    ServiceClosed,
    /// The series has no number left today.
    SeriesExhausted,
    /// The request id was voided or used for something else.
    RequestSpent,
    /// No number of today is written so.
    UnknownNumber,
    /// The number is not where this step begins.
    StepNotAllowed,
    /// The number is with another room, or with none.
    NotAtThisRoom,
    /// The number has come back as often as it may: a case for the desk.
    RejoinedTooOften,
    /// The service has given out all numbers of the day.
    QuotaReached,
    /// The appointment is too far ahead.
    BookingTooEarly,
    /// No series is left for another kiosk.
    NoSeriesLeft,
    /// No more devices are listed.
    TooManyDevices,
    /// The settings were changed by somebody else since they were read: read them again.
    SettingsOutdated,
    /// The settings are no clinic; the detail says why.
    SettingsInvalid,
    /// The settings would take away what numbers of today still need.
    SettingsInUse,
    /// No valid key or login came with the request.
    NotAuthenticated,
    /// The key or login is not for this.
    NotAllowed,
    /// Too many attempts; wait as long as `Retry-After` says.
    TooManyAttempts,
    /// No such device.
    UnknownDevice,
    /// No such user.
    UnknownUser,
    /// The name is taken.
    NameTaken,
    /// The store cannot write now; nothing was done. Try again with the same id.
    StoreUnavailable,
    /// Any other failure; whether something was done is not known. Try again with the same id.
    #[serde(other)]
    Internal,
}

/// Names in the event stream of a board.
///
/// On connect the service sends a [`SNAPSHOT`](stream::SNAPSHOT), unless `Last-Event-ID` names an event of today that it
/// still has: then it sends the events after that one and a [`HEARTBEAT`](stream::HEARTBEAT). `?last_event_id=` does the
/// same for readers that cannot set the header. `id:` is the board's sequence number. When a service day begins in
/// silence, the stream sends its empty snapshot; so it does when the clock was put right and the day is another.
///
/// A display that reads every kind of event says so with `?events=2`. Its `id:` is a
/// [`LogPlace`](crate::model::LogPlace) with the log's identity. Any other display gets a snapshot in place of an event
/// that the first release did not have.
pub mod stream {
    /// Event name: `data` is a whole [`Board`](crate::board::Board) that replaces the one held.
    pub const SNAPSHOT: &str = "snapshot";
    /// Value of `?events=` by which a display says that it reads every kind of event.
    pub const ALL_KINDS: &str = "2";
    /// Event name: `data` is one [`BoardEvent`](crate::board::BoardEvent).
    pub const EVENT: &str = "event";
    /// Event name: `data` is a [`Heartbeat`]; sent when nothing else was for [`HEARTBEAT_MS`].
    pub const HEARTBEAT: &str = "heartbeat";
    /// Longest silence of a healthy stream, in milliseconds. A display that heard nothing for
    /// [`STALE_AFTER_MS`] says so on screen.
    pub const HEARTBEAT_MS: u64 = 3_000;
    /// Silence after which a display calls itself stale, in milliseconds.
    pub const STALE_AFTER_MS: u64 = 10_000;

    use serde::{Deserialize, Serialize};

    /// Proof of life.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
    #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
    pub struct Heartbeat {
        /// The newest event of this board. A display that holds an older one has lost something and reconnects.
        pub seq: u64,
    }
}

/// Names in the stream of calls for help, which staff follow.
///
/// On connect and after every change the service sends [`CALLS`](help_stream::CALLS) with all open calls: there is
/// nothing to catch up with. Without a change it sends the same again, at least every
/// [`REPEAT_MS`](help_stream::REPEAT_MS).
pub mod help_stream {
    /// Event name: `data` is all open calls, [`HelpCalls`](super::HelpCalls).
    pub const CALLS: &str = "help";
    /// Longest silence of a healthy stream, in milliseconds.
    pub const REPEAT_MS: u64 = super::stream::HEARTBEAT_MS;
}
