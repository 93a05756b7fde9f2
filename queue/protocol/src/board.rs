//! The waiting-room board: a snapshot plus events, folded by the same code in the service and in every display.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::model::{Call, Line, LogId, RoomId, ServiceDay, ServiceId, TicketNumber, TicketState, ZoneId};

/// Most calls a board keeps, newest first.
pub const BOARD_CALLS_MAX: usize = 12;

/// Most missed numbers a board keeps, newest first.
pub const BOARD_MISSED_MAX: usize = 12;

/// What a waiting-room display shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Board {
    /// The waiting area.
    pub zone: ZoneId,
    /// Its name on screen.
    pub zone_name: String,
    /// The service day the board is of.
    pub day: ServiceDay,
    /// The newest event that is in it; 0 before the first.
    pub seq: u64,
    /// Calls of the day, newest first, at most [`BOARD_CALLS_MAX`], each number once.
    pub calls: Vec<Call>,
    /// How many wait, by service. A service nobody waits for is absent.
    pub waiting: BTreeMap<ServiceId, u32>,
    /// The log its sequence numbers belong to, where the service tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub log: Option<LogId>,
    /// Who each room is busy with, for the screen at its door. A free room is absent.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub rooms: BTreeMap<RoomId, AtRoom>,
    /// Numbers that were called and did not come, newest first, at most [`BOARD_MISSED_MAX`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missed: Vec<TicketNumber>,
}

/// Who a room is busy with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AtRoom {
    /// The number.
    pub number: TicketNumber,
    /// Called, or in the room.
    pub state: TicketState,
}

/// One thing that happened in a zone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct BoardEvent {
    /// Its place in the zone's log: 1, 2, 3, without gaps, over all days.
    pub seq: u64,
    /// The service day it belongs to.
    pub day: ServiceDay,
    /// What happened.
    #[serde(flatten)]
    pub kind: BoardEventKind,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum BoardEventKind {
    /// A number was issued and waits.
    TicketIssued {
        /// For this service.
        service: ServiceId,
        /// This number.
        number: TicketNumber,
    },
    /// A waiting number was called.
    TicketCalled {
        /// Who and where.
        call: Call,
    },
    /// A number was taken back.
    TicketVoided {
        /// Of this service.
        service: ServiceId,
        /// This number.
        number: TicketNumber,
        /// Where it was in its life before.
        from: TicketState,
    },
    /// A call was repeated.
    TicketRecalled {
        /// Who and where.
        call: Call,
    },
    /// A number came to another place in its life.
    TicketStepped {
        /// Of this service.
        service: ServiceId,
        /// This number.
        number: TicketNumber,
        /// Where it was before.
        from: TicketState,
        /// Where it is.
        to: TicketState,
    },
    /// A number left this service for another, perhaps of another zone.
    TicketLeft {
        /// The service it left.
        service: ServiceId,
        /// This number.
        number: TicketNumber,
        /// Where it was in its life before.
        from: TicketState,
    },
    /// A number came from another service, perhaps of another zone, and waits.
    TicketJoined {
        /// The service it joined.
        service: ServiceId,
        /// This number.
        number: TicketNumber,
    },
    /// A number stands in another line.
    TicketMarked {
        /// This number.
        number: TicketNumber,
        /// The line.
        line: Line,
    },
}

impl BoardEventKind {
    /// Whether a display of the first release can read it. One that cannot gets a whole board instead.
    #[must_use]
    pub const fn is_of_first_release(&self) -> bool {
        match self {
            Self::TicketIssued { .. } | Self::TicketCalled { .. } => true,
            Self::TicketVoided { from, .. } => {
                matches!(from, TicketState::Waiting | TicketState::Called | TicketState::Voided)
            }
            Self::TicketRecalled { .. }
            | Self::TicketStepped { .. }
            | Self::TicketLeft { .. }
            | Self::TicketJoined { .. }
            | Self::TicketMarked { .. } => false,
        }
    }
}

/// What [`Board::apply`] did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Applied {
    /// The event is in the board.
    Changed,
    /// It was in the board already: a repeat after a reconnect.
    AlreadyKnown,
}

