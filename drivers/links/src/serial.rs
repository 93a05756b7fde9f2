use std::os::fd::OwnedFd;

use kiosk_hal::link::{ByteLink, LinkError, WriteFailed};
use kiosk_hal::uptime::Uptime;
use rustix::fs::{FlockOperation, Mode, OFlags, flock};
use rustix::io::Errno;
use rustix::termios::{ControlModes, OptionalActions, QueueSelector, SpecialCodeIndex, tcflush, tcgetattr, tcsetattr};

use crate::address::{Flow, LinkAddress, SerialAddress};
use crate::clock;
use crate::open_error::OpenError;
use crate::stream::Stream;

/// An open serial line: UART, USB CDC or the terminal side of a pty.
///
/// Held with an exclusive `flock` until dropped. `TIOCEXCL` is not used: on a pty it outlives a killed process.
#[derive(Debug)]
pub struct SerialLink(Stream);

impl SerialLink {
    /// Opens a line in raw mode, 8N1, and throws away what had arrived before. Does not wait for a carrier.
    ///
    /// # Errors
    /// [`OpenError::NotFound`], [`OpenError::Permission`], [`OpenError::Busy`] when another program holds the line,
    /// [`OpenError::NotSerial`], [`OpenError::Speed`].
    pub fn open(address: &SerialAddress) -> Result<Self, OpenError> {
        open_raw(address).map(Self).map_err(|errno| {
            let address = LinkAddress::Serial(address.clone());
            OpenError::of_serial(address, errno)
        })
    }
}

fn open_raw(address: &SerialAddress) -> Result<Stream, Errno> {
    let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let fd = rustix::fs::open(&address.path, flags, Mode::empty())?;
    flock(&fd, FlockOperation::NonBlockingLockExclusive)?;
    configure(&fd, address)?;
    tcflush(&fd, QueueSelector::IFlush)?;
    Stream::new(fd).map_err(|error| Errno::from_io_error(&error).unwrap_or(Errno::IO))
}

fn configure(fd: &OwnedFd, address: &SerialAddress) -> Result<(), Errno> {
    let mut settings = tcgetattr(fd)?;
    settings.make_raw();
    settings.special_codes[SpecialCodeIndex::VMIN] = 1;
    settings.special_codes[SpecialCodeIndex::VTIME] = 0;
    settings.control_modes |= ControlModes::CREAD | ControlModes::CLOCAL;
    settings.control_modes -= ControlModes::CSTOPB | ControlModes::PARENB;
    settings.control_modes.set(ControlModes::CRTSCTS, address.flow == Flow::RtsCts);
    settings.set_speed(address.baud)?;
    tcsetattr(fd, OptionalActions::Now, &settings)
}

impl ByteLink for SerialLink {
    fn now(&self) -> Uptime {
        clock::now()
    }

    fn read(&mut self, into: &mut [u8], until: Uptime) -> Result<usize, LinkError> {
        self.0.read(into, until)
    }

    fn write(&mut self, bytes: &[u8], until: Uptime) -> Result<(), WriteFailed> {
        self.0.write(bytes, until)
    }
}
