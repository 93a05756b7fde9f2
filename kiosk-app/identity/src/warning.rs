use crate::card::Card;
use crate::claim::Document;
use crate::values::{PersonalNumber, Sex};

/// What is odd about a claim and no reason to refuse it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Warning {
    /// No issue date: the expiry cannot be derived.
    IssueDateMissing,
    /// The residence holds the field separator; its end was found by the date after it.
    SeparatorInResidence,
    /// The number's first three digits name no province of Circular 07/2016 and are too low for a country.
    ProvinceUnknown,
    /// The number's fourth digit tells another sex. Numbers survive corrections, so the text counts.
    SexDigitMismatch,
    /// The number's fourth to sixth digits tell another year of birth.
    BirthYearDigitsMismatch,
    /// The card has more fields with text than we can name.
    UnreadFields,
    /// A health insurance card without a name: look it up by its code.
    NameMissing,
    /// The document number in the MRZ is not the end of the personal number.
    DocumentNumberMismatch,
}

/// Provinces and cities of Circular 07/2016, annex; the mergers of 2025 brought no new prefixes that are published.
const PROVINCES: [u16; 63] = [
    1, 2, 4, 6, 8, 10, 11, 12, 14, 15, 17, 19, 20, 22, 24, 25, 26, 27, 30, 31, 33, 34, 35, 36, 37, 38, 40, 42, 44, 45,
    46, 48, 49, 51, 52, 54, 56, 58, 60, 62, 64, 66, 67, 68, 70, 72, 74, 75, 77, 79, 80, 82, 83, 84, 86, 87, 89, 91, 92,
    93, 94, 95, 96,
];

/// First prefix that stands for a country: births abroad.
const COUNTRIES_FROM: u16 = 100;

impl Warning {
    /// A stable name for logs and JSON.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::IssueDateMissing => "issue_date_missing",
            Self::SeparatorInResidence => "extra_separator_in_address",
            Self::ProvinceUnknown => "province_code_unknown",
            Self::SexDigitMismatch => "sex_digit_mismatch",
            Self::BirthYearDigitsMismatch => "birth_year_digits_mismatch",
            Self::UnreadFields => "unread_fields",
            Self::NameMissing => "name_missing",
            Self::DocumentNumberMismatch => "document_number_mismatch",
        }
    }

    pub(crate) fn of(document: &Document) -> Vec<Self> {
        match document {
            Document::Card(card) => of_card(card),
            Document::Insurance(insurance) => found([(insurance.name.is_none(), Self::NameMissing)]),
            Document::Mrz(mrz) => {
                let mut odd = of_number(&mrz.number, mrz.sex, Some(mrz.birth.year()));
                odd.extend(found([(!mrz.document_number_fits(), Self::DocumentNumberMismatch)]));
                odd
            }
            Document::Chip(chip) => of_number(&chip.number, chip.sex, Some(chip.birth.year())),
            // Nothing to compare a bare number with but the list of prefixes, where a slip of the finger shows.
            Document::Typed(crate::TypedNumber::Personal(number)) => of_number(number, None, None),
            Document::Typed(crate::TypedNumber::Insurance(_)) => Vec::new(),
        }
    }
}

fn of_card(card: &Card) -> Vec<Warning> {
    let mut odd = found([
        (card.issued.is_none(), Warning::IssueDateMissing),
        (card.residence.as_str().contains('|'), Warning::SeparatorInResidence),
    ]);
    odd.extend(of_number(&card.number, Some(card.sex), Some(card.birth.year)));
    odd.extend(found([(card.unread_fields > 0, Warning::UnreadFields)]));
    odd
}

/// What the number's first six digits say against what is said beside it.
fn of_number(number: &PersonalNumber, sex: Option<Sex>, birth_year: Option<u16>) -> Vec<Warning> {
    let prefix = 100 * number.digit(0) + 10 * number.digit(1) + number.digit(2);
    found([
        (prefix < COUNTRIES_FROM && PROVINCES.binary_search(&prefix).is_err(), Warning::ProvinceUnknown),
        (sex.is_some_and(|sex| sex != number.structural_sex()), Warning::SexDigitMismatch),
        (birth_year.is_some_and(|year| year != number.structural_year()), Warning::BirthYearDigitsMismatch),
    ])
}

fn found<const N: usize>(odd: [(bool, Warning); N]) -> Vec<Warning> {
    odd.into_iter().filter_map(|(is_odd, warning)| is_odd.then_some(warning)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_is_a_province_a_country_or_odd() {
        let odd = |prefix: &str| {
            let number = PersonalNumber::parse(&format!("{prefix}090999901")).unwrap();
            of_number(&number, None, None) == [Warning::ProvinceUnknown]
        };
        assert!(["000", "003", "097", "099"].into_iter().all(odd));
        assert!(!["001", "079", "096", "100", "250"].into_iter().any(odd));
    }
}