/// An event is missing between the board and this one: fetch a snapshot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected event {expected}, got {got}")]
pub struct Gap {
    /// The event that should have come.
    pub expected: u64,
    /// The event that came.
    pub got: u64,
}

impl Board {
    /// A board of `day` on which nothing has happened after event `seq`.
    #[must_use]
    pub const fn new(zone: ZoneId, zone_name: String, day: ServiceDay, seq: u64) -> Self {
        Self {
            zone,
            zone_name,
            day,
            seq,
            calls: Vec::new(),
            waiting: BTreeMap::new(),
            log: None,
            rooms: BTreeMap::new(),
            missed: Vec::new(),
        }
    }

    /// Folds one event in. The first event of a later service day clears the board first.
    ///
    /// # Errors
    /// [`Gap`] when an event between this board and `event` is missing; the board is unchanged.
    pub fn apply(&mut self, event: &BoardEvent) -> Result<Applied, Gap> {
        if event.seq <= self.seq {
            return Ok(Applied::AlreadyKnown);
        }
        let expected = self.seq.saturating_add(1);
        if event.seq != expected {
            return Err(Gap { expected, got: event.seq });
        }
        self.seq = event.seq;
        if event.day > self.day {
            self.day = event.day;
            self.calls.clear();
            self.waiting.clear();
            self.rooms.clear();
            self.missed.clear();
        }
        // A ticket of yesterday that ends today (a void after midnight) is in the log and on no board of today.
        if event.day == self.day {
            self.apply_kind(&event.kind);
        }
        Ok(Applied::Changed)
    }

    fn apply_kind(&mut self, kind: &BoardEventKind) {
        match kind {
            BoardEventKind::TicketIssued { service, .. } | BoardEventKind::TicketJoined { service, .. } => {
                self.one_more_waits(service);
            }
            BoardEventKind::TicketCalled { call } => {
                self.one_waits_no_more(&call.service);
                self.missed.retain(|number| *number != call.number);
                self.rooms.retain(|_, at| at.number != call.number);
                self.rooms.insert(call.room.clone(), AtRoom { number: call.number, state: TicketState::Called });
                self.show_on_top(call);
            }
            BoardEventKind::TicketRecalled { call } => self.show_on_top(call),
            BoardEventKind::TicketVoided { service, number, from }
            | BoardEventKind::TicketLeft { service, number, from } => {
                if *from == TicketState::Waiting {
                    self.one_waits_no_more(service);
                } else {
                    self.forget(*number);
                }
            }
            BoardEventKind::TicketStepped { service, number, from, to } => self.step(service, *number, *from, *to),
            BoardEventKind::TicketMarked { number, line } => {
                for call in self.calls.iter_mut().filter(|call| call.number == *number) {
                    call.mark.line = *line;
                }
            }
        }
    }

    fn step(&mut self, service: &ServiceId, number: TicketNumber, from: TicketState, to: TicketState) {
        if from == TicketState::Waiting {
            self.one_waits_no_more(service);
        }
        match to {
            TicketState::Called | TicketState::InRoom => {
                for at in self.rooms.values_mut().filter(|at| at.number == number) {
                    at.state = to;
                }
            }
            // It was called and came: it stays among the calls of the day.
            TicketState::Done => self.rooms.retain(|_, at| at.number != number),
            TicketState::Missed => {
                self.forget(number);
                self.missed.insert(0, number);
                self.missed.truncate(BOARD_MISSED_MAX);
            }
            TicketState::Waiting => {
                self.forget(number);
                self.one_more_waits(service);
            }
            TicketState::Away | TicketState::Held | TicketState::Cancelled | TicketState::Voided => {
                self.forget(number);
            }
        }
    }

    fn show_on_top(&mut self, call: &Call) {
        self.calls.retain(|earlier| earlier.number != call.number);
        self.calls.insert(0, call.clone());
        self.calls.truncate(BOARD_CALLS_MAX);
    }

    fn forget(&mut self, number: TicketNumber) {
        self.calls.retain(|call| call.number != number);
        self.rooms.retain(|_, at| at.number != number);
        self.missed.retain(|missed| *missed != number);
    }

    fn one_more_waits(&mut self, service: &ServiceId) {
        let count = self.waiting.entry(service.clone()).or_insert(0);
        *count = count.saturating_add(1);
    }

