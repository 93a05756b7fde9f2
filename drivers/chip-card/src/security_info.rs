//! What a chip can do, from EF.CardAccess and DG14 (Doc 9303-11, 9.2).

use std::fmt;

use crate::crypto::agreement::Domain;
use crate::crypto::cipher::CipherSuite;
use crate::crypto::hash::HashAlgorithm;
use crate::der;
use crate::oid;
use crate::tlv::{Reader, TlvError};

/// Most entries taken from a list; the longest seen has 8.
const INFOS_MAX: usize = 64;

/// The agreement of Chip Authentication that has arithmetic here. A chip with 1 as well, modulo a prime, has a key for
/// each.
const CHIP_AUTHENTICATION_ECDH: u8 = 2;

/// How PACE makes the generator that depends on the password (Doc 9303-11, 4.4.3.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PaceMapping {
    /// Generic mapping.
    Generic,
    /// Integrated mapping.
    Integrated,
    /// Chip authentication mapping: generic mapping that also proves the chip.
    ChipAuthentication,
}

impl fmt::Display for PaceMapping {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Generic => "GM",
            Self::Integrated => "IM",
            Self::ChipAuthentication => "CAM",
        })
    }
}

/// One way into a chip by PACE.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PaceInfo {
    pub(crate) oid: Vec<u8>,
    pub(crate) mapping: PaceMapping,
    pub(crate) suite: CipherSuite,
    /// `None` for parameters without arithmetic here.
    pub(crate) domain: Option<Domain>,
    /// Number of the standardised parameters.
    pub(crate) parameter: Option<u8>,
}

/// How Chip Authentication is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ChipAuthenticationInfo {
    pub(crate) oid: Vec<u8>,
    pub(crate) suite: CipherSuite,
    /// Which key, on chips with several.
    pub(crate) key: Option<Vec<u8>>,
}

/// A public key of the chip.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ChipPublicKey {
    /// 1 = modulo a prime, 2 = on a curve.
    pub(crate) agreement: u8,
    /// SubjectPublicKeyInfo, as received.
    pub(crate) key_info: Vec<u8>,
    pub(crate) key: Option<Vec<u8>>,
}

/// What is said in a list of SecurityInfo. Entries of other kinds are passed over.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct SecurityInfos {
    pub(crate) pace: Vec<PaceInfo>,
    pub(crate) chip_authentication: Vec<ChipAuthenticationInfo>,
    pub(crate) public_keys: Vec<ChipPublicKey>,
    /// The hash of Active Authentication by ECDSA.
    pub(crate) active_authentication: Option<HashAlgorithm>,
}

impl SecurityInfos {
    /// Reads a SET OF SecurityInfo.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, TlvError> {
        let mut infos = Self::default();
        let mut entries = Reader::new(Reader::only(bytes, der::SET)?.value);
        for _ in 0..INFOS_MAX {
            if entries.is_empty() {
                return Ok(infos);
            }
            infos.take(entries.expect(der::SEQUENCE)?.value)?;
        }
        Err(TlvError::Trailing(bytes.len()))
    }

    fn take(&mut self, entry: &[u8]) -> Result<(), TlvError> {
        let mut fields = Reader::new(entry);
        let oid = fields.expect(der::OID)?.value;
        if let Some([mapping, cipher]) = after(oid, oid::PACE) {
            self.pace.extend(pace_info(oid, (*mapping, *cipher), fields)?);
        } else if let Some([CHIP_AUTHENTICATION_ECDH, cipher]) = after(oid, oid::CHIP_AUTHENTICATION) {
            let version = fields.expect(der::INTEGER)?;
            let key = fields.optional(der::INTEGER)?.map(|key| key.value.to_vec());
            if let (Some(suite), [1]) = (suite_of(*cipher), version.value) {
                self.chip_authentication.push(ChipAuthenticationInfo { oid: oid.to_vec(), suite, key });
            }
        } else if let Some([agreement]) = after(oid, oid::CHIP_PUBLIC_KEY) {
            let key_info = fields.expect(der::SEQUENCE)?.whole.to_vec();
            let key = fields.optional(der::INTEGER)?.map(|key| key.value.to_vec());
            self.public_keys.push(ChipPublicKey { agreement: *agreement, key_info, key });
        } else if oid == oid::ACTIVE_AUTHENTICATION {
            fields.expect(der::INTEGER)?;
            let algorithm = fields.optional(der::OID)?.map_or(&[][..], |element| element.value);
            self.active_authentication = plain_ecdsa_hash(algorithm);
        }
        Ok(())
    }
}

/// The rest of an identifier that begins with `prefix`.
fn after<'o>(oid: &'o [u8], prefix: &[u8]) -> Option<&'o [u8]> {
    oid.strip_prefix(prefix)
}

fn pace_info(oid: &[u8], kind: (u8, u8), mut fields: Reader<'_>) -> Result<Option<PaceInfo>, TlvError> {
    let (mapping, cipher) = kind;
    let version = fields.expect(der::INTEGER)?;
    let parameter = fields.optional(der::INTEGER)?.and_then(|number| der::small_unsigned(number.value));
    let mapping = match mapping {
        1 | 2 => PaceMapping::Generic,
        3 | 4 => PaceMapping::Integrated,
        6 => PaceMapping::ChipAuthentication,
        _ => return Ok(None),
    };
    let (Some(suite), [2]) = (suite_of(cipher), version.value) else {
        return Ok(None);
    };
    let domain = parameter.and_then(Domain::standardised);
    Ok(Some(PaceInfo { oid: oid.to_vec(), mapping, suite, domain, parameter }))
}

const fn suite_of(cipher: u8) -> Option<CipherSuite> {
    match cipher {
        1 => Some(CipherSuite::TripleDes),
        2 => Some(CipherSuite::Aes128),
        3 => Some(CipherSuite::Aes192),
        4 => Some(CipherSuite::Aes256),
        _ => None,
    }
}

fn plain_ecdsa_hash(oid: &[u8]) -> Option<HashAlgorithm> {
    match after(oid, oid::ECDSA_PLAIN)? {
        [1] => Some(HashAlgorithm::Sha1),
        [2] => Some(HashAlgorithm::Sha224),
        [3] => Some(HashAlgorithm::Sha256),
        [4] => Some(HashAlgorithm::Sha384),
        [5] => Some(HashAlgorithm::Sha512),
        _ => None,
    }
}
