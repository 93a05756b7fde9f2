//! Opening a chip: PACE where the card offers it, Basic Access Control as the last resort (Doc 9303-11, 4.2).

pub(crate) mod bac;
pub(crate) mod pace;

use std::fmt;

use kiosk_hal::fault::Fault;
use rand_core::CryptoRng;

use crate::access::pace::{PacePassword, PaceWay};
use crate::apdu::Command;
use crate::can::Can;
use crate::channel::{Channel, ExchangeError, Lengths};
use crate::crypto::agreement::{AgreementError, Domain};
use crate::crypto::cipher::{CipherSuite, NotWholeBlocks};
use crate::file::{DataGroup, ElementaryFile};
use crate::mrz::MrzKey;
use crate::progress::{Progress, ReadingStep};
use crate::read_file::ReadFileError;
use crate::security_info::{PaceInfo, PaceMapping, SecurityInfos};
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
    /// PACE (Doc 9303-11, 4.4).
    Pace {
        /// How the generator was made.
        mapping: PaceMapping,
        /// Where keys were agreed on.
        domain: Domain,
        /// The cipher that protects the conversation.
        suite: CipherSuite,
        /// What the chip was opened with.
        password: Password,
        /// Where the parameters came from.
        parameters: PaceParameters,
    },
    /// Basic Access Control with fields of the machine readable zone; 3DES.
    Bac,
}

impl Access {
    /// The cipher that protects the conversation.
    #[must_use]
    pub const fn suite(self) -> CipherSuite {
        match self {
            Self::Pace { suite, .. } => suite,
            Self::Bac => CipherSuite::TripleDes,
        }
    }
}

impl fmt::Display for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pace { mapping, domain, suite, password, parameters: _ } => {
                write!(f, "PACE {mapping} {domain} {suite} {password}")
            }
            Self::Bac => f.write_str("BAC"),
        }
    }
}

/// Where the parameters of PACE came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PaceParameters {
    /// EF.CardAccess in the master file.
    MasterFile,
    /// EF.CardAccess, found once the application was selected.
    Application,
    /// The card shows no EF.CardAccess; those of the CCCD were assumed.
    Assumed,
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
    /// The caller asked to stop.
    #[error("opening the chip was stopped")]
    Stopped,
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
    /// A public key of the card is none, or no key could be drawn.
    #[error("no key was agreed on")]
    Agreement(#[from] AgreementError),
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
    /// MSE:Set AT of PACE.
    PaceParameters,
    /// The encrypted nonce of PACE.
    Nonce,
    /// The mapping of PACE.
    Mapping,
    /// The key agreement of PACE.
    KeyAgreement,
    /// The authentication tokens of PACE.
    Token,
    /// GET CHALLENGE.
    Challenge,
    /// EXTERNAL AUTHENTICATE of Basic Access Control.
    MutualAuthentication,
}

impl fmt::Display for AccessStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::SelectApplication => "selecting the application",
            Self::PaceParameters => "choosing PACE",
            Self::Nonce => "the nonce",
            Self::Mapping => "the mapping",
            Self::KeyAgreement => "the key agreement",
            Self::Token => "the authentication token",
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
            Self::NoApplication | Self::NoKey | Self::Stopped | Self::WrongPassword(_) => None,
            Self::Refused { .. } | Self::Answer(_) | Self::Agreement(_) | Self::Cipher(_) => Some(Fault::Protocol),
            Self::Exchange(cause) => cause.fault(),
        }
    }

    /// The card was pulled out.
    #[must_use]
    pub const fn card_removed(&self) -> bool {
        matches!(self, Self::Exchange(ExchangeError::CardRemoved))
    }
}

/// SELECT of the master file. Many cards refuse it and go on all the same: the CCCD answers `6D00`.
const SELECT_MASTER_FILE: [u8; 4] = [0x00, 0xA4, 0x00, 0x0C];
const MASTER_FILE: [u8; 2] = [0x3F, 0x00];

/// What the CCCD's EF.CardAccess says (four public readers have it built in): PACE-ECDH-GM-AES-CBC-CMAC-128 with
/// parameter 13, brainpoolP256r1. Assumed of a card that does not show the file.
const CCCD_PACE: [u8; 10] = [0x04, 0x00, 0x7F, 0x00, 0x07, 0x02, 0x02, 0x04, 0x02, 0x02];
const CCCD_PARAMETER: u8 = 13;

/// What a card offers, and where it said so.
struct Offer {
    infos: Vec<PaceInfo>,
    parameters: PaceParameters,
}

impl Channel {
    /// Opens the chip. On a card of which it is not known, tries one extended command: the start of DG1, which is read
    /// next anyway. A card that breaks off at that is opened once more and asked in the short form from then on.
    pub(crate) async fn open(&mut self, keys: &AccessKeys, rng: &mut dyn CryptoRng) -> Result<Access, AccessError> {
        let access = self.open_once(keys, rng).await?;
        if self.lengths != Lengths::Unknown {
            return Ok(access);
        }
        match self.read_ahead(ElementaryFile::Group(DataGroup::DG1)).await {
            Err(ExchangeError::SecureMessaging(_)) => {
                self.lengths = Lengths::Short;
                self.open_once(keys, rng).await
            }
            Err(other) => Err(other.into()),
            Ok(()) => Ok(access),
        }
    }

