mod code;
mod fields;

use std::fmt;

use crate::date::Date;
use crate::expiry::Expiry;
use crate::values::{OldNumber, PersonName, PersonalNumber, Residence, Sex};

pub(crate) use code::looks_like_a_card;

/// Which card it is, by its date of issue and its number of fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Layout {
    /// CCCD of 2021: 7 fields.
    Cccd2021,
    /// Căn cước, issued since 2024-07-01: 11 fields, the same first 7.
    CanCuoc2024,
}

/// What an identity card's QR code says of its holder. `Debug` prints the layout only.
#[derive(Clone, PartialEq, Eq)]
pub struct Card {
    /// The card it was read from.
    pub layout: Layout,
    /// Personal identification number.
    pub number: PersonalNumber,
    /// Number of an earlier card.
    pub old_number: Option<OldNumber>,
    /// Full name.
    pub name: PersonName,
    /// Birth date.
    pub birth: Date,
    /// Sex.
    pub sex: Sex,
    /// Permanent address (CCCD) or residence (Căn cước); may be empty.
    pub residence: Residence,
    /// Date of issue; some cards have none.
    pub issued: Option<Date>,
    /// A personal number that was cancelled. That field 7 holds it is the natural reading of Circular 16/2024, Art. 6,
    /// and was not confirmed on a card.
    pub cancelled_number: Option<PersonalNumber>,
    /// Father, on cards issued under the age of 14 (field 8, not confirmed on a card).
    pub father: Option<PersonName>,
    /// Mother, on cards issued under the age of 14 (field 9, not confirmed on a card).
    pub mother: Option<PersonName>,
    /// Fields with text we cannot name. They were not read.
    pub unread_fields: usize,
}

impl Card {
    /// When the card expires, by birth and issue date; `None` when there is no issue date. The code holds no such date.
    #[must_use]
    pub fn expiry(&self) -> Option<Expiry> {
        self.issued.map(|issued| Expiry::derived(self.birth, issued))
    }
}

impl fmt::Debug for Card {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Card({:?})", self.layout)
    }
}
