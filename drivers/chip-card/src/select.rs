use kiosk_hal::fault::Fault;
use kiosk_hal::link::{ApduLink, LinkError};
use kiosk_hal::uptime::Uptime;

use crate::status::StatusWord;

/// The ICAO application on passports and identity cards (Doc 9303-10, 3.1).
pub const EMRTD_AID: [u8; 7] = [0xA0, 0x00, 0x00, 0x02, 0x47, 0x10, 0x01];

/// SELECT by application identifier, no response data wanted (P2 = 0C) and therefore no Le: some cards refuse one.
const SELECT_HEADER: [u8; 4] = [0x00, 0xA4, 0x04, 0x0C];

/// The ICAO application is selected on the card.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Selected {
    /// What the card said; a success.
    pub status: StatusWord,
}

/// Why the application is not selected.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SelectError {
    /// The card is another one: a bank card, a transport card.
    #[error("the card has no ICAO application")]
    NoApplication,
    /// The card was pulled out, or left the field. An everyday event.
    #[error("the card was removed")]
    CardRemoved,
    /// The card said something else.
    #[error("expected status 9000, got {got}")]
    Refused {
        /// What it said.
        got: StatusWord,
    },
    /// The answer is no response APDU.
    #[error("expected 2 bytes of status or more, got {got}")]
    TooShort {
        /// Bytes of the answer.
        got: usize,
    },
    /// The reader failed, or the card did not answer in time.
    #[error("the exchange with the card failed")]
    Link(#[source] LinkError),
}

impl SelectError {
    /// The fault of the device; `None` when only the card is to blame, or the person who pulled it out.
    #[must_use]
    pub const fn fault(&self) -> Option<Fault> {
        match self {
            Self::NoApplication | Self::CardRemoved => None,
            Self::Refused { .. } | Self::TooShort { .. } => Some(Fault::Protocol),
            Self::Link(cause) => Some(cause.fault()),
        }
    }
}

/// Selects the ICAO application. The chip stays closed: reading it needs PACE with the [`Can`](crate::Can).
///
/// # Errors
/// [`SelectError::NoApplication`] and [`SelectError::CardRemoved`] are for the patient, the others for staff.
pub fn select_emrtd(link: &mut impl ApduLink, until: Uptime) -> Result<Selected, SelectError> {
    let response = link.transmit(&command(), until).map_err(|cause| {
        // A reader that left with its card shows when the next card is connected.
        if matches!(cause, LinkError::Gone) { SelectError::CardRemoved } else { SelectError::Link(cause) }
    })?;
    match StatusWord::split(&response) {
        None => Err(SelectError::TooShort { got: response.len() }),
        Some((_, status)) if status.is_success() => Ok(Selected { status }),
        Some((_, StatusWord::NOT_FOUND)) => Err(SelectError::NoApplication),
        Some((_, got)) => Err(SelectError::Refused { got }),
    }
}

/// Header, length, identifier.
fn command() -> Vec<u8> {
    let length = u8::try_from(EMRTD_AID.len()).unwrap_or(u8::MAX);
    [&SELECT_HEADER[..], &[length], &EMRTD_AID].concat()
}
