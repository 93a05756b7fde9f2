use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::{DeviceId, KioskId, RoomId, slug_id};

slug_id!(
    /// A person who logs in, such as `lan`.
    UserName
);

impl DeviceId {
    /// Whether this is the device of `kiosk`.
    #[must_use]
    pub fn is_kiosk(&self, kiosk: &KioskId) -> bool {
        self.as_str() == kiosk.as_str()
    }
}

/// A text that names no role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected one of {expected}")]
pub struct InvalidRole {
    expected: &'static str,
}

/// What a device's key opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum DeviceRole {
    /// Issues numbers in its own name, and takes them back.
    Kiosk,
    /// Reads boards.
    Display,
    /// Calls into its room.
    Room,
}

impl DeviceRole {
    /// The role's word, as on the wire.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Kiosk => "kiosk",
            Self::Display => "display",
            Self::Room => "room",
        }
    }
}

impl fmt::Display for DeviceRole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl FromStr for DeviceRole {
    type Err = InvalidRole;

    fn from_str(text: &str) -> Result<Self, InvalidRole> {
        match text {
            "kiosk" => Ok(Self::Kiosk),
            "display" => Ok(Self::Display),
            "room" => Ok(Self::Room),
            _ => Err(InvalidRole { expected: "kiosk, display, room" }),
        }
    }
}

/// What a person who has logged in may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum StaffRole {
    /// Works in the rooms that are named with the account.
    Nurse,
    /// Everything.
    Administrator,
    /// Reads statistics.
    Statistics,
}

impl StaffRole {
    /// The role's word, as on the wire.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Nurse => "nurse",
            Self::Administrator => "administrator",
            Self::Statistics => "statistics",
        }
    }
}

impl fmt::Display for StaffRole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl FromStr for StaffRole {
    type Err = InvalidRole;

    fn from_str(text: &str) -> Result<Self, InvalidRole> {
        match text {
            "nurse" => Ok(Self::Nurse),
            "administrator" => Ok(Self::Administrator),
            "statistics" => Ok(Self::Statistics),
            _ => Err(InvalidRole { expected: "nurse, administrator, statistics" }),
        }
    }
}

/// A device and what its key is for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Device {
    /// Its id.
    pub id: DeviceId,
    /// What its key opens.
    pub role: DeviceRole,
    /// The room it calls into; only with the role `room`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub room: Option<RoomId>,
}

/// A person who may log in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Staff {
    /// Their name in the service.
    pub user: UserName,
    /// What they may do.
    pub role: StaffRole,
    /// The rooms they work in; only with the role `nurse`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rooms: Vec<RoomId>,
}
