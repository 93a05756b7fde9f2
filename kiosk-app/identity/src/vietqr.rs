//! VietQR payment codes (NAPAS, "VietQR format" v1.0, September 2021, a profile of EMVCo's merchant-presented QR).
//!
//! Made for the screen and the ticket of a kiosk, and read to check what was made. A code asks for money and proves
//! nothing: that a fee is paid only the bank or the hospital can say.

mod amount;
mod fields;
mod refusal;
mod tlv;

use std::fmt;

pub(crate) use fields::HEAD;

pub use amount::Amount;
pub use refusal::VietQrRefusal;

/// Longest account or card number, in characters.
pub const ACCOUNT_CHARS_MAX: usize = 19;
/// Longest merchant name, in characters.
pub const MERCHANT_NAME_CHARS_MAX: usize = 25;
/// Longest city, in characters.
pub const CITY_CHARS_MAX: usize = 15;
/// Longest text of the additional data, in characters.
pub const ADDITIONAL_CHARS_MAX: usize = 25;

/// The scheme's application identifier. `A000000775` is VNPAY-QR, another scheme.
pub const SCHEME: &str = "A000000727";
/// Vietnamese đồng, ISO 4217.
pub const CURRENCY: &str = "704";
/// Viet Nam, ISO 3166.
pub const COUNTRY: &str = "VN";

/// A payment code. `Debug` prints neither the account nor the texts.
///
/// ```
/// use vn_identity::vietqr::{Additional, Amount, Beneficiary, Mode, Service, VietQr};
///
/// let fee = VietQr {
///     mode: Some(Mode::Dynamic),
///     beneficiary: Beneficiary { bin: "999999".into(), account: "9999000000001".into(), service: Service::Account },
///     merchant_category: Some("8062".into()),
///     amount: Amount::dong(150_000),
///     merchant_name: Some("BENH VIEN MAU".into()),
///     city: Some("HA NOI".into()),
///     additional: Additional { purpose: Some("VIEN PHI 42".into()), ..Additional::default() },
/// };
/// let payload = fee.encode()?;
/// assert!(payload.ends_with("6304E573"));
/// assert_eq!(VietQr::parse(&payload)?, fee);
/// # Ok::<(), vn_identity::vietqr::VietQrRefusal>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct VietQr {
    /// Once or for every payer (ID 01); optional.
    pub mode: Option<Mode>,
    /// Who gets the money (ID 38).
    pub beneficiary: Beneficiary,
    /// Merchant category, four digits; 8062 = hospitals (ID 52).
    pub merchant_category: Option<String>,
    /// How much (ID 54). A dynamic code must have it.
    pub amount: Option<Amount>,
    /// Merchant's name, ASCII (ID 59).
    pub merchant_name: Option<String>,
    /// Merchant's city, ASCII (ID 60).
    pub city: Option<String>,
    /// Texts for payer and beneficiary (ID 62).
    pub additional: Additional,
}

/// How often a code is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Mode {
    /// `11`: the same code for every payer.
    Static,
    /// `12`: made for one payment. It does not expire by itself.
    Dynamic,
}

/// What the beneficiary's number is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Service {
    /// `QRIBFTTA`: an account.
    Account,
    /// `QRIBFTTC`: a card.
    Card,
}

/// Who gets the money.
#[derive(Clone, PartialEq, Eq)]
pub struct Beneficiary {
    /// The bank's identification number, six digits.
    pub bin: String,
    /// Account or card number: ASCII without spaces, at most [`ACCOUNT_CHARS_MAX`].
    pub account: String,
    /// Which of the two it is.
    pub service: Service,
}

/// Texts of at most [`ADDITIONAL_CHARS_MAX`] ASCII characters, 99 in all with their heads. `***` asks the payer.
///
/// Payer apps show `purpose` as the text of the transfer and commonly ignore the others unless the beneficiary is a
/// contracted merchant: a payment is matched by what is in `purpose`.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Additional {
    /// 01.
    pub bill_number: Option<String>,
    /// 02.
    pub mobile: Option<String>,
    /// 03.
    pub store: Option<String>,
    /// 04.
    pub loyalty: Option<String>,
    /// 05.
    pub reference: Option<String>,
    /// 06.
    pub customer: Option<String>,
    /// 07.
    pub terminal: Option<String>,
    /// 08.
    pub purpose: Option<String>,
}

impl Service {
    /// Its name in the code.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Account => "QRIBFTTA",
            Self::Card => "QRIBFTTC",
        }
    }
}

impl Mode {
    /// Its two digits in the code.
    const fn digits(self) -> &'static str {
        match self {
            Self::Static => "11",
            Self::Dynamic => "12",
        }
    }
}

impl VietQr {
    /// Reads a payload. Fields that the profile does not name are skipped.
    ///
    /// # Errors
    /// What is wrong: the nesting is checked as well as the CRC, for the document's own example 6.1.1 has a right CRC
    /// over a wrong length.
    pub fn parse(payload: &str) -> Result<Self, VietQrRefusal> {
        fields::parse(payload)
    }

    /// The payload, to be shown as a QR code.
    ///
    /// # Errors
    /// The field that does not fit; what comes out is always read back as the same code.
    pub fn encode(&self) -> Result<String, VietQrRefusal> {
        fields::encode(self)
    }
}

impl fmt::Debug for VietQr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VietQr").field("mode", &self.mode).field("amount", &self.amount).finish_non_exhaustive()
    }
}

impl fmt::Debug for Beneficiary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Beneficiary").field("service", &self.service).finish_non_exhaustive()
    }
}

impl fmt::Debug for Additional {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Additional(…)")
    }
}
