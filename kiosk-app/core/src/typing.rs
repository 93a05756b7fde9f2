//! A number from a patient's fingers.

use std::fmt;

use vn_identity::{Claim, Refusal, Warning};
use zeroize::Zeroize;

/// Most digits of a number: the personal number of a CCCD. A health insurance number has ten.
pub const DIGITS_MAX: usize = 12;

/// One digit. `Debug` hides it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Digit(u8);

impl Digit {
    /// The digit with this value, `None` above 9.
    #[must_use]
    pub const fn new(value: u8) -> Option<Self> {
        if value <= 9 { Some(Self(value)) } else { None }
    }

    const fn as_char(self) -> char {
        (b'0' + self.0) as char
    }
}

impl fmt::Debug for Digit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Digit(…)")
    }
}

/// A key of the keypad.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    /// A digit.
    Digit(Digit),
    /// Takes the last digit back.
    Erase,
    /// Takes all digits back.
    Clear,
    /// The number is whole.
    Enter,
}

/// The digits typed so far, at most [`DIGITS_MAX`]. Wiped on drop; `Debug` tells only how many.
#[derive(Clone, PartialEq, Eq)]
pub struct TypedDigits(String);

/// Why a typed number is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TypingProblem {
    /// Neither 12 digits (CCCD) nor 10 (health insurance).
    Length,
    /// No province begins so: perhaps a slip of the finger. Taken all the same when entered again.
    Unlikely,
    /// It is no such number.
    NoNumber,
}

impl Default for TypedDigits {
    fn default() -> Self {
        Self::new()
    }
}

impl TypedDigits {
    /// No digit. The room for all of them is taken at once: a string that grows leaves copies behind that nobody wipes.
    #[must_use]
    pub fn new() -> Self {
        Self(String::with_capacity(DIGITS_MAX))
    }

    /// The digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Adds a digit; one too many changes nothing.
    pub fn push(&mut self, digit: Digit) {
        if self.0.len() < DIGITS_MAX {
            self.0.push(digit.as_char());
        }
    }

    /// Takes the last digit back.
    pub fn erase(&mut self) {
        self.0.pop();
    }

    /// Takes all digits back and wipes them.
    pub fn clear(&mut self) {
        self.0.zeroize();
    }

    /// The claim that these digits make, and whether something is odd about it.
    ///
    /// # Errors
    /// [`TypingProblem::Length`], [`TypingProblem::NoNumber`].
    pub(crate) fn claim(&self) -> Result<(Claim, Option<TypingProblem>), TypingProblem> {
        match vn_identity::typed(&self.0) {
            Ok(claim) => {
                let unlikely = claim.warnings().contains(&Warning::ProvinceUnknown);
                Ok((claim, unlikely.then_some(TypingProblem::Unlikely)))
            }
            Err(Refusal::NumberLength { .. }) => Err(TypingProblem::Length),
            Err(_) => Err(TypingProblem::NoNumber),
        }
    }
}

impl Drop for TypedDigits {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl fmt::Debug for TypedDigits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TypedDigits({} digits)", self.0.len())
    }
}
