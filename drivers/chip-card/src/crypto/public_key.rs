//! SubjectPublicKeyInfo (RFC 5280, 4.1.2.7; RFC 3279, 2.3; BSI TR-03111, 4.2 and 5.1).

use crate::crypto::agreement::Domain;
use crate::crypto::curve::NamedCurve;
use crate::crypto::hash::HashAlgorithm;
use crate::crypto::number::from_hex;
use crate::crypto::rsa::{PssParameters, RsaPublicKey};
use crate::crypto::{ecdsa, hash};
use crate::der;
use crate::oid;
use crate::tlv::{Reader, TlvError};

/// A public key of a certificate or a chip.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum PublicKey {
    Rsa(RsaPublicKey),
    Ec(EcPublicKey),
}

/// A point and its curve. Explicit parameters are taken only when they are those of a known curve.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct EcPublicKey {
    pub(crate) curve: NamedCurve,
    /// Uncompressed, as received: `04`, x, y.
    pub(crate) point: Vec<u8>,
}

/// How a signature is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SignatureScheme {
    RsaPkcs1(HashAlgorithm),
    RsaPss(PssParameters),
    Ecdsa(HashAlgorithm),
}

/// Why a key or a scheme cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// No DER, or not the fields that belong there.
    #[error("the key has a wrong form")]
    Form(#[from] TlvError),
    /// Another algorithm than RSA and ECDSA, or a hash that documents do not use.
    #[error("the algorithm is not known")]
    Algorithm,
    /// A curve by name or by numbers that is not in the built-in list.
    #[error("the curve is not known")]
    Curve,
    /// A modulus, an exponent or a point that no document has.
    #[error("the numbers of the key are unusual")]
    Numbers,
}

impl PublicKey {
    /// Reads a SubjectPublicKeyInfo.
    pub(crate) fn parse(key_info: &[u8]) -> Result<Self, KeyError> {
        let mut info = Reader::new(Reader::only(key_info, der::SEQUENCE)?.value);
        let mut algorithm = Reader::new(info.expect(der::SEQUENCE)?.value);
        let oid = algorithm.expect(der::OID)?.value;
        let key = bit_string(info.expect(der::BIT_STRING)?.value)?;
        match oid {
            oid::RSA | oid::RSA_PSS => Self::parse_rsa(key),
            oid::EC_PUBLIC_KEY => {
                let curve = parse_curve(&mut algorithm)?;
                EcPublicKey::new(curve, key).map(Self::Ec)
            }
            oid::STANDARDISED_DOMAIN => {
                let number = der::small_unsigned(algorithm.expect(der::INTEGER)?.value);
                let curve = number.and_then(NamedCurve::standardised).ok_or(KeyError::Curve)?;
                EcPublicKey::new(curve, key).map(Self::Ec)
            }
            _ => Err(KeyError::Algorithm),
        }
    }

    fn parse_rsa(key: &[u8]) -> Result<Self, KeyError> {
        let mut numbers = Reader::new(Reader::only(key, der::SEQUENCE)?.value);
        let (modulus, exponent) = (numbers.expect(der::INTEGER)?, numbers.expect(der::INTEGER)?);
        RsaPublicKey::new(modulus.value, exponent.value).map(Self::Rsa).ok_or(KeyError::Numbers)
    }

    /// Whether this key made the signature over the message.
    pub(crate) fn verifies(&self, scheme: SignatureScheme, message: &[u8], signature: &[u8]) -> bool {
        match (self, scheme) {
            (Self::Rsa(key), SignatureScheme::RsaPkcs1(hash)) => {
                key.verify_pkcs1(hash, &hash.digest(&[message]), signature)
            }
            (Self::Rsa(key), SignatureScheme::RsaPss(parameters)) => {
                key.verify_pss(parameters, &parameters.hash.digest(&[message]), signature)
            }
            (Self::Ec(key), SignatureScheme::Ecdsa(hash)) => {
                der_signature(signature).is_some_and(|numbers| key.verifies(&hash.digest(&[message]), numbers))
            }
            (Self::Rsa(_), SignatureScheme::Ecdsa(_))
            | (Self::Ec(_), SignatureScheme::RsaPkcs1(_) | SignatureScheme::RsaPss(_)) => false,
        }
    }
}

