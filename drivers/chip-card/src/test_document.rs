//! Documents for the tests, signed with keys that are made there.
#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

use std::collections::BTreeMap;

use p256::ecdsa::signature::Signer;
use p256::ecdsa::{Signature, SigningKey};

use crate::crypto::hash::HashAlgorithm;
use crate::file::{DataGroup, ElementaryFile};
use crate::oid;
use crate::tlv::encode;
use crate::vectors::{hex, number};

pub(crate) const ECDSA_SHA256: &[u8] = &[0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x04, 0x03, 0x02];
const SHA256: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01];

pub(crate) fn key(seed: u8) -> SigningKey {
    SigningKey::from_slice(&[seed; 32]).unwrap()
}

pub(crate) fn sequence(parts: &[Vec<u8>]) -> Vec<u8> {
    encode(0x30, &parts.concat())
}

pub(crate) fn object(oid: &[u8]) -> Vec<u8> {
    encode(0x06, oid)
}

pub(crate) fn key_info(curve: &[u8], point: &[u8]) -> Vec<u8> {
    let algorithm = sequence(&[object(oid::EC_PUBLIC_KEY), object(curve)]);
    sequence(&[algorithm, encode(0x03, &[&[0][..], point].concat())])
}

fn p256_info(key: &SigningKey) -> Vec<u8> {
    let point = key.verifying_key().to_sec1_point(false);
    key_info(&[0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07], point.as_bytes())
}

fn name(text: &str) -> Vec<u8> {
    sequence(&[encode(0x31, &sequence(&[object(&[0x55, 4, 3]), encode(0x0C, text.as_bytes())]))])
}

/// A certificate of `subject` by `issuer`.
pub(crate) struct CertificateSpec<'k> {
    pub(crate) subject: (&'static str, &'k SigningKey),
    pub(crate) issuer: (&'static str, &'k SigningKey),
    /// `YYMMDD` of the first and the last day.
    pub(crate) valid: (&'static str, &'static str),
}

impl CertificateSpec<'_> {
    pub(crate) fn encode(&self) -> Vec<u8> {
        self.encode_with(&[], ECDSA_SHA256)
    }

    /// With these extensions, each whole, and with this algorithm named in the part that is signed.
    pub(crate) fn encode_with(&self, extensions: &[Vec<u8>], named: &[u8]) -> Vec<u8> {
        let algorithm = sequence(&[object(ECDSA_SHA256)]);
        let extensions = if extensions.is_empty() { Vec::new() } else { encode(0xA3, &sequence(extensions)) };
        let time = |day: &str| encode(0x17, format!("{day}120000Z").as_bytes());
        let signed = sequence(&[
            encode(0xA0, &encode(0x02, &[2])),
            encode(0x02, &[7]),
            sequence(&[object(named)]),
            name(self.issuer.0),
            sequence(&[time(self.valid.0), time(self.valid.1)]),
            name(self.subject.0),
            p256_info(self.subject.1),
            extensions,
        ]);
        let signature: Signature = self.issuer.1.sign(&signed);
        let signature = [&[0][..], signature.to_der().as_bytes()].concat();
        sequence(&[signed, algorithm, encode(0x03, &signature)])
    }
}

/// What is signed into a SOD.
pub(crate) fn sod(groups: &BTreeMap<DataGroup, Vec<u8>>, signer: &SigningKey, certificate: &[u8]) -> Vec<u8> {
    let digest = |bytes: &[u8]| HashAlgorithm::Sha256.digest(&[bytes]);
    let hashes =
        groups.iter().map(|(group, file)| sequence(&[encode(0x02, &[group.number()]), encode(0x04, &digest(file))]));
    let hash = sequence(&[object(SHA256), encode(0x05, &[])]);
    let content = sequence(&[encode(0x02, &[0]), hash.clone(), sequence(&hashes.collect::<Vec<_>>())]);
    let attribute = |oid: &[u8], value: Vec<u8>| sequence(&[object(oid), encode(0x31, &value)]);
    let attributes = [
        attribute(oid::CONTENT_TYPE, object(oid::LDS_SECURITY_OBJECT)),
        attribute(oid::MESSAGE_DIGEST, encode(0x04, &digest(&content))),
        attribute(oid::SIGNING_TIME, encode(0x17, b"240301120000Z")),
    ]
    .concat();
    let signature: Signature = signer.sign(&encode(0x31, &attributes));
    let info = sequence(&[
        encode(0x02, &[1]),
        sequence(&[name("Country"), encode(0x02, &[7])]),
        hash.clone(),
        encode(0xA0, &attributes),
        sequence(&[object(ECDSA_SHA256)]),
        encode(0x04, signature.to_der().as_bytes()),
    ]);
    let signed_data = sequence(&[
        encode(0x02, &[3]),
        encode(0x31, &hash),
        sequence(&[object(oid::LDS_SECURITY_OBJECT), encode(0xA0, &encode(0x04, &content))]),
        encode(0xA0, certificate),
        encode(0x31, &info),
    ]);
    encode(0x77, &sequence(&[object(oid::SIGNED_DATA), encode(0xA0, &signed_data)]))
}

