//! The mark by which the queue service recognises a person without knowing who it is.

use hmac::{Hmac, KeyInit, Mac};
use queue_protocol::model::PersonMark;
use sha2::Sha256;
use zeroize::Zeroize;

use crate::config::HospitalKey;

/// More stack than the hash takes, in bytes.
const SCRUB_BYTES: usize = 32_768;

/// HMAC-SHA-256 of the personal number, or of the insurance code where there is none, under the hospital's key.
/// `None` when the key has a length that the function does not take, which [`HospitalKey`] has not.
///
/// What the hash has left of the number on the stack is overwritten: moved values leave copies that nobody wipes.
pub fn mark(key: &HospitalKey, person: &kiosk_core::effect::PersonKey) -> Option<PersonMark> {
    let mark = hashed(key, person.as_str());
    scrub_stack();
    mark
}

#[inline(never)]
fn hashed(key: &HospitalKey, person: &str) -> Option<PersonMark> {
    let mut mac = Hmac::<Sha256>::new_from_slice(&key.0).ok()?;
    mac.update(person.as_bytes());
    Some(PersonMark::from_bytes(mac.finalize().into_bytes().into()))
}

/// Overwrites the part of the stack that a function called before from the same place has used.
#[inline(never)]
fn scrub_stack() {
    let mut used = [1_u8; SCRUB_BYTES];
    used.zeroize();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mark_is_the_hash_that_every_kiosk_of_the_hospital_computes() {
        // RFC 4231 has no key of 32 bytes; computed with Python's hmac: key 0x0b * 32, message 001049999901.
        let mark = hashed(&HospitalKey([0x0B; 32]), "001049999901").unwrap();
        assert_eq!(String::from(mark), MARK);
        assert_ne!(hashed(&HospitalKey([0x0C; 32]), "001049999901"), Some(mark));
    }

    const MARK: &str = "bf9b29b0a71604279f814275c14619cc3773f8a1c45a282d0bbd8ff4d905b202";
}
