use serde::{Deserialize, Serialize};

use super::person::PersonMark;
use super::{UnixMillis, is_false};

/// The groups that Vietnamese law puts first (Law on Medical Examination and Treatment 2023, article 3, clause 2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum PriorityGroup {
    /// An emergency, as staff found it.
    Emergency,
    /// A child under six.
    Under6,
    /// A pregnant woman.
    Pregnant,
    /// A severe or especially severe disability.
    SevereDisability,
    /// Seventy-five years or older.
    #[serde(rename = "aged_75")]
    Aged75,
    /// A person with merit to the revolution.
    Merit,
}

/// How it is known that somebody belongs to a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Proof {
    /// The patient, or an unsigned code, says so.
    Declared,
    /// Staff or a signed document has shown it.
    Verified,
}

/// That somebody belongs to a group, and how it is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct GroupClaim {
    /// The group.
    pub group: PriorityGroup,
    /// How it is known.
    pub proof: Proof,
}

/// The line a ticket stands in; shown on screens as its mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Line {
    /// Before everybody.
    Emergency,
    /// One of the groups the law puts first.
    Priority,
    /// Booked, and in time for it.
    Booked,
    /// Everybody else.
    #[default]
    Normal,
}

impl Line {
    /// Whether it is the line without a mark, which is left out of messages.
    #[must_use]
    pub fn is_normal(&self) -> bool {
        *self == Self::Normal
    }
}

/// What a kiosk knows of the one who arrives. All of it may be absent; none of it is an identity.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Arrival {
    /// Recognises the same person again, so that one person has one live ticket a service.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<PersonMark>,
    /// The groups the person belongs to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<GroupClaim>,
    /// The time of the appointment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub booked_for: Option<UnixMillis>,
    /// They took the way in without any identity: the kiosk has seen neither card nor number.
    #[serde(default, skip_serializing_if = "is_false")]
    pub no_identity: bool,
}

/// What staff look at once the patient is there, because a kiosk could only take their word for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum StaffCheck {
    /// Who the patient is: no identity was shown.
    Identity,
    /// That the patient belongs to a group which they declared.
    Groups,
    /// That the patient has the appointment by which they stand in the line of the booked.
    Appointment,
}
