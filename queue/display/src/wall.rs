//! What is on the wall: a pure function of what was heard and when.

use std::time::{Duration, Instant};

use queue_client::BoardUpdate;
use queue_protocol::board::Board;
use queue_protocol::model::{Call, Line};

use crate::spoken::same_call;

/// How long a call counts as new. A person who looks up at the sound still finds it marked.
pub const NEW_FOR: Duration = Duration::from_secs(8);
/// Calls listed under the newest one.
pub const EARLIER_MAX: usize = 5;
/// Missed numbers listed: as many as fit into a line.
pub const MISSED_MAX: usize = 8;

/// Whether the board can be believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Link {
    /// Nothing was heard so far.
    Connecting,
    /// The service is heard.
    Live,
    /// The service is not heard: numbers may be old.
    Stale,
}

/// One call on the wall.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallLine {
    /// Who.
    pub number: String,
    /// Where to go.
    pub room: String,
    /// The line the number stood in; empty for the normal one.
    pub mark: &'static str,
}

/// Everything on the wall.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DisplayModel {
    /// The waiting area's name; empty before the first board.
    pub zone: String,
    /// Wall clock, `HH:MM`.
    pub clock: String,
    /// The newest call.
    pub latest: Option<CallLine>,
    /// Whether the newest call is new, see [`NEW_FOR`].
    pub is_new: bool,
    /// Whether the newest call repeats one.
    pub is_again: bool,
    /// The calls before, newest first, at most [`EARLIER_MAX`].
    pub earlier: Vec<CallLine>,
    /// Numbers that were called and did not come, newest first, at most [`MISSED_MAX`].
    pub missed: Vec<String>,
    /// People who wait in this zone.
    pub waiting: u32,
    /// Whether to believe it.
    pub link: Link,
    /// Whether calls cannot be heard here although they should be.
    pub voice_broken: bool,
}

/// What was heard so far.
#[derive(Debug)]
pub struct Wall {
    board: Option<Board>,
    link: Link,
    new_until: Option<Instant>,
    voice_broken: bool,
}

impl Default for Wall {
    fn default() -> Self {
        Self { board: None, link: Link::Connecting, new_until: None, voice_broken: false }
    }
}

impl Wall {
    /// Takes in what was heard at `now`. Calls of the first board are history, not new.
    pub fn hear(&mut self, update: BoardUpdate, now: Instant) {
        match update {
            BoardUpdate::Board(board) => {
                if self.board.as_ref().is_some_and(|held| has_new_call(held, &board)) {
                    self.new_until = Some(now + NEW_FOR);
                }
                self.board = Some(board);
            }
            BoardUpdate::Stale { .. } => self.link = Link::Stale,
            BoardUpdate::Live => self.link = Link::Live,
        }
    }

    /// The board held, if any was heard.
    #[must_use]
    pub const fn board(&self) -> Option<&Board> {
        self.board.as_ref()
    }

    /// Whether calls cannot be heard here although they should be.
    pub const fn set_voice_broken(&mut self, broken: bool) {
        self.voice_broken = broken;
    }

    /// What the wall shows at `now`.
    #[must_use]
    pub fn model(&self, now: Instant, clock: &str) -> DisplayModel {
        let mut calls = self.board.iter().flat_map(|board| &board.calls).map(line);
        let newest = self.board.as_ref().and_then(|board| board.calls.first());
        let missed = self.board.iter().flat_map(|board| &board.missed);
        DisplayModel {
            zone: self.board.as_ref().map(|board| board.zone_name.clone()).unwrap_or_default(),
            clock: clock.to_owned(),
            latest: calls.next(),
            is_again: newest.is_some_and(|call| call.mark.recalls > 0),
            is_new: self.new_until.is_some_and(|until| now < until),
            earlier: calls.take(EARLIER_MAX).collect(),
            missed: missed.map(ToString::to_string).take(MISSED_MAX).collect(),
            waiting: self
                .board
                .iter()
                .flat_map(|board| board.waiting.values())
                .fold(0, |sum, n| sum.saturating_add(*n)),
            link: self.link,
            voice_broken: self.voice_broken,
        }
    }
}

/// Whether the newest call of `board` was not in `held` at all. When a call is taken back the one before it comes to the
/// top, and nobody was called.
fn has_new_call(held: &Board, board: &Board) -> bool {
    board.calls.first().is_some_and(|newest| held.calls.iter().all(|call| !same_call(call, newest)))
}

/// Beside the room of a number that a kiosk issued while the service was away, as it says on its paper.
const PROVISIONAL: &str = "số tạm";

fn line(call: &Call) -> CallLine {
    let room = &call.room_name;
    let room = if call.mark.provisional { format!("{room} · {PROVISIONAL}") } else { room.clone() };
    CallLine { number: call.number.to_string(), room, mark: mark(call.mark.line) }
}

/// The words that the web display has for the same lines.
const fn mark(line: Line) -> &'static str {
    match line {
        Line::Emergency => "Cấp cứu",
        Line::Priority => "Ưu tiên",
        Line::Booked => "Đã hẹn",
        Line::Normal => "",
    }
}

