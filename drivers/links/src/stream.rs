use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::time::Duration;

use kiosk_hal::link::{LinkError, WriteFailed};
use kiosk_hal::uptime::Uptime;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;

use crate::clock;
use crate::errno::link_error;

/// Longest single wait in the kernel. A longer deadline is waited for in turns, so that "for ever" cannot overflow.
const POLL_TURN_MAX: Duration = Duration::from_secs(3_600);

/// An open, non-blocking file descriptor with deadlines.
///
/// Non-blocking on purpose: a blocking `write` that was promised room for one byte waits for room for all of them, as
/// long as a printer holds CTS back.
#[derive(Debug)]
pub struct Stream(OwnedFd);

impl Stream {
    /// Takes over a descriptor and makes it non-blocking.
    pub fn new(fd: OwnedFd) -> io::Result<Self> {
        rustix::io::ioctl_fionbio(&fd, true)?;
        Ok(Self(fd))
    }

    /// See [`kiosk_hal::link::ByteLink::read`].
    pub fn read(&self, into: &mut [u8], until: Uptime) -> Result<usize, LinkError> {
        loop {
            match rustix::io::read(&self.0, &mut *into) {
                // The end of the stream: the peer closed, or the terminal was hung up.
                Ok(0) => return Err(LinkError::Gone),
                Ok(count) => return Ok(count),
                Err(Errno::AGAIN) => self.wait(PollFlags::IN, until)?,
                Err(Errno::INTR) => {}
                Err(errno) => return Err(link_error(errno)),
            }
        }
    }

    /// Reads what has arrived and waits for nothing: `None` = nothing. 0 bytes are what the driver makes of them.
    pub fn read_some(&self, into: &mut [u8]) -> Result<Option<usize>, LinkError> {
        match rustix::io::read(&self.0, into) {
            Ok(count) => Ok(Some(count)),
            Err(Errno::AGAIN | Errno::INTR) => Ok(None),
            Err(errno) => Err(link_error(errno)),
        }
    }

    /// See [`kiosk_hal::link::ByteLink::write`].
    pub fn write(&self, bytes: &[u8], until: Uptime) -> Result<(), WriteFailed> {
        let mut written = 0;
        while let Some(rest) = bytes.get(written..).filter(|rest| !rest.is_empty()) {
            match self.write_some(rest, until) {
                Ok(count) => written += count,
                Err(cause) => return Err(WriteFailed { written, cause }),
            }
        }
        Ok(())
    }

    /// Writes at least one byte. Data that can be taken at once is taken even when the deadline has passed.
    fn write_some(&self, bytes: &[u8], until: Uptime) -> Result<usize, LinkError> {
        loop {
            match rustix::io::write(&self.0, bytes) {
                Ok(0) | Err(Errno::AGAIN) => self.wait(PollFlags::OUT, until)?,
                Ok(count) => return Ok(count),
                Err(Errno::INTR) => {}
                Err(errno) => return Err(link_error(errno)),
            }
        }
    }

    /// Waits until the descriptor is ready for `wanted`, at most until `until`.
    pub fn wait(&self, wanted: PollFlags, until: Uptime) -> Result<(), LinkError> {
        loop {
            let left = until.saturating_since(clock::now());
            if left.is_zero() {
                return Err(LinkError::TimedOut);
            }
            let mut polled = [PollFd::from_borrowed_fd(self.0.as_fd(), wanted)];
            match poll(&mut polled, Some(&timespec(left.min(POLL_TURN_MAX)))) {
                Ok(0) | Err(Errno::INTR) => {}
                Ok(_) if polled[0].revents().contains(wanted) => return Ok(()),
                Ok(_) => return Err(LinkError::Gone),
                Err(errno) => return Err(link_error(errno)),
            }
        }
    }
}

impl AsFd for Stream {
    fn as_fd(&self) -> std::os::fd::BorrowedFd<'_> {
        self.0.as_fd()
    }
}

fn timespec(span: Duration) -> Timespec {
    Timespec { tv_sec: i64::try_from(span.as_secs()).unwrap_or(i64::MAX), tv_nsec: i64::from(span.subsec_nanos()) }
}
