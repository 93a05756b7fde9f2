/// What is wrong with a health insurance record. Texts and values carry no personal data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum InsuranceRefusal {
    /// The code has neither 10 digits, nor 12, nor 15 characters.
    #[error("expected a card code of 10 or 12 digits or 15 characters, got {got}")]
    CodeLength {
        /// Characters found.
        got: usize,
    },
    /// Small letters in the code: Caps Lock at a scanner that types.
    #[error("the card code has small letters")]
    CodeCase,
    /// A character that has no place in the code.
    #[error("the card code has characters it cannot have")]
    CodeFormat,
    /// The first two characters are no letters.
    #[error("the card code does not begin with two letters")]
    CodeGroup,
    /// The third character is not 1 to 5.
    #[error("the benefit digit of the card code is not 1 to 5")]
    CodeBenefit,
    /// The province digits are not 01 to 99.
    #[error("the province digits of the card code are not 01 to 99")]
    CodeProvince,
    /// The record is cut off.
    #[error("expected {expected} fields or more, got {got}")]
    TooFewFields {
        /// Fields of the shortest form.
        expected: usize,
        /// Fields found.
        got: usize,
    },
    /// No form has this many fields.
    #[error("expected 4, 9, 14 or 16 fields before the end mark, got {got}")]
    FieldCount {
        /// Fields found, without the end mark.
        got: usize,
    },
    /// The `$` at the end is missing.
    #[error("the end mark is missing")]
    EndMarkMissing,
    /// A text field has something else than hexadecimal digits.
    #[error("expected text in hexadecimal")]
    NotHex,
    /// A text field lacks half a byte.
    #[error("an odd number of hexadecimal digits")]
    HexOddLength,
    /// A text field is no UTF-8.
    #[error("hexadecimal text that is not UTF-8")]
    HexNotUtf8,
    /// A date is not `dd/MM/yyyy`, nor a birth `yyyy`.
    #[error("expected a date as dd/MM/yyyy")]
    DateFormat,
    /// A date names no day of the calendar.
    #[error("a date that is not in the calendar")]
    DateNotADay,
    /// The facility has not two digits and three characters.
    #[error("expected a facility of two digits and three characters")]
    Facility,
    /// The area is not 4, 5, 6 or 7.
    #[error("expected an area from 4 to 7")]
    Area,
    /// The last day of validity is before the first.
    #[error("valid to a day before the first")]
    ValidToBeforeFrom,
}

impl InsuranceRefusal {
    /// A stable name for logs and JSON.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::CodeLength { .. } => "code_length",
            Self::CodeCase => "code_case",
            Self::CodeFormat => "code_format",
            Self::CodeGroup => "code_group",
            Self::CodeBenefit => "code_benefit",
            Self::CodeProvince => "code_province",
            Self::TooFewFields { .. } => "too_few_fields",
            Self::FieldCount { .. } => "unexpected_field_count",
            Self::EndMarkMissing => "end_mark_missing",
            Self::NotHex => "hex_invalid",
            Self::HexOddLength => "hex_odd_length",
            Self::HexNotUtf8 => "hex_not_utf8",
            Self::DateFormat => "date_format",
            Self::DateNotADay => "date_invalid",
            Self::Facility => "facility_code",
            Self::Area => "area_code",
            Self::ValidToBeforeFrom => "valid_to_before_from",
        }
    }
}
