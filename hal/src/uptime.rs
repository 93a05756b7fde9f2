//! Monotonic time as a value, so that nothing below the run loop needs a clock.

use std::fmt;
use std::ops::Add;
use std::time::Duration;

/// Monotonic time since an unspecified start, fixed for the life of the process.
///
/// Values from different links may only be compared when the links share a clock. Deadlines are values of this type:
/// an operation ends at or before its deadline, give or take the granularity of the operating system.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Uptime(Duration);

impl Uptime {
    /// The start of the clock.
    pub const ZERO: Self = Self(Duration::ZERO);

    /// Time `since_start` after the start of the clock.
    #[must_use]
    pub const fn new(since_start: Duration) -> Self {
        Self(since_start)
    }

    /// Time `millis` milliseconds after the start of the clock.
    #[must_use]
    pub const fn from_millis(millis: u64) -> Self {
        Self(Duration::from_millis(millis))
    }

    /// Time since the start of the clock.
    #[must_use]
    pub const fn since_start(self) -> Duration {
        self.0
    }

    /// How long from `earlier` to `self`; zero when `earlier` is later.
    #[must_use]
    pub const fn saturating_since(self, earlier: Self) -> Duration {
        self.0.saturating_sub(earlier.0)
    }
}

impl Add<Duration> for Uptime {
    type Output = Self;

    /// Saturates at the largest representable time, so that "for ever" can be written as `Duration::MAX`.
    fn add(self, span: Duration) -> Self {
        Self(self.0.saturating_add(span))
    }
}

impl fmt::Display for Uptime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.3} s", self.0.as_secs_f64())
    }
}
