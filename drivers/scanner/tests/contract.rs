//! The shipped driver on the virtual scanner, on a wire in memory.

use std::time::Duration;

use device_sim::memory::MemoryLink;
use device_sim::scanner::{Delivery, VirtualScanner};
use device_sim::wire::Shared;
use kiosk_hal::contract::scanner::{self, Manner, ScannerBench};
use kiosk_hal::link::ByteLink;
use kiosk_hal::scanner::{Scan, ScanError, Scanner};
use kiosk_hal::uptime::Uptime;
use qr_scanner::SerialScanner;

/// The driver under test and the lever board of the engine it talks to.
struct Bench<S> {
    scanner: S,
    engine: Shared<VirtualScanner>,
}

impl<S: Scanner> ScannerBench for Bench<S> {
    type Scanner = S;

    fn scanner(&mut self) -> &mut S {
        &mut self.scanner
    }

    fn present(&mut self, payload: &[u8], manner: Manner) {
        let delivery = match manner {
            Manner::AtOnce => Delivery::AtOnce,
            Manner::Split => Delivery::Split { at: 5, gap: Duration::from_millis(40) },
            Manner::Slow => Delivery::Baud(9_600),
            Manner::Noisy => Delivery::Noisy,
        };
        self.engine.with(|engine| {
            engine.set_delivery(delivery);
            engine.present(payload);
        });
    }

    fn present_two(&mut self, first: &[u8], second: &[u8]) {
        self.engine.with(|engine| {
            engine.set_delivery(Delivery::Merged);
            engine.present(first);
            engine.present(second);
        });
    }

    fn present_overlong(&mut self, bytes: usize) {
        self.engine.with(|engine| {
            engine.set_delivery(Delivery::Overlong { bytes });
            engine.present(b"x");
        });
    }

    fn unplug(&mut self) {
        self.engine.with(VirtualScanner::unplug);
    }
}

fn in_memory() -> (Shared<VirtualScanner>, MemoryLink<VirtualScanner>) {
    let engine = Shared::new(VirtualScanner::new(Delivery::AtOnce));
    (engine.clone(), MemoryLink::new(engine))
}

#[test]
fn the_driver_on_a_wire_in_memory_is_a_scanner() {
    let (engine, link) = in_memory();
    scanner::holds(&mut Bench { scanner: SerialScanner::new(link), engine });
}

#[test]
fn without_any_terminator_silence_is_the_end_of_a_code() {
    let (engine, link) = in_memory();
    engine.with(|engine| engine.set_suffix(b""));
    let mut scanner = SerialScanner::new(link);
    for payload in [b"999900000001", b"999900000002"] {
        engine.with(|engine| engine.present(payload));
        let until = scanner.now() + Duration::from_secs(1);
        let scan = scanner.next_scan(until).unwrap().expect("a record");
        assert_eq!(scan.as_bytes(), payload);
    }
}

#[test]
fn a_card_left_lying_is_one_scan_and_does_not_keep_out_the_next_card() {
    let (engine, link) = in_memory();
    let mut scanner = SerialScanner::new(link);
    engine.with(|engine| engine.lay_down(b"999900000001", Duration::from_millis(500)));
    let first = scanner.now() + Duration::from_secs(1);
    assert_eq!(scanner.next_scan(first).unwrap().expect("a record").as_bytes(), b"999900000001");
    let minutes = scanner.now() + Duration::from_secs(300);
    assert!(scanner.next_scan(minutes).unwrap().is_none(), "read again while it lies there");
    assert!(engine.with(|engine| engine.codes_sent()) > 500, "the engine did read it again");

    engine.with(VirtualScanner::withdraw);
    engine.with(|engine| engine.present(b"999900000002"));
    let next = scanner.now() + Duration::from_secs(1);
    assert_eq!(scanner.next_scan(next).unwrap().expect("a record").as_bytes(), b"999900000002");
}

