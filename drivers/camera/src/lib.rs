//! QR codes from camera frames.
//!
//! [`decode`] searches one grey frame, and its negative for phones in dark mode. It has no clock and no memory: what
//! is a new code and what the same one is decided above. It never opens a camera and never keeps a frame.

#![forbid(unsafe_code)]
#![warn(missing_docs)]

use std::panic::{AssertUnwindSafe, catch_unwind};

use kiosk_hal::frame::GreyFrame;
use kiosk_hal::scanner::Scan;
use rqrr::PreparedImage;

/// Most codes returned for one frame. More in view is no patient's card.
pub const CODES_MAX: usize = 8;

/// Modules on a side of the smallest QR symbol (version 1, ISO/IEC 18004): a smaller frame holds none.
const SYMBOL_MODULES_MIN: usize = 21;

/// The codes in a frame, each once, at most [`CODES_MAX`].
///
/// Payloads are bytes as encoded. The negative is searched only when the frame itself has no code.
///
/// `rqrr` has no bound on time: a textured frame without a code has held it for many seconds. Call this on a thread
/// that can be given up. It also asserts on some frames; that is caught here and means no code, except in a program
/// built with `panic = "abort"`.
#[must_use]
pub fn decode(frame: &GreyFrame) -> Vec<Scan> {
    if frame.width().min(frame.height()) < SYMBOL_MODULES_MIN {
        return Vec::new();
    }
    let found = search(frame, |pixel| pixel);
    if found.is_empty() { search(frame, |pixel| u8::MAX - pixel) } else { found }
}

fn search(frame: &GreyFrame, tone: impl Fn(u8) -> u8) -> Vec<Scan> {
    let pixel = |x: usize, y: usize| frame.pixels().get(y * frame.width() + x).copied().map_or(u8::MAX, &tone);
    let found = fenced(|| {
        let mut image = PreparedImage::prepare_from_greyscale(frame.width(), frame.height(), pixel);
        image.detect_grids().iter().filter_map(read).collect()
    });
    let mut codes = Vec::new();
    for code in found {
        if codes.len() < CODES_MAX && !codes.contains(&code) {
            codes.push(code);
        }
    }
    codes
}

/// Turns an assertion of the decoder into "no code": a picture somebody holds up must not end the kiosk.
fn fenced(search: impl FnOnce() -> Vec<Scan>) -> Vec<Scan> {
    catch_unwind(AssertUnwindSafe(search)).unwrap_or_default()
}

/// `None` when the grid is damaged beyond its error correction, or empty.
fn read(grid: &rqrr::Grid<impl rqrr::BitGrid>) -> Option<Scan> {
    let mut payload = Vec::with_capacity(rqrr::MAX_PAYLOAD_SIZE);
    grid.decode_to(&mut payload).ok()?;
    Scan::new(payload)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decoder_that_asserts_has_found_nothing() {
        assert_eq!(fenced(|| panic!("as in rqrr's geometry")), []);
    }
}
