//! A reading as JSON. What the card says of its holder only when asked for.

use chip_card::{Access, Document, Lengths, Part, Portrait, PortraitFormat, ProofUnsupported, StepRecord, Traffic};
use device_links::pcsc::{Atr, ReaderName};
use kiosk_hal::fault::Fault;
use serde_json::{Map, Value, json};
use vn_identity::chip::Details;
use vn_identity::mrz::Zone;
use vn_identity::{Birth, Date, Sex};

use super::reading::Reading;

/// Whether what the card says of its holder is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Personal {
    /// It is.
    Shown,
    /// Only which fields there are.
    Hidden,
}

/// A card that was not read at all.
pub fn not_read(error: &str, fault: Option<Fault>) -> Value {
    json!({ "ok": false, "error": error, "fault": fault.map(Fault::code) })
}

/// A reading, whole or not.
pub fn reading(reading: &Reading, reader: &ReaderName, atr: &Atr, personal: Personal) -> Value {
    let mut line = json!({
        "ok": reading.stopped.is_none() && reading.document.is_some(),
        "reader": reader.as_str(),
        "atr": atr.to_string(),
        "access": reading.access.map(access),
        "lengths": lengths(reading.lengths),
        "traffic": traffic(&reading.traffic),
        "steps": reading.steps.iter().map(step).collect::<Vec<_>>(),
    });
    if let Some(stopped) = &reading.stopped {
        line["error"] = stopped.code.into();
        line["fault"] = stopped.fault.map(Fault::code).into();
        line["cause"] = stopped.cause.as_str().into();
    }
    if let Some(document) = &reading.document {
        line["results"] = results(document);
        line["fields"] = Value::from_iter(fields(document).keys().cloned());
        line["photo"] = photo(document);
        if personal == Personal::Shown {
            line["personal"] = Value::Object(fields(document));
            line["personal"]["photo_hex"] = document.data.portrait.get().map(|it| hex(it.data())).into();
        }
    }
    line
}

fn access(access: Access) -> Value {
    let protocol = match access {
        Access::Pace { .. } => "pace",
        Access::Bac => "bac",
        _ => "other",
    };
    json!({ "protocol": protocol, "detail": access.to_string() })
}

const fn lengths(lengths: Lengths) -> &'static str {
    match lengths {
        Lengths::Unknown => "unknown",
        Lengths::Short => "short",
        Lengths::Extended => "extended",
    }
}

fn traffic(traffic: &Traffic) -> Value {
    json!({ "apdus": traffic.apdus, "bytes_sent": traffic.bytes_sent, "bytes_received": traffic.bytes_received })
}

fn step(record: &StepRecord) -> Value {
    let mut line = traffic(&record.traffic);
    line["step"] = record.step.to_string().into();
    line["ms"] = u64::try_from(record.took.as_millis()).unwrap_or(u64::MAX).into();
    line
}

/// The four results, each under its own name, and what they allow together.
fn results(document: &Document) -> Value {
    let groups: Map<String, Value> =
        document.integrity.groups().map(|(group, state)| (group.to_string(), Value::from(state.code()))).collect();
    json!({
        "data": {
            "DG1": document.data.mrz.code(),
            "DG13": document.data.details.code(),
            "DG2": document.data.portrait.code(),
        },
        "oddities": oddities(document),
        "integrity": { "verdict": document.integrity.verdict().code(), "groups": groups },
        "issuer": document.issuer.code(),
        "chip": {
            "verdict": document.chip.verdict().code(),
            "chip_authentication": document.chip.chip_authentication.code(),
            "active_authentication": document.chip.active_authentication.code(),
            "why_unsupported": {
                "chip_authentication": document.chip.chip_authentication.why_unsupported().map(ProofUnsupported::code),
                "active_authentication": document.chip.active_authentication.why_unsupported().map(ProofUnsupported::code),
            },
        },
        "together": document.verdict().code(),
        "pace_offer": document.offer.code(),
    })
}

/// What the card says, by field. DG13 has the diacritics and is preferred to DG1.
fn fields(document: &Document) -> Map<String, Value> {
    let mut all = Map::new();
    if let Part::Read(zone) = &document.data.mrz {
        of_zone(zone, &mut all);
    }
    if let Part::Read(details) = &document.data.details {
        of_details(details, &mut all);
    }
    all
}

fn of_zone(zone: &Zone, into: &mut Map<String, Value>) {
    put(into, "document_number", Some(zone.document_number.as_str()));
    put(into, "id_number", zone.number.as_ref().map(|number| number.as_str()));
    put(into, "dob", zone.birth.as_ref().map(Birth::to_string));
    put(into, "sex", Some(letter(zone.sex)));
    put(into, "expiry", zone.expiry.as_ref().map(Date::to_string));
    put(into, "full_name_ascii", zone.name.as_ref().map(|name| name.as_str()));
}

/// As the zone writes it.
const fn letter(sex: Option<Sex>) -> &'static str {
    match sex {
        Some(Sex::Male) => "M",
        Some(Sex::Female) => "F",
        None => "<",
    }
}

fn of_details(details: &Details, into: &mut Map<String, Value>) {
    put(into, "id_number", details.number.as_ref().map(|number| number.as_str()));
    put(into, "full_name", details.name.as_ref().map(|name| name.as_str()));
    put(into, "dob", details.birth.as_ref().map(Birth::to_string));
    put(into, "sex_text", details.sex.map(Sex::word));
    put(into, "nationality", details.nationality.as_ref().map(|text| text.as_str()));
    put(into, "hometown", details.hometown.as_ref().map(|text| text.as_str()));
    put(into, "address", details.residence.as_ref().map(|text| text.as_str()));
    put(into, "issue_date", details.issued.as_ref().map(Date::to_string));
    put(into, "expiry", details.expires.as_ref().map(Date::to_string));
    put(into, "old_id", details.old_number.as_ref().map(|number| number.as_str()));
}

/// What the groups have that a strict reading refuses, by name. Nothing of a person is in a name.
fn oddities(document: &Document) -> Vec<&'static str> {
    let zone = document.data.mrz.get().into_iter().flat_map(|zone| &zone.oddities).map(|odd| odd.code());
    let details = document.data.details.get().into_iter().flat_map(|details| &details.oddities);
    zone.chain(details.map(|odd| odd.code())).collect()
}

/// A field that the card leaves out is left out here.
fn put(into: &mut Map<String, Value>, name: &str, value: Option<impl Into<String>>) {
    if let Some(value) = value {
        into.insert(name.to_owned(), value.into().into());
    }
}

/// What kind of picture it is; the picture itself is personal.
fn photo(document: &Document) -> Value {
    document.data.portrait.get().map_or(Value::Null, |portrait: &Portrait| {
        let format = match portrait.format() {
            PortraitFormat::Jpeg => "jpeg",
            PortraitFormat::Jpeg2000 => "jpeg2000",
        };
        json!({ "format": format, "bytes": portrait.data().len() })
    })
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
