use std::fmt;

use super::entries::{Found, found};
use super::{Chip, ChipRefusal};
use crate::birth::{Birth, NotABirth};
use crate::date::Date;
use crate::refusal::Refusal;
use crate::text::{RESIDENCE_CHARS_MAX, check_characters, composed_line};
use crate::values::{OldNumber, PersonName, PersonalNumber, Residence, Sex, personal_text};

/// A text of an entry, NFC, on one line, single-spaced. Wiped on drop; `Debug` hides it.
#[derive(Clone, PartialEq, Eq)]
pub struct EntryText(String);

personal_text!(EntryText);

/// What data group 13 says, entry by entry: nothing is required, and what is odd is named beside it. `Debug` hides it.
///
/// For a reader at the chip, whose bytes are what the card holds: an entry that cannot be used must not cost the others.
/// [`parse`](super::parse) is for bytes that may be anything, and refuses what is odd.
#[derive(Clone, PartialEq, Eq)]
pub struct Details {
    /// Personal identification number (entry 1).
    pub number: Option<PersonalNumber>,
    /// Full name (entry 2).
    pub name: Option<PersonName>,
    /// Birth (entry 3).
    pub birth: Option<Birth>,
    /// Sex (entry 4).
    pub sex: Option<Sex>,
    /// Nationality (entry 5).
    pub nationality: Option<EntryText>,
    /// Place of origin (entry 8).
    pub hometown: Option<EntryText>,
    /// Permanent address (entry 9).
    pub residence: Option<Residence>,
    /// Date of issue (entry 11).
    pub issued: Option<Date>,
    /// Last day of validity (entry 12); `None` when absent or no date.
    pub expires: Option<Date>,
    /// Number of an earlier card (entry 15), when it has the form of one.
    pub old_number: Option<OldNumber>,
    /// What [`parse`](super::parse) refuses, in the order found. An entry that is named here is `None` above.
    pub oddities: Vec<Refusal>,
}

/// Reads data group 13 as it is stored on the chip, with everything in it that can be used.
///
/// # Errors
/// [`ChipRefusal`] when the bytes are not that file, when lengths do not nest, or when an entry is there twice: which of
/// the two is true nobody can tell.
pub fn details(bytes: &[u8]) -> Result<Details, ChipRefusal> {
    let Found { entries, oddities } = found(bytes)?;
    let mut oddities: Vec<Refusal> = oddities.into_iter().map(Refusal::Chip).collect();
    let text = |number: u8| {
        let entry = entries.iter().find(|entry| entry.number == number);
        entry.and_then(|entry| entry.texts.first().copied()).map(str::trim).filter(|text| !text.is_empty())
    };
    let mut odd = Odd(&mut oddities);
    Ok(Details {
        number: odd.unless(text(1).map(PersonalNumber::parse)),
        name: odd.unless(text(2).map(PersonName::parse)),
        birth: odd.unless(text(3).map(birth)),
        issued: odd.unless(text(11).map(|text| Date::from_slashes(text).ok_or(not_a_date(11)))),
        sex: odd.unless(text(4).map(Sex::from_word)),
        nationality: text(5).and_then(EntryText::new),
        hometown: text(8).and_then(EntryText::new),
        residence: odd.unless(text(9).map(Residence::parse)),
        expires: text(12).and_then(Date::from_slashes),
        old_number: text(15).and_then(|text| OldNumber::parse(text).ok().flatten()),
        oddities,
    })
}

/// Where what cannot be used is written down.
struct Odd<'a>(&'a mut Vec<Refusal>);

impl Odd<'_> {
    fn unless<T>(&mut self, value: Option<Result<T, Refusal>>) -> Option<T> {
        match value? {
            Ok(value) => Some(value),
            Err(refusal) => {
                self.0.push(refusal);
                None
            }
        }
    }
}

fn birth(text: &str) -> Result<Birth, Refusal> {
    Birth::from_slashes(text).map_err(|why| match why {
        NotABirth::Format | NotABirth::NoSuchDay => not_a_date(3),
    })
}

const fn not_a_date(entry: u8) -> Refusal {
    Refusal::Chip(ChipRefusal::NotADate { entry })
}

impl EntryText {
    /// `None` for characters that have no place in a text, and for more of them than an address has.
    fn new(text: &str) -> Option<Self> {
        check_characters(text).ok()?;
        let text = Self(composed_line(text));
        (text.0.chars().count() <= RESIDENCE_CHARS_MAX).then_some(text)
    }
}

impl Details {
    /// The strict reading: nothing odd, and the three entries that every card has.
    pub(super) fn strict(self) -> Result<Chip, Refusal> {
        if let Some(first) = self.oddities.first() {
            return Err(*first);
        }
        let missing = |entry| ChipRefusal::Missing { entry };
        Ok(Chip {
            number: self.number.ok_or(missing(1))?,
            name: self.name.ok_or(missing(2))?,
            birth: self.birth.ok_or(missing(3))?,
            sex: self.sex,
            residence: self.residence,
            issued: self.issued,
            expires: self.expires,
            old_number: self.old_number,
        })
    }
}

impl fmt::Debug for Details {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Details").field("oddities", &self.oddities).finish_non_exhaustive()
    }
}
