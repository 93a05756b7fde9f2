//! The machine-readable zone of an identity card (ICAO 9303-5, TD1: three lines of 30 characters).
//!
//! On the card's back, and as data group 1 on its chip. The personal number is in the optional data; the "document
//! number" is its last nine digits.

mod lines;
mod zone;

use std::fmt;

use crate::birth::Birth;
use crate::date::Date;
use crate::refusal::Refusal;
use crate::values::{PersonName, PersonalNumber, Sex, personal_text};
use lines::Lines;

pub(crate) use lines::looks_like_mrz;
pub use zone::Zone;

/// Digits of the number that keys for basic access control are made with.
const DOCUMENT_NUMBER: std::ops::Range<usize> = 5..14;
/// The personal number inside the first line.
const PERSONAL_NUMBER: std::ops::Range<usize> = 15..27;
/// How many of the personal number's digits are not in the document number.
const DIGITS_BEFORE_DOCUMENT_NUMBER: usize = 3;

/// The "document number": nine digits on a card of Viet Nam, up to nine digits and letters on others. Wiped on drop; `Debug` hides it.
#[derive(Clone, PartialEq, Eq)]
pub struct DocumentNumber(String);

personal_text!(DocumentNumber);

/// What the zone says. `Debug` prints nothing of it.
#[derive(Clone, PartialEq, Eq)]
pub struct Mrz {
    /// Personal identification number.
    pub number: PersonalNumber,
    /// Document number, with which basic access control opens the chip.
    pub document_number: DocumentNumber,
    /// Birth date. Only two digits of the year are there; the century is that of the personal number when its year
    /// agrees, else the later one that is not after the expiry.
    pub birth: Birth,
    /// Sex, `None` for "unspecified".
    pub sex: Option<Sex>,
    /// Last day of validity; `None` when the field is blank. What a card without an end of validity has there is not
    /// published, so [`decode`](crate::decode) calls a blank one an unknown token.
    pub expiry: Option<Date>,
    /// Family name and given names in one, without diacritics and perhaps cut off.
    pub name: PersonName,
}

/// What is wrong with a machine-readable zone. Texts and values carry no personal data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum MrzRefusal {
    /// Not three lines of 30 characters.
    #[error("expected 3 lines of 30 characters, got {got} characters in all")]
    Shape {
        /// Characters found, line ends apart.
        got: usize,
    },
    /// A character other than A to Z, 0 to 9 and `<`.
    #[error("a character that has no place in line {line}")]
    Character {
        /// 1, 2 or 3.
        line: u8,
    },
    /// Not an identity card of Viet Nam.
    #[error("expected an identity card of Viet Nam")]
    NotVietNam,
    /// A letter O where a digit must be: the reader's mistake.
    #[error("a letter O stands for a zero in line {line}")]
    LetterO {
        /// 1 or 2.
        line: u8,
    },
    /// Something else than a digit where a digit must be.
    #[error("expected a digit in line {line}")]
    NotDigits {
        /// 1 or 2.
        line: u8,
    },
    /// A check digit does not fit what it covers.
    #[error("the check digit of the {of} does not fit")]
    CheckDigit {
        /// What it covers.
        of: Checked,
    },
    /// A date that is not in the calendar.
    #[error("a date that is not in the calendar")]
    NotADay,
    /// The sex is not `M`, `F` or `<`.
    #[error("the sex is not M, F or <")]
    Sex,
    /// The third line is no name.
    #[error("the name is not made of letters")]
    Name,
    /// Data group 1 does not hold a zone of this kind.
    #[error("data group 1 does not hold the zone of an identity card")]
    DataGroup,
}

/// What a check digit covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Checked {
    /// The document number.
    DocumentNumber,
    /// The personal number.
    PersonalNumber,
    /// The birth date.
    Birth,
    /// The expiry date.
    Expiry,
    /// The two lines as a whole.
    Lines,
}

