//! Sees to it that a printer holds its stock of pictures, at start-up and never for a ticket.
//!
//! On a slow line that takes half a minute, so it goes picture by picture: between two of them the printer is idle and may
//! print a ticket, which then carries all its pictures.

use std::collections::VecDeque;
use std::time::Duration;

use kiosk_hal::fault::Fault;
use kiosk_hal::link::{ByteLink, LinkError};

use crate::encode::nv::{ACKNOWLEDGE, FinitePicture, KeyCode, KeyList, LIST_KEY_CODES, More, Stock};
use crate::encode::{RealTimeCommand, StatusQuery};
use crate::profile::Profile;
use crate::reply::is_real_time_status;
use crate::status::Sensors;

/// Time for each block of a list.
const LIST_TIME: Duration = Duration::from_secs(2);
/// How often a printer that does not answer is asked what keeps it.
const ASK_EVERY: Duration = Duration::from_secs(2);
/// Time a printer takes for one part beyond the time on the wire; flash is erased in blocks.
const WRITE_TIME: Duration = Duration::from_secs(30);
/// Most blocks read of one list, 40 key codes each: more than any printer keeps.
const BLOCKS_MAX: usize = 64;
/// Longest block: header, identifier, status, 40 key codes, NUL.
const BLOCK_BYTES_MAX: usize = 84;
const BLOCK_BEGIN: [u8; 2] = [0x37, 0x72];

/// What was found and done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Provision {
    /// The printer held the stock; nothing was written.
    Held,
    /// It did not; the stock was written and is listed now.
    Written {
        /// Bytes sent to write it.
        bytes: usize,
    },
}

/// Why the stock cannot be relied on. Its pictures then travel with each ticket.
#[derive(Debug, thiserror::Error)]
pub enum ProvisionError {
    /// The link failed.
    #[error("the link failed")]
    Link(#[source] LinkError),
    /// No list came: the printer keeps no pictures by key code, or is off line.
    #[error("the printer lists no key codes")]
    NoList,
    /// The printer waits for a person.
    #[error("the printer stopped: {0:?}")]
    Stopped(Fault),
    /// It was written, and the printer does not list all of it: its memory is too small.
    #[error("{listed} of {wanted} pictures are kept")]
    NotKept {
        /// Key codes of the stock that are listed.
        listed: usize,
        /// Key codes of the stock, its seal included.
        wanted: usize,
    },
}

impl ProvisionError {
    /// The common fault.
    #[must_use]
    pub const fn fault(&self) -> Fault {
        match self {
            Self::Link(error) => error.fault(),
            Self::Stopped(fault) => *fault,
            Self::NoList | Self::NotKept { .. } => Fault::Unsupported,
        }
    }
}

/// Asks which pictures the printer holds, and writes the stock if it does not hold all of it.
///
/// To be called on an idle printer, before its first ticket. Takes as long as the whole stock does on the wire;
/// [`Provisioning`] does the same in steps.
///
/// # Errors
/// [`ProvisionError`]; tickets are then encoded with [`Stock::empty`].
pub fn provision<L: ByteLink>(
    link: &mut L,
    profile: &Profile,
    stock: &Stock,
    pictures: &[FinitePicture],
) -> Result<Provision, ProvisionError> {
    let Some(mut writing) = Provisioning::begin(link, stock, pictures)? else { return Ok(Provision::Held) };
    loop {
        if let Some(bytes) = writing.step(link, profile)? {
            return Ok(Provision::Written { bytes });
        }
    }
}

/// A stock on its way into a printer.
///
/// Between two steps the printer has nothing in hand: it may be asked for its state, and may print a ticket with
/// [`Stock::empty`]. What was there before is gone after the first step; until the last one the seal is missing. A stock
/// that was broken off, by a power cut or because the program was killed, is gone on with at the picture that was on its way.
/// Whoever was killed in a step has left the printer in the middle of a command, and says so at the next start:
/// [`EscPosPrinter::after_unfinished_job`](crate::session::EscPosPrinter::after_unfinished_job).
#[derive(Debug)]
pub struct Provisioning {
    stock: Stock,
    parts: VecDeque<Vec<u8>>,
    bytes: usize,
}

impl Provisioning {
    /// Asks which pictures the printer holds; `None` when it holds the stock. Nothing is written so far.
    ///
    /// # Errors
    /// [`ProvisionError`]: nothing can be written.
    pub fn begin<L: ByteLink>(
        link: &mut L,
        stock: &Stock,
        pictures: &[FinitePicture],
    ) -> Result<Option<Self>, ProvisionError> {
        let listed = list(link, LIST_TIME)?;
        if stock.is_held(&listed) {
            return Ok(None);
        }
        Ok(Some(Self { stock: stock.clone(), parts: stock.missing(pictures, &listed).into(), bytes: 0 }))
    }

