//! Drawn codes of every size and kind of payload.

#![allow(clippy::unwrap_used, reason = "a frame that cannot be drawn is a failed test")]

use kiosk_hal::frame::GreyFrame;
use proptest::prelude::*;
use qr_camera::{Outcome, Reader, read_still};
use qrcodegen::{QrCode, QrCodeEcc, QrSegment, Version};

const CARD: &str = "001090999901||Nguyễn Văn Mẫu|14051990|Nam|Số 1 Đường Thử Nghiệm|22042021";

/// Modules of quiet zone.
const QUIET: usize = 4;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Look {
    Plain,
    /// White modules on black, as phones draw them at night.
    Inverted,
    /// Seen from behind.
    Mirrored,
}

/// Codes side by side as a frame, `scale` pixels a module.
fn drawn(codes: &[QrCode], scale: usize, look: Look) -> GreyFrame {
    let side = codes.iter().map(|code| code.size() as usize).max().unwrap_or(0) + 2 * QUIET;
    let (width, height) = (side * codes.len() * scale, side * scale);
    let pixel = |at: usize| {
        let (x, y) = (at % width / scale, at / width / scale);
        let x = if look == Look::Mirrored { width / scale - 1 - x } else { x };
        let module = |place: usize| (place % side) as i32 - QUIET as i32;
        let black = codes[x / side].get_module(module(x), module(y));
        if black == (look != Look::Inverted) { 20 } else { 230 }
    };
    GreyFrame::new(width, height, (0..width * height).map(pixel).collect()).unwrap()
}

fn code(payload: &[u8]) -> QrCode {
    QrCode::encode_binary(payload, QrCodeEcc::Medium).unwrap()
}

fn payloads(outcome: &Outcome) -> Vec<Vec<u8>> {
    outcome.codes.iter().map(|code| code.as_bytes().to_vec()).collect()
}

#[test]
fn a_card_is_read_with_its_letters_on_paper_on_a_dark_phone_and_mirrored() {
    for look in [Look::Plain, Look::Inverted, Look::Mirrored] {
        let frame = drawn(&[code(CARD.as_bytes())], 5, look);
        assert_eq!(payloads(&read_still(&frame)), [CARD.as_bytes()]);
    }
    for look in [Look::Plain, Look::Inverted] {
        let frame = drawn(&[code(CARD.as_bytes())], 5, look);
        assert_eq!(payloads(&Reader::new().read(&frame)), [CARD.as_bytes()]);
    }
}

#[test]
fn two_codes_are_two_from_left_to_right_and_the_same_twice_is_one() {
    let [one, other] = [b"999900000001", b"999900000002"].map(|payload| code(payload));
    let both = drawn(&[other.clone(), one.clone()], 5, Look::Plain);
    assert_eq!(payloads(&read_still(&both)), [b"999900000002", b"999900000001"]);
    assert_eq!(read_still(&drawn(&[one.clone(), one], 5, Look::Plain)).codes.len(), 1);
}

#[test]
fn every_version_and_level_is_read() {
    let levels = [QrCodeEcc::Low, QrCodeEcc::Medium, QrCodeEcc::Quartile, QrCodeEcc::High];
    for number in 1..=40u8 {
        let level = levels[usize::from(number) % 4];
        let version = Version::new(number);
        let segments = [QrSegment::make_bytes(b"9999")];
        let code = QrCode::encode_segments_advanced(&segments, level, version, version, None, false).unwrap();
        let outcome = read_still(&drawn(&[code], 3, Look::Plain));
        assert_eq!(payloads(&outcome), [b"9999"], "version {number}");
    }
}

#[test]
fn bytes_come_back_as_they_were_encoded() {
    let binary: Vec<u8> = (0..=255).collect();
    let with_charset = [QrSegment::make_eci(26), QrSegment::make_bytes("Mẫu".as_bytes())];
    let with_charset = QrCode::encode_segments(&with_charset, QrCodeEcc::Medium).unwrap();
    assert_eq!(payloads(&read_still(&drawn(&[code(&binary)], 4, Look::Plain))), [binary]);
    assert_eq!(payloads(&read_still(&drawn(&[with_charset], 4, Look::Plain))), ["Mẫu".as_bytes()]);
    for text in ["0123456789012", "HEN-042 A:B", "HEN/0001"] {
        let mixed = QrCode::encode_text(text, QrCodeEcc::Low).unwrap();
        assert_eq!(payloads(&read_still(&drawn(&[mixed], 4, Look::Plain))), [text.as_bytes()]);
    }
}

fn frame() -> impl Strategy<Value = GreyFrame> {
    (0usize..64, 0usize..64).prop_flat_map(|(width, height)| {
        let grey = proptest::collection::vec(any::<u8>(), width * height);
        let black_and_white = proptest::collection::vec(prop_oneof![Just(0u8), Just(255)], width * height);
        prop_oneof![grey, black_and_white].prop_map(move |pixels| GreyFrame::new(width, height, pixels).unwrap())
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_frame_panics(frame in frame()) {
        let _ = Reader::new().read(&frame);
    }

    #[test]
    fn a_torn_code_is_never_read_wrong(shift in 1usize..40, row in 0usize..145) {
        let whole = drawn(&[code(b"999900000001")], 5, Look::Plain);
        let mut pixels = whole.pixels().to_vec();
        let at = (row * whole.width()).min(pixels.len());
        pixels[at..].rotate_left(shift.min(whole.pixels().len() - at));
        let torn = GreyFrame::new(whole.width(), whole.height(), pixels).unwrap();
        prop_assert!(payloads(&read_still(&torn)).iter().all(|payload| payload == b"999900000001"));
    }
}
