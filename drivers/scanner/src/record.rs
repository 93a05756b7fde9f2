//! Records on their way out: bounded, and each held-up code once.

use std::collections::VecDeque;
use std::fmt;
use std::time::Duration;

use kiosk_hal::scanner::Scan;
use kiosk_hal::uptime::Uptime;

/// The same bytes again within this time of their last appearance are the same card still held there: engines in
/// continuous mode repeat a code about twice a second. The window slides: it ends this long after the card has gone.
pub const REPEAT_WINDOW: Duration = Duration::from_millis(1_500);

/// One result of decoding a stream.
#[derive(Debug, PartialEq, Eq)]
pub enum Framed {
    /// A whole record.
    Record(Scan),
    /// A record was longer than [`SCAN_BYTES_MAX`](kiosk_hal::scanner::SCAN_BYTES_MAX); the rest of it will be skipped.
    Overrun,
    /// A record came as keystrokes that cannot carry it, and was dropped.
    LettersLost,
}

/// Results that wait to be taken, and the last record, to know it again.
#[derive(Default)]
pub(crate) struct Records {
    last: Option<(Scan, Uptime)>,
    ready: VecDeque<Framed>,
}

impl Records {
    /// Takes a whole record, unless it repeats the last one within [`REPEAT_WINDOW`].
    pub(crate) fn deliver(&mut self, scan: Scan, now: Uptime) {
        let repeated =
            self.last.as_ref().is_some_and(|(last, seen)| *last == scan && now.saturating_since(*seen) < REPEAT_WINDOW);
        self.last = Some((scan.clone(), now));
        if !repeated {
            self.ready.push_back(Framed::Record(scan));
        }
    }

    /// Takes a result that is no record.
    pub(crate) fn report(&mut self, framed: Framed) {
        self.ready.push_back(framed);
    }

    /// Wipes the last record once it can be no repetition.
    pub(crate) fn forget_repeats(&mut self, now: Uptime) {
        self.last = self.last.take().filter(|(_, seen)| now.saturating_since(*seen) < REPEAT_WINDOW);
    }

    pub(crate) fn next(&mut self) -> Option<Framed> {
        self.ready.pop_front()
    }
}

impl fmt::Debug for Records {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Records({} ready)", self.ready.len())
    }
}
