use std::ops::Range;

use super::{Checked, DOCUMENT_NUMBER, MrzRefusal, PERSONAL_NUMBER};

/// Characters of one line.
const LINE_CHARS: usize = 30;

/// Lines of a zone.
const LINES: usize = 3;

/// What data group 1 of an identity card begins with: its tag and length, the zone's tag and length.
const DATA_GROUP_1_HEAD: &[u8] = &[0x61, 0x5D, 0x5F, 0x1F, 0x5A];

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
    let zone = bytes.strip_prefix(DATA_GROUP_1_HEAD).ok_or(MrzRefusal::DataGroup)?;
    std::str::from_utf8(zone).map_err(|_| MrzRefusal::DataGroup)
}

const fn is_zone_character(byte: u8) -> bool {
    byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'<'
}

/// Three lines of 30 ASCII characters of a card of Viet Nam.
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
        let lines = Self(lines);
        if lines.first(0..HEAD.len()) == HEAD { Ok(lines) } else { Err(MrzRefusal::NotVietNam) }
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

    /// Compares every check digit with what it covers (ICAO 9303-3, 4.9).
    pub fn check_digits(&self) -> Result<(), MrzRefusal> {
        let document = self.first(DOCUMENT_NUMBER);
        let personal = self.first(PERSONAL_NUMBER);
        let (birth, expiry) = (self.second(0..6), self.second(8..14));
        digits(document, 1)?;
        digits(personal, 1)?;
        if !is_blank(self.first(27..29)) {
            return Err(MrzRefusal::Character { line: 1 });
        }
        for (covered, digit, of, line) in [
            (document, self.first(14..15), Checked::DocumentNumber, 1),
            (self.first(15..29), self.first(29..30), Checked::PersonalNumber, 1),
            (birth, self.second(6..7), Checked::Birth, 2),
            (expiry, self.second(14..15), Checked::Expiry, 2),
        ] {
            if of != Checked::Expiry || !is_blank(covered) {
                digits(covered.trim_end_matches('<'), line)?;
            }
            digits(digit, line)?;
            if check_digit(&[covered]) != value(digit) {
                return Err(MrzRefusal::CheckDigit { of });
            }
        }
        let whole = [self.first(5..30), self.second(0..7), self.second(8..15), self.second(18..29)];
        digits(self.second(29..30), 2)?;
        let fits = check_digit(&whole) == value(self.second(29..30));
        if fits { Ok(()) } else { Err(MrzRefusal::CheckDigit { of: Checked::Lines }) }
    }
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

/// Weights of ICAO 9303-3, 4.9.
const WEIGHTS: [u32; 3] = [7, 3, 1];

/// Weighted sum modulo 10 over the parts, one after the other.
fn check_digit(parts: &[&str]) -> u32 {
    let values = parts.iter().flat_map(|part| part.bytes()).map(character_value);
    values.zip(WEIGHTS.into_iter().cycle()).map(|(value, weight)| value * weight).sum::<u32>() % 10
}

/// 0 to 9, A to Z as 10 to 35, filler 0.
fn character_value(byte: u8) -> u32 {
    match byte {
        b'0'..=b'9' => u32::from(byte - b'0'),
        b'A'..=b'Z' => u32::from(byte - b'A') + 10,
        _ => 0,
    }
}

fn value(digit: &str) -> u32 {
    digit.bytes().map(character_value).sum()
}
