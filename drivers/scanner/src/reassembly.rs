//! Codes that are longer than one packet or report.

use std::fmt;
use std::time::Duration;

use kiosk_hal::scanner::{SCAN_BYTES_MAX, Scan};
use kiosk_hal::uptime::Uptime;
use zeroize::Zeroize;

use crate::record::Framed;

/// An unfinished code is forgotten after this many times the longest gap between its parts.
const FORGET_GAPS: u32 = 5;

/// Whether another part follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    More,
    Last,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Empty,
    Partial,
    /// The rest of a code that will not be a record.
    Skipping,
}

/// Puts parts together.
///
/// A part that comes later than `gap` after the one before may belong to that code or be the beginning of another
/// patient's. Nothing tells which, so neither becomes a record: the card is held up again. Parts that come still later
/// begin a new code.
pub(crate) struct Reassembly {
    gap: Duration,
    state: State,
    bytes: Vec<u8>,
    latest: Uptime,
}

impl Reassembly {
    pub(crate) fn new(gap: Duration) -> Self {
        Self { gap, state: State::Empty, bytes: Vec::with_capacity(SCAN_BYTES_MAX), latest: Uptime::ZERO }
    }

    /// Whether the next part begins a code.
    pub(crate) fn is_empty(&self) -> bool {
        self.state == State::Empty
    }

    /// Takes the next part.
    pub(crate) fn part(&mut self, data: &[u8], part: Part, now: Uptime) -> Option<Framed> {
        self.forget_if_late(now);
        if self.state == State::Partial && now.saturating_since(self.latest) > self.gap {
            self.bytes.zeroize();
            self.state = State::Skipping;
        }
        self.latest = now;
        match self.state {
            State::Skipping => {
                self.state = if part == Part::Last { State::Empty } else { State::Skipping };
                None
            }
            State::Empty | State::Partial => self.append(data, part),
        }
    }

    /// Passes over a part and the rest of its code.
    pub(crate) fn skip(&mut self, part: Part, now: Uptime) {
        self.reset();
        self.latest = now;
        self.state = if part == Part::Last { State::Empty } else { State::Skipping };
    }

    /// An earlier part came again: the engine is still at this code.
    pub(crate) fn repeated(&mut self, now: Uptime) {
        self.latest = now;
    }

    /// Forgets a code whose rest can no longer come.
    pub(crate) fn forget_if_late(&mut self, now: Uptime) {
        if self.wake().is_some_and(|wake| now >= wake) {
            self.reset();
        }
    }

    /// When an unfinished code will be forgotten.
    pub(crate) fn wake(&self) -> Option<Uptime> {
        (self.state != State::Empty).then(|| self.latest + self.gap.saturating_mul(FORGET_GAPS))
    }

    pub(crate) fn reset(&mut self) {
        self.bytes.zeroize();
        self.state = State::Empty;
    }

    fn append(&mut self, data: &[u8], part: Part) -> Option<Framed> {
        if self.bytes.len() + data.len() > SCAN_BYTES_MAX {
            self.bytes.zeroize();
            self.state = if part == Part::Last { State::Empty } else { State::Skipping };
            return Some(Framed::Overrun);
        }
        self.bytes.extend_from_slice(data);
        if part == Part::More {
            self.state = State::Partial;
            return None;
        }
        let scan = Scan::new(self.bytes.clone());
        self.reset();
        scan.map(Framed::Record)
    }
}

impl Drop for Reassembly {
    fn drop(&mut self) {
        self.bytes.zeroize();
    }
}

impl fmt::Debug for Reassembly {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Reassembly({:?}, {} bytes)", self.state, self.bytes.len())
    }
}
