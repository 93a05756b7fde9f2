//! What the fuzz targets call: everything that bytes of a card go through. Not part of the interface.
//! `judge_sod` serves a test beside another judge.

use vn_identity::Date;
use vn_identity::chip::details;
use vn_identity::mrz::zone_of_data_group_1;

use crate::apdu::Response;
use crate::certificate::Certificate;
use crate::crypto::cipher::{CipherSuite, KeyUse, SecretKey};
use crate::crypto::public_key::PublicKey;
use crate::dg2;
use crate::document::Document;
use crate::secure_messaging::SecureMessaging;
use crate::security_info::SecurityInfos;
use crate::sod::Sod;
use crate::tlv::{self, Reader};
use crate::trust::{Issuer, Trust};

/// Elements inside elements that are followed down.
const DEPTH_MAX: usize = 16;

/// Whether the bytes are TLV all through, and everything else that is made of TLV before any key is known.
pub fn tlv(bytes: &[u8]) -> bool {
    let parsed = SecurityInfos::parse(bytes).is_ok() | PublicKey::parse(bytes).is_ok();
    let certificate = Certificate::parse(bytes).is_ok();
    walk(bytes, DEPTH_MAX) | parsed | certificate
}

/// An element that is encoded again and read again is the same.
fn walk(bytes: &[u8], depth: usize) -> bool {
    let mut reader = Reader::new(bytes);
    while depth > 0 && !reader.is_empty() {
        let Ok(element) = reader.next() else {
            return false;
        };
        let encoded = tlv::encode(element.tag, element.value);
        let same = Reader::only(&encoded, element.tag).is_ok_and(|again| again.value == element.value);
        assert!(same || element.tag == 0, "an element changes when it is encoded");
        walk(element.value, depth - 1);
    }
    true
}

/// Whether the bytes are one of the data groups that say something about a person.
pub fn data_groups(bytes: &[u8]) -> bool {
    details(bytes).is_ok() | zone_of_data_group_1(bytes).is_ok() | dg2::parse(bytes).is_ok()
}

/// Whether the bytes are a SOD; judges it as well.
pub fn sod(bytes: &[u8]) -> bool {
    let trust = Date::new(2026, 1, 1).map(Trust::new);
    match (Sod::parse(bytes), trust) {
        (Ok(sod), Some(trust)) => {
            let _verdict = Issuer::judge(&sod, &trust);
            true
        }
        (Ok(_) | Err(_), _) => false,
    }
}

/// What a SOD, `77` and all, says of its issuer, as a reading judges it.
pub fn judge_sod(bytes: &[u8], trust: &Trust) -> Issuer {
    Document::of_sod(Some(bytes), trust).issuer
}

/// Opens an answer as it stands, and as the content of an answer whose MAC is right, under each cipher.
pub fn secure_messaging(bytes: &[u8]) -> bool {
    let suites = [CipherSuite::TripleDes, CipherSuite::Aes128, CipherSuite::Aes192, CipherSuite::Aes256];
    suites.into_iter().fold(false, |opened, suite| {
        let plain = Response::parse(bytes).is_some_and(|answer| channel(suite).open(&answer).is_ok());
        opened | plain | open_with_right_mac(suite, bytes).unwrap_or(false)
    })
}

fn channel(suite: CipherSuite) -> SecureMessaging {
    SecureMessaging::from_secret(suite, b"fuzz")
}

fn open_with_right_mac(suite: CipherSuite, cryptogram: &[u8]) -> Option<bool> {
    let objects = [tlv::encode(0x87, cryptogram), tlv::encode(0x99, &[0x90, 0x00])].concat();
    let mut message = vec![0; suite.block_bytes()];
    *message.last_mut()? = 1;
    message.extend_from_slice(&objects);
    if suite != CipherSuite::TripleDes {
        crate::crypto::cipher::pad(&mut message, suite);
    }
    let mac = SecretKey::derive(suite, b"fuzz", KeyUse::Mac).mac(&[&message]).ok()?;
    let answer = [objects, tlv::encode(0x8E, &mac), vec![0x90, 0x00]].concat();
    Some(channel(suite).open(&Response::parse(&answer)?).is_ok())
}
