//! X.509 certificates as document signers and their issuers have them (RFC 5280; Doc 9303-12, 7).
//!
//! Parsed over the bytes as received: a signature is over those and no others.

use vn_identity::Date;

use crate::crypto::public_key::{KeyError, PublicKey, SignatureScheme, bit_string};
use crate::der;
use crate::oid;
use crate::tlv::{Reader, Tag, TlvError};

const TAG_VERSION: Tag = 0xA0;
const TAG_EXTENSIONS: Tag = 0xA3;
const TAG_KEY_IDENTIFIER: Tag = 0x80;
const TAG_UTC_TIME: Tag = 0x17;
const TAG_GENERALIZED_TIME: Tag = 0x18;

/// Bits of keyUsage (RFC 5280, 4.2.1.3).
const DIGITAL_SIGNATURE: u8 = 0x80;
const CERTIFICATE_SIGNING: u8 = 0x04;

/// Most extensions looked at; issuers use about ten.
const EXTENSIONS_MAX: usize = 64;

/// A certificate, taken apart but not checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Certificate {
    /// What the signature is over.
    signed: Vec<u8>,
    /// The content of the signature's AlgorithmIdentifier.
    algorithm: Vec<u8>,
    signature: Vec<u8>,
    pub(crate) serial: Vec<u8>,
    /// Name, as received.
    pub(crate) issuer: Vec<u8>,
    pub(crate) subject: Vec<u8>,
    pub(crate) valid: Validity,
    key_info: Vec<u8>,
    pub(crate) subject_key: Option<Vec<u8>>,
    authority_key: Option<Vec<u8>>,
    purposes: Purposes,
}

/// What a certificate says its key is for. What it does not say is allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Purposes {
    /// basicConstraints: whether the holder issues certificates.
    authority: Option<bool>,
    /// The first eight bits of keyUsage.
    usage: Option<u8>,
    /// extKeyUsage names purposes. None of them is to sign documents (Doc 9303-12, 7.1.1).
    restricted: bool,
}

/// The days on which a certificate is valid, first and last included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Validity {
    /// The first day.
    pub from: Date,
    /// The last day.
    pub until: Date,
}

impl Validity {
    /// Whether it is valid on this day.
    #[must_use]
    pub fn includes(self, day: Date) -> bool {
        self.from <= day && day <= self.until
    }
}

/// The two key identifiers that tie a certificate to its issuer's, and what the key is for.
#[derive(Default)]
struct Extensions {
    subject: Option<Vec<u8>>,
    authority: Option<Vec<u8>>,
    purposes: Purposes,
}

impl Certificate {
    /// Reads one certificate in DER.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, TlvError> {
        let mut whole = Reader::new(Reader::only(bytes, der::SEQUENCE)?.value);
        let signed = whole.expect(der::SEQUENCE)?;
        let algorithm = whole.expect(der::SEQUENCE)?.value.to_vec();
        let signature = bit_string(whole.expect(der::BIT_STRING)?.value)?.to_vec();
        let mut fields = Reader::new(signed.value);
        fields.optional(TAG_VERSION)?;
        let serial = fields.expect(der::INTEGER)?.value.to_vec();
        // The algorithm stands outside the signature as well, where anybody can change it (RFC 5280, 4.1.1.2).
        if fields.expect(der::SEQUENCE)?.value != algorithm {
            return Err(TlvError::Value(der::SEQUENCE));
        }
        let issuer = fields.expect(der::SEQUENCE)?.whole.to_vec();
        let valid = parse_validity(fields.expect(der::SEQUENCE)?.value)?;
        let subject = fields.expect(der::SEQUENCE)?.whole.to_vec();
        let key_info = fields.expect(der::SEQUENCE)?.whole.to_vec();
        let extensions = parse_extensions(fields)?;
        Ok(Self {
            signed: signed.whole.to_vec(),
            algorithm,
            signature,
            serial,
            issuer,
            subject,
            valid,
            key_info,
            subject_key: extensions.subject,
            authority_key: extensions.authority,
            purposes: extensions.purposes,
        })
    }

    pub(crate) fn public_key(&self) -> Result<PublicKey, KeyError> {
        PublicKey::parse(&self.key_info)
    }

    /// Whether the key is one for signing documents: authorities issue others as well, such as for lists of certificates
    /// and for talking to each other (Doc 9303-12, 7.1.1).
    pub(crate) fn may_sign_documents(&self) -> bool {
        self.purposes.allow(DIGITAL_SIGNATURE) && !self.purposes.restricted
    }

    /// Whether the key is one for signing certificates.
    pub(crate) fn may_issue_certificates(&self) -> bool {
        self.purposes.allow(CERTIFICATE_SIGNING) && self.purposes.authority.unwrap_or(true)
    }

    /// Whether this certificate says it was issued by the holder of the other one. Proves nothing yet.
    pub(crate) fn names_as_issuer(&self, issuer: &Self) -> bool {
        match (&self.authority_key, &issuer.subject_key) {
            (Some(authority), Some(subject)) => authority == subject,
            (Some(_), None) | (None, Some(_)) | (None, None) => self.issuer == issuer.subject,
        }
    }

    /// Whether the holder of the other certificate signed this one.
    pub(crate) fn is_signed_by(&self, issuer: &Self) -> Result<bool, KeyError> {
        let scheme = SignatureScheme::parse(&self.algorithm, None)?;
        Ok(issuer.public_key()?.verifies(scheme, &self.signed, &self.signature))
    }
}

