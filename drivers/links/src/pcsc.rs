//! Smart-card readers by PC/SC: which there are, whether a card is in them, and an exclusive exchange with one.
//!
//! The service's calls know no deadline: an exchange with a card blocks until the driver gives up. So the service and
//! each card have a thread of their own, and whoever asks waits for that thread as long as their deadline allows.

mod atr;
mod card;
mod error;
mod lengths;
mod readers;
mod worker;

pub use atr::{Atr, ExtendedLength};
pub use card::{CardWasReset, PcscCard};
pub use error::PcscError;
pub use lengths::{LENGTH_MEMORY_MAX, LengthMemory};
pub use readers::{CardSlot, PcscReaders, Reader, ReaderName, ReaderService};
