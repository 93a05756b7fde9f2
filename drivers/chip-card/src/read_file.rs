//! Reading a file in few commands (Doc 9303-10, 3.6; ISO 7816-4, 7.2.3).

use kiosk_hal::fault::Fault;
use zeroize::Zeroizing;

use crate::apdu::{Command, Response};
use crate::channel::{Channel, ExchangeError, FirstRead, Lengths, ShortIdentifiers};
use crate::file::ElementaryFile;
use crate::progress::{Progress, Wish};
use crate::secure_messaging::SecureMessagingError;
use crate::status::StatusWord;
use crate::tlv::{self, Header, Reader, TlvError};

/// Longest file read. A face of a document is below 40 kB; the longest a length field of 2 bytes says is 65,539.
pub const FILE_BYTES_MAX: usize = 65_539;

/// Bytes asked for when a card does not give more than there is: tag and length of every file fit.
const HEADER_BYTES: usize = 4;

/// The last offset READ BINARY takes in its header (ISO 7816-4, 7.2.3).
const HEADER_OFFSET_MAX: usize = 0x7FFF;

/// Tag and length around the data of READ BINARY with an odd INS.
const ODD_OVERHEAD_BYTES: usize = 4;
const TAG_OFFSET: tlv::Tag = 0x54;
const TAG_DISCRETIONARY: tlv::Tag = 0x53;

const SELECT_BY_IDENTIFIER: [u8; 4] = [0x00, 0xA4, 0x02, 0x0C];
const READ_BINARY: u8 = 0xB0;
const READ_BINARY_ODD: u8 = 0xB1;
const BY_SHORT_IDENTIFIER: u8 = 0x80;

/// Why a file was not read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadFileError {
    /// The card does not have the file.
    #[error("the card has no {0}")]
    NotFound(ElementaryFile),
    /// The file needs a right that this reader does not have: fingerprints need terminal authentication.
    #[error("the card does not give {0} to this reader")]
    Denied(ElementaryFile),
    /// The card said something else.
    #[error("expected the bytes of {file}, got {got}")]
    Refused {
        /// The file.
        file: ElementaryFile,
        /// What it said.
        got: StatusWord,
    },
    /// The file does not begin as the standard says.
    #[error("{file} has a wrong form")]
    Form {
        /// The file.
        file: ElementaryFile,
        /// What is wrong.
        #[source]
        cause: TlvError,
    },
    /// The file says it is longer than any file.
    #[error("expected at most {FILE_BYTES_MAX} bytes of {file}, got {bytes}")]
    TooLong {
        /// The file.
        file: ElementaryFile,
        /// What its length field says.
        bytes: usize,
    },
    /// The card ends the file before its own length.
    #[error("expected {expected} bytes of {file}, got {got}")]
    Short {
        /// The file.
        file: ElementaryFile,
        /// What its length field says.
        expected: usize,
        /// Bytes there were.
        got: usize,
    },
    /// The caller asked to stop.
    #[error("reading was stopped")]
    Stopped,
    /// No usable answer.
    #[error("{file} was not read")]
    Exchange {
        /// The file.
        file: ElementaryFile,
        /// What happened.
        #[source]
        cause: ExchangeError,
    },
}

impl ReadFileError {
    /// The fault of the device; `None` when the card lacks the file, was pulled out, or the caller stopped.
    #[must_use]
    pub const fn fault(&self) -> Option<Fault> {
        match self {
            Self::NotFound(_) | Self::Denied(_) | Self::Stopped => None,
            Self::Refused { .. } | Self::Form { .. } | Self::TooLong { .. } | Self::Short { .. } => {
                Some(Fault::Protocol)
            }
            Self::Exchange { cause, .. } => cause.fault(),
        }
    }

    /// The card was pulled out.
    #[must_use]
    pub const fn card_removed(&self) -> bool {
        matches!(self, Self::Exchange { cause: ExchangeError::CardRemoved, .. })
    }
}

/// A file's first bytes and what its header says.
struct Start {
    bytes: Zeroizing<Vec<u8>>,
    header: Header,
}

