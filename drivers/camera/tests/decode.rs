//! Drawn codes and any other frame.

#![expect(clippy::unwrap_used, reason = "a frame that cannot be drawn is a failed test")]

use kiosk_hal::frame::GreyFrame;
use kiosk_hal::scanner::Scan;
use proptest::prelude::*;
use qr_camera::decode;
use qrcodegen::{QrCode, QrCodeEcc};

const CARD: &str = "001090999901||Nguyễn Văn Mẫu|14051990|Nam|Số 1 Đường Thử Nghiệm|22042021";

/// Pixels a module and modules of quiet zone.
const SCALE: usize = 5;
const QUIET: usize = 4;

#[derive(Clone, Copy)]
enum Screen {
    Light,
    Dark,
}

/// Codes side by side as a frame. Dark: white modules on black, as phones draw them at night.
fn drawn(payloads: &[&str], screen: Screen) -> GreyFrame {
    let codes: Vec<QrCode> =
        payloads.iter().map(|text| QrCode::encode_binary(text.as_bytes(), QrCodeEcc::Medium).unwrap()).collect();
    let side = codes.iter().map(|code| code.size() as usize).max().unwrap_or(0) + 2 * QUIET;
    let (width, height) = (side * codes.len() * SCALE, side * SCALE);
    let pixel = |at: usize| {
        let (x, y) = (at % width / SCALE, at / width / SCALE);
        let module = |place: usize| (place % side) as i32 - QUIET as i32;
        let black = codes[x / side].get_module(module(x), module(y));
        if black == matches!(screen, Screen::Light) { 20 } else { 230 }
    };
    GreyFrame::new(width, height, (0..width * height).map(pixel).collect()).unwrap()
}

fn texts(codes: &[Scan]) -> Vec<String> {
    codes.iter().map(|code| String::from_utf8_lossy(code.as_bytes()).into_owned()).collect()
}

#[test]
fn a_card_is_read_with_its_letters() {
    assert_eq!(texts(&decode(&drawn(&[CARD], Screen::Light))), [CARD]);
}

#[test]
fn a_phone_in_dark_mode_is_read() {
    assert_eq!(texts(&decode(&drawn(&[CARD], Screen::Dark))), [CARD]);
}

#[test]
fn two_codes_are_two_and_the_same_twice_is_one() {
    let mut two = texts(&decode(&drawn(&["999900000001", "999900000002"], Screen::Light)));
    two.sort();
    assert_eq!(two, ["999900000001", "999900000002"]);
    assert_eq!(decode(&drawn(&["999900000001", "999900000001"], Screen::Light)).len(), 1);
}

#[test]
fn an_empty_frame_has_no_code() {
    for (width, height) in [(0, 0), (0, 40), (1, 1), (20, 640), (640, 480)] {
        assert_eq!(decode(&GreyFrame::new(width, height, vec![128; width * height]).unwrap()), []);
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
        let _ = decode(&frame);
    }

    #[test]
    fn a_torn_code_panics_nobody_and_is_never_read_wrong(shift in 1usize..40, row in 0usize..200) {
        let whole = drawn(&["999900000001"], Screen::Light);
        let mut pixels = whole.pixels().to_vec();
        let at = (row * whole.width()).min(pixels.len());
        pixels[at..].rotate_left(shift.min(whole.pixels().len() - at));
        let torn = GreyFrame::new(whole.width(), whole.height(), pixels).unwrap();
        prop_assert!(decode(&torn).iter().all(|code| code.as_bytes() == b"999900000001"));
    }
}
