//! The kiosk is killed in the middle of a visit and started again: the service manager hears that it is ready, and what
//! was open in the journal is settled.

#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

use std::os::unix::net::UnixDatagram;
use std::time::{Duration, Instant};

use e2e_tests::database::numbers;
use e2e_tests::{Hospital, card};

/// Until something is heard of a program that starts, on a slow and busy machine.
const SOON: Duration = Duration::from_secs(60);

fn hears(manager: &UnixDatagram, wanted: &str) -> bool {
    let mut text = [0; 256];
    let mut told = || manager.recv(&mut text).map(|count| String::from_utf8_lossy(&text[..count]).into_owned()).ok();
    std::iter::from_fn(&mut told).take(1_000).any(|text| text == wanted)
}

#[test]
fn a_killed_kiosk_is_ready_again_with_its_journal_settled() {
    let mut hospital = Hospital::without_display().unwrap();
    hospital.hold_up(&card(1));
    hospital.sees(&["choose-service"]).unwrap();
    // The number is asked for and never shown: the request is open when the power goes.
    hospital.stack.network.delay(Duration::from_secs(5));
    hospital.touches_first_service().unwrap();
    hospital.sees(&["issuing"]).unwrap();
    hospital.stack.kill_kiosk();
    hospital.stack.network.delay(Duration::ZERO);

    let socket = hospital.stack.journal().with_file_name("notify");
    let manager = UnixDatagram::bind(&socket).unwrap();
    manager.set_read_timeout(Some(SOON)).unwrap();
    let begun = Instant::now();
    hospital.stack.start_supervised_kiosk(&socket, Duration::from_millis(600)).unwrap();
    assert!(hears(&manager, "READY=1"));
    println!("from the start of the program to READY=1: {} ms", begun.elapsed().as_millis());
    assert!(hears(&manager, "WATCHDOG=1"), "it makes progress and says so");
    hospital.sees(&["welcome"]).unwrap();
    hospital.settles().unwrap();
    assert_eq!(numbers(&hospital.stack.database(), "waiting").unwrap(), [""; 0]);
    println!("to a settled journal: {} ms", begun.elapsed().as_millis());
}
