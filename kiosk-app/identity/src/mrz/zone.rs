use std::fmt;

use zeroize::Zeroizing;

use super::lines::Lines;
use super::{DOCUMENT_NUMBER, DocumentNumber, Mrz, MrzRefusal, PERSONAL_NUMBER};
use crate::birth::Birth;
use crate::date::Date;
use crate::values::{PersonName, PersonalNumber, Sex};

/// What the zone of a card of any state says: nothing beyond its check digits is required, and what is odd for a card of
/// Viet Nam is named beside it. `Debug` hides it.
#[derive(Clone, PartialEq, Eq)]
pub struct Zone {
    /// Issuing state, up to three letters: `VNM`.
    pub issuer: String,
    /// Document number; on a card of Viet Nam the last nine digits of the personal number.
    pub document_number: DocumentNumber,
    /// Personal number, when the zone is that of Viet Nam and holds one.
    pub number: Option<PersonalNumber>,
    /// Birth. Its century comes from the personal number, so `None` without one; see [`Mrz::birth`].
    pub birth: Option<Birth>,
    /// Sex, `None` for "unspecified".
    pub sex: Option<Sex>,
    /// Last day of validity, when the field holds a day.
    pub expiry: Option<Date>,
    /// Nationality, up to three letters.
    pub nationality: String,
    /// Family name and given names in one, without diacritics and perhaps cut off.
    pub name: Option<PersonName>,
    /// What [`parse`](super::parse) refuses, in the order found.
    pub oddities: Vec<MrzRefusal>,
}

impl Zone {
    pub(super) fn read(lines: &Lines<'_>) -> Result<Self, MrzRefusal> {
        lines.check_digits()?;
        let mut oddities: Vec<MrzRefusal> = lines.check_viet_nam().err().into_iter().collect();
        let number = number(lines);
        let expiry = unless(expiry(lines.second(8..14)), &mut oddities).flatten();
        let birth = number.as_ref().map(|number| birth(lines.second(0..6), number, expiry));
        Ok(Self {
            issuer: without_fillers(lines.first(2..5)),
            document_number: DocumentNumber(lines.first(DOCUMENT_NUMBER).trim_end_matches('<').to_owned()),
            birth: birth.and_then(|birth| unless(birth, &mut oddities)),
            sex: unless(sex(lines.second(7..8)), &mut oddities).flatten(),
            expiry,
            nationality: without_fillers(lines.second(15..18)),
            name: unless(name(lines.third()), &mut oddities),
            number,
            oddities,
        })
    }

    /// Nothing odd, and what every card of Viet Nam has.
    pub(super) fn strict(self) -> Result<Mrz, MrzRefusal> {
        if let Some(first) = self.oddities.first() {
            return Err(*first);
        }
        Ok(Mrz {
            number: self.number.ok_or(MrzRefusal::NotDigits { line: 1 })?,
            document_number: self.document_number,
            birth: self.birth.ok_or(MrzRefusal::NotADay)?,
            sex: self.sex,
            expiry: self.expiry,
            name: self.name.ok_or(MrzRefusal::Name)?,
        })
    }
}

impl fmt::Debug for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Zone").field("oddities", &self.oddities).finish_non_exhaustive()
    }
}

fn unless<T>(value: Result<T, MrzRefusal>, oddities: &mut Vec<MrzRefusal>) -> Option<T> {
    value.map_err(|odd| oddities.push(odd)).ok()
}

/// Optional data of another state may look like a number and is none.
fn number(lines: &Lines<'_>) -> Option<PersonalNumber> {
    let of_viet_nam = lines.first(2..5) == "VNM";
    of_viet_nam.then(|| PersonalNumber::parse(lines.first(PERSONAL_NUMBER)).ok()).flatten()
}

fn without_fillers(text: &str) -> String {
    text.replace('<', "")
}

fn sex(text: &str) -> Result<Option<Sex>, MrzRefusal> {
    match text {
        "M" => Ok(Some(Sex::Male)),
        "F" => Ok(Some(Sex::Female)),
        "<" => Ok(None),
        _ => Err(MrzRefusal::Sex),
    }
}

/// `YYMMDD`. Cards have been issued since 2021, so the century is always the 21st.
fn expiry(text: &str) -> Result<Option<Date>, MrzRefusal> {
    if text.bytes().all(|byte| byte == b'<') {
        return Ok(None);
    }
    let (year, month, day) = (two_digits(text, 0)?, two_digits(text, 2)?, two_digits(text, 4)?);
    Date::new(2_000 + u16::from(year), month, day).map(Some).ok_or(MrzRefusal::NotADay)
}

/// `YYMMDD`, where an unknown day and month are `<<`.
fn birth(text: &str, number: &PersonalNumber, expiry: Option<Date>) -> Result<Birth, MrzRefusal> {
    let short_year = u16::from(two_digits(text, 0)?);
    let from_number = number.structural_year();
    let recent = 2_000 + short_year;
    let year = if from_number % 100 == short_year {
        from_number
    } else if expiry.is_some_and(|expiry| recent <= expiry.year) {
        recent
    } else {
        1_900 + short_year
    };
    if text.ends_with("<<<<") {
        return Ok(Birth::Year(year));
    }
    Date::new(year, two_digits(text, 2)?, two_digits(text, 4)?).map(Birth::Day).ok_or(MrzRefusal::NotADay)
}

fn two_digits(text: &str, at: usize) -> Result<u8, MrzRefusal> {
    let digits = text.get(at..at + 2).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()));
    digits.and_then(|digits| digits.parse().ok()).ok_or(MrzRefusal::NotDigits { line: 2 })
}

/// `FAMILY<<GIVEN<NAMES` as one name.
fn name(line: &str) -> Result<PersonName, MrzRefusal> {
    let spaced = Zeroizing::new(line.replace('<', " "));
    PersonName::parse(&spaced).map_err(|_| MrzRefusal::Name)
}
