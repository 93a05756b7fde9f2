use super::{Area, FacilityCode, Insurance, InsuranceCode, InsuranceForm, InsuranceRefusal};
use crate::birth::{Birth, NotABirth};
use crate::date::Date;
use crate::hex::{self, NotHex};
use crate::refusal::Refusal;
use crate::text::check_characters;
use crate::values::{PersonName, Residence, Sex, is_digits};

/// Behind the last field of every form but the shortest.
const END_MARK: char = '$';

/// Code, name, birth, sex.
const FIELDS_MIN: usize = 4;

/// Characters of a facility code.
const FACILITY_CHARS: usize = 5;

/// Whether a refusal should name the damage: the end mark; a date with slashes, or a bare year and a sex, in their
/// places; or a name in hexadecimal or a code of 15 characters in front of more. Code and name alone are the short form
/// of the VssID app, which no two sources agree on.
pub(crate) fn looks_like_insurance(parts: &[&str]) -> bool {
    let &[first, second, third, ..] = parts else { return false };
    let ended = parts.last().is_some_and(|last| last.ends_with(END_MARK));
    let bare_year = is_digits(third) && third.len() == 4 && matches!(parts.get(3), Some(&("1" | "2")));
    ended || Date::is_slashed(third) || bare_year || is_hex_name(second) || is_like_a_long_code(first)
}

/// Letters among the digits, or more of them than any number has.
fn is_hex_name(text: &str) -> bool {
    let hex = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    hex && (text.len() > 13 || (text.len().is_multiple_of(2) && !is_digits(text)))
}

fn is_like_a_long_code(text: &str) -> bool {
    let (letters, rest) = text.split_at_checked(2).unwrap_or_default();
    text.len() == 15 && letters.bytes().all(|byte| byte.is_ascii_alphabetic()) && is_digits(rest)
}

impl Insurance {
    /// Reads one record, NFC and without what engines put around it. Fields are split first and decoded after: a text
    /// in hexadecimal can hold the separator.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(crate) fn parse(text: &str, today: Option<Date>) -> Result<Self, Refusal> {
        check_characters(text)?;
        let (form, fields) = sorted(text)?;
        let field = |index: usize| fields.get(index).copied().filter(|text| !is_placeholder(text));
        let insurance = Self {
            form,
            code: InsuranceCode::parse(field(0).unwrap_or_default())?,
            name: field(1).map(name).transpose()?,
            birth: birth(field(2).unwrap_or_default())?,
            sex: sex(field(3))?,
            address: field(4).map(address).transpose()?,
            facility: field(5).map(facility).transpose()?,
            valid_from: field(6).map(day).transpose()?,
            valid_to: field(7).map(day).transpose()?,
            issued: field(8).map(day).transpose()?,
            parent: field(10).map(name).transpose()?,
            area: field(11).map(area).transpose()?.flatten(),
            five_years_from: field(12).map(day).transpose()?,
            benefit_level_assumed: field(14).and_then(one_digit),
            issue_place: field(15).map(address).transpose()?,
        };
        insurance.check_dates(today)?;
        Ok(insurance)
    }

    fn check_dates(&self, today: Option<Date>) -> Result<(), Refusal> {
        let future = |day: Date| today.is_some_and(|today| day > today);
        if future(self.birth.earliest()) {
            return Err(Refusal::BirthInFuture);
        }
        if self.issued.is_some_and(|issued| issued < self.birth.earliest()) {
            return Err(Refusal::IssueBeforeBirth);
        }
        if self.issued.is_some_and(future) {
            return Err(Refusal::IssueInFuture);
        }
        match (self.valid_from, self.valid_to) {
            (Some(from), Some(to)) if to < from => Err(InsuranceRefusal::ValidToBeforeFrom.into()),
            (Some(_) | None, Some(_) | None) => Ok(()),
        }
    }
}

