//! Two ends of a ticket's fate at each byte: the leader prints undisturbed, and before each byte it sends, the printer
//! is cloned. A follower plays the leader's dialogue back up to that byte, which costs next to nothing, and goes on
//! with the clone.

use std::time::Duration;

use device_sim::memory::MemoryLink;
use device_sim::printer::VirtualPrinter;
use kiosk_hal::link::{ByteLink, LinkError, WriteFailed};
use kiosk_hal::uptime::Uptime;

/// What the driver did on the leader's link, and what came of it.
#[derive(Debug)]
pub enum Step {
    Wrote { bytes: usize, whole: bool, now: Uptime },
    Heard { bytes: Vec<u8>, now: Uptime },
}

/// The leader's link. `before_byte` is called with the steps so far, the bytes of the present write that are sent, and
/// the link as it stands.
pub struct Leader<F> {
    pub link: MemoryLink<VirtualPrinter>,
    pub steps: Vec<Step>,
    pub before_byte: F,
}

impl<F: FnMut(&[Step], usize, &MemoryLink<VirtualPrinter>) + Send> ByteLink for Leader<F> {
    fn now(&self) -> Uptime {
        self.link.now()
    }

    fn read(&mut self, into: &mut [u8], until: Uptime) -> Result<usize, LinkError> {
        let outcome = self.link.read(into, until);
        let bytes = match outcome {
            Ok(count) => into[..count].to_vec(),
            Err(LinkError::TimedOut) => Vec::new(),
            Err(ref other) => panic!("the leader is not disturbed: {other}"),
        };
        self.steps.push(Step::Heard { bytes, now: self.link.now() });
        outcome
    }

    fn write(&mut self, bytes: &[u8], until: Uptime) -> Result<(), WriteFailed> {
        for (written, byte) in bytes.iter().enumerate() {
            (self.before_byte)(&self.steps, written, &self.link);
            if let Err(failed) = self.link.write(&[*byte], until) {
                assert!(matches!(failed.cause, LinkError::TimedOut));
                self.steps.push(Step::Wrote { bytes: written, whole: false, now: self.link.now() });
                return Err(WriteFailed { written, cause: LinkError::TimedOut });
            }
        }
        self.steps.push(Step::Wrote { bytes: bytes.len(), whole: true, now: self.link.now() });
        Ok(())
    }
}

/// A link that plays the leader's steps back and then goes on with a printer of its own.
pub struct Follower<'a> {
    steps: std::slice::Iter<'a, Step>,
    now: Uptime,
    /// Bytes of the write after the last step that the leader had sent.
    begun: usize,
    /// The steps are played back, and the link's own time counts.
    live: bool,
    link: MemoryLink<VirtualPrinter>,
}

impl<'a> Follower<'a> {
    pub fn new(steps: &'a [Step], start: Uptime, begun: usize, link: MemoryLink<VirtualPrinter>) -> Self {
        Self { steps: steps.iter(), now: start, begun, live: false, link }
    }

    /// Lets time pass after the ticket.
    pub fn idle(&mut self, span: Duration) {
        self.link.idle(span);
    }
}

impl ByteLink for Follower<'_> {
    fn now(&self) -> Uptime {
        if self.live { self.link.now() } else { self.now }
    }

    fn read(&mut self, into: &mut [u8], until: Uptime) -> Result<usize, LinkError> {
        match self.steps.next() {
            None => {
                self.live = true;
                self.link.read(into, until)
            }
            Some(Step::Heard { bytes, now }) => {
                self.now = *now;
                into[..bytes.len()].copy_from_slice(bytes);
                if bytes.is_empty() { Err(LinkError::TimedOut) } else { Ok(bytes.len()) }
            }
            Some(step @ Step::Wrote { .. }) => panic!("the driver reads where it did {step:?}"),
        }
    }

    fn write(&mut self, bytes: &[u8], until: Uptime) -> Result<(), WriteFailed> {
        match self.steps.next() {
            None => {
                self.live = true;
                let begun = std::mem::take(&mut self.begun);
                self.link
                    .write(&bytes[begun..], until)
                    .map_err(|failed| WriteFailed { written: failed.written + begun, cause: failed.cause })
            }
            Some(Step::Wrote { bytes, whole, now }) => {
                self.now = *now;
                let failed = || WriteFailed { written: *bytes, cause: LinkError::TimedOut };
                if *whole { Ok(()) } else { Err(failed()) }
            }
            Some(step @ Step::Heard { .. }) => panic!("the driver writes where it did {step:?}"),
        }
    }

    fn discard_output(&mut self) -> Result<(), LinkError> {
        self.link.discard_output()
    }
}