impl EcPublicKey {
    fn new(curve: NamedCurve, point: &[u8]) -> Result<Self, KeyError> {
        let uncompressed = point.first() == Some(&0x04) && point.len() == 1 + 2 * curve.field_bytes();
        if uncompressed { Ok(Self { curve, point: point.to_vec() }) } else { Err(KeyError::Numbers) }
    }

    /// Where a key can be agreed on with this one.
    pub(crate) const fn domain(&self) -> Option<Domain> {
        Domain::of_curve(self.curve)
    }

    /// Whether this key made the signature, given as its two numbers.
    pub(crate) fn verifies(&self, digest: &[u8], numbers: (&[u8], &[u8])) -> bool {
        let coordinates = self.point.get(1..).unwrap_or_default();
        let point = coordinates.split_at(coordinates.len() / 2);
        ecdsa::verify(self.curve, point, digest, numbers)
    }
}

impl SignatureScheme {
    /// Reads an AlgorithmIdentifier. `digest`: the hash that a SignerInfo names beside it, for identifiers without one.
    pub(crate) fn parse(algorithm: &[u8], digest: Option<HashAlgorithm>) -> Result<Self, KeyError> {
        let mut fields = Reader::new(algorithm);
        let oid = fields.expect(der::OID)?.value;
        if let Some(hash) = oid::RSA_WITH.iter().find(|(known, _)| *known == oid) {
            return Ok(Self::RsaPkcs1(hash.1));
        }
        if let Some(hash) = oid::ECDSA_WITH.iter().find(|(known, _)| *known == oid) {
            return Ok(Self::Ecdsa(hash.1));
        }
        match (oid, digest) {
            (oid::RSA_PSS, _) => parse_pss(fields).map(Self::RsaPss),
            (oid::RSA, Some(hash)) => Ok(Self::RsaPkcs1(hash)),
            (oid::EC_PUBLIC_KEY, Some(hash)) => Ok(Self::Ecdsa(hash)),
            (_, _) => Err(KeyError::Algorithm),
        }
    }
}

/// RSASSA-PSS-params with their defaults (RFC 8017, A.2.3).
fn parse_pss(mut fields: Reader<'_>) -> Result<PssParameters, KeyError> {
    let mut parameters = PssParameters { hash: HashAlgorithm::Sha1, mask_hash: HashAlgorithm::Sha1, salt_bytes: 20 };
    let Some(sequence) = fields.optional(der::SEQUENCE)? else {
        return Ok(parameters);
    };
    let mut fields = Reader::new(sequence.value);
    if let Some(hash) = fields.optional(0xA0)? {
        parameters.hash = parse_hash(Reader::only(hash.value, der::SEQUENCE)?.value)?;
    }
    if let Some(mask) = fields.optional(0xA1)? {
        let mut generator = Reader::new(Reader::only(mask.value, der::SEQUENCE)?.value);
        if generator.expect(der::OID)?.value != oid::MGF1 {
            return Err(KeyError::Algorithm);
        }
        parameters.mask_hash = parse_hash(generator.expect(der::SEQUENCE)?.value)?;
    }
    if let Some(salt) = fields.optional(0xA2)? {
        let salt = der::small_unsigned(Reader::only(salt.value, der::INTEGER)?.value).ok_or(KeyError::Numbers)?;
        parameters.salt_bytes = usize::from(salt);
    }
    Ok(parameters)
}

/// The hash of an AlgorithmIdentifier's content.
pub(crate) fn parse_hash(algorithm: &[u8]) -> Result<hash::HashAlgorithm, KeyError> {
    let oid = Reader::new(algorithm).expect(der::OID)?.value;
    oid::hash_of(oid).ok_or(KeyError::Algorithm)
}

