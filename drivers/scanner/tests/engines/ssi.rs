//! The SSI decoder on packets, and the driver on the virtual Zebra.

use std::time::Duration;

use crate::bench::driver;
use device_sim::memory::MemoryLink;
use device_sim::scanner::{Delivery, VirtualSsiScanner};
use device_sim::wire::Shared;
use kiosk_hal::scanner::{SCAN_BYTES_MAX, Scanner};
use kiosk_hal::uptime::Uptime;
use proptest::prelude::*;
use qr_scanner::decoder::{Decoder, Pauses};
use qr_scanner::record::Framed;
use qr_scanner::ssi::{ACK, NAK_RESEND, Ssi};
use qr_scanner::{Family, LinkScanner};

const FIRST: u8 = 0;
const RESENT: u8 = 1;
const CONTINUED: u8 = 2;

/// A packet of an engine, put together by hand.
fn packet(opcode: u8, status: u8, data: &[u8]) -> Vec<u8> {
    let mut bytes = vec![u8::try_from(4 + data.len()).unwrap(), opcode, 0, status];
    bytes.extend(data);
    let sum: u32 = bytes.iter().map(|byte| u32::from(*byte)).sum();
    let check = u16::try_from((0x1_0000 - (sum & 0xFFFF)) & 0xFFFF).unwrap();
    bytes.extend(check.to_be_bytes());
    bytes
}

fn code(status: u8, text: &str) -> Vec<u8> {
    packet(0xF3, status, &[b"\x1C", text.as_bytes()].concat())
}

fn records(ssi: &mut Ssi) -> Vec<String> {
    std::iter::from_fn(|| ssi.next())
        .map(|framed| match framed {
            Framed::Record(scan) => String::from_utf8_lossy(scan.as_bytes()).into_owned(),
            Framed::Overrun => "overrun".to_owned(),
            Framed::LettersLost => "letters lost".to_owned(),
        })
        .collect()
}

fn answers(ssi: &mut Ssi) -> Vec<Vec<u8>> {
    std::iter::from_fn(|| ssi.answer()).collect()
}

fn pushed(bytes: &[u8]) -> Ssi {
    let mut ssi = Ssi::new(Pauses::USUAL);
    ssi.push(bytes, Uptime::ZERO);
    ssi
}

/// After a silence.
fn polled(mut ssi: Ssi) -> Ssi {
    let wake = ssi.wake().unwrap_or(Uptime::from_millis(80));
    ssi.poll(wake);
    ssi
}

#[test]
fn a_code_is_a_record_and_is_acknowledged_once() {
    let mut ssi = pushed(&code(FIRST, "999900"));
    assert_eq!(records(&mut ssi), ["999900"]);
    assert_eq!(answers(&mut ssi), [ACK]);
    assert_eq!(ssi.wake(), None);
}

#[test]
fn a_wrong_checksum_is_asked_for_again_and_is_no_record() {
    let mut damaged = code(FIRST, "999900");
    damaged[6] ^= 0x20;
    let mut ssi = polled(pushed(&damaged));
    assert_eq!(records(&mut ssi), Vec::<String>::new());
    assert_eq!(answers(&mut ssi), [NAK_RESEND]);
    ssi.push(&code(RESENT, "999900"), Uptime::from_millis(200));
    assert_eq!(records(&mut ssi), ["999900"]);
    assert_eq!(answers(&mut ssi), [ACK]);
}

#[test]
fn a_packet_cut_short_is_asked_for_again() {
    let whole = code(FIRST, "999900");
    let mut ssi = polled(pushed(&whole[..whole.len() - 3]));
    assert_eq!(answers(&mut ssi), [NAK_RESEND]);
    assert_eq!(ssi.wake(), None);
}

#[test]
fn a_packet_that_comes_again_is_acknowledged_and_not_used_twice() {
    let long = [code(CONTINUED, "9999"), code(RESENT | CONTINUED, "9999"), code(FIRST, "00")].concat();
    let mut ssi = pushed(&long);
    assert_eq!(records(&mut ssi), ["999900"]);
    assert_eq!(answers(&mut ssi), [ACK, ACK, ACK]);
}

#[test]
fn a_packet_whose_first_copy_was_lost_is_used() {
    let mut ssi = pushed(&[code(CONTINUED, "9999"), code(RESENT, "00")].concat());
    assert_eq!(records(&mut ssi), ["999900"]);
}

