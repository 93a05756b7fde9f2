//! The only device I/O of the kiosk: serial lines, USB printers, TCP printers, hidraw and event nodes as byte links,
//! PC/SC readers as APDU links.
//!
//! [`open`] turns a [`LinkAddress`] from the configuration into a [`ByteLink`](kiosk_hal::link::ByteLink).
//! Deadlines hold for reads, writes and connects; an unplugged device is [`LinkError::Gone`](kiosk_hal::link::LinkError).
//! This crate never reopens, never retries and knows no device's commands.

#![warn(missing_docs)]

mod address;
pub mod clock;
mod discover;
mod errno;
mod grab;
mod node_link;
mod nodes;
mod open_error;
pub mod pcsc;
mod serial;
mod stream;
mod tcp;
mod usblp;

use kiosk_hal::link::ByteLink;

pub use address::{AddressError, Flow, LinkAddress, NodeAddress, NotAUsbId, SerialAddress, TcpAddress, UsbId};
pub use discover::{SerialCandidate, serial_candidates};
pub use node_link::NodeLink;
pub use nodes::{HidCandidate, KeyboardCandidate, Nodes, REPORT_DESCRIPTOR_BYTES_MAX};
pub use open_error::OpenError;
pub use serial::SerialLink;
pub use tcp::{CONNECT_MAX, TcpLink};
pub use usblp::UsbLpLink;

/// Opens the link an address names. Blocks for at most [`CONNECT_MAX`], and only for TCP.
///
/// # Errors
/// [`OpenError`] with the address, the cause and a hint for the technician.
pub fn open(address: &LinkAddress) -> Result<Box<dyn ByteLink>, OpenError> {
    match address {
        LinkAddress::Serial(serial) => Ok(Box::new(SerialLink::open(serial)?)),
        LinkAddress::UsbLp(path) => Ok(Box::new(UsbLpLink::open(path)?)),
        LinkAddress::Tcp(tcp) => Ok(Box::new(TcpLink::connect(tcp, clock::now() + CONNECT_MAX)?)),
        LinkAddress::Hidraw(node) => Ok(Box::new(Nodes::system().open_hidraw(node)?)),
        LinkAddress::Keyboard(node) => Ok(Box::new(Nodes::system().open_keyboard(node)?)),
    }
}
