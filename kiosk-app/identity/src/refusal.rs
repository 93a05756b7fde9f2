use crate::chip::ChipRefusal;
use crate::insurance::InsuranceRefusal;
use crate::mrz::MrzRefusal;
use crate::vietqr::VietQrRefusal;

/// Why bytes are no identity token. Texts and values carry no personal data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// Nothing we know. Never guessed into an identity.
    #[error("not a known identity token")]
    UnknownToken,
    /// A code of another purpose: a Wi-Fi setting, a contact, a web page, an article number, the bare number of a CMND.
    #[error("a code that is no identity token")]
    OtherCode,
    /// A payment code, where an identity was asked for.
    #[error("a payment code and no identity token")]
    PaymentCode,
    /// Nothing but spaces and terminators.
    #[error("empty")]
    Empty,
    /// More bytes than one QR symbol can hold.
    #[error("expected at most {max} bytes, got {got}")]
    TooLong {
        /// What one symbol can hold.
        max: usize,
        /// Bytes given.
        got: usize,
    },
    /// The scanner is set to UTF-16 ("Unicode") output.
    #[error("expected UTF-8, got UTF-16")]
    Utf16,
    /// Damaged text, or another character set.
    #[error("expected UTF-8, byte {at} is not")]
    NotUtf8 {
        /// Index of the first byte that is wrong.
        at: usize,
    },
    /// A carriage return or line feed inside the record.
    #[error("the record is split by a line break")]
    LineBreak,
    /// A control character. A hand-made code can carry printer commands.
    #[error("a control character")]
    ControlCharacter,
    /// A character that reverses the direction of text.
    #[error("a bidirectional control character")]
    BidiCharacter,
    /// A character of no width.
    #[error("an invisible character")]
    InvisibleCharacter,
    /// U+FFFD: something before us lost letters.
    #[error("a replacement character stands for letters lost before")]
    ReplacementCharacter,
    /// Two scans without a terminator between them.
    #[error("two records in one")]
    TwoRecords,
    /// The record is cut off.
    #[error("expected {expected} fields or more, got {got}")]
    TooFewFields {
        /// Fields of the shortest layout.
        expected: usize,
        /// Fields found.
        got: usize,
    },
    /// More than the old card has, fewer than the new one.
    #[error("expected 7 fields, or 10 and more, got {got}")]
    FieldCount {
        /// Fields found.
        got: usize,
    },
    /// The personal number has digits of another script.
    #[error("the personal number has digits that are not ASCII")]
    NumberNotAscii,
    /// The personal number has something else than digits.
    #[error("the personal number has characters that are no digits")]
    NumberNotDigits,
    /// The personal number is too short or too long.
    #[error("expected a personal number of {expected} digits, got {got}")]
    NumberLength {
        /// Digits a number has.
        expected: usize,
        /// Digits found.
        got: usize,
    },
    /// The old number has neither 9 nor 12 digits.
    #[error("expected an old number of 9 or 12 digits")]
    OldNumber,
    /// The cancelled number has not 12 digits.
    #[error("expected a cancelled number of 12 digits")]
    CancelledNumber,
    /// No name.
    #[error("the name is missing")]
    NameMissing,
    /// A name with something else than letters, spaces, apostrophes, hyphens and full stops.
    #[error("the name is not made of letters")]
    NameNotText,
    /// Name or residence longer than any real one.
    #[error("expected at most {max} characters in a field, got {got}")]
    FieldTooLong {
        /// The field's limit.
        max: usize,
        /// Characters found.
        got: usize,
    },
    /// The birth date is not `ddMMyyyy`.
    #[error("expected a birth date as ddMMyyyy")]
    BirthFormat,
    /// The birth date names no day of the calendar.
    #[error("the birth date is not in the calendar")]
    BirthNotADay,
    /// Born after today.
    #[error("the birth date is in the future")]
    BirthInFuture,
    /// Neither "Nam" nor "Nữ" on a card, neither 1 nor 2 in a health insurance record.
    #[error("expected the sex as Nam or Nữ, or as 1 or 2 in a health insurance record")]
    SexUnknown,
    /// The issue date is not `ddMMyyyy`.
    #[error("expected an issue date as ddMMyyyy")]
    IssueFormat,
    /// The issue date names no day of the calendar.
    #[error("the issue date is not in the calendar")]
    IssueNotADay,
    /// Issued before the holder was born.
    #[error("issued before birth")]
    IssueBeforeBirth,
    /// Issued after today.
    #[error("the issue date is in the future")]
    IssueInFuture,
    /// A damaged health insurance record.
    #[error(transparent)]
    Insurance(#[from] InsuranceRefusal),
    /// A damaged machine-readable zone.
    #[error(transparent)]
    Mrz(#[from] MrzRefusal),
    /// A damaged data group of the chip.
    #[error(transparent)]
    Chip(#[from] ChipRefusal),
    /// A damaged payment code.
    #[error(transparent)]
    Payment(#[from] VietQrRefusal),
}

impl Refusal {
    /// A stable name for logs and JSON.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::UnknownToken => "unknown_token",
            Self::OtherCode => "not_an_identity_token",
            Self::PaymentCode => "payment_code",
            Self::Empty => "empty",
            Self::TooLong { .. } => "too_long",
            Self::Utf16 => "utf16_bytes",
            Self::NotUtf8 { .. } => "invalid_utf8",
            Self::LineBreak => "record_split_by_cr",
            Self::ControlCharacter => "control_character",
            Self::BidiCharacter => "bidi_control_character",
            Self::InvisibleCharacter => "invisible_character",
            Self::ReplacementCharacter => "replacement_character",
            Self::TwoRecords => "two_records_concatenated",
            Self::TooFewFields { .. } => "too_few_fields",
            Self::FieldCount { .. } => "unexpected_field_count",
            Self::NumberNotAscii => "id_not_ascii_digits",
            Self::NumberNotDigits => "id_not_digits",
            Self::NumberLength { .. } => "id_length",
            Self::OldNumber => "old_id_format",
            Self::CancelledNumber => "cancelled_id_format",
            Self::NameMissing => "name_missing",
            Self::NameNotText => "name_not_text",
            Self::FieldTooLong { .. } => "field_too_long",
            Self::BirthFormat => "dob_format",
            Self::BirthNotADay => "dob_invalid",
            Self::BirthInFuture => "dob_in_future",
            Self::SexUnknown => "gender_unknown",
            Self::IssueFormat => "issue_date_format",
            Self::IssueNotADay => "issue_date_invalid",
            Self::IssueBeforeBirth => "issue_before_birth",
            Self::IssueInFuture => "issue_in_future",
            Self::Insurance(refusal) => refusal.code(),
            Self::Mrz(refusal) => refusal.code(),
            Self::Chip(refusal) => refusal.code(),
            Self::Payment(refusal) => refusal.code(),
        }
    }
}
