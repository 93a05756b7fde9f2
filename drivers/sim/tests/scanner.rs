//! The virtual scanner's promises, on the wire in memory.

use std::time::Duration;

use device_sim::memory::MemoryLink;
use device_sim::scanner::{CODES_MAX, Delivery, Trigger, VirtualScanner};
use device_sim::wire::{Device, Shared};
use kiosk_hal::link::{ByteLink, LinkError};
use kiosk_hal::uptime::Uptime;

const TRIGGER: [u8; 9] = [0x7E, 0x00, 0x08, 0x01, 0x00, 0x02, 0x01, 0xAB, 0xCD];
const ACCEPTED: [u8; 7] = [0x02, 0x00, 0x00, 0x01, 0x00, 0x33, 0x31];

fn mounted(delivery: Delivery) -> (Shared<VirtualScanner>, MemoryLink<VirtualScanner>) {
    let scanner = Shared::new(VirtualScanner::new(delivery));
    (scanner.clone(), MemoryLink::new(scanner))
}

/// Everything that arrives in the next second, with the moment of each read.
fn reads(link: &mut impl ByteLink) -> Vec<(Uptime, Vec<u8>)> {
    let until = link.now() + Duration::from_secs(1);
    let mut all = Vec::new();
    let mut chunk = [0; 512];
    while let Ok(count) = link.read(&mut chunk, until) {
        all.push((link.now(), chunk[..count].to_vec()));
    }
    all
}

fn bytes(link: &mut impl ByteLink) -> Vec<u8> {
    reads(link).into_iter().flat_map(|(_, bytes)| bytes).collect()
}

#[test]
fn a_code_arrives_with_its_suffix() {
    let (scanner, mut link) = mounted(Delivery::AtOnce);
    scanner.with(|it| it.present(b"999900000001"));
    assert_eq!(bytes(&mut link), b"999900000001\r");
    scanner.with(|it| {
        it.set_suffix(b"\r\n");
        it.present(b"2");
    });
    assert_eq!(bytes(&mut link), b"2\r\n");
}

#[test]
fn a_slow_line_takes_the_time_of_its_rate() {
    let (scanner, mut link) = mounted(Delivery::Baud(9_600));
    scanner.with(|it| it.present(&[b'1'; 95]));
    let reads = reads(&mut link);
    assert_eq!(reads.len(), 96);
    assert_eq!(reads.last().unwrap().0.since_start().as_millis(), 99);
}

#[test]
fn a_split_code_comes_in_two_reads_a_gap_apart() {
    let gap = Duration::from_millis(40);
    let (scanner, mut link) = mounted(Delivery::Split { at: 3, gap });
    scanner.with(|it| it.present(b"abcdef"));
    let reads = reads(&mut link);
    assert_eq!(reads[0], (Uptime::ZERO, b"abc".to_vec()));
    assert_eq!(reads[1], (Uptime::from_millis(40), b"def\r".to_vec()));
}

#[test]
fn bytewise_means_one_byte_a_read() {
    let (scanner, mut link) = mounted(Delivery::Bytewise { gap: Duration::from_millis(2) });
    scanner.with(|it| it.present(b"abc"));
    assert!(reads(&mut link).iter().all(|(_, bytes)| bytes.len() == 1));
}

#[test]
fn merged_codes_wait_for_each_other_and_come_in_one_read() {
    let (scanner, mut link) = mounted(Delivery::Merged);
    scanner.with(|it| it.present(b"one"));
    assert_eq!(bytes(&mut link), b"");
    scanner.with(|it| it.present(b"two"));
    assert_eq!(reads(&mut link)[0].1, b"one\rtwo\r");
}

#[test]
fn half_a_code_has_no_suffix() {
    let (scanner, mut link) = mounted(Delivery::Half);
    scanner.with(|it| it.present(b"abcdef"));
    assert_eq!(bytes(&mut link), b"abc");
}

