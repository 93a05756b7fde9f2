//! What must hold for any bytes, for the fuzz targets and for the test that replays their corpus.

use kiosk_hal::frame::GreyFrame;
use qr_camera::{CODES_MAX, LIVE_WORK_MAX, Outcome, Reader, STILL_WORK_MAX, picture, read_still};
use qrcodegen::{QrCode, QrCodeEcc};

/// Most pixels of a picture file that is searched for codes as well.
const SEARCHED_PIXELS_MAX: usize = 200_000;

/// Modules of quiet zone, and of a card around it.
const QUIET: usize = 4;

/// Most modules of a symbol in the wrong colour: some of it is beyond repair by then.
const FLIPS_MAX: usize = 24;

/// Longest payload drawn.
const PAYLOAD_BYTES_MAX: usize = 60;

/// Frames: pixels as they come, or a symbol with modules in the wrong colour.
pub fn frames(data: &[u8]) {
    match data {
        [kind, width, pixels @ ..] if kind % 2 == 0 && !pixels.is_empty() => as_they_come(*kind, *width, pixels),
        [_, look, length, rest @ ..] => symbol(*look, *length, rest),
        _ => {}
    }
}

/// Image files.
pub fn pictures(data: &[u8]) {
    let Ok(frame) = picture::grey(data) else { return };
    assert_eq!(frame.pixels().len(), frame.width() * frame.height());
    if frame.pixels().len() <= SEARCHED_PIXELS_MAX {
        within_bounds(&Reader::new().read(&frame), LIVE_WORK_MAX);
    }
}

/// A frame of these pixels, each drawn as a square.
fn as_they_come(kind: u8, width: u8, pixels: &[u8]) {
    let (width, side) = (usize::from(width).clamp(1, pixels.len()), 1 + usize::from(kind / 2 % 4));
    let height = pixels.len() / width;
    let drawn = |at: usize| pixels[at / (width * side) / side * width + at % (width * side) / side];
    let all = (0..width * side * height * side).map(drawn).collect();
    let frame = GreyFrame::new(width * side, height * side, all).expect("as many pixels as the frame has");
    within_bounds(&Reader::new().read(&frame), LIVE_WORK_MAX);
    within_bounds(&read_still(&frame), STILL_WORK_MAX);
}

/// Whatever is read of a damaged symbol is what was written, in any of its looks.
fn symbol(look: u8, length: u8, rest: &[u8]) {
    let (payload, flips) = rest.split_at(usize::from(length).min(PAYLOAD_BYTES_MAX).min(rest.len()));
    let level = [QrCodeEcc::Low, QrCodeEcc::Medium, QrCodeEcc::Quartile, QrCodeEcc::High][usize::from(look % 4)];
    let code = QrCode::encode_binary(payload, level).expect("a short payload has a symbol");
    let size = code.size() as usize;
    let module_at = |pair: &[u8]| (usize::from(pair[0]) * 256 + usize::from(pair[1])) % (size * size);
    let wrong: Vec<usize> = flips.chunks_exact(2).take(FLIPS_MAX).map(module_at).collect();
    let (scale, inverted, mirrored) = (2 + usize::from(look / 4 % 4), look & 16 != 0, look & 32 != 0);
    let side = (size + 2 * QUIET) * scale;
    let pixel = |at: usize| {
        let (x, y) = (at % side / scale, at / side / scale);
        let x = if mirrored { size + 2 * QUIET - 1 - x } else { x };
        let inside = (QUIET..QUIET + size).contains(&x) && (QUIET..QUIET + size).contains(&y);
        let dark = inside
            && (code.get_module((x - QUIET) as i32, (y - QUIET) as i32)
                != wrong.contains(&((y - QUIET) * size + x - QUIET)));
        if dark != inverted { 30 } else { 220 }
    };
    let frame = GreyFrame::new(side, side, (0..side * side).map(pixel).collect()).expect("a square");
    for (outcome, limit) in [(Reader::new().read(&frame), LIVE_WORK_MAX), (read_still(&frame), STILL_WORK_MAX)] {
        within_bounds(&outcome, limit);
        assert!(outcome.codes.iter().all(|code| code.as_bytes() == payload), "something else was read");
    }
}

fn within_bounds(outcome: &Outcome, limit: u64) {
    assert!(outcome.work <= limit, "more work than the limit");
    assert!(outcome.codes.len() + outcome.too_long <= CODES_MAX, "more codes than the limit");
}
