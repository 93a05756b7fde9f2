//! What the virtual camera sees, drawn with code of its own.

use kiosk_hal::frame::GreyFrame;
use qrcodegen::{QrCode, QrCodeEcc, QrSegment};

const PAPER: u8 = 225;
const INK: u8 = 30;
const COUNTER: u8 = 120;

/// Modules of quiet zone.
const QUIET: usize = 4;

/// Largest module drawn, in pixels.
const MODULE_PIXELS_MAX: usize = 6;

#[expect(clippy::expect_used, reason = "every caller below makes width times height pixels")]
fn frame(width: usize, height: usize, pixels: Vec<u8>) -> GreyFrame {
    GreyFrame::new(width, height, pixels).expect("a pixel for each place")
}

pub fn counter(width: usize, height: usize) -> GreyFrame {
    frame(width, height, vec![COUNTER; width * height])
}

pub fn black(width: usize, height: usize) -> GreyFrame {
    frame(width, height, vec![0; width * height])
}

/// Codes side by side in modules as large as fit. What no symbol can hold is not drawn.
pub fn codes(payloads: &[&[u8]], width: usize, height: usize) -> GreyFrame {
    let codes: Vec<QrCode> = payloads.iter().filter_map(|payload| symbol(payload)).collect();
    let mut pixels = vec![COUNTER; width * height];
    let share = width / codes.len().max(1);
    for (number, code) in codes.iter().enumerate() {
        let side = code.size() as usize + 2 * QUIET;
        let module = (share.min(height) / side).clamp(1, MODULE_PIXELS_MAX);
        let left = number * share + share.saturating_sub(side * module) / 2;
        let top = height.saturating_sub(side * module) / 2;
        for y in 0..(side * module).min(height) {
            for x in 0..(side * module).min(share) {
                let at = |place: usize| (place / module) as i32 - QUIET as i32;
                let dark = code.get_module(at(x), at(y));
                pixels[(top + y) * width + left + x] = if dark { INK } else { PAPER };
            }
        }
    }
    frame(width, height, pixels)
}

/// Digits are packed, so that more fit than a scan may have.
fn symbol(payload: &[u8]) -> Option<QrCode> {
    let digits = std::str::from_utf8(payload).ok().filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
    let segments = digits.map_or_else(|| vec![QrSegment::make_bytes(payload)], QrSegment::make_segments);
    QrCode::encode_segments(&segments, QrCodeEcc::Low).ok()
}

/// The upper half hidden.
pub fn lower_half_of(whole: &GreyFrame) -> GreyFrame {
    let hidden = whole.width() * (whole.height() / 2);
    let mut pixels = vec![COUNTER; hidden];
    pixels.extend(whole.pixels().get(hidden..).unwrap_or_default());
    frame(whole.width(), whole.height(), pixels)
}

/// So far out of focus that no module is left.
pub fn blurred(sharp: &GreyFrame) -> GreyFrame {
    const BLOCK: usize = 40;
    let (width, height) = (sharp.width(), sharp.height());
    let mean = |left: usize, top: usize| {
        let rows = sharp.pixels().chunks(width.max(1)).skip(top).take(BLOCK);
        let pixels = rows.flat_map(|row| row.iter().skip(left).take(BLOCK));
        let (sum, count) = pixels.fold((0u32, 0u32), |(sum, count), pixel| (sum + u32::from(*pixel), count + 1));
        (sum / count.max(1)) as u8
    };
    let columns = width.div_ceil(BLOCK);
    let means: Vec<u8> =
        (0..columns * height.div_ceil(BLOCK)).map(|at| mean(at % columns * BLOCK, at / columns * BLOCK)).collect();
    let pixel = |at: usize| means[at / width / BLOCK * columns + at % width / BLOCK];
    frame(width, height, (0..width * height).map(pixel).collect())
}

/// Grey noise, the same for the same seed.
pub fn noise(width: usize, height: usize, seed: u64) -> GreyFrame {
    let mut state = seed | 1;
    let mut pixel = || {
        // Marsaglia's xorshift.
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 32) as u8
    };
    frame(width, height, (0..width * height).map(|_| pixel()).collect())
}
