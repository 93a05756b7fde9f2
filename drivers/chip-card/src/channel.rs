//! One conversation with a card: plain at first, protected once the chip is open.

use kiosk_hal::fault::Fault;
use kiosk_hal::link::LinkError;
use zeroize::Zeroizing;

use crate::apdu::{Command, Response, SHORT_NE_MAX};
use crate::crypto::cipher::NotWholeBlocks;
use crate::file::ElementaryFile;
use crate::machine::Wire;
use crate::secure_messaging::{SecureMessaging, SecureMessagingError};
use crate::security_info::PaceInfo;
use crate::status::StatusWord;

/// GET RESPONSE (ISO 7816-4, 7.6.1), for cards that answer `61xx` instead of the data.
const GET_RESPONSE: [u8; 4] = [0x00, 0xC0, 0x00, 0x00];

/// Most parts one answer is fetched in: 256 bytes each, more than the longest extended answer.
const RESPONSE_PARTS_MAX: usize = 300;

/// Response bytes asked for in one extended command. A document's files fit in one or two; the receive buffers of
/// PC/SC and of all readers with extended length hold it.
const EXTENDED_READ_BYTES: usize = 16_000;

/// Whether commands may have the extended form (ISO 7816-4, 5.1).
///
/// Only trying tells: half of the documents in the field can, and some readers cannot. Keep what
/// [`CardSession::lengths`](crate::CardSession::lengths) has learned for each ATR and start with it the next time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Lengths {
    /// Not known: one extended read is tried.
    #[default]
    Unknown,
    /// Short only: 256 bytes an answer at most.
    Short,
    /// Extended reads have worked.
    Extended,
}

/// Why there is no usable answer to a command.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExchangeError {
    /// The card was pulled out, or left the field. An everyday event.
    #[error("the card was removed")]
    CardRemoved,
    /// The reader failed, or the card did not answer in time.
    #[error("the exchange with the card failed")]
    Link(#[source] LinkError),
    /// The answer is no response APDU.
    #[error("expected 2 bytes of status or more, got {got}")]
    TooShort {
        /// Bytes of the answer.
        got: usize,
    },
    /// The card goes on handing out parts of one answer.
    #[error("the answer has more than {RESPONSE_PARTS_MAX} parts")]
    TooManyParts,
    /// The command could not be encrypted.
    #[error("the command could not be protected")]
    Protect(#[source] NotWholeBlocks),
    /// The protected answer was not accepted. The channel is closed.
    #[error("secure messaging failed")]
    SecureMessaging(#[source] SecureMessagingError),
    /// Secure messaging failed before. Nothing more is sent until the chip is opened again.
    #[error("the protected conversation has ended")]
    Closed,
}

impl ExchangeError {
    /// The fault of the device; `None` for a card pulled out.
    #[must_use]
    pub const fn fault(&self) -> Option<Fault> {
        match self {
            Self::CardRemoved => None,
            Self::Link(cause) => Some(cause.fault()),
            Self::TooShort { .. } | Self::TooManyParts | Self::Protect(_) | Self::SecureMessaging(_) | Self::Closed => {
                Some(Fault::Protocol)
            }
        }
    }
}

impl From<LinkError> for ExchangeError {
    fn from(cause: LinkError) -> Self {
        // A reader that left with its card shows when the next card is connected.
        if matches!(cause, LinkError::Gone) { Self::CardRemoved } else { Self::Link(cause) }
    }
}

/// What is known of the card in the slot, and the keys that protect the conversation.
#[derive(Default)]
pub(crate) struct Channel {
    pub(crate) wire: Wire,
    pub(crate) protection: Option<SecureMessaging>,
    /// Protection was there and failed. The card may go on in the clear; this side does not.
    pub(crate) closed: bool,
    pub(crate) lengths: Lengths,
    pub(crate) short_identifiers: ShortIdentifiers,
    pub(crate) first_read: FirstRead,
    /// What EF.CardAccess said of PACE; `None` where the card showed none.
    pub(crate) offered: Option<Vec<PaceInfo>>,
    /// A file that is selected, and its first block, read before the file was wanted.
    pub(crate) ahead: Option<(ElementaryFile, Zeroizing<Vec<u8>>)>,
}

/// Whether READ BINARY by short file identifier works on this card.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum ShortIdentifiers {
    #[default]
    Unknown,
    Work,
    Fail,
}

/// How much of a file is asked for before its length is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum FirstRead {
    /// As much as fits: most files then need one command less.
    #[default]
    WholeBlock,
    /// The card refuses to be asked for more than there is.
    HeaderOnly,
}

