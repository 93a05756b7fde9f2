//! Signatures that OpenSSL made, as a second opinion on the verifiers: `tests/vectors/openssl-signatures.json`.
#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

use serde_json::Value;

use crate::crypto::public_key::{PublicKey, SignatureScheme};
use crate::vectors::{Vector, hex};

#[test]
fn signatures_made_by_openssl_verify_and_changed_ones_do_not() {
    let all: Value = serde_json::from_str(include_str!("../tests/vectors/openssl-signatures.json")).unwrap();
    let message = hex(all["message"].as_str().unwrap());
    let mut seen = 0;
    for vector in all["signatures"].as_array().unwrap() {
        let v = Vector(vector.clone());
        let key = PublicKey::parse(&v.hex("key")).unwrap_or_else(|cause| panic!("{}: {cause}", v.text("name")));
        let scheme = SignatureScheme::parse(&v.hex("algorithm"), None).unwrap();
        let mut signature = v.hex("signature");
        assert!(key.verifies(scheme, &message, &signature), "{}", v.text("name"));
        *signature.last_mut().unwrap() ^= 1;
        assert!(!key.verifies(scheme, &message, &signature), "{}", v.text("name"));
        seen += 1;
    }
    assert_eq!(seen, 54);
}
