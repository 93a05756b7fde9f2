use std::fmt;

/// A day of the Gregorian calendar.
///
/// ```
/// use vn_identity::Date;
///
/// assert!(Date::new(2024, 2, 29).is_some());
/// assert!(Date::new(2023, 2, 29).is_none());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date {
    /// Year, four digits.
    pub year: u16,
    /// Month, 1 to 12.
    pub month: u8,
    /// Day, 1 to 31.
    pub day: u8,
}

impl Date {
    /// The day, `None` when the calendar has none such. Years run from 1 to 9999.
    #[must_use]
    pub const fn new(year: u16, month: u8, day: u8) -> Option<Self> {
        let known_year = year >= 1 && year <= 9_999;
        if known_year && day >= 1 && day <= days_in(month, year) { Some(Self { year, month, day }) } else { None }
    }

    /// The same day `years` later. From 29 February it is 1 March where there is no 29th: which of its neighbours the
    /// law means is unsettled, and the later one never calls a valid card expired.
    #[must_use]
    pub fn years_later(self, years: u16) -> Self {
        let year = self.year.saturating_add(years);
        if self.month == 2 && self.day == 29 && days_in(2, year) == 28 {
            return Self { year, month: 3, day: 1 };
        }
        Self { year, ..self }
    }

    /// Reads `dd/MM/yyyy`. `None` when the text has another form or names no day.
    pub(crate) fn from_slashes(text: &str) -> Option<Self> {
        if !Self::is_slashed(text) {
            return None;
        }
        Self::new(text.get(6..10)?.parse().ok()?, text.get(3..5)?.parse().ok()?, text.get(0..2)?.parse().ok()?)
    }

    /// Whether the text has the form `dd/MM/yyyy`, whatever day it names.
    pub(crate) fn is_slashed(text: &str) -> bool {
        let shape = |(at, byte): (usize, u8)| if matches!(at, 2 | 5) { byte == b'/' } else { byte.is_ascii_digit() };
        text.len() == 10 && text.bytes().enumerate().all(shape)
    }

    /// Reads `ddMMyyyy`. `None` when the text has another form or names no day.
    pub(crate) fn from_ddmmyyyy(text: &str) -> Option<Self> {
        if !is_eight_digits(text) {
            return None;
        }
        Self::new(text.get(4..8)?.parse().ok()?, text.get(2..4)?.parse().ok()?, text.get(0..2)?.parse().ok()?)
    }
}

/// The form of a card's dates, whatever day they name.
pub(crate) fn is_eight_digits(text: &str) -> bool {
    text.len() == 8 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// 0 for a month that does not exist.
const fn days_in(month: u8, year: u16) -> u8 {
    match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => 29,
        2 => 28,
        _ => 0,
    }
}

impl fmt::Display for Date {
    /// ISO 8601, such as `1990-05-14`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_days_of_the_calendar_are_dates() {
        assert_eq!(Date::from_ddmmyyyy("29022000"), Date::new(2000, 2, 29));
        for wrong in ["29021900", "31041990", "00011990", "01131990", "01000000", "1451990", "14/05/90", "１４０５"]
        {
            assert_eq!(Date::from_ddmmyyyy(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn slashes_have_their_places() {
        assert_eq!(Date::from_slashes("14/05/1990"), Date::new(1990, 5, 14));
        for wrong in ["14-05-1990", "1/5/1990", "31/04/1990", "14/05/90", "14051990", "1/05//1990", ""] {
            assert_eq!(Date::from_slashes(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_birthday_on_29_february_falls_on_1_march_in_common_years() {
        let leap = Date { year: 1996, month: 2, day: 29 };
        assert_eq!(leap.years_later(25).to_string(), "2021-03-01");
        assert_eq!(leap.years_later(40).to_string(), "2036-02-29");
    }
}
