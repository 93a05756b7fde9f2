use std::fmt;

use zeroize::Zeroize;

/// Which layout the token had.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Layout {
    /// CCCD of 2021: 7 fields.
    Cccd2021,
    /// Căn cước of 2024: 11 fields, the same first 7.
    CanCuoc2024,
}

/// A calendar date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date {
    /// Year, four digits.
    pub year: u16,
    /// Month, 1 to 12.
    pub month: u8,
    /// Day, 1 to 31.
    pub day: u8,
}

/// Sex as the card says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Sex {
    /// "Nữ".
    Female,
    /// "Nam".
    Male,
}

/// The 12-digit personal identification number. Wiped on drop; `Debug` hides it.
#[derive(Clone, PartialEq, Eq)]
pub struct PersonalNumber(pub(crate) String);

impl PersonalNumber {
    /// The 12 digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Drop for PersonalNumber {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl fmt::Debug for PersonalNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PersonalNumber(…)")
    }
}

/// A full name, NFC. Wiped on drop; `Debug` hides it.
#[derive(Clone, PartialEq, Eq)]
pub struct PersonName(pub(crate) String);

impl PersonName {
    /// The name as on the card, normalised to NFC.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Drop for PersonName {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl fmt::Debug for PersonName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PersonName(…)")
    }
}

/// What an identity card's QR code says of its holder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// The layout it was read from.
    pub layout: Layout,
    /// Personal identification number.
    pub number: PersonalNumber,
    /// Full name.
    pub name: PersonName,
    /// Birth date.
    pub birth: Date,
    /// Sex.
    pub sex: Sex,
    /// Date of issue; some cards have none.
    pub issued: Option<Date>,
}

/// Why bytes are no identity token. Texts carry no personal data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Refusal {
    /// Nothing we know.
    #[error("not a known identity token")]
    UnknownToken,
}
