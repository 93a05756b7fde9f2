//! The shipped driver on the virtual scanners, on a wire in memory.

use std::time::Duration;

use crate::bench::{Bench, Engine, MAKES, driver, slow, word};
use device_sim::memory::MemoryLink;
use device_sim::scanner::{Delivery, Trigger, VirtualScanner, VirtualSsiScanner};
use device_sim::wire::Shared;
use kiosk_hal::contract::scanner;
use kiosk_hal::link::ByteLink;
use kiosk_hal::scanner::{Scan, ScanError, Scanner};
use kiosk_hal::uptime::Uptime;
use qr_scanner::decoder::Pauses;
use qr_scanner::{Action, Family, LinkScanner};

fn in_memory() -> (Shared<VirtualScanner>, MemoryLink<VirtualScanner>) {
    let engine = Shared::new(VirtualScanner::new(Delivery::AtOnce));
    (engine.clone(), MemoryLink::new(engine))
}

/// A driver on an engine behind a wire in memory.
fn bench<E: Engine>(family: Family, engine: E) -> Bench<LinkScanner<MemoryLink<E>>, E> {
    let engine = Shared::new(engine);
    let scanner = driver(MemoryLink::new(engine.clone()), family, Pauses::USUAL);
    Bench {
        scanner,
        engine,
        word: word(family),
        slow: slow(family),
        pull: Box::new(|engine| engine.with(Engine::pull_out)),
    }
}

fn with(scanner: impl Scanner, engine: Shared<VirtualScanner>) -> Bench<impl Scanner, VirtualScanner> {
    Bench { scanner, engine, word: "Mẫu", slow: 9_600, pull: Box::new(|engine| engine.with(Engine::pull_out)) }
}

#[test]
fn the_driver_of_each_family_on_a_wire_in_memory_is_a_scanner() {
    for (family, make) in MAKES {
        scanner::holds(&mut bench(family, VirtualScanner::of(make, Delivery::AtOnce)));
    }
    scanner::holds(&mut bench(Family::ZebraSsi, VirtualSsiScanner::new(Delivery::AtOnce)));
}

#[test]
fn without_any_terminator_silence_is_the_end_of_a_code() {
    let (engine, link) = in_memory();
    engine.with(|engine| engine.set_suffix(b""));
    let mut scanner = LinkScanner::new(link);
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
    let mut scanner = LinkScanner::new(link);
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
    let mut scanner = LinkScanner::new(link);
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
fn an_engine_in_command_mode_reads_between_its_commands_and_its_answers_are_no_codes() {
    let commanded = [Family::Gm65, Family::Honeywell, Family::Newland];
    for (family, make) in MAKES.into_iter().filter(|(family, _)| commanded.contains(family)) {
        let mut engine = VirtualScanner::of(make, Delivery::AtOnce);
        engine.set_trigger(Trigger::Command);
        let mut bench = bench(family, engine);
        obeys_its_commands(&mut bench);
        assert_eq!(bench.engine.with(|engine| engine.unknown_commands()), 0, "{family}");
    }
    let mut engine = VirtualSsiScanner::new(Delivery::AtOnce);
    engine.set_trigger(Trigger::Command);
    let mut bench = bench(Family::ZebraSsi, engine);
    obeys_its_commands(&mut bench);
    assert_eq!(bench.engine.with(|engine| engine.unknown_commands()), 0);
}

fn obeys_its_commands<E: Engine>(bench: &mut Bench<LinkScanner<MemoryLink<E>>, E>) {
    let next = |scanner: &mut LinkScanner<_>| {
        let until = scanner.now() + Duration::from_millis(500);
        scanner.next_scan(until).unwrap().map(|scan| scan.as_bytes().to_vec())
    };
    let tell = |scanner: &mut LinkScanner<_>, action| {
        let until = scanner.now() + Duration::from_millis(500);
        scanner.command(action, until).unwrap();
    };
    tell(&mut bench.scanner, Action::Start);
    tell(&mut bench.scanner, Action::Stop);
    bench.show(Delivery::AtOnce, &[b"999900000001"]);
    assert_eq!(next(&mut bench.scanner), None, "it does not look");
    tell(&mut bench.scanner, Action::Start);
    assert_eq!(next(&mut bench.scanner).as_deref(), Some(&b"999900000001"[..]));
    assert_eq!(next(&mut bench.scanner), None);
}

#[test]
fn a_family_without_commands_says_so() {
    let (_engine, link) = in_memory();
    let mut scanner = LinkScanner::new(link);
    let until = scanner.now() + Duration::from_secs(1);
    let refused = scanner.command(Action::Start, until).unwrap_err();
    assert_eq!(refused.to_string(), "engines of the family plain have no command for this");
}

#[test]
fn a_scanner_that_is_plugged_in_again_reads_on() {
    let (engine, link) = in_memory();
    let mut scanner = LinkScanner::new(link);
    engine.with(VirtualScanner::unplug);
    let until = scanner.now() + Duration::from_secs(1);
    assert!(matches!(scanner.next_scan(until), Err(ScanError::Link(_))));

    engine.with(VirtualScanner::replug);
    let mut scanner = LinkScanner::new(MemoryLink::new(engine.clone()));
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
    scanner::holds(&mut with(ReadIsRecord(link), engine));
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
    scanner::holds(&mut with(Impatient(LinkScanner::new(link)), engine));
}
