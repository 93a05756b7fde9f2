//! The framer by itself: bytes and moments in, records out.

use std::time::Duration;

use kiosk_hal::scanner::SCAN_BYTES_MAX;
use kiosk_hal::uptime::Uptime;
use proptest::prelude::*;
use qr_scanner::decoder::Decoder;
use qr_scanner::framing::{Framer, IDLE_GAP, STALE_AFTER};
use qr_scanner::gm65::ACKNOWLEDGEMENT;
use qr_scanner::record::{Framed, REPEAT_WINDOW};

/// What came out, as text; an overrun is "overrun".
fn results(framer: &mut Framer) -> Vec<String> {
    std::iter::from_fn(|| framer.next())
        .map(|framed| match framed {
            Framed::Record(scan) => String::from_utf8_lossy(scan.as_bytes()).into_owned(),
            Framed::Overrun => "overrun".to_owned(),
            Framed::LettersLost => "letters lost".to_owned(),
        })
        .collect()
}

fn framed(bytes: &[u8]) -> Vec<String> {
    let mut framer = Framer::new();
    framer.push(bytes, Uptime::ZERO);
    framer.poll(Uptime::ZERO + IDLE_GAP);
    results(&mut framer)
}

#[test]
fn each_terminator_ends_a_record_once() {
    for end in ["\r", "\n", "\r\n", "\t", "\0", "\u{3}", "\u{3}\r\n", ""] {
        assert_eq!(framed(format!("999900{end}").as_bytes()), ["999900"], "{end:?}");
    }
}

#[test]
fn marks_around_a_record_are_removed() {
    assert_eq!(framed(b"\x02999900\x03"), ["999900"]);
    assert_eq!(framed(b"]Q1999900\r"), ["999900"]);
    assert_eq!(framed(b"]Q1\r"), Vec::<String>::new());
    assert_eq!(framed(b"\x02]Q1999900\x03\r\n"), ["999900"]);
}

#[test]
fn the_engines_acknowledgement_is_removed_wherever_it_stands() {
    let with = |before: &str, after: &str| [before.as_bytes(), &ACKNOWLEDGEMENT, after.as_bytes()].concat();
    assert_eq!(framed(&with("", "999900\r")), ["999900"]);
    assert_eq!(framed(&with("999900\r", "")), ["999900"]);
    assert_eq!(framed(&with("9999", "00\r")), ["999900"]);
    assert_eq!(framed(&[&ACKNOWLEDGEMENT[..], &ACKNOWLEDGEMENT[..], b"999900\r"].concat()), ["999900"]);
}

#[test]
fn what_only_begins_like_an_acknowledgement_is_data() {
    assert_eq!(framed(b"\x02\x00\x00\x01\x00999900\r"), ["\u{1}", "999900"]);
    assert_eq!(framed(&[&ACKNOWLEDGEMENT[..6], b"\x02999900\r"].concat()), ["\u{1}", "3", "999900"]);
}

#[test]
fn newlands_replies_are_removed_and_codes_around_them_stay() {
    let reply = b"\x02\x010000#SCNTRG1\x06;\x03";
    assert_eq!(framed(&[b"999901\r", &reply[..], b"999900\r"].concat()), ["999901", "999900"]);
}

#[test]
fn an_acknowledgement_split_over_reads_is_still_removed() {
    let mut framer = Framer::new();
    framer.push(&ACKNOWLEDGEMENT[..4], Uptime::ZERO);
    framer.push(&ACKNOWLEDGEMENT[4..], Uptime::from_millis(5));
    framer.push(b"999900\r", Uptime::from_millis(6));
    assert_eq!(results(&mut framer), ["999900"]);
}

#[test]
fn silence_ends_a_record_and_a_shorter_pause_does_not() {
    let mut framer = Framer::new();
    framer.push(b"9999", Uptime::ZERO);
    assert_eq!(framer.wake(), Some(Uptime::ZERO + IDLE_GAP));
    framer.poll(Uptime::from_millis(79));
    framer.push(b"00", Uptime::from_millis(79));
    assert_eq!(results(&mut framer), Vec::<String>::new());
    framer.poll(Uptime::from_millis(79) + IDLE_GAP);
    assert_eq!(results(&mut framer), ["999900"]);
    assert_eq!(framer.wake(), None);
}

#[test]
fn a_line_with_longer_pauses_keeps_its_records_whole() {
    let mut framer = Framer::with_idle_gap(Duration::from_secs(2));
    framer.push(b"9999", Uptime::ZERO);
    framer.poll(Uptime::from_millis(1_900));
    framer.push(b"00", Uptime::from_millis(1_900));
    framer.poll(Uptime::from_millis(3_900));
    assert_eq!(results(&mut framer), ["999900"]);
}

