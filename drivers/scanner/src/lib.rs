//! Framing and commands of bar-code engines over any byte link.
//!
//! [`LinkScanner`] turns the bytes of an engine into the scanner port; a [`decoder::Decoder`] for each [`Family`] is its
//! whole logic, with time as an argument. This crate never opens a device, never reads a clock, and looks into a record
//! only to refuse one that a keyboard has garbled.

#![forbid(unsafe_code)]
#![warn(missing_docs)]

pub mod ask;
mod connect;
pub mod decoder;
pub mod detect;
mod family;
pub mod framing;
pub mod gm65;
pub mod hid_pos;
pub mod honeywell;
pub mod keyboard;
mod link_scanner;
pub mod newland;
mod reassembly;
pub mod record;
pub mod ssi;

pub use connect::{ConnectError, LineFamily, NoLineFamily, connect};
pub use family::{Action, Family, UnknownFamily};
pub use link_scanner::{CommandError, FamilyError, LinkScanner, READ_CHUNK_BYTES};
