//! The issuing authority: keys made at run time, certificates (Doc 9303-12) and the document's security object.

use super::curve::{Curve, EcKey, Hash, Naming};
use super::entropy::Entropy;
use super::person::Day;
use super::rsa::{RsaBits, RsaKey, hash_oid};
use super::tlv::{self, bits, null, octets, oid, printable, sequence, set_of, small, unsigned};

/// Contents type of the LDS security object.
const LDS_SECURITY_OBJECT: &[u32] = &[2, 23, 136, 1, 1, 1];

/// How something is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Signing {
    /// ECDSA on a curve.
    Ecdsa(Curve, Naming, Hash),
    /// RSASSA-PKCS1-v1_5.
    RsaPkcs1(RsaBits, Hash),
    /// RSASSA-PSS.
    RsaPss(RsaBits, Hash),
}

/// A key with the way it signs.
#[derive(Debug, Clone)]
pub struct SigningKey {
    signing: Signing,
    pair: Pair,
}

#[derive(Debug, Clone)]
enum Pair {
    Ec(Box<EcKey>),
    Rsa(RsaKey),
}

/// A key and its certificate.
#[derive(Debug, Clone)]
pub struct Certified {
    key: SigningKey,
    name: Vec<u8>,
    serial: u8,
    /// The certificate, DER.
    pub certificate: Vec<u8>,
}

/// From and to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Validity {
    /// First day.
    pub from: Day,
    /// Last day.
    pub to: Day,
}

impl Validity {
    /// From before every card to the last year that X.509 writes with two digits.
    pub const LONG: Self = Self { from: Day::new(2020, 1, 1), to: Day::new(2049, 12, 31) };
    /// Long over.
    pub const EXPIRED: Self = Self { from: Day::new(2012, 1, 1), to: Day::new(2018, 1, 1) };
}

impl SigningKey {
    /// A new key. RSA takes a second or less.
    #[must_use]
    pub fn generate(signing: Signing, entropy: &mut Entropy) -> Self {
        let pair = match signing {
            Signing::Ecdsa(curve, _, _) => Pair::Ec(Box::new(EcKey::generate(curve, entropy))),
            Signing::RsaPkcs1(bits, _) | Signing::RsaPss(bits, _) => Pair::Rsa(RsaKey::generate(bits, entropy)),
        };
        Self { signing, pair }
    }

    /// The hash it signs with.
    #[must_use]
    pub const fn hash(&self) -> Hash {
        match self.signing {
            Signing::Ecdsa(_, _, hash) | Signing::RsaPkcs1(_, hash) | Signing::RsaPss(_, hash) => hash,
        }
    }

    fn algorithm(&self) -> Vec<u8> {
        match self.signing {
            Signing::Ecdsa(_, _, hash) => sequence(&[&oid(ecdsa_oid(hash))]),
            Signing::RsaPkcs1(_, hash) => sequence(&[&oid(pkcs1_oid(hash)), &null()]),
            Signing::RsaPss(_, hash) => sequence(&[&oid(&[1, 2, 840, 113_549, 1, 1, 10]), &pss_parameters(hash)]),
        }
    }

    fn sign(&self, message: &[u8], entropy: &mut Entropy) -> Vec<u8> {
        match (&self.pair, self.signing) {
            (Pair::Ec(key), signing) => {
                let hash = match signing {
                    Signing::Ecdsa(_, _, hash) | Signing::RsaPkcs1(_, hash) | Signing::RsaPss(_, hash) => hash,
                };
                let (r, s) = key.sign(&hash.of(message), entropy);
                sequence(&[&unsigned(&r), &unsigned(&s)])
            }
            (Pair::Rsa(key), Signing::RsaPss(_, hash)) => key.sign_pss(hash, message, entropy),
            (Pair::Rsa(key), Signing::Ecdsa(_, _, hash) | Signing::RsaPkcs1(_, hash)) => key.sign_pkcs1(hash, message),
        }
    }

