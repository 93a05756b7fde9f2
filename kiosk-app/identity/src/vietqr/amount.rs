use std::fmt;

use super::VietQrRefusal;

/// Longest amount, in characters.
const CHARS_MAX: usize = 13;

/// Decimals read. The đồng has none in use, and the format's examples have none.
const DECIMALS_MAX: usize = 2;

/// An amount of đồng, more than zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Amount {
    hundredths: u64,
}

impl Amount {
    /// Whole đồng; `None` for zero and for more than 13 digits.
    #[must_use]
    pub const fn dong(dong: u64) -> Option<Self> {
        if dong == 0 || dong >= 10_u64.pow(CHARS_MAX as u32) {
            return None;
        }
        Some(Self { hundredths: dong * 100 })
    }

    /// Hundredths of a đồng.
    #[must_use]
    pub const fn hundredths(self) -> u64 {
        self.hundredths
    }

    /// Whole đồng, `None` when there is a fraction.
    #[must_use]
    pub const fn whole_dong(self) -> Option<u64> {
        if self.hundredths.is_multiple_of(100) { Some(self.hundredths / 100) } else { None }
    }

    /// Digits with at most one full stop, `50000.` too.
    pub(super) fn parse(text: &str) -> Result<Self, VietQrRefusal> {
        if text.len() > CHARS_MAX {
            return Err(VietQrRefusal::AmountTooLong { max: CHARS_MAX, got: text.len() });
        }
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || fraction.len() > DECIMALS_MAX || !digits(whole) || !digits(fraction) {
            return Err(VietQrRefusal::AmountFormat);
        }
        let hundredths =
            format!("{whole}{fraction:0<DECIMALS_MAX$}").parse().map_err(|_| VietQrRefusal::AmountFormat)?;
        if hundredths == 0 { Err(VietQrRefusal::AmountZero) } else { Ok(Self { hundredths }) }
    }
}

impl fmt::Display for Amount {
    /// As short as the code can have it: no full stop for whole đồng, no zero at the end of a fraction.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.whole_dong() {
            Some(dong) => write!(f, "{dong}"),
            None if self.hundredths.is_multiple_of(10) => {
                write!(f, "{}.{}", self.hundredths / 100, self.hundredths % 100 / 10)
            }
            None => write!(f, "{}.{:02}", self.hundredths / 100, self.hundredths % 100),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_is_digits_with_at_most_one_full_stop() {
        for (text, hundredths) in
            [("1", 100), ("50000.", 5_000_000), ("10.5", 1_050), ("9999999999999", 999_999_999_999_900)]
        {
            assert_eq!(Amount::parse(text).map(Amount::hundredths), Ok(hundredths), "{text}");
        }
        for wrong in ["", ".", ".5", "50,000", "50 000", "-1", "1.2.3", "1.234", "１"] {
            assert_eq!(Amount::parse(wrong), Err(VietQrRefusal::AmountFormat), "{wrong}");
        }
        for zero in ["0", "0.", "000.00"] {
            assert_eq!(Amount::parse(zero), Err(VietQrRefusal::AmountZero), "{zero}");
        }
        assert!(matches!(Amount::parse("11111111111111"), Err(VietQrRefusal::AmountTooLong { .. })));
        assert_eq!((Amount::dong(0), Amount::dong(10_u64.pow(13))), (None, None));
    }
}
