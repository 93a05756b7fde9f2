use std::ops::Range;

use super::{Checked, DOCUMENT_NUMBER, MrzRefusal, PERSONAL_NUMBER, check_digit};
use crate::der::{Elements, length};

/// Characters of one line.
const LINE_CHARS: usize = 30;

/// Lines of a zone.
const LINES: usize = 3;

/// Tag of data group 1 (ICAO 9303-10, table 37).
const TAG_OF_DATA_GROUP_1: u8 = 0x61;
/// Tag of the zone inside it.
const TAG_OF_ZONE: &[u8] = &[0x5F, 0x1F];

/// Document code and issuing state of the cards.
const HEAD: &str = "IDVNM";

/// Whether a refusal should name the damage: a document code of TD1, nothing but the zone's characters, and fillers.
pub fn looks_like_mrz(text: &str) -> bool {
    let head = text.as_bytes().first().is_some_and(|byte| matches!(byte, b'I' | b'A' | b'C'));
    let zone = |byte: u8| is_zone_character(byte) || matches!(byte, b'\r' | b'\n' | b' ');
    head && text.contains("<<") && text.bytes().all(zone)
}

/// The zone's text inside data group 1.
pub fn of_data_group_1(bytes: &[u8]) -> Result<&str, MrzRefusal> {
    let zone = zone_in(bytes).ok_or(MrzRefusal::DataGroup)?;
    std::str::from_utf8(zone).map_err(|_| MrzRefusal::DataGroup)
}

/// `61 { 5F1F { zone } }`, and nothing else.
fn zone_in(bytes: &[u8]) -> Option<&[u8]> {
    let mut file = Elements::of(bytes);
    let group = file.expect(TAG_OF_DATA_GROUP_1).ok()?;
    let (length, zone) = length(group.strip_prefix(TAG_OF_ZONE)?).ok()?;
    (file.rest().is_empty() && zone.len() == length).then_some(zone)
}

const fn is_zone_character(byte: u8) -> bool {
    byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'<'
}

/// Three lines of 30 characters of a zone.
pub struct Lines<'a>([&'a str; LINES]);

impl<'a> Lines<'a> {
    /// Finds the lines, whatever stands between them.
    pub fn split(text: &'a str) -> Result<Self, MrzRefusal> {
        let mut found = text.split(['\r', '\n']).map(str::trim).filter(|line| !line.is_empty());
        let lines = match (found.next(), found.next(), found.next(), found.next()) {
            (Some(first), Some(second), Some(third), None) => [first, second, third],
            (Some(all), None, None, None) => thirds(all).ok_or_else(|| wrong_shape(text))?,
            _ => return Err(wrong_shape(text)),
        };
        if lines.iter().any(|line| line.chars().count() != LINE_CHARS) {
            return Err(wrong_shape(text));
        }
        for (line, text) in (1..).zip(lines) {
            if !text.bytes().all(is_zone_character) {
                return Err(MrzRefusal::Character { line });
            }
        }
        Ok(Self(lines))
    }

    /// Characters of the first line.
    pub fn first(&self, range: Range<usize>) -> &'a str {
        let Self([first, _, _]) = self;
        first.get(range).unwrap_or_default()
    }

    /// Characters of the second line.
    pub fn second(&self, range: Range<usize>) -> &'a str {
        let Self([_, second, _]) = self;
        second.get(range).unwrap_or_default()
    }

    /// The third line.
    pub const fn third(&self) -> &'a str {
        let Self([_, _, third]) = self;
        third
    }

    /// Compares the four check digits that every zone has with what they cover (ICAO 9303-5, 4.2.4).
    pub fn check_digits(&self) -> Result<(), MrzRefusal> {
        let whole = [self.first(5..30), self.second(0..7), self.second(8..15), self.second(18..29)];
        for (covered, digit, of) in [
            (&[self.first(DOCUMENT_NUMBER)][..], self.first(14..15), Checked::DocumentNumber),
            (&[self.second(0..6)], self.second(6..7), Checked::Birth),
            (&[self.second(8..14)], self.second(14..15), Checked::Expiry),
            (&whole, self.second(29..30), Checked::Lines),
        ] {
            check(covered, digit, of)?;
        }
        Ok(())
    }

    /// What holds for the cards of Viet Nam besides: who issued them, digits where they have nothing else, and a check
    /// digit of the personal number.
    pub fn check_viet_nam(&self) -> Result<(), MrzRefusal> {
        if self.first(0..HEAD.len()) != HEAD {
            return Err(MrzRefusal::NotVietNam);
        }
        let (birth, expiry) = (self.second(0..6), self.second(8..14));
        digits(self.first(DOCUMENT_NUMBER), 1)?;
        digits(self.first(PERSONAL_NUMBER), 1)?;
        if !is_blank(self.first(27..29)) {
            return Err(MrzRefusal::Character { line: 1 });
        }
        digits(birth.trim_end_matches('<'), 2)?;
        if !is_blank(expiry) {
            digits(expiry.trim_end_matches('<'), 2)?;
        }
        for (digit, line) in [
            (self.first(14..15), 1),
            (self.first(29..30), 1),
            (self.second(6..7), 2),
            (self.second(14..15), 2),
            (self.second(29..30), 2),
        ] {
            digits(digit, line)?;
        }
        check(&[self.first(15..29)], self.first(29..30), Checked::PersonalNumber)
    }
}

fn check(covered: &[&str], digit: &str, of: Checked) -> Result<(), MrzRefusal> {
    let characters = covered.iter().flat_map(|part| part.chars());
    let fits = check_digit(characters).is_some_and(|fitting| digit.chars().eq([fitting]));
    if fits { Ok(()) } else { Err(MrzRefusal::CheckDigit { of }) }
}

/// `text` cut into three, `None` when that gives no lines of the right length.
fn thirds(text: &str) -> Option<[&str; LINES]> {
    let (first, rest) = text.split_at_checked(LINE_CHARS)?;
    let (second, third) = rest.split_at_checked(LINE_CHARS)?;
    Some([first, second, third])
}

fn wrong_shape(text: &str) -> MrzRefusal {
    MrzRefusal::Shape { got: text.chars().filter(|character| !character.is_whitespace()).count() }
}

fn is_blank(text: &str) -> bool {
    text.bytes().all(|byte| byte == b'<')
}

fn digits(text: &str, line: u8) -> Result<(), MrzRefusal> {
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(());
    }
    Err(if text.contains('O') { MrzRefusal::LetterO { line } } else { MrzRefusal::NotDigits { line } })
}
