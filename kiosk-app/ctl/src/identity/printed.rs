//! Claims as JSON, written out here because the identity crate's own types refuse to be serialised.

use serde_json::{Map, Value, json};
use vn_identity::chip::Entry;
use vn_identity::mrz::Mrz;
use vn_identity::vietqr::{Additional, Mode, VietQr};
use vn_identity::{
    Area, Card, Claim, Date, Document, Expiry, Insurance, InsuranceCodeKind, InsuranceForm, Layout, Refusal, Sex,
    TypedNumber, vietqr,
};

/// Numbers of the entries data group 13 is known to have.
const CHIP_ENTRIES: std::ops::RangeInclusive<u8> = 1..=16;

/// What became of one payload, with everything the claim says.
pub fn described(outcome: &Result<Claim, Refusal>) -> Value {
    match outcome {
        Ok(claim) => {
            let warnings: Vec<_> = claim.warnings().iter().map(|warning| warning.code()).collect();
            accepted(&document(&claim.document), &warnings)
        }
        Err(refusal) => refused(refusal.code()),
    }
}

/// A payload that was read.
pub fn accepted(claim: &Value, warnings: &[&str]) -> Value {
    json!({ "ok": true, "claim": claim, "warnings": warnings })
}

/// A payload or record that is no claim.
pub fn refused(code: &str) -> Value {
    json!({ "ok": false, "error": code })
}

/// The name of a token's kind in JSON.
pub fn kind(document: &Document) -> &'static str {
    match document {
        Document::Card(card) => match card.layout {
            Layout::Cccd2021 => "cccd",
            Layout::CanCuoc2024 => "cancuoc",
        },
        Document::Insurance(insurance) => match insurance.code.kind() {
            InsuranceCodeKind::Fifteen => "bhyt15",
            InsuranceCodeKind::Ten => "bhyt10",
            InsuranceCodeKind::Twelve => "bhyt12",
        },
        Document::Mrz(_) => "mrz",
        Document::Chip(_) => "chip",
        Document::Typed(_) => "typed",
    }
}

fn document(document: &Document) -> Value {
    match document {
        Document::Card(card) => of_card(card, kind(document)),
        Document::Insurance(insurance) => of_insurance(insurance, kind(document)),
        Document::Mrz(mrz) => of_mrz(mrz),
        Document::Chip(chip) => json!({
            "id_number": chip.number.as_str(),
            "full_name": chip.name.as_str(),
            "dob": chip.birth.to_string(),
            "sex": chip.sex.map(sex),
        }),
        Document::Typed(TypedNumber::Personal(number)) => json!({ "id_number": number.as_str() }),
        Document::Typed(TypedNumber::Insurance(code)) => json!({ "card_code": code.as_str() }),
    }
}

const fn sex(sex: Sex) -> &'static str {
    match sex {
        Sex::Female => "F",
        Sex::Male => "M",
    }
}

fn day(day: Option<Date>) -> Value {
    day.map(|day| day.to_string()).into()
}

fn of_card(card: &Card, kind: &str) -> Value {
    let mut value = json!({
        "kind": kind,
        "id_number": card.number.as_str(),
        "old_id": card.old_number.as_ref().map(|number| number.as_str()),
        "full_name": card.name.as_str(),
        "dob": card.birth.to_string(),
        "sex": sex(card.sex),
        "address": card.residence.as_str(),
        "issue_date": day(card.issued),
    });
    let expiry = card.expiry().map(|expiry| match expiry {
        Expiry::On(day) => day.to_string(),
        Expiry::Never => "none".to_owned(),
    });
    put(&mut value, "derived_expiry", expiry);
    put(&mut value, "cancelled_id", card.cancelled_number.as_ref().map(|number| number.as_str()));
    put(&mut value, "father", card.father.as_ref().map(|name| name.as_str()));
    put(&mut value, "mother", card.mother.as_ref().map(|name| name.as_str()));
    value
}

