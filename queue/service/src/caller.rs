use axum::extract::FromRequestParts;
use axum::http::StatusCode;
use axum::http::request::Parts;
use queue_protocol::model::{Device, DeviceId, DeviceRole, KioskId, RoomId, Staff, StaffRole};
use queue_protocol::v1::ProblemCode;
use queue_store::Known;

use crate::access::Role;
use crate::app::App;
use crate::problem::ApiError;

/// Who asks. The guard of a route puts it there; a handler takes it as an argument.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Caller {
    /// A device, by its key.
    Device(Device),
    /// A person who has logged in.
    Staff(Staff),
    /// Anybody: the service runs open, for development.
    Open,
}

impl From<Known> for Caller {
    fn from(known: Known) -> Self {
        match known {
            Known::Device(device) => Self::Device(device),
            Known::Staff(staff) => Self::Staff(staff),
        }
    }
}

impl FromRequestParts<App> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, ApiError> {
        parts.extensions.get::<Self>().cloned().ok_or_else(not_authenticated)
    }
}

/// Whoever asks without a valid key or login is told this, whatever the reason.
pub(crate) fn not_authenticated() -> ApiError {
    ApiError::new(StatusCode::UNAUTHORIZED, ProblemCode::NotAuthenticated, "no valid key or login")
}

pub(crate) fn not_allowed(detail: impl ToString) -> ApiError {
    ApiError::new(StatusCode::FORBIDDEN, ProblemCode::NotAllowed, detail)
}

impl Caller {
    /// The role, unless the service runs open.
    pub(crate) fn role(&self) -> Option<Role> {
        match self {
            Self::Device(device) => Some(device.role.into()),
            Self::Staff(staff) => Some(staff.role.into()),
            Self::Open => None,
        }
    }

    /// Role and name for the audit, such as `staff:lan`; `unknown` says who it is where nobody can be known.
    pub(crate) fn actor(&self, unknown: &str) -> String {
        match self {
            Self::Device(Device { role: DeviceRole::Room, room: Some(room), .. }) => format!("room:{room}"),
            Self::Device(device) => format!("{}:{}", device.role, device.id),
            Self::Staff(staff) => format!("staff:{}", staff.user),
            Self::Open => unknown.to_owned(),
        }
    }

    /// A kiosk issues in its own name only.
    pub(crate) fn check_kiosk(&self, kiosk: &KioskId) -> Result<(), ApiError> {
        match self {
            Self::Device(device) if !device.id.is_kiosk(kiosk) => {
                Err(not_allowed(format!("the key is of {}, not of kiosk {kiosk}", device.id)))
            }
            Self::Device(_) | Self::Staff(_) | Self::Open => Ok(()),
        }
    }

    /// A device tells of itself only.
    pub(crate) fn check_device(&self, device: &DeviceId) -> Result<(), ApiError> {
        match self {
            Self::Device(own) if own.id != *device => {
                Err(not_allowed(format!("the key is of {}, not of {device}", own.id)))
            }
            Self::Device(_) | Self::Staff(_) | Self::Open => Ok(()),
        }
    }

    /// A room's device and its staff work in their own rooms only.
    pub(crate) fn check_room(&self, room: &RoomId) -> Result<(), ApiError> {
        let own = match self {
            Self::Device(device) => device.room.as_ref() == Some(room),
            Self::Staff(Staff { role: StaffRole::Nurse, rooms, .. }) => rooms.contains(room),
            Self::Staff(_) | Self::Open => true,
        };
        if own { Ok(()) } else { Err(not_allowed(format!("not for room {room}"))) }
    }

    /// The kiosk whose key it is, if it is one's.
    pub(crate) fn kiosk(&self) -> Option<KioskId> {
        match self {
            Self::Device(Device { role: DeviceRole::Kiosk, id, .. }) => KioskId::new(id.as_str()).ok(),
            Self::Device(_) | Self::Staff(_) | Self::Open => None,
        }
    }
}
