//! Framing and trigger commands of bar-code engines over any byte link.
//!
//! [`SerialScanner`] turns the bytes of an engine into the scanner port; [`framing::Framer`] is its whole logic, with
//! time as an argument. This crate never opens a device, never reads a clock and never looks into a record.

#![forbid(unsafe_code)]
#![warn(missing_docs)]

pub mod framing;
pub mod gm65;
mod serial;

pub use serial::{READ_CHUNK_BYTES, SerialScanner};
