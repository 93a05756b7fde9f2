//! How long the numbers of a day waited and were seen, from what was done with them.

use std::collections::BTreeMap;

use queue_protocol::model::{RoomId, ServiceId, UnixMillis};

/// Something that was done with a number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moment {
    /// When.
    pub at: UnixMillis,
    /// Which ticket, by its place in the order of arrival.
    pub ticket: i64,
    /// What.
    pub kind: MomentKind,
}

/// What was done with a number, as far as times go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MomentKind {
    /// It was issued for this service.
    Issued(ServiceId),
    /// This room called it, in its turn or out of it.
    Called(RoomId),
    /// It came into the room.
    Arrived,
    /// It left the room: finished, sent away, transferred, put aside or ended.
    Left,
    /// It did not come.
    Missed,
    /// It was taken back unseen: it counts for nothing.
    Voided,
}

/// The times of one number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NumberTimes {
    /// The service it was issued for.
    pub service: ServiceId,
    /// When it was issued.
    pub issued_at: UnixMillis,
    /// The room that called it first.
    pub room: Option<RoomId>,
    /// From the issue to the first call, in milliseconds.
    pub waiting_ms: Option<i64>,
    /// In rooms altogether, in milliseconds; of a number that is in one still, what is over.
    pub service_ms: Option<i64>,
    /// Its last call was missed.
    pub missed: bool,
    seen_since: Option<UnixMillis>,
}

/// The times of all numbers of a day, by order of arrival. `moments` are in the order in which they happened.
///
/// A room has one number at a time: the next call ends the one before. A clock that was put back counts as no time.
#[must_use]
pub fn times_of(moments: impl IntoIterator<Item = Moment>) -> Vec<NumberTimes> {
    let mut day = Day::default();
    for moment in moments {
        day.take(moment);
    }
    day.numbers.into_values().collect()
}

#[derive(Default)]
struct Day {
    numbers: BTreeMap<i64, NumberTimes>,
    at_room: BTreeMap<RoomId, i64>,
}

impl Day {
    fn take(&mut self, Moment { at, ticket, kind }: Moment) {
        match kind {
            MomentKind::Issued(service) => {
                let number = NumberTimes {
                    service,
                    issued_at: at,
                    room: None,
                    waiting_ms: None,
                    service_ms: None,
                    missed: false,
                    seen_since: None,
                };
                self.numbers.insert(ticket, number);
            }
            MomentKind::Called(room) => self.call(at, ticket, room),
            MomentKind::Arrived => {
                if let Some(number) = self.numbers.get_mut(&ticket) {
                    number.seen_since = Some(at);
                }
            }
            MomentKind::Left => self.leave(at, ticket),
            MomentKind::Missed => {
                self.at_room.retain(|_, other| *other != ticket);
                if let Some(number) = self.numbers.get_mut(&ticket) {
                    (number.missed, number.seen_since) = (true, None);
                }
            }
            MomentKind::Voided => {
                self.at_room.retain(|_, other| *other != ticket);
                self.numbers.remove(&ticket);
            }
        }
    }

    fn call(&mut self, at: UnixMillis, ticket: i64, room: RoomId) {
        if let Some(before) = self.at_room.insert(room.clone(), ticket).filter(|before| *before != ticket) {
            self.see_off(at, before);
        }
        if let Some(number) = self.numbers.get_mut(&ticket) {
            number.waiting_ms.get_or_insert_with(|| passed(number.issued_at, at));
            number.room.get_or_insert(room);
            (number.missed, number.seen_since) = (false, Some(at));
        }
    }

    fn leave(&mut self, at: UnixMillis, ticket: i64) {
        self.at_room.retain(|_, other| *other != ticket);
        self.see_off(at, ticket);
    }

    fn see_off(&mut self, at: UnixMillis, ticket: i64) {
        if let Some(number) = self.numbers.get_mut(&ticket)
            && let Some(since) = number.seen_since.take()
        {
            number.service_ms = Some(number.service_ms.unwrap_or(0).saturating_add(passed(since, at)));
        }
    }
}

fn passed(from: UnixMillis, to: UnixMillis) -> i64 {
    to.0.saturating_sub(from.0).max(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: i64 = 60_000;

    fn at(minute: i64, ticket: i64, kind: MomentKind) -> Moment {
        Moment { at: UnixMillis(minute * MINUTE), ticket, kind }
    }

    fn issued() -> MomentKind {
        MomentKind::Issued(ServiceId::new("noi").unwrap())
    }

    fn called(room: &str) -> MomentKind {
        MomentKind::Called(RoomId::new(room).unwrap())
    }

    fn minutes(times: &NumberTimes) -> (Option<i64>, Option<i64>, bool) {
        (times.waiting_ms.map(|ms| ms / MINUTE), times.service_ms.map(|ms| ms / MINUTE), times.missed)
    }

    #[test]
    fn waiting_ends_with_the_first_call_and_service_begins_with_the_arrival() {
        let moments = [
            at(0, 1, issued()),
            at(10, 1, called("p1")),
            at(12, 1, MomentKind::Arrived),
            at(20, 1, MomentKind::Left),
            at(50, 1, called("p2")),
            at(55, 1, MomentKind::Left),
        ];
        let times = times_of(moments);
        assert_eq!(times.iter().map(minutes).collect::<Vec<_>>(), [(Some(10), Some(13), false)]);
        assert_eq!(times[0].room.as_ref().map(RoomId::as_str), Some("p1"));
    }

    #[test]
    fn the_next_call_of_a_room_ends_the_one_before() {
        let moments = [at(0, 1, issued()), at(0, 2, issued()), at(5, 1, called("p1")), at(9, 2, called("p1"))];
        let times: Vec<_> = times_of(moments).iter().map(minutes).collect();
        assert_eq!(times, [(Some(5), Some(4), false), (Some(9), None, false)]);
    }

    #[test]
    fn who_missed_was_not_seen_and_who_was_taken_back_counts_for_nothing() {
        let moments = [
            at(0, 1, issued()),
            at(0, 2, issued()),
            at(5, 1, called("p1")),
            at(6, 1, MomentKind::Missed),
            at(7, 2, MomentKind::Voided),
            at(8, 3, called("p1")),
        ];
        let times: Vec<_> = times_of(moments).iter().map(minutes).collect();
        assert_eq!(times, [(Some(5), None, true)]);
    }

    #[test]
    fn a_clock_that_was_put_back_makes_no_negative_time() {
        let times = times_of([at(10, 1, issued()), at(5, 1, called("p1")), at(3, 1, MomentKind::Left)]);
        assert_eq!(minutes(&times[0]), (Some(0), Some(0), false));
    }
}
