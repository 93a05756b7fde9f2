//! A waiting-room display that comes late, goes away, or loses the service shows the right board again.

#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

use e2e_tests::{Hospital, SCREEN_WITHIN, card};
use xtask::demo::reading::largest_number;
use xtask::demo::touchscreen::Frame;

fn shows(hospital: &Hospital, number: &str) {
    let says_it = |frame: &Frame| largest_number(&frame.grey()).as_deref() == Some(number);
    hospital.stack.display_screen().wait_for(&["board"], SCREEN_WITHIN, says_it).unwrap();
}

fn call(hospital: &Hospital) -> String {
    hospital.stack.call_somebody().unwrap().number.to_string()
}

#[test]
fn a_display_shows_the_call_however_late_it_comes_and_whatever_restarts() {
    let mut hospital = Hospital::open().unwrap();
    for serial in 1..=3 {
        hospital.takes_number(&card(serial)).unwrap();
        hospital.leaves().unwrap();
    }
    assert_eq!(call(&hospital), "A-001");
    shows(&hospital, "A-001");

    hospital.stack.kill_display();
    assert_eq!(call(&hospital), "A-002");
    hospital.stack.start_display().unwrap();
    shows(&hospital, "A-002");

    hospital.stack.kill_service();
    hospital.stack.display_screen().wait_for_title(&["stale"], SCREEN_WITHIN).unwrap();
    hospital.stack.restart_service().unwrap();
    shows(&hospital, "A-002");
    assert_eq!(call(&hospital), "A-003");
    shows(&hospital, "A-003");
}
