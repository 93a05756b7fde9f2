use jiff::{Timestamp, Zoned};
use queue_protocol::model::{ServiceDay, ServiceFacts, UnixMillis};

use crate::clinic::{Clinic, Service};
use crate::hours::clock_text;

/// A moment that no hospital's clock shows: the machine's clock was never set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the clock is not set: it shows {} ms since 1970, expected a year from 2000", .at.0)]
pub struct ClockNotSet {
    /// The moment.
    pub at: UnixMillis,
}

/// The service day `at` belongs to, by the clinic's time zone and day start.
///
/// # Errors
/// [`ClockNotSet`] before the year 2000 or after 9999.
pub fn service_day(at: UnixMillis, clinic: &Clinic) -> Result<ServiceDay, ClockNotSet> {
    let unset = ClockNotSet { at };
    let local = local(at, clinic)?.datetime();
    let date = if local.hour() < clinic.day_start_hour() {
        local.date().yesterday().map_err(|_| unset)?
    } else {
        local.date()
    };
    let part = |value: i8| u8::try_from(value).map_err(|_| unset);
    let year = u16::try_from(date.year()).map_err(|_| unset)?;
    ServiceDay::new(year, part(date.month())?, part(date.day())?).map_err(|_| unset)
}

/// `at` as people in the hospital read it: `HH:MM dd/mm/yyyy`.
///
/// # Errors
/// [`ClockNotSet`] outside the years a calendar has.
pub fn issued_at_local(at: UnixMillis, clinic: &Clinic) -> Result<String, ClockNotSet> {
    Ok(local(at, clinic)?.strftime("%H:%M %d/%m/%Y").to_string())
}

/// The hour (0 to 23) that `at` lies in, by the hospital's wall clock.
///
/// # Errors
/// [`ClockNotSet`] outside the years a calendar has.
pub fn local_hour(at: UnixMillis, clinic: &Clinic) -> Result<u8, ClockNotSet> {
    u8::try_from(local(at, clinic)?.hour()).map_err(|_| ClockNotSet { at })
}

/// Whether `service` gives out numbers at `at`.
///
/// # Errors
/// [`ClockNotSet`] outside the years a calendar has.
pub fn is_open(service: &Service, at: UnixMillis, clinic: &Clinic) -> Result<bool, ClockNotSet> {
    let Some(hours) = &service.hours else {
        return Ok(true);
    };
    Ok(hours.contains(minute_of_day(at, clinic)?))
}

/// What a kiosk may tell of the hours of `service` at `at`: the hours, and when a closed one opens.
///
/// # Errors
/// [`ClockNotSet`] outside the years a calendar has.
pub fn hours_told(service: &Service, at: UnixMillis, clinic: &Clinic) -> Result<ServiceFacts, ClockNotSet> {
    let Some(hours) = &service.hours else {
        return Ok(ServiceFacts::default());
    };
    let opens_at = hours.opens_after(minute_of_day(at, clinic)?).map(clock_text);
    Ok(ServiceFacts { hours: Some(hours.to_string()), opens_at, ..ServiceFacts::default() })
}

/// The moment at which the hospital's wall clock shows `minute` of the day (0 to 1439) on the date of `at`.
pub(crate) fn at_minute(at: UnixMillis, minute: u16, clinic: &Clinic) -> Result<UnixMillis, ClockNotSet> {
    let unset = ClockNotSet { at };
    let start = local(at, clinic)?.date().at(0, 0, 0, 0);
    let shown = start.checked_add(jiff::Span::new().minutes(minute)).map_err(|_| unset)?;
    let zoned = shown.to_zoned(clinic.time_zone().clone()).map_err(|_| unset)?;
    Ok(UnixMillis(zoned.timestamp().as_millisecond()))
}

pub(crate) fn minute_of_day(at: UnixMillis, clinic: &Clinic) -> Result<u16, ClockNotSet> {
    let local = local(at, clinic)?;
    let minute = i16::from(local.hour()) * 60 + i16::from(local.minute());
    u16::try_from(minute).map_err(|_| ClockNotSet { at })
}

fn local(at: UnixMillis, clinic: &Clinic) -> Result<Zoned, ClockNotSet> {
    let timestamp = Timestamp::from_millisecond(at.0).map_err(|_| ClockNotSet { at })?;
    Ok(timestamp.to_zoned(clinic.time_zone().clone()))
}
