//! Ports, links and values between a kiosk and its devices.
//!
//! A *port* is what the kiosk wants ("print this ticket, tell me whether it came out"); a *link* is what a wire does
//! (bytes, APDUs, frames). Drivers turn a link into a port; `device-links` and `device-sim` provide links.
//! This crate never opens a device, reads a clock or knows a maker's command.
//!
//! Device and media words are those of XFS4IoT (CWA 17852), card words those of ISO 7816.

#![warn(missing_docs)]

pub mod card;
#[cfg(feature = "contract")]
pub mod contract;
pub mod fault;
pub mod frame;
pub mod link;
pub mod printer;
pub mod scanner;
pub mod uptime;