fn parse_validity(bytes: &[u8]) -> Result<Validity, TlvError> {
    let mut times = Reader::new(bytes);
    Ok(Validity { from: parse_day(&mut times)?, until: parse_day(&mut times)? })
}

/// The day of a UTCTime or a GeneralizedTime. The hour is left out: a certificate is taken for the whole day.
pub(crate) fn parse_day(times: &mut Reader<'_>) -> Result<Date, TlvError> {
    let time = times.next()?;
    let wrong = TlvError::Value(time.tag);
    let digits = |from: usize, count: usize| {
        let text = time.value.get(from..from + count)?;
        text.iter().try_fold(0_u16, |number, byte| byte.is_ascii_digit().then(|| number * 10 + u16::from(byte - b'0')))
    };
    let (year, rest) = match time.tag {
        // Two digits: 50 to 99 are the last century (RFC 5280, 4.1.2.5.1).
        TAG_UTC_TIME => (digits(0, 2).map(|year| if year < 50 { 2000 + year } else { 1900 + year }), 2),
        TAG_GENERALIZED_TIME => (digits(0, 4), 4),
        _ => return Err(wrong),
    };
    let small = |from| digits(from, 2).and_then(|number| u8::try_from(number).ok());
    let (Some(year), Some(month), Some(day)) = (year, small(rest), small(rest + 2)) else {
        return Err(wrong);
    };
    Date::new(year, month, day).ok_or(wrong)
}

/// The key identifiers and the purposes; everything else is passed over.
fn parse_extensions(mut fields: Reader<'_>) -> Result<Extensions, TlvError> {
    let mut found = Extensions::default();
    while !fields.is_empty() {
        let field = fields.next()?;
        if field.tag != TAG_EXTENSIONS {
            continue;
        }
        let mut extensions = Reader::new(Reader::only(field.value, der::SEQUENCE)?.value);
        for _ in 0..EXTENSIONS_MAX {
            if extensions.is_empty() {
                break;
            }
            found.take(extensions.expect(der::SEQUENCE)?.value)?;
        }
    }
    Ok(found)
}

impl Purposes {
    /// Whether keyUsage has this bit, or is not there.
    fn allow(self, usage: u8) -> bool {
        self.usage.is_none_or(|bits| bits & usage != 0)
    }
}

impl Extensions {
    fn take(&mut self, extension: &[u8]) -> Result<(), TlvError> {
        let mut fields = Reader::new(extension);
        let oid = fields.expect(der::OID)?.value;
        fields.optional(der::BOOLEAN)?;
        let value = fields.expect(der::OCTET_STRING)?.value;
        if oid == oid::SUBJECT_KEY_IDENTIFIER {
            self.subject = Some(Reader::only(value, der::OCTET_STRING)?.value.to_vec());
        } else if oid == oid::AUTHORITY_KEY_IDENTIFIER {
            let identifier = Reader::only(value, der::SEQUENCE)?.value;
            self.authority = Reader::find(identifier, TAG_KEY_IDENTIFIER)?.map(|key| key.value.to_vec());
        } else if oid == oid::BASIC_CONSTRAINTS {
            let authority = Reader::new(Reader::only(value, der::SEQUENCE)?.value).optional(der::BOOLEAN)?;
            self.purposes.authority = Some(authority.is_some_and(|flag| flag.value != [0]));
        } else if oid == oid::KEY_USAGE {
            let [_spare, bits @ ..] = Reader::only(value, der::BIT_STRING)?.value else {
                return Err(TlvError::Value(der::BIT_STRING));
            };
            self.purposes.usage = Some(bits.first().copied().unwrap_or_default());
        } else if oid == oid::EXTENDED_KEY_USAGE {
            let mut purposes = Reader::new(Reader::only(value, der::SEQUENCE)?.value);
            self.purposes.restricted = true;
            while !purposes.is_empty() {
                let any = purposes.expect(der::OID)?.value == oid::ANY_EXTENDED_KEY_USAGE;
                self.purposes.restricted &= !any;
            }
        }
        Ok(())
    }
}
