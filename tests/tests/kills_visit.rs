//! `kill -9` of the kiosk, of the service or of both between any two steps of a visit: every number that was seen or
//! printed is in the queue, once, and every other one is void.
//!
//! Each step is a place where the visit can be held: the wire to the service is silent, or loses the answers to one kind
//! of request. So a kill hits exactly there, however fast the machine is.

#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

use device_sim::network::Cut;
use e2e_tests::account::Account;
use e2e_tests::database::{numbers, tickets};
use e2e_tests::{Hospital, card, eventually};

/// How far the visit has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    /// Nobody is there.
    Welcome,
    /// The card was read; nothing is on disk.
    CardRead,
    /// The request is on disk and has not reached the service.
    Requested,
    /// The number is in the store; the answer has not reached the kiosk.
    Issued,
    /// The number is on screen and on disk as shown; the paper is on its way.
    Shown,
    /// The paper is out.
    Printed,
    /// The patient has gone.
    Left,
    /// The kiosk has issued by itself; the service does not know.
    Provisional,
    /// The service has the kiosk's own number; the kiosk does not know that.
    HandedOver,
    /// A late number was taken back in the store; the kiosk does not know that.
    Voided,
}

const STEPS: [Step; 10] = [
    Step::Welcome,
    Step::CardRead,
    Step::Requested,
    Step::Issued,
    Step::Shown,
    Step::Printed,
    Step::Left,
    Step::Provisional,
    Step::HandedOver,
    Step::Voided,
];

/// Who is killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Victim {
    Kiosk,
    Service,
    Both,
}

const VICTIMS: [Victim; 3] = [Victim::Kiosk, Victim::Service, Victim::Both];

#[test]
fn a_kill_between_any_two_steps_of_a_visit_loses_no_number_and_doubles_none() {
    // One victim a step here; the long run kills each at each.
    play(STEPS.into_iter().enumerate().map(|(place, step)| (step, VICTIMS[place % VICTIMS.len()])));
}

#[test]
#[ignore = "long run, minutes: cargo test -p e2e-tests --test kills_visit -- --ignored"]
fn every_victim_at_every_step_twice() {
    let once = || STEPS.into_iter().flat_map(|step| VICTIMS.map(|victim| (step, victim)));
    play(once().chain(once()));
}

fn play(kills: impl Iterator<Item = (Step, Victim)>) {
    let mut hospital = Hospital::without_display().unwrap();
    hospital.owns_a_series().unwrap();
    let mut account = Account::default();
    for (place, (step, victim)) in kills.enumerate() {
        come_to(&hospital, step, u8::try_from(place).unwrap());
        account.look(&hospital).unwrap();
        kill(&mut hospital, victim);
        account.read_journal(&hospital);
        hospital.stack.network.lose_no_reply();
        hospital.stack.network.restore();
        revive(&mut hospital, victim);
        if victim == Victim::Service {
            go_on(&hospital, step, &mut account);
        }
        hospital.sees(&["welcome"]).unwrap();
        if let Err(error) = account.balance(&hospital) {
            panic!("{victim:?} killed at {step:?}: {error:#}");
        }
    }
    assert_eq!(hospital.takes_number(&card(90)).unwrap().0, "number-take", "and the next patient gets a ticket");
}

/// Plays a visit up to the end of `step` and holds it there.
fn come_to(hospital: &Hospital, step: Step, serial: u8) {
    let network = &hospital.stack.network;
    let before = tickets(&hospital.stack.database()).unwrap().len();
    let lines = hospital.journal().len();
    if step == Step::Welcome {
        return;
    }
    hospital.hold_up(&card(serial));
    hospital.sees(&["choose-service"]).unwrap();
    match step {
        Step::Welcome | Step::CardRead | Step::Shown | Step::Printed | Step::Left => {}
        Step::Requested => network.cut(Cut::Silence),
        Step::Issued => network.lose_replies_to(b"POST /v1/tickets "),
        Step::Provisional | Step::HandedOver => network.cut(Cut::Refuse),
        // Both: of the number, and of its being taken back.
        Step::Voided => network.lose_replies_to(b"POST /v1/tickets"),
    }
    if step != Step::CardRead {
        hospital.touches_first_service().unwrap();
    }
    let stored_more = || Ok(tickets(&hospital.stack.database())?.len() > before);
    match step {
        Step::Welcome | Step::CardRead => {}
        Step::Requested => eventually("the request on disk", || Ok(hospital.journal().len() > lines)).unwrap(),
        Step::Issued => eventually("the number in the store", stored_more).unwrap(),
        Step::Shown => drop(hospital.sees(&["number-printing", "number-take"]).unwrap()),
        Step::Printed | Step::Provisional => drop(hospital.sees(&["number-take"]).unwrap()),
        Step::Left => {
            hospital.sees(&["number-take"]).unwrap();
            hospital.leaves().unwrap();
        }
        Step::HandedOver => {
            hospital.sees(&["number-take"]).unwrap();
            network.lose_replies_to(b"POST /v1/kiosks/k1/offline-tickets");
            network.restore();
            eventually("the service to have the kiosk's number", stored_more).unwrap();
        }
        Step::Voided => {
            let void = numbers(&hospital.stack.database(), "voided").unwrap().len();
            hospital.sees(&["number-take"]).unwrap();
            let voided = || Ok(numbers(&hospital.stack.database(), "voided")?.len() > void);
            eventually("the late number to be taken back", voided).unwrap();
        }
    }
}

fn kill(hospital: &mut Hospital, victim: Victim) {
    if victim != Victim::Service {
        hospital.stack.kill_kiosk();
    }
    if victim != Victim::Kiosk {
        hospital.stack.kill_service();
    }
}

fn revive(hospital: &mut Hospital, victim: Victim) {
    if victim != Victim::Kiosk {
        hospital.stack.restart_service().unwrap();
    }
    if victim != Victim::Service {
        hospital.stack.start_kiosk().unwrap();
    }
}

/// The patient is still there: with the kiosk alive the visit goes on to its end.
fn go_on(hospital: &Hospital, step: Step, account: &mut Account) {
    match step {
        Step::Welcome | Step::Left => return,
        Step::CardRead => hospital.touches_first_service().unwrap(),
        Step::Requested
        | Step::Issued
        | Step::Shown
        | Step::Printed
        | Step::Provisional
        | Step::HandedOver
        | Step::Voided => {}
    }
    // A ticket that was taken long ago ends its visit by itself.
    if hospital.sees(&["number-take", "number-write-down", "welcome"]).unwrap() != "welcome" {
        account.look(hospital).unwrap();
        hospital.leaves().unwrap();
    }
}
