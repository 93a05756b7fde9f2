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
mod modules;
mod plane;
mod reed_solomon;
mod search;
mod symbol;
mod triple;
mod work;

use kiosk_hal::frame::GreyFrame;
use kiosk_hal::scanner::Scan;

pub use search::CODES_MAX;
use search::{Pass, Plan, Search};
use work::Work;

/// full effort
pub fn decode(frame: &GreyFrame) -> (Vec<Scan>, u64) {
    let mut work = Work::up_to(u64::MAX);
    let plan = Plan {
        passes: &[Pass::Whole, Pass::Half, Pass::Sharp, Pass::SharpHalf, Pass::Double, Pass::Quarter],
        row_step: 1,
        triples_max: 40,
        version_reach: 2,
        versions_max: 3,
    };
    let r = Search::new(frame).carry_out(&plan, &mut work);
    (r, work.done())
}
