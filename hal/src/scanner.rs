//! The scanner port: one record per code held up.

use std::fmt;

use zeroize::Zeroize;

use crate::fault::Fault;
use crate::link::LinkError;
use crate::uptime::Uptime;

/// Longest record a scanner driver may return, in bytes: what one QR symbol can hold (version 40-L, ISO/IEC 18004).
pub const SCAN_BYTES_MAX: usize = 2_953;

/// One code as the engine read it, terminator and engine prefixes removed, bytes untouched.
///
/// It usually holds an identity: `Debug` prints its length only and the bytes are wiped on drop.
#[derive(Clone, PartialEq, Eq)]
pub struct Scan(Vec<u8>);

impl Scan {
    /// A record of at most [`SCAN_BYTES_MAX`] bytes; `None` when it is empty or longer.
    #[must_use]
    pub fn new(mut bytes: Vec<u8>) -> Option<Self> {
        if bytes.is_empty() || bytes.len() > SCAN_BYTES_MAX {
            bytes.zeroize();
            return None;
        }
        Some(Self(bytes))
    }

    /// The record's bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl Drop for Scan {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl fmt::Debug for Scan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Scan({} bytes)", self.0.len())
    }
}

/// Why no record came.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ScanError {
    /// A record grew past [`SCAN_BYTES_MAX`]. It was skipped up to its terminator; the next one will be read.
    #[error("a record of more than {SCAN_BYTES_MAX} bytes was skipped")]
    Overrun,
    /// A record came as keystrokes, and what it carries does not survive that: only the letters of a US keyboard do.
    /// It was dropped. The scanner must be set to serial or HID-POS before it can read such records.
    #[error("a record typed like on a keyboard has lost its letters; set the scanner to USB serial (CDC) or HID-POS")]
    LettersLost,
    /// The wire failed.
    #[error("the scanner's line failed")]
    Link(#[source] LinkError),
}

impl ScanError {
    /// The fault of the device, `None` when only the record was bad.
    #[must_use]
    pub const fn fault(&self) -> Option<Fault> {
        match self {
            Self::Overrun | Self::LettersLost => None,
            Self::Link(cause) => Some(cause.fault()),
        }
    }
}

/// A bar-code scanner.
pub trait Scanner: Send {
    /// The clock deadlines refer to.
    fn now(&self) -> Uptime;

    /// The next record, or `None` when none was complete by `until`. A record half received stays for the next call.
    ///
    /// # Errors
    /// [`ScanError::Overrun`] once per record too long, [`ScanError::LettersLost`] once per record a keyboard cannot
    /// carry; [`ScanError::Link`] when the device must be opened again.
    fn next_scan(&mut self, until: Uptime) -> Result<Option<Scan>, ScanError>;
}
