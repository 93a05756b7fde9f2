//! Vietnamese identity tokens: bytes in, a typed claim or a named refusal out.
//!
//! A claim is what a card *says*. No card QR is signed, so a claim is never called verified.
//! Reads the QR codes of the CCCD (2021) and of the Căn cước (2024); anything else is refused, never guessed.
//! This crate never does I/O, never panics, and reads no clock.
//!
//! ```
//! use vn_identity::{Layout, Refusal, decode};
//!
//! let claim = decode("001090999901||Nguyễn Văn Mẫu|14051990|Nam|Số 1 Đường Thử Nghiệm|22042021".as_bytes())?;
//! assert_eq!(claim.layout, Layout::Cccd2021);
//! assert_eq!(claim.name.as_str(), "Nguyễn Văn Mẫu");
//! assert_eq!(format!("{claim:?}"), "Claim { layout: Cccd2021, .. }");
//!
//! assert_eq!(decode(b"WIFI:T:WPA;S:MAU;P:thu;;"), Err(Refusal::UnknownToken));
//! # Ok::<(), Refusal>(())
//! ```

#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod claim;
mod date;
mod expiry;
mod fields;
mod refusal;
mod text;
mod token;
mod values;
mod warning;

pub use claim::{Claim, Layout, Sex};
pub use date::Date;
pub use expiry::Expiry;
pub use refusal::Refusal;
pub use text::{PAYLOAD_BYTES_MAX, RESIDENCE_CHARS_MAX};
pub use token::{decode, decode_on};
pub use values::{NAME_CHARS_MAX, OldNumber, PersonName, PersonalNumber, Residence};
pub use warning::Warning;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
