use kiosk_hal::fault::Fault;
use pcsc::Error;

use super::readers::ReaderName;

/// Why a reader or its card could not be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PcscError {
    /// Nobody answers for readers: `pcscd` does not run.
    #[error("the reader service (pcscd) does not run")]
    ServiceDown,
    /// The service runs and does not let this user in.
    #[error("the reader service (pcscd) refuses this user")]
    Refused,
    /// There is no reader of this name, or it was unplugged.
    #[error("there is no reader {0}")]
    NoReader(ReaderName),
    /// The slot is empty.
    #[error("there is no card in the reader")]
    NoCard,
    /// There is something in the slot that does not talk: no chip, upside down, dirty contacts.
    #[error("the card in the reader does not answer")]
    MuteCard,
    /// Another program holds the card.
    #[error("another program holds the card")]
    InUse,
    /// The service did not answer before the deadline.
    #[error("the reader service did not answer before the deadline")]
    TimedOut,
    /// A thread for it could not be started.
    #[error("no thread for the reader service")]
    NoThread(#[source] std::io::Error),
    /// Anything else.
    #[error("the reader service failed")]
    Failed(#[source] Error),
}

impl PcscError {
    /// The common fault this amounts to; `None` when only the card is to blame.
    #[must_use]
    pub const fn fault(&self) -> Option<Fault> {
        match self {
            Self::ServiceDown | Self::Refused | Self::NoReader(_) => Some(Fault::NoDevice),
            Self::NoCard | Self::MuteCard => None,
            Self::InUse => Some(Fault::Busy),
            Self::TimedOut => Some(Fault::Offline),
            Self::NoThread(_) | Self::Failed(_) => Some(Fault::HardwareError),
        }
    }

    /// What a technician can do about it.
    #[must_use]
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::ServiceDown => "install and start it: apt-get install pcscd; systemctl start pcscd.socket",
            Self::Refused => "allow org.debian.pcsc-lite.access_pcsc and access_card to this user in a polkit rule",
            Self::NoReader(_) => "check its cable; `kioskctl card readers` lists what is attached",
            Self::NoCard => "put a card into the reader",
            Self::MuteCard => "turn the card over or clean its contacts; is there a chip on it?",
            Self::InUse => "stop the program that uses the reader, such as kiosk-app",
            Self::TimedOut => "unplug the reader and plug it in again; then restart pcscd",
            Self::NoThread(_) | Self::Failed(_) => "look into the log of pcscd",
        }
    }

    /// What an error of the service means when it is asked about `reader`.
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the binding's list of codes, most of which PC/SC lite never gives"
    )]
    pub(super) fn of(error: Error, reader: &ReaderName) -> Self {
        match error {
            Error::NoService | Error::ServiceStopped | Error::Shutdown | Error::InvalidHandle | Error::CommError => {
                Self::ServiceDown
            }
            Error::SecurityViolation => Self::Refused,
            Error::UnknownReader | Error::ReaderUnavailable | Error::NoReadersAvailable => {
                Self::NoReader(reader.clone())
            }
            Error::NoSmartcard | Error::RemovedCard => Self::NoCard,
            Error::UnresponsiveCard | Error::UnpoweredCard | Error::UnsupportedCard | Error::ProtoMismatch => {
                Self::MuteCard
            }
            Error::SharingViolation => Self::InUse,
            Error::Timeout => Self::TimedOut,
            other => Self::Failed(other),
        }
    }
}
