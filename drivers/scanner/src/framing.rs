//! From bytes to records, for engines that end a code with a character or a pause.

use std::fmt;
use std::time::Duration;

use kiosk_hal::scanner::{SCAN_BYTES_MAX, Scan};
use kiosk_hal::uptime::Uptime;
use zeroize::Zeroize;

use crate::decoder::{Decoder, Pauses};
use crate::gm65::ACKNOWLEDGEMENT;
use crate::newland;
use crate::record::{Framed, Records};

/// Silence that ends a record without a terminator.
pub const IDLE_GAP: Duration = Pauses::USUAL.idle_gap;

/// Bytes that come so long after the last ones begin a new record even though nobody was there to notice the silence.
/// Longer than any stall of the reading thread, so that a stall splits no record.
pub const STALE_AFTER: Duration = Duration::from_secs(1);

/// What AIM (ISO/IEC 15424) puts before a QR code: `]Q` and one digit.
const AIM_BYTES: usize = 3;

/// Bytes kept of one record. Longer input is an overrun and skipped up to its end.
const RECORD_BYTES_MAX: usize = SCAN_BYTES_MAX + AIM_BYTES;

/// Cuts a stream of bytes into records.
///
/// A record ends at CR, LF, TAB, NUL, STX or ETX, or at a silence of [`IDLE_GAP`]; empty records are nothing.
/// AIM's `]Q1`, the GM65's [`ACKNOWLEDGEMENT`] and Newland's replies are removed, the same record within
/// [`REPEAT_WINDOW`](crate::record::REPEAT_WINDOW) of its last appearance is dropped, and so is line noise: a record with
/// neither printable ASCII nor valid UTF-8. Noise is kept apart from a code only by a pause or one of the characters
/// above: such lines mark no beginning.
///
/// ```
/// use kiosk_hal::uptime::Uptime;
/// use qr_scanner::decoder::Decoder;
/// use qr_scanner::framing::Framer;
/// use qr_scanner::record::Framed;
///
/// let mut framer = Framer::new();
/// framer.push(b"]Q1999900\r\n", Uptime::ZERO);
/// let Some(Framed::Record(scan)) = framer.next() else { panic!("one record") };
/// assert_eq!(scan.as_bytes(), b"999900");
/// assert!(framer.next().is_none());
/// ```
pub struct Framer {
    idle_gap: Duration,
    record: Vec<u8>,
    /// Bytes of [`ACKNOWLEDGEMENT`] seen so far; they are data if the rest does not follow.
    acknowledged: usize,
    skipping: bool,
    last_byte: Uptime,
    records: Records,
}

impl Framer {
    /// A framer between records, with the usual [`IDLE_GAP`].
    #[must_use]
    pub fn new() -> Self {
        Self::with_idle_gap(IDLE_GAP)
    }

    /// A framer for a line on which only a silence of `idle_gap` ends a record.
    #[must_use]
    pub fn with_idle_gap(idle_gap: Duration) -> Self {
        Self {
            idle_gap,
            record: Vec::with_capacity(RECORD_BYTES_MAX),
            acknowledged: 0,
            skipping: false,
            last_byte: Uptime::ZERO,
            records: Records::default(),
        }
    }

    /// Holds bytes back while they could be the engine's acknowledgement. It begins with its only STX, so a mismatch
    /// can begin a new one only at the byte in hand.
    fn byte(&mut self, byte: u8, now: Uptime) {
        if ACKNOWLEDGEMENT.get(self.acknowledged) != Some(&byte) {
            self.release_held(now);
        }
        if ACKNOWLEDGEMENT.get(self.acknowledged) == Some(&byte) {
            self.acknowledged = (self.acknowledged + 1) % ACKNOWLEDGEMENT.len();
        } else {
            self.data(byte, now);
        }
    }

    fn release_held(&mut self, now: Uptime) {
        let held = std::mem::take(&mut self.acknowledged);
        for byte in ACKNOWLEDGEMENT.into_iter().take(held) {
            self.data(byte, now);
        }
    }

    fn data(&mut self, byte: u8, now: Uptime) {
        if is_boundary(byte) {
            self.end_of_record(now);
        } else if self.skipping {
            // Part of a record already reported.
        } else if self.record.len() >= RECORD_BYTES_MAX {
            self.overrun();
            self.skipping = true;
        } else {
            self.record.push(byte);
        }
    }

    fn end_of_input(&mut self, now: Uptime) {
        self.release_held(now);
        self.end_of_record(now);
    }

    fn end_of_record(&mut self, now: Uptime) {
        self.skipping = false;
        let payload = without_aim(&self.record);
        if payload.len() > SCAN_BYTES_MAX {
            self.overrun();
            return;
        }
        let dropped = is_noise(payload) || newland::is_reply(payload);
        let scan = if dropped { None } else { Scan::new(payload.to_vec()) };
        self.clear_record();
        if let Some(scan) = scan {
            self.records.deliver(scan, now);
        }
    }

    fn overrun(&mut self) {
        self.clear_record();
        self.records.report(Framed::Overrun);
    }

    fn clear_record(&mut self) {
        // Wipes the whole capacity and keeps it. It is never exceeded, so no copy is left behind by growing.
        self.record.zeroize();
    }
}

impl Decoder for Framer {
    fn push(&mut self, bytes: &[u8], now: Uptime) {
        if now.saturating_since(self.last_byte) >= STALE_AFTER.max(self.idle_gap) {
            self.end_of_input(now);
        }
        for byte in bytes {
            self.byte(*byte, now);
        }
        self.last_byte = now;
    }

    fn poll(&mut self, now: Uptime) {
        if now.saturating_since(self.last_byte) >= self.idle_gap {
            self.end_of_input(now);
        }
        self.records.forget_repeats(now);
    }

    fn wake(&self) -> Option<Uptime> {
        let unfinished = !self.record.is_empty() || self.acknowledged > 0 || self.skipping;
        unfinished.then(|| self.last_byte + self.idle_gap)
    }

    fn next(&mut self) -> Option<Framed> {
        self.records.next()
    }

    fn reset(&mut self) {
        self.clear_record();
        self.acknowledged = 0;
        self.skipping = false;
    }
}

impl Default for Framer {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Framer {
    fn drop(&mut self) {
        self.clear_record();
    }
}

impl fmt::Debug for Framer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Framer")
            .field("record_bytes", &self.record.len())
            .field("skipping", &self.skipping)
            .field("records", &self.records)
            .finish_non_exhaustive()
    }
}

/// Terminators engines can be set to, padding, and the marks around a frame.
const fn is_boundary(byte: u8) -> bool {
    matches!(byte, b'\r' | b'\n' | b'\t' | 0x00 | 0x02 | 0x03)
}

fn without_aim(record: &[u8]) -> &[u8] {
    match record {
        [b']', b'Q', b'0'..=b'9', payload @ ..] => payload,
        whole => whole,
    }
}

/// What a line picks up when a plug is touched. No code says nothing a person or a program could read.
fn is_noise(payload: &[u8]) -> bool {
    !payload.iter().any(|byte| matches!(byte, b' '..=b'~')) && std::str::from_utf8(payload).is_err()
}
