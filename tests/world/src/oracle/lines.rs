//! Who waits, who is called, and in what order, by the plainest model there is.

use std::collections::BTreeMap;

use queue_protocol::board::{AtRoom, Board, BoardEvent, BoardEventKind};
use queue_protocol::model::{Call, Line, RoomId, ServiceDay, ServiceId, TicketNumber, TicketState, ZoneId};

use crate::hospital::PRIORITY_IN_A_ROW;

/// How late a provisional number's time of arrival may be told, in milliseconds: its age is told once, and the message
/// may take all of a call's time.
const TOLD_LATE_MS: u64 = 12_000;
/// No clock of the world is moved further, in milliseconds.
const CLOCK_STEP_MAX_MS: u64 = 3_600_000;

/// What a promise's check came to.
#[derive(Debug, Clone)]
pub struct Verdict {
    /// The promise.
    pub promise: &'static str,
    /// How it was broken.
    pub broken: Option<String>,
}

#[derive(Debug, Clone, Copy)]
struct Arrival {
    line: Line,
    at: u64,
    is_late: bool,
}

#[derive(Debug, Clone)]
struct Known {
    zone: ZoneId,
    service: ServiceId,
    state: TicketState,
    room: Option<RoomId>,
    arrival: Arrival,
    order: u64,
    /// It waits where it has waited since its arrival.
    is_plain: bool,
}

type Key = (ServiceDay, TicketNumber);

/// All tickets of the hospital.
#[derive(Debug)]
pub struct Lines {
    rooms: BTreeMap<RoomId, Vec<ServiceId>>,
    arriving: BTreeMap<TicketNumber, Arrival>,
    tickets: BTreeMap<Key, Known>,
    streaks: BTreeMap<(ServiceDay, RoomId), u32>,
    count: u64,
    /// When a clock was moved last.
    pub clock_stepped_at: Option<u64>,
}

/// The line of a provisional number: groups that are only declared count in this hospital.
pub const fn line_of(has_group: bool) -> Line {
    if has_group { Line::Priority } else { Line::Normal }
}

impl Lines {
    pub const fn new(rooms: BTreeMap<RoomId, Vec<ServiceId>>) -> Self {
        Self {
            rooms,
            arriving: BTreeMap::new(),
            tickets: BTreeMap::new(),
            streaks: BTreeMap::new(),
            count: 0,
            clock_stepped_at: None,
        }
    }

    /// The service has issued a number; its event follows.
    pub fn arrives(&mut self, number: TicketNumber, line: Line, at: u64) {
        self.arriving.insert(number, Arrival { line, at, is_late: false });
    }

    /// A provisional number joins; its event follows.
    pub fn arrives_late(&mut self, number: TicketNumber, line: Line, at: u64) {
        self.arriving.insert(number, Arrival { line, at, is_late: true });
    }

    /// Somebody a room could call.
    pub fn waiting_for(&self, room: &RoomId, day: ServiceDay) -> Option<TicketNumber> {
        self.callable(room, day).map(|(number, _)| number).next()
    }

