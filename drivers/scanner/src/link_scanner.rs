use std::time::Duration;

use kiosk_hal::link::{ByteLink, LinkError, WriteFailed};
use kiosk_hal::scanner::{Scan, ScanError, Scanner};
use kiosk_hal::uptime::Uptime;
use zeroize::Zeroizing;

use crate::framing::{Framed, Framer};
use crate::gm65;

/// Bytes taken from the link at a time; also the most results the framer can hold.
pub const READ_CHUNK_BYTES: usize = 256;

/// A bar-code engine on a serial line, over USB CDC or on a virtual wire.
///
/// Engines in continuous mode need nothing but reading. One in command mode looks only after
/// [`trigger`](Self::trigger).
#[derive(Debug)]
pub struct SerialScanner<L> {
    link: L,
    framer: Framer,
}

impl<L: ByteLink> SerialScanner<L> {
    /// A scanner on an open link.
    #[must_use]
    pub fn new(link: L) -> Self {
        Self { link, framer: Framer::new() }
    }

    /// A scanner on a line whose bytes may come with longer pauses than [`IDLE_GAP`](crate::framing::IDLE_GAP), such as
    /// one behind a network.
    #[must_use]
    pub fn with_idle_gap(link: L, idle_gap: Duration) -> Self {
        Self { link, framer: Framer::with_idle_gap(idle_gap) }
    }

    /// Makes an engine of the GM65 family in command mode look for one code. Whether it does shows in the next scan:
    /// its acknowledgement proves no more and is thrown away.
    ///
    /// # Errors
    /// [`WriteFailed`] when the command did not leave in time.
    pub fn trigger(&mut self, until: Uptime) -> Result<(), WriteFailed> {
        self.link.write(&gm65::TRIGGER, until)
    }

    /// Reads once and frames what came.
    fn advance(&mut self, until: Uptime) -> Result<(), ScanError> {
        let mut chunk = Zeroizing::new([0; READ_CHUNK_BYTES]);
        let wait = self.framer.wake().map_or(until, |wake| wake.min(until));
        match self.link.read(chunk.as_mut_slice(), wait) {
            Ok(count) => self.framer.push(chunk.get(..count).unwrap_or_default(), self.link.now()),
            Err(LinkError::TimedOut) => self.framer.poll(self.link.now()),
            Err(cause) => {
                self.framer.reset();
                return Err(ScanError::Link(cause));
            }
        }
        Ok(())
    }
}

impl<L: ByteLink> Scanner for SerialScanner<L> {
    fn now(&self) -> Uptime {
        self.link.now()
    }

    fn next_scan(&mut self, until: Uptime) -> Result<Option<Scan>, ScanError> {
        let mut over = false;
        loop {
            match self.framer.next() {
                Some(Framed::Record(scan)) => return Ok(Some(scan)),
                Some(Framed::Overrun) => return Err(ScanError::Overrun),
                None if over => return Ok(None),
                // The last turn takes what has arrived and waits for nothing.
                None => over = self.now() >= until,
            }
            self.advance(until)?;
        }
    }
}
