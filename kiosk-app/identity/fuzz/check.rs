//! What must hold for any bytes. Used by the fuzz targets and by the replay of their corpus in `tests/corpus.rs`; each
//! of these uses one of the functions or all of them.
#![allow(dead_code, reason = "each fuzz target uses one function")]

use vn_identity::vietqr::VietQr;
use vn_identity::{Claim, Date, NAME_CHARS_MAX, RESIDENCE_CHARS_MAX, Token, chip, decode, decode_on, mrz};

/// A day to measure "in the future" from.
const TODAY: Date = Date { year: 2026, month: 11, day: 23 };

/// Any token: a claim that keeps its promises, or a refusal; knowing the day only ever refuses more.
pub fn decode_any(data: &[u8]) {
    let claim = decode(data);
    if let Ok(claim) = &claim {
        promises(claim);
    }
    let on_the_day = decode_on(data, TODAY);
    assert!(on_the_day.is_err() || on_the_day == claim);
    if let Ok(Token::Payment(code)) = Token::read(data, None) {
        written_again(&code);
    }
}

/// Text of a machine-readable zone, and data group 1.
pub fn mrz(data: &[u8]) {
    let from_chip = mrz::from_data_group_1(data);
    let from_text = std::str::from_utf8(data).ok().and_then(|text| mrz::parse(text).ok());
    for zone in from_text.into_iter().chain(from_chip.ok()) {
        assert!(is_number(zone.number.as_str(), 12) && is_number(zone.document_number.as_str(), 9));
        is_shown_safely(zone.name.as_str(), NAME_CHARS_MAX);
    }
    let (strict, lenient) = (mrz::from_data_group_1(data), mrz::zone_of_data_group_1(data));
    assert!(strict.is_err() || lenient.is_ok_and(|zone| zone.oddities.is_empty()));
}

/// Data group 13.
pub fn dg13(data: &[u8]) {
    match (chip::parse(data), chip::details(data)) {
        (Ok(_), lenient) => assert!(lenient.is_ok_and(|details| details.oddities.is_empty())),
        (Err(_), Ok(details)) => {
            let missing = details.number.is_none() || details.name.is_none() || details.birth.is_none();
            assert!(missing || !details.oddities.is_empty());
        }
        (Err(_), Err(_)) => {}
    }
    if let Ok(entries) = chip::entries(data) {
        let text_bytes: usize = entries.iter().flat_map(|entry| &entry.texts).map(|text| text.len()).sum();
        assert!(text_bytes <= data.len() && entries.len() <= chip::ENTRIES_MAX);
    }
    if let Ok(chip) = chip::parse(data) {
        assert!(is_number(chip.number.as_str(), 12));
        is_shown_safely(chip.name.as_str(), NAME_CHARS_MAX);
        if let Some(residence) = &chip.residence {
            is_shown_safely(residence.as_str(), RESIDENCE_CHARS_MAX);
        }
    }
}

/// Payment codes.
pub fn vietqr(data: &[u8]) {
    if let Some(code) = std::str::from_utf8(data).ok().and_then(|text| VietQr::parse(text).ok()) {
        written_again(&code);
    }
}

fn promises(claim: &Claim) {
    assert!(!claim.key().is_empty() && claim.key().bytes().all(|byte| byte.is_ascii_alphanumeric()));
    assert!(!format!("{claim:?}").contains(claim.key()));
    if let Some(name) = claim.name() {
        is_shown_safely(name.as_str(), NAME_CHARS_MAX);
    }
    let _ = (claim.warnings(), claim.validity(TODAY), claim.priority(TODAY));
}

fn written_again(code: &VietQr) {
    let payload = code.encode().unwrap_or_default();
    assert!(VietQr::parse(&payload).as_ref() == Ok(code));
}

fn is_number(text: &str, digits: usize) -> bool {
    text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_shown_safely(text: &str, chars_max: usize) {
    assert!(text.chars().count() <= chars_max);
    assert!(!text.chars().any(|character| character.is_control() || ('\u{202A}'..='\u{202E}').contains(&character)));
}