#[test]
fn a_code_first_sent_before_the_line_was_opened_is_acknowledged_and_nobodys() {
    let mut ssi = pushed(&[code(RESENT, "999901"), code(FIRST, "999900")].concat());
    assert_eq!(records(&mut ssi), ["999900"]);
    assert_eq!(answers(&mut ssi), [ACK, ACK]);

    let mut ssi = pushed(&[code(RESENT | CONTINUED, "9999"), code(FIRST, "01"), code(FIRST, "999900")].concat());
    assert_eq!(records(&mut ssi), ["999900"]);
}

#[test]
fn packets_of_one_code_are_put_together_with_or_without_a_type_in_each() {
    let typed = [code(CONTINUED, "9999"), code(FIRST, "00")].concat();
    let bare = [code(CONTINUED, "9999"), packet(0xF3, FIRST, b"00")].concat();
    for stream in [typed, bare] {
        assert_eq!(records(&mut pushed(&stream)), ["999900"]);
    }
}

#[test]
fn noise_before_between_and_after_packets_takes_none_with_it() {
    let noise = [0x00, 0xFF, 0x80, 0x1B, 0x10, 0xFE, 0x00, 0x05, 0xF3];
    let stream = [&noise[..], &code(FIRST, "1"), &noise, &code(FIRST, "2"), &noise].concat();
    let mut ssi = pushed(&stream);
    let mut all = records(&mut ssi);
    let mut ssi = polled(ssi);
    all.extend(records(&mut ssi));
    assert_eq!(all, ["1", "2"]);
}

#[test]
fn a_packet_inside_what_looked_like_a_longer_one_is_found_when_the_line_falls_silent() {
    let mut ssi = pushed(&[&[0xFF, 0xF3, 0x00, 0x00], code(FIRST, "999900").as_slice()].concat());
    assert_eq!(records(&mut ssi), Vec::<String>::new());
    let mut ssi = polled(ssi);
    assert_eq!(records(&mut ssi), ["999900"]);
    assert_eq!(answers(&mut ssi), [ACK], "nothing is missing, so nothing is asked for");
}

#[test]
fn other_packets_are_acknowledged_and_answers_are_not() {
    for opcode in [0xF6, 0xA4, 0xC6] {
        assert_eq!(answers(&mut pushed(&packet(opcode, FIRST, &[1]))), [ACK], "{opcode:02X}");
    }
    for answer in [packet(0xD0, FIRST, &[]), packet(0xD1, FIRST, &[2])] {
        assert_eq!(answers(&mut pushed(&answer)), Vec::<Vec<u8>>::new());
    }
}

#[test]
fn parts_too_far_apart_are_never_put_together_and_the_next_code_is_read() {
    let mut ssi = pushed(&code(CONTINUED, "half of one card, "));
    ssi.push(&code(FIRST, "all of another"), Uptime::from_millis(1_001));
    assert_eq!(records(&mut ssi), Vec::<String>::new(), "nobody knows whose it is");
    ssi.push(&code(FIRST, "999900"), Uptime::from_millis(1_500));
    assert_eq!(records(&mut ssi), ["999900"]);

    let mut ssi = pushed(&code(CONTINUED, "half of one card, "));
    ssi.poll(Uptime::from_millis(5_000));
    ssi.push(&code(FIRST, "999900"), Uptime::from_millis(5_001));
    assert_eq!(records(&mut ssi), ["999900"], "forgotten by then");
}

#[test]
fn a_code_too_long_is_reported_once_and_acknowledged_to_its_end() {
    let mut stream = Vec::new();
    for _ in 0..30 {
        stream.extend(packet(0xF3, CONTINUED, &[b'x'; 240]));
    }
    stream.extend(packet(0xF3, FIRST, &[b'x'; 240]));
    stream.extend(code(FIRST, "999900"));
    let mut ssi = pushed(&stream);
    assert_eq!(records(&mut ssi), ["overrun", "999900"]);
    assert_eq!(answers(&mut ssi).len(), 32);
}

#[test]
fn nothing_of_a_code_is_in_a_debug_text() {
    let ssi = pushed(&[code(FIRST, "999901"), code(CONTINUED, "999902"), b"\x20\xF3\x00999903".to_vec()].concat());
    assert!(!format!("{ssi:?}").contains("9999"));
}