/// A curve by name, or by numbers that are those of a known curve.
fn parse_curve(algorithm: &mut Reader<'_>) -> Result<NamedCurve, KeyError> {
    let parameters = algorithm.next()?;
    match parameters.tag {
        der::OID => NamedCurve::from_oid(parameters.value).ok_or(KeyError::Curve),
        der::SEQUENCE => parse_explicit_curve(parameters.value),
        got => Err(TlvError::Unexpected { expected: der::OID, got }.into()),
    }
}

/// ECParameters (RFC 3279, 2.3.5). Every number must be that of one known curve: whoever may choose the generator can
/// make a signature fit any key.
fn parse_explicit_curve(parameters: &[u8]) -> Result<NamedCurve, KeyError> {
    let mut fields = Reader::new(parameters);
    fields.expect(der::INTEGER)?;
    let mut field = Reader::new(fields.expect(der::SEQUENCE)?.value);
    if field.expect(der::OID)?.value != oid::PRIME_FIELD {
        return Err(KeyError::Curve);
    }
    let p = der::unsigned(field.expect(der::INTEGER)?.value);
    let mut coefficients = Reader::new(fields.expect(der::SEQUENCE)?.value);
    let a = der::unsigned(coefficients.expect(der::OCTET_STRING)?.value);
    let b = der::unsigned(coefficients.expect(der::OCTET_STRING)?.value);
    let generator = fields.expect(der::OCTET_STRING)?.value;
    let n = der::unsigned(fields.expect(der::INTEGER)?.value);
    if let Some(cofactor) = fields.optional(der::INTEGER)?
        && der::unsigned(cofactor.value) != [1]
    {
        return Err(KeyError::Curve);
    }
    let is = |hex: &str, bytes: &[u8]| der::unsigned(&from_hex(hex)) == bytes;
    NamedCurve::ALL
        .into_iter()
        .find(|curve| {
            let known = curve.parameters();
            is(known.p, p) && is(known.a, a) && is(known.b, b) && is(known.n, n) && is_generator(*curve, generator)
        })
        .ok_or(KeyError::Curve)
}

/// The generator, uncompressed or compressed.
fn is_generator(curve: NamedCurve, point: &[u8]) -> bool {
    let (x, y) = (from_hex(curve.parameters().x), from_hex(curve.parameters().y));
    let parity = y.last().map_or(2, |last| 2 + (last & 1));
    match point.split_first() {
        Some((4, coordinates)) => coordinates == [x, y].concat(),
        Some((first, coordinate)) => *first == parity && coordinate == x,
        None => false,
    }
}

/// The bytes of a BIT STRING without spare bits.
pub(crate) fn bit_string(value: &[u8]) -> Result<&[u8], TlvError> {
    value.strip_prefix(&[0]).ok_or(TlvError::Value(der::BIT_STRING))
}

/// The two numbers of a signature in DER.
fn der_signature(signature: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut numbers = Reader::new(Reader::only(signature, der::SEQUENCE).ok()?.value);
    let (r, s) = (numbers.expect(der::INTEGER).ok()?, numbers.expect(der::INTEGER).ok()?);
    Some((r.value, s.value))
}

impl NamedCurve {
    /// The curve with this number in the list of standardised parameters (Doc 9303-11, table 5).
    pub(crate) const fn standardised(number: u8) -> Option<Self> {
        Some(match number {
            8 => Self::P192,
            9 => Self::BrainpoolP192r1,
            10 => Self::P224,
            11 => Self::BrainpoolP224r1,
            12 => Self::P256,
            13 => Self::BrainpoolP256r1,
            14 => Self::BrainpoolP320r1,
            15 => Self::P384,
            16 => Self::BrainpoolP384r1,
            17 => Self::BrainpoolP512r1,
            18 => Self::P521,
            _ => return None,
        })
    }
}
