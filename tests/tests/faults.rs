//! Faults of paper and network: nobody is turned away for them, and no number is lost or doubled.

#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

use e2e_tests::database::{numbers, tickets};
use e2e_tests::{Hospital, card, eventually};

#[test]
fn no_paper_still_gives_the_number_and_a_new_roll_the_next_ticket() {
    let hospital = Hospital::without_display().unwrap();
    hospital.stack.printer.with(|printer| printer.paper_out());
    hospital.sees(&["welcome-limited"]).unwrap();
    let (screen, number) = hospital.takes_number(&card(1)).unwrap();
    assert_eq!((screen.as_str(), number.as_str()), ("number-write-down", "A-001"));
    assert_eq!(numbers(&hospital.stack.database(), "waiting").unwrap(), ["A-001"]);
    hospital.leaves().unwrap();

    hospital.stack.printer.with(|printer| printer.load_paper());
    hospital.sees(&["welcome"]).unwrap();
    assert_eq!(hospital.takes_number(&card(2)).unwrap(), ("number-take".into(), "A-002".into()));
    assert_eq!(hospital.papers().unwrap(), [Some("A-002".into())], "nothing of the first ticket came out");
}

#[test]
fn a_roll_that_ends_in_the_middle_of_a_ticket_shows_nobody_half_of_it() {
    let hospital = Hospital::without_display().unwrap();
    hospital.stack.printer.with(|printer| printer.paper_left_mm(30));
    let (screen, number) = hospital.takes_number(&card(1)).unwrap();
    assert_eq!((screen.as_str(), number.as_str()), ("number-write-down", "A-001"));
    hospital.leaves().unwrap();

    // Whoever loads the roll gets the stump cut off; what was still to come of that ticket never comes.
    hospital.stack.printer.with(|printer| printer.load_paper());
    hospital.sees(&["welcome"]).unwrap();
    eventually("the stump to be cut off", || Ok(hospital.papers()?.len() == 1)).unwrap();
    hospital.stack.printer.with(|printer| printer.take_papers());
    assert_eq!(hospital.takes_number(&card(2)).unwrap(), ("number-take".into(), "A-002".into()));
    assert_eq!(hospital.papers().unwrap(), [Some("A-002".into())], "one clean ticket for the next patient");
}

#[test]
fn a_printer_that_loses_power_in_the_middle_still_gives_the_number() {
    let hospital = Hospital::without_display().unwrap();
    hospital.stack.printer.with(|printer| printer.power_cut_after(9_000));
    let (screen, number) = hospital.takes_number(&card(1)).unwrap();
    assert_eq!((screen.as_str(), number.as_str()), ("number-write-down", "A-001"));
}

#[test]
fn a_lost_reply_gives_the_same_number_and_not_a_second_one() {
    let hospital = Hospital::without_display().unwrap();
    hospital.hold_up(&card(1));
    hospital.sees(&["choose-service"]).unwrap();
    hospital.stack.network.lose_next_reply_to(b"POST /v1/tickets");
    hospital.touches_first_service().unwrap();
    hospital.sees(&["number-take"]).unwrap();
    let stored = tickets(&hospital.stack.database()).unwrap();
    assert_eq!(stored.len(), 1, "{stored:?}");
    assert_eq!(stored[0].state, "waiting");
}

#[test]
fn a_scanner_unplugged_and_plugged_in_again_reads_on() {
    let hospital = Hospital::without_display().unwrap();
    hospital.stack.scanner_wire.unplug();
    hospital.sees(&["welcome-limited"]).unwrap();
    hospital.stack.scanner_wire.replug();
    hospital.sees(&["welcome"]).unwrap();
    assert_eq!(hospital.takes_number(&card(1)).unwrap().0, "number-take");
}

#[test]
fn a_printer_unplugged_and_plugged_in_again_prints_on() {
    let hospital = Hospital::without_display().unwrap();
    hospital.stack.printer_wire.unplug();
    hospital.sees(&["welcome-limited"]).unwrap();
    assert_eq!(hospital.takes_number(&card(1)).unwrap(), ("number-write-down".into(), "A-001".into()));
    hospital.leaves().unwrap();
    hospital.stack.printer_wire.replug();
    hospital.sees(&["welcome"]).unwrap();
    assert_eq!(hospital.takes_number(&card(2)).unwrap(), ("number-take".into(), "A-002".into()));
    assert_eq!(hospital.papers().unwrap(), [Some("A-002".into())]);
}