/// The files of an invented card, and the secrets of its chip.
#[derive(Clone)]
pub(crate) struct Issued {
    pub(crate) files: BTreeMap<[u8; 2], Vec<u8>>,
    /// Private key of Chip Authentication, on brainpoolP256r1.
    pub(crate) agreement_key: Vec<u8>,
    /// Private key of Active Authentication, on P-256.
    pub(crate) signing_key: [u8; 32],
    /// The certificate that vouches for it.
    pub(crate) anchor: Vec<u8>,
}

pub(crate) const DG1: &str = "615D5F1F5A4944564E4D303939303132333435393030313039393031323334353C3C30393930313135354D333430\
    31313538564E4D3C3C3C3C3C3C3C3C3C3C3C364E475559454E3C3C56414E3C414E3C3C3C3C3C3C3C3C3C3C3C3C3C3C3C3C";

/// A picture of the right length that no decoder is asked for.
fn face(bytes: usize) -> Vec<u8> {
    let record = [&b"FAC\x00010\0"[..], &[0; 10], &[0; 16], &[0; 12], &[0xFF, 0xD8, 0xFF, 0xE0]].concat();
    let padded: Vec<u8> = record.into_iter().chain((0..=u8::MAX).cycle()).take(bytes - 20).collect();
    let face = encode(0x7F60, &encode(0x5F2E, &padded));
    encode(0x75, &encode(0x7F61, &[vec![0x02, 0x01, 0x01], face].concat()))
}

fn details() -> Vec<u8> {
    let field = |number: u8, text: &str| sequence(&[encode(0x02, &[number]), encode(0x0C, text.as_bytes())]);
    let fields = [
        field(1, number().as_str()),
        field(2, "Nguyễn Văn An"),
        field(3, "15/01/1999"),
        field(9, &"Số 1 Tràng Tiền ".repeat(12)),
        field(11, "20/05/2021"),
    ];
    let version = [encode(0x02, &[1]), object(&[0x28, 0xD3, 0x16, 0x00, 0x01, 0x08])];
    encode(0x6D, &sequence(&[version.concat(), encode(0x31, &fields.concat())]))
}

/// Issues a card with a face file of about this many bytes.
pub(crate) fn issue(face_bytes: usize) -> Issued {
    issue_valid(face_bytes, ("240101", "340101"))
}

pub(crate) fn issue_valid(face_bytes: usize, signer_valid: (&'static str, &'static str)) -> Issued {
    issue_as(face_bytes, signer_valid, &[], &[])
}

/// Issues a card whose DG14 says this as well.
pub(crate) fn issue_saying(infos: &[u8]) -> Issued {
    issue_as(1_000, ("240101", "340101"), &[], infos)
}

/// Issues a card that never had these groups: the SOD does not list them.
pub(crate) fn issue_without(groups: &[DataGroup]) -> Issued {
    issue_as(1_000, ("240101", "340101"), groups, &[])
}

fn issue_as(
    face_bytes: usize,
    signer_valid: (&'static str, &'static str),
    without: &[DataGroup],
    infos: &[u8],
) -> Issued {
    let (country, signer) = (key(1), key(2));
    let anchor =
        CertificateSpec { subject: ("Country", &country), issuer: ("Country", &country), valid: ("220101", "370101") };
    let certificate =
        CertificateSpec { subject: ("Signer", &signer), issuer: ("Country", &country), valid: signer_valid };
    let agreement_key = vec![3; 32];
    let domain = crate::crypto::agreement::Domain::standardised(13).unwrap();
    let public = domain.agree(&agreement_key, &domain.generator().unwrap()).unwrap();
    let brainpool = crate::crypto::curve::NamedCurve::BrainpoolP256r1.oid();
    let chip_key = sequence(&[object(&[oid::CHIP_PUBLIC_KEY, &[2]].concat()), key_info(brainpool, &public)]);
    let protocol = sequence(&[object(&[oid::CHIP_AUTHENTICATION, &[2, 2]].concat()), encode(0x02, &[1])]);
    let signing_key = [4; 32];
    let mut groups: BTreeMap<DataGroup, Vec<u8>> = [
        (DataGroup::DG1, hex(DG1)),
        (DataGroup::DG2, face(face_bytes)),
        (DataGroup::DG13, details()),
        (DataGroup::DG14, encode(0x6E, &encode(0x31, &[&protocol, &chip_key, infos].concat()))),
        (DataGroup::DG15, encode(0x6F, &p256_info(&SigningKey::from_slice(&signing_key).unwrap()))),
    ]
    .into();
    groups.retain(|group, _| !without.contains(group));
    let mut files: BTreeMap<[u8; 2], Vec<u8>> =
        groups.iter().map(|(group, file)| (ElementaryFile::Group(*group).identifier(), file.clone())).collect();
    files.insert(ElementaryFile::Sod.identifier(), sod(&groups, &signer, &certificate.encode()));
    Issued { files, agreement_key, signing_key, anchor: anchor.encode() }
}
