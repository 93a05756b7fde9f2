use std::fmt;

use crate::date::Date;

/// When somebody was born, as exactly as the token says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Birth {
    /// On this day.
    Day(Date),
    /// Some time in this year: all that some health insurance cards say.
    Year(u16),
}

/// A priority group that a birth date decides (Law 15/2023/QH15, Art. 3 cl. 2). The other five need a person to ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PriorityGroup {
    /// A child under 6.
    UnderSix,
    /// Aged 75 or more.
    SeventyFiveAndOver,
}

/// How sure a derived fact is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Sureness {
    /// The claim, if true, leaves no doubt.
    Certain,
    /// Only the year is known: staff must ask.
    Possible,
}

/// A priority group the holder belongs to, if the claim is true.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PriorityHint {
    /// The group.
    pub group: PriorityGroup,
    /// How sure that is.
    pub sureness: Sureness,
}

/// First age that is no longer "under 6".
const SIX: u16 = 6;
/// First age of the elderly group.
const SEVENTY_FIVE: u16 = 75;

impl Birth {
    /// The year.
    #[must_use]
    pub const fn year(self) -> u16 {
        match self {
            Self::Day(day) => day.year,
            Self::Year(year) => year,
        }
    }

    /// The day, `None` when only the year is known.
    #[must_use]
    pub const fn day(self) -> Option<Date> {
        match self {
            Self::Day(day) => Some(day),
            Self::Year(_) => None,
        }
    }

    /// The earliest day it can have been.
    pub(crate) const fn earliest(self) -> Date {
        match self {
            Self::Day(day) => day,
            Self::Year(year) => Date { year, month: 1, day: 1 },
        }
    }

    /// The latest day it can have been.
    pub(crate) const fn latest(self) -> Date {
        match self {
            Self::Day(day) => day,
            Self::Year(year) => Date { year, month: 12, day: 31 },
        }
    }

    /// The priority group this birth puts somebody in on `today`. A bare year is never more than *possible*.
    ///
    /// ```
    /// use vn_identity::{Birth, Date, PriorityGroup, PriorityHint, Sureness};
    ///
    /// let today = Date { year: 2026, month: 11, day: 23 };
    /// let hint = |birth: Birth| birth.priority(today).map(|PriorityHint { group, sureness }| (group, sureness));
    /// let on = |year, month, day| Birth::Day(Date { year, month, day });
    /// assert_eq!(hint(on(1951, 11, 23)), Some((PriorityGroup::SeventyFiveAndOver, Sureness::Certain)));
    /// assert_eq!(hint(on(1951, 11, 24)), None);
    /// assert_eq!(hint(Birth::Year(1951)), Some((PriorityGroup::SeventyFiveAndOver, Sureness::Possible)));
    /// assert_eq!(hint(on(2020, 11, 24)), Some((PriorityGroup::UnderSix, Sureness::Certain)));
    /// assert_eq!(hint(on(2020, 11, 23)), None);
    /// ```
    #[must_use]
    pub fn priority(self, today: Date) -> Option<PriorityHint> {
        let group = if today < self.latest().years_later(SIX) {
            PriorityGroup::UnderSix
        } else if today >= self.earliest().years_later(SEVENTY_FIVE) {
            PriorityGroup::SeventyFiveAndOver
        } else {
            return None;
        };
        let sureness = if self.day().is_some() { Sureness::Certain } else { Sureness::Possible };
        Some(PriorityHint { group, sureness })
    }

    /// Reads `dd/MM/yyyy`, or `yyyy` alone.
    pub(crate) fn from_slashes(text: &str) -> Result<Self, NotABirth> {
        if text.len() == 4 && text.bytes().all(|byte| byte.is_ascii_digit()) {
            return match text.parse() {
                Ok(year @ 1..) => Ok(Self::Year(year)),
                Ok(0) | Err(_) => Err(NotABirth::NoSuchDay),
            };
        }
        if !Date::is_slashed(text) {
            return Err(NotABirth::Format);
        }
        Date::from_slashes(text).map(Self::Day).ok_or(NotABirth::NoSuchDay)
    }
}

/// Why a text is no birth date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NotABirth {
    Format,
    NoSuchDay,
}

impl fmt::Display for Birth {
    /// ISO 8601: `1990-05-14`, or `1950`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Day(day) => day.fmt(f),
            Self::Year(year) => write!(f, "{year:04}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TODAY: Date = Date { year: 2026, month: 11, day: 23 };

    fn hint(birth: &str) -> Option<(PriorityGroup, Sureness)> {
        let birth = Birth::from_slashes(birth).unwrap();
        birth.priority(TODAY).map(|hint| (hint.group, hint.sureness))
    }

    #[test]
    fn the_birthday_itself_decides() {
        assert_eq!(hint("23/11/1951"), Some((PriorityGroup::SeventyFiveAndOver, Sureness::Certain)));
        assert_eq!(hint("24/11/1951"), None);
        assert_eq!(hint("24/11/2020"), Some((PriorityGroup::UnderSix, Sureness::Certain)));
        assert_eq!(hint("23/11/2020"), None);
    }

    #[test]
    fn a_year_alone_is_possible_at_most() {
        for (year, group) in [
            ("1930", Some(PriorityGroup::SeventyFiveAndOver)),
            ("1951", Some(PriorityGroup::SeventyFiveAndOver)),
            ("1952", None),
            ("2019", None),
            ("2020", Some(PriorityGroup::UnderSix)),
        ] {
            assert_eq!(hint(year), group.map(|group| (group, Sureness::Possible)), "{year}");
        }
    }

    #[test]
    fn other_forms_are_no_birth() {
        for text in ["14051990", "1990-05-14", "1/5/1990", "", "50"] {
            assert_eq!(Birth::from_slashes(text), Err(NotABirth::Format), "{text}");
        }
        for text in ["31/02/1990", "0000"] {
            assert_eq!(Birth::from_slashes(text), Err(NotABirth::NoSuchDay), "{text}");
        }
    }
}