    /// Opens the chip with the first way that the card offers and a key is there for.
    async fn open_once(&mut self, keys: &AccessKeys, rng: &mut dyn CryptoRng) -> Result<Access, AccessError> {
        self.wire.note(Progress::Begun(ReadingStep::Access));
        self.protection = None;
        self.closed = false;
        self.ahead = None;
        let offer = self.find_offer().await?;
        let mut refused = AccessError::NoKey;
        if let Some(way) = pace::choose(&offer.infos) {
            for password in passwords(keys) {
                match self.open_by_pace(&way, &password, rng).await {
                    Ok(()) => return self.finish_pace(&way, &password, offer.parameters).await,
                    Err(cause @ (AccessError::Exchange(_) | AccessError::Cipher(_))) => return Err(cause),
                    Err(cause) => refused = cause,
                }
            }
        }
        self.open_old(keys, offer.parameters, refused, rng).await
    }

    /// The application belongs to the protected conversation: selected again, whatever was selected before.
    async fn finish_pace(
        &mut self,
        way: &PaceWay<'_>,
        password: &PacePassword<'_>,
        parameters: PaceParameters,
    ) -> Result<Access, AccessError> {
        self.select_application().await?;
        let (mapping, suite) = (way.info.mapping, way.info.suite);
        Ok(Access::Pace { mapping, domain: way.domain, suite, password: password.kind(), parameters })
    }

    /// Basic Access Control, when PACE did not open the chip and there is a zone to try.
    async fn open_old(
        &mut self,
        keys: &AccessKeys,
        parameters: PaceParameters,
        refused: AccessError,
        rng: &mut dyn CryptoRng,
    ) -> Result<Access, AccessError> {
        let Some(mrz) = &keys.mrz else {
            return Err(refused);
        };
        // The same zone is wrong by this way as well; cards answer more slowly after each wrong guess.
        if matches!(refused, AccessError::WrongPassword(Password::Mrz)) {
            return Err(refused);
        }
        if parameters == PaceParameters::MasterFile {
            self.select_application().await?;
        }
        self.open_by_bac(mrz, rng).await.map(|()| Access::Bac)
    }

    /// Looks for EF.CardAccess in the master file, then in the application, and assumes the CCCD's otherwise.
    async fn find_offer(&mut self) -> Result<Offer, AccessError> {
        self.offered = None;
        self.exchange(&Command::new(SELECT_MASTER_FILE).data(&MASTER_FILE)).await?;
        if let Some(infos) = self.read_card_access().await? {
            return Ok(Offer { infos, parameters: PaceParameters::MasterFile });
        }
        self.select_application().await?;
        if let Some(infos) = self.read_card_access().await? {
            return Ok(Offer { infos, parameters: PaceParameters::Application });
        }
        let assumed = PaceInfo {
            oid: CCCD_PACE.to_vec(),
            mapping: PaceMapping::Generic,
            suite: CipherSuite::Aes128,
            domain: Domain::standardised(CCCD_PARAMETER),
            parameter: Some(CCCD_PARAMETER),
        };
        Ok(Offer { infos: vec![assumed], parameters: PaceParameters::Assumed })
    }

    /// `None` when the card does not give the file, or something that is none.
    async fn read_card_access(&mut self) -> Result<Option<Vec<PaceInfo>>, AccessError> {
        match self.read_file(ElementaryFile::CardAccess).await {
            Ok(bytes) => {
                self.offered = SecurityInfos::parse(&bytes).ok().map(|infos| infos.pace);
                Ok(self.offered.clone())
            }
            Err(ReadFileError::Exchange { cause, .. }) => Err(cause.into()),
            Err(ReadFileError::Stopped) => Err(AccessError::Stopped),
            Err(_) => Ok(None),
        }
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

/// What it means that a card refuses the last step of opening it, where it can see whether the password was right.
/// `6300` says that it was wrong (Doc 9303-11, 4.4.4.2); others count tries (`63Cx`) or name security (`69xx`) or the data
/// (`6A80`). Anything else is a card that broke down.
fn refusal(step: AccessStep, password: Password, got: StatusWord) -> AccessError {
    if matches!(got.code() >> 8, 0x63 | 0x69) || got == StatusWord::WRONG_DATA {
        AccessError::WrongPassword(password)
    } else {
        AccessError::Refused { step, got }
    }
}

/// The passwords of PACE, in the order they are tried.
fn passwords(keys: &AccessKeys) -> impl Iterator<Item = PacePassword<'_>> {
    keys.can.iter().map(PacePassword::Can).chain(keys.mrz.iter().map(PacePassword::Mrz))
}