    fn public_key_info(&self) -> Vec<u8> {
        match (&self.pair, self.signing) {
            (Pair::Ec(key), Signing::Ecdsa(_, naming, _)) => key.public_key_info(naming),
            (Pair::Ec(key), Signing::RsaPkcs1(..) | Signing::RsaPss(..)) => key.public_key_info(Naming::Named),
            (Pair::Rsa(key), _) => key.public_key_info(),
        }
    }
}

/// A country's signing authority: the trust anchor.
#[must_use]
pub fn authority(signing: Signing, entropy: &mut Entropy) -> Certified {
    let key = SigningKey::generate(signing, entropy);
    let name = name("CSCA Thu Nghiem");
    let identifier = key_identifier(&key);
    let extensions = [
        critical(&[2, 5, 29, 19], &sequence(&[&[1, 1, 0xFF], &small(0)])),
        // keyCertSign, cRLSign.
        critical(&[2, 5, 29, 15], &[3, 2, 1, 6]),
        extension(&[2, 5, 29, 14], &octets(&identifier)),
    ];
    let subject =
        Subject { key: &key, name: &name, serial: 1, validity: Validity::LONG, extensions: extensions.concat() };
    let certificate = certificate(&subject, &key, &name, entropy);
    Certified { key, name, serial: 1, certificate }
}

/// A document signer under an authority.
#[must_use]
pub fn document_signer(
    authority: &Certified,
    signing: Signing,
    validity: Validity,
    entropy: &mut Entropy,
) -> Certified {
    let key = SigningKey::generate(signing, entropy);
    let subject_name = name("Document Signer Thu Nghiem");
    let authority_identifier = tlv::tlv(0x80, &key_identifier(&authority.key));
    let extensions = [
        extension(&[2, 5, 29, 35], &sequence(&[&authority_identifier])),
        // digitalSignature.
        critical(&[2, 5, 29, 15], &[3, 2, 7, 0x80]),
    ];
    let subject = Subject { key: &key, name: &subject_name, serial: 7, validity, extensions: extensions.concat() };
    let certificate = certificate(&subject, &authority.key, &authority.name, entropy);
    Certified { key, name: authority.name.clone(), serial: 7, certificate }
}

impl Certified {
    /// EF.SOD over numbered data groups, with the hash of the signature.
    #[must_use]
    pub fn security_object(&self, groups: &[(u8, Vec<u8>)], entropy: &mut Entropy) -> Vec<u8> {
        let hash = self.key.hash();
        let digests: Vec<Vec<u8>> =
            groups.iter().map(|(number, file)| sequence(&[&small(*number), &octets(&hash.of(file))])).collect();
        let hash_algorithm = sequence(&[&oid(hash_oid(hash))]);
        let object = sequence(&[&small(0), &hash_algorithm, &sequence(&[&digests.concat()])]);
        let content = sequence(&[&oid(LDS_SECURITY_OBJECT), &tlv::tlv(0xA0, &octets(&object))]);
        let signed = sequence(&[
            &small(3),
            &set_of(vec![hash_algorithm.clone()]),
            &content,
            &tlv::tlv(0xA0, &self.certificate),
            &set_of(vec![self.signer_info(&object, &hash_algorithm, entropy)]),
        ]);
        tlv::tlv(0x77, &sequence(&[&oid(&[1, 2, 840, 113_549, 1, 7, 2]), &tlv::tlv(0xA0, &signed)]))
    }

    /// `SignerInfo`, version 1: issuer and serial number.
    fn signer_info(&self, object: &[u8], hash_algorithm: &[u8], entropy: &mut Entropy) -> Vec<u8> {
        let attribute = |name: &[u32], value: Vec<u8>| sequence(&[&oid(name), &set_of(vec![value])]);
        let attributes = set_of(vec![
            attribute(&[1, 2, 840, 113_549, 1, 9, 3], oid(LDS_SECURITY_OBJECT)),
            attribute(&[1, 2, 840, 113_549, 1, 9, 4], octets(&self.key.hash().of(object))),
        ]);
        let signature = self.key.sign(&attributes, entropy);
        // Signed as a SET, sent as [0].
        let sent: Vec<u8> = [&[0xA0], attributes.get(1..).unwrap_or_default()].concat();
        sequence(&[
            &small(1),
            &sequence(&[&self.name, &small(self.serial)]),
            hash_algorithm,
            &sent,
            &self.key.algorithm(),
            &octets(&signature),
        ])
    }
}

