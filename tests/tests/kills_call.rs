//! `kill -9` of the service, of the display or of both between any two steps of a call: one press calls one number, no
//! number is called twice, and the display shows it.

#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

use std::thread::{self, JoinHandle};

use anyhow::Result;
use device_sim::network::{Cut, Network};
use e2e_tests::database::{calls, numbers};
use e2e_tests::{Hospital, SCREEN_WITHIN, eventually};
use queue_protocol::model::{RequestId, RoomId, ServiceId, Ticket, TicketNumber};
use queue_protocol::v1::{CallNextReply, RoomStep};
use xtask::demo::queue::{Queue, fresh_request};
use xtask::demo::reading::largest_number;
use xtask::demo::touchscreen::Frame;

/// How far the call has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    /// A patient waits; the room has pressed nothing.
    Waiting,
    /// Pressed; the request has not reached the service.
    Pressed,
    /// The call is in the store; the answer has not reached the room.
    Called,
    /// The room has its answer; the display may not have the event.
    Answered,
    /// The display shows the number.
    Shown,
    /// The patient came in; the answer to that has not reached the room.
    Arrived,
    /// The room has finished; the answer to that has not reached the room.
    Finished,
}

const STEPS: [Step; 7] =
    [Step::Waiting, Step::Pressed, Step::Called, Step::Answered, Step::Shown, Step::Arrived, Step::Finished];

/// Who is killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Victim {
    Service,
    Display,
    Both,
}

const VICTIMS: [Victim; 3] = [Victim::Service, Victim::Display, Victim::Both];

#[test]
fn a_kill_between_any_two_steps_of_a_call_calls_one_number_once() {
    play(STEPS.into_iter().enumerate().map(|(place, step)| (step, VICTIMS[place % VICTIMS.len()])));
}

#[test]
#[ignore = "long run, minutes: cargo test -p e2e-tests --test kills_call -- --ignored"]
fn every_victim_at_every_step_of_a_call_twice() {
    let once = || STEPS.into_iter().flat_map(|step| VICTIMS.map(|victim| (step, victim)));
    play(once().chain(once()));
}

/// A room whose wire can be cut.
struct Room {
    id: RoomId,
    network: Network,
    queue: Queue,
}

/// The presses of one call, made once and sent until they are answered.
struct Presses {
    call: RequestId,
    arrive: RequestId,
    finish: RequestId,
}

fn play(kills: impl Iterator<Item = (Step, Victim)>) {
    let mut hospital = Hospital::open().unwrap();
    let id = hospital.stack.rooms().unwrap().remove(0).id;
    let network = Network::new(hospital.stack.service_addr()).unwrap();
    let queue = Queue::new(network.addr(), hospital.stack.queue().into_keys());
    let room = Room { id, network, queue };
    let mut called = Vec::new();
    for (step, victim) in kills {
        let ticket = someone_waits(&hospital);
        let presses = Presses { call: fresh_request(), arrive: fresh_request(), finish: fresh_request() };
        let unanswered = come_to(&hospital, &room, &presses, &ticket, step);
        if victim != Victim::Display {
            hospital.stack.kill_service();
        }
        if victim != Victim::Service {
            hospital.stack.kill_display();
        }
        // What was on the wire is lost with it.
        room.network.cut(Cut::Refuse);
        if let Some(press) = unanswered {
            press.join().unwrap();
        }
        room.network.lose_no_reply();
        room.network.restore();
        if victim != Victim::Display {
            hospital.stack.restart_service().unwrap();
        }
        if victim != Victim::Service {
            hospital.stack.start_display().unwrap();
        }

        let number = ticket.number.to_string();
        called.push(number.clone());
        let at = format!("{victim:?} killed at {step:?}");
        assert_eq!(call(&room, presses.call).unwrap().as_deref(), Some(&*number), "{at}: the same press, again");
        shows(&hospital, &number);
        step_again(&room, "arrived", presses.arrive, &ticket.number);
        step_again(&room, "finish", presses.finish, &ticket.number);
        assert_eq!(calls(&hospital.stack.database()).unwrap(), called, "{at}: each once, in this order");
        assert_eq!(numbers(&hospital.stack.database(), "done").unwrap(), called, "{at}");
    }
}

/// A patient comes by another wire than the room's.
fn someone_waits(hospital: &Hospital) -> Ticket {
    let service = ServiceId::new("noi-tong-quat").unwrap();
    hospital.stack.queue().stored_ticket(fresh_request(), &service).unwrap()
}

fn call(room: &Room, request: RequestId) -> Result<Option<String>> {
    Ok(match room.queue.call_next_by(&room.id, request)? {
        CallNextReply::Called { call } => Some(call.number.to_string()),
        CallNextReply::NobodyWaiting => None,
    })
}

/// The room sends what it has sent until it is answered.
fn step_again(room: &Room, step: &str, request: RequestId, number: &TicketNumber) {
    let asked = RoomStep { request, number: *number };
    assert_eq!(room.queue.room_step(&room.id, step, &asked).unwrap().now.number, *number);
}

/// Plays a call up to the end of `step` and holds it there; a press that is not answered yet.
fn come_to(hospital: &Hospital, room: &Room, presses: &Presses, ticket: &Ticket, step: Step) -> Option<JoinHandle<()>> {
    let (database, number) = (hospital.stack.database(), ticket.number.to_string());
    let is = |state: &'static str| {
        let (database, number) = (database.clone(), number.clone());
        move || Ok(numbers(&database, state)?.contains(&number))
    };
    match step {
        Step::Waiting => None,
        Step::Pressed => {
            room.network.cut(Cut::Silence);
            let press = press(room, presses.call);
            eventually("the press to be on the wire", || Ok(room.network.connections() > 0)).unwrap();
            Some(press)
        }
        Step::Called => {
            room.network.lose_replies_to(b"POST");
            let press = press(room, presses.call);
            eventually("the call in the store", is("called")).unwrap();
            Some(press)
        }
        Step::Answered | Step::Shown => {
            assert_eq!(call(room, presses.call).unwrap(), Some(number.clone()));
            if step == Step::Shown {
                shows(hospital, &number);
            }
            None
        }
        Step::Arrived => {
            call(room, presses.call).unwrap();
            room.network.lose_replies_to(b"POST");
            let press = press_step(room, "arrived", presses.arrive, ticket);
            eventually("the patient to be in the room", is("in_room")).unwrap();
            Some(press)
        }
        Step::Finished => {
            call(room, presses.call).unwrap();
            step_again(room, "arrived", presses.arrive, &ticket.number);
            room.network.lose_replies_to(b"POST");
            let press = press_step(room, "finish", presses.finish, ticket);
            eventually("the room to be finished", is("done")).unwrap();
            Some(press)
        }
    }
}

fn press(room: &Room, request: RequestId) -> JoinHandle<()> {
    let (queue, id) = (room.queue.clone(), room.id.clone());
    thread::spawn(move || drop(queue.call_next_by(&id, request).unwrap_err()))
}

fn press_step(room: &Room, step: &'static str, request: RequestId, ticket: &Ticket) -> JoinHandle<()> {
    let (queue, id) = (room.queue.clone(), room.id.clone());
    let asked = RoomStep { request, number: ticket.number };
    thread::spawn(move || drop(queue.room_step(&id, step, &asked).unwrap_err()))
}

fn shows(hospital: &Hospital, number: &str) {
    let says_it = |frame: &Frame| largest_number(&frame.grey()).as_deref() == Some(number);
    hospital.stack.display_screen().wait_for(&["board"], SCREEN_WITHIN, says_it).unwrap();
}