impl Channel {
    /// Reads a whole file: tag, length and value.
    pub(crate) async fn read_file(&mut self, file: ElementaryFile) -> Result<Zeroizing<Vec<u8>>, ReadFileError> {
        let start = self.read_start(file).await?;
        let total = start.header.total();
        if total > FILE_BYTES_MAX {
            return Err(ReadFileError::TooLong { file, bytes: total });
        }
        // Room for all at once: a growing buffer would leave copies behind that nobody wipes.
        let mut bytes = Zeroizing::new(Vec::with_capacity(total.max(start.bytes.len())));
        bytes.extend_from_slice(&start.bytes);
        while bytes.len() < total {
            self.note_bytes(file, bytes.len(), total)?;
            let chunk = self.read_at(file, bytes.len(), total - bytes.len()).await?;
            if chunk.is_empty() {
                return Err(ReadFileError::Short { file, expected: total, got: bytes.len() });
            }
            let room = total - bytes.len();
            bytes.extend_from_slice(chunk.get(..room).unwrap_or(&chunk));
        }
        bytes.truncate(total);
        self.note_bytes(file, total, total).map(|()| bytes)
    }

    fn note_bytes(&self, file: ElementaryFile, read: usize, total: usize) -> Result<(), ReadFileError> {
        self.wire.note(Progress::Bytes { file, read, total });
        match self.wire.wish() {
            Wish::Stop if read < total => Err(ReadFileError::Stopped),
            Wish::Stop | Wish::Continue => Ok(()),
        }
    }

    async fn read_start(&mut self, file: ElementaryFile) -> Result<Start, ReadFileError> {
        if self.wire.wish() == Wish::Stop {
            return Err(ReadFileError::Stopped);
        }
        let bytes = match self.ahead.take() {
            Some((ahead, bytes)) if ahead == file => bytes,
            Some(_) | None => self.first_bytes(file).await?,
        };
        let form = |cause| ReadFileError::Form { file, cause };
        let header = tlv::parse_header(&bytes).map_err(form)?;
        if header.tag != file.tag() {
            return Err(form(TlvError::Unexpected { expected: file.tag(), got: header.tag }));
        }
        Ok(Start { bytes, header })
    }

    /// Reads the first block of a file that is read next, for what the answer shows besides. A card that refuses the
    /// file has answered as well.
    pub(crate) async fn read_ahead(&mut self, file: ElementaryFile) -> Result<(), ExchangeError> {
        match self.first_bytes(file).await {
            Ok(bytes) => self.ahead = Some((file, bytes)),
            Err(ReadFileError::Exchange { cause, .. }) => return Err(cause),
            Err(_) => {}
        }
        Ok(())
    }

    /// The first block, by short file identifier where that works, after SELECT where it does not.
    async fn first_bytes(&mut self, file: ElementaryFile) -> Result<Zeroizing<Vec<u8>>, ReadFileError> {
        if self.short_identifiers != ShortIdentifiers::Fail {
            let response = self.read_first_block(file, Some(file.short_identifier())).await?;
            if has_bytes(&response) {
                self.short_identifiers = ShortIdentifiers::Work;
                return Ok(response.data);
            }
            if self.short_identifiers == ShortIdentifiers::Work && is_final(response.status) {
                return Err(refusal(file, response.status));
            }
        }
        self.select(file).await?;
        let response = self.read_first_block(file, None).await?;
        if !has_bytes(&response) {
            return Err(refusal(file, response.status));
        }
        if self.short_identifiers == ShortIdentifiers::Unknown && self.protection.is_some() {
            self.short_identifiers = ShortIdentifiers::Fail;
        }
        Ok(response.data)
    }

    async fn select(&mut self, file: ElementaryFile) -> Result<(), ReadFileError> {
        let command = Command::new(SELECT_BY_IDENTIFIER).data(&file.identifier());
        let response = self.exchange(&command).await.map_err(|cause| ReadFileError::Exchange { file, cause })?;
        if response.status.is_success() { Ok(()) } else { Err(refusal(file, response.status)) }
    }

    /// Reads from offset 0, as much as fits; the header alone on a card that does not give more than there is.
    async fn read_first_block(&mut self, file: ElementaryFile, by: Option<u8>) -> Result<Response, ReadFileError> {
        let header = match by {
            Some(short) => [0x00, READ_BINARY, BY_SHORT_IDENTIFIER | short, 0x00],
            None => [0x00, READ_BINARY, 0x00, 0x00],
        };
        if self.first_read == FirstRead::WholeBlock {
            let response = self.read_learning(file, header, self.read_bytes_max()).await?;
            if has_bytes(&response) || !is_about_length(response.status) {
                return Ok(response);
            }
        }
        let response = self.read_learning(file, header, HEADER_BYTES).await?;
        if has_bytes(&response) {
            self.first_read = FirstRead::HeaderOnly;
        }
        Ok(response)
    }

