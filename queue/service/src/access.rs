//! Who may use which route: every route is declared with its [`Allow`].

use std::fmt;

use queue_protocol::model::{DeviceRole, StaffRole};

/// What a key or a login is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// A kiosk's key.
    Kiosk,
    /// A display's key.
    Display,
    /// The key of a device in a room.
    Room,
    /// Staff of rooms, logged in.
    Nurse,
    /// An administrator, logged in.
    Administrator,
    /// A reader of statistics, logged in.
    Statistics,
}

impl Role {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Kiosk, Self::Display, Self::Room, Self::Nurse, Self::Administrator, Self::Statistics];
}

impl From<DeviceRole> for Role {
    fn from(role: DeviceRole) -> Self {
        match role {
            DeviceRole::Kiosk => Self::Kiosk,
            DeviceRole::Display => Self::Display,
            DeviceRole::Room => Self::Room,
        }
    }
}

impl From<StaffRole> for Role {
    fn from(role: StaffRole) -> Self {
        match role {
            StaffRole::Nurse => Self::Nurse,
            StaffRole::Administrator => Self::Administrator,
            StaffRole::Statistics => Self::Statistics,
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Kiosk => "kiosk",
            Self::Display => "display",
            Self::Room => "room",
            Self::Nurse => "nurse",
            Self::Administrator => "administrator",
            Self::Statistics => "statistics",
        })
    }
}

/// Who may use a route. There is no default: a route without one does not compile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Allow {
    /// Anybody who reaches the service, without key or login: no patient data, no change to the queue.
    Anybody,
    /// These roles.
    Only(&'static [Role]),
}

impl Allow {
    /// Whoever has a key or a login.
    pub const KNOWN: Self = Self::Only(&Role::ALL);
    /// Who gives out numbers: kiosks, and administrators by hand.
    pub const ISSUE: Self = Self::Only(&[Role::Kiosk, Role::Administrator]);
    /// Who works with numbers: rooms and their staff.
    pub const ROOMS: Self = Self::Only(&[Role::Room, Role::Nurse, Role::Administrator]);
    /// Who lets a missed number back in: a kiosk too, when its patient holds up the card.
    pub const BACK_IN: Self = Self::Only(&[Role::Kiosk, Role::Room, Role::Nurse, Role::Administrator]);
    /// A kiosk, in its own name.
    pub const KIOSKS: Self = Self::Only(&[Role::Kiosk]);
    /// Who helps patients: all staff, and rooms.
    pub const HELPERS: Self = Self::STAFF_AND_ROOMS;
    /// Who shows boards.
    pub const BOARDS: Self = Self::Only(&[Role::Display, Role::Room, Role::Nurse, Role::Administrator]);
    /// Administrators.
    pub const ADMINISTRATORS: Self = Self::Only(&[Role::Administrator]);
    /// Who reads statistics.
    pub const STATISTICS: Self = Self::Only(&[Role::Statistics, Role::Administrator]);
    /// Who chooses a room: all staff, and rooms.
    pub const STAFF_AND_ROOMS: Self = Self::Only(&[Role::Room, Role::Nurse, Role::Administrator, Role::Statistics]);
    /// Any device.
    pub const DEVICES: Self = Self::Only(&[Role::Kiosk, Role::Display, Role::Room]);
    /// Anybody who has logged in.
    pub const STAFF: Self = Self::Only(&[Role::Nurse, Role::Administrator, Role::Statistics]);

    /// Whether `role` may.
    #[must_use]
    pub fn lets(self, role: Role) -> bool {
        match self {
            Self::Anybody => true,
            Self::Only(roles) => roles.contains(&role),
        }
    }
}
