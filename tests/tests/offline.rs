//! The queue service is away: patients get numbers all the same, and are called when it is back.

#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

use std::fs;

use device_sim::network::Cut;
use e2e_tests::database::{numbers, tickets};
use e2e_tests::{Hospital, card, eventually};
use xtask::demo::reading::largest_number;

/// Starts the kiosk and holds up cards until it offers services: it opens its scanner and finds what it knows of the
/// hospital in its first moments.
fn restart_without_the_service(hospital: &mut Hospital) {
    let before = hospital.kiosk_said_times("scanner online");
    hospital.stack.start_kiosk().unwrap();
    let mut serial = 40;
    eventually("the scanner to be open", || Ok(hospital.kiosk_said_times("scanner online") > before)).unwrap();
    let offered = || {
        hospital.hold_up(&card(serial));
        serial += 1;
        let is_offered = hospital.sees(&["choose-service", "apology"])? == "choose-service";
        if !is_offered {
            hospital.leaves()?;
        }
        Ok(is_offered)
    };
    eventually("services to be offered", offered).unwrap();
}

#[test]
fn a_number_issued_while_the_service_is_away_is_called_when_it_is_back() {
    let mut hospital = Hospital::open().unwrap();
    hospital.owns_a_series().unwrap();
    hospital.stack.kill_service();
    let (screen, number) = hospital.takes_number(&card(1)).unwrap();
    assert_eq!((screen.as_str(), number.as_str()), ("number-take", "TA-001"));
    assert_eq!(hospital.papers().unwrap(), [Some("TA-001".into())]);
    hospital.leaves().unwrap();

    // The kiosk loses its power while the service is away: it goes on where it was.
    hospital.stack.kill_kiosk();
    restart_without_the_service(&mut hospital);
    hospital.touches_first_service().unwrap();
    assert_eq!(hospital.number_shown().unwrap().1, "TA-002");
    hospital.leaves().unwrap();

    hospital.stack.restart_service().unwrap();
    let database = hospital.stack.database();
    eventually("both to wait", || Ok(numbers(&database, "waiting")? == ["TA-001", "TA-002"])).unwrap();
    let call = hospital.stack.call_somebody().unwrap();
    assert_eq!((call.number.to_string().as_str(), call.mark.provisional), ("TA-001", true));
    let shown = |frame: &xtask::demo::touchscreen::Frame| largest_number(&frame.grey()).as_deref() == Some("TA-001");
    hospital.stack.display_screen().wait_for(&["board"], e2e_tests::SCREEN_WITHIN, shown).unwrap();
    // Nothing of it is handed over twice, and the service's own numbers go on.
    hospital.sees(&["welcome"]).unwrap();
    assert_eq!(hospital.takes_number(&card(3)).unwrap().1, "A-001");
    assert_eq!(tickets(&database).unwrap().len(), 3);
}

#[test]
fn a_service_that_does_not_answer_gives_a_provisional_number_and_no_second_one() {
    for cut in [Cut::Refuse, Cut::Silence] {
        let hospital = Hospital::without_display().unwrap();
        hospital.owns_a_series().unwrap();
        hospital.hold_up(&card(1));
        hospital.sees(&["choose-service"]).unwrap();
        hospital.stack.network.cut(cut);
        hospital.touches_first_service().unwrap();
        hospital.sees(&["number-take"]).unwrap();
        hospital.stack.network.restore();
        let database = hospital.stack.database();
        eventually("the number to wait", || Ok(numbers(&database, "waiting")? == ["TA-001"])).unwrap();
        hospital.settles().unwrap();
        assert_eq!(numbers(&database, "waiting").unwrap(), ["TA-001"], "{cut:?}");
        hospital.leaves().unwrap();

        // The next patient gets the service's own number, and both wait.
        hospital.sees(&["welcome"]).unwrap();
        assert_eq!(hospital.takes_number(&card(2)).unwrap(), ("number-take".into(), "A-001".into()), "{cut:?}");
        assert_eq!(numbers(&database, "waiting").unwrap(), ["TA-001", "A-001"], "{cut:?}");
    }
}

#[test]
fn a_kiosk_without_a_series_apologises_and_leaves_no_number_behind() {
    let mut hospital = Hospital::without_display().unwrap();
    hospital.owns_a_series().unwrap();
    // Its series is lost, such as with a changed drive. It knows the services still.
    hospital.stack.kill_kiosk();
    hospital.stack.network.cut(Cut::Refuse);
    fs::remove_file(hospital.stack.journal().with_file_name("offline.journal")).unwrap();
    restart_without_the_service(&mut hospital);
    hospital.touches_first_service().unwrap();
    hospital.sees(&["apology"]).unwrap();
    hospital.leaves().unwrap();

    hospital.stack.network.restore();
    hospital.settles().unwrap();
    let database = hospital.stack.database();
    assert_eq!(numbers(&database, "waiting").unwrap(), [""; 0]);
    hospital.sees(&["welcome"]).unwrap();
    assert_eq!(hospital.takes_number(&card(3)).unwrap().0, "number-take");
    assert_eq!(numbers(&database, "waiting").unwrap().len(), 1);
}

#[test]
fn a_number_whose_answer_never_comes_makes_way_for_the_one_on_paper() {
    let hospital = Hospital::without_display().unwrap();
    hospital.owns_a_series().unwrap();
    hospital.hold_up(&card(1));
    hospital.sees(&["choose-service"]).unwrap();
    // The request arrives and a number is issued; no answer comes back while the kiosk asks.
    hospital.stack.network.lose_replies_to(b"POST /v1/tickets ");
    hospital.touches_first_service().unwrap();
    hospital.sees(&["number-take"]).unwrap();
    assert_eq!(hospital.papers().unwrap(), [Some("TA-001".into())]);
    let database = hospital.stack.database();
    assert!(tickets(&database).unwrap().iter().any(|ticket| ticket.number == "A-001"), "the service has issued one");
    hospital.stack.network.lose_no_reply();
    eventually("the number on paper to wait", || Ok(numbers(&database, "waiting")? == ["TA-001"])).unwrap();
    hospital.settles().unwrap();
    assert_eq!(numbers(&database, "waiting").unwrap(), ["TA-001"]);
    assert_eq!(numbers(&database, "voided").unwrap(), ["A-001"], "the late one is taken back and not forgotten");
}
