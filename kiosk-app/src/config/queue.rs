//! The queue service's keys.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use queue_client::{Credentials, CredentialsError, Deadlines, QueueClient};
use serde::Deserialize;
use zeroize::{Zeroize, Zeroizing};

use super::bounded_file;
use crate::chain::Chain;

/// Bytes of the key of the marks.
pub const PERSON_KEY_BYTES: usize = 32;

/// The queue service.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QueueConfig {
    /// Its address, such as `http://127.0.0.1:7070`.
    pub url: String,
    /// The file with the hospital's key of the marks; without it the service recognises nobody.
    pub person_key_file: Option<PathBuf>,
    /// This kiosk's key, as enrolment writes it; without the key only a service that runs open answers. The file may be
    /// missing until the kiosk is enrolled.
    pub key_file: Option<PathBuf>,
    /// The certificate of the CA that an `https` service is trusted by, in PEM.
    pub ca_file: Option<PathBuf>,
}

/// The key from which the mark of a person is computed: one for a hospital, and never known to the queue service.
/// Wiped on drop; `Debug` shows nothing of it.
#[derive(Clone)]
pub struct HospitalKey(pub [u8; PERSON_KEY_BYTES]);

impl Drop for HospitalKey {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl fmt::Debug for HospitalKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HospitalKey(…)")
    }
}

/// How long one request to the queue service may take, retries included: shorter than the visit waits
/// (`kiosk_core::session::ISSUE_WAIT`), so that the visit hears why.
const DEADLINES: Deadlines =
    Deadlines { connect: Duration::from_secs(2), attempt: Duration::from_secs(3), total: Duration::from_secs(8) };
const _: () = assert!(DEADLINES.total.as_millis() < kiosk_core::session::ISSUE_WAIT.as_millis());

impl QueueConfig {
    /// The client of the service; it connects when it is first used. An error comes with the key it belongs to.
    pub fn client(&self) -> Result<QueueClient, (&'static str, String)> {
        // A kiosk that is yet to be enrolled has no key file, and is enrolled while it runs.
        let (key, ca) = (self.key_file.as_deref().filter(|path| path.exists()), self.ca_file.as_deref());
        let told = |at: &'static str| move |error: CredentialsError| (at, Chain(&error).to_string());
        Credentials::read(key, None).map_err(told("queue.key_file"))?;
        let credentials = Credentials::read(key, ca).map_err(told("queue.ca_file"))?;
        QueueClient::with_credentials(&self.url, DEADLINES, credentials)
            .map_err(|error| ("queue.url", error.to_string()))
    }

    /// The key as 64 hexadecimal digits. What is wrong with it is said without repeating any of it.
    pub(super) fn person_key(&self) -> Result<Option<HospitalKey>, String> {
        let Some(path) = &self.person_key_file else { return Ok(None) };
        let bytes = Zeroizing::new(bounded_file(path)?);
        let wrong = || format!("{} does not hold 64 hexadecimal digits and nothing else", path.display());
        let digits = bytes.trim_ascii();
        let mut key = HospitalKey([0; PERSON_KEY_BYTES]);
        let (pairs, []) = digits.as_chunks::<2>() else { return Err(wrong()) };
        if pairs.len() != PERSON_KEY_BYTES {
            return Err(wrong());
        }
        for (byte, [high, low]) in key.0.iter_mut().zip(pairs) {
            *byte = nibble(*high).zip(nibble(*low)).map(|(high, low)| high * 16 + low).ok_or_else(wrong)?;
        }
        Ok(Some(key))
    }
}

const fn nibble(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}
