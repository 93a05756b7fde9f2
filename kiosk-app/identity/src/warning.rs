use crate::claim::{Claim, Sex};

/// What is odd about a claim and no reason to refuse it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Warning {
    /// No issue date: the expiry cannot be derived.
    IssueDateMissing,
    /// The residence holds the field separator; its end was found by the date after it.
    SeparatorInResidence,
    /// The number's fourth digit tells another sex. Numbers survive corrections, so the text counts.
    SexDigitMismatch,
    /// The number's fourth to sixth digits tell another year of birth.
    BirthYearDigitsMismatch,
    /// The card has more fields with text than we can name.
    UnreadFields,
}

impl Warning {
    /// A stable name for logs and JSON.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::IssueDateMissing => "issue_date_missing",
            Self::SeparatorInResidence => "extra_separator_in_address",
            Self::SexDigitMismatch => "sex_digit_mismatch",
            Self::BirthYearDigitsMismatch => "birth_year_digits_mismatch",
            Self::UnreadFields => "unread_fields",
        }
    }

    pub(crate) fn of(claim: &Claim) -> Vec<Self> {
        let digits = claim.number.as_str().as_bytes();
        let digit = |index: usize| digits.get(index).map_or(0, |byte| u16::from(byte.wrapping_sub(b'0')));
        // Digit 4 is 0/1 for men/women born 1900 to 1999, 2/3 for 2000 to 2099 and so on; digits 5 and 6 are the year.
        let sex = if digit(3) % 2 == 0 { Sex::Male } else { Sex::Female };
        let year = 1_900 + 100 * (digit(3) / 2) + 10 * digit(4) + digit(5);
        let odd = [
            (claim.issued.is_none(), Self::IssueDateMissing),
            (claim.residence.as_str().contains('|'), Self::SeparatorInResidence),
            (claim.sex != sex, Self::SexDigitMismatch),
            (claim.birth.year != year, Self::BirthYearDigitsMismatch),
            (claim.unread_fields > 0, Self::UnreadFields),
        ];
        odd.into_iter().filter_map(|(is_odd, warning)| is_odd.then_some(warning)).collect()
    }
}
