//! Today's date where the hospital is, from the wall clock.

use jiff::Timestamp;
use jiff::civil::Time;
use jiff::tz::TimeZone;
use kiosk_screen::device::schedule::{Minute, minute_of_day};
use queue_protocol::model::UnixMillis;
use vn_identity::Date;

/// Where the hospital is. Viet Nam has one zone.
const TIME_ZONE: &str = "Asia/Ho_Chi_Minh";

/// A clock that shows an earlier year has lost its battery and has not been set yet: this software is newer.
const YEAR_MIN: u16 = 2026;

/// Today in the hospital's time zone; `None` while the clock cannot be right.
///
/// A date that only might be right would refuse every card as "issued in the future", so an unset clock says nothing.
pub fn today() -> Option<Date> {
    date_of(Timestamp::now())
}

/// The minute of the hospital's day; midnight where there is no such time zone.
pub fn minute() -> Minute {
    let local = TimeZone::get(TIME_ZONE).map(|zone| Timestamp::now().to_zoned(zone).time());
    let minutes = local.map_or(0, |time| i32::from(time.hour()) * 60 + i32::from(time.minute()));
    minute_of_day(u16::try_from(minutes).unwrap_or(0))
}

fn date_of(now: Timestamp) -> Option<Date> {
    local(now).filter(|date| date.year >= YEAR_MIN)
}

fn local(now: Timestamp) -> Option<Date> {
    let day = now.to_zoned(TimeZone::get(TIME_ZONE).ok()?).date();
    Date::new(day.year().try_into().ok()?, day.month().try_into().ok()?, day.day().try_into().ok()?)
}

/// The time of day where the hospital is, right or not: for what is louder at one hour than at another.
pub fn time_of_day() -> Time {
    TimeZone::get(TIME_ZONE).map_or(Time::MIN, |zone| Timestamp::now().to_zoned(zone).time())
}

/// Whether a wall clock that shows `at` can be right.
pub fn is_set(at: UnixMillis) -> bool {
    Timestamp::from_millisecond(at.0).ok().and_then(date_of).is_some()
}

/// The date of `at` in the hospital's time zone, right or not.
pub fn date_at(at: UnixMillis) -> Option<Date> {
    local(Timestamp::from_millisecond(at.0).ok()?)
}

/// `at` as people in the hospital read it, `HH:MM dd/mm/yyyy`; empty while the clock cannot be right.
pub fn local_text(at: UnixMillis) -> String {
    let zoned = Timestamp::from_millisecond(at.0).ok().filter(|_| is_set(at));
    let zoned = zoned.and_then(|instant| Some(instant.to_zoned(TimeZone::get(TIME_ZONE).ok()?)));
    zoned.map(|zoned| zoned.strftime("%H:%M %d/%m/%Y").to_string()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_day_begins_at_the_hospitals_midnight() {
        let date = |instant: &str| date_of(instant.parse().unwrap()).map(|date| date.to_string());
        assert_eq!(date("2026-11-22T16:59:59Z"), Some("2026-11-22".into()));
        assert_eq!(date("2026-11-22T17:00:00Z"), Some("2026-11-23".into()));
    }

    #[test]
    fn a_clock_that_was_never_set_tells_no_day() {
        assert_eq!(date_of(Timestamp::UNIX_EPOCH), None);
    }
}
