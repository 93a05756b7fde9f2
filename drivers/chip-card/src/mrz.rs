//! The key that a machine readable zone opens a chip with (Doc 9303-11, 4.3.2).

use std::fmt;

use vn_identity::mrz::check_digit;
use vn_identity::{Date, PersonalNumber};
use zeroize::Zeroizing;

use crate::crypto::hash::HashAlgorithm;

/// Characters of a document number in the zone; a shorter one is filled up with `<`.
const DOCUMENT_NUMBER_CHARS: usize = 9;

/// What a chip is opened with when its machine readable zone is known: document number, birth and expiry, each with its
/// check digit (Doc 9303-11, 4.3.2). Wiped on drop; `Debug` hides it.
#[derive(Clone, PartialEq, Eq)]
pub struct MrzKey(Zeroizing<String>);

/// The fields of a zone that a key is made of, as they stand in the zone.
#[derive(Clone)]
pub struct MrzKeyFields<'a> {
    /// The document number, without its check digit. On the CCCD the last 9 digits of the personal number.
    pub document_number: &'a str,
    /// Birth, `YYMMDD`.
    pub birth: &'a str,
    /// Expiry, `YYMMDD`.
    pub expiry: &'a str,
}

impl MrzKey {
    /// The key of these fields; `None` when a character of them cannot be in a zone.
    #[must_use]
    pub fn new(fields: &MrzKeyFields<'_>) -> Option<Self> {
        let mut text = Zeroizing::new(String::with_capacity(32));
        let number = Zeroizing::new(format!("{:<<DOCUMENT_NUMBER_CHARS$}", fields.document_number));
        for field in [number.as_str(), fields.birth, fields.expiry] {
            text.push_str(field);
            text.push(check_digit(field.chars())?);
        }
        Some(Self(text))
    }

    /// The key of a Vietnamese identity card.
    #[must_use]
    pub fn of_identity_card(number: &PersonalNumber, birth: Date, expiry: Date) -> Option<Self> {
        let digits = number.as_str();
        let start = digits.len().saturating_sub(DOCUMENT_NUMBER_CHARS);
        Self::new(&MrzKeyFields {
            document_number: digits.get(start..).unwrap_or_default(),
            birth: &Zeroizing::new(yymmdd(birth)),
            expiry: &Zeroizing::new(yymmdd(expiry)),
        })
    }

    /// SHA-1 over the fields: the seed of Basic Access Control and the password of PACE.
    pub(crate) fn seed(&self) -> Zeroizing<Vec<u8>> {
        Zeroizing::new(HashAlgorithm::Sha1.digest(&[self.0.as_bytes()]))
    }

    #[cfg(test)]
    pub(crate) fn information(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for MrzKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MrzKey(…)")
    }
}

fn yymmdd(date: Date) -> String {
    format!("{:02}{:02}{:02}", date.year % 100, date.month, date.day)
}
