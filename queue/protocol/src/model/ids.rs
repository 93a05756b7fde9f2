use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Longest name in an id, in bytes.
const SLUG_BYTES_MAX: usize = 64;

/// A text that is no valid id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidId {
    /// Not a UUID in its hyphenated form.
    #[error("expected a UUID such as 0190a1b2-0000-7000-8000-000000000001")]
    NotAUuid,
    /// Not 1 to 64 characters out of `a-z`, `0-9` and `-`.
    #[error("expected 1 to {SLUG_BYTES_MAX} characters out of a-z, 0-9 and -")]
    NotASlug,
    /// Not a place in an event log.
    #[error("expected a place in an event log such as 17 or 00000000000000ff.17")]
    NotALog,
}

/// Identity of one write: made by whoever asks (a UUID version 7), kept on disk before it is sent, the same on every
/// retry. The service answers a known id with what it answered before.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RequestId(Uuid);

impl RequestId {
    /// The id with these bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(Uuid::from_bytes(bytes))
    }

    /// The id's bytes.
    #[must_use]
    pub const fn into_bytes(self) -> [u8; 16] {
        self.0.into_bytes()
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Debug for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RequestId({})", self.0)
    }
}

impl FromStr for RequestId {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        Uuid::try_parse(text).map(Self).map_err(|_| InvalidId::NotAUuid)
    }
}

pub(crate) fn checked_slug(text: &str) -> Result<(), InvalidId> {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if text.is_empty() || text.len() > SLUG_BYTES_MAX || !text.bytes().all(allowed) {
        return Err(InvalidId::NotASlug);
    }
    Ok(())
}

macro_rules! slug_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        ///
        /// 1 to 64 characters out of `a-z`, `0-9` and `-`; safe in a URL and a log.
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// Parses an id.
            ///
            /// # Errors
            /// [`InvalidId::NotASlug`].
            pub fn new(text: impl Into<String>) -> Result<Self, $crate::model::InvalidId> {
                let text = text.into();
                $crate::model::ids::checked_slug(&text)?;
                Ok(Self(text))
            }

            /// The id's text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::model::InvalidId;

            fn from_str(text: &str) -> Result<Self, $crate::model::InvalidId> {
                Self::new(text)
            }
        }

        impl TryFrom<String> for $name {
            type Error = $crate::model::InvalidId;

            fn try_from(text: String) -> Result<Self, $crate::model::InvalidId> {
                Self::new(text)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0
            }
        }
    };
}
pub(crate) use slug_id;

slug_id!(
    /// A service patients queue for, such as `noi-tim-mach`.
    ServiceId
);
slug_id!(
    /// A room that calls, such as `p205`.
    RoomId
);
slug_id!(
    /// A waiting area with its displays, such as `khu-b`.
    ZoneId
);
slug_id!(
    /// A kiosk, such as `k3`.
    KioskId
);
slug_id!(
    /// A device with a key of its own, such as the kiosk `k3` or the display `man-hinh-khu-b`. A kiosk's device has the
    /// kiosk's id.
    DeviceId
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slug_id_is_safe_in_a_url_and_a_log() {
        assert_eq!(ServiceId::new("noi-tim-mach").unwrap().as_str(), "noi-tim-mach");
        for bad in ["", "Noi", "a b", "a/b", "../x", "nội", "a\n", &"x".repeat(65)] {
            assert_eq!(RoomId::new(bad), Err(InvalidId::NotASlug), "{bad:?}");
        }
    }

    #[test]
    fn a_slug_id_is_checked_when_it_comes_off_the_wire() {
        assert!(serde_json::from_str::<ZoneId>("\"khu-b\"").is_ok());
        assert!(serde_json::from_str::<ZoneId>("\"khu b\"").is_err());
    }

    #[test]
    fn a_request_id_survives_text_and_bytes() {
        let id: RequestId = "0190a1b2-0000-7000-8000-000000000001".parse().unwrap();
        assert_eq!(RequestId::from_bytes(id.into_bytes()), id);
        assert_eq!(id.to_string().parse(), Ok(id));
        assert_eq!("not an id".parse::<RequestId>(), Err(InvalidId::NotAUuid));
    }
}