/// The form of a record, and its fields without the end mark.
fn sorted(text: &str) -> Result<(InsuranceForm, Vec<&str>), Refusal> {
    let (body, ended) = match text.strip_suffix(END_MARK) {
        // The mark is a field of its own; some writers leave the separator before it out.
        Some(body) => (body.trim_end().strip_suffix('|').unwrap_or(body), true),
        None => (text, false),
    };
    if body.contains(END_MARK) {
        return Err(Refusal::TwoRecords);
    }
    let fields: Vec<&str> = body.split('|').map(str::trim).collect();
    let form = match (fields.len(), ended) {
        (4, _) => InsuranceForm::Minimal,
        (got @ 0..FIELDS_MIN, _) => return Err(InsuranceRefusal::TooFewFields { expected: FIELDS_MIN, got }.into()),
        (_, false) => return Err(InsuranceRefusal::EndMarkMissing.into()),
        (9, true) => InsuranceForm::Short,
        (14, true) => InsuranceForm::Fifteen,
        (16, true) => InsuranceForm::Seventeen,
        (got, true) => return Err(InsuranceRefusal::FieldCount { got }.into()),
    };
    Ok((form, fields))
}

/// What stands where there is nothing to say.
fn is_placeholder(text: &str) -> bool {
    matches!(text, "" | "-" | "–" | "—")
}

fn decoded(hex: &str) -> Result<zeroize::Zeroizing<String>, InsuranceRefusal> {
    hex::text(hex).map_err(|why| match why {
        NotHex::Digit => InsuranceRefusal::NotHex,
        NotHex::OddLength => InsuranceRefusal::HexOddLength,
        NotHex::NotUtf8 => InsuranceRefusal::HexNotUtf8,
    })
}

fn name(hex: &str) -> Result<PersonName, Refusal> {
    PersonName::parse(&decoded(hex)?)
}

fn address(hex: &str) -> Result<Residence, Refusal> {
    Residence::parse(&decoded(hex)?)
}

fn birth(text: &str) -> Result<Birth, InsuranceRefusal> {
    Birth::from_slashes(text).map_err(|why| match why {
        NotABirth::Format => InsuranceRefusal::DateFormat,
        NotABirth::NoSuchDay => InsuranceRefusal::DateNotADay,
    })
}

fn day(text: &str) -> Result<Date, InsuranceRefusal> {
    if !Date::is_slashed(text) {
        return Err(InsuranceRefusal::DateFormat);
    }
    Date::from_slashes(text).ok_or(InsuranceRefusal::DateNotADay)
}

fn sex(text: Option<&str>) -> Result<Sex, Refusal> {
    match text {
        Some("1") => Ok(Sex::Male),
        Some("2") => Ok(Sex::Female),
        Some(_) | None => Err(Refusal::SexUnknown),
    }
}

/// `PP - NNN` with any dash, or none.
fn facility(text: &str) -> Result<FacilityCode, InsuranceRefusal> {
    let mut code = FacilityCode(String::with_capacity(text.len()));
    code.0.extend(text.chars().filter(|character| !matches!(character, ' ' | '-' | '–' | '—')));
    let (province, rest) = code.0.split_at_checked(2).ok_or(InsuranceRefusal::Facility)?;
    let alphanumeric = rest.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let fits = code.0.len() == FACILITY_CHARS && is_digits(province) && alphanumeric;
    if fits { Ok(code) } else { Err(InsuranceRefusal::Facility) }
}

fn area(text: &str) -> Result<Option<Area>, InsuranceRefusal> {
    match text {
        "4" => Ok(None),
        "5" => Ok(Some(Area::K1)),
        "6" => Ok(Some(Area::K2)),
        "7" => Ok(Some(Area::K3)),
        _ => Err(InsuranceRefusal::Area),
    }
}

/// What the field means is not confirmed, so that something else in it is no reason to refuse.
fn one_digit(text: &str) -> Option<u8> {
    match text.as_bytes() {
        [digit @ b'0'..=b'9'] => Some(digit - b'0'),
        _ => None,
    }
}