struct Subject<'a> {
    key: &'a SigningKey,
    name: &'a [u8],
    serial: u8,
    validity: Validity,
    extensions: Vec<u8>,
}

fn certificate(subject: &Subject<'_>, issuer_key: &SigningKey, issuer_name: &[u8], entropy: &mut Entropy) -> Vec<u8> {
    let body = sequence(&[
        &tlv::tlv(0xA0, &small(2)),
        &small(subject.serial),
        &issuer_key.algorithm(),
        issuer_name,
        &sequence(&[&subject.validity.from.x509(), &subject.validity.to.x509()]),
        subject.name,
        &subject.key.public_key_info(),
        &tlv::tlv(0xA3, &sequence(&[&subject.extensions])),
    ]);
    let signature = issuer_key.sign(&body, entropy);
    sequence(&[&body, &issuer_key.algorithm(), &bits(&signature)])
}

fn name(common_name: &str) -> Vec<u8> {
    let part = |kind: &[u32], value: Vec<u8>| set_of(vec![sequence(&[&oid(kind), &value])]);
    sequence(&[
        &part(&[2, 5, 4, 6], printable("VN")),
        &part(&[2, 5, 4, 10], tlv::utf8("Tiep Don Thu Nghiem")),
        &part(&[2, 5, 4, 3], tlv::utf8(common_name)),
    ])
}

/// SHA-1 of the key, as RFC 5280, 4.2.1.2 proposes.
fn key_identifier(key: &SigningKey) -> Vec<u8> {
    Hash::Sha1.of(&key.public_key_info())
}

fn extension(name: &[u32], value: &[u8]) -> Vec<u8> {
    sequence(&[&oid(name), &octets(value)])
}

fn critical(name: &[u32], value: &[u8]) -> Vec<u8> {
    sequence(&[&oid(name), &[1, 1, 0xFF], &octets(value)])
}

fn pss_parameters(hash: Hash) -> Vec<u8> {
    let algorithm = sequence(&[&oid(hash_oid(hash)), &null()]);
    let mask = sequence(&[&oid(&[1, 2, 840, 113_549, 1, 1, 8]), &algorithm]);
    let salt = small(u8::try_from(hash.bytes()).unwrap_or_default());
    sequence(&[&tlv::tlv(0xA0, &algorithm), &tlv::tlv(0xA1, &mask), &tlv::tlv(0xA2, &salt)])
}

const fn ecdsa_oid(hash: Hash) -> &'static [u32] {
    match hash {
        Hash::Sha1 => &[1, 2, 840, 10_045, 4, 1],
        Hash::Sha224 => &[1, 2, 840, 10_045, 4, 3, 1],
        Hash::Sha256 => &[1, 2, 840, 10_045, 4, 3, 2],
        Hash::Sha384 => &[1, 2, 840, 10_045, 4, 3, 3],
        Hash::Sha512 => &[1, 2, 840, 10_045, 4, 3, 4],
    }
}

const fn pkcs1_oid(hash: Hash) -> &'static [u32] {
    match hash {
        Hash::Sha1 => &[1, 2, 840, 113_549, 1, 1, 5],
        Hash::Sha224 => &[1, 2, 840, 113_549, 1, 1, 14],
        Hash::Sha256 => &[1, 2, 840, 113_549, 1, 1, 11],
        Hash::Sha384 => &[1, 2, 840, 113_549, 1, 1, 12],
        Hash::Sha512 => &[1, 2, 840, 113_549, 1, 1, 13],
    }
}
