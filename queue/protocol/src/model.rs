//! Ids and values of the queue.

mod access;
mod device;
mod ids;
mod line;
mod log;
mod number;
mod offer;
mod order;
mod person;
#[cfg(feature = "schema")]
mod schema;
mod state;
mod time;

pub use access::{Device, DeviceRole, InvalidRole, Staff, StaffRole, UserName};
pub use device::{DeviceFault, DevicePart, DeviceReport, DeviceState, DeviceTold, PaperState, UpdateState};
pub(crate) use ids::slug_id;
pub use ids::{DeviceId, InvalidId, KioskId, RequestId, RoomId, ServiceId, ZoneId};
pub use line::{Arrival, GroupClaim, Line, PriorityGroup, Proof, StaffCheck};
pub use log::{LogId, LogPlace};
pub use number::{InvalidNumber, ORDINAL_MAX, Series, TicketNumber};
pub use offer::{AppointmentTime, ServiceFacts};
pub use order::{Placement, PriorityPolicy, WhyNext};
pub use person::{InvalidPersonMark, PersonMark};
pub use state::TicketState;
pub use time::{InvalidServiceDay, ServiceDay, UnixMillis};

use serde::{Deserialize, Serialize};

/// A service a patient can choose, as a kiosk offers it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ServiceOffer {
    /// The service.
    pub id: ServiceId,
    /// Its name as patients know it.
    pub name: String,
    /// Where its patients wait, such as "Phòng 205, tầng 2".
    pub place: String,
    /// Whether numbers are being given out now.
    pub open: bool,
    /// People waiting now.
    pub waiting: u32,
    /// What patients are told of it besides.
    #[serde(flatten)]
    pub facts: ServiceFacts,
}

/// A number that was issued.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Ticket {
    /// The request that issued it; there is exactly one ticket a request.
    pub request: RequestId,
    /// Service day in the hospital's time zone. Day and number together are unique.
    pub day: ServiceDay,
    /// What is printed and called.
    pub number: TicketNumber,
    /// The service chosen.
    pub service: ServiceId,
    /// The service's name when the number was issued.
    pub service_name: String,
    /// Where to wait.
    pub place: String,
    /// People who were waiting for the same service before this number when it was issued.
    pub ahead: u32,
    /// When it was issued, by the service's clock.
    pub issued_at: UnixMillis,
    /// The same moment as wall-clock text in the hospital's time zone, `HH:MM dd/mm/yyyy`.
    pub issued_at_local: String,
    /// How it stands in the queue.
    #[serde(flatten)]
    pub standing: Standing,
}

/// How an issued ticket stands in the queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Standing {
    /// The line it waits in.
    #[serde(default, skip_serializing_if = "Line::is_normal")]
    pub line: Line,
    /// The person has this number from before, and this is where it is now: show it, and mark a paper as a copy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held_before: Option<TicketState>,
    /// A kiosk issued it from its own series while the service was away: say so on paper and aloud.
    #[serde(default, skip_serializing_if = "is_false")]
    pub provisional: bool,
}

/// A number that a room has called.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Call {
    /// The number called.
    pub number: TicketNumber,
    /// The service it waits for.
    pub service: ServiceId,
    /// The room that called.
    pub room: RoomId,
    /// The room's name as displays show it.
    pub room_name: String,
    /// When it was called, by the service's clock.
    pub called_at: UnixMillis,
    /// What displays show besides.
    #[serde(flatten)]
    pub mark: CallMark,
}

/// What displays show of a call besides number and room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CallMark {
    /// The line the number stood in.
    #[serde(default, skip_serializing_if = "Line::is_normal")]
    pub line: Line,
    /// How often the call was repeated.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub recalls: u32,
    /// The number is provisional: a kiosk issued it while the service was away.
    #[serde(default, skip_serializing_if = "is_false")]
    pub provisional: bool,
}

const fn is_zero(count: &u32) -> bool {
    *count == 0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
pub(crate) const fn is_false(flag: &bool) -> bool {
    !*flag
}
