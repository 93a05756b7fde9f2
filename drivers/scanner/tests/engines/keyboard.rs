//! Scanners in keyboard mode: key events in, records out.

use std::time::Duration;

use crate::bench::driver;
use device_sim::memory::MemoryLink;
use device_sim::scanner::{Delivery, Make, VirtualScanner};
use device_sim::wire::Shared;
use kiosk_hal::scanner::{Scan, ScanError, Scanner};
use kiosk_hal::uptime::Uptime;
use proptest::prelude::*;
use qr_scanner::Family;
use qr_scanner::decoder::{Decoder, Pauses};
use qr_scanner::keyboard::{EVENT_BYTES, KEY_GAP, Keyboard};
use qr_scanner::record::Framed;

const SHIFT: u16 = 42;
const CONTROL: u16 = 29;
const ALT: u16 = 56;
const CAPS_LOCK: u16 = 58;
const ENTER: u16 = 28;
const A: u16 = 30;
const ONE: u16 = 2;
const BACKSLASH: u16 = 43;

fn event(kind: u16, code: u16, value: i32) -> Vec<u8> {
    [&vec![0; EVENT_BYTES - 8][..], &kind.to_ne_bytes(), &code.to_ne_bytes(), &value.to_ne_bytes()].concat()
}

fn down(code: u16) -> Vec<u8> {
    event(1, code, 1)
}

fn up(code: u16) -> Vec<u8> {
    event(1, code, 0)
}

fn tap(code: u16) -> Vec<u8> {
    [down(code), up(code)].concat()
}

fn with(modifier: u16, code: u16) -> Vec<u8> {
    [down(modifier), tap(code), up(modifier)].concat()
}

fn results(keyboard: &mut Keyboard) -> Vec<String> {
    std::iter::from_fn(|| keyboard.next())
        .map(|framed| match framed {
            Framed::Record(scan) => String::from_utf8_lossy(scan.as_bytes()).into_owned(),
            Framed::Overrun => "overrun".to_owned(),
            Framed::LettersLost => "letters lost".to_owned(),
        })
        .collect()
}

fn typed(keys: &[Vec<u8>]) -> Vec<String> {
    let mut keyboard = Keyboard::new(Pauses::USUAL);
    keyboard.push(&keys.concat(), Uptime::ZERO);
    keyboard.poll(Uptime::ZERO + KEY_GAP);
    assert_eq!(keyboard.wake(), None);
    results(&mut keyboard)
}

/// What the driver makes of a code that the virtual scanner types.
fn scanned(payload: &str) -> Result<Option<Scan>, ScanError> {
    let engine = Shared::new(VirtualScanner::of(Make::Keyboard, Delivery::AtOnce));
    let mut scanner = driver(MemoryLink::new(engine.clone()), Family::Keyboard, Pauses::USUAL);
    engine.with(|engine| engine.present(payload.as_bytes()));
    let until = scanner.now() + Duration::from_secs(5);
    scanner.next_scan(until)
}

#[test]
fn letters_signs_and_both_ends_are_text() {
    let typed_one = [tap(ONE), tap(A), with(SHIFT, A), with(SHIFT, BACKSLASH)];
    assert_eq!(typed(&[&typed_one[..], &[tap(ENTER)]].concat()), ["1aA|"]);
    assert_eq!(typed(&typed_one), ["1aA|"], "a pause is an end, too");
}

#[test]
fn every_ascii_sign_the_virtual_scanner_types_comes_back() {
    let signs: String = (b' '..=b'~').map(char::from).collect();
    assert_eq!(scanned(&signs).unwrap().expect("a record").as_bytes(), signs.as_bytes());
}

#[test]
fn caps_lock_turns_letters_and_shift_turns_them_back() {
    assert_eq!(typed(&[tap(CAPS_LOCK), tap(A), with(SHIFT, A), tap(ONE), tap(CAPS_LOCK), tap(A)]), ["Aa1a"]);
}

#[test]
fn the_keypad_types_digits() {
    let keys: Vec<_> = [79, 80, 81, 75, 76, 77, 71, 72, 73, 82].map(tap).to_vec();
    assert_eq!(typed(&keys), ["1234567890"]);
}

#[test]
fn letters_typed_by_their_number_are_known_to_be_lost() {
    let by_number = [down(ALT), tap(82), tap(79), up(ALT)].concat();
    assert_eq!(typed(&[tap(A), by_number, tap(A), tap(ENTER), tap(ONE), tap(ENTER)]), ["letters lost", "1"]);
    assert_eq!(typed(&[with(CONTROL, A), tap(ENTER)]), ["letters lost"]);
}

#[test]
fn events_the_kernel_dropped_spoil_their_record_and_no_other() {
    assert_eq!(typed(&[tap(A), event(0, 3, 0), tap(A), tap(ENTER), tap(ONE), tap(ENTER)]), ["letters lost", "1"]);
}

#[test]
fn a_card_that_names_a_person_is_refused_even_when_all_its_letters_are_ascii() {
    let cards = [
        "001090999901||Nguyễn Văn Mẫu|14051990|Nam|Số 1 Đường Thử Nghiệm|22042021",
        "001090999901||NGUYEN VAN MAU|14051990|Nam|So 1|22042021",
        "001090999901||Nguyễn Văn Mẫu|14051990|Nữ|Số 1",
        "001090999901||Nguyễn Văn Mẫu|14051990|Nam|Số 1|22082024||||",
    ];
    for card in cards {
        assert!(matches!(scanned(card), Err(ScanError::LettersLost)), "{card}");
    }
}

#[test]
fn records_that_are_ascii_by_their_form_are_taken() {
    let insurance = "DN4010199990001|4e677579e1bb856e|14/05/1990|1|-|01 - 001|01/01/2026|-|01/01/2026|-|-|4|-|-|$";
    for payload in [insurance, "001090999901", "https://example.org/?a=1|2|3|4|5|6", "00020101021138"] {
        let scan = scanned(payload).unwrap().expect("a record");
        assert_eq!(scan.as_bytes(), payload.as_bytes());
    }
}

#[test]
fn the_refusal_tells_the_technician_what_to_set() {
    let text = ScanError::LettersLost.to_string();
    assert!(text.contains("USB serial (CDC) or HID-POS"), "{text}");
}

#[test]
fn nothing_of_a_code_is_in_a_debug_text() {
    let mut keyboard = Keyboard::new(Pauses::USUAL);
    keyboard.push(&[tap(A), tap(A), tap(A), tap(ENTER), tap(A), tap(A)].concat(), Uptime::ZERO);
    assert!(!format!("{keyboard:?}").contains("aa"));
}

proptest! {
    #[test]
    fn any_events_give_bounded_results(bytes in proptest::collection::vec(any::<u8>(), 0..4_000)) {
        let mut keyboard = Keyboard::new(Pauses::USUAL);
        keyboard.push(&bytes, Uptime::ZERO);
        keyboard.poll(Uptime::ZERO + KEY_GAP);
        prop_assert!(results(&mut keyboard).len() <= bytes.len());
    }
}