#[test]
fn a_code_cut_short_spoils_no_other() {
    let (engine, link) = in_memory();
    let mut scanner = SerialScanner::new(link);
    let mut records = Vec::new();
    for (delivery, payload) in [(Delivery::Half, b"999900000001"), (Delivery::AtOnce, b"999900000002")] {
        engine.with(|engine| {
            engine.set_delivery(delivery);
            engine.present(payload);
        });
        let until = scanner.now() + Duration::from_secs(1);
        let scan = scanner.next_scan(until).unwrap().expect("a record");
        records.push(scan.as_bytes().to_vec());
    }
    assert_eq!(records, [&b"999900"[..], b"999900000002"]);
}

#[test]
fn an_engine_in_command_mode_reads_after_its_trigger_and_its_answer_is_no_code() {
    let (engine, link) = in_memory();
    engine.with(|engine| {
        engine.set_trigger(device_sim::scanner::Trigger::Command);
        engine.present(b"999900000001");
    });
    let mut scanner = SerialScanner::new(link);
    let soon = |scanner: &SerialScanner<_>| Scanner::now(scanner) + Duration::from_millis(500);

    let until = soon(&scanner);
    assert!(scanner.next_scan(until).unwrap().is_none(), "it does not look yet");
    let until = soon(&scanner);
    scanner.trigger(until).unwrap();
    let scan = scanner.next_scan(until).unwrap().expect("a record");
    assert_eq!(scan.as_bytes(), b"999900000001");
    assert_eq!(engine.with(|engine| engine.unknown_commands()), 0);
}

#[test]
fn a_scanner_that_is_plugged_in_again_reads_on() {
    let (engine, link) = in_memory();
    let mut scanner = SerialScanner::new(link);
    engine.with(VirtualScanner::unplug);
    let until = scanner.now() + Duration::from_secs(1);
    assert!(matches!(scanner.next_scan(until), Err(ScanError::Link(_))));

    engine.with(VirtualScanner::replug);
    let mut scanner = SerialScanner::new(MemoryLink::new(engine.clone()));
    engine.with(|engine| engine.present(b"999900000001"));
    let until = scanner.now() + Duration::from_secs(1);
    assert!(scanner.next_scan(until).unwrap().is_some());
}

/// A scanner that takes each read for a record, the way a careless driver does.
struct ReadIsRecord<L>(L);

impl<L: ByteLink> Scanner for ReadIsRecord<L> {
    fn now(&self) -> Uptime {
        self.0.now()
    }

    fn next_scan(&mut self, until: Uptime) -> Result<Option<Scan>, ScanError> {
        let mut chunk = [0; 256];
        match self.0.read(&mut chunk, until) {
            Ok(count) => Ok(Scan::new(chunk[..count].trim_ascii_end().to_vec())),
            Err(kiosk_hal::link::LinkError::TimedOut) => Ok(None),
            Err(cause) => Err(ScanError::Link(cause)),
        }
    }
}

#[test]
#[should_panic(expected = "scanner: one code is one record, untouched (Split)")]
fn the_contract_finds_a_driver_that_takes_each_read_for_a_record() {
    let (engine, link) = in_memory();
    scanner::holds(&mut Bench { scanner: ReadIsRecord(link), engine });
}

/// The shipped driver behind a wrapper that gives up early.
struct Impatient<S>(S);

impl<S: Scanner> Scanner for Impatient<S> {
    fn now(&self) -> Uptime {
        self.0.now()
    }

    fn next_scan(&mut self, _until: Uptime) -> Result<Option<Scan>, ScanError> {
        let at_once = self.0.now();
        self.0.next_scan(at_once)
    }
}

#[test]
#[should_panic(expected = "scanner: no call gives up before its deadline")]
fn the_contract_finds_a_driver_that_gives_up_early() {
    let (engine, link) = in_memory();
    scanner::holds(&mut Bench { scanner: Impatient(SerialScanner::new(link)), engine });
}
