use super::fields::{FIELDS_MIN, Fields};
use super::{Card, Layout};
use crate::date::{Date, is_eight_digits};
use crate::expiry::LAW_OF_2023;
use crate::refusal::Refusal;
use crate::text::check_characters;
use crate::values::{OldNumber, PersonName, PersonalNumber, Residence, Sex, is_digits};

/// Whether a refusal should name the damage: seven fields that begin with something like a number; or fewer behind a
/// whole number, when what follows can be the beginning of a card.
pub(crate) fn looks_like_a_card(parts: &[&str]) -> bool {
    let &[first, second, ..] = parts else { return false };
    if parts.len() >= FIELDS_MIN {
        return first.is_empty() || first.chars().any(char::is_numeric);
    }
    let is_old_number = |part: &str| matches!(part.len(), 0 | 9 | 12) && is_digits(part);
    let card_word = |part: &&str| is_eight_digits(part) || matches!(*part, "Nam" | "Nữ");
    is_digits(first) && first.len() == 12 && (is_old_number(second) || parts.iter().any(card_word))
}

impl Card {
    /// Reads the text of one card's QR code, NFC and without what engines put around it.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(crate) fn parse(text: &str, today: Option<Date>) -> Result<Self, Refusal> {
        check_characters(text)?;
        let card = card(&Fields::split(text)?)?;
        let future = |day: Date| today.is_some_and(|today| day > today);
        if future(card.birth) {
            return Err(Refusal::BirthInFuture);
        }
        if card.issued.is_some_and(|issued| issued < card.birth) {
            return Err(Refusal::IssueBeforeBirth);
        }
        if card.issued.is_some_and(future) {
            return Err(Refusal::IssueInFuture);
        }
        Ok(card)
    }
}

fn card(fields: &Fields<'_>) -> Result<Card, Refusal> {
    let number = PersonalNumber::parse(fields.number)?;
    let old_number = OldNumber::parse(fields.old_number)?;
    let name = PersonName::parse(fields.name)?;
    let birth = day(fields.birth, Refusal::BirthFormat, Refusal::BirthNotADay)?;
    let sex = Sex::from_word(fields.sex)?;
    let residence = Residence::parse(fields.residence)?;
    let issued = match fields.issued {
        "" => None,
        text => Some(day(text, Refusal::IssueFormat, Refusal::IssueNotADay)?),
    };
    let further = Further::read(&fields.further)?;
    let new_law = issued.is_some_and(|issued| issued >= LAW_OF_2023);
    Ok(Card {
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
