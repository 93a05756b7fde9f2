//! Who has a number and holds up the card again is shown it, and gets no second one.

#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

use std::time::Duration;

use e2e_tests::{Hospital, card};
use xtask::demo::reading::largest_number;
use xtask::demo::touchscreen::FIRST_TILE;

#[test]
fn who_holds_up_the_card_again_is_shown_the_number_they_have() {
    let hospital = Hospital::without_display().unwrap();
    assert_eq!(hospital.takes_number(&card(1)).unwrap().1, "A-001");
    hospital.leaves().unwrap();
    hospital.hold_up(&card(2));
    hospital.sees(&["choose-service"]).unwrap();
    hospital.hold_up(&card(1));
    hospital.sees(&["choose-ticket"]).unwrap();
    hospital.stack.kiosk_screen().touch(FIRST_TILE).unwrap();
    let held = hospital.stack.kiosk_screen().wait_for(&["number-held"], Duration::from_secs(30), |_| true).unwrap();
    assert_eq!(largest_number(&held.grey()).as_deref(), Some("A-001"));
}
