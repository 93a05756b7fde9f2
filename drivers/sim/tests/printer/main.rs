//! The virtual printer's promises, on the wire in memory.

#![expect(clippy::unwrap_used, reason = "a helper that cannot go on fails its test")]

mod bench;
mod faults;
mod paper;
mod status;
