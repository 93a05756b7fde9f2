//! How much may be done for one frame.

/// Units for a place between pixels that is mapped and sampled.
pub const SAMPLE_UNITS: usize = 3;

/// Work in units of about 30 instructions, so that a limit is the same on every machine and can be tested.
///
/// A pass over a plane is a third of a unit a pixel or less, as many pixels are worked on at once; a place between pixels
/// that is mapped and sampled is [`SAMPLE_UNITS`].
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
