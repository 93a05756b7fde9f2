use std::time::Duration;

use tokio::time::Instant;

use crate::error::ClientError;

/// Most times one request is sent.
pub const ATTEMPTS_MAX: u32 = 5;

/// Pause before the second attempt, before jitter.
const PAUSE_FIRST: Duration = Duration::from_millis(50);
/// Longest pause between two attempts, before jitter.
const PAUSE_MAX: Duration = Duration::from_secs(2);

/// How long a request may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deadlines {
    /// For a connection to stand.
    pub connect: Duration,
    /// For one attempt, from the connection to the last byte of the reply.
    pub attempt: Duration,
    /// For the request with all its attempts and pauses. Nothing is sent after it.
    pub total: Duration,
}

impl Default for Deadlines {
    /// Connect 1 s, attempt 2 s, total 5 s: a patient waits no longer for a number.
    fn default() -> Self {
        Self { connect: Duration::from_secs(1), attempt: Duration::from_secs(2), total: Duration::from_secs(5) }
    }
}

/// Runs `attempt` until it succeeds, fails for good, was tried [`ATTEMPTS_MAX`] times, or `total` has passed.
pub(crate) async fn with_retry<T, F>(total: Duration, attempt: impl Fn() -> F) -> Result<T, ClientError>
where
    F: Future<Output = Result<T, ClientError>>,
{
    let end = Instant::now() + total;
    let mut last: Option<ClientError> = None;
    for n in 0..ATTEMPTS_MAX {
        if n > 0 {
            let wake = Instant::now() + jittered(pause(n), seed());
            if wake >= end {
                break;
            }
            tokio::time::sleep_until(wake).await;
        }
        match tokio::time::timeout_at(end, attempt()).await {
            Ok(Ok(value)) => return Ok(value),
            Ok(Err(error)) if error.may_pass() => last = Some(error),
            Ok(Err(error)) => return Err(error),
            Err(_elapsed) => {
                return Err(ClientError::TimedOut { after: total, source: last.map(Into::into) });
            }
        }
    }
    Err(last.unwrap_or(ClientError::TimedOut { after: total, source: None }))
}

/// The pause before attempt `n` (counted from 0): doubles from [`PAUSE_FIRST`] up to [`PAUSE_MAX`].
pub(crate) fn pause(n: u32) -> Duration {
    PAUSE_FIRST.saturating_mul(1_u32 << n.saturating_sub(1).min(10)).min(PAUSE_MAX)
}

/// Half to all of `pause`, so that clients cut off together do not come back together.
pub(crate) fn jittered(pause: Duration, seed: u64) -> Duration {
    let half = pause / 2;
    let span = u64::try_from(half.as_micros()).unwrap_or(u64::MAX).max(1);
    half + Duration::from_micros(seed % span)
}

/// Random bits: the tail of a fresh version 7 UUID.
pub(crate) fn seed() -> u64 {
    uuid::Uuid::now_v7().as_u64_pair().1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_a_cap_and_jitter_keeps_at_least_half() {
        assert_eq!(pause(1), PAUSE_FIRST);
        assert_eq!(pause(2), PAUSE_FIRST * 2);
        assert_eq!(pause(u32::MAX), PAUSE_MAX);
        for seed in [0, 1, 499_999, u64::MAX] {
            let waited = jittered(PAUSE_MAX, seed);
            assert!((PAUSE_MAX / 2..=PAUSE_MAX).contains(&waited), "{waited:?}");
        }
    }
}
