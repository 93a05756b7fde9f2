//! Enrolment at the kiosk: a one-time code of the queue service becomes the kiosk's key.

use std::fmt;
use std::time::Duration;

use kiosk_hal::fault::Fault;
use queue_client::{ClientError, Credentials, Deadlines, KeyFile, QueueClient};
use queue_protocol::model::DeviceRole;
use serde::Deserialize;
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::failed;
use crate::chain::Chain;
use crate::config::QueueConfig;

/// One attempt: whether a lost one has used the code up is not known, so nothing is sent twice.
const DEADLINES: Deadlines =
    Deadlines { connect: Duration::from_secs(5), attempt: Duration::from_secs(10), total: Duration::from_secs(10) };
/// Most characters of a code, with what people put between them.
const CODE_CHARS_MAX: usize = 16;

/// A code such as `7KQM-2RTX`. Wiped on drop; `Debug` hides it.
#[derive(Clone)]
pub struct Code(Zeroizing<String>);

impl Code {
    /// A code as it was typed; the queue service says whether it is one.
    #[must_use]
    pub fn typed(text: &str) -> Self {
        Self(Zeroizing::new(text.to_owned()))
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Code(…)")
    }
}

impl<'de> Deserialize<'de> for Code {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Zeroizing::new(String::deserialize(deserializer)?);
        let fits = (1..=CODE_CHARS_MAX).contains(&text.chars().count());
        if fits { Ok(Self(text)) } else { Err(serde::de::Error::custom("a code has 8 characters")) }
    }
}

/// Shows the code to the queue service and keeps the key for `kiosk`. The queue thread takes it when the service refuses
/// the key it has.
pub fn enrol(config: &QueueConfig, kiosk: &str, code: &Code) -> Value {
    let Some(path) = &config.key_file else { return failed("no_key_file_configured") };
    let place = match KeyFile::prepare(path) {
        Ok(place) => place,
        Err(error) => {
            tracing::warn!("not enrolled: {}", Chain(&error));
            return failed("key_file_not_writable");
        }
    };
    let enrolled = match asked(config, code) {
        Ok(enrolled) => enrolled,
        Err(refused) => return refused,
    };
    let key = Zeroizing::new(enrolled.key);
    if enrolled.device.role != DeviceRole::Kiosk || enrolled.device.id.as_str() != kiosk {
        tracing::warn!(device = %enrolled.device.id, "the code, which is used up, was for another device");
        return failed("code_of_another_device");
    }
    match place.keep(&key) {
        Ok(()) => {
            tracing::info!(kiosk, "enrolled");
            json!({ "ok": true, "kiosk": kiosk })
        }
        Err(error) => {
            tracing::warn!("enrolled, and the key is lost: {}", Chain(&error));
            failed("key_file_not_writable")
        }
    }
}

fn asked(config: &QueueConfig, code: &Code) -> Result<queue_protocol::v1::Enrolled, Value> {
    let lost = |error: &(dyn std::error::Error + 'static)| {
        tracing::warn!("not enrolled: {}", Chain(error));
        failed(Fault::Offline.code())
    };
    let credentials = Credentials::read(None, config.ca_file.as_deref()).map_err(|error| lost(&error))?;
    let client = QueueClient::with_credentials(&config.url, DEADLINES, credentials).map_err(|error| lost(&error))?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|error| lost(&error))?;
    runtime.block_on(client.enrol(code.0.trim())).map_err(|error| match error {
        ClientError::Problem(problem) if matches!(problem.status, 401 | 422) => failed("code_refused"),
        ClientError::Problem(problem) if problem.status == 429 => failed("too_many_attempts"),
        ClientError::Problem(_)
        | ClientError::Unreachable(_)
        | ClientError::TimedOut { .. }
        | ClientError::Protocol(_) => lost(&error),
    })
}
