use crate::refusal::Refusal;
use crate::text::{RESIDENCE_CHARS_MAX, check_characters, composed_line};

/// Digits of a personal identification number (Law 26/2023/QH15).
const NUMBER_DIGITS: usize = 12;

/// Digits of a CMND, the paper card before 2016.
const CMND_DIGITS: usize = 9;

/// Longest name accepted, in characters after NFC. No limit is published; the longest names in the press are below 50.
pub const NAME_CHARS_MAX: usize = 100;

/// Sex as the token says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Sex {
    /// "Nữ", `2` or `F`.
    Female,
    /// "Nam", `1` or `M`.
    Male,
}

impl Sex {
    /// The card's word for it, "Nam" or "Nữ".
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Female => "Nữ",
            Self::Male => "Nam",
        }
    }

    /// Reads "Nam" or "Nữ" in either case, composed.
    pub(crate) fn from_word(text: &str) -> Result<Self, Refusal> {
        match text.to_lowercase().as_str() {
            "nam" => Ok(Self::Male),
            "nữ" => Ok(Self::Female),
            _ => Err(Refusal::SexUnknown),
        }
    }
}

/// Wipes on drop and hides from `Debug`: what every text about a person does here.
macro_rules! personal_text {
    ($name:ident) => {
        impl $name {
            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl Drop for $name {
            fn drop(&mut self) {
                zeroize::Zeroize::zeroize(&mut self.0);
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(concat!(stringify!($name), "(…)"))
            }
        }
    };
}

/// The 12-digit personal identification number. Wiped on drop; `Debug` hides it.
#[derive(Clone, PartialEq, Eq)]
pub struct PersonalNumber(String);

/// The number of an earlier card, 9 or 12 digits. A key to find old records, no identity document.
/// Wiped on drop; `Debug` hides it.
#[derive(Clone, PartialEq, Eq)]
pub struct OldNumber(String);

/// A full name, NFC, single-spaced. Wiped on drop; `Debug` hides it.
#[derive(Clone, PartialEq, Eq)]
pub struct PersonName(String);

/// An address as the token says it, NFC, on one line, single-spaced. Wiped on drop; `Debug` hides it.
#[derive(Clone, PartialEq, Eq)]
pub struct Residence(String);

pub(crate) use personal_text;

personal_text!(PersonalNumber);
personal_text!(OldNumber);
personal_text!(PersonName);
personal_text!(Residence);

impl PersonalNumber {
    /// Reads a number, from a card or from a person's fingers.
    ///
    /// Its inner structure is not checked: the rule behind it lapsed on 2024-07-01, and corrections exist.
    ///
    /// # Errors
    /// [`Refusal::NumberNotAscii`], [`Refusal::NumberNotDigits`], [`Refusal::NumberLength`].
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        if text.chars().any(|character| !character.is_ascii() && character.is_numeric()) {
            return Err(Refusal::NumberNotAscii);
        }
        if !is_digits(text) {
            return Err(Refusal::NumberNotDigits);
        }
        if text.len() != NUMBER_DIGITS {
            return Err(Refusal::NumberLength { expected: NUMBER_DIGITS, got: text.len() });
        }
        Ok(Self(text.to_owned()))
    }

    pub(crate) fn digit(&self, index: usize) -> u16 {
        self.0.as_bytes().get(index).map_or(0, |byte| u16::from(byte.wrapping_sub(b'0')))
    }

    /// The sex the fourth digit stands for: 0/1 man/woman born 1900 to 1999, 2/3 born 2000 to 2099, and so on.
    pub(crate) fn structural_sex(&self) -> Sex {
        if self.digit(3).is_multiple_of(2) { Sex::Male } else { Sex::Female }
    }

    /// The year of birth the fourth to sixth digits stand for.
    pub(crate) fn structural_year(&self) -> u16 {
        1_900 + 100 * (self.digit(3) / 2) + 10 * self.digit(4) + self.digit(5)
    }
}

