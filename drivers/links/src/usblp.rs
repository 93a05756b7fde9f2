use std::path::Path;
use std::time::Duration;

use kiosk_hal::link::{ByteLink, LinkError, WriteFailed};
use kiosk_hal::uptime::Uptime;
use rustix::event::PollFlags;
use rustix::fs::{FileType, Mode, OFlags};
use rustix::io::Errno;

use crate::address::LinkAddress;
use crate::clock;
use crate::open_error::OpenError;
use crate::stream::Stream;

/// Pause after an empty packet: some printers answer every read with one, and a link that asks again at once would use
/// a whole core.
const EMPTY_PACKET_PAUSE: Duration = Duration::from_millis(10);

/// A USB printer behind the kernel's `usblp` driver, such as `/dev/usb/lp0`.
///
/// What the kernel does (`drivers/usb/class/usblp.c`), and what this link does about it:
/// - A blocking `write` waits for ever while paper is out. The descriptor never blocks; waits are in `poll`.
/// - `write` counts the block of up to 8,192 bytes as written when it is handed to the controller, and closing cancels
///   it there. So a write ends only when the last block has left the machine (`POLLOUT`), or at its deadline with all
///   bytes counted as taken; writing nothing waits for the same. What was taken is never handed over twice.
/// - A `read` of 0 bytes is an empty packet and not the end. The end is `ENODEV`.
/// - One program may have it open; a second gets `EBUSY`.
#[derive(Debug)]
pub struct UsbLpLink(Stream);

impl UsbLpLink {
    /// Opens the device file.
    ///
    /// # Errors
    /// [`OpenError::NotFound`], [`OpenError::Permission`], [`OpenError::Busy`] when another program has it,
    /// [`OpenError::NotADevice`] for a file that is no device.
    pub fn open(path: &Path) -> Result<Self, OpenError> {
        let named = || LinkAddress::UsbLp(path.to_owned());
        opened(path).map(Self).map_err(|errno| OpenError::of_file(named(), errno))
    }

    /// Waits until the kernel has nothing of ours left.
    fn drain(&self, until: Uptime) -> Result<(), LinkError> {
        self.0.wait(PollFlags::OUT, until)
    }
}

fn opened(path: &Path) -> Result<Stream, Errno> {
    let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let fd = rustix::fs::open(path, flags, Mode::empty())?;
    if FileType::from_raw_mode(rustix::fs::fstat(&fd)?.st_mode) != FileType::CharacterDevice {
        return Err(Errno::NOTTY);
    }
    Stream::new(fd).map_err(|error| Errno::from_io_error(&error).unwrap_or(Errno::IO))
}

impl ByteLink for UsbLpLink {
    fn now(&self) -> Uptime {
        clock::now()
    }

    fn read(&mut self, into: &mut [u8], until: Uptime) -> Result<usize, LinkError> {
        loop {
            match self.0.read_some(into) {
                Ok(Some(count)) if count > 0 => return Ok(count),
                Ok(Some(_)) => {
                    let pause = (clock::now() + EMPTY_PACKET_PAUSE).min(until);
                    match self.0.wait(PollFlags::empty(), pause) {
                        Err(LinkError::TimedOut) if clock::now() < until => {}
                        other => other?,
                    }
                }
                Ok(None) => self.0.wait(PollFlags::IN, until)?,
                Err(error) => return Err(error),
            }
        }
    }

    fn write(&mut self, bytes: &[u8], until: Uptime) -> Result<(), WriteFailed> {
        self.0.write(bytes, until)?;
        self.drain(until).map_err(|cause| WriteFailed { written: bytes.len(), cause })
    }
}
