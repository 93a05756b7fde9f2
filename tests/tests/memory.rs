//! Nothing of a patient is left in the kiosk's memory when the visit is over.

#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

use e2e_tests::memory::{Found, find};
use e2e_tests::{Hospital, card, eventually};

/// Letters and digits that occur nowhere else. The masked name on screen keeps the first and the last word.
const CARD: &str = "001049999977||VŨ THỊ XUÂN QUỲNH ANH|02031949|Nữ|Ngõ 1234, Đường Vô Danh, Xã Tưởng Tượng|01012022";
const NAME: &str = "VŨ THỊ XUÂN QUỲNH ANH";
const PERSONAL: [&str; 5] = ["001049999977", NAME, "XUÂN QUỲNH", "Ngõ 1234", "Xã Tưởng Tượng"];

fn in_kiosk(hospital: &Hospital) -> Vec<Found> {
    find(hospital.stack.kiosk_pid().unwrap(), &PERSONAL).unwrap()
}

fn found(needle: &str, all: &[Found]) -> bool {
    all.iter().any(|found| found.needle == needle)
}

#[test]
fn a_visit_leaves_nothing_of_its_patient_in_memory() {
    let hospital = Hospital::without_display().unwrap();
    assert_eq!(in_kiosk(&hospital), [], "before anybody came");
    hospital.hold_up(CARD.as_bytes());
    hospital.sees(&["choose-service"]).unwrap();
    let during = in_kiosk(&hospital);
    for needle in PERSONAL {
        assert!(found(needle, &during), "the finder does not see {needle} during the visit");
    }
    hospital.touches_first_service().unwrap();
    hospital.sees(&["number-take"]).unwrap();
    hospital.leaves().unwrap();
    // What the scanner's reader keeps to drop repeats goes some seconds later; time alone wipes it.
    let mut left = Vec::new();
    let gone = eventually("the patient to be forgotten", || {
        left = in_kiosk(&hospital);
        Ok(left.is_empty())
    });
    assert!(gone.is_ok(), "left behind: {left:#?}");

    // The next patient finds a kiosk that works, and the finder a process that lives.
    hospital.takes_number(&card(1)).unwrap();
}