struct Zebra {
    engine: Shared<VirtualSsiScanner>,
    scanner: LinkScanner<MemoryLink<VirtualSsiScanner>>,
}

impl Zebra {
    fn new() -> Self {
        let engine = Shared::new(VirtualSsiScanner::new(Delivery::AtOnce));
        let scanner = driver(MemoryLink::new(engine.clone()), Family::ZebraSsi, Pauses::USUAL);
        Self { engine, scanner }
    }

    fn scan(&mut self, payload: &[u8]) -> Option<Vec<u8>> {
        self.engine.with(|engine| engine.present(payload));
        self.next()
    }

    fn next(&mut self) -> Option<Vec<u8>> {
        let until = self.scanner.now() + Duration::from_secs(10);
        self.scanner.next_scan(until).unwrap().map(|scan| scan.as_bytes().to_vec())
    }
}

/// As long as a health insurance card's code.
fn long_code() -> Vec<u8> {
    (0..700).map(|place| b'0' + u8::try_from(place % 10).unwrap()).collect()
}

#[test]
fn a_long_code_survives_damage_and_lost_answers_on_the_wire() {
    for (damaged, lost) in [(0, 0), (1, 0), (2, 0), (0, 1), (0, 2), (1, 1)] {
        let mut zebra = Zebra::new();
        zebra.engine.with(|engine| {
            engine.damage(damaged);
            engine.lose_answers(lost);
        });
        assert_eq!(zebra.scan(&long_code()).as_ref(), Some(&long_code()), "{damaged} damaged, {lost} lost");
        assert_eq!(zebra.next(), None, "one code is one record");
        zebra.engine.with(|engine| {
            assert_eq!((engine.codes_sent(), engine.codes_given_up()), (1, 0));
            assert!(engine.packets_resent() >= damaged.max(lost));
        });
    }
}

#[test]
fn a_long_code_with_its_type_in_each_packet_is_the_same_record() {
    let mut zebra = Zebra::new();
    zebra.engine.with(VirtualSsiScanner::repeat_type);
    assert_eq!(zebra.scan(&long_code()), Some(long_code()));
}

#[test]
fn a_code_the_wire_never_lets_through_whole_is_given_up_and_the_next_one_is_read() {
    let mut zebra = Zebra::new();
    zebra.engine.with(|engine| engine.damage(3));
    assert_eq!(zebra.scan(b"999900000001"), None);
    assert_eq!(zebra.engine.with(|engine| engine.codes_given_up()), 1);
    assert_eq!(zebra.scan(b"999900000002").as_deref(), Some(&b"999900000002"[..]));
}

#[test]
fn the_longest_symbol_comes_whole() {
    let longest = vec![b'x'; SCAN_BYTES_MAX];
    assert_eq!(Zebra::new().scan(&longest), Some(longest));
}

proptest! {
    #[test]
    fn cutting_the_stream_elsewhere_changes_neither_records_nor_answers(
        texts in proptest::collection::vec("[ -~]{1,60}", 1..5),
        junk in proptest::collection::vec(any::<u8>(), 0..4),
        cuts in proptest::collection::vec(1usize..9, 0..60),
    ) {
        let stream: Vec<u8> =
            texts.iter().flat_map(|text| [junk.clone(), code(FIRST, text)].concat()).collect();
        let mut whole = polled(pushed(&stream));
        let mut pieces = Ssi::new(Pauses::USUAL);
        let mut rest = &stream[..];
        for cut in cuts.into_iter().chain([usize::MAX]) {
            let (now, later) = rest.split_at(cut.min(rest.len()));
            pieces.push(now, Uptime::ZERO);
            rest = later;
        }
        let mut pieces = polled(pieces);
        prop_assert_eq!(records(&mut pieces), records(&mut whole));
        prop_assert_eq!(answers(&mut pieces), answers(&mut whole));
    }

    #[test]
    fn any_bytes_give_bounded_results_and_end_with_silence(bytes in proptest::collection::vec(any::<u8>(), 0..4_000)) {
        let mut ssi = polled(pushed(&bytes));
        prop_assert!(records(&mut ssi).len() <= bytes.len());
        prop_assert!(answers(&mut ssi).len() <= bytes.len() + 1);
        ssi.poll(Uptime::from_millis(60_000));
        prop_assert_eq!(ssi.wake(), None);
    }
}
