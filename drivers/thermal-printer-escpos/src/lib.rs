//! Vietnamese tickets on ESC/POS printers: drawn once, encoded, printed once or reported.
//!
//! [`ticket`] draws a face on a [`canvas`], [`encode`] turns the canvas into a job of documented commands, [`reply`] and
//! [`status`] read what the printer says, and [`session`] prints over any [`ByteLink`](kiosk_hal::link::ByteLink).
//! It never opens a device, reads a clock, repeats a byte, or calls a ticket printed before the printer itself said so.

//!
//! Without the feature `std` there are [`canvas`] and [`encode`] only, which need no more than `alloc`.

#![cfg_attr(not(feature = "std"), no_std)]
#![warn(missing_docs)]

extern crate alloc;

pub mod canvas;
pub mod encode;
#[cfg(feature = "std")]
pub mod profile;
#[cfg(feature = "std")]
pub mod provision;
#[cfg(feature = "std")]
pub mod reply;
#[cfg(feature = "std")]
pub mod self_test;
#[cfg(feature = "std")]
pub mod session;
#[cfg(feature = "std")]
pub mod status;
#[cfg(feature = "std")]
pub mod ticket;
#[cfg(feature = "std")]
mod typeface;
