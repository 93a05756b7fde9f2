/// How often and how soon a missed number comes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RejoinRule {
    /// Calls of the service that pass first.
    pub after_calls: u32,
    /// How often a number may; then it is a case for the desk.
    pub times_max: u32,
}

impl Default for RejoinRule {
    /// After three calls, twice.
    fn default() -> Self {
        Self { after_calls: 3, times_max: 2 }
    }
}

/// A number that has come back too often.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the number has come back {} times, at most {} are allowed", .times, .times_max)]
pub struct RejoinedTooOften {
    /// How often it has.
    pub times: u32,
    /// How often it may.
    pub times_max: u32,
}

impl RejoinRule {
    /// Whether a number that has come back `times` times may come back again.
    ///
    /// # Errors
    /// [`RejoinedTooOften`].
    pub const fn allows(self, times: u32) -> Result<(), RejoinedTooOften> {
        if times < self.times_max { Ok(()) } else { Err(RejoinedTooOften { times, times_max: self.times_max }) }
    }
}

/// The call count of a service at which a missed number is due again.
#[must_use]
pub const fn due_after_missing(calls: i64, rule: RejoinRule) -> i64 {
    calls.saturating_add(rule.after_calls as i64)
}

/// The call count of a service at which a number back from tests is due: `spacing` calls after the one before it that
/// came back, or at once. So of `spacing + 1` calls at most one is for somebody back from tests; with 0, who is back is
/// always next.
#[must_use]
pub fn due_after_tests(calls: i64, last_due: Option<i64>, spacing: u32) -> i64 {
    match last_due {
        Some(last) => last.saturating_add(i64::from(spacing)).max(calls),
        None => calls,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_missed_lets_others_pass_and_comes_back_only_so_often() {
        let rule = RejoinRule { after_calls: 3, times_max: 2 };
        assert_eq!(due_after_missing(10, rule), 13);
        assert_eq!([0, 1].map(|times| rule.allows(times)), [Ok(()), Ok(())]);
        assert_eq!(rule.allows(2), Err(RejoinedTooOften { times: 2, times_max: 2 }));
    }

    #[test]
    fn those_back_from_tests_are_spaced_by_new_ones() {
        let mut last = None;
        let due: Vec<i64> = (0..3)
            .map(|_| {
                let due = due_after_tests(10, last, 3);
                last = Some(due);
                due
            })
            .collect();
        assert_eq!(due, [10, 13, 16]);
        assert_eq!(due_after_tests(50, last, 3), 50);
        assert_eq!(due_after_tests(10, Some(10), 0), 10);
    }
}
