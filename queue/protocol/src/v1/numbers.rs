use serde::{Deserialize, Serialize};

use crate::model::{
    Call, GroupClaim, Line, PersonMark, Placement, PriorityPolicy, RequestId, RoomId, ServiceDay, ServiceId,
    StaffCheck, Ticket, TicketNumber, TicketState, UnixMillis, WhyNext,
};

/// A room does something with one number. It names the number, so that a late press never hits the next patient.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RoomStep {
    /// Made for this press of the button.
    pub request: RequestId,
    /// The number meant.
    pub number: TicketNumber,
}

/// Something is done with the number in the path.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct NumberStep {
    /// Made for this press of the button.
    pub request: RequestId,
}

/// A number that was put aside or ended waits again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Reactivate {
    /// Made for this press of the button.
    pub request: RequestId,
    /// Where it goes in its line.
    pub placement: Placement,
}

/// A number goes to another service, and keeps its name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Transfer {
    /// Made for this press of the button.
    pub request: RequestId,
    /// The service it waits for from here on.
    pub to: ServiceId,
    /// The room that is to call it; any room of the service, if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub room: Option<RoomId>,
    /// Where it goes in the line.
    pub placement: Placement,
}

/// Staff say which groups a number's patient belongs to; what was said before is replaced.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SetGroups {
    /// Made for this press of the button.
    pub request: RequestId,
    /// The groups; none takes the mark away.
    pub groups: Vec<GroupClaim>,
}

/// Where a number is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct NumberNow {
    /// The number.
    pub number: TicketNumber,
    /// Its service day.
    pub day: ServiceDay,
    /// The service it waits for, or was called for.
    pub service: ServiceId,
    /// Where it is in its life.
    pub state: TicketState,
    /// The line it stands in.
    pub line: Line,
    /// The room it is with, or is to come back to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub room: Option<RoomId>,
}

/// What a step did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct NumberChanged {
    /// Where the number was after it.
    #[serde(flatten)]
    pub now: NumberNow,
    /// The call it made or repeated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call: Option<Call>,
}

/// Who waits for a room, in the order in which it would call them, and why in that order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RoomQueue {
    /// The room.
    pub room: RoomId,
    /// Its name.
    pub room_name: String,
    /// The service day.
    pub day: ServiceDay,
    /// Who is called before whom.
    pub priority: PriorityPolicy,
    /// Who the room is busy with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_room: Option<QueueEntry>,
    /// Who waits, the next one first. If nobody else came, they would be called in this order.
    pub waiting: Vec<QueueEntry>,
    /// How many more wait than are listed.
    pub more: u32,
    /// Who is missed, away or held, in order of arrival.
    pub aside: Vec<QueueEntry>,
}

/// One number in a room's queue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct QueueEntry {
    /// The number.
    pub number: TicketNumber,
    /// The service.
    pub service: ServiceId,
    /// Where it is in its life.
    pub state: TicketState,
    /// The line it stands in.
    pub line: Line,
    /// When it was issued; never changed by anything.
    pub issued_at: UnixMillis,
    /// The time of the appointment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub booked_for: Option<UnixMillis>,
    /// Why it is at this place; absent for who does not wait.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<WhyNext>,
    /// The groups its patient belongs to, and how that is known.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<GroupClaim>,
    /// What staff look at when its patient is there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub checks: Vec<StaffCheck>,
}

/// Most tickets that a person is told; nobody has that many.
pub const HELD_TICKETS_MAX: usize = 16;

/// Asks which numbers of today a person has. It is sent in a body, so that the mark is in no address and no log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct FindTickets {
    /// The person.
    pub person: PersonMark,
}

/// The live numbers of today that a person has, in order of arrival, at most [`HELD_TICKETS_MAX`].
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct HeldTickets {
    /// The tickets as they were issued, each with [`held_before`](crate::model::Standing::held_before): where it is.
    pub tickets: Vec<Ticket>,
}
