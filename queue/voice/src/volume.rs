//! How loud calls are at which hour.

use std::str::FromStr;

use jiff::civil::Time;

/// Loudness by time of day, such as `06:00=90,20:00=40`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Volume {
    /// From this time on, this many percent; in ascending order, never empty.
    steps: Vec<(Time, u8)>,
}

impl Default for Volume {
    /// As loud as it is at every hour.
    fn default() -> Self {
        Self { steps: vec![(Time::midnight(), 100)] }
    }
}

/// A text that is no [`Volume`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "\"{found}\" is no volume, expected percent such as 80, or times and percent in order such as 06:00=90,20:00=40"
)]
pub struct InvalidVolume {
    found: String,
}

impl Volume {
    /// Percent at `time`. Before the first step of a day the last step of the day before goes on.
    #[must_use]
    pub fn at(&self, time: Time) -> u8 {
        let current = self.steps.iter().rev().find(|(from, _)| *from <= time);
        current.or(self.steps.last()).map_or(100, |(_, percent)| *percent)
    }
}

impl FromStr for Volume {
    type Err = InvalidVolume;

    fn from_str(text: &str) -> Result<Self, InvalidVolume> {
        let invalid = || InvalidVolume { found: text.to_owned() };
        let percent = |text: &str| text.parse().ok().filter(|percent| *percent <= 100).ok_or_else(invalid);
        if !text.contains('=') {
            return Ok(Self { steps: vec![(Time::midnight(), percent(text)?)] });
        }
        let step = |step: &str| {
            let (time, loudness) = step.split_once('=').ok_or_else(invalid)?;
            Ok((Time::strptime("%H:%M", time).map_err(|_| invalid())?, percent(loudness)?))
        };
        let steps: Vec<(Time, u8)> = text.split(',').map(step).collect::<Result<_, _>>()?;
        if steps.is_sorted_by(|(one, _), (next, _)| one < next) { Ok(Self { steps }) } else { Err(invalid()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_quieter_in_the_evening_and_through_the_night() {
        let volume: Volume = "06:00=90,20:30=40".parse().unwrap();
        let at = |hour, minute| volume.at(Time::constant(hour, minute, 0, 0));
        assert_eq!([at(6, 0), at(20, 29), at(20, 30), at(23, 59), at(0, 0), at(5, 59)], [90, 90, 40, 40, 40, 40]);
    }

    #[test]
    fn one_number_is_for_the_whole_day() {
        assert_eq!("75".parse::<Volume>().unwrap().at(Time::constant(3, 0, 0, 0)), 75);
    }

    #[test]
    fn what_is_no_volume_is_refused_with_an_example() {
        for text in ["", "101", "06:00", "06:00=", "25:00=10", "20:00=40,06:00=90", "06:00=90,06:00=80", "06:00=90,"] {
            let error = text.parse::<Volume>().unwrap_err();
            assert!(error.to_string().contains("06:00=90,20:00=40"), "{text}: {error}");
        }
    }
}
