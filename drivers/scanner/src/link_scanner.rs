use std::time::Duration;

use kiosk_hal::link::{ByteLink, LinkError, WriteFailed};
use kiosk_hal::scanner::{Scan, ScanError, Scanner};
use kiosk_hal::uptime::Uptime;
use zeroize::Zeroizing;

use crate::decoder::{Decoder, Pauses};
use crate::family::{Action, Family};
use crate::framing::Framer;
use crate::hid_pos::{HidPos, Layout, LayoutError, REPORT_BYTES_MAX};
use crate::keyboard::Keyboard;
use crate::record::Framed;
use crate::ssi::Ssi;

/// Bytes taken from the link at a time; also the most results a decoder can hold. The kernel cuts a report off that does
/// not fit into one read of its node.
pub const READ_CHUNK_BYTES: usize = 1_024;
const _: () = assert!(READ_CHUNK_BYTES >= REPORT_BYTES_MAX);

/// Longest wait for an acknowledgement to leave. An engine that does not get it sends its packet again.
const ANSWER_WAIT: Duration = Duration::from_secs(1);

/// Why an engine was not told what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CommandError {
    /// The family has no such command.
    #[error("engines of the family {family} have no command for this")]
    Unsupported {
        /// The family.
        family: Family,
    },
    /// The command did not leave in time.
    #[error("the command could not be sent")]
    Write(#[from] WriteFailed),
}

/// Why a device cannot be read as a scanner of a family.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FamilyError {
    /// HID-POS needs the device's report descriptor.
    #[error("a HID-POS scanner is read by its report descriptor, and there is none")]
    NoDescriptor,
    /// The report descriptor is not that of a scanner.
    #[error("the report descriptor")]
    Descriptor(#[from] LayoutError),
}

/// A bar-code engine of any family: a serial line, USB CDC, a hidraw or event node, or a virtual wire.
///
/// Engines in continuous mode need nothing but reading. One in command mode looks only after
/// [`command`](Self::command).
#[derive(Debug)]
pub struct LinkScanner<L> {
    link: L,
    family: Family,
    decoder: Box<dyn Decoder>,
}

impl<L: ByteLink> LinkScanner<L> {
    /// A scanner of the family [`Family::Plain`] on an open link.
    #[must_use]
    pub fn new(link: L) -> Self {
        let decoder = Box::new(Framer::with_idle_gap(Pauses::USUAL.idle_gap));
        Self { link, family: Family::Plain, decoder }
    }

    /// A scanner of `family`. `descriptor` is the HID report descriptor, which only [`Family::HidPos`] needs.
    ///
    /// # Errors
    /// [`FamilyError`] when a HID-POS scanner has no usable descriptor.
    pub fn of(link: L, family: Family, descriptor: Option<&[u8]>, pauses: Pauses) -> Result<Self, FamilyError> {
        let decoder: Box<dyn Decoder> = match family {
            Family::Plain | Family::Gm65 | Family::Honeywell | Family::Newland => {
                Box::new(Framer::with_idle_gap(pauses.idle_gap))
            }
            Family::ZebraSsi => Box::new(Ssi::new(pauses)),
            Family::HidPos => {
                let layout = Layout::parse(descriptor.ok_or(FamilyError::NoDescriptor)?)?;
                Box::new(HidPos::new(layout, pauses))
            }
            Family::Keyboard => Box::new(Keyboard::new(pauses)),
        };
        Ok(Self { link, family, decoder })
    }

    /// The family it is read as.
    #[must_use]
    pub const fn family(&self) -> Family {
        self.family
    }

    /// Makes an engine in command mode look for one code, or stop looking. Whether it does shows in the next scan: its
    /// acknowledgement proves no more and is thrown away.
    ///
    /// # Errors
    /// [`CommandError`] when the family has no such command or it did not leave in time.
    pub fn command(&mut self, action: Action, until: Uptime) -> Result<(), CommandError> {
        let command = self.family.command(action).ok_or(CommandError::Unsupported { family: self.family })?;
        Ok(self.link.write(command, until)?)
    }

    /// Reads once, decodes what came and answers what must be answered.
    fn advance(&mut self, until: Uptime) -> Result<(), ScanError> {
        let mut chunk = Zeroizing::new([0; READ_CHUNK_BYTES]);
        let wait = self.decoder.wake().map_or(until, |wake| wake.min(until));
        match self.link.read(chunk.as_mut_slice(), wait) {
            Ok(count) => self.decoder.push(chunk.get(..count).unwrap_or_default(), self.link.now()),
            Err(LinkError::TimedOut) => self.decoder.poll(self.link.now()),
            Err(cause) => return Err(self.failed(cause)),
        }
        while let Some(answer) = self.decoder.answer() {
            let until = self.link.now() + ANSWER_WAIT;
            match self.link.write(&answer, until) {
                Ok(()) => {}
                // The engine will ask for it by sending again.
                Err(WriteFailed { cause: LinkError::TimedOut, .. }) => break,
                Err(WriteFailed { cause, .. }) => return Err(self.failed(cause)),
            }
        }
        Ok(())
    }

    fn failed(&mut self, cause: LinkError) -> ScanError {
        self.decoder.reset();
        ScanError::Link(cause)
    }
}

impl<L: ByteLink> Scanner for LinkScanner<L> {
    fn now(&self) -> Uptime {
        self.link.now()
    }

    fn next_scan(&mut self, until: Uptime) -> Result<Option<Scan>, ScanError> {
        let mut over = false;
        loop {
            match self.decoder.next() {
                Some(Framed::Record(scan)) => return Ok(Some(scan)),
                Some(Framed::Overrun) => return Err(ScanError::Overrun),
                Some(Framed::LettersLost) => return Err(ScanError::LettersLost),
                None if over => return Ok(None),
                // The last turn takes what has arrived and waits for nothing.
                None => over = self.now() >= until,
            }
            self.advance(until)?;
        }
    }
}
