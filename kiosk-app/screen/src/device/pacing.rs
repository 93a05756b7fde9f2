//! When the next frame may be drawn. Times are since the program began.

use std::time::Duration;

/// How long a flip is waited for. A panel shows 24 pictures a second or more; a flip that takes this long never comes.
pub const FLIP_MAX: Duration = Duration::from_secs(1);
/// Fewest and most pictures a second that are drawn, whatever the panel says of itself.
const RATE: (u32, u32) = (24, 60);

/// What to do about a picture that waits to be drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    /// Draw.
    Now,
    /// Not before so long from now; an event of the panel may come earlier.
    In(Duration),
}

/// Keeps frames at least a picture of the panel apart, and one at a time with the kernel.
#[derive(Debug)]
pub struct Pacing {
    interval: Duration,
    drawn: Option<Duration>,
    flipping: Option<Duration>,
}

impl Pacing {
    /// For a panel of `hertz` pictures a second.
    #[must_use]
    pub fn new(hertz: u32) -> Self {
        let rate = hertz.clamp(RATE.0, RATE.1);
        Self { interval: Duration::from_secs(1) / rate, drawn: None, flipping: None }
    }

    /// Whether to draw at `now`.
    #[must_use]
    pub fn at(&self, now: Duration) -> Pace {
        let after_flip = self.flipping.map(|begun| begun + FLIP_MAX);
        let after_frame = self.drawn.map(|drawn| drawn + self.interval);
        let earliest = after_flip.into_iter().chain(after_frame).max().unwrap_or(now);
        if earliest <= now { Pace::Now } else { Pace::In(earliest.saturating_sub(now)) }
    }

    /// A frame was drawn and is on the panel.
    pub const fn drew(&mut self, now: Duration) {
        self.drawn = Some(now);
        self.flipping = None;
    }

    /// A frame was drawn, and the kernel tells when it is on the panel.
    pub const fn flips(&mut self, now: Duration) {
        self.drawn = Some(now);
        self.flipping = Some(now);
    }

    /// It is.
    pub const fn flipped(&mut self) {
        self.flipping = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    #[test]
    fn the_first_frame_waits_for_nothing() {
        assert_eq!(Pacing::new(60).at(ms(0)), Pace::Now);
    }

    #[test]
    fn frames_are_a_picture_of_the_panel_apart() {
        let mut pacing = Pacing::new(50);
        pacing.drew(ms(100));
        assert_eq!(pacing.at(ms(105)), Pace::In(ms(15)));
        assert_eq!(pacing.at(ms(120)), Pace::Now);
    }

    #[test]
    fn no_frame_is_drawn_into_a_buffer_that_is_about_to_be_shown() {
        let mut pacing = Pacing::new(50);
        pacing.flips(ms(100));
        assert_eq!(pacing.at(ms(150)), Pace::In(ms(950)));
        pacing.flipped();
        assert_eq!(pacing.at(ms(150)), Pace::Now);
    }

    #[test]
    fn a_flip_that_never_comes_does_not_stop_the_screen() {
        let mut pacing = Pacing::new(50);
        pacing.flips(ms(100));
        assert_eq!(pacing.at(ms(1_100)), Pace::Now);
    }

    #[test]
    fn a_panel_that_says_nonsense_of_itself_is_drawn_at_a_sane_rate() {
        for (hertz, apart) in [(0, 41), (240, 16), (1_000, 16)] {
            let mut pacing = Pacing::new(hertz);
            pacing.drew(ms(0));
            let Pace::In(wait) = pacing.at(ms(0)) else { panic!("{hertz} Hz: no pause") };
            assert_eq!(wait.as_millis(), apart, "{hertz} Hz");
        }
    }
}
