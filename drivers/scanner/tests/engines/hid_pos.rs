//! HID-POS: descriptors and reports in, records out.

use kiosk_hal::uptime::Uptime;
use proptest::prelude::*;
use qr_scanner::decoder::{Decoder, Pauses};
use qr_scanner::hid_pos::{HidPos, Layout, LayoutError};
use qr_scanner::record::Framed;

/// As the makers' manuals draw it: id 2, count, AIM (3), 56 bytes, three bytes of which the last bit says "continued".
const USUAL: &[u8] = &[
    0x05, 0x8C, 0x09, 0x02, 0xA1, 0x01, 0x85, 0x02, 0x15, 0x00, 0x26, 0xFF, 0x00, 0x75, 0x08, 0x95, 0x01, 0x05, 0x01,
    0x09, 0x3B, 0x81, 0x02, 0x05, 0x8C, 0x09, 0xFB, 0x09, 0xFC, 0x09, 0xFD, 0x95, 0x03, 0x81, 0x02, 0x09, 0xFE, 0x95,
    0x38, 0x82, 0x02, 0x01, 0x95, 0x02, 0x81, 0x03, 0x09, 0xFF, 0x75, 0x01, 0x95, 0x01, 0x81, 0x02, 0x75, 0x07, 0x81,
    0x03, 0xC0,
];

/// Without report ids, with a count of two bytes behind the data, and the usages in their long form.
const UNNUMBERED: &[u8] = &[
    0x05, 0x8C, 0x09, 0x02, 0xA1, 0x01, 0x75, 0x08, 0x95, 0x04, 0x0B, 0xFE, 0x00, 0x8C, 0x00, 0x81, 0x02, 0x75, 0x10,
    0x95, 0x01, 0x0B, 0x3B, 0x00, 0x01, 0x00, 0x81, 0x02, 0xC0,
];

/// A boot keyboard, from the HID specification's appendix, shortened.
const KEYBOARD: &[u8] = &[
    0x05, 0x01, 0x09, 0x06, 0xA1, 0x01, 0x05, 0x07, 0x19, 0xE0, 0x29, 0xE7, 0x15, 0x00, 0x25, 0x01, 0x75, 0x01, 0x95,
    0x08, 0x81, 0x02, 0xC0,
];

fn report(text: &[u8], continued: u8) -> Vec<u8> {
    let mut report = vec![0; 64];
    report[0] = 2;
    report[1] = u8::try_from(text.len()).unwrap();
    report[2..5].copy_from_slice(b"]Q1");
    report[5..5 + text.len()].copy_from_slice(text);
    report[63] = continued;
    report
}

fn usual() -> HidPos {
    HidPos::new(Layout::parse(USUAL).unwrap(), Pauses::USUAL)
}

fn records(decoder: &mut HidPos) -> Vec<String> {
    std::iter::from_fn(|| decoder.next())
        .map(|framed| match framed {
            Framed::Record(scan) => String::from_utf8_lossy(scan.as_bytes()).into_owned(),
            Framed::Overrun => "overrun".to_owned(),
            Framed::LettersLost => "letters lost".to_owned(),
        })
        .collect()
}

fn pushed(bytes: &[u8]) -> Vec<String> {
    let mut decoder = usual();
    decoder.push(bytes, Uptime::ZERO);
    records(&mut decoder)
}

#[test]
fn a_report_is_a_record_in_all_letters() {
    assert_eq!(pushed(&report("Nguyễn Văn Mẫu".as_bytes(), 0)), ["Nguyễn Văn Mẫu"]);
}

#[test]
fn continued_reports_are_put_together() {
    let text = "x".repeat(60);
    let stream = [report(&text.as_bytes()[..56], 1), report(&text.as_bytes()[56..], 0)].concat();
    assert_eq!(pushed(&stream), [text]);
}

#[test]
fn data_that_looks_like_a_mark_is_data() {
    assert_eq!(pushed(&report(b"]Q1\r\n", 0)), ["]Q1\r\n"]);
}

#[test]
fn an_impossible_count_makes_no_record_and_spoils_no_other() {
    let mut impossible = report(b"999901", 0);
    impossible[1] = 57;
    assert_eq!(pushed(&[impossible, report(b"999900", 0)].concat()), ["999900"]);
}

#[test]
fn a_report_cut_short_and_bytes_of_no_report_end_with_silence() {
    for beginning in [&report(b"999901", 0)[..40], b"\x07junk"] {
        let mut decoder = usual();
        decoder.push(beginning, Uptime::ZERO);
        let wake = decoder.wake().unwrap();
        decoder.poll(wake);
        decoder.push(&report(b"999900", 0), wake);
        assert_eq!(records(&mut decoder), ["999900"]);
        assert_eq!(decoder.wake(), None);
    }
}

#[test]
fn the_place_of_everything_comes_from_the_descriptor() {
    let mut decoder = HidPos::new(Layout::parse(UNNUMBERED).unwrap(), Pauses::USUAL);
    decoder.push(b"ab\0\0\x02\x00", Uptime::ZERO);
    decoder.push(b"abcd\x04\x00", Uptime::ZERO);
    assert_eq!(records(&mut decoder), ["ab", "abcd"]);
}

#[test]
fn what_is_no_scanner_is_refused_with_its_reason() {
    assert_eq!(Layout::parse(KEYBOARD), Err(LayoutError::NoDecodedData));
    assert_eq!(Layout::parse(&[]), Err(LayoutError::NoDecodedData));
    assert_eq!(Layout::parse(&USUAL[..USUAL.len() - 2]), Err(LayoutError::CutOff));
    assert_eq!(Layout::parse(&[0; 5_000]), Err(LayoutError::TooLong { got: 5_000 }));
    let endless = [0x05, 0x8C, 0x75, 0x08, 0x97, 0xFF, 0xFF, 0xFF, 0x7F, 0x09, 0xFE, 0x81, 0x02];
    assert_eq!(Layout::parse(&endless), Err(LayoutError::TooMuch));
    let nibbles = [0x05, 0x8C, 0x75, 0x04, 0x95, 0x08, 0x09, 0xFE, 0x81, 0x02];
    assert_eq!(Layout::parse(&nibbles), Err(LayoutError::NotBytes));
}

#[test]
fn nothing_of_a_code_is_in_a_debug_text() {
    let mut decoder = usual();
    decoder.push(&[report(b"999901", 1), b"\x02\x06]Q1999902".to_vec()].concat(), Uptime::ZERO);
    assert!(!format!("{decoder:?}").contains("9999"));
}

proptest! {
    #[test]
    fn any_descriptor_is_read_or_refused_and_its_reports_are_bounded(
        descriptor in proptest::collection::vec(any::<u8>(), 0..120),
        stream in proptest::collection::vec(any::<u8>(), 0..600),
    ) {
        if let Ok(layout) = Layout::parse(&descriptor) {
            let mut decoder = HidPos::new(layout, Pauses::USUAL);
            decoder.push(&stream, Uptime::ZERO);
            prop_assert!(records(&mut decoder).len() <= stream.len());
        }
    }

    #[test]
    fn a_descriptor_with_any_byte_changed_is_read_or_refused(at in 0usize..59, byte in any::<u8>()) {
        let mut changed = USUAL.to_vec();
        changed[at] = byte;
        if let Ok(layout) = Layout::parse(&changed) {
            let mut decoder = HidPos::new(layout, Pauses::USUAL);
            decoder.push(&report(b"999900", 0), Uptime::ZERO);
            decoder.poll(Uptime::from_millis(10_000));
            prop_assert!(records(&mut decoder).len() <= 64);
        }
    }
}
