//! Whose turn it is to be called aloud: calls wait in order, are said once or twice, and are dropped only when they are
//! so old that saying them would mislead.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use queue_protocol::model::TicketNumber;

use crate::phrase::Occasion;

/// Calls that wait to be said. Ten minutes of uninterrupted speech; what comes on top pushes the oldest out.
pub const WAITING_MAX: usize = 100;
/// A call that waited longer is not said: its patient has long seen it on the screen, or was called again.
pub const STALE_AFTER: Duration = Duration::from_mins(10);
/// A call nobody else waits behind is said this often.
pub const TIMES: u8 = 2;

/// One call, to be said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spoken {
    pub number: TicketNumber,
    /// As it stands on the screen, such as `Phòng 205`.
    pub room_name: String,
    pub occasion: Occasion,
    /// A kiosk issued it while the service was away.
    pub provisional: bool,
}

/// What came of a call that was added.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Added {
    Waits,
    /// The same number to the same room waits already and is said once.
    Merged,
    /// It waits, and the oldest waiting call will not be said.
    PushedOut(TicketNumber),
}

#[derive(Debug)]
struct Waiting {
    spoken: Spoken,
    since: Instant,
}

/// The calls that wait, oldest first.
#[derive(Debug, Default)]
pub struct Turns {
    waiting: VecDeque<Waiting>,
    /// The call said last, and how often; said again only while nobody waits.
    last: Option<(Waiting, u8)>,
}

impl Turns {
    /// Adds a call that was made at `now`.
    pub fn add(&mut self, spoken: Spoken, now: Instant) -> Added {
        let same = |waiting: &&mut Waiting| {
            waiting.spoken.number == spoken.number && waiting.spoken.room_name == spoken.room_name
        };
        if let Some(waiting) = self.waiting.iter_mut().find(same) {
            // It keeps its place; that it is a second call is worth saying.
            waiting.spoken.occasion = spoken.occasion;
            waiting.since = now;
            return Added::Merged;
        }
        self.waiting.push_back(Waiting { spoken, since: now });
        match self.waiting.len() > WAITING_MAX {
            true => self.waiting.pop_front().map_or(Added::Waits, |oldest| Added::PushedOut(oldest.spoken.number)),
            false => Added::Waits,
        }
    }

    /// A number that is not to come any more, such as one taken back.
    pub fn forget(&mut self, number: TicketNumber) {
        self.waiting.retain(|waiting| waiting.spoken.number != number);
        self.last.take_if(|(waiting, _)| waiting.spoken.number == number);
    }

    /// The call to say at `now`, if any: the oldest that is not stale, else the last one once more.
    pub fn next(&mut self, now: Instant) -> Option<Spoken> {
        let stale = |waiting: &Waiting| now.saturating_duration_since(waiting.since) > STALE_AFTER;
        self.waiting.retain(|waiting| !stale(waiting));
        if let Some(waiting) = self.waiting.pop_front() {
            let spoken = waiting.spoken.clone();
            self.last = Some((waiting, 1));
            return Some(spoken);
        }
        let (waiting, times) = self.last.as_mut()?;
        if *times >= TIMES || stale(waiting) {
            self.last = None;
            return None;
        }
        *times += 1;
        Some(waiting.spoken.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(ordinal: u16) -> Spoken {
        let number = format!("A-{ordinal:03}").parse().unwrap();
        Spoken { number, room_name: "Phòng 3".to_owned(), occasion: Occasion::Call, provisional: false }
    }

    fn all(turns: &mut Turns, now: Instant) -> Vec<String> {
        std::iter::from_fn(|| turns.next(now)).take(1_000).map(|spoken| spoken.number.to_string()).collect()
    }

    #[test]
    fn twenty_calls_in_one_second_are_all_said_in_order_and_only_the_last_twice() {
        let now = Instant::now();
        let mut turns = Turns::default();
        (1..=20).for_each(|ordinal| assert_eq!(turns.add(call(ordinal), now), Added::Waits));
        let mut expected: Vec<String> = (1..=20).map(|ordinal| format!("A-{ordinal:03}")).collect();
        expected.push("A-020".to_owned());
        assert_eq!(all(&mut turns, now), expected);
    }

    #[test]
    fn a_new_call_comes_before_the_repeat_of_the_last() {
        let now = Instant::now();
        let mut turns = Turns::default();
        turns.add(call(1), now);
        assert_eq!(turns.next(now), Some(call(1)));
        turns.add(call(2), now);
        assert_eq!(all(&mut turns, now), ["A-002", "A-002"]);
    }

    #[test]
    fn the_same_call_twice_is_said_as_a_second_call_in_its_first_place() {
        let now = Instant::now();
        let mut turns = Turns::default();
        turns.add(call(1), now);
        turns.add(call(2), now);
        let again = Spoken { occasion: Occasion::Recall, ..call(1) };
        assert_eq!(turns.add(again.clone(), now), Added::Merged);
        assert_eq!(turns.next(now), Some(again));
        let elsewhere = Spoken { room_name: "Phòng 4".to_owned(), ..call(2) };
        assert_eq!(turns.add(elsewhere, now), Added::Waits);
        assert_eq!(all(&mut turns, now), ["A-002", "A-002", "A-002"]);
    }

    #[test]
    fn a_stale_call_is_not_said_and_not_repeated() {
        let now = Instant::now();
        let late = now + STALE_AFTER + Duration::from_secs(1);
        let mut turns = Turns::default();
        turns.add(call(1), now);
        turns.add(call(2), late);
        assert_eq!(turns.next(late), Some(call(2)));
        assert_eq!(turns.next(late + STALE_AFTER + Duration::from_secs(1)), None);
    }

    #[test]
    fn a_call_that_was_taken_back_is_not_said() {
        let now = Instant::now();
        let mut turns = Turns::default();
        for ordinal in 1..=2 {
            turns.add(call(ordinal), now);
        }
        assert_eq!(turns.next(now), Some(call(1)));
        turns.forget(call(1).number);
        turns.forget(call(2).number);
        assert_eq!(turns.next(now), None);
    }

    #[test]
    fn too_many_calls_push_the_oldest_out_and_say_which() {
        let now = Instant::now();
        let mut turns = Turns::default();
        let last = u16::try_from(WAITING_MAX).unwrap() + 1;
        for ordinal in 1..last {
            turns.add(call(ordinal), now);
        }
        assert_eq!(turns.add(call(last), now), Added::PushedOut(call(1).number));
        assert_eq!(all(&mut turns, now).len(), WAITING_MAX + 1);
    }
}
