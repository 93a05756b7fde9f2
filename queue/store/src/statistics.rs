//! How long people waited and were seen, from tickets and the audit.

use std::collections::BTreeMap;

use queue_core::{Clinic, Moment, MomentKind, NumberTimes, local_hour, times_of};
use queue_protocol::model::{ServiceDay, UnixMillis};
use queue_protocol::v1::{Figures, HourFigures, NamedFigures, Spread, Statistics};

use crate::sql::{Result, Row, Sql, damaged, values};

/// Rows of the audit that are read at once.
const ROWS_PER_READ: i64 = 10_000;

/// The times of all numbers of `day`.
pub(crate) fn of_day(sql: &mut dyn Sql, day: ServiceDay) -> Result<Vec<NumberTimes>> {
    let mut moments = Vec::new();
    let mut last = 0;
    loop {
        let rows = sql.query(
            "SELECT audit.id, audit.at, audit.ticket, audit.step, audit.room, ticket.service
             FROM audit JOIN ticket ON ticket.id = audit.ticket
             WHERE audit.day = ?1 AND audit.id > ?2 ORDER BY audit.id LIMIT ?3",
            values![day.to_string(), last, ROWS_PER_READ],
        )?;
        let count = rows.len();
        for row in rows {
            let (id, moment) = moment(row)?;
            last = id;
            moments.extend(moment);
        }
        if i64::try_from(count).map_err(damaged)? < ROWS_PER_READ {
            return Ok(times_of(moments));
        }
    }
}

fn moment(mut row: Row) -> Result<(i64, Option<Moment>)> {
    let (id, at, ticket) = (row.int()?, row.millis()?, row.int()?);
    let step = row.text()?;
    let kind = match step.as_str() {
        "call_next" | "call" => Some(MomentKind::Called(row.parsed()?)),
        "issue" => {
            row.text()?;
            Some(MomentKind::Issued(row.parsed()?))
        }
        "arrived" => Some(MomentKind::Arrived),
        "finish" | "away" | "transfer" | "hold" | "cancel" => Some(MomentKind::Left),
        "missed" => Some(MomentKind::Missed),
        "void" => Some(MomentKind::Voided),
        // Steps that take no time: recall, return, rejoin, reactivate, groups.
        _ => None,
    };
    Ok((id, kind.map(|kind| Moment { at, ticket, kind })))
}

/// What is gathered of some numbers.
#[derive(Default)]
struct Tally {
    issued: u32,
    called: u32,
    missed: u32,
    waiting_ms: Vec<i64>,
    service_ms: Vec<i64>,
}

impl Tally {
    fn take(&mut self, number: &NumberTimes) {
        self.issued = self.issued.saturating_add(1);
        self.called = self.called.saturating_add(u32::from(number.waiting_ms.is_some()));
        self.missed = self.missed.saturating_add(u32::from(number.missed));
        self.waiting_ms.extend(number.waiting_ms);
        self.service_ms.extend(number.service_ms);
    }

    fn figures(self) -> Figures {
        let Self { issued, called, missed, waiting_ms, service_ms } = self;
        Figures { issued, called, missed, waiting: spread(waiting_ms), service: spread(service_ms) }
    }
}

fn spread(mut times_ms: Vec<i64>) -> Spread {
    times_ms.sort_unstable();
    let seconds = |ms: i64| u32::try_from(ms / 1_000).unwrap_or(u32::MAX);
    let Some(longest) = times_ms.last() else {
        return Spread::default();
    };
    // The smallest time that so many in a hundred do not exceed.
    let at = |percent: usize| {
        let rank = (times_ms.len() * percent).div_ceil(100).max(1);
        times_ms.get(rank - 1).copied().map_or(0, seconds)
    };
    let count = i64::try_from(times_ms.len()).unwrap_or(i64::MAX);
    Spread {
        count: u32::try_from(count).unwrap_or(u32::MAX),
        mean_s: seconds(times_ms.iter().fold(0_i64, |sum, ms| sum.saturating_add(*ms)) / count),
        median_s: at(50),
        p90_s: at(90),
        max_s: seconds(*longest),
    }
}

/// The figures of the numbers of some days.
pub(crate) fn figures(clinic: &Clinic, from: ServiceDay, to: ServiceDay, numbers: &[NumberTimes]) -> Statistics {
    let mut total = Tally::default();
    let (mut hours, mut services, mut rooms) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
    for number in numbers {
        total.take(number);
        tally(&mut services, number.service.clone(), number);
        if let Some(hour) = hour_of(number.issued_at, clinic) {
            tally(&mut hours, hour, number);
        }
        if let Some(room) = &number.room {
            tally(&mut rooms, room.clone(), number);
        }
    }
    let named = |id: &str, name: Option<&str>, tally: Tally| NamedFigures {
        id: id.to_owned(),
        name: name.unwrap_or(id).to_owned(),
        figures: tally.figures(),
    };
    Statistics {
        from,
        to,
        total: total.figures(),
        by_hour: hours.into_iter().map(|(hour, tally)| HourFigures { hour, figures: tally.figures() }).collect(),
        by_service: services
            .into_iter()
            .map(|(id, tally)| named(id.as_str(), clinic.service(&id).map(|found| found.name.as_str()), tally))
            .collect(),
        by_room: rooms
            .into_iter()
            .map(|(id, tally)| named(id.as_str(), clinic.room(&id).map(|found| found.name.as_str()), tally))
            .collect(),
    }
}

fn tally<K: Ord>(groups: &mut BTreeMap<K, Tally>, key: K, number: &NumberTimes) {
    groups.entry(key).or_default().take(number);
}

fn hour_of(at: UnixMillis, clinic: &Clinic) -> Option<u8> {
    local_hour(at, clinic).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spread_names_a_time_that_somebody_had() {
        assert_eq!(spread(Vec::new()), Spread::default());
        let one = spread(vec![90_000]);
        assert_eq!((one.count, one.mean_s, one.median_s, one.p90_s, one.max_s), (1, 90, 90, 90, 90));
        let ten = spread((1..=10).rev().map(|n| n * 1_000).collect());
        assert_eq!((ten.count, ten.mean_s, ten.median_s, ten.p90_s, ten.max_s), (10, 5, 5, 9, 10));
    }
}
