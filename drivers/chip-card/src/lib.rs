//! The chip of the Vietnamese identity card over any APDU link: an ICAO 9303 reader.
//!
//! It opens the chip, reads its files in few commands, and tells apart four things: what was read, whether it is what
//! was signed, who signed it, and whether the chip is genuine. The protocols are [machines](Machine) without I/O;
//! [`CardSession`] runs them over a link. This crate never opens a reader, never logs an APDU, and keeps no card.

#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod access;
mod apdu;
mod can;
mod certificate;
mod channel;
mod chip_proof;
mod crypto;
mod data_error;
mod der;
mod dg2;
mod document;
mod file;
#[doc(hidden)]
pub mod fuzzing;
mod machine;
mod mrz;
mod oid;
mod pace_offer;
mod picture;
mod progress;
mod read_document;
mod read_file;
mod secure_messaging;
mod security_info;
mod session;
mod sod;
mod status;
#[cfg(test)]
mod test_card;
#[cfg(test)]
mod test_document;
#[cfg(test)]
mod test_hostile;
#[cfg(test)]
mod test_openssl;
#[cfg(test)]
mod test_reading;
#[cfg(test)]
mod test_trust;
mod tlv;
mod trust;
#[cfg(test)]
mod vectors;

pub use access::{Access, AccessError, AccessKeys, AccessStep, EMRTD_AID, PaceParameters, Password};
pub use can::Can;
pub use certificate::Validity;
pub use channel::{ExchangeError, Lengths};
pub use chip_proof::{ChipChecks, ChipProof, ChipProofs, ChipVerdict, ProofFailure, ProofUnsupported};
pub use crypto::agreement::{AgreementCurve, AgreementError, Domain};
pub use crypto::cipher::{CipherSuite, NotWholeBlocks};
pub use crypto::curve::NamedCurve;
pub use crypto::dh::ModpGroup;
pub use crypto::hash::HashAlgorithm;
pub use crypto::public_key::KeyError;
pub use data_error::DataError;
pub use dg2::{Portrait, PortraitFormat};
pub use document::{DataRead, Document, DocumentVerdict, GroupIntegrity, Integrity, IntegrityVerdict, Part};
pub use file::{DataGroup, ElementaryFile};
pub use machine::{Answer, Machine, Step};
pub use mrz::{MrzKey, MrzKeyFields};
pub use pace_offer::PaceOffer;
pub use picture::{Picture, PictureError, SIDE_PIXELS_MAX};
pub use progress::{Progress, ReadingStep, Wish};
pub use read_document::ProveChipError;
pub use read_file::{FILE_BYTES_MAX, ReadFileError};
pub use secure_messaging::SecureMessagingError;
pub use security_info::PaceMapping;
pub use session::{ANSWER_WAIT, CardSession, StepRecord, Traffic, Watch};
pub use sod::SodError;
pub use status::StatusWord;
pub use tlv::TlvError;
pub use trust::{AnchorError, Issuer, IssuerRejection, NotChecked, Trust};