    /// One READ BINARY; learns from it whether extended length works.
    async fn read_learning(
        &mut self,
        file: ElementaryFile,
        header: [u8; 4],
        ne: usize,
    ) -> Result<Response, ReadFileError> {
        let command = Command::new(header).ne(ne);
        let outcome = self.exchange(&command).await;
        if command.is_extended() {
            self.learn_lengths(&outcome);
        }
        let response = outcome.map_err(|cause| ReadFileError::Exchange { file, cause })?;
        if command.is_extended() && self.lengths == Lengths::Short {
            let short = Command::new(header).ne(self.read_bytes_max());
            return self.exchange(&short).await.map_err(|cause| ReadFileError::Exchange { file, cause });
        }
        Ok(response)
    }

    fn learn_lengths(&mut self, outcome: &Result<Response, ExchangeError>) {
        self.lengths = match (self.lengths, outcome) {
            (Lengths::Unknown, Ok(response)) if has_bytes(response) => Lengths::Extended,
            (Lengths::Unknown, Ok(response)) if is_about_length(response.status) => Lengths::Short,
            // What another card or reader taught may be wrong for this one.
            (Lengths::Extended, Ok(response)) if response.status == StatusWord::WRONG_LENGTH => Lengths::Short,
            (_, Err(ExchangeError::SecureMessaging(SecureMessagingError::Unprotected(_)))) => Lengths::Short,
            (known, Ok(_) | Err(_)) => known,
        };
    }

    /// Reads at most `remaining` bytes of the selected file from `offset` on.
    async fn read_at(
        &mut self,
        file: ElementaryFile,
        offset: usize,
        remaining: usize,
    ) -> Result<Zeroizing<Vec<u8>>, ReadFileError> {
        let response = match u16::try_from(offset) {
            Ok(small) if offset <= HEADER_OFFSET_MAX => {
                let [high, low] = small.to_be_bytes();
                let ne = remaining.min(self.read_bytes_max());
                self.read_learning(file, [0x00, READ_BINARY, high, low], ne).await?
            }
            Ok(_) | Err(_) => return self.read_far(file, offset, remaining).await,
        };
        if has_bytes(&response) { Ok(response.data) } else { Err(refusal(file, response.status)) }
    }

    /// READ BINARY with an odd INS, for offsets that do not fit into a header.
    async fn read_far(
        &mut self,
        file: ElementaryFile,
        offset: usize,
        remaining: usize,
    ) -> Result<Zeroizing<Vec<u8>>, ReadFileError> {
        let offset_bytes = offset.to_be_bytes();
        let start = offset_bytes.iter().position(|byte| *byte != 0).unwrap_or_default();
        let data = tlv::encode(TAG_OFFSET, offset_bytes.get(start..).unwrap_or_default());
        let ne = (remaining + ODD_OVERHEAD_BYTES).min(self.read_bytes_max());
        let command = Command::new([0x00, READ_BINARY_ODD, 0x00, 0x00]).data(&data).ne(ne);
        let response = self.exchange(&command).await.map_err(|cause| ReadFileError::Exchange { file, cause })?;
        if !has_bytes(&response) {
            return Err(refusal(file, response.status));
        }
        let found = Reader::new(&response.data).expect(TAG_DISCRETIONARY);
        found.map(|element| Zeroizing::new(element.value.to_vec())).map_err(|cause| ReadFileError::Form { file, cause })
    }
}

/// Bytes came, and the card calls it a success or the end of the file (`6282`).
fn has_bytes(response: &Response) -> bool {
    let accepted = response.status.is_success() || response.status == StatusWord::END_OF_FILE;
    accepted && !response.data.is_empty()
}

/// The card minds how much was asked for, not what.
const fn is_about_length(status: StatusWord) -> bool {
    matches!(
        status,
        StatusWord::WRONG_LENGTH
            | StatusWord::END_OF_FILE
            | StatusWord::WRONG_OFFSET
            | StatusWord::NO_DIAGNOSIS
            | StatusWord::SUCCESS
    ) || status.code() >> 8 == 0x6C
}

/// No other way to ask would get another answer.
const fn is_final(status: StatusWord) -> bool {
    matches!(status, StatusWord::NOT_FOUND | StatusWord::SECURITY_STATUS_NOT_SATISFIED)
}

const fn refusal(file: ElementaryFile, got: StatusWord) -> ReadFileError {
    match got {
        StatusWord::NOT_FOUND => ReadFileError::NotFound(file),
        StatusWord::SECURITY_STATUS_NOT_SATISFIED => ReadFileError::Denied(file),
        _ => ReadFileError::Refused { file, got },
    }
}
