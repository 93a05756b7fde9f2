//! The day on virtual time: the shipped rules decide who is called, and nothing else is in it.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BinaryHeap};

use queue_core::{Lane, Past, Turn, Waiting, due_after_tests, next_to_call, place_of_arrival};
use queue_protocol::model::{Line as Lines, PriorityPolicy, ServiceId, UnixMillis};

use crate::hospital::{Kind, Patient, RETURN_AFTER_CALLS, ROOMS, SERVICES, works_from};

/// How long somebody waited to be called, in minutes.
#[derive(Debug, Clone, Copy)]
pub struct Waited {
    pub came: f64,
    pub kind: Kind,
    /// After tests, not at first.
    pub is_back: bool,
    pub minutes: f64,
}

/// Plays the day of `patients` under `policy`; every wait there was.
pub fn play(policy: PriorityPolicy, patients: &[Patient]) -> Vec<Waited> {
    let of = |service: usize| patients.iter().copied().filter(|patient| patient.service == service).collect();
    (0..SERVICES).flat_map(|service| Line::new(policy, of(service)).play()).collect()
}

/// What happens at a time.
#[derive(Debug, Clone, Copy, PartialEq)]
enum What {
    Arrives(usize),
    ComesBack(usize),
    RoomIsFree(usize),
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct At(f64, usize, What);

impl Eq for At {}

impl PartialOrd for At {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for At {
    /// The earliest is the greatest: a heap gives that first.
    fn cmp(&self, other: &Self) -> Ordering {
        other.0.total_cmp(&self.0).then(other.1.cmp(&self.1))
    }
}

/// One service with its rooms.
struct Line {
    policy: PriorityPolicy,
    patients: Vec<Patient>,
    id: ServiceId,
    waiting: Vec<Waiting>,
    calls: i64,
    last_due: Option<i64>,
    turns: Vec<Turn>,
    idle: Vec<usize>,
    agenda: BinaryHeap<At>,
    steps: usize,
    waited: Vec<Waited>,
}

impl Line {
    fn new(policy: PriorityPolicy, patients: Vec<Patient>) -> Self {
        let rooms = ROOMS / SERVICES;
        let mut line = Self {
            policy,
            id: ServiceId::new("s").unwrap(),
            waiting: Vec::new(),
            calls: 0,
            last_due: None,
            turns: vec![Turn::None; rooms],
            idle: Vec::new(),
            agenda: BinaryHeap::new(),
            steps: 0,
            waited: Vec::new(),
            patients,
        };
        (0..line.patients.len()).for_each(|n| line.plan(line.patients[n].arrives, What::Arrives(n)));
        (0..rooms).for_each(|room| line.plan(works_from(0.0), What::RoomIsFree(room)));
        line
    }

    fn plan(&mut self, minute: f64, what: What) {
        self.steps += 1;
        self.agenda.push(At(minute, self.steps, what));
    }

    fn play(mut self) -> Vec<Waited> {
        while let Some(At(now, _, what)) = self.agenda.pop() {
            match what {
                What::Arrives(n) => {
                    let lane = match self.patients[n].kind {
                        Kind::Normal => Lane::New(Lines::Normal),
                        Kind::Priority => Lane::New(Lines::Priority),
                        Kind::Emergency => Lane::New(Lines::Emergency),
                    };
                    self.wait(n, lane, now);
                }
                What::ComesBack(n) => {
                    let due = due_after_tests(self.calls, self.last_due, RETURN_AFTER_CALLS);
                    self.last_due = Some(due);
                    self.wait(n, Lane::Back(due), now);
                }
                What::RoomIsFree(room) => self.idle.push(room),
            }
            self.call(now);
        }
        assert!(self.waiting.is_empty(), "everybody is called before the day ends");
        self.waited
    }

    fn wait(&mut self, n: usize, lane: Lane, now: f64) {
        let arrival = i64::try_from(n).unwrap();
        let (service, place, arrived_at) = (self.id.clone(), place_of_arrival(arrival), millis(now));
        self.waiting.push(Waiting { arrival, service, lane, place, arrived_at });
    }

    /// Every idle room calls, unless it rests.
    fn call(&mut self, now: f64) {
        while let Some(room) = self.idle.pop() {
            let works_from = works_from(now);
            if works_from > now {
                self.plan(works_from, What::RoomIsFree(room));
                continue;
            }
            let past = Past { calls: BTreeMap::from([(self.id.clone(), self.calls)]), turn: self.turns[room] };
            let Some(next) = next_to_call(self.policy, &self.waiting, &past, millis(now)) else {
                self.idle.push(room);
                return;
            };
            let (arrival, turn) = (next.ticket.arrival, next.turn);
            self.turns[room] = turn;
            self.calls += 1;
            let at = self.waiting.iter().position(|waiting| waiting.arrival == arrival).unwrap();
            let called = self.waiting.swap_remove(at);
            self.see(usize::try_from(arrival).unwrap(), &called, room, now);
        }
    }

    fn see(&mut self, n: usize, called: &Waiting, room: usize, now: f64) {
        let patient = self.patients[n];
        let is_back = matches!(called.lane, Lane::Back(_));
        let came = minutes(called.arrived_at);
        self.waited.push(Waited { came, kind: patient.kind, is_back, minutes: now - came });
        let done = match (is_back, patient.tests) {
            (false, None) => now + patient.first,
            (false, Some((away, _))) => {
                self.plan(now + patient.first + away, What::ComesBack(n));
                now + patient.first
            }
            (true, tests) => now + tests.map_or(0.0, |(_, back)| back),
        };
        self.plan(done, What::RoomIsFree(room));
    }
}

fn millis(minute: f64) -> UnixMillis {
    UnixMillis((minute * 60_000.0).round() as i64)
}

fn minutes(at: UnixMillis) -> f64 {
    at.0 as f64 / 60_000.0
}
