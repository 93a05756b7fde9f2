//! Vietnamese identity tokens: bytes in, a typed claim or a named refusal out.
//!
//! A claim is what a card *says*. No card QR is signed, so a claim is never called verified.
//! This crate never does I/O, never panics, and reads no clock.

mod cccd;
mod claim;

pub use cccd::decode;
pub use claim::{Claim, Date, Layout, PersonName, PersonalNumber, Refusal, Sex};
