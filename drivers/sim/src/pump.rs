//! One step of carrying bytes between a model and a file descriptor in real time.

use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::time::{Duration, Instant};

use kiosk_hal::uptime::Uptime;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;

use crate::wire::{Device, Shared};

/// Longest a step waits: levers are pulled without waking the pump, so they are seen this late at most.
pub(crate) const STEP_MAX: Duration = Duration::from_millis(5);

/// Shortest wait, so that a model with much to do does not spin.
const STEP_MIN: Duration = Duration::from_millis(1);

/// Bytes on their way to a host that does not read; further ones are lost, as on a line. More than the longest code takes
/// when it is typed, key by key.
const OUTGOING_BYTES_MAX: usize = 1_048_576;

/// Bytes taken from the host in one step.
const CHUNK_BYTES: usize = 4_096;

/// Real time as the device's own: goes on from where an earlier wire left off.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RealClock {
    started: Instant,
    offset: Uptime,
}

impl RealClock {
    pub(crate) fn after(offset: Uptime) -> Self {
        Self { started: Instant::now(), offset }
    }

    pub(crate) fn now(&self) -> Uptime {
        self.offset + self.started.elapsed()
    }
}

/// Whether the host is still there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Host {
    There,
    Left,
}

/// Carries bytes both ways.
#[derive(Debug)]
pub(crate) struct Pump<D> {
    shared: Shared<D>,
    clock: RealClock,
    outgoing: Vec<u8>,
}

impl<D: Device> Pump<D> {
    pub(crate) fn new(shared: Shared<D>) -> Self {
        let clock = RealClock::after(shared.latest());
        Self { shared, clock, outgoing: Vec::new() }
    }

    pub(crate) fn attached(&self) -> bool {
        self.shared.wired().device.attached()
    }

    /// A new host: what was meant for the one before is gone.
    pub(crate) fn forget_outgoing(&mut self) {
        self.outgoing.clear();
    }

    /// Moves the device on with nobody listening; what it says is lost.
    pub(crate) fn step_unheard(&mut self) {
        self.shared.wired().transmit(self.clock.now());
    }

    /// Waits at most [`STEP_MAX`] and carries what there is. `fd` does not block.
    pub(crate) fn step(&mut self, fd: BorrowedFd<'_>) -> io::Result<Host> {
        let (accepts, wait) = self.advance();
        let mut wanted = PollFlags::empty();
        wanted.set(PollFlags::IN, accepts > 0);
        wanted.set(PollFlags::OUT, !self.outgoing.is_empty());
        let ready = wait_for(fd, wanted, wait)?;
        if ready.contains(PollFlags::OUT) {
            self.write(fd)?;
        }
        if ready.contains(PollFlags::IN) {
            return self.read(fd, accepts);
        }
        let gone = ready.intersects(PollFlags::HUP | PollFlags::ERR | PollFlags::NVAL);
        Ok(if gone { Host::Left } else { Host::There })
    }

    /// Moves the device on to now: bytes it takes, and how long nothing will happen.
    fn advance(&mut self) -> (usize, Duration) {
        let now = self.clock.now();
        let mut wired = self.shared.wired();
        let said = wired.transmit(now);
        let room = OUTGOING_BYTES_MAX.saturating_sub(self.outgoing.len());
        self.outgoing.extend(said.into_iter().take(room));
        let wait = wired.device.wake(now).map_or(STEP_MAX, |at| at.saturating_since(now));
        (wired.device.accepts(now), wait.clamp(STEP_MIN, STEP_MAX))
    }

    fn write(&mut self, fd: BorrowedFd<'_>) -> io::Result<()> {
        match rustix::io::write(fd, &self.outgoing) {
            Ok(count) => {
                self.outgoing.drain(..count.min(self.outgoing.len()));
                Ok(())
            }
            Err(Errno::AGAIN | Errno::INTR) => Ok(()),
            Err(other) => Err(other.into()),
        }
    }

    fn read(&mut self, fd: BorrowedFd<'_>, accepts: usize) -> io::Result<Host> {
        let mut chunk = [0; CHUNK_BYTES];
        let room = accepts.min(CHUNK_BYTES);
        match rustix::io::read(fd, chunk.get_mut(..room).unwrap_or_default()) {
            Ok(0) => Ok(Host::Left),
            Ok(count) => {
                let taken = chunk.get(..count).unwrap_or_default();
                self.shared.wired().device.receive(taken, self.clock.now());
                Ok(Host::There)
            }
            Err(Errno::AGAIN | Errno::INTR) => Ok(Host::There),
            Err(other) => Err(other.into()),
        }
    }
}

/// Waits for `wanted` on `fd`; empty when the time passed.
pub(crate) fn wait_for(fd: impl AsFd, wanted: PollFlags, wait: Duration) -> io::Result<PollFlags> {
    let mut fds = [PollFd::new(&fd, wanted)];
    poll_for(&mut fds, wait)?;
    let [polled] = fds;
    Ok(polled.revents())
}

/// `poll` with a bounded wait; an interruption counts as the time passed.
pub(crate) fn poll_for(fds: &mut [PollFd<'_>], wait: Duration) -> io::Result<()> {
    let timeout = Timespec { tv_sec: 0, tv_nsec: i64::from(wait.min(Duration::from_millis(900)).subsec_nanos()) };
    match poll(fds, Some(&timeout)) {
        Ok(_) | Err(Errno::INTR) => Ok(()),
        Err(other) => Err(other.into()),
    }
}
