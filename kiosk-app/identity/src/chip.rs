//! Data group 13 of an identity card's chip: what the card says, with diacritics.
//!
//! Its structure is known from three public readers that agree, not from a specification:
//! `6D { SEQUENCE { INTEGER 1, OID 1.0.10646.1.0.8, SET { SEQUENCE { INTEGER n, value } … } } }`.
//! Whether the bytes are genuine is for whoever read them to say: a hash in the SOD, a signature, a challenge.

mod details;
mod entries;

use std::fmt;

use crate::birth::Birth;
use crate::date::Date;
use crate::expiry::Expiry;
use crate::refusal::Refusal;
use crate::values::{OldNumber, PersonName, PersonalNumber, Residence, Sex};

pub use details::{Details, EntryText, details};
pub use entries::{Entry, entries};
pub(crate) use entries::{TAG_OF_DATA_GROUP_1, looks_like_a_data_group};

/// Longest data group read, in bytes. Data group 13 of the cards seen has some 400.
pub const DATA_GROUP_BYTES_MAX: usize = 8_192;

/// Most entries read. 16 are known.
pub const ENTRIES_MAX: usize = 64;

/// What data group 13 says, as far as a kiosk needs it. `Debug` prints nothing of it.
///
/// Ethnicity, religion, hometown, identifying marks, parents and spouse are on the chip and not in here:
/// [`entries`] gives them to a tool for bring-up.
#[derive(Clone, PartialEq, Eq)]
pub struct Chip {
    /// Personal identification number (entry 1).
    pub number: PersonalNumber,
    /// Full name (entry 2).
    pub name: PersonName,
    /// Birth date (entry 3).
    pub birth: Birth,
    /// Sex (entry 4).
    pub sex: Option<Sex>,
    /// Permanent address (entry 9).
    pub residence: Option<Residence>,
    /// Date of issue (entry 11).
    pub issued: Option<Date>,
    /// Last day of validity (entry 12); `None` when absent or no date. What a card without an end of validity has there
    /// is not known.
    pub expires: Option<Date>,
    /// Number of an earlier card (entry 15), when it has the form of one: what the entry holds is not confirmed.
    pub old_number: Option<OldNumber>,
}

/// What is wrong with data group 13. Texts and values carry no personal data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum ChipRefusal {
    /// More bytes than any such file has.
    #[error("expected at most {max} bytes, got {got}")]
    TooLong {
        /// The limit.
        max: usize,
        /// Bytes given.
        got: usize,
    },
    /// Another file of the chip.
    #[error("expected a data group of tag 6D, got {got:02X}")]
    WrongTag {
        /// The tag found.
        got: u8,
    },
    /// The bytes end early, or lengths do not nest.
    #[error("the structure of the data group is damaged")]
    Structure,
    /// Another version, or another content type: other fields may have these numbers there.
    #[error("an unknown version or content type")]
    UnknownContent,
    /// More entries than any such file has.
    #[error("more than {max} entries")]
    TooManyEntries {
        /// The limit.
        max: usize,
    },
    /// An entry is there twice.
    #[error("entry {entry} is there twice")]
    Twice {
        /// Its number.
        entry: u8,
    },
    /// A value is neither text nor a list of texts.
    #[error("entry {entry} is no text")]
    NotText {
        /// Its number.
        entry: u8,
    },
    /// An entry that every card has is missing.
    #[error("entry {entry} is missing")]
    Missing {
        /// Its number.
        entry: u8,
    },
    /// A date is not `dd/MM/yyyy`.
    #[error("entry {entry} is no date as dd/MM/yyyy")]
    NotADate {
        /// Its number.
        entry: u8,
    },
}

impl ChipRefusal {
    /// A stable name for logs and JSON.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::TooLong { .. } => "too_long",
            Self::WrongTag { .. } => "wrong_dg_tag",
            Self::Structure => "dg_structure",
            Self::UnknownContent => "dg_content_unknown",
            Self::TooManyEntries { .. } => "dg_too_many_entries",
            Self::Twice { .. } => "dg_entry_twice",
            Self::NotText { .. } => "dg_entry_not_text",
            Self::Missing { .. } => "dg_entry_missing",
            Self::NotADate { .. } => "dg_entry_not_a_date",
        }
    }
}

/// Reads data group 13 as it is stored on the chip. Zeros behind it, to the end of the file, are taken.
///
/// # Errors
/// [`Refusal::Chip`] for the structure and the entries; the [`Refusal`] of a number, name or address that is none.
pub fn parse(bytes: &[u8]) -> Result<Chip, Refusal> {
    details(bytes)?.strict()
}

impl Chip {
    /// When the card expires: as the chip says, else by birth and issue date.
    #[must_use]
    pub fn expiry(&self) -> Option<Expiry> {
        let derived = || Some(Expiry::derived(self.birth.day()?, self.issued?));
        self.expires.map(Expiry::On).or_else(derived)
    }

    /// Refuses dates after `today`, and an issue before birth.
    pub(crate) fn check_dates(&self, today: Option<Date>) -> Result<(), Refusal> {
        let future = |day: Date| today.is_some_and(|today| day > today);
        if future(self.birth.earliest()) {
            return Err(Refusal::BirthInFuture);
        }
        if self.issued.is_some_and(|issued| issued < self.birth.earliest()) {
            return Err(Refusal::IssueBeforeBirth);
        }
        if self.issued.is_some_and(future) { Err(Refusal::IssueInFuture) } else { Ok(()) }
    }
}

impl fmt::Debug for Chip {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Chip(…)")
    }
}
