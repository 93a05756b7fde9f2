//! Who has a number and holds up the card again is asked about it before another is given.

#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

use e2e_tests::database::numbers;
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
    // Touched, the number is shown as it is, and printed again when that is asked for: the same number, and no other.
    hospital.touches_first_ticket().unwrap();
    hospital.sees(&["number-held"]).unwrap();
    assert_eq!(hospital.papers().unwrap().len(), 1, "nothing is printed unasked");
    hospital.prints_again().unwrap();
    assert_eq!(hospital.number_shown().unwrap(), ("number-take".to_owned(), "A-001".to_owned()));
    let papers: Vec<Option<String>> = vec![Some("A-001".to_owned()); 2];
    assert_eq!(hospital.papers().unwrap(), papers);
    assert_eq!(numbers(&hospital.stack.database(), "waiting").unwrap(), ["A-001"]);
}
