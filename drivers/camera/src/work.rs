//! How much may be done for one frame.

/// Work in units of about one pixel looked at, so that a limit is the same on every machine and can be tested.
///
/// A unit is what one pixel costs in a pass over a plane, about 2 ns on a desktop core of 2020; a place between pixels
/// that is mapped and sampled costs five.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Work {
    limit: u64,
    done: u64,
}

impl Work {
    pub const fn up_to(limit: u64) -> Self {
        Self { limit, done: 0 }
    }

    /// Units done so far. Never more than the limit.
    pub const fn done(&self) -> u64 {
        self.done
    }

    /// Whether `units` more may be done; they are then counted as done.
    #[must_use]
    pub fn take(&mut self, units: usize) -> bool {
        let after = self.done.saturating_add(units as u64);
        let fits = after <= self.limit;
        if fits {
            self.done = after;
        }
        fits
    }
}
