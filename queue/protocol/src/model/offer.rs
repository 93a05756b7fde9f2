use serde::{Deserialize, Serialize};

use super::UnixMillis;

/// What patients are told of a service besides its name, place and queue. Each may be absent.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ServiceFacts {
    /// When it gives out numbers, by the hospital's wall clock, such as `06:30-11:30, 13:00-16:30`; always, if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hours: Option<String>,
    /// When it opens next, `HH:MM` by the hospital's wall clock; only of one that is closed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opens_at: Option<String>,
    /// Numbers left today; no limit, if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub numbers_left: Option<u32>,
    /// How long somebody who comes now is likely to wait, in minutes; unknown, if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wait_minutes: Option<u32>,
    /// Times of today for which there are appointments; empty where it takes none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub appointments: Vec<AppointmentTime>,
}

/// A time for which there are appointments.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AppointmentTime {
    /// The time.
    pub at: UnixMillis,
    /// The same as wall-clock text in the hospital's time zone, `HH:MM`.
    pub local: String,
}
