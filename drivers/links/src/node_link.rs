use std::io;
use std::os::fd::OwnedFd;

use kiosk_hal::link::{ByteLink, LinkError, WriteFailed};
use kiosk_hal::uptime::Uptime;

use crate::clock;
use crate::stream::Stream;

/// An open hidraw or event node, read only. One read returns one report, or some whole events, when there is room for
/// them.
#[derive(Debug)]
pub struct NodeLink(Stream);

impl NodeLink {
    pub(crate) fn new(node: OwnedFd) -> io::Result<Self> {
        Stream::new(node).map(Self)
    }
}

impl ByteLink for NodeLink {
    fn now(&self) -> Uptime {
        clock::now()
    }

    fn read(&mut self, into: &mut [u8], until: Uptime) -> Result<usize, LinkError> {
        self.0.read(into, until)
    }

    /// Always fails: nothing is ever sent to a scanner through its node.
    fn write(&mut self, _bytes: &[u8], _until: Uptime) -> Result<(), WriteFailed> {
        Err(WriteFailed { written: 0, cause: LinkError::Io(io::ErrorKind::Unsupported.into()) })
    }
}
