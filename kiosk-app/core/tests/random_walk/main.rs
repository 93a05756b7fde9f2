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
mod planted;
mod rng;
mod visit_world;

use planted::{Planted, Slip};
use visit_world::{Tally, walk};

/// Worlds walked; each holds [`visit_world::PATIENTS`] visits, one after another.
const WORLDS: u64 = 2_600;

#[test]
fn twenty_thousand_visits_keep_every_promise() {
    let mut tally = Tally::default();
    for seed in 0..WORLDS {
        match walk(seed, Planted::none) {
            Ok(world) => tally.add(&world),
            Err(broken) => panic!("seed {seed}: {broken}"),
        }
    }
    assert!(tally.visits >= 20_000, "{tally:?}");
    // The walk has been where it claims: each of these is thousands when it works.
    for (what, count) in tally.reached() {
        assert!(count >= 200, "{what} was reached {count} times only: {tally:?}");
    }
}

/// The seeds within which a broken session must be caught.
const SEEDS_TO_CATCH: u64 = 300;

fn caught(slip: Slip) -> String {
    let breaks = move |seed| walk(seed, move || Planted::with(slip)).err().map(|broken| broken.to_string());
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
