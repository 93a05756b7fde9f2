//! DG1: the machine readable zone of a card, three lines of 30 characters (Doc 9303-10, 4.7.1; 9303-5, 4.2).

use std::fmt;
use std::ops::Range;

use vn_identity::{Date, PersonalNumber};

use crate::data_error::DataError;
use crate::file::DataGroup;
use crate::mrz::check_digit;
use crate::personal::PersonalText;
use crate::tlv::{Reader, Tag, TlvError};

const TAG_ZONE: Tag = 0x5F1F;
const LINE_CHARS: usize = 30;
/// Three lines without a break between them.
const ZONE_CHARS: usize = 3 * LINE_CHARS;

/// Fields as ranges of the whole zone. The composite check digit covers four of them.
const ISSUER: Range<usize> = 2..5;
const DOCUMENT_NUMBER: Range<usize> = 5..14;
const OPTIONAL: Range<usize> = 15..30;
const BIRTH: Range<usize> = 30..36;
const SEX: Range<usize> = 37..38;
const EXPIRY: Range<usize> = 38..44;
const NATIONALITY: Range<usize> = 45..48;
const NAMES: Range<usize> = 60..90;
const COMPOSITE: [Range<usize>; 4] = [5..30, 30..37, 38..45, 48..59];
const COMPOSITE_DIGIT: usize = 59;
/// Digits of a personal number, at the start of the optional field.
const PERSONAL_NUMBER_CHARS: usize = 12;

/// What the zone of a card says. `Debug` hides it.
#[derive(Clone, PartialEq, Eq)]
pub struct Mrz {
    /// Issuing state, three letters: `VNM`.
    pub issuer: String,
    /// The document number; on the CCCD the last 9 digits of the personal number.
    pub document_number: PersonalText,
    /// The personal number, from the optional field, when that holds one.
    pub personal_number: Option<PersonalNumber>,
    /// Birth; the century comes from the personal number, so `None` without one.
    pub birth: Option<Date>,
    /// Sex as the zone writes it: `M`, `F` or `<`.
    pub sex: char,
    /// The last day of validity, when the field holds a day.
    pub expiry: Option<Date>,
    /// Nationality, three letters.
    pub nationality: String,
    /// Names without diacritics, surname first, single spaces.
    pub name: PersonalText,
}

impl fmt::Debug for Mrz {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Mrz { .. }")
    }
}

/// Reads the whole file.
pub(crate) fn parse(file: &[u8]) -> Result<Mrz, DataError> {
    let template = Reader::only(file, DataGroup::DG1.tag())?;
    let zone = Reader::only(template.value, TAG_ZONE)?.value;
    if zone.len() != ZONE_CHARS {
        return Err(DataError::ZoneLength { got: zone.len() });
    }
    let zone = std::str::from_utf8(zone).ok().filter(|zone| zone.is_ascii());
    parse_zone(zone.ok_or(DataError::Form(TlvError::Value(TAG_ZONE)))?)
}

fn parse_zone(zone: &str) -> Result<Mrz, DataError> {
    check(zone, DOCUMENT_NUMBER.end, [DOCUMENT_NUMBER])?;
    check(zone, BIRTH.end, [BIRTH])?;
    check(zone, EXPIRY.end, [EXPIRY])?;
    check(zone, COMPOSITE_DIGIT, COMPOSITE)?;
    let field = |range: Range<usize>| zone.get(range).unwrap_or_default();
    let digits = field(OPTIONAL).get(..PERSONAL_NUMBER_CHARS).unwrap_or_default();
    let personal_number = PersonalNumber::parse(digits).ok();
    let birth = personal_number.as_ref().and_then(|number| day(field(BIRTH), century_of(number)?));
    Ok(Mrz {
        issuer: without_filling(field(ISSUER)),
        document_number: PersonalText::new(field(DOCUMENT_NUMBER).trim_end_matches('<')),
        birth,
        sex: field(SEX).chars().next().unwrap_or('<'),
        // A card is valid for some years from its issue, so its last day lies in this century.
        expiry: day(field(EXPIRY), 2000),
        nationality: without_filling(field(NATIONALITY)),
        name: PersonalText::new(&zeroize::Zeroizing::new(without_filling(field(NAMES)))),
        personal_number,
    })
}

/// The digit at `at` must be that of the fields before it.
fn check(zone: &str, at: usize, fields: impl IntoIterator<Item = Range<usize>>) -> Result<(), DataError> {
    let text: zeroize::Zeroizing<String> =
        zeroize::Zeroizing::new(fields.into_iter().filter_map(|range| zone.get(range)).collect());
    let found = zone.get(at..).and_then(|rest| rest.chars().next());
    if found.is_some() && check_digit(&text) == found {
        Ok(())
    } else {
        Err(DataError::CheckDigit { position: at + 1 })
    }
}

/// The first year of the century of birth: the fourth digit counts centuries by two, one for each sex (Decree
/// 137/2015, article 7).
fn century_of(number: &PersonalNumber) -> Option<u16> {
    let digit = number.as_str().chars().nth(3)?.to_digit(10)?;
    u16::try_from(1900 + digit / 2 * 100).ok()
}

fn day(text: &str, century: u16) -> Option<Date> {
    let number = |range: Range<usize>| text.get(range)?.parse::<u8>().ok();
    Date::new(century + u16::from(number(0..2)?), number(2..4)?, number(4..6)?)
}

fn without_filling(text: &str) -> String {
    text.split('<').filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}
