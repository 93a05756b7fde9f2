use jiff::civil::Date;
use jiff::tz::TimeZone;
use queue_protocol::model::{Placement, ServiceDay, UnixMillis};

use crate::call::Lane;

/// Distance between the places of two arrivals. Tickets are put between them.
pub const PLACE_SPACING: i64 = 1 << 20;

/// The place of the `arrival`th ticket in every line: what keeps it in order of arrival, whatever the clock said.
#[must_use]
pub const fn place_of_arrival(arrival: i64) -> i64 {
    arrival.saturating_mul(PLACE_SPACING)
}

/// How finely arrivals between two numbers of the service are told apart, in milliseconds. With it the longest service
/// day there can be, in any time zone, fits between two places.
const LATE_STEP_MS: i64 = 250;

/// No time zone is further ahead of UTC, in milliseconds.
const AHEAD_OF_UTC_MAX_MS: i64 = 14 * 60 * 60 * 1_000;

/// The place of a ticket of `day` that arrived at `at` and is told of later: behind the `before`th ticket, the last one
/// that came before it, in front of the one after that, and in order of time among those that are put there too.
#[must_use]
pub fn place_of_late_arrival(before: i64, day: ServiceDay, at: UnixMillis) -> i64 {
    let since = at.0.saturating_sub(earliest_of(day)).max(0) / LATE_STEP_MS;
    place_of_arrival(before).saturating_add(1 + since.min(PLACE_SPACING - 2))
}

/// A moment before `day` begins anywhere, in milliseconds since 1970.
fn earliest_of(day: ServiceDay) -> i64 {
    let date: Option<Date> = day.to_string().parse().ok();
    let midnight = date.and_then(|date| date.to_zoned(TimeZone::UTC).ok());
    midnight.map_or(0, |midnight| midnight.timestamp().as_millisecond().saturating_sub(AHEAD_OF_UTC_MAX_MS))
}

/// What a ticket finds in the service it joins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Joined {
    /// How often the service has called today.
    pub calls: i64,
    /// The highest place of those of the day who wait in it, or are aside and may come back.
    pub last_place: Option<i64>,
}

/// How and where the ticket with the place of arrival `kept` waits when it joins a line at `placement`; `lane` is how
/// it would wait had it stood there all the time. Its arrival stays what it was.
#[must_use]
pub fn join(placement: Placement, kept: i64, lane: Lane, joined: Joined) -> (Lane, i64) {
    match placement {
        Placement::KeepPlace => (lane, kept),
        Placement::AfterCurrent => match lane {
            Lane::New(queue_protocol::model::Line::Emergency) => (lane, kept),
            Lane::New(_) | Lane::Booked(_) | Lane::Back(_) => (Lane::Back(joined.calls), kept),
        },
        Placement::End => (lane, joined.last_place.map_or(kept, |last| last.saturating_add(1).max(kept))),
    }
}

#[cfg(test)]
mod tests {
    use queue_protocol::model::Line;

    use super::*;

    const JOINED: Joined = Joined { calls: 7, last_place: Some(9 * PLACE_SPACING) };
    const NORMAL: Lane = Lane::New(Line::Normal);

    #[test]
    fn a_ticket_keeps_its_place_goes_next_or_goes_to_the_end() {
        let kept = join(Placement::KeepPlace, place_of_arrival(5), NORMAL, JOINED);
        assert_eq!(kept, (NORMAL, place_of_arrival(5)));
        assert_eq!(
            join(Placement::AfterCurrent, place_of_arrival(5), NORMAL, JOINED),
            (Lane::Back(7), place_of_arrival(5))
        );
        let (lane, end) = join(Placement::End, place_of_arrival(5), NORMAL, JOINED);
        assert!(lane == NORMAL && place_of_arrival(9) < end && end < place_of_arrival(10));
    }

    #[test]
    fn an_emergency_stays_one() {
        let emergency = Lane::New(Line::Emergency);
        assert_eq!(join(Placement::AfterCurrent, place_of_arrival(5), emergency, JOINED).0, emergency);
    }

    #[test]
    fn the_end_is_never_before_ones_own_arrival() {
        let nobody = Joined { calls: 0, last_place: None };
        assert_eq!(join(Placement::End, place_of_arrival(5), NORMAL, nobody).1, place_of_arrival(5));
        assert_eq!(join(Placement::End, place_of_arrival(50), NORMAL, JOINED).1, place_of_arrival(50));
    }

    #[test]
    fn who_is_told_of_late_stands_between_those_around_them_in_order_of_time() {
        let day: ServiceDay = "2026-11-23".parse().unwrap();
        // 2026-11-23T00:00:00+07:00.
        let midnight = 1_795_366_800_000;
        let at = |hour: i64| place_of_late_arrival(5, day, UnixMillis(midnight + hour * 3_600_000));
        let places: Vec<i64> = (0..48).map(at).collect();
        assert!(places.is_sorted_by(|one, other| one < other));
        assert!(place_of_arrival(5) < places[0] && places[47] < place_of_arrival(6));
        let wrong = [i64::MIN, i64::MAX].map(|ms| place_of_late_arrival(5, day, UnixMillis(ms)));
        assert!(wrong.iter().all(|place| (place_of_arrival(5) + 1..place_of_arrival(6)).contains(place)));
    }
}
