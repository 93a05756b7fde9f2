//! Worlds that are wired wrongly on purpose: the promises catch each within a thousand seeds.

#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

use world::slip::Slip;

/// Most seeds until a slip must be caught.
const SEEDS_MAX: u64 = 1_000;

fn is_caught(slip: Slip) {
    let caught = world::caught(slip, 0..SEEDS_MAX, 1).unwrap();
    assert!(caught.is_some(), "{slip:?} is not caught within {SEEDS_MAX} seeds");
}

#[test]
fn a_service_that_forgets_which_requests_it_has_answered_is_caught() {
    is_caught(Slip::ForgetsRequests);
}

#[test]
fn a_service_day_of_utc_is_caught() {
    is_caught(Slip::UtcDay);
}

#[test]
fn a_display_that_loses_an_event_is_caught() {
    is_caught(Slip::LosesAnEvent);
}

#[test]
fn a_kiosk_that_prints_again_without_a_word_is_caught() {
    is_caught(Slip::PrintsAgain);
}

#[test]
fn a_kiosk_that_sends_before_the_disk_has_it_is_caught() {
    is_caught(Slip::SendsBeforeDisk);
}

#[test]
fn a_kiosk_that_forgets_what_to_take_back_is_caught() {
    is_caught(Slip::ForgetsVoids);
}

#[test]
fn provisional_numbers_told_without_their_age_are_caught() {
    is_caught(Slip::ForgetsAges);
}

#[test]
fn a_hand_over_under_other_requests_is_caught() {
    is_caught(Slip::HandsOverAnew);
}

#[test]
fn a_press_that_gets_a_new_id_with_each_retry_is_caught() {
    is_caught(Slip::PressesAnew);
}

#[test]
fn a_screen_that_is_not_cleared_is_caught() {
    is_caught(Slip::KeepsTheScreen);
}

#[test]
fn a_priority_line_that_always_goes_first_is_caught() {
    is_caught(Slip::StrictPriority);
}

#[test]
fn the_answer_of_another_visit_is_caught() {
    is_caught(Slip::MixesReplies);
}
