//! What patients are told of a service before they choose it.

use queue_protocol::model::{AppointmentTime, UnixMillis};

use crate::clinic::{Clinic, Service};
use crate::day::{ClockNotSet, at_minute, minute_of_day};
use crate::hours::clock_text;

/// Calls that have to have been before a wait is told: fewer say nothing.
pub const WAIT_CALLS_MIN: usize = 5;

/// Newest calls by which a wait is told.
pub const WAIT_CALLS_MAX: usize = 20;

/// Silence after which no wait is told, in milliseconds: a break, and nobody knows how long it is.
pub const WAIT_SILENCE_MS: i64 = 30 * MINUTE_MS;

/// Longest wait that is told, in minutes: a longer one is a sign that something is odd.
pub const WAIT_MINUTES_MAX: u32 = 8 * 60;

/// Most times for appointments that are told.
pub const APPOINTMENTS_MAX: usize = 48;

const MINUTE_MS: i64 = 60_000;

/// How long somebody who comes at `now` is likely to wait behind `waiting` others, in minutes, rounded up: as many
/// intervals between calls as there are people, by the service's own calls of today. `called_at` has the newest call
/// first.
///
/// The time since the newest call counts as well, so that the wait grows while nobody is called. `None` when it is not
/// known: nobody waits, too few calls have been, the last one was long ago, or the clock was put back.
#[must_use]
pub fn expected_wait(called_at: &[UnixMillis], waiting: u32, now: UnixMillis) -> Option<u32> {
    let called_at = called_at.get(..WAIT_CALLS_MAX).unwrap_or(called_at);
    let (newest, oldest) = (called_at.first()?, called_at.last()?);
    let silence = now.0.checked_sub(newest.0)?;
    if waiting == 0 || called_at.len() < WAIT_CALLS_MIN || !(0..=WAIT_SILENCE_MS).contains(&silence) {
        return None;
    }
    // Between n calls lie n - 1 intervals; the one that runs now counts once it is longer than those before.
    let between = newest.0.checked_sub(oldest.0).filter(|between| *between > 0)?;
    let intervals = i64::try_from(called_at.len()).ok()? - 1;
    let with_silence = between.checked_add(silence)? / (intervals + 1);
    let interval = (between / intervals).max(with_silence);
    let wait = interval.checked_mul(i64::from(waiting))?;
    u32::try_from(wait.checked_add(MINUTE_MS - 1)? / MINUTE_MS).ok().filter(|minutes| *minutes <= WAIT_MINUTES_MAX)
}

/// The times of today for which `service` takes appointments and for which somebody who comes at `now` is not too late,
/// the first [`APPOINTMENTS_MAX`] of them. Without opening hours it takes none.
///
/// # Errors
/// [`ClockNotSet`] outside the years a calendar has.
pub fn appointment_times(
    service: &Service,
    now: UnixMillis,
    clinic: &Clinic,
) -> Result<Vec<AppointmentTime>, ClockNotSet> {
    let (Some(hours), Some(every)) = (&service.hours, service.appointment_minutes) else {
        return Ok(Vec::new());
    };
    let late_minutes = i64::from(clinic.rules().booking.late_minutes);
    let minute_now = i64::from(minute_of_day(now, clinic)?);
    let still_good = |minute: &u16| i64::from(*minute) + late_minutes >= minute_now;
    let minutes = hours.every(every).into_iter().filter(still_good).take(APPOINTMENTS_MAX);
    minutes
        .map(|minute| Ok(AppointmentTime { at: at_minute(now, minute, clinic)?, local: clock_text(minute) }))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `count` calls, one every `minutes`, the newest at zero.
    fn calls(count: i64, minutes: i64) -> Vec<UnixMillis> {
        (0..count).map(|n| UnixMillis(-n * minutes * MINUTE_MS)).collect()
    }

    const fn after(minutes: i64) -> UnixMillis {
        UnixMillis(minutes * MINUTE_MS)
    }

    #[test]
    fn the_wait_is_as_many_intervals_as_people() {
        assert_eq!(expected_wait(&calls(20, 4), 6, after(0)), Some(24));
        assert_eq!(expected_wait(&calls(5, 4), 6, after(2)), Some(24));
        // Half a minute each is a minute and a half for three, told as two.
        let quick: Vec<UnixMillis> = (0..8).map(|n| UnixMillis(-n * MINUTE_MS / 2)).collect();
        assert_eq!(expected_wait(&quick, 3, after(0)), Some(2));
    }

    #[test]
    fn old_calls_do_not_count_and_a_slow_room_makes_it_longer() {
        let mut called = calls(20, 2);
        called.extend(calls(50, 60));
        assert_eq!(expected_wait(&called, 5, after(0)), Some(10));
        assert_eq!(expected_wait(&calls(5, 4), 6, after(24)), Some(48));
    }

    #[test]
    fn what_is_not_known_is_not_told() {
        assert_eq!(expected_wait(&[], 3, after(0)), None);
        assert_eq!(expected_wait(&calls(4, 4), 3, after(0)), None);
        assert_eq!(expected_wait(&calls(20, 4), 0, after(0)), None);
        assert_eq!(expected_wait(&calls(20, 4), 3, after(31)), None);
        assert_eq!(expected_wait(&calls(20, 4), 3, after(-1)), None);
        assert_eq!(expected_wait(&calls(20, 0), 3, after(1)), None);
        assert_eq!(expected_wait(&calls(20, 25), 500, after(0)), None);
        assert_eq!(expected_wait(&[UnixMillis(i64::MAX), UnixMillis(i64::MIN)], 3, after(0)), None);
    }
}
