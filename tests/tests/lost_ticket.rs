//! Who has a number and holds up the card again is asked about it before another is given.

#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

use e2e_tests::{Hospital, card};

#[test]
fn who_holds_up_the_card_again_is_asked_about_the_number_they_have() {
    let hospital = Hospital::without_display().unwrap();
    assert_eq!(hospital.takes_number(&card(1)).unwrap().1, "A-001");
    hospital.leaves().unwrap();
    hospital.hold_up(&card(2));
    hospital.sees(&["choose-service"]).unwrap();
    hospital.hold_up(&card(1));
    hospital.sees(&["choose-ticket"]).unwrap();
}
