use crate::card::{Card, looks_like_a_card};
use crate::chip::{self, looks_like_a_data_group};
use crate::claim::{Claim, Document, Provenance};
use crate::date::Date;
use crate::insurance::{Insurance, looks_like_insurance};
use crate::mrz::{self, Mrz, looks_like_mrz};
use crate::refusal::Refusal;
use crate::text::{payload_text, without_acknowledgement};
use crate::values::is_digits;
use crate::vietqr::{self, VietQr};

/// What a kiosk can be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Token {
    /// Somebody's identity, as claimed.
    Identity(Claim),
    /// A request for money.
    Payment(VietQr),
}

/// Decodes one identity token: the payload of a card's or health insurance card's QR code, the text of an MRZ, data
/// group 1 or 13 of a chip.
///
/// Text is UTF-8 and is brought to NFC; what engines put around it is removed. Dates are checked against each other;
/// [`decode_on`] also checks them against today.
///
/// # Errors
/// [`Refusal::UnknownToken`] and [`Refusal::OtherCode`] for what looks like none of these, [`Refusal::PaymentCode`] for
/// a VietQR; any other [`Refusal`] names what is wrong with one that does.
pub fn decode(bytes: &[u8]) -> Result<Claim, Refusal> {
    identity(Token::read(bytes, None)?)
}

/// Decodes like [`decode`] and refuses birth and issue dates after `today`, the day at the card reader.
///
/// An expired token is not refused: see [`Claim::validity`].
///
/// # Errors
/// Those of [`decode`]; [`Refusal::BirthInFuture`], [`Refusal::IssueInFuture`].
pub fn decode_on(bytes: &[u8], today: Date) -> Result<Claim, Refusal> {
    identity(Token::read(bytes, Some(today))?)
}

fn identity(token: Token) -> Result<Claim, Refusal> {
    match token {
        Token::Identity(claim) => Ok(claim),
        Token::Payment(_) => Err(Refusal::PaymentCode),
    }
}

impl Token {
    /// Reads a token of any kind, payment codes included, and refuses dates after `today` if that is known.
    ///
    /// # Errors
    /// Those of [`decode_on`], and [`Refusal::Payment`] for a damaged payment code.
    pub fn read(bytes: &[u8], today: Option<Date>) -> Result<Self, Refusal> {
        let bytes = without_acknowledgement(bytes);
        if looks_like_a_data_group(bytes) {
            return data_group(bytes, today);
        }
        let text = payload_text(bytes)?;
        if text.starts_with(vietqr::HEAD) {
            return Ok(Self::Payment(VietQr::parse(&text)?));
        }
        if looks_like_mrz(&text) {
            return zone(mrz::parse(&text)?, today, Provenance::Code);
        }
        let parts: Vec<&str> = text.split('|').map(str::trim).collect();
        let document = if looks_like_insurance(&parts) {
            Document::Insurance(Box::new(Insurance::parse(&text, today)?))
        } else if looks_like_a_card(&parts) {
            Document::Card(Card::parse(&text, today)?)
        } else if is_of_another_purpose(&text) {
            return Err(Refusal::OtherCode);
        } else {
            return Err(Refusal::UnknownToken);
        };
        Ok(Self::Identity(Claim { provenance: Provenance::Code, document }))
    }
}

fn data_group(bytes: &[u8], today: Option<Date>) -> Result<Token, Refusal> {
    if bytes.first() == Some(&chip::TAG_OF_DATA_GROUP_1) {
        return zone(mrz::from_data_group_1(bytes)?, today, Provenance::Chip);
    }
    let chip = chip::parse(bytes)?;
    chip.check_dates(today)?;
    Ok(Token::Identity(Claim { provenance: Provenance::Chip, document: Document::Chip(chip) }))
}

/// A zone whose expiry is blank is of a form that no source confirms: not guessed into an identity.
fn zone(mrz: Mrz, today: Option<Date>, provenance: Provenance) -> Result<Token, Refusal> {
    if mrz.expiry.is_none() {
        return Err(Refusal::UnknownToken);
    }
    if today.is_some_and(|today| mrz.birth.earliest() > today) {
        return Err(Refusal::BirthInFuture);
    }
    Ok(Token::Identity(Claim { provenance, document: Document::Mrz(mrz) }))
}

/// Heads of codes whose purpose is known and is no identity (the ZXing project's list of common contents).
const OTHER_HEADS: &[&str] = &[
    "WIFI:",
    "BEGIN:VCARD",
    "BEGIN:VEVENT",
    "MECARD:",
    "BIZCARD:",
    "MATMSG:",
    "MAILTO:",
    "TEL:",
    "SMS:",
    "SMSTO:",
    "GEO:",
];

/// Digits of an article number (GTIN-8, -13, -14), and of a CMND, which is no identity document since 2025-01-01. A bare
/// number of 12 digits stays unknown: it may be a personal number.
const OTHER_DIGITS: &[usize] = &[8, 9, 13, 14];

/// Told from unknown tokens because there the holder may be asked for the card instead. A web address of a state body
/// stays unknown: it may be a token of VNeID.
fn is_of_another_purpose(text: &str) -> bool {
    let starts = |head: &&str| text.get(..head.len()).is_some_and(|start| start.eq_ignore_ascii_case(head));
    let other_digits = is_digits(text) && OTHER_DIGITS.contains(&text.len());
    other_digits || OTHER_HEADS.iter().any(starts) || web_host(text).is_some_and(|host| !host.ends_with(".gov.vn"))
}

fn web_host(text: &str) -> Option<&str> {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"))?;
    rest.split(['/', '?', '#', ':']).next()
}
