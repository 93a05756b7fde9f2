//! A random walk through many visits with everything going wrong, and the promises of the visit as its oracle.
//!
//! `visit_world` is the kiosk's surroundings (disk, queue service, printer, patients) with delays, losses and power
//! cuts; `oracle` checks every step; `planted` are sessions broken on purpose, each of which the walk must catch.

#![allow(
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    reason = "a test may fail by panicking and look at one case only"
)]

mod oracle;
mod patients;
mod people;
mod planted;
mod queue_service;
mod rng;
mod tally;
mod world;

use planted::{Planted, Slip};
use tally::{EVERYWHERE, Tally};
use world::{Length, walk};

/// Worlds walked; each holds some visits of few people, who therefore come again.
const WORLDS: u64 = 2_600;
const SHORT: Length = Length { visits: 8, people: 6 };
/// One world without a break: what a kiosk sees in weeks.
const SOAK: Length = Length { visits: 10_000, people: 400 };

#[test]
fn twenty_thousand_visits_keep_every_promise() {
    let mut tally = Tally::default();
    for seed in 0..WORLDS {
        match walk(seed, SHORT, Planted::none) {
            Ok(world) => tally.add(&world),
            Err(broken) => panic!("seed {seed}: {broken}"),
        }
    }
    assert!(tally.visits >= 20_000, "{tally:?}");
    // The walk has been where it claims.
    for what in EVERYWHERE {
        assert!(tally.of(what) >= 200, "{what} was reached {} times only: {tally:?}", tally.of(what));
    }
}

#[test]
fn a_soak_of_ten_thousand_visits_ends_with_every_number_shown_printed_or_voided() {
    let tally = walk(2_026, SOAK, Planted::none).unwrap_or_else(|broken| panic!("{broken}"));
    assert_eq!(tally.visits, SOAK.visits);
    for what in ["paper", "void", "power cut", "late reply", "lost reply", "disk failure", "offline number"] {
        assert!(tally.of(what) >= 10, "{what} was reached {} times only: {tally:?}", tally.of(what));
    }
}

/// The seeds within which a broken session must be caught.
const SEEDS_TO_CATCH: u64 = WORLDS;

fn caught(slip: Slip) -> String {
    let breaks = move |seed| walk(seed, SHORT, move || Planted::with(slip)).err().map(|broken| broken.to_string());
    (0..SEEDS_TO_CATCH).find_map(breaks).unwrap_or_else(|| panic!("{slip:?} was not caught"))
}

#[test]
fn a_session_that_takes_any_reply_for_its_own_is_caught() {
    assert!(caught(Slip::AnyReplyIsMine).contains("another patient's number"));
}

#[test]
fn a_session_that_forgets_to_void_is_caught() {
    assert!(caught(Slip::NeverVoids).contains("neither shown nor voided"));
}

#[test]
fn a_session_that_sends_before_the_disk_has_it_is_caught() {
    assert!(caught(Slip::SendsBeforeRecorded).contains("before its id was on disk"));
}

#[test]
fn a_session_without_time_outs_is_caught() {
    assert!(caught(Slip::IgnoresTime).contains("no way back to Welcome"));
}

#[test]
fn a_session_that_prints_over_a_job_on_its_way_is_caught() {
    assert!(caught(Slip::PrintsOverAJob).contains("while a job was on its way"));
}

#[test]
fn a_session_that_prints_before_the_number_is_safe_is_caught() {
    assert!(caught(Slip::PrintsBeforeRecorded).contains("printed before"));
}

#[test]
fn a_session_that_takes_any_tickets_for_its_patients_is_caught() {
    assert!(caught(Slip::AnyTicketsAreMine).contains("another patient's"));
}

#[test]
fn a_session_that_marks_no_reprint_is_caught() {
    assert!(caught(Slip::ReprintsAsFirstPaper).contains("before its showing was on disk"));
}

#[test]
fn a_session_that_takes_any_chip_for_its_patients_is_caught() {
    assert!(caught(Slip::AnyChipIsMine).contains("not of the card held up last"));
}

#[test]
fn a_session_that_lets_a_chip_be_read_for_nobody_is_caught() {
    assert!(caught(Slip::NeverStopsTheChip).contains("reading"));
}

#[test]
fn a_session_that_keeps_one_patients_priority_for_the_next_is_caught() {
    assert!(caught(Slip::KeepsPriority).contains("has not declared"));
}
