//! A working day in short: patients at many kiosks, all rooms, a display, and fault after fault. At the end every number
//! is accounted for.
//!
//! The programs are the shipped ones at their own pace; what is compressed is the day: its patients come so many times
//! as fast, and so do the faults. One kiosk is the real program with its screen, its printer and its journal. The others
//! are requests as a kiosk sends them: the same id until it is answered, and taken back when the patient has gone.

#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::Result;
use device_sim::network::{Cut, Network};
use e2e_tests::account::Account;
use e2e_tests::database::{calls, numbers, tickets};
use e2e_tests::{Hospital, SCREEN_WITHIN, card};
use queue_protocol::model::{RoomId, ServiceId};
use queue_protocol::v1::{CallNextReply, RoomStep};
use xtask::demo::queue::{Queue, fresh_request};

/// A day, and how short it is.
struct Day {
    /// Besides those at the real kiosk.
    patients: usize,
    lasts: Duration,
}

/// Kiosks besides the real one.
const KIOSKS: usize = 6;
/// How long somebody waits for a number before they go away without one.
const PATIENCE: Duration = Duration::from_secs(3);
/// How soon a request is sent again.
const AGAIN: Duration = Duration::from_millis(50);
/// Longest time in which a room or a kiosk gets an answer, whatever happens meanwhile.
const ANSWER_WITHIN: Duration = Duration::from_secs(120);
/// How long a cable stays out.
const OUT: Duration = Duration::from_millis(700);

#[test]
fn a_short_day_with_every_fault_ends_with_every_number_accounted_for() {
    println!("{}", play(&Day { patients: 150, lasts: Duration::from_secs(20) }));
}

#[test]
#[ignore = "long run, 12 minutes: cargo test -p e2e-tests --test day_with_faults -- --ignored --nocapture"]
fn eight_hours_of_three_thousand_patients_with_faults() {
    println!("{}", play(&Day { patients: 3_000, lasts: Duration::from_secs(8 * 3_600 / 48) }));
}

/// Plays it; what it came to, in words.
fn play(day: &Day) -> String {
    let mut hospital = Hospital::open().unwrap();
    hospital.owns_a_series().unwrap();
    let network = Network::new(hospital.stack.service_addr()).unwrap();
    let queue = Queue::new(network.addr(), hospital.stack.queue().into_keys());
    let is_over = Arc::new(AtomicBool::new(false));
    let rooms: Vec<_> = hospital
        .stack
        .rooms()
        .unwrap()
        .into_iter()
        .map(|room| room_works(queue.clone(), room.id, Arc::clone(&is_over)))
        .collect();
    let began = Instant::now();
    let kiosks: Vec<_> = (0..KIOSKS).map(|kiosk| kiosk_works(queue.clone(), kiosk, day, began)).collect();

    let mut account = Account::default();
    let mut visits = 0;
    while began.elapsed() < day.lasts {
        fault(&mut hospital, &network, visits);
        visit(&hospital, &mut account, visits);
        visits += 1;
    }
    let issued: Vec<String> = kiosks.into_iter().flat_map(|kiosk| kiosk.join().unwrap()).collect();
    issued.iter().for_each(|number| account.saw(number));
    account.balance(&hospital).unwrap();
    is_over.store(true, Ordering::Relaxed);
    let called: Vec<String> = rooms.into_iter().flat_map(|room| room.join().unwrap()).collect();
    accounted_for(&hospital, &issued, &called);
    hospital.stack.display_screen().wait_for_title(&["board"], SCREEN_WITHIN).unwrap();
    let void = numbers(&hospital.stack.database(), "voided").unwrap().len();
    format!(
        "{} numbers at other kiosks, {visits} visits and faults at the real one, {} calls, {void} void",
        issued.len(),
        called.len()
    )
}

/// Each number was given once, called once, by one room, and is done; the rest is void.
fn accounted_for(hospital: &Hospital, issued: &[String], called: &[String]) {
    let database = hospital.stack.database();
    let stored = tickets(&database).unwrap();
    let left: Vec<_> = stored.iter().filter(|ticket| !["done", "voided"].contains(&ticket.state.as_str())).collect();
    assert!(left.is_empty(), "forgotten: {left:?}");
    let once: BTreeSet<_> = issued.iter().collect();
    assert_eq!(once.len(), issued.len(), "a number was given to two");
    let mut done = numbers(&database, "done").unwrap();
    let (mut by_rooms, mut in_store) = (called.to_vec(), calls(&database).unwrap());
    for numbers in [&mut done, &mut by_rooms, &mut in_store] {
        numbers.sort();
    }
    assert_eq!(done, by_rooms, "what rooms were told they called, and who was seen");
    assert_eq!(done, in_store, "one call each");
}

