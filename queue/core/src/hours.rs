use std::fmt;
use std::num::NonZeroU16;
use std::str::FromStr;

/// Minutes of a day.
const DAY_MINUTES: u16 = 24 * 60;

/// A text that is no opening hours.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected opening hours such as 06:30-16:30, got {got:?}")]
pub struct InvalidHours {
    /// The text.
    pub got: String,
}

/// When a service gives out numbers, by the wall clock of the hospital: spans such as `06:30-11:30, 13:30-16:30`, each
/// from its first minute up to, not including, its second. `22:00-06:00` spans midnight.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpeningHours {
    spans: Vec<Span>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Span {
    opens_minute: u16,
    closes_minute: u16,
}

impl OpeningHours {
    /// Whether `minute` of the day (0 to 1439) is inside.
    #[must_use]
    pub fn contains(&self, minute: u16) -> bool {
        self.spans.iter().any(|span| span.contains(minute))
    }

    /// The minutes of the day (0 to 1439) inside, `step` apart and counted from the start of each span, in order.
    #[must_use]
    pub fn every(&self, step: NonZeroU16) -> Vec<u16> {
        let mut minutes: Vec<u16> = self.spans.iter().flat_map(|span| span.every(step)).collect();
        minutes.sort_unstable();
        minutes.dedup();
        minutes
    }

    /// The minute of the day at which numbers are next given out, for somebody who comes at `minute`, today or
    /// tomorrow; `None` while they are being given out.
    #[must_use]
    pub fn opens_after(&self, minute: u16) -> Option<u16> {
        if self.contains(minute) {
            return None;
        }
        let wait = |opens: u16| (opens + DAY_MINUTES - minute) % DAY_MINUTES;
        self.spans.iter().map(|span| span.opens_minute).min_by_key(|opens| wait(*opens))
    }
}

impl fmt::Display for OpeningHours {
    /// As they are parsed, such as `06:30-11:30, 13:30-16:30`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, span) in self.spans.iter().enumerate() {
            let gap = if place == 0 { "" } else { ", " };
            write!(f, "{gap}{}-{}", clock_text(span.opens_minute), clock_text(span.closes_minute))?;
        }
        Ok(())
    }
}

/// A minute of the day as `HH:MM`.
pub(crate) fn clock_text(minute: u16) -> String {
    format!("{:02}:{:02}", minute / 60, minute % 60)
}

impl Span {
    const fn contains(self, minute: u16) -> bool {
        if self.opens_minute < self.closes_minute {
            self.opens_minute <= minute && minute < self.closes_minute
        } else {
            self.opens_minute <= minute || minute < self.closes_minute
        }
    }

    fn every(self, step: NonZeroU16) -> impl Iterator<Item = u16> {
        let over_midnight = if self.opens_minute < self.closes_minute { 0 } else { DAY_MINUTES };
        (self.opens_minute..self.closes_minute + over_midnight)
            .step_by(usize::from(step.get()))
            .map(|minute| minute % DAY_MINUTES)
    }

    fn parse(text: &str) -> Option<Self> {
        let (opens, closes) = text.split_once('-')?;
        let span = Self { opens_minute: minute_of_day(opens)?, closes_minute: minute_of_day(closes)? };
        (span.opens_minute != span.closes_minute && span.opens_minute < DAY_MINUTES).then_some(span)
    }
}

impl FromStr for OpeningHours {
    type Err = InvalidHours;

    /// Parses spans `HH:MM-HH:MM` with `, ` between them; `24:00` is allowed as an end.
    fn from_str(text: &str) -> Result<Self, InvalidHours> {
        let spans: Option<Vec<Span>> = text.split(", ").map(Span::parse).collect();
        spans.map(|spans| Self { spans }).ok_or_else(|| InvalidHours { got: text.to_owned() })
    }
}

fn minute_of_day(text: &str) -> Option<u16> {
    let [h1, h2, b':', m1, m2] = *text.as_bytes() else {
        return None;
    };
    let digit = |byte: u8| byte.is_ascii_digit().then(|| u16::from(byte - b'0'));
    let (hour, minute) = (digit(h1)? * 10 + digit(h2)?, digit(m1)? * 10 + digit(m2)?);
    let total = hour * 60 + minute;
    (minute < 60 && total <= DAY_MINUTES).then_some(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inside(hours: &str, minute: &str) -> bool {
        hours.parse::<OpeningHours>().unwrap().contains(minute_of_day(minute).unwrap())
    }

    #[test]
    fn hours_include_their_first_minute_and_not_their_last() {
        let seen = ["06:29", "06:30", "16:29", "16:30"].map(|minute| inside("06:30-16:30", minute));
        assert_eq!(seen, [false, true, true, false]);
    }

    #[test]
    fn night_hours_span_midnight() {
        let seen = ["21:59", "22:00", "00:00", "05:59", "06:00"].map(|minute| inside("22:00-06:00", minute));
        assert_eq!(seen, [false, true, true, true, false]);
        assert!(inside("00:00-24:00", "23:59"));
    }

    #[test]
    fn a_noon_break_is_outside() {
        let seen = ["11:29", "11:30", "13:29", "13:30"].map(|minute| inside("06:30-11:30, 13:30-16:30", minute));
        assert_eq!(seen, [true, false, false, true]);
    }

    #[test]
    fn who_comes_too_early_or_at_noon_is_told_when_it_opens() {
        let opens = |minute: &str| {
            let hours = "06:30-11:30, 13:30-16:30".parse::<OpeningHours>().unwrap();
            hours.opens_after(minute_of_day(minute).unwrap()).map(clock_text)
        };
        let told = ["05:00", "06:30", "11:30", "13:29", "16:30", "23:59"].map(opens);
        let text = |text: &str| Some(text.to_owned());
        assert_eq!(told, [text("06:30"), None, text("13:30"), text("13:30"), text("06:30"), text("06:30")]);
    }

    #[test]
    fn hours_are_shown_as_they_are_written() {
        for text in ["06:30-16:30", "06:30-11:30, 13:30-16:30", "22:00-06:00", "00:00-24:00"] {
            assert_eq!(text.parse::<OpeningHours>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn appointments_lie_inside_and_are_counted_from_each_opening() {
        let every = |hours: &str, step| {
            let minutes = hours.parse::<OpeningHours>().unwrap().every(NonZeroU16::new(step).unwrap());
            minutes.into_iter().map(clock_text).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(every("07:00-08:30, 13:15-14:00", 30), "07:00 07:30 08:00 13:15 13:45");
        assert_eq!(every("22:30-01:00", 60), "00:30 22:30 23:30");
        assert_eq!(every("00:00-24:00", 600), "00:00 10:00 20:00");
    }

    #[test]
    fn hours_have_one_spelling() {
        for good in ["06:30-16:30", "06:30-11:30, 13:30-24:00", "22:00-06:00"] {
            assert_eq!(good.parse::<OpeningHours>().unwrap().to_string(), good);
        }
        for bad in [
            "",
            "6:30-16:30",
            "06:30",
            "06:30-06:30",
            "06:60-07:00",
            "25:00-26:00",
            "24:00-06:00",
            "06:30–16:30",
            "06:30-07:00,",
            "06:30-07:00,08:00-09:00",
        ] {
            assert!(bad.parse::<OpeningHours>().is_err(), "{bad:?}");
        }
    }
}
