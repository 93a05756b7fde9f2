use std::fmt;

use vn_identity::PersonalNumber;
use zeroize::Zeroizing;

/// Digits of a card access number (ICAO Doc 9303-4).
const CAN_DIGITS: usize = 6;

/// The card access number: the password that opens the chip by PACE. Wiped on drop; `Debug` hides it.
///
/// The Vietnamese card has none printed on it; its CAN is the last 6 digits of the personal number (four public
/// readers agree). It is no secret: everybody who has seen the number can open the chip.
///
/// ```
/// use chip_card::Can;
/// use vn_identity::PersonalNumber;
///
/// let can = Can::of(&PersonalNumber::parse("001090999901")?);
/// assert_eq!(can.as_str(), "999901");
/// # Ok::<(), vn_identity::Refusal>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Can(Zeroizing<String>);

impl Can {
    /// The access number of the card with this personal number.
    #[must_use]
    pub fn of(number: &PersonalNumber) -> Self {
        let digits = number.as_str();
        let start = digits.len().saturating_sub(CAN_DIGITS);
        Self(Zeroizing::new(digits.get(start..).unwrap_or_default().to_owned()))
    }

    /// The access number that these 6 digits are, such as one typed by hand; `None` for anything else.
    #[must_use]
    pub fn from_digits(digits: &str) -> Option<Self> {
        let fits = digits.len() == CAN_DIGITS && digits.bytes().all(|byte| byte.is_ascii_digit());
        fits.then(|| Self(Zeroizing::new(digits.to_owned())))
    }

    /// The 6 digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Can {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Can(…)")
    }
}