fn of_insurance(insurance: &Insurance, kind: &str) -> Value {
    let name = insurance.name.as_ref().map(|name| name.as_str());
    let mut value = json!({
        "kind": kind,
        "card_code": insurance.code.as_str(),
        "dob": insurance.birth.to_string(),
        "sex": sex(insurance.sex),
    });
    if insurance.form == InsuranceForm::Minimal {
        put(&mut value, "full_name", name);
        return value;
    }
    value["full_name"] = name.into();
    value["address"] = insurance.address.as_ref().map(|address| address.as_str()).into();
    value["facility"] = insurance.facility.as_ref().map(|facility| facility.as_str()).into();
    value["valid_from"] = day(insurance.valid_from);
    value["valid_to"] = day(insurance.valid_to);
    value["issue_date"] = day(insurance.issued);
    value["area"] = insurance.area.map(area).into();
    value["five_years_from"] = day(insurance.five_years_from);
    let parent = insurance.parent.as_ref().map(|name| name.as_str());
    match insurance.code.kind() {
        InsuranceCodeKind::Fifteen => value["parent"] = parent.into(),
        InsuranceCodeKind::Ten | InsuranceCodeKind::Twelve => put(&mut value, "parent", parent),
    }
    put(&mut value, "benefit_level_assumed", insurance.benefit_level_assumed.map(|level| level.to_string()));
    put(&mut value, "issue_place", insurance.issue_place.as_ref().map(|place| place.as_str()));
    value
}

const fn area(area: Area) -> &'static str {
    match area {
        Area::K1 => "K1",
        Area::K2 => "K2",
        Area::K3 => "K3",
    }
}

fn of_mrz(mrz: &Mrz) -> Value {
    let number = mrz.number.as_str();
    json!({
        "id_number": number,
        "bac_document_number": mrz.document_number.as_str(),
        // The card access number is the end of the personal number (chip-card's `can` module).
        "pace_can": number.get(number.len().saturating_sub(6)..),
        "dob": mrz.birth.to_string(),
        "expiry": day(mrz.expiry),
        "sex": mrz.sex.map(sex),
    })
}

/// Every entry of data group 13 under its number, and the numbers that are not there.
pub fn of_chip_entries(entries: &[Entry<'_>]) -> Value {
    let mut value = Value::Object(Map::new());
    for entry in entries {
        let list = matches!(entry.number, 13 | 14) || entry.texts.len() != 1;
        value[entry.number.to_string()] =
            if list { entry.texts.as_slice().into() } else { entry.texts.concat().into() };
    }
    let is_absent = |number: &u8| entries.iter().all(|entry| entry.number != *number);
    let absent: Vec<String> = CHIP_ENTRIES.filter(is_absent).map(|number| number.to_string()).collect();
    put(&mut value, "absent", Some(absent).filter(|absent| !absent.is_empty()));
    value
}

/// A payment code.
pub fn of_payment(code: &VietQr) -> Value {
    let mode = code.mode.map(|mode| match mode {
        Mode::Static => "static",
        Mode::Dynamic => "dynamic",
    });
    let mut value = json!({
        "kind": "vietqr",
        "guid": vietqr::SCHEME,
        "currency": vietqr::CURRENCY,
        "country": vietqr::COUNTRY,
        "mode": mode,
        "bin": code.beneficiary.bin,
        "account": code.beneficiary.account,
        "service": code.beneficiary.service.as_str(),
    });
    if let Some(amount) = code.amount {
        let fraction = || serde_json::from_str(&amount.to_string()).unwrap_or_default();
        value["amount"] = amount.whole_dong().map_or_else(fraction, Value::from);
    }
    let Additional { bill_number, mobile, store, loyalty, reference, customer, terminal, purpose } = &code.additional;
    for (key, text) in [
        ("mcc", &code.merchant_category),
        ("merchant_name", &code.merchant_name),
        ("city", &code.city),
        ("bill_number", bill_number),
        ("mobile", mobile),
        ("store", store),
        ("loyalty", loyalty),
        ("reference", reference),
        ("customer", customer),
        ("terminal", terminal),
        ("purpose", purpose),
    ] {
        put(&mut value, key, text.as_deref());
    }
    value
}

/// Sets `key` when there is something to say.
fn put(value: &mut Value, key: &str, said: Option<impl Into<Value>>) {
    if let Some(said) = said {
        value[key] = said.into();
    }
}
