//! Who may vouch for a document: anchors, the purposes of certificates, and the numbers of keys.
#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

use std::collections::BTreeMap;

use pem_rfc7468::LineEnding;
use vn_identity::Date;

use crate::crypto::rsa::RsaPublicKey;
use crate::sod::Sod;
use crate::test_document::{CertificateSpec, ECDSA_SHA256, key, object, sequence, sod};
use crate::tlv::encode;
use crate::{AnchorError, DataGroup, Document, Issuer, IssuerRejection, Trust};

const KEY_USAGE: &[u8] = &[0x55, 0x1D, 0x0F];
const BASIC_CONSTRAINTS: &[u8] = &[0x55, 0x1D, 0x13];
const EXTENDED_KEY_USAGE: &[u8] = &[0x55, 0x1D, 0x25];
/// id-icao-cscaMasterListSigningKey: `2.23.136.1.1.3`.
const MASTER_LIST_SIGNING: &[u8] = &[0x67, 0x81, 0x08, 0x01, 0x01, 0x03];
const ANY_PURPOSE: &[u8] = &[0x55, 0x1D, 0x25, 0x00];
const DIGITAL_SIGNATURE: u8 = 0x80;
const CERTIFICATE_SIGNING: u8 = 0x04;

fn extension(oid: &[u8], value: &[u8]) -> Vec<u8> {
    sequence(&[object(oid), encode(0x01, &[0xFF]), encode(0x04, value)])
}

fn key_usage(bits: u8) -> Vec<u8> {
    extension(KEY_USAGE, &encode(0x03, &[0, bits]))
}

fn purpose(oid: &[u8]) -> Vec<u8> {
    extension(EXTENDED_KEY_USAGE, &sequence(&[object(oid)]))
}

fn authority(yes: bool) -> Vec<u8> {
    let value = if yes { encode(0x01, &[0xFF]) } else { Vec::new() };
    extension(BASIC_CONSTRAINTS, &sequence(&[value]))
}

fn trust_none() -> Trust {
    Trust::new(Date::new(2026, 11, 23).unwrap())
}

/// The self-signed certificate of the country, valid on these days.
fn country(valid: (&'static str, &'static str), extensions: &[Vec<u8>]) -> Vec<u8> {
    let key = key(1);
    CertificateSpec { subject: ("Country", &key), issuer: ("Country", &key), valid }
        .encode_with(extensions, ECDSA_SHA256)
}

/// A SOD by a signer with these extensions; `named` is the algorithm in the signed part of its certificate.
fn signed_by(extensions: &[Vec<u8>], named: &[u8]) -> Vec<u8> {
    let (country, signer) = (key(1), key(2));
    let spec =
        CertificateSpec { subject: ("Signer", &signer), issuer: ("Country", &country), valid: ("240101", "340101") };
    let groups: BTreeMap<_, _> = [(DataGroup::DG1, vec![1, 2, 3])].into();
    sod(&groups, &signer, &spec.encode_with(extensions, named))
}

fn judged(sod: &[u8], anchors: &[Vec<u8>]) -> Issuer {
    let mut trust = trust_none();
    anchors.iter().for_each(|anchor| trust.add_anchor(anchor).unwrap());
    Document::of_sod(Some(sod), &trust).issuer
}

#[test]
fn an_expired_certificate_of_the_same_authority_does_not_hide_the_valid_one() {
    let (valid, expired) = (country(("220101", "370101"), &[]), country(("100101", "250101"), &[]));
    let sod = signed_by(&[], ECDSA_SHA256);
    assert_eq!(judged(&sod, &[expired.clone(), valid.clone()]), Issuer::Verified);
    assert_eq!(judged(&sod, &[valid, expired.clone()]), Issuer::Verified);
    assert!(matches!(judged(&sod, &[expired]), Issuer::Rejected(IssuerRejection::AnchorExpired { .. })));
}

#[test]
fn a_certificate_for_another_purpose_does_not_sign_documents() {
    let anchor = [country(("220101", "370101"), &[])];
    for (extensions, fits) in [
        (vec![key_usage(DIGITAL_SIGNATURE)], true),
        (vec![key_usage(CERTIFICATE_SIGNING)], false),
        (vec![key_usage(DIGITAL_SIGNATURE), purpose(ANY_PURPOSE)], true),
        (vec![key_usage(DIGITAL_SIGNATURE), purpose(MASTER_LIST_SIGNING)], false),
    ] {
        let expected = if fits { Issuer::Verified } else { Issuer::Rejected(IssuerRejection::SignerPurpose) };
        assert_eq!(judged(&signed_by(&extensions, ECDSA_SHA256), &anchor), expected, "{extensions:02X?}");
    }
}

#[test]
fn a_certificate_that_may_not_issue_others_is_no_anchor() {
    for (extensions, fits) in [
        (vec![authority(true), key_usage(CERTIFICATE_SIGNING)], true),
        (vec![authority(false)], false),
        (vec![authority(true), key_usage(DIGITAL_SIGNATURE)], false),
    ] {
        let outcome = trust_none().add_anchor(&country(("220101", "370101"), &extensions));
        assert_eq!(outcome, if fits { Ok(()) } else { Err(AnchorError::NotAuthority) }, "{extensions:02X?}");
    }
}

#[test]
fn an_anchor_may_be_pem_of_one_certificate() {
    let pem = |label: &str, der: &[u8]| pem_rfc7468::encode_string(label, LineEnding::LF, der).unwrap();
    let country = country(("220101", "370101"), &[]);
    let one = pem("CERTIFICATE", &country);
    assert_eq!(judged(&signed_by(&[], ECDSA_SHA256), &[format!("\n{one}\n").into_bytes()]), Issuer::Verified);
    for text in [pem("PUBLIC KEY", &country), format!("{one}{one}"), one.replace("-----END", "END")] {
        assert_eq!(trust_none().add_anchor(text.as_bytes()), Err(AnchorError::Pem), "{text}");
    }
    assert!(matches!(trust_none().add_anchor(pem("CERTIFICATE", b"x").as_bytes()), Err(AnchorError::Form(_))));
}

#[test]
fn a_certificate_that_names_two_algorithms_is_none() {
    let ecdsa_sha512 = &[0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x04, 0x03, 0x04];
    let issuer = judged(&signed_by(&[], ecdsa_sha512), &[country(("220101", "370101"), &[])]);
    assert!(matches!(issuer, Issuer::Rejected(IssuerRejection::Unreadable(_))), "{issuer}");
}

#[test]
fn an_rsa_key_that_anybody_can_sign_with_is_none() {
    let modulus = [0xFF; 256];
    for (modulus, exponent, fits) in [
        (&modulus[..], &[1][..], false),
        (&modulus[..], &[2], false),
        (&modulus[..], &[3], true),
        (&modulus[..], &[1, 0, 1], true),
        (&modulus[..], &[1, 0, 0], false),
        (&modulus[..127], &[3], false),
        (&modulus[..128], &[3], true),
    ] {
        assert_eq!(RsaPublicKey::new(modulus, exponent).is_some(), fits, "{} {exponent:?}", modulus.len());
    }
}

#[test]
fn the_hashes_of_a_person_are_not_shown_by_debug() {
    let document = Document::of_sod(Some(&signed_by(&[], ECDSA_SHA256)), &trust_none());
    let digest = document.sod.as_ref().and_then(|sod: &Sod| sod.digests.get(&DataGroup::DG1)).unwrap();
    let shown = format!("{document:?}");
    assert!(!shown.contains(&format!("{}, {}, {}", digest[0], digest[1], digest[2])), "{shown}");
}