/// The `n`th fault; each is mended before the next one, and some while a patient is at the kiosk.
fn fault(hospital: &mut Hospital, network: &Network, n: usize) {
    match n % 8 {
        0 => hospital.stack.restart_service().unwrap(),
        1 => {
            network.cut(Cut::Refuse);
            thread::sleep(OUT);
            network.restore();
        }
        2 => network.lose_next_reply_to(b"POST /v1/tickets"),
        3 => {
            hospital.stack.kill_kiosk();
            hospital.stack.start_kiosk().unwrap();
        }
        4 => network.lose_next_reply_to(b"POST /v1/rooms"),
        5 => hospital.stack.network.lose_next_reply_to(b"POST /v1/tickets"),
        6 => {
            hospital.stack.kill_display();
            hospital.stack.start_display().unwrap();
        }
        _ => {
            // Away for longer than a kiosk waits: it issues by itself.
            hospital.stack.kill_service();
            network.cut(Cut::Silence);
            thread::sleep(OUT);
            network.restore();
            hospital.stack.restart_service().unwrap();
        }
    }
}

/// A patient at the real kiosk; the paper runs out and the cable comes out now and then.
fn visit(hospital: &Hospital, account: &mut Account, n: usize) {
    // A touch that came too late for the visit before has begun one.
    hospital.sees(&["welcome", "welcome-limited", "present-card"]).unwrap();
    match n % 5 {
        1 => hospital.stack.printer.with(|printer| printer.paper_left_mm(30)),
        3 => hospital.stack.network.cut(Cut::Refuse),
        _ => {}
    }
    hospital.chooses(&card(u8::try_from(n % 100).unwrap())).unwrap();
    let screen = hospital.sees(&["number-take", "number-write-down", "apology"]).unwrap();
    if screen != "apology" {
        account.look(hospital).unwrap();
    }
    hospital.leaves().unwrap();
    hospital.stack.network.restore();
    if n % 5 == 1 {
        hospital.stack.printer.with(|printer| printer.load_paper());
    }
}

/// One kiosk's patients: most come in the first quarter of the day. The numbers they went away with.
fn kiosk_works(queue: Queue, kiosk: usize, day: &Day, began: Instant) -> JoinHandle<Vec<String>> {
    let services = ["noi-tong-quat", "noi-tim-mach", "nhi", "san-phu-khoa", "tai-mui-hong", "mat"];
    let due = |patient: usize| {
        let part = f64::from(u32::try_from(patient).unwrap()) / f64::from(u32::try_from(day.patients).unwrap());
        began + day.lasts.mul_f64(if part < 0.5 { part / 2.0 } else { 0.25 + (part - 0.5) * 1.5 })
    };
    let patients: Vec<_> = (kiosk..day.patients)
        .step_by(KIOSKS)
        .map(|patient| (due(patient), ServiceId::new(services[patient % services.len()]).unwrap()))
        .collect();
    thread::spawn(move || {
        let come = patients.into_iter().filter_map(|(due, service)| {
            thread::sleep(due.saturating_duration_since(Instant::now()));
            patient(&queue, &service)
        });
        come.collect()
    })
}

/// Asks until there is a number or the patient has gone; then whatever was issued is taken back.
fn patient(queue: &Queue, service: &ServiceId) -> Option<String> {
    let (request, goes_at) = (fresh_request(), Instant::now() + PATIENCE);
    while Instant::now() < goes_at {
        if let Ok(ticket) = queue.stored_ticket(request, service) {
            return Some(ticket.number.to_string());
        }
        thread::sleep(AGAIN);
    }
    until_answered(|| queue.void(request));
    None
}

/// Calls, sees and finishes one after the other until the day is over and nobody waits; whom it called.
fn room_works(queue: Queue, room: RoomId, is_over: Arc<AtomicBool>) -> JoinHandle<Vec<String>> {
    thread::spawn(move || {
        let mut called = Vec::new();
        loop {
            // Before the question: who comes after it is another's to see.
            let is_last = is_over.load(Ordering::Relaxed);
            let request = fresh_request();
            match until_answered(|| queue.call_next_by(&room, request)) {
                CallNextReply::Called { call } => {
                    for step in ["arrived", "finish"] {
                        let asked = RoomStep { request: fresh_request(), number: call.number };
                        until_answered(|| queue.room_step(&room, step, &asked));
                    }
                    called.push(call.number.to_string());
                }
                CallNextReply::NobodyWaiting if is_last => return called,
                CallNextReply::NobodyWaiting => thread::sleep(AGAIN),
            }
        }
    })
}

/// Sends the same again until there is an answer.
fn until_answered<T>(ask: impl Fn() -> Result<T>) -> T {
    let give_up_at = Instant::now() + ANSWER_WITHIN;
    loop {
        match ask() {
            Ok(answer) => return answer,
            Err(error) => assert!(Instant::now() < give_up_at, "no answer: {error:#}"),
        }
        thread::sleep(AGAIN);
    }
}