impl Channel {
    pub(crate) fn new(lengths: Lengths) -> Self {
        Self { lengths, ..Self::default() }
    }

    /// Sends one command, protected if the chip is open, and returns what the card said to it.
    pub(crate) async fn exchange(&mut self, command: &Command) -> Result<Response, ExchangeError> {
        let response = self.exchange_once(command).await?;
        match response.status.exact_length() {
            Some(ne) if command.ne.is_some() => self.exchange_once(&command.clone().ne(ne)).await,
            Some(_) | None => Ok(response),
        }
    }

    async fn exchange_once(&mut self, command: &Command) -> Result<Response, ExchangeError> {
        if self.closed {
            return Err(ExchangeError::Closed);
        }
        let Some(protection) = self.protection.as_mut() else {
            return self.transmit(command.encode()).await;
        };
        let protected = protection.protect(command).map_err(ExchangeError::Protect)?;
        let answer = self.transmit(protected).await?;
        let Some(protection) = self.protection.as_mut() else {
            return Ok(answer);
        };
        let opened = protection.open(&answer);
        if opened.is_err() {
            // Counters and keys are in doubt: nothing may be sent with them any more.
            self.protection = None;
            self.closed = true;
        }
        opened.map_err(ExchangeError::SecureMessaging)
    }

    /// One command as it stands, and the rest of its answer if the card hands that out in parts.
    async fn transmit(&self, command: Zeroizing<Vec<u8>>) -> Result<Response, ExchangeError> {
        let mut response = self.transmit_part(command).await?;
        for _ in 0..RESPONSE_PARTS_MAX {
            let Some(ne) = response.status.more_data() else {
                return Ok(response);
            };
            let rest = self.transmit_part(Command::new(GET_RESPONSE).ne(ne).encode()).await?;
            response.data.extend_from_slice(&rest.data);
            response.status = rest.status;
        }
        Err(ExchangeError::TooManyParts)
    }

    async fn transmit_part(&self, command: Zeroizing<Vec<u8>>) -> Result<Response, ExchangeError> {
        let answer = Zeroizing::new(self.wire.transmit(command).await?);
        Response::parse(&answer).ok_or(ExchangeError::TooShort { got: answer.len() })
    }

    /// Most file bytes to ask for in one command.
    pub(crate) fn read_bytes_max(&self) -> usize {
        match (self.lengths, &self.protection) {
            (Lengths::Unknown | Lengths::Extended, Some(_)) => EXTENDED_READ_BYTES,
            (Lengths::Short, Some(protection)) => protection.short_data_max(),
            // Before access only EF.CardAccess is read, which is short.
            (Lengths::Unknown | Lengths::Short | Lengths::Extended, None) => SHORT_NE_MAX,
        }
    }
}

impl StatusWord {
    /// The length a card asks to be asked for (`6Cxx`); 256 for `6C00`.
    const fn exact_length(self) -> Option<usize> {
        match self.code().to_be_bytes() {
            [0x6C, length] => Some(length_of(length)),
            [_, _] => None,
        }
    }

    /// Bytes waiting for GET RESPONSE (`61xx`); 256 for `6100`.
    const fn more_data(self) -> Option<usize> {
        match self.code().to_be_bytes() {
            [0x61, length] => Some(length_of(length)),
            [_, _] => None,
        }
    }
}

const fn length_of(byte: u8) -> usize {
    if byte == 0 { SHORT_NE_MAX } else { byte as usize }
}