#[test]
fn a_stalled_reader_splits_no_record_and_a_forgotten_half_spoils_none() {
    let mut framer = Framer::new();
    framer.push(b"9999", Uptime::ZERO);
    framer.push(b"00\r", Uptime::from_millis(300));
    assert_eq!(results(&mut framer), ["999900"]);

    framer.push(b"half", Uptime::from_millis(400));
    framer.push(b"whole\r", Uptime::from_millis(400) + STALE_AFTER);
    assert_eq!(results(&mut framer), ["half", "whole"]);
}

#[test]
fn a_card_held_before_the_window_is_one_scan_until_it_was_away() {
    let mut framer = Framer::new();
    let mut at = Uptime::ZERO;
    for _ in 0..10 {
        framer.push(b"999900\r", at);
        at = at + Duration::from_millis(500);
    }
    assert_eq!(results(&mut framer), ["999900"]);
    framer.push(b"999900\r", at + REPEAT_WINDOW);
    assert_eq!(results(&mut framer), ["999900"]);
}

#[test]
fn another_card_in_between_is_no_repetition() {
    assert_eq!(framed(b"1\r2\r1\r"), ["1", "2", "1"]);
}

#[test]
fn a_record_too_long_is_reported_once_and_the_next_one_read() {
    let long = vec![b'x'; 3 * SCAN_BYTES_MAX];
    assert_eq!(framed(&[&long[..], b"\r999900\r"].concat()), ["overrun", "999900"]);
    let one_more = vec![b'x'; SCAN_BYTES_MAX + 1];
    assert_eq!(framed(&[&one_more[..], b"\r999900\r"].concat()), ["overrun", "999900"]);
}

#[test]
fn a_record_too_long_without_terminator_ends_with_silence() {
    let mut framer = Framer::new();
    framer.push(&vec![b'x'; 2 * SCAN_BYTES_MAX], Uptime::ZERO);
    framer.poll(Uptime::ZERO + IDLE_GAP);
    framer.push(b"999900\r", Uptime::from_millis(200));
    assert_eq!(results(&mut framer), ["overrun", "999900"]);
}

#[test]
fn the_longest_symbol_fits_with_and_without_its_mark() {
    let longest = vec![b'x'; SCAN_BYTES_MAX];
    for mark in [&b""[..], b"]Q1"] {
        let got = framed(&[mark, &longest, b"\r"].concat());
        assert_eq!(got.iter().map(String::len).collect::<Vec<_>>(), [SCAN_BYTES_MAX]);
    }
}

#[test]
fn line_noise_is_no_record_and_any_readable_text_is() {
    assert_eq!(framed(b"\x00\xFF\x80\x1B\x10\xFE\x00999900\r"), ["999900"]);
    assert_eq!(framed("ổ\r".as_bytes()), ["ổ"]);
    assert_eq!(framed(b"||||||\r"), ["||||||"]);
}

#[test]
fn nothing_of_a_record_is_in_a_debug_text() {
    let mut framer = Framer::new();
    framer.push(b"999900\r999901", Uptime::ZERO);
    assert!(!format!("{framer:?}").contains("9999"));
}

proptest! {
    #[test]
    fn cutting_the_stream_elsewhere_changes_no_record(
        records in proptest::collection::vec("[ -~]{1,30}", 0..6),
        acknowledged in any::<bool>(),
        cuts in proptest::collection::vec(1usize..9, 0..60),
    ) {
        let stream: Vec<u8> = records
            .iter()
            .flat_map(|record| [if acknowledged { &ACKNOWLEDGEMENT[..] } else { b"" }, record.as_bytes(), b"\r\n"].concat())
            .collect();
        let whole = framed(&stream);
        let mut framer = Framer::new();
        let mut rest = &stream[..];
        for cut in cuts.into_iter().chain([usize::MAX]) {
            let (now, later) = rest.split_at(cut.min(rest.len()));
            framer.push(now, Uptime::ZERO);
            rest = later;
        }
        framer.poll(Uptime::ZERO + IDLE_GAP);
        prop_assert_eq!(results(&mut framer), whole);
    }

    #[test]
    fn any_bytes_give_bounded_results(bytes in proptest::collection::vec(any::<u8>(), 0..8_000)) {
        let mut framer = Framer::new();
        framer.push(&bytes, Uptime::ZERO);
        framer.poll(Uptime::ZERO + IDLE_GAP);
        prop_assert!(results(&mut framer).len() <= bytes.len());
        prop_assert_eq!(framer.wake(), None);
    }
}
