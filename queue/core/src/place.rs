use queue_protocol::model::Placement;

use crate::call::Lane;

/// Distance between the places of two arrivals. Tickets are put between them.
pub const PLACE_SPACING: i64 = 1 << 20;

/// The place of the `arrival`th ticket in every line: what keeps it in order of arrival, whatever the clock said.
#[must_use]
pub const fn place_of_arrival(arrival: i64) -> i64 {
    arrival.saturating_mul(PLACE_SPACING)
}

/// What a ticket finds in the service it joins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Joined {
    /// How often the service has called today.
    pub calls: i64,
    /// The highest place that anybody of the day has or had in it.
    pub last_place: Option<i64>,
}

/// How and where the `arrival`th ticket waits when it joins a line at `placement`; `lane` is how it would wait had it
/// stood there all the time. Its arrival stays what it was.
#[must_use]
pub fn join(placement: Placement, arrival: i64, lane: Lane, joined: Joined) -> (Lane, i64) {
    let kept = place_of_arrival(arrival);
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
        let kept = join(Placement::KeepPlace, 5, NORMAL, JOINED);
        assert_eq!(kept, (NORMAL, place_of_arrival(5)));
        assert_eq!(join(Placement::AfterCurrent, 5, NORMAL, JOINED), (Lane::Back(7), place_of_arrival(5)));
        let (lane, end) = join(Placement::End, 5, NORMAL, JOINED);
        assert!(lane == NORMAL && place_of_arrival(9) < end && end < place_of_arrival(10));
    }

    #[test]
    fn an_emergency_stays_one() {
        let emergency = Lane::New(Line::Emergency);
        assert_eq!(join(Placement::AfterCurrent, 5, emergency, JOINED).0, emergency);
    }

    #[test]
    fn the_end_is_never_before_ones_own_arrival() {
        let nobody = Joined { calls: 0, last_place: None };
        assert_eq!(join(Placement::End, 5, NORMAL, nobody).1, place_of_arrival(5));
        assert_eq!(join(Placement::End, 50, NORMAL, JOINED).1, place_of_arrival(50));
    }
}
