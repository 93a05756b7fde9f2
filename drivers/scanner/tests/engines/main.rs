//! The shipped driver on virtual engines of every family.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may fail by panicking")]

mod bench;
mod contract;
mod detect;
mod hid_pos;
mod keyboard;
mod pty;
mod sessions;
mod ssi;
