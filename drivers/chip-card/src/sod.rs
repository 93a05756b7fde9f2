//! EF.SOD: the hashes of the data groups, signed by a document signer (Doc 9303-10, 4.6.2; RFC 5652).

use std::collections::BTreeMap;
use std::fmt;

use vn_identity::Date;

use crate::certificate::{Certificate, parse_day};
use crate::crypto::hash::HashAlgorithm;
use crate::crypto::public_key::{KeyError, SignatureScheme, parse_hash};
use crate::der;
use crate::file::DataGroup;
use crate::oid;
use crate::tlv::{Element, Reader, Tag, TlvError};

const TAG_FILE: Tag = 0x77;
/// Explicit content, and the certificates of SignedData.
const TAG_CONTENT: Tag = 0xA0;
const TAG_REVOCATIONS: Tag = 0xA1;
const TAG_SIGNED_ATTRIBUTES: Tag = 0xA0;
const TAG_KEY_IDENTIFIER: Tag = 0x80;

/// Most certificates taken from one SOD; issuers put one there.
const CERTIFICATES_MAX: usize = 8;
/// Most signed attributes looked at; issuers use two or three.
const ATTRIBUTES_MAX: usize = 32;

/// Why EF.SOD cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SodError {
    /// No DER, or not the fields that belong there.
    #[error("the security object has a wrong form")]
    Form(#[from] TlvError),
    /// Something else is signed than hashes of data groups.
    #[error("the security object holds something else")]
    OtherContent,
    /// A hash or a signature that documents do not use.
    #[error("an algorithm of the security object is not known")]
    Algorithm(#[from] KeyError),
    /// A group is there twice, or has a number that no group has.
    #[error("the security object lists a group that cannot be")]
    Group,
}

/// What a SOD says, taken apart but not checked.
/// `Debug` hides it: its hashes tell one person from all others.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Sod {
    pub(crate) hash: HashAlgorithm,
    pub(crate) digests: BTreeMap<DataGroup, Vec<u8>>,
    /// What is signed: the LDS security object.
    content: Vec<u8>,
    pub(crate) certificates: Vec<Certificate>,
    pub(crate) signer: Signer,
}

/// SignerInfo.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Signer {
    identifier: SignerIdentifier,
    digest: HashAlgorithm,
    scheme: SignatureScheme,
    attributes: Option<Attributes>,
    signature: Vec<u8>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum SignerIdentifier {
    /// Name of the issuer, as received, and serial number.
    Issued {
        issuer: Vec<u8>,
        serial: Vec<u8>,
    },
    SubjectKey(Vec<u8>),
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Attributes {
    /// As they are signed: tagged as a SET, otherwise as received.
    signed: Vec<u8>,
    message_digest: Vec<u8>,
    content_type: Option<Vec<u8>>,
    signing_day: Option<Date>,
}

impl fmt::Debug for Sod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sod({}, {} groups)", self.hash, self.digests.len())
    }
}

impl Sod {
    /// Reads the file.
    pub(crate) fn parse(file: &[u8]) -> Result<Self, SodError> {
        let mut info = Reader::new(Reader::only(Reader::only(file, TAG_FILE)?.value, der::SEQUENCE)?.value);
        if info.expect(der::OID)?.value != oid::SIGNED_DATA {
            return Err(SodError::OtherContent);
        }
        let mut data = Reader::new(Reader::only(info.expect(TAG_CONTENT)?.value, der::SEQUENCE)?.value);
        data.expect(der::INTEGER)?;
        data.expect(der::SET)?;
        let content = parse_content(data.expect(der::SEQUENCE)?.value)?;
        let certificates = data.optional(TAG_CONTENT)?.map_or(Ok(Vec::new()), |set| parse_certificates(set.value))?;
        data.optional(TAG_REVOCATIONS)?;
        let signer = Reader::new(data.expect(der::SET)?.value).expect(der::SEQUENCE)?;
        let (hash, digests) = parse_security_object(content)?;
        Ok(Self { hash, digests, content: content.to_vec(), certificates, signer: Signer::parse(signer.value)? })
    }

    /// The certificate of the signer, if the SOD brings it.
    pub(crate) fn signer_certificate(&self) -> Option<&Certificate> {
        self.certificates.iter().find(|certificate| match &self.signer.identifier {
            SignerIdentifier::Issued { issuer, serial } => {
                certificate.issuer == *issuer && certificate.serial == *serial
            }
            SignerIdentifier::SubjectKey(key) => certificate.subject_key.as_ref() == Some(key),
        })
    }

    /// Whether the holder of this certificate signed the hashes.
    pub(crate) fn is_signed_by(&self, certificate: &Certificate) -> Result<bool, KeyError> {
        let key = certificate.public_key()?;
        let signer = &self.signer;
        let Some(attributes) = &signer.attributes else {
            return Ok(key.verifies(signer.scheme, &self.content, &signer.signature));
        };
        let same_content = attributes.message_digest == signer.digest.digest(&[&self.content]);
        let same_type = attributes.content_type.as_ref().is_none_or(|oid| oid == oid::LDS_SECURITY_OBJECT);
        Ok(same_content && same_type && key.verifies(signer.scheme, &attributes.signed, &signer.signature))
    }

