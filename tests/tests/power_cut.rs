//! `kill -9` of the kiosk at any step: every number is shown or taken back, and none is issued twice.

#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

use std::thread;
use std::time::Duration;

use e2e_tests::database::tickets;
use e2e_tests::{Hospital, card};

/// After which screen, and how long after it, the power goes.
const CUTS: &[(&str, u64)] = &[
    ("choose-service", 0),
    ("touched", 0),
    ("touched", 2),
    ("touched", 5),
    ("touched", 10),
    ("touched", 20),
    ("touched", 40),
    ("touched", 80),
    ("touched", 160),
    ("number-printing", 0),
    ("number-printing", 300),
    ("number-take", 0),
];

#[test]
fn the_power_goes_at_any_step_and_no_number_is_lost_or_doubled() {
    let mut hospital = Hospital::without_display().unwrap();
    let mut shown: Vec<String> = Vec::new();
    for (place, (screen, wait_ms)) in CUTS.iter().enumerate() {
        hospital.hold_up(&card(u8::try_from(place).unwrap()));
        hospital.sees(&["choose-service"]).unwrap();
        if *screen != "choose-service" {
            hospital.touches_first_service().unwrap();
        }
        if screen.starts_with("number") {
            hospital.sees(&[screen]).unwrap();
        }
        // Not a wait for something to happen: it is where in the visit the power goes.
        thread::sleep(Duration::from_millis(*wait_ms));
        hospital.stack.kill_kiosk();
        shown.extend(hospital.journal().iter().filter_map(|line| line.strip_suffix(" shown")).map(str::to_owned));

        hospital.stack.start_kiosk().unwrap();
        hospital.sees(&["welcome"]).unwrap();
        hospital.settles().unwrap();
        let lost: Vec<_> = tickets(&hospital.stack.database())
            .unwrap()
            .into_iter()
            .filter(|ticket| ticket.state != "voided" && !shown.contains(&ticket.request))
            .collect();
        assert!(lost.is_empty(), "power cut {wait_ms} ms after {screen}: nobody saw {lost:?}");
        let void = tickets(&hospital.stack.database())
            .unwrap()
            .into_iter()
            .find(|ticket| ticket.state == "voided" && shown.contains(&ticket.request));
        assert_eq!(void, None, "power cut {wait_ms} ms after {screen}: a number that was shown is void");
    }
    assert_eq!(hospital.takes_number(&card(90)).unwrap().0, "number-take");
}
