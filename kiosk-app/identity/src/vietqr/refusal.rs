/// What is wrong with a payment code. Texts and values carry nothing of its content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum VietQrRefusal {
    /// It does not begin as a payment code does.
    #[error("expected a payload that begins with 000201")]
    NotVietQr,
    /// Other characters than printable ASCII.
    #[error("expected printable ASCII only")]
    NotAscii,
    /// It ends inside a field.
    #[error("the payload ends inside a field")]
    Truncated,
    /// Tag or length of a field are no digits.
    #[error("expected two digits of tag and two of length")]
    FieldHead,
    /// A field is there twice: two amounts are a pattern of tampering.
    #[error("a field is there twice")]
    DuplicateTag,
    /// The last field is not the CRC.
    #[error("expected the CRC as the last field")]
    CrcNotLast,
    /// The CRC does not fit, or is not four capital hexadecimal digits.
    #[error("the CRC does not fit")]
    CrcMismatch,
    /// Lengths inside a field do not add up.
    #[error("the lengths inside a field do not add up")]
    NestedLength,
    /// A field that must be there is missing.
    #[error("field {tag} is missing")]
    Missing {
        /// Its tag.
        tag: &'static str,
    },
    /// Neither static nor dynamic.
    #[error("expected mode 11 or 12")]
    Mode,
    /// No beneficiary.
    #[error("the beneficiary is missing")]
    BeneficiaryMissing,
    /// Another scheme.
    #[error("expected the scheme A000000727")]
    Scheme,
    /// Not six characters.
    #[error("expected a bank number of 6 digits, got {got} characters")]
    BinLength {
        /// Characters found.
        got: usize,
    },
    /// Not digits.
    #[error("the bank number has characters that are no digits")]
    BinNotDigits,
    /// No account.
    #[error("the account is missing")]
    AccountMissing,
    /// Longer than any account or card number.
    #[error("expected an account of at most {max} characters, got {got}")]
    AccountTooLong {
        /// The limit.
        max: usize,
        /// Characters found.
        got: usize,
    },
    /// A space in the account.
    #[error("the account has a space")]
    AccountFormat,
    /// Neither account nor card.
    #[error("expected the service QRIBFTTA or QRIBFTTC")]
    Service,
    /// Not đồng.
    #[error("expected the currency 704")]
    Currency,
    /// Not Viet Nam.
    #[error("expected the country VN")]
    Country,
    /// Not digits with at most one full stop.
    #[error("expected an amount of digits with at most one full stop")]
    AmountFormat,
    /// Nothing to pay.
    #[error("the amount is zero")]
    AmountZero,
    /// More characters than an amount has.
    #[error("expected an amount of at most {max} characters, got {got}")]
    AmountTooLong {
        /// The limit.
        max: usize,
        /// Characters found.
        got: usize,
    },
    /// Made for one payment, and does not say how much. Legal in EMVCo, wrong for a fee.
    #[error("a dynamic code without an amount")]
    DynamicWithoutAmount,
    /// Not four digits.
    #[error("expected a merchant category of 4 digits")]
    MerchantCategory,
    /// A text that is there and empty.
    #[error("field {tag} is empty")]
    Empty {
        /// Its tag.
        tag: &'static str,
    },
    /// A text longer than its field.
    #[error("expected at most {max} characters in a field, got {got}")]
    FieldTooLong {
        /// The limit.
        max: usize,
        /// Characters found.
        got: usize,
    },
}

impl VietQrRefusal {
    /// A stable name for logs and JSON.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::NotVietQr => "not_vietqr",
            Self::NotAscii => "not_ascii",
            Self::Truncated => "truncated",
            Self::FieldHead => "field_head",
            Self::DuplicateTag => "duplicate_tag",
            Self::CrcNotLast => "crc_not_last",
            Self::CrcMismatch => "crc_mismatch",
            Self::NestedLength => "nested_length",
            Self::Missing { .. } => "field_missing",
            Self::Mode => "mode_unknown",
            Self::BeneficiaryMissing => "merchant_account_missing",
            Self::Scheme => "guid_unknown",
            Self::BinLength { .. } => "bin_length",
            Self::BinNotDigits => "bin_not_digits",
            Self::AccountMissing => "account_missing",
            Self::AccountTooLong { .. } => "account_too_long",
            Self::AccountFormat => "account_format",
            Self::Service => "service_unknown",
            Self::Currency => "currency_unknown",
            Self::Country => "country_unknown",
            Self::AmountFormat => "amount_format",
            Self::AmountZero => "amount_zero",
            Self::AmountTooLong { .. } => "amount_too_long",
            Self::DynamicWithoutAmount => "dynamic_without_amount",
            Self::MerchantCategory => "mcc_format",
            Self::Empty { .. } => "field_empty",
            Self::FieldTooLong { .. } => "field_too_long",
        }
    }
}
