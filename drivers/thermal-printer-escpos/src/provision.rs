//! Sees to it that a printer holds its stock of pictures, at start-up and never for a ticket.

use std::time::Duration;

use kiosk_hal::fault::Fault;
use kiosk_hal::link::{ByteLink, LinkError};

use crate::encode::nv::{ACKNOWLEDGE, FinitePicture, KeyCode, KeyList, LIST_KEY_CODES, More, Stock};
use crate::profile::Profile;

/// Time for each block of a list.
const LIST_TIME: Duration = Duration::from_secs(2);
/// Time a printer takes to write a stock beyond the time on the wire; flash is erased in blocks.
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
            Self::NoList | Self::NotKept { .. } => Fault::Unsupported,
        }
    }
}

/// Asks which pictures the printer holds, and writes the stock if it does not hold all of it.
///
/// To be called on an idle printer, before its first ticket.
///
/// # Errors
/// [`ProvisionError`]; tickets are then encoded with [`Stock::empty`].
pub fn provision<L: ByteLink>(
    link: &mut L,
    profile: &Profile,
    stock: &Stock,
    pictures: &[FinitePicture],
) -> Result<Provision, ProvisionError> {
    if stock.is_held(&list(link)?) {
        return Ok(Provision::Held);
    }
    let definition = stock.definition(pictures);
    let until = link.now() + profile.wire_time(definition.len()) + WRITE_TIME;
    link.write(&definition, until).map_err(|failed| ProvisionError::Link(failed.cause))?;
    // The answer stands behind the writing in the same stream.
    let keys = list_until(link, profile.wire_time(definition.len()) + WRITE_TIME)?;
    if stock.is_held(&keys) {
        return Ok(Provision::Written { bytes: definition.len() });
    }
    let listed = stock.keys().filter(|key| keys.contains(key)).count();
    Err(ProvisionError::NotKept { listed, wanted: stock.keys().count() })
}

fn list<L: ByteLink>(link: &mut L) -> Result<Vec<KeyCode>, ProvisionError> {
    list_until(link, LIST_TIME)
}

fn list_until<L: ByteLink>(link: &mut L, first_block: Duration) -> Result<Vec<KeyCode>, ProvisionError> {
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

/// Reads up to the end of a list's block; what stands before it is an answer to something else.
fn read_block<L: ByteLink>(link: &mut L, time: Duration) -> Result<KeyList, ProvisionError> {
    let until = link.now() + time;
    let mut heard: Vec<u8> = Vec::new();
    let mut chunk = [0; BLOCK_BYTES_MAX];
    loop {
        match link.read(&mut chunk, until) {
            Ok(count) => heard.extend(chunk.iter().take(count)),
            Err(LinkError::TimedOut) => return Err(ProvisionError::NoList),
            Err(other) => return Err(ProvisionError::Link(other)),
        }
        let begins = heard.windows(2).position(|pair| pair == BLOCK_BEGIN);
        heard.drain(..begins.unwrap_or(heard.len().saturating_sub(1)));
        let block = heard.iter().position(|byte| *byte == 0).and_then(|end| heard.get(..=end));
        if let Some(list) = block.and_then(KeyList::parse) {
            return Ok(list);
        }
        if link.now() >= until || heard.len() > BLOCK_BYTES_MAX {
            return Err(ProvisionError::NoList);
        }
    }
}
