//! Whatever is held up, the kiosk answers it and takes the next card.

#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

use std::time::Duration;

use e2e_tests::{Hospital, card, eventually};
use xtask::demo::touchscreen::FIRST_TILE;

#[test]
fn garbage_overlong_and_foreign_codes_are_answered_and_the_next_card_is_read() {
    let hospital = Hospital::without_display().unwrap();
    let foreign: [&[u8]; 4] = [b"\xFF\xFE\x01\x02||||", b"https://kham.example.vn", b"|||||||", &[b'7'; 2_000]];
    for payload in foreign {
        hospital.hold_up(payload);
        hospital.sees(&["apology"]).unwrap();
        hospital.leaves().unwrap();
    }
    assert_eq!(hospital.takes_number(&card(1)).unwrap().0, "number-take");
}

#[test]
fn a_code_too_long_for_any_symbol_is_skipped_and_the_next_card_is_read() {
    let hospital = Hospital::without_display().unwrap();
    hospital.hold_up(&[b'7'; 5_000]);
    hospital.hold_up(&card(1));
    hospital.sees(&["choose-service"]).unwrap();
}

#[test]
fn two_cards_in_one_breath_are_two_cards_and_the_last_one_owns_the_visit() {
    let hospital = Hospital::without_display().unwrap();
    hospital.hold_up(&card(1));
    hospital.hold_up(&card(2));
    let (screen, number) = hospital.takes_number(&card(3)).unwrap();
    assert_eq!((screen.as_str(), number.as_str()), ("number-take", "A-001"));
}

#[test]
fn half_a_code_is_no_card() {
    let hospital = Hospital::without_display().unwrap();
    let whole = card(1);
    hospital.hold_up(&whole[..whole.len() / 2]);
    hospital.sees(&["apology"]).unwrap();
    hospital.leaves().unwrap();
    assert_eq!(hospital.takes_number(&card(1)).unwrap().0, "number-take");
}

#[test]
fn a_card_left_lying_opens_no_visit_for_whoever_comes_next() {
    let hospital = Hospital::without_display().unwrap();
    let scanner = &hospital.stack.scanner;
    scanner.with(|scanner| scanner.lay_down(&card(1), Duration::from_millis(500)));
    hospital.sees(&["choose-service"]).unwrap();
    hospital.stack.kiosk_screen().touch(FIRST_TILE).unwrap();
    hospital.sees(&["number-take"]).unwrap();
    hospital.leaves().unwrap();
    let read = || scanner.with(|scanner| scanner.codes_sent());
    let before = read();
    eventually("the card to be read again", || Ok(read() > before + 4)).unwrap();
    hospital.sees(&["welcome"]).unwrap();
    assert_eq!(hospital.takes_number(&card(2)).unwrap(), ("number-take".into(), "A-002".into()));
}
