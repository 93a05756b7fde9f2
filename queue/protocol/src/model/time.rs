use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Milliseconds since 1970-01-01T00:00:00Z by the service's clock. For people and statistics; order comes from
/// sequence numbers, never from this.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UnixMillis(pub i64);

/// A text that is no service day.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected a date such as 2026-11-23")]
pub struct InvalidServiceDay;

/// The hospital's working day a number belongs to, as a date in the hospital's own time zone.
///
/// It is stored with the ticket and never recomputed: "today by UTC" would change it at seven in the morning in
/// Viet Nam.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ServiceDay {
    year: u16,
    month: u8,
    day: u8,
}

impl ServiceDay {
    /// The day with this date (proleptic Gregorian calendar, years 2000 to 9999).
    ///
    /// # Errors
    /// [`InvalidServiceDay`] when there is no such date.
    pub fn new(year: u16, month: u8, day: u8) -> Result<Self, InvalidServiceDay> {
        let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
        let last = match month {
            4 | 6 | 9 | 11 => 30,
            2 if leap => 29,
            2 => 28,
            1..=12 => 31,
            _ => return Err(InvalidServiceDay),
        };
        if (2000..=9999).contains(&year) && (1..=last).contains(&day) {
            Ok(Self { year, month, day })
        } else {
            Err(InvalidServiceDay)
        }
    }
}

impl ServiceDay {
    /// The day after; `None` after the last of the year 9999.
    #[must_use]
    pub fn next(self) -> Option<Self> {
        let Self { year, month, day } = self;
        let candidates = [(year, month, day.saturating_add(1)), (year, month.saturating_add(1), 1)];
        let new_year = || Self::new(year.saturating_add(1), 1, 1).ok();
        candidates.into_iter().find_map(|(year, month, day)| Self::new(year, month, day).ok()).or_else(new_year)
    }
}

impl fmt::Display for ServiceDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

impl FromStr for ServiceDay {
    type Err = InvalidServiceDay;

    fn from_str(text: &str) -> Result<Self, InvalidServiceDay> {
        let mut parts = text.splitn(3, '-');
        let (Some(year), Some(month), Some(day)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(InvalidServiceDay);
        };
        let parsed = (year.parse(), month.parse(), day.parse());
        let (Ok(year), Ok(month), Ok(day)) = parsed else {
            return Err(InvalidServiceDay);
        };
        let date = Self::new(year, month, day)?;
        if date.to_string() == text { Ok(date) } else { Err(InvalidServiceDay) }
    }
}

impl TryFrom<String> for ServiceDay {
    type Error = InvalidServiceDay;

    fn try_from(text: String) -> Result<Self, InvalidServiceDay> {
        text.parse()
    }
}

impl From<ServiceDay> for String {
    fn from(day: ServiceDay) -> Self {
        day.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_day_after_is_the_next_of_the_calendar() {
        for (day, next) in [
            ("2026-11-23", Some("2026-11-24")),
            ("2026-11-30", Some("2026-12-01")),
            ("2028-02-28", Some("2028-02-29")),
            ("2026-12-31", Some("2027-01-01")),
            ("9999-12-31", None),
        ] {
            let found = day.parse::<ServiceDay>().unwrap().next().map(|day| day.to_string());
            assert_eq!(found.as_deref(), next, "after {day}");
        }
    }

    #[test]
    fn a_service_day_is_a_real_date_with_one_spelling() {
        for good in ["2026-11-23", "2028-02-29", "2000-01-01"] {
            assert_eq!(good.parse::<ServiceDay>().unwrap().to_string(), good);
        }
        for bad in [
            "",
            "2026-11",
            "2026-11-31",
            "2026-02-29",
            "2100-02-29",
            "2026-13-01",
            "2026-1-1",
            "1999-01-01",
            "2026-11-23T00",
        ] {
            assert_eq!(bad.parse::<ServiceDay>(), Err(InvalidServiceDay), "{bad:?}");
        }
    }
}