    /// Writes one part and waits until the printer has taken it. The bytes of all when it was the last and all is held.
    ///
    /// # Errors
    /// [`ProvisionError`]: the stock is not to be relied on. After [`ProvisionError::Link`] and
    /// [`ProvisionError::NoList`] the printer may be in the middle of a picture.
    pub fn step<L: ByteLink>(&mut self, link: &mut L, profile: &Profile) -> Result<Option<usize>, ProvisionError> {
        let Some(part) = self.parts.pop_front() else { return Ok(Some(self.bytes)) };
        let time = profile.wire_time(part.len()) + WRITE_TIME;
        let until = link.now() + time;
        link.write(&part, until).map_err(|failed| ProvisionError::Link(failed.cause))?;
        self.bytes += part.len();
        // The answer stands behind the writing in the same stream.
        let keys = list(link, time)?;
        if !self.parts.is_empty() {
            return Ok(None);
        }
        if self.stock.is_held(&keys) {
            return Ok(Some(self.bytes));
        }
        let listed = self.stock.keys().filter(|key| keys.contains(key)).count();
        Err(ProvisionError::NotKept { listed, wanted: self.stock.keys().count() })
    }
}

fn list<L: ByteLink>(link: &mut L, first_block: Duration) -> Result<Vec<KeyCode>, ProvisionError> {
    let mut keys = Vec::new();
    let mut question: &[u8] = &LIST_KEY_CODES;
    let mut time = first_block;
    for _ in 0..BLOCKS_MAX {
        let until = link.now() + LIST_TIME;
        link.write(question, until).map_err(|failed| ProvisionError::Link(failed.cause))?;
        let block = read_block(link, time)?;
        keys.extend(block.keys);
        question = &[ACKNOWLEDGE];
        if block.more == More::Last {
            let until = link.now() + LIST_TIME;
            link.write(question, until).map_err(|failed| ProvisionError::Link(failed.cause))?;
            return Ok(keys);
        }
        time = LIST_TIME;
    }
    Err(ProvisionError::NoList)
}

/// Reads up to the end of a list's block; what stands before it is an answer to something else. A printer that is silent
/// for long is asked whether it waits for a person.
fn read_block<L: ByteLink>(link: &mut L, time: Duration) -> Result<KeyList, ProvisionError> {
    let until = link.now() + time;
    let mut ask_at = link.now() + ASK_EVERY;
    let mut heard: Vec<u8> = Vec::new();
    let mut chunk = [0; BLOCK_BYTES_MAX];
    loop {
        match link.read(&mut chunk, until.min(ask_at)) {
            Ok(count) => heard.extend(chunk.iter().take(count)),
            Err(LinkError::TimedOut) if link.now() >= until => return Err(ProvisionError::NoList),
            Err(LinkError::TimedOut) => {
                ask_at = link.now() + ASK_EVERY;
                let question = RealTimeCommand::TransmitStatus(StatusQuery::OfflineCause).bytes();
                link.write(question, ask_at).map_err(|failed| ProvisionError::Link(failed.cause))?;
            }
            Err(other) => return Err(ProvisionError::Link(other)),
        }
        let begins = heard.windows(2).position(|pair| pair == BLOCK_BEGIN);
        let before = begins.unwrap_or(heard.len().saturating_sub(1));
        if begins.is_none()
            && let Some(fault) = heard.iter().find_map(|byte| stopped(*byte))
        {
            return Err(ProvisionError::Stopped(fault));
        }
        heard.drain(..before);
        let block = heard.iter().position(|byte| *byte == 0).and_then(|end| heard.get(..=end));
        if let Some(list) = block.and_then(KeyList::parse) {
            return Ok(list);
        }
        if link.now() >= until || heard.len() > BLOCK_BYTES_MAX {
            return Err(ProvisionError::NoList);
        }
    }
}

/// What an answer to `DLE EOT 2` says has to be done by a person; the beginning of a block is no such answer.
fn stopped(byte: u8) -> Option<Fault> {
    if !is_real_time_status(byte) {
        return None;
    }
    let mut sensors = Sensors::NONE_TRIPPED;
    sensors.read_real_time(StatusQuery::OfflineCause, byte);
    sensors.lasting_fault()
}
