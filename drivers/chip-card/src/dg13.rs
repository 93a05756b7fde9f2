//! DG13 of the Vietnamese identity card: a SET of numbered fields in DER (six public readers agree on the layout).
//!
//! Only what a hospital needs is taken. Ethnicity, religion, marks, parents and spouse (6, 7, 10, 13, 14) are passed
//! over, and so is 16, whose meaning is disputed.

use std::fmt;

use vn_identity::{Date, PersonalNumber};

use crate::data_error::DataError;
use crate::der;
use crate::file::DataGroup;
use crate::personal::PersonalText;
use crate::tlv::{Element, Reader, Tag};

const TAG_UTF8: Tag = 0x0C;
const TAG_PRINTABLE: Tag = 0x13;

/// Most fields of a card; 16 are known.
const FIELDS_MAX: usize = 64;

/// What DG13 says of the holder. Fields that the card leaves out, or that have another form, are `None`.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Details {
    /// Field 1.
    pub number: Option<PersonalNumber>,
    /// Field 2, with diacritics.
    pub name: Option<PersonalText>,
    /// Field 3.
    pub birth: Option<Date>,
    /// Field 4, in words: `Nam`, `Nữ`.
    pub sex: Option<PersonalText>,
    /// Field 5.
    pub nationality: Option<PersonalText>,
    /// Field 8.
    pub hometown: Option<PersonalText>,
    /// Field 9.
    pub residence: Option<PersonalText>,
    /// Field 11.
    pub issued: Option<Date>,
    /// Field 12; what a card without an end of validity has there is not known.
    pub expiry: Option<Date>,
    /// Field 15: the number of an earlier card.
    pub old_number: Option<PersonalText>,
}

impl fmt::Debug for Details {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Details { .. }")
    }
}

/// Reads the whole file.
pub(crate) fn parse(file: &[u8]) -> Result<Details, DataError> {
    let template = Reader::only(file, DataGroup::DG13.tag())?;
    let mut content = Reader::new(Reader::only(template.value, der::SEQUENCE)?.value);
    content.expect(der::INTEGER)?;
    content.expect(der::OID)?;
    let mut fields = Reader::new(content.expect(der::SET)?.value);
    let mut details = Details::default();
    let mut seen = [false; 256];
    for _ in 0..FIELDS_MAX {
        if fields.is_empty() {
            break;
        }
        let mut field = Reader::new(fields.expect(der::SEQUENCE)?.value);
        let Some(number) = der::small_unsigned(field.expect(der::INTEGER)?.value) else {
            continue;
        };
        // Two values of one field could be told apart by nobody.
        if let Some(seen) = seen.get_mut(usize::from(number))
            && std::mem::replace(seen, true)
        {
            return Err(DataError::Twice(number));
        }
        if !field.is_empty() {
            details.take(number, text(field.next()?));
        }
    }
    Ok(details)
}

impl Details {
    fn take(&mut self, number: u8, text: Option<&str>) {
        let Some(text) = text.map(str::trim).filter(|text| !text.is_empty()) else {
            return;
        };
        let personal = || Some(PersonalText::new(text));
        match number {
            1 => self.number = PersonalNumber::parse(text).ok(),
            2 => self.name = personal(),
            3 => self.birth = day(text),
            4 => self.sex = personal(),
            5 => self.nationality = personal(),
            8 => self.hometown = personal(),
            9 => self.residence = personal(),
            11 => self.issued = day(text),
            12 => self.expiry = day(text),
            15 => self.old_number = personal(),
            _ => {}
        }
    }
}

/// The text of a string; `None` for another type.
fn text(value: Element<'_>) -> Option<&str> {
    let is_text = matches!(value.tag, TAG_UTF8 | TAG_PRINTABLE);
    is_text.then(|| std::str::from_utf8(value.value).ok()).flatten()
}

/// `dd/MM/yyyy`.
fn day(text: &str) -> Option<Date> {
    let mut parts = text.split('/');
    let (day, month, year) = (parts.next()?, parts.next()?, parts.next()?);
    let whole = parts.next().is_none() && (day.len(), month.len(), year.len()) == (2, 2, 4);
    let digits = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'/');
    (whole && digits).then(|| Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?)).flatten()
}
