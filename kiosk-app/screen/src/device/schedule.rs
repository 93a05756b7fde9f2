//! Brightness by the hour, and a dark panel that a touch wakes.

use std::str::FromStr;
use std::time::Duration;

const MINUTES_OF_DAY: u16 = 24 * 60;
/// Most changes in a day.
const ENTRIES_MAX: usize = 24;
/// How long a touch keeps a panel lit that would be dark by the hour.
pub const AWAKE: Duration = Duration::from_mins(3);

/// A minute of the local day, 0 to 1,439.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Minute(u16);

impl Minute {
    /// `hour` is 0 to 23, `minute` 0 to 59; `None` otherwise.
    #[must_use]
    pub fn new(hour: u8, minute: u8) -> Option<Self> {
        (hour < 24 && minute < 60).then(|| Self(u16::from(hour) * 60 + u16::from(minute)))
    }
}

/// How bright the panel is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Brightness {
    /// Dark: the panel sleeps.
    Off,
    /// Of what the panel can, 1 to 100.
    Percent(u8),
}

/// Brightness by the hour, written `06:00=100,19:00=60,22:00=off`. Each holds until the next, the last one past midnight.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule(Vec<(Minute, Brightness)>);

/// A text that is no schedule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected at most 24 of HH:MM=PERCENT or HH:MM=off, in order, such as 06:00=100,22:00=off, got {got:?}")]
pub struct InvalidSchedule {
    got: String,
}

impl Default for Schedule {
    /// Fully bright, always.
    fn default() -> Self {
        Self(vec![(Minute(0), Brightness::Percent(100))])
    }
}

impl Schedule {
    /// How bright the panel is at `minute`.
    #[must_use]
    pub fn at(&self, minute: Minute) -> Brightness {
        let begun = self.0.iter().rev().find(|(from, _)| *from <= minute);
        begun.or(self.0.last()).map_or(Brightness::Percent(100), |(_, brightness)| *brightness)
    }
}

impl FromStr for Schedule {
    type Err = InvalidSchedule;

    fn from_str(text: &str) -> Result<Self, InvalidSchedule> {
        let refused = || InvalidSchedule { got: text.to_owned() };
        let entries: Option<Vec<_>> = text.split(',').map(|entry| parse_entry(entry.trim())).collect();
        let entries = entries.ok_or_else(refused)?;
        let in_order = entries.is_sorted_by(|one, next| one.0 < next.0);
        if in_order && entries.len() <= ENTRIES_MAX { Ok(Self(entries)) } else { Err(refused()) }
    }
}

fn parse_entry(entry: &str) -> Option<(Minute, Brightness)> {
    let (time, level) = entry.split_once('=')?;
    let (hour, minute) = time.split_once(':')?;
    if hour.len() != 2 || minute.len() != 2 {
        return None;
    }
    let minute = Minute::new(hour.parse().ok()?, minute.parse().ok()?)?;
    let brightness = match level {
        "off" => Brightness::Off,
        percent => Brightness::Percent(percent.parse().ok().filter(|percent| (1..=100).contains(percent))?),
    };
    Some((minute, brightness))
}

/// What becomes of a touch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Touched {
    /// The panel was dark: the touch lights it and presses nothing that nobody could see.
    Wakes,
    /// It goes to what it touches.
    Passes,
}

/// Decides when the panel is dark. Times are since the program began.
#[derive(Debug)]
pub struct Blanking {
    schedule: Schedule,
    awake_until: Duration,
}

impl Blanking {
    /// By `schedule`.
    #[must_use]
    pub const fn new(schedule: Schedule) -> Self {
        Self { schedule, awake_until: Duration::ZERO }
    }

    /// How bright the panel is at `now`, which is `minute` of the local day.
    #[must_use]
    pub fn brightness(&self, now: Duration, minute: Minute) -> Brightness {
        match self.schedule.at(minute) {
            Brightness::Off if now < self.awake_until => Brightness::Percent(100),
            by_hour @ (Brightness::Off | Brightness::Percent(_)) => by_hour,
        }
    }

    /// Somebody touched the panel.
    pub fn touched(&mut self, now: Duration, minute: Minute) -> Touched {
        let before = self.brightness(now, minute);
        self.awake_until = now + AWAKE;
        match before {
            Brightness::Off => Touched::Wakes,
            Brightness::Percent(_) => Touched::Passes,
        }
    }
}

/// The minute of the local day that is `minutes` after midnight; more than a day begins anew.
#[must_use]
pub const fn minute_of_day(minutes: u16) -> Minute {
    Minute(minutes % MINUTES_OF_DAY)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn minute(text: &str) -> Minute {
        let (hour, minute) = text.split_once(':').unwrap();
        Minute::new(hour.parse().unwrap(), minute.parse().unwrap()).unwrap()
    }

    #[test]
    fn each_brightness_holds_until_the_next_and_the_last_past_midnight() {
        let schedule: Schedule = "06:00=100, 19:00=60,22:30=off".parse().unwrap();
        for (at, expected) in [
            ("00:00", Brightness::Off),
            ("05:59", Brightness::Off),
            ("06:00", Brightness::Percent(100)),
            ("18:59", Brightness::Percent(100)),
            ("19:00", Brightness::Percent(60)),
            ("22:30", Brightness::Off),
            ("23:59", Brightness::Off),
        ] {
            assert_eq!(schedule.at(minute(at)), expected, "{at}");
        }
        assert_eq!(Schedule::default().at(minute("03:00")), Brightness::Percent(100));
        assert_eq!(minute_of_day(1_441), minute("00:01"));
    }

    #[test]
    fn what_is_no_schedule_is_refused() {
        for bad in [
            "",
            "06:00",
            "6:00=10",
            "24:00=10",
            "06:60=10",
            "06:00=0",
            "06:00=101",
            "06:00=on",
            "07:00=10,06:00=20",
            "07:00=10,07:00=20",
            "06:00=10,",
        ] {
            assert!(bad.parse::<Schedule>().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_touch_on_a_dark_panel_lights_it_for_a_while_and_presses_nothing() {
        let mut blanking = Blanking::new("06:00=80,22:00=off".parse().unwrap());
        let (night, start) = (minute("23:00"), Duration::from_hours(9));
        assert_eq!(blanking.brightness(start, night), Brightness::Off);
        assert_eq!(blanking.touched(start, night), Touched::Wakes);
        assert_eq!(blanking.brightness(start, night), Brightness::Percent(100));
        assert_eq!(blanking.touched(start + Duration::from_secs(1), night), Touched::Passes);
        let last = start + Duration::from_secs(1) + AWAKE;
        assert_eq!(blanking.brightness(last - Duration::from_millis(1), night), Brightness::Percent(100));
        assert_eq!(blanking.brightness(last, night), Brightness::Off);
    }

    #[test]
    fn by_day_every_touch_passes() {
        let mut blanking = Blanking::new("06:00=80,22:00=off".parse().unwrap());
        assert_eq!(blanking.touched(Duration::ZERO, minute("12:00")), Touched::Passes);
        assert_eq!(blanking.brightness(Duration::ZERO, minute("12:00")), Brightness::Percent(80));
    }
}
