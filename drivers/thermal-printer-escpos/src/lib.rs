//! Vietnamese tickets on ESC/POS printers: drawn once, encoded, printed once or reported.
//!
//! [`ticket`] draws a face on a [`canvas`], [`encode`] turns the canvas into a job of documented commands, [`reply`] and
//! [`status`] read what the printer says, and [`session`] prints over any [`ByteLink`](kiosk_hal::link::ByteLink).
//! It never opens a device, reads a clock, repeats a byte, or calls a ticket printed before the printer itself said so.

#![warn(missing_docs)]

pub mod canvas;
pub mod encode;
pub mod profile;
pub mod reply;
pub mod session;
pub mod status;
pub mod ticket;
mod typeface;
