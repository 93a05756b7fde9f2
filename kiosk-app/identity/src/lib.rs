//! Vietnamese identity tokens: bytes in, a typed claim or a named refusal out.
//!
//! A claim is what a token *says*. No card QR is signed, so a claim is never called verified.
//! Reads the QR codes of CCCD, Căn cước and health insurance (BHYT), the TD1 machine-readable zone and DG13 of the
//! chip; reads and writes VietQR payment codes. Anything else is refused, never guessed.
//! This crate never does I/O, never panics, and reads no clock.
//!
//! ```
//! use vn_identity::{Document, Layout, Refusal, decode};
//!
//! let claim = decode("001090999901||Nguyễn Văn Mẫu|14051990|Nam|Số 1 Đường Thử Nghiệm|22042021".as_bytes())?;
//! assert_eq!(claim.name().map(|name| name.as_str()), Some("Nguyễn Văn Mẫu"));
//! assert!(matches!(&claim.document, Document::Card(card) if card.layout == Layout::Cccd2021));
//! assert_eq!(format!("{claim:?}"), "Claim { provenance: Code, document: Card(Cccd2021) }");
//!
//! assert_eq!(decode(b"WIFI:T:WPA;S:MAU;P:thu;;"), Err(Refusal::OtherCode));
//! assert_eq!(decode(b"https://vneid.gov.vn/qr?token=MAU"), Err(Refusal::UnknownToken));
//! # Ok::<(), Refusal>(())
//! ```

#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod birth;
mod card;
pub mod chip;
mod claim;
mod date;
mod der;
mod expiry;
mod hex;
mod insurance;
pub mod mrz;
mod refusal;
mod text;
mod token;
mod values;
pub mod vietqr;
mod warning;

pub use birth::{Birth, PriorityGroup, PriorityHint, Sureness};
pub use card::{Card, Layout};
pub use claim::{Claim, Document, Provenance, TypedNumber, typed};
pub use date::Date;
pub use expiry::{Expiry, Validity};
pub use insurance::{Area, FacilityCode, Insurance, InsuranceCode, InsuranceCodeKind, InsuranceForm, InsuranceRefusal};
pub use refusal::Refusal;
pub use text::{PAYLOAD_BYTES_MAX, RESIDENCE_CHARS_MAX};
pub use token::{Token, decode, decode_on};
pub use values::{NAME_CHARS_MAX, OldNumber, PersonName, PersonalNumber, Residence, Sex};
pub use warning::Warning;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
