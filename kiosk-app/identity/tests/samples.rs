//! Every sample of the two card families against what it must become, and every other family against being refused.
//!
//! All people in the samples are invented.

#![expect(clippy::expect_used, reason = "a broken sample file is a failed test")]

use serde_json::{Value, json};
use vn_identity::{Claim, Date, Expiry, Layout, Refusal, Sex, decode, decode_on};

/// The day "in the future" is measured from.
const TODAY: Date = Date { year: 2026, month: 11, day: 22 };

struct Sample {
    id: String,
    family: String,
    class: String,
    bytes: Vec<u8>,
    expect: Value,
    error: Value,
}

fn samples() -> Vec<Sample> {
    let all: Vec<Value> = serde_json::from_str(include_str!("identity-samples.json")).expect("the samples are JSON");
    let text = |sample: &Value, key: &str| sample[key].as_str().expect("a text").to_owned();
    all.iter()
        .map(|sample| Sample {
            id: text(sample, "id"),
            family: text(sample, "family"),
            class: text(sample, "class"),
            bytes: unhex(&text(sample, "bytes_hex")),
            expect: sample["expect"].clone(),
            error: sample["error"].clone(),
        })
        .collect()
}

fn unhex(text: &str) -> Vec<u8> {
    let digit = |byte: u8| (byte as char).to_digit(16).expect("a hexadecimal digit") as u8;
    text.as_bytes().chunks(2).map(|pair| 16 * digit(pair[0]) + digit(pair[1])).collect()
}

fn is_card(sample: &Sample) -> bool {
    matches!(sample.family.as_str(), "cccd_qr_7" | "cancuoc_qr_11")
}

/// A claim in the words of the samples.
fn described(claim: &Claim) -> Value {
    let mut value = json!({
        "kind": match claim.layout { Layout::Cccd2021 => "cccd", Layout::CanCuoc2024 => "cancuoc" },
        "id_number": claim.number.as_str(),
        "old_id": claim.old_number.as_ref().map(|number| number.as_str()),
        "full_name": claim.name.as_str(),
        "dob": claim.birth.to_string(),
        "sex": match claim.sex { Sex::Female => "F", Sex::Male => "M" },
        "address": claim.residence.as_str(),
        "issue_date": claim.issued.map(|date| date.to_string()),
    });
    let expiry = claim.expiry().map(|expiry| match expiry {
        Expiry::On(date) => date.to_string(),
        Expiry::Never => "none".to_owned(),
    });
    let optional = [
        ("derived_expiry", expiry),
        ("cancelled_id", claim.cancelled_number.as_ref().map(|number| number.as_str().to_owned())),
        ("father", claim.father.as_ref().map(|name| name.as_str().to_owned())),
        ("mother", claim.mother.as_ref().map(|name| name.as_str().to_owned())),
    ];
    for (key, text) in optional {
        if let Some(text) = text {
            value[key] = text.into();
        }
    }
    let warnings: Vec<_> = claim.warnings().iter().map(|warning| warning.code()).collect();
    if !warnings.is_empty() {
        value["warnings"] = json!(warnings);
    }
    value
}

#[test]
fn every_card_sample_that_must_be_accepted_says_what_it_should() {
    let mut seen = 0;
    for sample in samples().iter().filter(|sample| is_card(sample) && sample.class.starts_with("valid")) {
        let claim = decode_on(&sample.bytes, TODAY).unwrap_or_else(|refusal| panic!("{}: {refusal}", sample.id));
        assert_eq!(described(&claim), sample.expect, "{}", sample.id);
        seen += 1;
    }
    assert_eq!(seen, 24, "samples of the card families that must be accepted");
}

#[test]
fn every_malformed_card_sample_is_refused_for_its_own_reason() {
    let mut seen = 0;
    for sample in samples().iter().filter(|sample| is_card(sample) && sample.class == "malformed") {
        let refusal = decode_on(&sample.bytes, TODAY).expect_err(&sample.id);
        assert_eq!(Value::from(refusal.code()), sample.error, "{}", sample.id);
        seen += 1;
    }
    assert_eq!(seen, 22, "malformed samples of the card families");
}

#[test]
fn every_other_token_is_unknown_and_never_guessed() {
    let others = ["bhyt", "vssid", "mrz", "vietqr", "generic", "vneid"];
    let mut seen = 0;
    for sample in samples().iter().filter(|sample| others.iter().any(|family| sample.family.starts_with(family))) {
        let on_a_phone = sample.expect["kind"] == "cccd_screen";
        match decode(&sample.bytes) {
            Ok(_) => assert!(on_a_phone, "{} became an identity", sample.id),
            Err(refusal) => assert_eq!(refusal, Refusal::UnknownToken, "{}", sample.id),
        }
        seen += 1;
    }
    assert_eq!(seen, 69, "samples of other families");
}
