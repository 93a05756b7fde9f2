//! What the virtual scanners of each make put on the wire, and what they make of commands.
#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

use std::time::Duration;

use device_sim::memory::MemoryLink;
use device_sim::scanner::{
    Delivery, HID_POS_DESCRIPTOR, Make, RESPONSE_MS, SSI_SENDS_MAX, Trigger, VirtualScanner, VirtualSsiScanner,
};
use device_sim::wire::{Device, Shared};
use kiosk_hal::link::ByteLink;

const EVENT_BYTES: usize = 2 * size_of::<usize>() + 8;

/// Everything that arrives in the next second.
fn bytes<D: Device>(link: &mut MemoryLink<D>) -> Vec<u8> {
    let until = link.now() + Duration::from_secs(1);
    let mut all = Vec::new();
    let mut chunk = [0; 512];
    while let Ok(count) = link.read(&mut chunk, until) {
        all.extend_from_slice(&chunk[..count]);
    }
    all
}

fn mounted(make: Make) -> (Shared<VirtualScanner>, MemoryLink<VirtualScanner>) {
    let scanner = Shared::new(VirtualScanner::of(make, Delivery::AtOnce));
    (scanner.clone(), MemoryLink::new(scanner))
}

fn zebra() -> (Shared<VirtualSsiScanner>, MemoryLink<VirtualSsiScanner>) {
    let scanner = Shared::new(VirtualSsiScanner::new(Delivery::AtOnce));
    (scanner.clone(), MemoryLink::new(scanner))
}

/// What is answered to a command.
fn answer<D: Device>(link: &mut MemoryLink<D>, command: &[u8]) -> Vec<u8> {
    let until = link.now() + Duration::from_secs(1);
    link.write(command, until).unwrap();
    bytes(link)
}

#[test]
fn a_gm65_stops_looking_when_it_is_told_to() {
    let (scanner, mut link) = mounted(Make::Gm65);
    scanner.with(|it| it.set_trigger(Trigger::Command));
    let accepted = [0x02, 0x00, 0x00, 0x01, 0x00, 0x33, 0x31];
    assert_eq!(answer(&mut link, &[0x7E, 0, 8, 1, 0, 2, 1, 0xAB, 0xCD]), accepted);
    assert_eq!(answer(&mut link, &[0x7E, 0, 8, 1, 0, 2, 0, 0xAB, 0xCD]), accepted);
    scanner.with(|it| it.present(b"999900000001"));
    assert_eq!(bytes(&mut link), b"");
}

#[test]
fn a_gm65_tells_its_mode_register() {
    let (_scanner, mut link) = mounted(Make::Gm65);
    let told = answer(&mut link, &[0x7E, 0, 7, 1, 0, 0, 1, 0xAB, 0xCD]);
    assert_eq!(told[..5], [0x02, 0x00, 0x00, 0x01, 0xD6]);
    assert_eq!(told.len(), 7);
}

#[test]
fn a_honeywell_obeys_its_trigger_and_names_itself() {
    let (scanner, mut link) = mounted(Make::Honeywell);
    scanner.with(|it| {
        it.set_trigger(Trigger::Command);
        it.present(b"999900000001");
    });
    assert_eq!(answer(&mut link, b"\x16U\r"), b"");
    assert_eq!(answer(&mut link, b"\x16T\r"), b"999900000001\r");
    assert!(answer(&mut link, b"\x16M\rREVINF.").ends_with(b"\x06."));
    assert_eq!(answer(&mut link, b"\x16M\rNOSUCH."), b"NOSUCH\x05.");
    assert_eq!(scanner.with(|it| it.unknown_commands()), 1);
}

#[test]
fn a_newland_answers_with_the_command_and_its_result() {
    let (scanner, mut link) = mounted(Make::Newland);
    scanner.with(|it| it.set_trigger(Trigger::Command));
    assert_eq!(answer(&mut link, b"~\x010000#SCNTRG1;\x03"), b"\x02\x010000#SCNTRG1\x06;\x03");
    assert_eq!(answer(&mut link, b"~\x010000#NOSUCH;\x03"), b"\x02\x010000#NOSUCH\x05;\x03");
    scanner.with(|it| it.present(b"999900000001"));
    assert_eq!(bytes(&mut link), b"999900000001\r");
}