#[test]
fn noise_comes_before_the_code_and_overlong_codes_keep_their_suffix() {
    let (scanner, mut link) = mounted(Delivery::Noisy);
    scanner.with(|it| it.present(b"abc"));
    let noisy = bytes(&mut link);
    assert!(noisy.len() > 4 && noisy.ends_with(b"abc\r"));
    scanner.with(|it| {
        it.set_delivery(Delivery::Overlong { bytes: 5_000 });
        it.present(b"abc");
    });
    let overlong = bytes(&mut link);
    assert_eq!(overlong.len(), 5_001);
    assert_eq!(overlong.last(), Some(&b'\r'));
}

#[test]
fn a_triggered_engine_answers_before_the_code_and_reads_one_code_a_trigger() {
    let (scanner, mut link) = mounted(Delivery::AtOnce);
    scanner.with(|it| {
        it.set_trigger(Trigger::Command);
        it.present(b"one");
        it.present(b"two");
    });
    assert_eq!(bytes(&mut link), b"");
    let until = link.now() + Duration::from_millis(10);
    link.write(&TRIGGER, until).unwrap();
    assert_eq!(bytes(&mut link), [&ACCEPTED, b"one\r".as_slice()].concat());
    assert_eq!(scanner.with(|it| it.codes_waiting()), 1);
}

#[test]
fn a_trigger_lapses() {
    let (scanner, mut link) = mounted(Delivery::AtOnce);
    scanner.with(|it| it.set_trigger(Trigger::Command));
    link.write(&TRIGGER, Uptime::from_millis(10)).unwrap();
    link.idle(Duration::from_secs(6));
    scanner.with(|it| it.present(b"late"));
    assert_eq!(bytes(&mut link), ACCEPTED);
}

#[test]
fn the_mode_register_turns_command_mode_on_and_off() {
    let (scanner, mut link) = mounted(Delivery::AtOnce);
    link.write(&[0x7E, 0, 8, 1, 0, 0, 1, 0xAB, 0xCD], Uptime::from_millis(1)).unwrap();
    assert_eq!(scanner.with(|it| it.trigger()), Trigger::Command);
    link.write(&[0x7E, 0, 8, 1, 0, 0, 2, 0xAB, 0xCD], Uptime::from_millis(1)).unwrap();
    assert_eq!(scanner.with(|it| it.trigger()), Trigger::Always);
    link.write(b"?", Uptime::from_millis(1)).unwrap();
    assert_eq!(scanner.with(|it| it.unknown_commands()), 1);
}

#[test]
fn an_unplugged_scanner_is_gone_until_plugged_in() {
    let (scanner, mut link) = mounted(Delivery::AtOnce);
    scanner.with(|it| {
        it.present(b"lost");
        it.unplug();
        it.present(b"unseen");
    });
    let mut chunk = [0; 8];
    assert!(matches!(link.read(&mut chunk, Uptime::from_millis(50)), Err(LinkError::Gone)));
    let failed = link.write(&TRIGGER, Uptime::from_millis(50)).unwrap_err();
    assert!(matches!((failed.written, failed.cause), (0, LinkError::Gone)));
    scanner.with(|it| {
        it.replug();
        it.present(b"back");
    });
    assert_eq!(bytes(&mut MemoryLink::new(scanner)), b"back\r");
}

#[test]
fn codes_beyond_the_limit_are_missed_not_kept() {
    let mut scanner = VirtualScanner::new(Delivery::AtOnce);
    (0..CODES_MAX + 3).for_each(|_| scanner.present(b"1"));
    assert_eq!((scanner.codes_waiting(), scanner.codes_missed()), (CODES_MAX, 3));
}

#[test]
fn random_commands_never_panic() {
    let mut random = fastrand::Rng::with_seed(0x5EED);
    let mut scanner = VirtualScanner::new(Delivery::AtOnce);
    for round in 0..2_000 {
        let noise: Vec<u8> = (0..32).map(|_| if random.u8(..4) == 0 { 0x7E } else { random.u8(..0x10) }).collect();
        scanner.receive(&noise, Uptime::from_millis(round));
        assert!(scanner.transmit(Uptime::from_millis(round)).len() < 4_096);
    }
}

#[test]
fn debug_shows_no_payload() {
    let mut scanner = VirtualScanner::new(Delivery::AtOnce);
    scanner.present(b"\x07\x07");
    assert!(!format!("{scanner:?}").contains("7, 7"));
}
