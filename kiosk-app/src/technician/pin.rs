//! The PIN of the service mode: its hash in the kiosk's own state, and the lock that tries run into.
//!
//! Nobody is let in before a PIN was set. After [`TRIES_FREE`] wrong ones each further try has to wait, longer each time,
//! over restarts as well: the count is on the disk before the answer is given.

use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use argon2::password_hash::phc::PasswordHash;
use argon2::{Argon2, PasswordHasher, PasswordVerifier};
use kiosk_hal::uptime::Uptime;
use serde::Deserialize;
use zeroize::Zeroizing;

use super::write_private;

const HASH_FILE: &str = "service.pin";
const TRIES_FILE: &str = "service.tries";
/// Wrong PINs that cost nothing.
const TRIES_FREE: u32 = 3;
/// The first wait; it doubles with each further wrong PIN.
const WAIT_FIRST: Duration = Duration::from_secs(30);
/// The longest wait.
const WAIT_MAX: Duration = Duration::from_secs(3_600);
/// Digits of a PIN.
const DIGITS: std::ops::RangeInclusive<usize> = 6..=12;

/// A PIN to be set. Wiped on drop; `Debug` hides it.
#[derive(Clone)]
pub struct NewPin(Zeroizing<String>);

impl fmt::Debug for NewPin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NewPin(…)")
    }
}

impl<'de> Deserialize<'de> for NewPin {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Zeroizing::new(String::deserialize(deserializer)?);
        let fits = DIGITS.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
        if fits { Ok(Self(text)) } else { Err(serde::de::Error::custom("a PIN has 6 to 12 digits")) }
    }
}

/// Why a PIN was not set.
#[derive(Debug, thiserror::Error)]
pub enum SetPinError {
    /// The hash could not be made.
    #[error("the PIN could not be hashed")]
    Hash,
    /// It could not be kept.
    #[error("the PIN could not be kept")]
    Disk(#[from] io::Error),
}

/// What a try led to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entry {
    /// The PIN is right.
    In,
    /// It is wrong.
    Wrong,
    /// Not looked at: too many were wrong, wait this long.
    Wait(Duration),
    /// No PIN was ever set: the service mode is closed.
    Closed,
}

/// The lock.
#[derive(Debug)]
pub struct PinLock {
    dir: PathBuf,
    wrong: u32,
    /// The next try is looked at from here on.
    open_at: Uptime,
}

impl PinLock {
    /// The lock whose state is in `dir`. Wrong tries of an earlier run count.
    #[must_use]
    pub fn open(dir: &Path) -> Self {
        let wrong = fs::read_to_string(dir.join(TRIES_FILE)).ok().and_then(|text| text.trim().parse().ok());
        let wrong = wrong.unwrap_or(0);
        Self { dir: dir.to_owned(), wrong, open_at: device_links::clock::now() + wait_after(wrong) }
    }

    /// Keeps the hash of a new PIN; nothing is locked any more.
    ///
    /// # Errors
    /// [`SetPinError`]; the PIN before, if any, still holds.
    pub fn set(&mut self, pin: &NewPin) -> Result<(), SetPinError> {
        let hash = Argon2::default().hash_password(pin.0.as_bytes()).map_err(|_| SetPinError::Hash)?;
        write_private(&self.dir.join(HASH_FILE), hash.to_string().as_bytes())?;
        self.wrong = 0;
        self.open_at = Uptime::ZERO;
        Ok(write_private(&self.dir.join(TRIES_FILE), b"0")?)
    }

    /// Tries a PIN at `now`.
    pub fn enter(&mut self, pin: &str, now: Uptime) -> Entry {
        let Ok(text) = fs::read_to_string(self.dir.join(HASH_FILE)) else { return Entry::Closed };
        let Ok(hash) = PasswordHash::new(text.trim()) else { return Entry::Closed };
        let wait = self.open_at.saturating_since(now);
        if !wait.is_zero() {
            return Entry::Wait(wait);
        }
        // Counted before it is looked at: a power cut is no free try.
        self.count(self.wrong + 1, now);
        // Compares in constant time.
        if Argon2::default().verify_password(pin.as_bytes(), &hash).is_ok() {
            self.count(0, now);
            return Entry::In;
        }
        match self.open_at.saturating_since(now) {
            Duration::ZERO => Entry::Wrong,
            wait => Entry::Wait(wait),
        }
    }

    fn count(&mut self, wrong: u32, now: Uptime) {
        self.wrong = wrong;
        self.open_at = now + wait_after(wrong);
        if let Err(error) = write_private(&self.dir.join(TRIES_FILE), wrong.to_string().as_bytes()) {
            tracing::warn!("tries of the PIN are not on the disk: {error}");
        }
    }
}

fn wait_after(wrong: u32) -> Duration {
    match wrong.checked_sub(TRIES_FREE) {
        None => Duration::ZERO,
        Some(more) => WAIT_FIRST.saturating_mul(1 << more.min(16)).min(WAIT_MAX),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Uptime = Uptime::from_millis(1_000_000);

    fn pin(text: &str) -> Result<NewPin, serde_json::Error> {
        serde_json::from_value(serde_json::json!(text))
    }

    #[test]
    fn without_a_pin_the_service_mode_is_closed() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(PinLock::open(dir.path()).enter("000000", NOW), Entry::Closed);
    }

    #[test]
    fn the_right_pin_lets_in_and_is_nowhere_in_the_files() {
        let dir = tempfile::tempdir().unwrap();
        let mut lock = PinLock::open(dir.path());
        lock.set(&pin("314159").unwrap()).unwrap();
        assert_eq!((lock.enter("314150", NOW), lock.enter("314159", NOW)), (Entry::Wrong, Entry::In));
        let kept = fs::read_to_string(dir.path().join(HASH_FILE)).unwrap();
        assert!(kept.starts_with("$argon2id$") && !kept.contains("314159"), "{kept}");
        for bad in ["", "12345", "1234567890123", "12345a"] {
            assert!(!format!("{:?}", pin(bad)).contains("Ok"), "{bad}");
        }
    }

    #[test]
    fn wrong_pins_lock_longer_each_time_and_a_restart_does_not_help() {
        let dir = tempfile::tempdir().unwrap();
        let mut lock = PinLock::open(dir.path());
        lock.set(&pin("314159").unwrap()).unwrap();
        assert_eq!([(); 2].map(|()| lock.enter("000000", NOW)), [Entry::Wrong; 2]);
        assert_eq!(lock.enter("000000", NOW), Entry::Wait(WAIT_FIRST));
        assert_eq!(lock.enter("314159", NOW), Entry::Wait(WAIT_FIRST), "not even the right one is looked at");
        let later = NOW + WAIT_FIRST;
        assert_eq!(lock.enter("000000", later), Entry::Wait(WAIT_FIRST * 2));
        let mut restarted = PinLock::open(dir.path());
        assert!(matches!(restarted.enter("314159", device_links::clock::now()), Entry::Wait(_)));
        assert_eq!(lock.enter("314159", later + WAIT_FIRST * 2), Entry::In);
        assert_eq!(lock.enter("000000", later + WAIT_FIRST * 2), Entry::Wrong, "counted from the start again");
        assert_eq!(wait_after(u32::MAX), WAIT_MAX);
    }
}
