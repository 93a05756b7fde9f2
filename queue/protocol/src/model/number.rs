use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Highest ordinal of a series and day. Four digits still fit the ticket and the display in full size.
pub const ORDINAL_MAX: u16 = 9_999;

/// A text or value that is no ticket number.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected a number such as A-042: one or two letters A-Z, a hyphen, 1 to {ORDINAL_MAX}")]
pub struct InvalidNumber;

/// A number series: one or two letters A to Z. Nobody but its owner issues from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Series {
    first: u8,
    second: Option<u8>,
}

impl Series {
    /// Parses a series.
    ///
    /// # Errors
    /// [`InvalidNumber`] unless `text` is one or two letters A to Z.
    pub fn new(text: &str) -> Result<Self, InvalidNumber> {
        let letter = |byte: u8| byte.is_ascii_uppercase().then_some(byte).ok_or(InvalidNumber);
        match *text.as_bytes() {
            [first] => Ok(Self { first: letter(first)?, second: None }),
            [first, second] => Ok(Self { first: letter(first)?, second: Some(letter(second)?) }),
            _ => Err(InvalidNumber),
        }
    }
}

impl fmt::Display for Series {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", char::from(self.first))?;
        self.second.map_or(Ok(()), |letter| write!(f, "{}", char::from(letter)))
    }
}

impl TryFrom<String> for Series {
    type Error = InvalidNumber;

    fn try_from(text: String) -> Result<Self, InvalidNumber> {
        Self::new(&text)
    }
}

impl From<Series> for String {
    fn from(series: Series) -> Self {
        series.to_string()
    }
}

/// What is printed, shown and called: a series and an ordinal, written `A-042`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TicketNumber {
    series: Series,
    ordinal: u16,
}

impl TicketNumber {
    /// The `ordinal`th number of `series`.
    ///
    /// # Errors
    /// [`InvalidNumber`] unless 1 <= `ordinal` <= [`ORDINAL_MAX`].
    pub fn new(series: Series, ordinal: u16) -> Result<Self, InvalidNumber> {
        if (1..=ORDINAL_MAX).contains(&ordinal) { Ok(Self { series, ordinal }) } else { Err(InvalidNumber) }
    }

    /// Its series.
    #[must_use]
    pub const fn series(self) -> Series {
        self.series
    }

    /// Its place in the series, from 1.
    #[must_use]
    pub const fn ordinal(self) -> u16 {
        self.ordinal
    }
}

impl fmt::Display for TicketNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{:03}", self.series, self.ordinal)
    }
}

impl FromStr for TicketNumber {
    type Err = InvalidNumber;

    fn from_str(text: &str) -> Result<Self, InvalidNumber> {
        let (series, ordinal) = text.split_once('-').ok_or(InvalidNumber)?;
        let number = Self::new(Series::new(series)?, ordinal.parse().map_err(|_| InvalidNumber)?)?;
        // One spelling a number: "A-42" and "A-+42" are not how we write it.
        if number.to_string() == text { Ok(number) } else { Err(InvalidNumber) }
    }
}

impl TryFrom<String> for TicketNumber {
    type Error = InvalidNumber;

    fn try_from(text: String) -> Result<Self, InvalidNumber> {
        text.parse()
    }
}

impl From<TicketNumber> for String {
    fn from(number: TicketNumber) -> Self {
        number.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_has_one_spelling() {
        for good in ["A-001", "A-042", "Z-9999", "KB-1234"] {
            assert_eq!(good.parse::<TicketNumber>().unwrap().to_string(), good);
        }
        for bad in
            ["", "A", "A-", "A-0", "A-000", "A-42", "A-0042", "A-10000", "a-001", "ABC-001", "1-001", "A-+42", "Đ-001"]
        {
            assert_eq!(bad.parse::<TicketNumber>(), Err(InvalidNumber), "{bad:?}");
        }
    }

    #[test]
    fn numbers_sort_by_series_then_ordinal() {
        let mut numbers: Vec<TicketNumber> =
            ["B-001", "A-1000", "A-999", "AB-001"].map(|text| text.parse().unwrap()).into();
        numbers.sort();
        let sorted: Vec<String> = numbers.iter().map(ToString::to_string).collect();
        assert_eq!(sorted, ["A-999", "A-1000", "AB-001", "B-001"]);
    }
}
