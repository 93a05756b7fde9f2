//! The chip of the Vietnamese identity card over any APDU link.
//!
//! It selects the ICAO application (Doc 9303-10) and tells a card without one from a card pulled out; it derives the
//! card access number. It does not open the chip and reads no data group: nothing here proves who a card belongs to.
//! This crate never opens a reader and never logs an APDU.

#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod can;
mod select;
mod status;

pub use can::Can;
pub use select::{EMRTD_AID, SelectError, Selected, select_emrtd};
pub use status::StatusWord;