impl fmt::Display for Checked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::DocumentNumber => "document number",
            Self::PersonalNumber => "personal number",
            Self::Birth => "birth date",
            Self::Expiry => "expiry date",
            Self::Lines => "lines as a whole",
        })
    }
}

impl MrzRefusal {
    /// A stable name for logs and JSON.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Shape { .. } => "mrz_shape",
            Self::Character { .. } => "mrz_character",
            Self::NotVietNam => "mrz_not_vietnam",
            Self::LetterO { .. } => "mrz_ocr_letter_O_for_zero",
            Self::NotDigits { .. } => "mrz_not_digits",
            Self::CheckDigit { .. } => "mrz_check_digit",
            Self::NotADay => "mrz_date_invalid",
            Self::Sex => "mrz_sex",
            Self::Name => "mrz_name",
            Self::DataGroup => "mrz_data_group",
        }
    }
}

/// Reads a zone from its three lines. Line ends of any kind, and none, are taken.
///
/// # Errors
/// [`Refusal::Mrz`] names what is wrong.
///
/// ```
/// let lines = "IDVNM1859999721079185999972<<1\n8512039F2512037VNM<<<<<<<<<<<6\nTRAN<<THI<THU<<<<<<<<<<<<<<<<<";
/// let mrz = vn_identity::mrz::parse(lines)?;
/// assert_eq!((mrz.number.as_str(), mrz.document_number.as_str()), ("079185999972", "185999972"));
/// assert_eq!((mrz.name.as_str(), mrz.birth.to_string().as_str()), ("TRAN THI THU", "1985-12-03"));
/// # Ok::<(), vn_identity::Refusal>(())
/// ```
pub fn parse(text: &str) -> Result<Mrz, Refusal> {
    Ok(read(text)?)
}

/// Reads a zone from data group 1 as it is stored on a chip: `61 { 5F1F { 90 characters } }` (ICAO 9303-10, 4.7.1).
///
/// # Errors
/// [`Refusal::Mrz`] names what is wrong.
pub fn from_data_group_1(bytes: &[u8]) -> Result<Mrz, Refusal> {
    Ok(lines::of_data_group_1(bytes).and_then(read)?)
}

/// Reads data group 1 of a card of any state, with everything in it that can be used.
///
/// # Errors
/// [`MrzRefusal`] when the bytes hold no TD1 zone, or when a check digit that every zone has does not fit.
pub fn zone_of_data_group_1(bytes: &[u8]) -> Result<Zone, MrzRefusal> {
    Zone::read(&Lines::split(lines::of_data_group_1(bytes)?)?)
}

/// The check digit over characters of a zone: weights 7, 3, 1 (ICAO 9303-3, 4.9). `None` when one of them is not `0` to
/// `9`, `A` to `Z` or `<`.
///
/// ```
/// assert_eq!(vn_identity::mrz::check_digit("185999972".chars()), Some('1'));
/// ```
#[must_use]
pub fn check_digit(characters: impl IntoIterator<Item = char>) -> Option<char> {
    let mut sum = 0;
    for (character, weight) in characters.into_iter().zip([7, 3, 1].into_iter().cycle()) {
        let value = match character {
            '<' => 0,
            'A'..='Z' | '0'..='9' => character.to_digit(36)?,
            _ => return None,
        };
        sum += value * weight;
    }
    char::from_digit(sum % 10, 10)
}

impl Mrz {
    /// Whether the document number is the end of the personal number, as on every card seen.
    pub(crate) fn document_number_fits(&self) -> bool {
        self.number.as_str().get(DIGITS_BEFORE_DOCUMENT_NUMBER..) == Some(self.document_number.as_str())
    }
}

impl fmt::Debug for Mrz {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Mrz(…)")
    }
}

/// The strict reading: a card of Viet Nam, and nothing odd.
fn read(text: &str) -> Result<Mrz, MrzRefusal> {
    let lines = Lines::split(text)?;
    lines.check_viet_nam()?;
    Zone::read(&lines)?.strict()
}
