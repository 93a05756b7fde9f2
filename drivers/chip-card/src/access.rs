//! Opening a chip: PACE where the card offers it, Basic Access Control as the last resort (Doc 9303-11, 4.2).

pub(crate) mod bac;

use std::fmt;

use kiosk_hal::fault::Fault;
use rand_core::CryptoRng;

use crate::apdu::Command;
use crate::can::Can;
use crate::channel::{Channel, ExchangeError};
use crate::crypto::cipher::{CipherSuite, NotWholeBlocks};
use crate::mrz::MrzKey;
use crate::progress::{Progress, ReadingStep};
use crate::status::StatusWord;

/// The ICAO application on passports and identity cards (Doc 9303-10, 3.1).
pub const EMRTD_AID: [u8; 7] = [0xA0, 0x00, 0x00, 0x02, 0x47, 0x10, 0x01];

/// SELECT by application identifier, no response data wanted (P2 = 0C) and therefore no Le: some cards refuse one.
const SELECT_APPLICATION: [u8; 4] = [0x00, 0xA4, 0x04, 0x0C];

/// What is known that a chip may be opened with. The first that the card takes is used.
#[derive(Debug, Clone, Default)]
pub struct AccessKeys {
    /// The card access number; on the CCCD the last 6 digits of the personal number.
    pub can: Option<Can>,
    /// Document number, birth and expiry.
    pub mrz: Option<MrzKey>,
}

/// Which secret opened the chip.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Password {
    /// The card access number.
    Can,
    /// Fields of the machine readable zone.
    Mrz,
}

impl fmt::Display for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Can => "CAN",
            Self::Mrz => "MRZ",
        })
    }
}

/// How the chip was opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Access {
    /// Basic Access Control with fields of the machine readable zone; 3DES.
    Bac,
}

impl Access {
    /// The cipher that protects the conversation.
    #[must_use]
    pub const fn suite(self) -> CipherSuite {
        match self {
            Self::Bac => CipherSuite::TripleDes,
        }
    }
}

impl fmt::Display for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bac => f.write_str("BAC"),
        }
    }
}

/// Why a chip is not open.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AccessError {
    /// The card is another one: a bank card, a transport card.
    #[error("the card has no ICAO application")]
    NoApplication,
    /// Nothing given that the card could be opened with.
    #[error("none of the given keys fits a way in that the card offers")]
    NoKey,
    /// The card does not open with this password: it belongs to another card, or was typed wrongly.
    #[error("the card does not open with this {0}")]
    WrongPassword(Password),
    /// The card said something else.
    #[error("expected {step} to succeed, got {got}")]
    Refused {
        /// What was tried.
        step: AccessStep,
        /// What it said.
        got: StatusWord,
    },
    /// The card's answer has a form or a value that the protocol does not have.
    #[error("the answer to {0} is not what the protocol has")]
    Answer(AccessStep),
    /// The cipher could not be used.
    #[error("a message could not be encrypted")]
    Cipher(#[from] NotWholeBlocks),
    /// No usable answer.
    #[error("the chip was not opened")]
    Exchange(#[from] ExchangeError),
}

/// The parts of opening a chip.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AccessStep {
    /// SELECT of the application.
    SelectApplication,
    /// GET CHALLENGE.
    Challenge,
    /// EXTERNAL AUTHENTICATE of Basic Access Control.
    MutualAuthentication,
}

impl fmt::Display for AccessStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::SelectApplication => "selecting the application",
            Self::Challenge => "the challenge",
            Self::MutualAuthentication => "mutual authentication",
        })
    }
}

impl AccessError {
    /// The fault of the device; `None` when only the card or its password is to blame, or the person who pulled it out.
    #[must_use]
    pub const fn fault(&self) -> Option<Fault> {
        match self {
            Self::NoApplication | Self::NoKey | Self::WrongPassword(_) => None,
            Self::Refused { .. } | Self::Answer(_) | Self::Cipher(_) => Some(Fault::Protocol),
            Self::Exchange(cause) => cause.fault(),
        }
    }

    /// The card was pulled out.
    #[must_use]
    pub const fn card_removed(&self) -> bool {
        matches!(self, Self::Exchange(ExchangeError::CardRemoved))
    }
}

impl Channel {
    /// Opens the chip with the first way that the card offers and a key is there for.
    pub(crate) async fn open(&mut self, keys: &AccessKeys, rng: &mut dyn CryptoRng) -> Result<Access, AccessError> {
        self.wire.note(Progress::Begun(ReadingStep::Access));
        self.protection = None;
        self.select_application().await?;
        let Some(mrz) = &keys.mrz else {
            return Err(AccessError::NoKey);
        };
        self.open_by_bac(mrz, rng).await?;
        Ok(Access::Bac)
    }

    /// Selects the ICAO application, protected if the chip is open.
    async fn select_application(&mut self) -> Result<(), AccessError> {
        let response = self.exchange(&Command::new(SELECT_APPLICATION).data(&EMRTD_AID)).await?;
        match response.status {
            status if status.is_success() => Ok(()),
            StatusWord::NOT_FOUND => Err(AccessError::NoApplication),
            got => Err(AccessError::Refused { step: AccessStep::SelectApplication, got }),
        }
    }
}
