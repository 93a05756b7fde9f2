//! The mark by which the queue service recognises a person without knowing who it is.

use hmac::{Hmac, KeyInit, Mac};
use queue_protocol::model::PersonMark;
use sha2::Sha256;

use crate::config::PersonKey;

/// HMAC-SHA-256 of the personal number, or of the insurance code where there is none, under the hospital's key.
/// `None` when the key has a length that the function does not take, which [`PersonKey`] has not.
pub fn mark(key: &PersonKey, person: &kiosk_core::effect::PersonKey) -> Option<PersonMark> {
    let mut mac = Hmac::<Sha256>::new_from_slice(&key.0).ok()?;
    mac.update(person.as_str().as_bytes());
    Some(PersonMark::from_bytes(mac.finalize().into_bytes().into()))
}
