use crate::claim::{Claim, Layout, Sex};
use crate::date::{Date, is_eight_digits};
use crate::expiry::LAW_OF_2023;
use crate::fields::{FIELDS_MIN, Fields};
use crate::refusal::Refusal;
use crate::text::{check_characters, payload_text};
use crate::values::{OldNumber, PersonName, PersonalNumber, Residence, is_digits};

/// Decodes the payload of one identity card's QR code.
///
/// The payload is text in UTF-8 and is brought to NFC. Dates are checked against each other; [`decode_on`] also checks
/// them against today.
///
/// # Errors
/// [`Refusal::UnknownToken`] for everything that does not look like such a payload, health insurance codes and VietQR
/// included; any other [`Refusal`] names what is wrong with one that does.
pub fn decode(bytes: &[u8]) -> Result<Claim, Refusal> {
    let claim = read(bytes)?;
    check_issue(&claim)?;
    Ok(claim)
}

/// Decodes like [`decode`] and refuses dates after `today`, the day at the card reader.
///
/// # Errors
/// Those of [`decode`]; [`Refusal::BirthInFuture`], [`Refusal::IssueInFuture`].
pub fn decode_on(bytes: &[u8], today: Date) -> Result<Claim, Refusal> {
    let claim = read(bytes)?;
    if claim.birth > today {
        return Err(Refusal::BirthInFuture);
    }
    check_issue(&claim)?;
    if claim.issued.is_some_and(|issued| issued > today) {
        return Err(Refusal::IssueInFuture);
    }
    Ok(claim)
}

fn check_issue(claim: &Claim) -> Result<(), Refusal> {
    if claim.issued.is_some_and(|issued| issued < claim.birth) { Err(Refusal::IssueBeforeBirth) } else { Ok(()) }
}

fn read(bytes: &[u8]) -> Result<Claim, Refusal> {
    let text = payload_text(bytes)?;
    if !looks_like_identity(&text) {
        return Err(Refusal::UnknownToken);
    }
    check_characters(&text)?;
    claim(&Fields::split(&text)?)
}

/// Whether a refusal should name the damage. Seven fields that begin with something like a number, or a whole number in
/// front of fewer; not a health insurance code, whose second field is a name in hexadecimal and whose dates have
/// slashes in the third field.
fn looks_like_identity(text: &str) -> bool {
    let parts: Vec<&str> = text.split('|').map(str::trim).collect();
    let &[first, second, ..] = parts.as_slice() else { return false };
    let insurance =
        text.ends_with('$') || is_hex_name(second) || parts.get(2).is_some_and(|third| is_slash_date(third));
    let whole_number = first.len() == 12 && is_digits(first);
    let like_a_number = first.is_empty() || first.chars().any(char::is_numeric);
    !insurance && (whole_number || (parts.len() >= FIELDS_MIN && like_a_number))
}

/// Letters among the digits, or more of them than any number has.
fn is_hex_name(text: &str) -> bool {
    let hex = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    hex && (text.len() > 13 || (text.len().is_multiple_of(2) && !is_digits(text)))
}

fn is_slash_date(text: &str) -> bool {
    text.len() == 10 && text.split('/').map(str::len).eq([2, 2, 4]) && is_digits(&text.replace('/', ""))
}

fn claim(fields: &Fields<'_>) -> Result<Claim, Refusal> {
    let number = PersonalNumber::parse(fields.number)?;
    let old_number = OldNumber::parse(fields.old_number)?;
    let name = PersonName::parse(fields.name)?;
    let birth = day(fields.birth, Refusal::BirthFormat, Refusal::BirthNotADay)?;
    let sex = sex(fields.sex)?;
    let residence = Residence::parse(fields.residence)?;
    let issued = match fields.issued {
        "" => None,
        text => Some(day(text, Refusal::IssueFormat, Refusal::IssueNotADay)?),
    };
    let further = Further::read(&fields.further)?;
    let new_law = issued.is_some_and(|issued| issued >= LAW_OF_2023);
    Ok(Claim {
        layout: if new_law || !fields.further.is_empty() { Layout::CanCuoc2024 } else { Layout::Cccd2021 },
        number,
        old_number,
        name,
        birth,
        sex,
        residence,
        issued,
        cancelled_number: further.cancelled,
        father: further.father,
        mother: further.mother,
        unread_fields: further.unread,
    })
}

fn day(text: &str, wrong_form: Refusal, not_a_day: Refusal) -> Result<Date, Refusal> {
    if is_eight_digits(text) { Date::from_ddmmyyyy(text).ok_or(not_a_day) } else { Err(wrong_form) }
}

fn sex(text: &str) -> Result<Sex, Refusal> {
    match text.to_lowercase().as_str() {
        "nam" => Ok(Sex::Male),
        "nữ" => Ok(Sex::Female),
        _ => Err(Refusal::SexUnknown),
    }
}

/// The fields only a Căn cước has.
struct Further {
    cancelled: Option<PersonalNumber>,
    father: Option<PersonName>,
    mother: Option<PersonName>,
    unread: usize,
}

impl Further {
    /// The places are not confirmed on a card: text that does not fit its place is counted and not read, so that it
    /// turns nobody away. Only a damaged number is refused.
    fn read(fields: &[&str]) -> Result<Self, Refusal> {
        let field = |index: usize| fields.get(index).copied().filter(|text| !matches!(*text, "" | "-"));
        let cancelled = match field(0).filter(|text| text.chars().any(char::is_numeric)) {
            Some(text) => Some(PersonalNumber::parse(text).map_err(|_| Refusal::CancelledNumber)?),
            None => None,
        };
        let parent = |index: usize| field(index).and_then(|text| PersonName::parse(text).ok());
        let (father, mother) = (parent(1), parent(2));
        let filled = (0..fields.len()).filter(|index| field(*index).is_some()).count();
        let read =
            [cancelled.is_some(), father.is_some(), mother.is_some()].into_iter().filter(|is_read| *is_read).count();
        Ok(Self { cancelled, father, mother, unread: filled - read })
    }
}
