//! A camera as a scanner.

use std::collections::VecDeque;
use std::time::Duration;

use kiosk_hal::frame::FrameSource;
use kiosk_hal::link::LinkError;
use kiosk_hal::scanner::{Scan, ScanError, Scanner};
use kiosk_hal::uptime::Uptime;

use crate::reader::Reader;
use crate::search::CODES_MAX;

/// How long a code must have been out of sight before it counts as held up again. A code in front of a camera is missed
/// in some frames; a patient who comes back takes longer than this.
pub const GONE_AFTER: Duration = Duration::from_secs(3);

/// How long a camera may send no frame before it counts as off line.
pub const STALLED_AFTER: Duration = Duration::from_secs(5);

/// What waits to be handed on.
#[derive(Debug)]
enum Record {
    Code(Scan),
    TooLong,
}

#[derive(Debug)]
struct Seen {
    /// `None` for codes too long to be a record: they are not told apart.
    code: Option<Scan>,
    last: Uptime,
}

/// A scanner that looks at every frame of a source. One code held up is one record, however long it stays in view.
///
/// It keeps the codes seen in the last [`GONE_AFTER`], at most [`CODES_MAX`], and wipes them when they are older.
#[derive(Debug)]
pub struct CameraScanner<F> {
    source: F,
    reader: Reader,
    waiting: VecDeque<Record>,
    seen: Vec<Seen>,
    last_frame: Option<Uptime>,
}

impl<F: FrameSource> CameraScanner<F> {
    /// A scanner on an open camera.
    #[must_use]
    pub fn new(source: F) -> Self {
        Self { source, reader: Reader::new(), waiting: VecDeque::new(), seen: Vec::new(), last_frame: None }
    }

    /// Looks at one frame.
    fn look(&mut self, until: Uptime) -> Result<(), ScanError> {
        let begun = *self.last_frame.get_or_insert(self.source.now());
        let frame = match self.source.next_frame(until) {
            Ok(frame) => frame,
            Err(LinkError::TimedOut) if self.source.now() < begun + STALLED_AFTER => return Ok(()),
            Err(cause) => {
                self.last_frame = None;
                return Err(ScanError::Link(cause));
            }
        };
        let now = self.source.now();
        self.last_frame = Some(now);
        self.seen.retain(|seen| now.saturating_since(seen.last) < GONE_AFTER);
        let outcome = self.reader.read(&frame);
        for code in outcome.codes {
            if self.is_new(Some(&code), now) {
                self.waiting.push_back(Record::Code(code));
            }
        }
        if outcome.too_long > 0 && self.is_new(None, now) {
            self.waiting.push_back(Record::TooLong);
        }
        Ok(())
    }

    /// Notes that a code was seen; `true` when it was not in view before.
    fn is_new(&mut self, code: Option<&Scan>, now: Uptime) -> bool {
        if let Some(known) = self.seen.iter_mut().find(|seen| seen.code.as_ref() == code) {
            known.last = now;
            return false;
        }
        if self.seen.len() >= CODES_MAX {
            self.seen.remove(0);
        }
        self.seen.push(Seen { code: code.cloned(), last: now });
        true
    }
}

impl<F: FrameSource> Scanner for CameraScanner<F> {
    fn now(&self) -> Uptime {
        self.source.now()
    }

    fn next_scan(&mut self, until: Uptime) -> Result<Option<Scan>, ScanError> {
        let mut over = false;
        loop {
            match self.waiting.pop_front() {
                Some(Record::Code(scan)) => return Ok(Some(scan)),
                Some(Record::TooLong) => return Err(ScanError::Overrun),
                None if over => return Ok(None),
                // The last turn takes a frame that is there and waits for none.
                None => over = self.now() >= until,
            }
            self.look(until)?;
        }
    }
}
