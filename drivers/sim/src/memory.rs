//! A wire in memory with virtual time: a second of paper costs no second of test.

use std::collections::VecDeque;
use std::fmt;
use std::time::Duration;

use kiosk_hal::link::{ByteLink, LinkError, WriteFailed};
use kiosk_hal::uptime::Uptime;

use crate::wire::{Device, Shared};

/// Bytes kept for a host that does not read: more than the longest code takes when it is typed, key by key. Past it the
/// oldest are lost, as in an operating system's input queue.
pub const INPUT_BYTES_MAX: usize = 1_048_576;

/// Levers that may wait for their moment at once. A further one is pulled immediately.
pub const PLANNED_MAX: usize = 64;

/// Least time that passes in one wait, so that a device which always has something to do cannot stop time.
const TICK: Duration = Duration::from_micros(100);

type Lever<D> = Box<dyn FnOnce(&mut D) + Send>;

struct Planned<D> {
    at: Uptime,
    lever: Lever<D>,
}

/// The host's end of a virtual wire.
///
/// Its clock stands still except while it waits; then it jumps to the deadline, to the moment the device wakes or to
/// the next planned lever, whichever is first. The same calls give the same bytes at the same times, always.
pub struct MemoryLink<D> {
    shared: Shared<D>,
    now: Uptime,
    input: VecDeque<u8>,
    planned: Vec<Planned<D>>,
}

impl<D> fmt::Debug for MemoryLink<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryLink").field("now", &self.now).field("input_bytes", &self.input.len()).finish()
    }
}

impl<D: Device> MemoryLink<D> {
    /// Connects a host to the device. Time goes on from where an earlier link to it stopped.
    #[must_use]
    pub fn new(shared: Shared<D>) -> Self {
        let now = shared.latest();
        Self { shared, now, input: VecDeque::new(), planned: Vec::new() }
    }

    /// Another fate of the same device from this moment on, with what it has said and the host has not read.
    ///
    /// Levers planned on this link stay with it.
    #[must_use]
    pub fn fork(&self) -> (Self, Shared<D>)
    where
        D: Clone,
    {
        let shared = Shared::new(self.shared.with(|device| device.clone()));
        (Self { shared: shared.clone(), now: self.now, input: self.input.clone(), planned: Vec::new() }, shared)
    }

    /// Plans a lever for the moment `at`; it is pulled while the host waits past that moment.
    ///
    /// A moment that has gone by, and any lever beyond [`PLANNED_MAX`], is pulled at once.
    pub fn at(&mut self, at: Uptime, lever: impl FnOnce(&mut D) + Send + 'static) {
        if at <= self.now || self.planned.len() >= PLANNED_MAX {
            self.shared.with(lever);
        } else {
            self.planned.push(Planned { at, lever: Box::new(lever) });
            self.planned.sort_by_key(|planned| planned.at);
        }
    }

    /// Lets `span` of virtual time pass without the host reading or writing.
    pub fn idle(&mut self, span: Duration) {
        let until = self.now + span;
        loop {
            self.exchange();
            if self.now >= until {
                return;
            }
            self.wait(until);
        }
    }

    /// Moves the device to this moment, pulls the levers planned for it, and takes what the device has sent.
    fn exchange(&mut self) {
        let due = self.planned.iter().take_while(|planned| planned.at <= self.now).count();
        let mut wired = self.shared.wired();
        self.input.extend(wired.transmit(self.now));
        if due > 0 {
            self.planned.drain(..due).for_each(|planned| (planned.lever)(&mut wired.device));
            self.input.extend(wired.transmit(self.now));
        }
        drop(wired);
        let overrun = self.input.len().saturating_sub(INPUT_BYTES_MAX);
        self.input.drain(..overrun);
    }

    /// Jumps to the next moment at which anything can change.
    fn wait(&mut self, until: Uptime) {
        let device = self.shared.wired().device.wake(self.now);
        let planned = self.planned.first().map(|planned| planned.at);
        let next = [device, planned].into_iter().flatten().min().unwrap_or(until);
        self.now = next.max(self.now + TICK).min(until);
    }

    fn attached(&self) -> bool {
        self.shared.wired().device.attached()
    }
}

impl<D: Device> ByteLink for MemoryLink<D> {
    fn now(&self) -> Uptime {
        self.now
    }

    fn read(&mut self, into: &mut [u8], until: Uptime) -> Result<usize, LinkError> {
        loop {
            self.exchange();
            if !self.input.is_empty() {
                let count = self.input.len().min(into.len());
                for (slot, byte) in into.iter_mut().zip(self.input.drain(..count)) {
                    *slot = byte;
                }
                return Ok(count);
            }
            if !self.attached() {
                return Err(LinkError::Gone);
            }
            if self.now >= until {
                return Err(LinkError::TimedOut);
            }
            self.wait(until);
        }
    }

    fn write(&mut self, bytes: &[u8], until: Uptime) -> Result<(), WriteFailed> {
        let mut written = 0;
        loop {
            self.exchange();
            if !self.attached() {
                return Err(WriteFailed { written, cause: LinkError::Gone });
            }
            let taken = self.shared.wired().offer(bytes.get(written..).unwrap_or_default(), self.now);
            written += taken;
            if written >= bytes.len() {
                return Ok(());
            }
            if taken > 0 {
                continue;
            }
            if self.now >= until {
                return Err(WriteFailed { written, cause: LinkError::TimedOut });
            }
            self.wait(until);
        }
    }
}
