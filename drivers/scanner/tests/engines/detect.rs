//! Asking an engine for its family, and what the questions do to the engines of the others.

use std::time::Duration;

use crate::bench::MAKES;
use device_sim::memory::MemoryLink;
use device_sim::scanner::{Delivery, Make, Trigger, VirtualScanner, VirtualSsiScanner};
use device_sim::wire::Shared;
use kiosk_hal::link::{ByteLink, LinkError};
use kiosk_hal::scanner::Scanner;
use qr_scanner::ask::AskError;
use qr_scanner::decoder::Pauses;
use qr_scanner::detect::{ANSWER_WAIT, detect, detect_wait};
use qr_scanner::gm65::{self, Mode};
use qr_scanner::{Family, LineFamily, LinkScanner, connect};

fn serial(make: Make) -> (Shared<VirtualScanner>, MemoryLink<VirtualScanner>) {
    let engine = Shared::new(VirtualScanner::of(make, Delivery::AtOnce));
    (engine.clone(), MemoryLink::new(engine))
}

fn found(link: &mut impl ByteLink) -> Result<Option<Family>, LinkError> {
    let until = link.now() + detect_wait(ANSWER_WAIT);
    detect(link, ANSWER_WAIT, until)
}

/// The next record, read as `family`.
fn next(link: impl ByteLink, family: Family) -> Option<Vec<u8>> {
    let mut scanner = LinkScanner::of(link, family, None, Pauses::USUAL).unwrap();
    let until = scanner.now() + Duration::from_secs(1);
    scanner.next_scan(until).unwrap().map(|scan| scan.as_bytes().to_vec())
}

#[test]
fn each_engine_that_answers_is_found_and_the_others_are_left_as_they_were() {
    for (family, make) in MAKES.into_iter().filter(|(family, _)| !matches!(family, Family::HidPos | Family::Keyboard)) {
        let (engine, mut link) = serial(make);
        let expected = (family != Family::Plain).then_some(family);
        let before = engine.with(|engine| (engine.mode_register(), engine.trigger()));
        assert_eq!(found(&mut link).unwrap(), expected, "{family}");
        let after = engine.with(|engine| (engine.mode_register(), engine.trigger()));
        assert_eq!((before, engine.with(|engine| engine.saves())), (after, 0), "{family}: no setting was touched");

        engine.with(|engine| engine.present(b"999900000001"));
        assert_eq!(next(link, family).as_deref(), Some(&b"999900000001"[..]), "{family}: reads on");
    }
}

#[test]
fn no_question_makes_an_engine_in_command_mode_look() {
    for (family, make) in MAKES {
        let (engine, mut link) = serial(make);
        engine.with(|engine| {
            engine.set_trigger(Trigger::Command);
            engine.present(b"999900000001");
        });
        found(&mut link).unwrap();
        assert_eq!(engine.with(|engine| engine.codes_waiting()), 1, "{family}");
    }
}

#[test]
fn a_zebra_in_ssi_is_found_and_reads_on() {
    let engine = Shared::new(VirtualSsiScanner::new(Delivery::AtOnce));
    let mut link = MemoryLink::new(engine.clone());
    assert_eq!(found(&mut link).unwrap(), Some(Family::ZebraSsi));
    engine.with(|engine| engine.present(b"999900000001"));
    assert_eq!(next(link, Family::ZebraSsi).as_deref(), Some(&b"999900000001"[..]));
}

#[test]
fn the_questions_of_the_others_leave_a_zebra_enabled_and_quiet() {
    let engine = Shared::new(VirtualSsiScanner::new(Delivery::AtOnce));
    engine.with(|engine| {
        engine.silent();
        engine.set_trigger(Trigger::Command);
    });
    let mut link = MemoryLink::new(engine.clone());
    assert_eq!(found(&mut link).unwrap(), None);
    engine.with(|engine| {
        assert!(!engine.is_disabled());
        engine.set_trigger(Trigger::Always);
        engine.present(b"999900000001");
    });
    assert_eq!(next(link, Family::ZebraSsi).as_deref(), Some(&b"999900000001"[..]));
}

#[test]
fn a_silent_engine_is_nobody_and_the_asking_ends_at_its_deadline() {
    let (engine, mut link) = serial(Make::Gm65);
    engine.with(VirtualScanner::silent);
    let start = link.now();
    assert_eq!(found(&mut link).unwrap(), None);
    assert!(link.now() <= start + detect_wait(ANSWER_WAIT));
    let until = link.now() + Duration::from_millis(50);
    assert_eq!(detect(&mut link, ANSWER_WAIT, until).unwrap(), None);
    assert!(link.now() <= until);
}

#[test]
fn a_card_lying_there_is_no_answer() {
    let (engine, mut link) = serial(Make::Plain);
    engine.with(|engine| engine.lay_down(b"999900000001", Duration::from_millis(60)));
    assert_eq!(found(&mut link).unwrap(), None);
}

#[test]
fn a_line_is_read_as_what_was_chosen_or_as_what_answers() {
    let chosen = [
        (Make::Gm65, "auto", Family::Gm65),
        (Make::Plain, "auto", Family::Plain),
        (Make::Gm65, "honeywell", Family::Honeywell),
    ];
    for (make, choice, family) in chosen {
        let (_engine, link) = serial(make);
        assert_eq!(connect(link, choice.parse().unwrap(), Pauses::USUAL).unwrap().family(), family);
    }
    let refused = "hid-pos".parse::<LineFamily>().unwrap_err();
    assert!(refused.to_string().contains("named by their link"), "{refused}");
    assert!("zebra".parse::<LineFamily>().is_err());
}

#[test]
fn an_unplugged_line_is_gone() {
    let (engine, mut link) = serial(Make::Gm65);
    engine.with(VirtualScanner::unplug);
    assert!(matches!(found(&mut link), Err(LinkError::Gone)));
}

#[test]
fn the_mode_of_a_gm65_is_set_and_kept_and_its_lights_stay_as_they_were() {
    let (engine, mut link) = serial(Make::Gm65);
    let before = engine.with(|engine| engine.mode_register()).unwrap();
    for (mode, bits, trigger) in [
        (Mode::Command, 1, Trigger::Command),
        (Mode::Sensing, 3, Trigger::Always),
        (Mode::Continuous, 2, Trigger::Always),
    ] {
        let until = link.now() + Duration::from_secs(3);
        gm65::set_mode(&mut link, mode, until).unwrap();
        let register = engine.with(|engine| engine.mode_register()).unwrap();
        assert_eq!((register & 0b11, register >> 2), (bits, before >> 2));
        assert_eq!(engine.with(|engine| engine.trigger()), trigger);
    }
    assert_eq!(engine.with(|engine| engine.saves()), 3);
}

#[test]
fn an_engine_of_another_family_is_not_set() {
    let (_engine, mut link) = serial(Make::Honeywell);
    let until = link.now() + Duration::from_secs(30);
    assert!(matches!(gm65::set_mode(&mut link, Mode::Command, until), Err(AskError::NoAnswer)));
}
