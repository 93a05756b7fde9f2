use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::InvalidId;

/// Bytes of a log's identity.
const LOG_ID_BYTES: usize = 8;

/// Which log of events a sequence number belongs to. A restored database has another one, so that nobody folds its
/// events into a board of the database before.
///
/// On the wire: 16 hexadecimal digits, lower case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct LogId(u64);

impl LogId {
    /// The identity with this value.
    #[must_use]
    pub const fn new(value: u64) -> Self {
        Self(value)
    }
}

impl fmt::Display for LogId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl FromStr for LogId {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let lower = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        if text.len() != 2 * LOG_ID_BYTES || !text.bytes().all(lower) {
            return Err(InvalidId::NotALog);
        }
        u64::from_str_radix(text, 16).map(Self).map_err(|_| InvalidId::NotALog)
    }
}

impl TryFrom<String> for LogId {
    type Error = InvalidId;

    fn try_from(text: String) -> Result<Self, InvalidId> {
        text.parse()
    }
}

impl From<LogId> for String {
    fn from(id: LogId) -> Self {
        id.to_string()
    }
}

/// A place in one log: what a display says it has, when it comes back. Written `<log>.<seq>`; a display of the first
/// release writes `<seq>` alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogPlace {
    /// The log, where it is known.
    pub log: Option<LogId>,
    /// The newest event that is held.
    pub seq: u64,
}

impl fmt::Display for LogPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.log {
            Some(log) => write!(f, "{log}.{}", self.seq),
            None => write!(f, "{}", self.seq),
        }
    }
}

impl FromStr for LogPlace {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let (log, seq) = match text.split_once('.') {
            Some((log, seq)) => (Some(log.parse()?), seq),
            None => (None, text),
        };
        Ok(Self { log, seq: seq.parse().map_err(|_| InvalidId::NotALog)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_in_a_log_has_two_spellings() {
        for text in ["17", "00000000000000ff.17"] {
            assert_eq!(text.parse::<LogPlace>().unwrap().to_string(), text);
        }
        for bad in ["", "x", "ff.17", "00000000000000FF.17", "00000000000000ff.", ".17", "00000000000000ff.1.7"] {
            assert_eq!(bad.parse::<LogPlace>(), Err(InvalidId::NotALog), "{bad:?}");
        }
    }
}
