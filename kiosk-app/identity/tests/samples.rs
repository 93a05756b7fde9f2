//! Every sample against what it must become. The exact JSON of all families is compared in `kioskctl`'s tests.
//!
//! All people in the samples are invented.

#![expect(
    clippy::expect_used,
    clippy::wildcard_enum_match_arm,
    reason = "a broken sample file is a failed test, which may look at one case only"
)]

use serde_json::{Value, json};
use vn_identity::vietqr::VietQr;
use vn_identity::{Card, Claim, Date, Document, Expiry, Layout, Refusal, Sex, Token, chip, decode, decode_on};

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

/// A card's claim in the words of the samples.
fn described(claim: &Claim) -> Value {
    let Document::Card(card) = &claim.document else { panic!("{claim:?} is no card") };
    let mut value = card_described(card);
    let warnings: Vec<_> = claim.warnings().iter().map(|warning| warning.code()).collect();
    if !warnings.is_empty() {
        value["warnings"] = json!(warnings);
    }
    value
}

fn card_described(claim: &Card) -> Value {
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

/// What every identity of the samples says under the same names.
fn common(claim: &Claim) -> Value {
    let mut value = json!({
        "dob": claim.birth().map(|birth| birth.to_string()),
        "sex": claim.sex().map(|sex| match sex { Sex::Female => "F", Sex::Male => "M" }),
    });
    let key = if claim.personal_number().is_some() { "id_number" } else { "card_code" };
    value[key] = claim.key().into();
    value
}

#[test]
fn every_insurance_and_mrz_sample_that_must_be_accepted_names_the_same_person() {
    let mut seen = 0;
    let families = ["bhyt_qr_15char", "bhyt_qr_10digit", "mrz_td1"];
    let of_families =
        |sample: &&Sample| families.contains(&sample.family.as_str()) && sample.class.starts_with("valid");
    for sample in samples().iter().filter(of_families) {
        let claim = decode_on(&sample.bytes, TODAY).unwrap_or_else(|refusal| panic!("{}: {refusal}", sample.id));
        let said = common(&claim);
        for (key, value) in said.as_object().expect("an object") {
            assert_eq!(*value, sample.expect[key], "{} {key}", sample.id);
        }
        if let Some(name) = sample.expect["full_name"].as_str() {
            assert_eq!(claim.name().map(|name| name.as_str()), Some(name), "{}", sample.id);
        }
        let warnings: Vec<_> = claim.warnings().iter().map(|warning| warning.code()).collect();
        assert_eq!(json!(warnings), sample.expect.get("warnings").cloned().unwrap_or(json!([])), "{}", sample.id);
        seen += 1;
    }
    assert_eq!(seen, 17, "insurance and MRZ samples that must be accepted");
}

#[test]
fn every_malformed_sample_is_refused_for_its_own_reason() {
    let mut seen = 0;
    for sample in samples().iter().filter(|sample| sample.class == "malformed") {
        let refusal = Token::read(&sample.bytes, Some(TODAY)).expect_err(&sample.id);
        assert_eq!(Value::from(refusal.code()), sample.error, "{}", sample.id);
        seen += 1;
    }
    assert_eq!(seen, 58, "malformed samples");
}

#[test]
fn a_format_nobody_has_confirmed_becomes_no_identity_card() {
    let mut seen = 0;
    for sample in samples().iter().filter(|sample| sample.class == "hypothetical") {
        seen += 1;
        match decode_on(&sample.bytes, TODAY) {
            Err(refusal) => assert_eq!(refusal, Refusal::UnknownToken, "{}", sample.id),
            // Byte for byte a card's code: a telephone that shows it cannot be told from a card.
            Ok(_) if sample.expect["kind"] == "cccd_screen" => {}
            // An insurance code that the law announces, in the insurance layout; no identity card's number is made up.
            Ok(claim) => assert_eq!((sample.expect["kind"].as_str(), claim.personal_number()), (Some("bhyt12"), None)),
        }
    }
    assert_eq!(seen, 9, "hypothetical samples");
}

#[test]
fn every_payment_sample_is_written_again_as_it_was_read_and_is_no_identity() {
    let mut seen = 0;
    for sample in samples().iter().filter(|sample| sample.family == "vietqr" && sample.class.starts_with("valid")) {
        let code = match Token::read(&sample.bytes, Some(TODAY)) {
            Ok(Token::Payment(code)) => code,
            other => panic!("{}: {other:?}", sample.id),
        };
        assert_eq!(decode(&sample.bytes), Err(Refusal::PaymentCode));
        let written = code.encode().expect("a code that was read");
        assert!(VietQr::parse(&written) == Ok(code), "{}", sample.id);
        // "50000." is written without its full stop; every other sample is in the usual order already.
        let same = written.as_bytes() == sample.bytes;
        assert!(same || sample.id == "vietqr-ok-08-trailingdot", "{}: {written}", sample.id);
        seen += 1;
    }
    assert_eq!(seen, 8, "payment samples");
}

#[test]
fn data_group_13_gives_every_entry_and_the_typed_few() {
    for sample in samples().iter().filter(|sample| sample.family == "chip_dg13" && sample.class.starts_with("valid")) {
        let entries = chip::entries(&sample.bytes).unwrap_or_else(|refusal| panic!("{}: {refusal}", sample.id));
        for entry in &entries {
            match &sample.expect[entry.number.to_string()] {
                Value::Array(texts) => assert_eq!(json!(entry.texts), json!(texts)),
                Value::String(text) => assert_eq!(entry.texts, [text]),
                other => assert!(other.is_null() && sample.expect["absent"].is_array(), "{}: {other}", sample.id),
            }
        }
        let chip = chip::parse(&sample.bytes).unwrap_or_else(|refusal| panic!("{}: {refusal}", sample.id));
        assert_eq!((chip.number.as_str(), chip.name.as_str()), ("001090999980", "Nguyễn Văn Mẫu"));
        assert_eq!((chip.birth.to_string().as_str(), chip.sex), ("1990-05-14", Some(Sex::Male)));
        assert_eq!((chip.issued, chip.expires), (Date::new(2021, 4, 22), Date::new(2030, 5, 14)));
        assert_eq!(chip.old_number.is_some(), sample.id == "dg13-ok-01");
        assert_eq!(chip.expiry(), Some(Expiry::On(Date { year: 2030, month: 5, day: 14 })));
    }
}
