use std::fmt;

use crate::birth::{Birth, PriorityHint};
use crate::card::Card;
use crate::chip::Chip;
use crate::date::Date;
use crate::expiry::Validity;
use crate::insurance::{Insurance, InsuranceCode};
use crate::mrz::Mrz;
use crate::refusal::Refusal;
use crate::values::{PersonName, PersonalNumber, Sex};
use crate::warning::Warning;

/// What a token says of its holder, and how it got here. Never called verified: what can be proved is for whoever talks
/// to the chip to say.
#[derive(Clone, PartialEq, Eq)]
pub struct Claim {
    /// How it got here.
    pub provenance: Provenance,
    /// What was read.
    pub document: Document,
}

/// How a claim got here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Provenance {
    /// From a code or a line of text held up, taken to be on a card. A photograph of the card gives the same bytes.
    Code,
    /// From a telephone's screen. The bytes do not tell; whoever knows sets it.
    Screen,
    /// From somebody's fingers.
    Typed,
    /// From a chip. That it was read does not prove the chip genuine.
    Chip,
}

/// The token a claim was read from. `Debug` prints its kind only.
#[derive(Clone, PartialEq, Eq)]
pub enum Document {
    /// The QR code of a CCCD or a Căn cước.
    Card(Card),
    /// The QR code of a health insurance card (BHYT).
    Insurance(Box<Insurance>),
    /// The machine-readable zone of an identity card.
    Mrz(Mrz),
    /// Data group 13 of the chip.
    Chip(Chip),
    /// A number alone.
    Typed(TypedNumber),
}

/// A number somebody typed: a key to look a record up with, and nothing more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TypedNumber {
    /// 12 digits. A health insurance number of 12 digits is the same number.
    Personal(PersonalNumber),
    /// A health insurance code of 10 digits or 15 characters.
    Insurance(InsuranceCode),
}

/// Reads a number from somebody's fingers; small letters count as capitals.
///
/// # Errors
/// That of [`PersonalNumber::parse`] for digits, that of [`InsuranceCode::parse`] for anything else.
///
/// ```
/// use vn_identity::{Provenance, typed};
///
/// let claim = typed("001090999901")?;
/// assert_eq!((claim.provenance, claim.key()), (Provenance::Typed, "001090999901"));
/// assert_eq!(typed("gd4019999900001")?.key(), "GD4019999900001");
/// assert!(typed("012999901").is_err(), "the number of a CMND is no identity");
/// # Ok::<(), vn_identity::Refusal>(())
/// ```
pub fn typed(text: &str) -> Result<Claim, Refusal> {
    let text = zeroize::Zeroizing::new(text.trim().to_ascii_uppercase());
    let insurance = text.len() == 10 || !text.chars().all(char::is_numeric);
    let number = if insurance && !text.is_empty() {
        TypedNumber::Insurance(InsuranceCode::parse(&text)?)
    } else {
        TypedNumber::Personal(PersonalNumber::parse(&text)?)
    };
    Ok(Claim { provenance: Provenance::Typed, document: Document::Typed(number) })
}

impl Claim {
    /// The full name; the MRZ has it without diacritics, and some tokens have none.
    #[must_use]
    pub fn name(&self) -> Option<&PersonName> {
        match &self.document {
            Document::Card(card) => Some(&card.name),
            Document::Insurance(insurance) => insurance.name.as_ref(),
            Document::Mrz(mrz) => Some(&mrz.name),
            Document::Chip(chip) => Some(&chip.name),
            Document::Typed(_) => None,
        }
    }

    /// The birth date; a typed number has none.
    #[must_use]
    pub fn birth(&self) -> Option<Birth> {
        match &self.document {
            Document::Card(card) => Some(Birth::Day(card.birth)),
            Document::Insurance(insurance) => Some(insurance.birth),
            Document::Mrz(mrz) => Some(mrz.birth),
            Document::Chip(chip) => Some(chip.birth),
            Document::Typed(_) => None,
        }
    }

    /// The sex, where the token says it.
    #[must_use]
    pub fn sex(&self) -> Option<Sex> {
        match &self.document {
            Document::Card(card) => Some(card.sex),
            Document::Insurance(insurance) => Some(insurance.sex),
            Document::Mrz(mrz) => mrz.sex,
            Document::Chip(chip) => chip.sex,
            Document::Typed(_) => None,
        }
    }

    /// The 12-digit personal number, `None` for a health insurance code of another length.
    #[must_use]
    pub fn personal_number(&self) -> Option<&PersonalNumber> {
        match &self.document {
            Document::Card(card) => Some(&card.number),
            Document::Mrz(mrz) => Some(&mrz.number),
            Document::Chip(chip) => Some(&chip.number),
            Document::Typed(TypedNumber::Personal(number)) => Some(number),
            Document::Insurance(_) | Document::Typed(TypedNumber::Insurance(_)) => None,
        }
    }

    /// The number or code to look a record up with.
    #[must_use]
    pub fn key(&self) -> &str {
        match &self.document {
            Document::Card(card) => card.number.as_str(),
            Document::Insurance(insurance) => insurance.code.as_str(),
            Document::Mrz(mrz) => mrz.number.as_str(),
            Document::Chip(chip) => chip.number.as_str(),
            Document::Typed(TypedNumber::Personal(number)) => number.as_str(),
            Document::Typed(TypedNumber::Insurance(code)) => code.as_str(),
        }
    }

    /// Whether the token is valid on `today`, by the dates it has and the law it was issued under. An expired token
    /// still tells who its holder claims to be.
    #[must_use]
    pub fn validity(&self, today: Date) -> Validity {
        let until = |expiry| Validity::until(expiry, today);
        match &self.document {
            Document::Card(card) => card.expiry().map_or(Validity::Unknown, until),
            Document::Insurance(insurance) => insurance.validity(today),
            Document::Mrz(mrz) => mrz.expiry.map_or(Validity::Unknown, |day| until(crate::Expiry::On(day))),
            Document::Chip(chip) => chip.expiry().map_or(Validity::Unknown, until),
            Document::Typed(_) => Validity::Unknown,
        }
    }

    /// The priority group the birth date puts the holder in on `today`.
    #[must_use]
    pub fn priority(&self, today: Date) -> Option<PriorityHint> {
        self.birth().and_then(|birth| birth.priority(today))
    }

    /// What is odd about the claim and no reason to refuse it.
    #[must_use]
    pub fn warnings(&self) -> Vec<Warning> {
        Warning::of(&self.document)
    }

    /// The same claim from elsewhere.
    #[must_use]
    pub fn from_source(self, provenance: Provenance) -> Self {
        Self { provenance, ..self }
    }
}

impl fmt::Debug for Claim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { provenance, document } = self;
        f.debug_struct("Claim").field("provenance", provenance).field("document", document).finish()
    }
}

impl fmt::Debug for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Card(card) => card.fmt(f),
            Self::Insurance(insurance) => insurance.fmt(f),
            Self::Mrz(mrz) => mrz.fmt(f),
            Self::Chip(chip) => chip.fmt(f),
            Self::Typed(number) => number.fmt(f),
        }
    }
}
