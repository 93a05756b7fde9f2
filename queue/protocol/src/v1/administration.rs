use serde::{Deserialize, Serialize};

use crate::model::{PriorityPolicy, RequestId, RoomId, Series, ServiceDay, ServiceId, UnixMillis, ZoneId};

/// A hospital's queues as administration edits them. Kept whole in the database, one version a change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ClinicSettings {
    /// The hospital's name for screens and tickets.
    pub hospital: String,
    /// Its address and telephone for tickets; may be empty.
    pub address: String,
    /// IANA name of its time zone.
    pub time_zone: String,
    /// The hour (0 to 23, by its wall clock) at which a new service day begins.
    pub day_start_hour: i8,
    /// Who comes before whom.
    pub rules: RuleSettings,
    /// Its waiting areas.
    pub zones: Vec<ZoneSettings>,
    /// Its services, in the order they are shown.
    pub services: Vec<ServiceSettings>,
    /// Its rooms.
    pub rooms: Vec<RoomSettings>,
}

/// Who comes before whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RuleSettings {
    /// How priority and normal line are weighed.
    pub priority: PriorityPolicy,
    /// Whether a group that is only declared counts.
    pub declared_count: bool,
    /// Minutes before its time from which on a booking may check in.
    pub booking_early_minutes: u32,
    /// Minutes after its time up to which a booking keeps its line.
    pub booking_late_minutes: u32,
    /// Calls of its service that pass before a missed number is called again.
    pub rejoin_after_calls: u32,
    /// How often a missed number may come back.
    pub rejoin_times_max: u32,
}

/// A waiting area.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ZoneSettings {
    /// Its id.
    pub id: ZoneId,
    /// Its name on screen.
    pub name: String,
}

/// A service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ServiceSettings {
    /// Its id.
    pub id: ServiceId,
    /// Its name as patients know it.
    pub name: String,
    /// Where its patients wait.
    pub place: String,
    /// The series its numbers come from.
    pub series: Series,
    /// The waiting area its calls are shown in.
    pub zone: ZoneId,
    /// When it gives out numbers, such as `06:30-11:30, 13:30-16:30`; always, if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hours: Option<String>,
    /// Most numbers a day; no limit, if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quota: Option<u32>,
    /// New patients between two who are back from tests.
    #[serde(default)]
    pub return_after_calls: u32,
    /// Minutes from one appointment to the next, in the opening hours; it takes none, if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub appointment_minutes: Option<u16>,
}

/// A room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RoomSettings {
    /// Its id.
    pub id: RoomId,
    /// Its name as displays show it.
    pub name: String,
    /// The waiting area its patients come from.
    pub zone: ZoneId,
    /// The services it calls for.
    pub services: Vec<ServiceId>,
}

/// The settings in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ClinicVersion {
    /// 1 for what the database was made with; one more with each change.
    pub version: u64,
    /// When they were changed; 0 for what the database was made with.
    pub changed_at: UnixMillis,
    /// Who changed them, such as `user:mai`.
    pub changed_by: String,
    /// The settings.
    pub settings: ClinicSettings,
}

/// Puts other settings in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ChangeClinic {
    /// Made for this press of the button.
    pub request: RequestId,
    /// The version that was edited. When another one is in force, nothing is changed.
    pub base: u64,
    /// All settings, changed or not.
    pub settings: ClinicSettings,
}

/// Rooms, waiting areas and services by name, for pages that let somebody choose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Places {
    /// The hospital's name.
    pub hospital: String,
    /// Its waiting areas.
    pub zones: Vec<ZoneSettings>,
    /// Its services in the order they are shown.
    pub services: Vec<ServiceName>,
    /// Its rooms.
    pub rooms: Vec<RoomSettings>,
}

/// A service by name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ServiceName {
    /// Its id.
    pub id: ServiceId,
    /// Its name.
    pub name: String,
    /// Its waiting area.
    pub zone: ZoneId,
}

/// How long people waited and were seen, over some service days.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Statistics {
    /// The first day.
    pub from: ServiceDay,
    /// The last day.
    pub to: ServiceDay,
    /// Everything together.
    pub total: Figures,
    /// By the hour (0 to 23, hospital's clock) in which the numbers were issued; hours without one are absent.
    pub by_hour: Vec<HourFigures>,
    /// By service, in the order of their ids.
    pub by_service: Vec<NamedFigures>,
    /// By the room that called first, in the order of their ids.
    pub by_room: Vec<NamedFigures>,
}

/// Figures of an hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct HourFigures {
    /// 0 to 23.
    pub hour: u8,
    /// The figures.
    #[serde(flatten)]
    pub figures: Figures,
}

/// Figures of a service or a room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct NamedFigures {
    /// Its id.
    pub id: String,
    /// Its name; the id when the hospital no longer has it.
    pub name: String,
    /// The figures.
    #[serde(flatten)]
    pub figures: Figures,
}

/// Counts and times of some numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Figures {
    /// Numbers issued; those taken back unseen are left out.
    pub issued: u32,
    /// Numbers that were called at least once.
    pub called: u32,
    /// Numbers that missed a call and were not called again.
    pub missed: u32,
    /// From the issue to the first call.
    pub waiting: Spread,
    /// From the arrival in the room (or the call, where nobody noted the arrival) until the room was done.
    pub service: Spread,
}

/// How some times lie, in whole seconds; all 0 when there are none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Spread {
    /// How many times there are.
    pub count: u32,
    /// Their mean.
    pub mean_s: u32,
    /// Half of them are not longer.
    pub median_s: u32,
    /// Nine in ten are not longer.
    pub p90_s: u32,
    /// The longest.
    pub max_s: u32,
}