    fn one_waits_no_more(&mut self, service: &ServiceId) {
        let Some(count) = self.waiting.get_mut(service) else {
            return;
        };
        // A snapshot off the wire may hold any count, even 0.
        *count = count.saturating_sub(1);
        if *count == 0 {
            self.waiting.remove(service);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{CallMark, UnixMillis};

    fn day(text: &str) -> ServiceDay {
        text.parse().unwrap()
    }

    fn service() -> ServiceId {
        ServiceId::new("noi").unwrap()
    }

    fn number(text: &str) -> TicketNumber {
        text.parse().unwrap()
    }

    fn board() -> Board {
        Board::new(ZoneId::new("khu-b").unwrap(), "Khu B".into(), day("2026-11-23"), 0)
    }

    fn issued(seq: u64, text: &str) -> BoardEvent {
        let kind = BoardEventKind::TicketIssued { service: service(), number: number(text) };
        BoardEvent { seq, day: day("2026-11-23"), kind }
    }

    fn called(seq: u64, text: &str) -> BoardEvent {
        let call = Call {
            number: number(text),
            service: service(),
            room: RoomId::new("p205").unwrap(),
            room_name: "Phòng 205".into(),
            called_at: UnixMillis(0),
            mark: CallMark::default(),
        };
        BoardEvent { seq, day: day("2026-11-23"), kind: BoardEventKind::TicketCalled { call } }
    }

    fn fold(events: &[BoardEvent]) -> Board {
        let mut board = board();
        for event in events {
            board.apply(event).unwrap();
        }
        board
    }

    #[test]
    fn a_call_moves_a_number_from_waiting_to_the_top() {
        let board = fold(&[issued(1, "A-001"), issued(2, "A-002"), called(3, "A-001"), called(4, "A-002")]);
        assert!(board.waiting.is_empty());
        let numbers: Vec<String> = board.calls.iter().map(|call| call.number.to_string()).collect();
        assert_eq!(numbers, ["A-002", "A-001"]);
    }

    #[test]
    fn a_repeated_event_changes_nothing() {
        let mut board = fold(&[issued(1, "A-001"), issued(2, "A-002")]);
        let before = board.clone();
        assert_eq!(board.apply(&issued(2, "A-002")), Ok(Applied::AlreadyKnown));
        assert_eq!(board, before);
    }

    #[test]
    fn a_missing_event_is_noticed_and_changes_nothing() {
        let mut board = fold(&[issued(1, "A-001")]);
        let before = board.clone();
        assert_eq!(board.apply(&called(3, "A-001")), Err(Gap { expected: 2, got: 3 }));
        assert_eq!(board, before);
    }

    #[test]
    fn a_new_service_day_starts_with_an_empty_board() {
        let mut board = fold(&[issued(1, "A-001"), called(2, "A-001"), issued(3, "A-002")]);
        let tomorrow = BoardEvent { day: day("2026-11-24"), ..issued(4, "A-001") };
        board.apply(&tomorrow).unwrap();
        assert_eq!((board.day, board.calls.len(), board.waiting.get(&service())), (day("2026-11-24"), 0, Some(&1)));
    }

    #[test]
    fn a_late_event_of_yesterday_leaves_todays_board_alone() {
        let mut board = fold(&[issued(1, "A-001")]);
        let kind =
            BoardEventKind::TicketVoided { service: service(), number: number("A-009"), from: TicketState::Waiting };
        board.apply(&BoardEvent { seq: 2, day: day("2026-11-22"), kind }).unwrap();
        assert_eq!((board.seq, board.waiting.get(&service())), (2, Some(&1)));
    }

    #[test]
    fn a_voided_number_is_neither_waiting_nor_shown() {
        let void = |seq, text, from| {
            let kind = BoardEventKind::TicketVoided { service: service(), number: number(text), from };
            BoardEvent { seq, day: day("2026-11-23"), kind }
        };
        let board = fold(&[
            issued(1, "A-001"),
            issued(2, "A-002"),
            called(3, "A-001"),
            void(4, "A-001", TicketState::Called),
            void(5, "A-002", TicketState::Waiting),
        ]);
        assert!(board.calls.is_empty() && board.waiting.is_empty());
    }

    #[test]
    fn counts_of_a_wrong_snapshot_stop_at_their_ends() {
        let mut board = board();
        board.waiting = [(service(), 0)].into();
        board.apply(&called(1, "A-001")).unwrap();
        assert!(board.waiting.is_empty());
        board.waiting = [(service(), u32::MAX)].into();
        board.apply(&issued(2, "A-002")).unwrap();
        assert_eq!(board.waiting.get(&service()), Some(&u32::MAX));
    }

    #[test]
    fn a_board_keeps_the_newest_calls_only() {
        let mut board = board();
        for ordinal in 1..=30 {
            let text = format!("A-{ordinal:03}");
            board.apply(&issued(2 * ordinal - 1, &text)).unwrap();
            board.apply(&called(2 * ordinal, &text)).unwrap();
        }
        assert_eq!(board.calls.len(), BOARD_CALLS_MAX);
        assert_eq!(board.calls[0].number, number("A-030"));
    }

    fn stepped(seq: u64, text: &str, from: TicketState, to: TicketState) -> BoardEvent {
        let kind = BoardEventKind::TicketStepped { service: service(), number: number(text), from, to };
        BoardEvent { seq, day: day("2026-11-23"), kind }
    }

    fn at_room(board: &Board) -> Vec<(String, TicketState)> {
        board.rooms.values().map(|at| (at.number.to_string(), at.state)).collect()
    }

    #[test]
    fn a_door_shows_who_is_called_and_who_is_in_the_room() {
        let mut board = fold(&[issued(1, "A-001"), issued(2, "A-002"), called(3, "A-001")]);
        assert_eq!(at_room(&board), [("A-001".to_owned(), TicketState::Called)]);
        board.apply(&stepped(4, "A-001", TicketState::Called, TicketState::InRoom)).unwrap();
        assert_eq!(at_room(&board), [("A-001".to_owned(), TicketState::InRoom)]);
        board.apply(&stepped(5, "A-001", TicketState::InRoom, TicketState::Done)).unwrap();
        assert_eq!((at_room(&board).len(), board.calls.len()), (0, 1));
        board.apply(&called(6, "A-002")).unwrap();
        assert_eq!(at_room(&board), [("A-002".to_owned(), TicketState::Called)]);
    }

    #[test]
    fn a_missed_number_is_listed_until_it_is_back() {
        let mut board = fold(&[issued(1, "A-001"), called(2, "A-001")]);
        board.apply(&stepped(3, "A-001", TicketState::Called, TicketState::Missed)).unwrap();
        assert_eq!((board.missed.clone(), board.calls.len(), board.rooms.len()), (vec![number("A-001")], 0, 0));
        board.apply(&stepped(4, "A-001", TicketState::Missed, TicketState::Waiting)).unwrap();
        assert_eq!((board.missed.len(), board.waiting.get(&service())), (0, Some(&1)));
    }

    #[test]
    fn a_transfer_takes_a_number_from_one_service_to_the_other() {
        let other = ServiceId::new("nhi").unwrap();
        let event = |seq, kind| BoardEvent { seq, day: day("2026-11-23"), kind };
        let left =
            BoardEventKind::TicketLeft { service: service(), number: number("A-001"), from: TicketState::Waiting };
        let joined = BoardEventKind::TicketJoined { service: other.clone(), number: number("A-001") };
        let board = fold(&[issued(1, "A-001"), issued(2, "A-002"), event(3, left), event(4, joined)]);
        assert_eq!(board.waiting, BTreeMap::from([(service(), 1), (other, 1)]));
    }

    #[test]
    fn a_recalled_number_comes_to_the_top_again_and_nobody_waits_less() {
        let mut board = fold(&[issued(1, "A-001"), issued(2, "A-002"), called(3, "A-001"), called(4, "A-002")]);
        let BoardEventKind::TicketCalled { call } = called(5, "A-001").kind else { unreachable!() };
        let call = Call { mark: CallMark { line: Line::Priority, recalls: 1, provisional: false }, ..call };
        let kind = BoardEventKind::TicketRecalled { call: call.clone() };
        board.apply(&BoardEvent { seq: 5, day: day("2026-11-23"), kind }).unwrap();
        assert_eq!((&board.calls[0], board.calls.len()), (&call, 2));
    }
}
