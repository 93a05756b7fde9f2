//! Which calls of a board are said aloud: a pure comparison of the board before and after.

use queue_protocol::board::Board;
use queue_protocol::model::{Call, TicketNumber, UnixMillis};
use queue_voice::phrase::Occasion;
use queue_voice::turns::Spoken;

/// After a time without the service, calls older than this are on the wall and not said any more.
pub const SAID_WITHIN_MS: i64 = 5 * 60 * 1_000;

/// What a new board means for the loudspeaker.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Aloud {
    /// To be said, in the order they were called.
    pub say: Vec<Spoken>,
    /// Taken back: not to be said any more.
    pub forget: Vec<TicketNumber>,
}

/// What changed from `held` to `board` at `now`. The first board of all (`None`) is history: nothing is said.
#[must_use]
pub fn aloud(held: Option<&Board>, board: &Board, now: UnixMillis) -> Aloud {
    let Some(held) = held else { return Aloud::default() };
    let is_new = |call: &&Call| held.calls.iter().all(|known| !same_call(known, call));
    // A repeated call keeps the time of the first one.
    let is_recent = |call: &&Call| {
        now.0.saturating_sub(call.called_at.0) <= SAID_WITHIN_MS
            || held.calls.iter().any(|known| known.number == call.number && known.mark.recalls < call.mark.recalls)
    };
    let new = board.calls.iter().filter(is_new).filter(is_recent).rev();
    let say = new.map(|call| spoken(held, call)).collect();
    // A full board drops its oldest calls: these were not taken back.
    let oldest = board.calls.last().map_or(i64::MIN, |call| call.called_at.0);
    let gone = |call: &&Call| call.called_at.0 > oldest && board.calls.iter().all(|known| known.number != call.number);
    let forget = if held.day == board.day {
        held.calls.iter().filter(gone).map(|call| call.number).collect()
    } else {
        Vec::new()
    };
    Aloud { say, forget }
}

fn spoken(held: &Board, call: &Call) -> Spoken {
    let again = held.calls.iter().any(|known| known.number == call.number && known.room == call.room);
    let occasion = if again || call.mark.recalls > 0 { Occasion::Recall } else { Occasion::Call };
    Spoken { number: call.number, room_name: call.room_name.clone(), occasion, provisional: call.mark.provisional }
}

/// A number that is called again, from elsewhere or later, is another call.
pub(crate) fn same_call(one: &Call, other: &Call) -> bool {
    (one.number, &one.room, one.called_at, one.mark.recalls)
        == (other.number, &other.room, other.called_at, other.mark.recalls)
}

#[cfg(test)]
mod tests {
    use queue_protocol::model::{CallMark, RoomId, ServiceId, ZoneId};

    use super::*;

    fn call(number: &str, room: &str, at_s: i64) -> Call {
        Call {
            number: number.parse().unwrap(),
            service: ServiceId::new("noi").unwrap(),
            room: RoomId::new(room).unwrap(),
            room_name: format!("Phòng {room}"),
            called_at: UnixMillis(at_s * 1_000),
            mark: CallMark::default(),
        }
    }

    /// Newest first, as boards are.
    fn board(calls: &[Call]) -> Board {
        let mut board = Board::new(ZoneId::new("khu-b").unwrap(), "Khu B".into(), "2026-11-23".parse().unwrap(), 1);
        board.calls = calls.iter().rev().cloned().collect();
        board
    }

    fn said<const N: usize>(held: [&Call; N], now: &[Call], now_s: i64) -> Vec<(String, Occasion)> {
        let aloud = aloud(Some(&board(&held.map(Clone::clone))), &board(now), UnixMillis(now_s * 1_000));
        aloud.say.iter().map(|spoken| (spoken.number.to_string(), spoken.occasion)).collect()
    }

    #[test]
    fn a_new_call_is_said_and_a_known_one_is_not() {
        let (first, second) = (call("A-001", "205", 1), call("A-002", "206", 2));
        assert_eq!(said([&first], &[first.clone(), second], 2), [("A-002".to_owned(), Occasion::Call)]);
        assert_eq!(said([&first], std::slice::from_ref(&first), 2), []);
    }

    #[test]
    fn the_board_at_switch_on_is_not_said() {
        assert_eq!(aloud(None, &board(&[call("A-001", "205", 1)]), UnixMillis(1_000)), Aloud::default());
    }

    #[test]
    fn several_calls_after_a_gap_are_said_in_the_order_they_were_made() {
        let calls = [call("A-001", "205", 1), call("A-002", "206", 2), call("A-003", "205", 3)];
        let numbers: Vec<String> = said([], &calls, 4).into_iter().map(|(number, _)| number).collect();
        assert_eq!(numbers, ["A-001", "A-002", "A-003"]);
    }

    #[test]
    fn what_was_called_long_ago_while_the_service_was_away_is_not_said() {
        let late = SAID_WITHIN_MS / 1_000 + 10;
        let calls = [call("A-001", "205", 1), call("A-002", "206", late)];
        assert_eq!(said([], &calls, late), [("A-002".to_owned(), Occasion::Call)]);
    }

    #[test]
    fn the_same_number_called_again_to_the_same_room_is_a_second_call() {
        let first = call("A-001", "205", 1);
        assert_eq!(said([&first], &[call("A-001", "205", 60)], 60), [("A-001".to_owned(), Occasion::Recall)]);
        assert_eq!(said([&first], &[call("A-001", "206", 60)], 60), [("A-001".to_owned(), Occasion::Call)]);
        let mut recalled = first.clone();
        recalled.mark.recalls = 1;
        let late = SAID_WITHIN_MS / 1_000 + 10;
        assert_eq!(said([&first], &[recalled], late), [("A-001".to_owned(), Occasion::Recall)]);
    }

    #[test]
    fn a_call_taken_back_is_forgotten_and_one_that_no_longer_fits_is_not() {
        let calls: Vec<Call> = (1..=3).map(|n| call(&format!("A-00{n}"), "205", n)).collect();
        let forgotten = |now: &[Call]| aloud(Some(&board(&calls)), &board(now), UnixMillis(3_000)).forget;
        assert_eq!(forgotten(&[calls[0].clone(), calls[2].clone()]), [calls[1].number]);
        assert_eq!(forgotten(&calls[1..]), []);
    }
}
