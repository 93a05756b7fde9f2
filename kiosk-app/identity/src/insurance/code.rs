use super::InsuranceRefusal;
use crate::values::{is_digits, personal_text};

/// The code of a health insurance card. Wiped on drop; `Debug` hides it.
#[derive(Clone, PartialEq, Eq)]
pub struct InsuranceCode(String);

personal_text!(InsuranceCode);

/// Which of its forms a code has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum InsuranceCodeKind {
    /// 15 characters: group, benefit digit, province, ten more.
    Fifteen,
    /// The 10 digits of the social insurance number (Decision 1666/QĐ-BHXH, since 2021-04-01).
    Ten,
    /// The 12 digits of the personal number, which replaces the social insurance number since 2025-08-01. No card with
    /// it has been seen.
    Twelve,
}

impl InsuranceCode {
    /// Reads a code, from a card or from a person's fingers.
    ///
    /// # Errors
    /// The part of the code that is wrong.
    ///
    /// ```
    /// use vn_identity::{InsuranceCode, InsuranceCodeKind, InsuranceRefusal};
    ///
    /// let code = InsuranceCode::parse("TE1799999900002")?;
    /// assert_eq!((code.kind(), code.group()), (InsuranceCodeKind::Fifteen, Some("TE")));
    /// assert_eq!(InsuranceCode::parse("TE6799999900002"), Err(InsuranceRefusal::CodeBenefit));
    /// # Ok::<(), InsuranceRefusal>(())
    /// ```
    pub fn parse(text: &str) -> Result<Self, InsuranceRefusal> {
        match text.len() {
            10 | 12 if is_digits(text) => Ok(Self(text.to_owned())),
            10 | 12 => Err(InsuranceRefusal::CodeFormat),
            15 => check_fifteen(text).map(|()| Self(text.to_owned())),
            _ if !text.is_ascii() => Err(InsuranceRefusal::CodeFormat),
            got => Err(InsuranceRefusal::CodeLength { got }),
        }
    }

    /// Its form.
    #[must_use]
    pub fn kind(&self) -> InsuranceCodeKind {
        match self.0.len() {
            10 => InsuranceCodeKind::Ten,
            12 => InsuranceCodeKind::Twelve,
            _ => InsuranceCodeKind::Fifteen,
        }
    }

    /// The letters of the insured group, such as `TE` for children under 6: a hint, and in codes of 15 characters only.
    #[must_use]
    pub fn group(&self) -> Option<&str> {
        match self.kind() {
            InsuranceCodeKind::Fifteen => self.0.get(..2),
            InsuranceCodeKind::Ten | InsuranceCodeKind::Twelve => None,
        }
    }
}

/// `[A-Z]{2}[1-5]\d{2}[0-9A-Z]{10}`; the province is 01 to 99. Old codes have letters among the last ten.
fn check_fifteen(text: &str) -> Result<(), InsuranceRefusal> {
    let &[first, second, benefit, tens, ones, ref rest @ ..] = text.as_bytes() else {
        return Err(InsuranceRefusal::CodeLength { got: text.len() });
    };
    if text.bytes().any(|byte| byte.is_ascii_lowercase()) {
        return Err(InsuranceRefusal::CodeCase);
    }
    if !text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit()) {
        return Err(InsuranceRefusal::CodeFormat);
    }
    if !first.is_ascii_uppercase() || !second.is_ascii_uppercase() {
        return Err(InsuranceRefusal::CodeGroup);
    }
    if !(b'1'..=b'5').contains(&benefit) {
        return Err(InsuranceRefusal::CodeBenefit);
    }
    let digits = tens.is_ascii_digit() && ones.is_ascii_digit();
    if !digits || (tens, ones) == (b'0', b'0') {
        return Err(InsuranceRefusal::CodeProvince);
    }
    if rest.len() == 10 { Ok(()) } else { Err(InsuranceRefusal::CodeLength { got: text.len() }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_part_of_a_code_has_its_own_refusal() {
        for good in ["GD4019999900001", "HN2409999900003", "CA55599AB99Z001", "0199990001", "001090999950"] {
            assert_eq!(InsuranceCode::parse(good).unwrap().as_str(), good);
        }
        for (wrong, refusal) in [
            ("gd4019999900001", InsuranceRefusal::CodeCase),
            ("G14019999900001", InsuranceRefusal::CodeGroup),
            ("GD0019999900001", InsuranceRefusal::CodeBenefit),
            ("GD6019999900001", InsuranceRefusal::CodeBenefit),
            ("GD4009999900001", InsuranceRefusal::CodeProvince),
            ("GD4A19999900001", InsuranceRefusal::CodeProvince),
            ("GD401999990000-", InsuranceRefusal::CodeFormat),
            ("O199990001", InsuranceRefusal::CodeFormat),
            ("199990001", InsuranceRefusal::CodeLength { got: 9 }),
            ("GD40199999000010", InsuranceRefusal::CodeLength { got: 16 }),
            ("", InsuranceRefusal::CodeLength { got: 0 }),
        ] {
            assert_eq!(InsuranceCode::parse(wrong), Err(refusal), "{wrong}");
        }
    }
}
