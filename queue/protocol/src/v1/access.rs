use std::fmt;

use serde::{Deserialize, Serialize};

use crate::model::{Device, DeviceId, DeviceRole, RoomId, Staff, StaffRole, UnixMillis, UserName};

/// A device shows the code it was given.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Enrol {
    /// Eight characters; case, spaces and hyphens do not matter.
    pub code: String,
}

/// The device's key. It is told once and stored nowhere but with the device.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Enrolled {
    /// Whose key it is.
    pub device: Device,
    /// The key: sent as `Authorization: Bearer …`.
    pub key: String,
}

/// Another key for the device that asks. The old one ends when this one is first used.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct NewKey {
    /// The key.
    pub key: String,
}

/// A person logs in.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LogIn {
    /// Who.
    pub user: UserName,
    /// Their password.
    pub password: String,
}

/// Another password for a person. Their sessions end.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SetPassword {
    /// The password, 10 to 256 characters.
    #[cfg_attr(feature = "schema", schemars(length(min = 10, max = 256)))]
    pub password: String,
}

/// Asks for a code by which one device gets a key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct NewCode {
    /// The device's id; a device that has a key keeps it until the code is used.
    pub device: DeviceId,
    /// What its key is to open.
    pub role: DeviceRole,
    /// The room it calls into; needed with the role `room`, and only then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub room: Option<RoomId>,
}

/// A code for one device. It is told once.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct NewCodeReply {
    /// What is typed at the device, such as `7KQM-2RTX`.
    pub code: String,
    /// From when on it is refused.
    pub expires_at: UnixMillis,
}

/// A device as administrators see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DeviceNow {
    /// The device.
    #[serde(flatten)]
    pub device: Device,
    /// When it got its key.
    pub enrolled_at: UnixMillis,
    /// When its key was last used, to the minute; absent if never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen_at: Option<UnixMillis>,
    /// When its key was revoked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoked_at: Option<UnixMillis>,
}

/// All devices that ever got a key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DeviceList {
    /// By id.
    pub devices: Vec<DeviceNow>,
}

/// A new person who may log in.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct NewStaff {
    /// Their name in the service.
    pub user: UserName,
    /// What they may do.
    pub role: StaffRole,
    /// The rooms they work in; only with the role `nurse`.
    #[serde(default)]
    pub rooms: Vec<RoomId>,
    /// Their password, 10 to 256 characters.
    #[cfg_attr(feature = "schema", schemars(length(min = 10, max = 256)))]
    pub password: String,
}

/// A person as administrators see them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct StaffNow {
    /// The person.
    #[serde(flatten)]
    pub staff: Staff,
    /// Until when they cannot log in, after too many wrong passwords.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub locked_until: Option<UnixMillis>,
    /// When the account was closed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed_at: Option<UnixMillis>,
}

/// All people who may log in, or could.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct StaffList {
    /// By name.
    pub staff: Vec<StaffNow>,
}

/// `Debug` without what is secret.
macro_rules! secret_debug {
    ($($name:ident { $($shown:ident),* })*) => {$(
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($name))$(.field(stringify!($shown), &self.$shown))*.finish_non_exhaustive()
            }
        }
    )*};
}

secret_debug! {
    Enrol {}
    Enrolled { device }
    NewKey {}
    LogIn { user }
    SetPassword {}
    NewCodeReply { expires_at }
    NewStaff { user, role, rooms }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_debug_text_tells_a_secret() {
        let texts = [
            format!("{:?}", Enrol { code: "7KQM-2RTX".into() }),
            format!("{:?}", NewKey { key: "7KQM-2RTX".into() }),
            format!("{:?}", LogIn { user: UserName::new("lan").unwrap(), password: "7KQM-2RTX".into() }),
            format!("{:?}", SetPassword { password: "7KQM-2RTX".into() }),
            format!("{:?}", NewCodeReply { code: "7KQM-2RTX".into(), expires_at: UnixMillis(1) }),
        ];
        assert!(texts.iter().all(|text| !text.contains("7KQM")), "{texts:?}");
    }
}