    fn callable<'a>(
        &'a self,
        room: &'a RoomId,
        day: ServiceDay,
    ) -> impl Iterator<Item = (TicketNumber, &'a Known)> + 'a {
        let services = self.rooms.get(room).map_or(&[][..], Vec::as_slice);
        self.tickets
            .iter()
            .filter(move |((of, _), known)| {
                *of == day
                    && known.state == TicketState::Waiting
                    && services.contains(&known.service)
                    && known.room.as_ref().is_none_or(|bound| bound == room)
            })
            .map(|((_, number), known)| (*number, known))
    }

    /// Folds one event in and judges it.
    pub fn sees(&mut self, zone: &ZoneId, event: &BoardEvent) -> Vec<Verdict> {
        let day = event.day;
        match &event.kind {
            BoardEventKind::TicketIssued { service, number } => {
                self.is_issued((day, *number), zone, service);
                Vec::new()
            }
            BoardEventKind::TicketCalled { call } => self.is_called(day, call),
            BoardEventKind::TicketVoided { number, .. } => {
                self.change((day, *number), |known| (known.state, known.room) = (TicketState::Voided, None));
                Vec::new()
            }
            BoardEventKind::TicketRecalled { call } => {
                vec![self.is_in((day, call.number), TicketState::Called, "only who is called is called again")]
            }
            BoardEventKind::TicketStepped { number, from, to, .. } => self.steps((day, *number), *from, *to),
            BoardEventKind::TicketLeft { service, number, .. } => {
                self.change((day, *number), |known| {
                    // The event of the other waiting area may have been seen before this one.
                    if known.service == *service {
                        (known.state, known.room, known.is_plain) = (TicketState::Held, None, false);
                    }
                });
                Vec::new()
            }
            BoardEventKind::TicketJoined { service, number } => {
                self.change((day, *number), |known| {
                    (known.zone, known.service) = (zone.clone(), service.clone());
                    (known.state, known.room, known.is_plain) = (TicketState::Waiting, None, false);
                });
                Vec::new()
            }
            BoardEventKind::TicketMarked { .. } => Vec::new(),
        }
    }

    fn change(&mut self, key: Key, change: impl FnOnce(&mut Known)) {
        if let Some(known) = self.tickets.get_mut(&key) {
            change(known);
        }
    }

    fn is_issued(&mut self, key: Key, zone: &ZoneId, service: &ServiceId) {
        self.count += 1;
        let unknown = Arrival { line: Line::Normal, at: 0, is_late: true };
        let arrival = self.arriving.remove(&key.1);
        let known = Known {
            zone: zone.clone(),
            service: service.clone(),
            state: TicketState::Waiting,
            room: None,
            is_plain: arrival.is_some(),
            arrival: arrival.unwrap_or(unknown),
            order: self.count,
        };
        self.tickets.insert(key, known);
    }

    fn is_in(&self, key: Key, state: TicketState, promise: &'static str) -> Verdict {
        let found = self.tickets.get(&key).map(|known| known.state);
        let broken = (found != Some(state)).then(|| format!("{} is {found:?}, expected {state:?}", key.1));
        Verdict { promise, broken }
    }

    fn steps(&mut self, key: Key, from: TicketState, to: TicketState) -> Vec<Verdict> {
        let verdict = self.is_in(key, from, "a number steps from where it is");
        self.change(key, |known| {
            known.state = to;
            known.is_plain = false;
            let keeps_room = matches!(to, TicketState::InRoom | TicketState::Away)
                || (from, to) == (TicketState::Away, TicketState::Waiting);
            known.room = known.room.take().filter(|_| keeps_room);
        });
        vec![verdict]
    }

    fn is_called(&mut self, day: ServiceDay, call: &Call) -> Vec<Verdict> {
        let key = (day, call.number);
        let mut verdicts = vec![self.is_in(key, TicketState::Waiting, "no ticket called twice at once")];
        if let Some(called) = self.tickets.get(&key).cloned() {
            verdicts.push(self.in_order(day, call, &called));
            verdicts.extend(self.fair(day, call, &called));
        }
        for known in self.tickets.values_mut() {
            let is_at = matches!(known.state, TicketState::Called | TicketState::InRoom);
            if is_at && known.room.as_ref() == Some(&call.room) {
                (known.state, known.room) = (TicketState::Done, None);
            }
        }
        self.change(key, |known| {
            (known.state, known.room) = (TicketState::Called, Some(call.room.clone()));
        });
        verdicts
    }

    /// Nobody who came before and waits in the same line is passed over.
    fn in_order(&self, day: ServiceDay, call: &Call, called: &Known) -> Verdict {
        let passed = self.callable(&call.room, day).find(|(_, other)| {
            called.is_plain
                && other.is_plain
                && other.arrival.line == called.arrival.line
                && self.came_before(other, called)
        });
        let broken = passed.map(|(number, other)| {
            format!("{} is called before {number}: {:?}, {:?}", call.number, called.arrival, other.arrival)
        });
        Verdict { promise: "in one line by arrival, offline or not", broken }
    }

    fn came_before(&self, one: &Known, other: &Known) -> bool {
        if !one.arrival.is_late && !other.arrival.is_late {
            return one.order < other.order;
        }
        let earliest = one.arrival.at.min(other.arrival.at);
        let is_told_right = self.clock_stepped_at.is_none_or(|at| at + 2 * CLOCK_STEP_MAX_MS < earliest);
        is_told_right && one.arrival.at + TOLD_LATE_MS < other.arrival.at
    }

    /// A normal ticket is passed over only so often by its room.
    fn fair(&mut self, day: ServiceDay, call: &Call, called: &Known) -> Option<Verdict> {
        if !called.is_plain {
            // A number that was moved here may have had the normal line's turn.
            if called.arrival.line == Line::Normal {
                self.streaks.remove(&(day, call.room.clone()));
            }
            return None;
        }
        let normal_waits = self
            .callable(&call.room, day)
            .any(|(number, known)| number != call.number && known.is_plain && known.arrival.line == Line::Normal);
        let streak = self.streaks.entry((day, call.room.clone())).or_default();
        let is_priority = called.arrival.line == Line::Priority;
        *streak = if is_priority && normal_waits { *streak + 1 } else { 0 };
        let broken = (*streak > PRIORITY_IN_A_ROW)
            .then(|| format!("{} has passed normal tickets over {streak} times in a row", call.room));
        Some(Verdict { promise: "a normal ticket is passed over only so often", broken })
    }

    /// What is wrong with a board that has all events.
    pub fn differs(&self, board: &Board) -> Option<String> {
        let mut waiting: BTreeMap<ServiceId, u32> = BTreeMap::new();
        let mut rooms: BTreeMap<RoomId, AtRoom> = BTreeMap::new();
        let of_day = self.tickets.iter().filter(|((day, _), known)| *day == board.day && known.zone == board.zone);
        for ((_, number), known) in of_day {
            if known.state == TicketState::Waiting {
                *waiting.entry(known.service.clone()).or_default() += 1;
            } else if let (TicketState::Called | TicketState::InRoom, Some(room)) = (known.state, &known.room) {
                rooms.insert(room.clone(), AtRoom { number: *number, state: known.state });
            }
        }
        if waiting != board.waiting {
            return Some(format!("{} shows {:?} waiting, expected {waiting:?}", board.zone, board.waiting));
        }
        (rooms != board.rooms).then(|| format!("{} shows {:?} called, expected {rooms:?}", board.zone, board.rooms))
    }
}