#[cfg(test)]
mod tests {
    use queue_protocol::model::{CallMark, RoomId, ServiceId, UnixMillis, ZoneId};

    use super::*;

    fn call(number: &str, room: &str) -> Call {
        Call {
            number: number.parse().unwrap(),
            service: ServiceId::new("noi").unwrap(),
            room: RoomId::new(room).unwrap(),
            room_name: format!("Phòng {room}"),
            called_at: UnixMillis(0),
            mark: CallMark::default(),
        }
    }

    fn board(calls: &[Call]) -> BoardUpdate {
        let mut board = Board::new(ZoneId::new("khu-b").unwrap(), "Khu B".into(), "2026-11-23".parse().unwrap(), 1);
        board.calls = calls.to_vec();
        board.waiting = [("noi", 3), ("nhi", 4)].map(|(id, n)| (ServiceId::new(id).unwrap(), n)).into();
        BoardUpdate::Board(board)
    }

    fn wall(updates: impl IntoIterator<Item = BoardUpdate>, now: Instant) -> Wall {
        let mut wall = Wall::default();
        updates.into_iter().for_each(|update| wall.hear(update, now));
        wall
    }

    #[test]
    fn a_board_is_a_newest_call_earlier_calls_and_a_count() {
        let now = Instant::now();
        let calls: Vec<Call> = (1..=9).rev().map(|n| call(&format!("A-00{n}"), "205")).collect();
        let model = wall([BoardUpdate::Live, board(&calls)], now).model(now, "08:15");
        assert_eq!(model.latest, Some(CallLine { number: "A-009".into(), room: "Phòng 205".into(), mark: "" }));
        let earlier: Vec<&str> = model.earlier.iter().map(|line| line.number.as_str()).collect();
        assert_eq!(earlier, ["A-008", "A-007", "A-006", "A-005", "A-004"]);
        assert_eq!((model.zone.as_str(), model.clock.as_str(), model.waiting), ("Khu B", "08:15", 7));
        assert_eq!(model.link, Link::Live);
    }

    #[test]
    fn a_call_is_new_for_a_while() {
        let now = Instant::now();
        let wall = wall([board(&[]), board(&[call("A-001", "205")])], now);
        assert!(wall.model(now, "").is_new);
        assert!(wall.model(now + NEW_FOR - Duration::from_millis(1), "").is_new);
        assert!(!wall.model(now + NEW_FOR, "").is_new);
    }

    #[test]
    fn calls_from_before_a_display_was_switched_on_are_not_new() {
        let now = Instant::now();
        assert!(!wall([board(&[call("A-001", "205")])], now).model(now, "").is_new);
    }

    #[test]
    fn an_event_that_is_no_call_makes_nothing_new() {
        let now = Instant::now();
        let same = || board(&[call("A-001", "205")]);
        assert!(!wall([same(), same()], now).model(now, "").is_new);
        assert!(!wall([same(), board(&[])], now).model(now, "").is_new);
    }

    #[test]
    fn a_call_that_is_taken_back_does_not_make_the_one_before_new() {
        let now = Instant::now();
        let (before, last) = (call("A-001", "205"), call("A-002", "206"));
        assert!(!wall([board(&[last, before.clone()]), board(&[before])], now).model(now, "").is_new);
    }

    #[test]
    fn who_missed_a_call_which_line_it_was_and_that_it_is_repeated_are_on_the_wall() {
        let now = Instant::now();
        let mut again = call("A-001", "205");
        again.mark = CallMark { line: Line::Priority, recalls: 1, provisional: false };
        let BoardUpdate::Board(mut board) = board(&[again, call("A-002", "206")]) else { unreachable!() };
        board.missed = (1..=12).map(|n| format!("B-{n:03}").parse().unwrap()).collect();
        let model = wall([BoardUpdate::Board(board)], now).model(now, "");
        assert_eq!((model.latest.unwrap().mark, model.is_again, model.earlier[0].mark), ("Ưu tiên", true, ""));
        assert_eq!((model.missed.len(), model.missed[0].as_str()), (MISSED_MAX, "B-001"));
    }

    #[test]
    fn a_provisional_number_says_that_it_is_one() {
        let mut provisional = call("TA-001", "205");
        provisional.mark.provisional = true;
        assert_eq!(line(&provisional).room, "Phòng 205 · số tạm");
    }

    #[test]
    fn the_same_number_called_from_another_room_is_new() {
        let now = Instant::now();
        assert!(wall([board(&[call("A-001", "205")]), board(&[call("A-001", "206")])], now).model(now, "").is_new);
    }

    #[test]
    fn silence_is_said_until_the_service_is_heard_again() {
        let now = Instant::now();
        let stale = || BoardUpdate::Stale { since: now };
        assert_eq!(wall([], now).model(now, "").link, Link::Connecting);
        assert_eq!(wall([stale()], now).model(now, "").link, Link::Stale);
        let model = wall([BoardUpdate::Live, board(&[call("A-001", "205")]), stale()], now).model(now, "");
        assert_eq!((model.link, model.latest.is_some()), (Link::Stale, true));
        assert_eq!(wall([stale(), BoardUpdate::Live], now).model(now, "").link, Link::Live);
    }
}
