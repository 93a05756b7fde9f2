use std::io;

use kiosk_hal::link::{ByteLink, LinkError, WriteFailed};
use kiosk_hal::uptime::Uptime;
use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;
use rustix::termios::{Action, InputModes, OptionalActions, QueueSelector, tcflow, tcflush, tcgetattr, tcsetattr};
use serialport::{DataBits, ErrorKind, FlowControl, Parity, StopBits, TTYPort};

use crate::address::{Flow, LinkAddress, SerialAddress};
use crate::clock;
use crate::errno::link_error;
use crate::open_error::OpenError;
use crate::stream::Stream;

/// An open serial line: UART, USB CDC or the terminal side of a pty.
///
/// `serialport` sets the line up; bytes go through a non-blocking descriptor of our own, because its `write` blocks for
/// as long as a printer holds CTS back, and because it folds the error of an unplugged device into others.
/// Held with a `flock` until dropped: a second program that opens it by this crate or by `serialport` is refused.
#[derive(Debug)]
pub struct SerialLink {
    stream: Stream,
    flow: Flow,
    /// Keeps the settings: some drivers reset a line when nobody of those who set it up has it open.
    _settings: TTYPort,
}

impl SerialLink {
    /// Opens a line in raw mode, 8N1, and throws away what had arrived before. Does not wait for a carrier.
    ///
    /// # Errors
    /// [`OpenError::NotFound`], [`OpenError::Permission`], [`OpenError::Busy`] when another program holds the line,
    /// [`OpenError::NotSerial`], [`OpenError::Settings`].
    pub fn open(address: &SerialAddress) -> Result<Self, OpenError> {
        let named = || LinkAddress::Serial(address.clone());
        let stream = opened(address).map_err(|errno| OpenError::of_serial(named(), errno))?;
        let settings = set_up(address).map_err(|error| OpenError::of_settings(named(), error))?;
        let ready = obey_xoff_only(&stream, address.flow).and_then(|()| tcflush(&stream, QueueSelector::IFlush));
        ready.map_err(|errno| OpenError::of_serial(named(), errno))?;
        Ok(Self { stream, flow: address.flow, _settings: settings })
    }
}

fn opened(address: &SerialAddress) -> Result<Stream, Errno> {
    let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let fd = rustix::fs::open(&address.path, flags, Mode::empty())?;
    // Refuses what is no terminal before anything is set.
    tcgetattr(&fd)?;
    Stream::new(fd).map_err(|error| Errno::from_io_error(&error).unwrap_or(Errno::IO))
}

/// Of both halves of XON/XOFF only the device's is wanted: the kernel would put an XOFF of its own into the middle of a
/// picture when its input queue fills up. A device that was switched off after its XOFF never says XON.
fn obey_xoff_only(stream: &Stream, flow: Flow) -> Result<(), Errno> {
    if flow != Flow::XonXoff {
        return Ok(());
    }
    let mut settings = tcgetattr(stream)?;
    settings.input_modes.remove(InputModes::IXOFF | InputModes::IXANY);
    tcsetattr(stream, OptionalActions::Now, &settings)?;
    tcflow(stream, Action::OOn)
}

fn set_up(address: &SerialAddress) -> Result<TTYPort, serialport::Error> {
    let flow = match address.flow {
        Flow::RtsCts => FlowControl::Hardware,
        Flow::XonXoff => FlowControl::Software,
        Flow::Free => FlowControl::None,
    };
    let mut port = serialport::new(address.path.to_string_lossy(), address.baud)
        .data_bits(DataBits::Eight)
        .parity(Parity::None)
        .stop_bits(StopBits::One)
        .flow_control(flow)
        .exclusive(true)
        .open_native()?;
    // Drops TIOCEXCL and keeps the lock: on a pty TIOCEXCL outlives a killed process and shuts its successor out.
    port.set_exclusive(false)?;
    Ok(port)
}

impl OpenError {
    /// Sorts the errors of `serialport` on a line that could be opened: `NoDevice` is its word for a lock that is held.
    fn of_settings(address: LinkAddress, error: serialport::Error) -> Self {
        let held = error.kind() == ErrorKind::NoDevice;
        let cause = io::Error::from(error);
        if held { Self::Busy { address, cause } } else { Self::Settings { address, cause } }
    }
}

impl ByteLink for SerialLink {
    fn now(&self) -> Uptime {
        clock::now()
    }

    fn read(&mut self, into: &mut [u8], until: Uptime) -> Result<usize, LinkError> {
        self.stream.read(into, until)
    }

    fn write(&mut self, bytes: &[u8], until: Uptime) -> Result<(), WriteFailed> {
        self.stream.write(bytes, until)
    }

    fn discard_output(&mut self) -> Result<(), LinkError> {
        let discarded = tcflush(&self.stream, QueueSelector::OFlush).and_then(|()| match self.flow {
            // What stopped the line may never start it again.
            Flow::XonXoff => tcflow(&self.stream, Action::OOn),
            Flow::Free | Flow::RtsCts => Ok(()),
        });
        discarded.map_err(link_error)
    }
}
