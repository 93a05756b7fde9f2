//! A waiting-room display that comes late, goes away, or loses the service shows the right board again.

#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

use e2e_tests::{Hospital, SCREEN_WITHIN, card};
use queue_protocol::model::RoomId;
use queue_protocol::v1::CallNextReply;
use xtask::demo::reading::largest_number;

fn shows(hospital: &Hospital, number: &str) {
    let says_it = |frame: &xtask::demo::touchscreen::Frame| {
        frame.title == "board" && largest_number(&frame.grey()).as_deref() == Some(number)
    };
    hospital.stack.display_screen().wait_for(number, SCREEN_WITHIN, says_it).unwrap();
}

fn call(hospital: &Hospital) -> String {
    let rooms = ["p201", "p202", "p203", "p204", "p205", "p206"];
    let called = rooms.iter().find_map(|room| match hospital.stack.queue().call_next(&RoomId::new(*room).unwrap()) {
        Ok(CallNextReply::Called { call }) => Some(call.number.to_string()),
        Ok(CallNextReply::NobodyWaiting) | Err(_) => None,
    });
    called.unwrap()
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
