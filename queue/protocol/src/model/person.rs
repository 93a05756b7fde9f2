use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A text that is no mark of a person.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected 64 characters out of 0-9 and a-f")]
pub struct InvalidPersonMark;

/// Recognises a person without naming them: 32 bytes that a kiosk computes from the identity number with a key the
/// queue service does not have (HMAC-SHA-256, one key a hospital). Without the key it leads back to nobody.
///
/// On the wire: 64 hexadecimal digits, lower case. `Debug` shows nothing of it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PersonMark([u8; 32]);

impl PersonMark {
    /// The mark with these bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Its bytes, for the store.
    #[must_use]
    pub const fn into_bytes(self) -> [u8; 32] {
        self.0
    }
}

impl fmt::Debug for PersonMark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PersonMark(…)")
    }
}

impl FromStr for PersonMark {
    type Err = InvalidPersonMark;

    fn from_str(text: &str) -> Result<Self, InvalidPersonMark> {
        let digit = |byte: u8| match byte {
            b'0'..=b'9' => Ok(byte - b'0'),
            b'a'..=b'f' => Ok(byte - b'a' + 10),
            _ => Err(InvalidPersonMark),
        };
        let (pairs, []) = text.as_bytes().as_chunks::<2>() else {
            return Err(InvalidPersonMark);
        };
        let bytes: Result<Vec<u8>, InvalidPersonMark> =
            pairs.iter().map(|[high, low]| Ok(digit(*high)? * 16 + digit(*low)?)).collect();
        Ok(Self(bytes?.try_into().map_err(|_| InvalidPersonMark)?))
    }
}

impl TryFrom<String> for PersonMark {
    type Error = InvalidPersonMark;

    fn try_from(text: String) -> Result<Self, InvalidPersonMark> {
        text.parse()
    }
}

impl From<PersonMark> for String {
    fn from(mark: PersonMark) -> Self {
        mark.0.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_has_one_spelling_and_shows_nothing_of_itself() {
        let text = "0f".repeat(32);
        let mark: PersonMark = text.parse().unwrap();
        assert_eq!((String::from(mark), format!("{mark:?}")), (text, "PersonMark(…)".to_owned()));
        for bad in ["", "0f", &"0F".repeat(32), &"0f".repeat(33), &"0".repeat(63), &"é".repeat(32)] {
            assert_eq!(bad.parse::<PersonMark>(), Err(InvalidPersonMark), "{bad:?}");
        }
    }
}