    /// The day the signer says it signed.
    pub(crate) fn signing_day(&self) -> Option<Date> {
        self.signer.attributes.as_ref().and_then(|attributes| attributes.signing_day)
    }
}

/// The signed content, which must be an LDS security object.
fn parse_content(bytes: &[u8]) -> Result<&[u8], SodError> {
    let mut content = Reader::new(bytes);
    if content.expect(der::OID)?.value != oid::LDS_SECURITY_OBJECT {
        return Err(SodError::OtherContent);
    }
    Ok(Reader::only(content.expect(TAG_CONTENT)?.value, der::OCTET_STRING)?.value)
}

fn parse_certificates(bytes: &[u8]) -> Result<Vec<Certificate>, SodError> {
    let mut reader = Reader::new(bytes);
    let mut certificates = Vec::new();
    while !reader.is_empty() && certificates.len() < CERTIFICATES_MAX {
        certificates.push(Certificate::parse(reader.next()?.whole)?);
    }
    Ok(certificates)
}

type Digests = (HashAlgorithm, BTreeMap<DataGroup, Vec<u8>>);

/// LDSSecurityObject: a hash algorithm and a hash for each group.
fn parse_security_object(bytes: &[u8]) -> Result<Digests, SodError> {
    let mut object = Reader::new(Reader::only(bytes, der::SEQUENCE)?.value);
    object.expect(der::INTEGER)?;
    let hash = parse_hash(object.expect(der::SEQUENCE)?.value)?;
    let mut list = Reader::new(object.expect(der::SEQUENCE)?.value);
    let mut digests = BTreeMap::new();
    while !list.is_empty() {
        let mut entry = Reader::new(list.expect(der::SEQUENCE)?.value);
        let number = der::small_unsigned(entry.expect(der::INTEGER)?.value);
        let group = number.and_then(DataGroup::new).ok_or(SodError::Group)?;
        let digest = entry.expect(der::OCTET_STRING)?.value.to_vec();
        if digests.insert(group, digest).is_some() {
            return Err(SodError::Group);
        }
    }
    Ok((hash, digests))
}

impl Signer {
    fn parse(bytes: &[u8]) -> Result<Self, SodError> {
        let mut fields = Reader::new(bytes);
        fields.expect(der::INTEGER)?;
        let identifier = SignerIdentifier::parse(fields.next()?)?;
        let digest = parse_hash(fields.expect(der::SEQUENCE)?.value)?;
        let attributes = fields.optional(TAG_SIGNED_ATTRIBUTES)?.map(Attributes::parse).transpose()?;
        let scheme = SignatureScheme::parse(fields.expect(der::SEQUENCE)?.value, Some(digest))?;
        let signature = fields.expect(der::OCTET_STRING)?.value.to_vec();
        Ok(Self { identifier, digest, scheme, attributes, signature })
    }
}

impl SignerIdentifier {
    fn parse(element: Element<'_>) -> Result<Self, SodError> {
        match element.tag {
            der::SEQUENCE => {
                let mut fields = Reader::new(element.value);
                let issuer = fields.expect(der::SEQUENCE)?.whole.to_vec();
                Ok(Self::Issued { issuer, serial: fields.expect(der::INTEGER)?.value.to_vec() })
            }
            TAG_KEY_IDENTIFIER => Ok(Self::SubjectKey(element.value.to_vec())),
            got => Err(TlvError::Unexpected { expected: der::SEQUENCE, got }.into()),
        }
    }
}

impl Attributes {
    fn parse(element: Element<'_>) -> Result<Self, SodError> {
        let mut signed = element.whole.to_vec();
        // Signed with the tag of a SET in place of its own (RFC 5652, 5.4). Nothing else is re-encoded or re-ordered.
        if let Some(tag) = signed.first_mut() {
            *tag = der::SET.to_be_bytes()[3];
        }
        let mut attributes = Reader::new(element.value);
        let mut found = Self { signed, message_digest: Vec::new(), content_type: None, signing_day: None };
        for _ in 0..ATTRIBUTES_MAX {
            if attributes.is_empty() {
                break;
            }
            found.take(attributes.expect(der::SEQUENCE)?.value)?;
        }
        Ok(found)
    }

    fn take(&mut self, attribute: &[u8]) -> Result<(), SodError> {
        let mut fields = Reader::new(attribute);
        let oid = fields.expect(der::OID)?.value;
        let mut values = Reader::new(fields.expect(der::SET)?.value);
        if oid == oid::MESSAGE_DIGEST {
            self.message_digest = values.expect(der::OCTET_STRING)?.value.to_vec();
        } else if oid == oid::CONTENT_TYPE {
            self.content_type = Some(values.expect(der::OID)?.value.to_vec());
        } else if oid == oid::SIGNING_TIME {
            self.signing_day = Some(parse_day(&mut values)?);
        }
        Ok(())
    }
}
