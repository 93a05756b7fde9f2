//! Where updates of the machine lie.

use serde::Deserialize;

/// Longest address, in bytes.
const ADDRESS_BYTES_MAX: usize = 512;

/// An address such as `https://updates.hospital.example/kiosk.raucb`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct UpdateAddress(String);

/// Why it is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected an address such as https://updates.hospital.example/kiosk.raucb, without a user or a password")]
pub struct NoUpdateAddress;

impl TryFrom<String> for UpdateAddress {
    type Error = NoUpdateAddress;

    fn try_from(text: String) -> Result<Self, NoUpdateAddress> {
        let place = |rest: &str| rest.split_once('/').is_some_and(|(host, path)| !host.is_empty() && !path.is_empty());
        let plain = |byte: u8| byte.is_ascii_graphic() && !b"@\"\\".contains(&byte);
        let is_address = text.len() <= ADDRESS_BYTES_MAX
            && text.bytes().all(plain)
            && text.strip_prefix("https://").is_some_and(place);
        if is_address { Ok(Self(text)) } else { Err(NoUpdateAddress) }
    }
}

impl UpdateAddress {
    /// As it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
