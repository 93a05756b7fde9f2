//! Passwords: hashed with argon2id, checked a few at a time, and not too often.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use axum::http::StatusCode;
use queue_protocol::model::UnixMillis;
use queue_protocol::v1::ProblemCode;
use tokio::sync::Semaphore;

use crate::problem::ApiError;

/// Shortest password, in characters.
pub const PASSWORD_CHARS_MIN: usize = 10;
/// Longest password, in characters.
pub const PASSWORD_CHARS_MAX: usize = 256;

/// Most passwords hashed at one time: each takes 19 MiB.
const HASHES_AT_ONCE: usize = 2;

/// Most logins that wait for that; the next is told to come back.
const LOGINS_WAITING_MAX: usize = 32;

/// What a login is told to wait when too many log in.
const COME_BACK_AFTER: Duration = Duration::from_secs(2);

/// Wrong passwords in a row that cost nothing.
const FREE_FAILURES: u32 = 5;
/// The first lock, doubled with each wrong password after it.
const LOCK_FIRST: Duration = Duration::from_secs(30);
/// The longest lock: who wants to keep somebody out has to go on trying.
const LOCK_LONGEST: Duration = Duration::from_mins(15);

/// How long nobody can log in by a name after so many wrong passwords in a row.
pub(crate) fn lock_after(failures: u32) -> Option<Duration> {
    let doublings = failures.checked_sub(FREE_FAILURES)?;
    let seconds = LOCK_FIRST.as_secs().saturating_mul(2_u64.saturating_pow(doublings));
    Some(Duration::from_secs(seconds).min(LOCK_LONGEST))
}

/// Why a password is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected a password of {PASSWORD_CHARS_MIN} to {PASSWORD_CHARS_MAX} characters, got {got}")]
pub struct WrongLength {
    got: usize,
}

/// A password could not be hashed.
#[derive(Debug, thiserror::Error)]
pub enum HashError {
    /// Too short or too long.
    #[error(transparent)]
    Length(#[from] WrongLength),
    /// The hash failed.
    #[error("the password cannot be hashed: {0}")]
    Hash(argon2::password_hash::Error),
}

/// Argon2id of a new password, in the PHC format; 19 MiB and two passes. Takes some 50 ms.
///
/// # Errors
/// [`HashError`].
pub fn hash_password(password: &str) -> Result<String, HashError> {
    let got = password.chars().count();
    if !(PASSWORD_CHARS_MIN..=PASSWORD_CHARS_MAX).contains(&got) {
        return Err(WrongLength { got }.into());
    }
    let hash = Argon2::default().hash_password(password.as_bytes()).map_err(HashError::Hash)?;
    Ok(hash.to_string())
}

fn fits(password: &str, stored: &str) -> bool {
    PasswordHash::new(stored).is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
}

/// Checks passwords, a few at a time.
pub(crate) struct Passwords {
    hashing: Arc<Semaphore>,
    waiting: Arc<Semaphore>,
    /// What is checked for a name that nobody has, so that it takes as long as for one that somebody has.
    nobody: Mutex<Option<String>>,
}

impl Default for Passwords {
    fn default() -> Self {
        Self {
            hashing: Arc::new(Semaphore::new(HASHES_AT_ONCE)),
            waiting: Arc::new(Semaphore::new(LOGINS_WAITING_MAX)),
            nobody: Mutex::new(None),
        }
    }
}

impl Passwords {
    /// Whether the password is the stored one; `stored` is `None` for a name that nobody has.
    pub(crate) async fn check(&self, password: String, stored: Option<String>) -> Result<bool, ApiError> {
        let is_somebody = stored.is_some();
        let stored = match stored {
            Some(stored) => stored,
            None => self.nobodys().await?,
        };
        Ok(self.hashing(move || fits(&password, &stored)).await? && is_somebody)
    }

    /// Hashes a new password.
    pub(crate) async fn hash(&self, password: String) -> Result<String, ApiError> {
        self.hashing(move || hash_password(&password)).await?.map_err(|error| match error {
            HashError::Length(error) => ApiError::bad_request(StatusCode::UNPROCESSABLE_ENTITY, error),
            HashError::Hash(_) => failed(&error),
        })
    }

    async fn nobodys(&self) -> Result<String, ApiError> {
        let known = self.nobody.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(known) = known {
            return Ok(known);
        }
        let made = self.hash("a password that nobody has".to_owned()).await?;
        *self.nobody.lock().unwrap_or_else(PoisonError::into_inner) = Some(made.clone());
        Ok(made)
    }

    async fn hashing<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, ApiError> {
        let _place = self.waiting.try_acquire().map_err(|_| ApiError::too_many_attempts(COME_BACK_AFTER))?;
        let permit = Arc::clone(&self.hashing).acquire_owned().await.map_err(|error| failed(&error))?;
        let done = tokio::task::spawn_blocking(move || {
            let done = work();
            drop(permit);
            done
        });
        done.await.map_err(|error| failed(&error))
    }
}

fn failed(error: &dyn std::fmt::Display) -> ApiError {
    ApiError::new(StatusCode::INTERNAL_SERVER_ERROR, ProblemCode::Internal, error)
}

/// Wrong codes in a minute, from everybody together. A code has 34 bits: at this rate nobody finds one.
const ATTEMPTS_A_MINUTE: u32 = 10;
const MINUTE_MS: i64 = 60_000;

/// How often something was tried in vain lately.
#[derive(Default)]
pub(crate) struct Attempts(Mutex<(i64, u32)>);

impl Attempts {
    /// Counts one attempt; too many in this minute are refused.
    pub(crate) fn count(&self, now: UnixMillis) -> Result<(), ApiError> {
        let minute = now.0.div_euclid(MINUTE_MS);
        let mut counted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if counted.0 != minute {
            *counted = (minute, 0);
        }
        counted.1 = counted.1.saturating_add(1);
        if counted.1 <= ATTEMPTS_A_MINUTE {
            return Ok(());
        }
        let wait_ms = u64::try_from(MINUTE_MS - now.0.rem_euclid(MINUTE_MS)).unwrap_or_default();
        Err(ApiError::too_many_attempts(Duration::from_millis(wait_ms)))
    }

    /// The attempt was a good one, and does not count.
    pub(crate) fn forgive(&self) {
        let mut counted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        counted.1 = counted.1.saturating_sub(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_comes_after_five_failures_doubles_and_has_an_end() {
        let seconds = |failures| lock_after(failures).map(|lock| lock.as_secs());
        assert_eq!([4, 5, 6, 7].map(seconds), [None, Some(30), Some(60), Some(120)]);
        assert_eq!([20, u32::MAX].map(seconds), [Some(900); 2]);
    }

    #[test]
    fn a_password_is_known_again_and_no_other_is() {
        let stored = hash_password("mười hai con giáp").unwrap();
        assert!(stored.starts_with("$argon2id$"));
        assert!(fits("mười hai con giáp", &stored) && !fits("muoi hai con giap", &stored));
        assert!(matches!(hash_password("ngắn"), Err(HashError::Length(WrongLength { got: 4 }))));
    }

    #[test]
    fn codes_are_tried_ten_times_a_minute() {
        let attempts = Attempts::default();
        assert!((0..10).all(|_| attempts.count(UnixMillis(120_000)).is_ok()));
        assert!(attempts.count(UnixMillis(179_999)).is_err());
        assert!(attempts.count(UnixMillis(180_000)).is_ok());
    }
}
