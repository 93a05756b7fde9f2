//! QR codes from camera frames.
//!
//! [`Reader`] searches grey frames in a cascade of ways, each paid for from a budget of work, for codes on paper and on
//! phones in dark mode; [`CameraScanner`] makes a scanner of any frame source; [`picture::grey`] reads image files.
//! It has no clock, never opens a camera, never keeps a frame and returns no payload that is in doubt.

#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod codewords;
mod finder;
mod fit;
mod geometry;
mod line;
mod modules;
pub mod picture;
mod plane;
mod reader;
mod reed_solomon;
mod sampling;
mod scanner;
mod search;
mod symbol;
mod threshold;
mod triple;
mod work;

pub use reader::{LIVE_WORK_MAX, Outcome, Reader, STILL_WORK_MAX, read_still};
pub use scanner::{CameraScanner, GONE_AFTER, STALLED_AFTER};
pub use search::CODES_MAX;