impl OldNumber {
    /// Reads the old number's field; `None` when it is empty.
    pub(crate) fn parse(text: &str) -> Result<Option<Self>, Refusal> {
        match text.len() {
            0 => Ok(None),
            CMND_DIGITS | NUMBER_DIGITS if is_digits(text) => Ok(Some(Self(text.to_owned()))),
            _ => Err(Refusal::OldNumber),
        }
    }
}

impl PersonName {
    /// Reads a name and brings it to NFC.
    ///
    /// # Errors
    /// [`Refusal::NameMissing`], [`Refusal::NameNotText`], [`Refusal::FieldTooLong`], or the kind of character that
    /// has no place in it.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        check_characters(text)?;
        let name = Self(composed_line(text));
        let got = name.0.chars().count();
        if got == 0 {
            return Err(Refusal::NameMissing);
        }
        if got > NAME_CHARS_MAX {
            return Err(Refusal::FieldTooLong { max: NAME_CHARS_MAX, got });
        }
        let letters = name.0.chars().any(char::is_alphabetic);
        if letters && name.0.chars().all(is_name_character) { Ok(name) } else { Err(Refusal::NameNotText) }
    }
}

impl Residence {
    /// Reads an address and brings it to NFC. It may be empty.
    ///
    /// # Errors
    /// [`Refusal::FieldTooLong`], or the kind of character that has no place in it.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        check_characters(text)?;
        let residence = Self(composed_line(text));
        let got = residence.0.chars().count();
        if got > RESIDENCE_CHARS_MAX {
            return Err(Refusal::FieldTooLong { max: RESIDENCE_CHARS_MAX, got });
        }
        Ok(residence)
    }
}

/// Letters of any language of Viet Nam, with the marks NFC leaves alone and both apostrophes of the Central Highlands.
fn is_name_character(character: char) -> bool {
    let mark = ('\u{300}'..='\u{36F}').contains(&character);
    character.is_alphabetic() || mark || matches!(character, ' ' | '\'' | '’' | '-' | '.')
}

pub(crate) fn is_digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_personal_is_printed() {
        let number = PersonalNumber::parse("001090999901").unwrap();
        let name = PersonName::parse("Nguyễn Văn Mẫu").unwrap();
        assert_eq!(format!("{number:?} {name:?}"), "PersonalNumber(…) PersonName(…)");
    }

    #[test]
    fn a_typed_number_is_named_for_what_is_wrong() {
        let wrong = [
            ("", Refusal::NumberLength { expected: 12, got: 0 }),
            ("00109099990", Refusal::NumberLength { expected: 12, got: 11 }),
            ("00109099990A", Refusal::NumberNotDigits),
            ("００１０９０９９９９０１", Refusal::NumberNotAscii),
        ];
        for (text, refusal) in wrong {
            assert_eq!(PersonalNumber::parse(text), Err(refusal), "{text}");
        }
    }

    #[test]
    fn names_of_all_peoples_are_names_and_commands_are_not() {
        for name in ["H'Mẫu Thử Niê", "Y-Thử Ŏng Byă Čil", "Ka’ Mẫu", "NGUYỄN THỊ ẨN", "J. Mẫu"] {
            assert_eq!(PersonName::parse(name).unwrap().as_str(), name);
        }
        assert_eq!(PersonName::parse("Mẫu; DROP"), Err(Refusal::NameNotText));
        assert_eq!(PersonName::parse("---"), Err(Refusal::NameNotText));
        assert_eq!(PersonName::parse(" "), Err(Refusal::NameMissing));
        assert_eq!(PersonName::parse("Mẫu\u{1b}@"), Err(Refusal::ControlCharacter));
        assert_eq!(PersonName::parse(&"a".repeat(101)), Err(Refusal::FieldTooLong { max: 100, got: 101 }));
    }
}