#[test]
fn a_hid_pos_scanner_fills_reports_of_64_bytes() {
    let (scanner, mut link) = mounted(Make::HidPos);
    scanner.with(|it| it.present(&[b'x'; 60]));
    let said = bytes(&mut link);
    assert_eq!(said.len(), 128);
    assert_eq!((said[..5].to_vec(), said[63]), (b"\x02\x38]Q1".to_vec(), 1));
    assert_eq!((said[64..69].to_vec(), said[127]), (b"\x02\x04]Q1".to_vec(), 0));
    assert_eq!(HID_POS_DESCRIPTOR[..2], [0x05, 0x8C], "the Bar Code Scanner page");
}

#[test]
fn a_keyboard_scanner_presses_and_releases_and_drops_what_no_key_types() {
    let (scanner, mut link) = mounted(Make::Keyboard);
    scanner.with(|it| {
        it.set_suffix(b"");
        it.present("aẫ".as_bytes());
    });
    let said = bytes(&mut link);
    let keys: Vec<(u16, i32)> = said
        .chunks(EVENT_BYTES)
        .map(|event| event[EVENT_BYTES - 8..].to_vec())
        .filter(|event| u16::from_ne_bytes([event[0], event[1]]) == 1)
        .map(|event| (u16::from_ne_bytes([event[2], event[3]]), i32::from(event[4])))
        .collect();
    assert_eq!(keys, [(30, 1), (30, 0)]);
}

#[test]
fn a_zebra_sends_again_until_it_gives_up() {
    let (scanner, mut link) = zebra();
    scanner.with(|it| it.present(b"1"));
    let first = bytes(&mut link);
    assert_eq!(first, [0x06, 0xF3, 0x00, 0x00, 0x1C, b'1', 0xFE, 0xBA]);
    link.idle(Duration::from_millis(RESPONSE_MS) * 5);
    let again = bytes(&mut link);
    assert_eq!(again.len(), (SSI_SENDS_MAX - 1) * first.len());
    assert!(again.chunks(first.len()).all(|packet| packet[3] == 1), "with the bit for another time");
    scanner.with(|it| assert_eq!((it.codes_sent(), it.codes_given_up(), it.packets_resent()), (0, 1, 2)));
}

#[test]
fn a_zebra_takes_an_acknowledgement_and_sends_on_a_refusal_at_once() {
    let (scanner, mut link) = zebra();
    scanner.with(|it| it.present(b"1"));
    bytes(&mut link);
    let again = answer(&mut link, &[0x05, 0xD1, 0x04, 0x00, 0x01, 0xFF, 0x25]);
    assert_eq!(again[..5], [0x06, 0xF3, 0x00, 0x01, 0x1C]);
    assert_eq!(answer(&mut link, &[0x04, 0xD0, 0x04, 0x00, 0xFF, 0x28]), b"");
    assert_eq!(scanner.with(|it| it.codes_sent()), 1);
}

#[test]
fn a_zebra_obeys_sessions_and_refuses_what_it_does_not_know() {
    let (scanner, mut link) = zebra();
    scanner.with(|it| it.set_trigger(Trigger::Command));
    let acknowledged = [0x04, 0xD0, 0x00, 0x00, 0xFF, 0x2C];
    assert_eq!(answer(&mut link, &[0x04, 0xE4, 0x04, 0x00, 0xFF, 0x14]), acknowledged);
    assert_eq!(answer(&mut link, &[0x04, 0xEA, 0x04, 0x00, 0xFF, 0x0E]), acknowledged);
    assert!(scanner.with(|it| it.is_disabled()));
    assert_eq!(answer(&mut link, &[0x04, 0x77, 0x04, 0x00, 0xFF, 0x81])[1], 0xD1);
    assert_eq!(answer(&mut link, &[0x04, 0xE4, 0x04, 0x00, 0xFF, 0x15])[1], 0xD1, "a wrong checksum");
}

#[test]
fn no_debug_text_shows_a_payload() {
    let (scanner, _link) = zebra();
    scanner.with(|it| it.present(b"999900000001"));
    assert!(!scanner.with(|it| format!("{it:?}")).contains("9999"));
}
