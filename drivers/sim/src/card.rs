//! A virtual CCCD: commands in, responses out, as a model without I/O.
//!
//! [`VirtualCard`] does what ICAO Doc 9303-10 and -11 ask of a chip, with the quirks seen on the Vietnamese card and a
//! lever for each fault. It is made by a [`plan::CardPlan`] and signed by a [`plan::Issuer`], whose keys are made at run
//! time. [`link::CardLink`] is a reader in memory with virtual time, [`vpcd`] puts a card into a real PC/SC service, and
//! [`service::PrivateService`] is such a service for one test.
//!
//! Curves and RSA are computed with code of its own, hashes and ciphers with RustCrypto's. All keys and people are
//! invented: nothing here is constant in time or keeps a secret.

mod apdu;
pub mod atr;
mod chip;
pub mod cipher;
pub mod curve;
mod curve_numbers;
mod entropy;
mod files;
pub mod issuer;
pub mod levers;
pub mod line;
pub mod link;
mod pace;
pub mod person;
mod photo;
pub mod plan;
pub mod rsa;
mod secure_messaging;
pub mod service;
mod tlv;
pub mod vpcd;
pub mod vscard;

pub use chip::VirtualCard;
pub use entropy::Entropy;
pub use image::ImageError;
pub use pace::Chance;
