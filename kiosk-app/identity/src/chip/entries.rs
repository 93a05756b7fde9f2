use std::fmt;

use super::{ChipRefusal, DATA_GROUP_BYTES_MAX, ENTRIES_MAX};
use crate::der::{Damaged, Elements};

/// Tag of data group 13 (ICAO 9303-10, table 37).
const TAG_OF_DATA_GROUP_13: u8 = 0x6D;
/// Tag of data group 1.
pub(crate) const TAG_OF_DATA_GROUP_1: u8 = 0x61;

const INTEGER: u8 = 0x02;
const OBJECT_IDENTIFIER: u8 = 0x06;
const UTF8_STRING: u8 = 0x0C;
const PRINTABLE_STRING: u8 = 0x13;
const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;

/// The only version seen.
const VERSION: &[u8] = &[1];
/// 1.0.10646.1.0.8, UTF-8 level 3 of ISO/IEC 10646: what all readers found as the content's type.
const CONTENT_TYPE: &[u8] = &[0x28, 0xD3, 0x16, 0x01, 0x00, 0x08];

/// One entry of data group 13, borrowed from its bytes. `Debug` prints its number only.
#[derive(Clone, PartialEq, Eq)]
pub struct Entry<'a> {
    /// Its number, from 1.
    pub number: u8,
    /// Its text; several where the chip has a list (parents, spouse).
    pub texts: Vec<&'a str>,
}

impl fmt::Debug for Entry<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Entry({})", self.number)
    }
}

/// Whether the bytes begin like a file of the chip rather than a text: an application tag, then a length that no text
/// has there or that spans the rest exactly.
pub(crate) fn looks_like_a_data_group(bytes: &[u8]) -> bool {
    match bytes {
        [0x60..=0x7F, 0x81..=0x84, ..] => true,
        [0x60..=0x7F, length, 0x30 | 0x5F, rest @ ..] => usize::from(*length) == rest.len() + 1,
        _ => false,
    }
}

/// Every entry of data group 13, in the order of the chip and with all it says: ethnicity, religion and family too. For
/// a tool that brings up a reader; a kiosk needs [`parse`](super::parse).
///
/// # Errors
/// [`ChipRefusal`] names what is wrong.
pub fn entries(bytes: &[u8]) -> Result<Vec<Entry<'_>>, ChipRefusal> {
    let found = found(bytes)?;
    found.oddities.first().map_or(Ok(found.entries), |first| Err(*first))
}

/// The entries that can be read, and what is odd about the others and around them.
pub(super) struct Found<'a> {
    pub entries: Vec<Entry<'a>>,
    pub oddities: Vec<ChipRefusal>,
}

/// Reads the file as far as its lengths nest.
pub(super) fn found(bytes: &[u8]) -> Result<Found<'_>, ChipRefusal> {
    if bytes.len() > DATA_GROUP_BYTES_MAX {
        return Err(ChipRefusal::TooLong { max: DATA_GROUP_BYTES_MAX, got: bytes.len() });
    }
    let mut file = Elements::of(bytes);
    let (tag, group) = file.next()?.ok_or(ChipRefusal::Structure)?;
    if tag != TAG_OF_DATA_GROUP_13 {
        return Err(ChipRefusal::WrongTag { got: tag });
    }
    let mut found = Found { entries: Vec::new(), oddities: Vec::new() };
    let mut group = Elements::of(group);
    let mut content = Elements::of(group.expect(SEQUENCE)?);
    let (version, content_type) = (content.expect(INTEGER)?, content.expect(OBJECT_IDENTIFIER)?);
    if version != VERSION || content_type != CONTENT_TYPE {
        found.oddities.push(ChipRefusal::UnknownContent);
    }
    found.read_all(content.expect(SET)?)?;
    let padding = file.rest().iter().all(|byte| *byte == 0);
    if !padding || !group.rest().is_empty() || !content.rest().is_empty() {
        found.oddities.push(ChipRefusal::Structure);
    }
    Ok(found)
}

impl<'a> Found<'a> {
    fn read_all(&mut self, set: &'a [u8]) -> Result<(), ChipRefusal> {
        let mut elements = Elements::of(set);
        let mut read = 0;
        let mut seen = [false; 1 << u8::BITS];
        while !elements.rest().is_empty() {
            if read == ENTRIES_MAX {
                return Err(ChipRefusal::TooManyEntries { max: ENTRIES_MAX });
            }
            read += 1;
            let mut entry = Elements::of(elements.expect(SEQUENCE)?);
            let &[number] = entry.expect(INTEGER)? else {
                self.oddities.push(ChipRefusal::Structure);
                continue;
            };
            if std::mem::replace(&mut seen[usize::from(number)], true) {
                return Err(ChipRefusal::Twice { entry: number });
            }
            match texts(entry, number) {
                Ok(texts) => self.entries.push(Entry { number, texts }),
                Err(odd) => self.oddities.push(odd),
            }
        }
        Ok(())
    }
}

/// What stands behind the number of an entry.
fn texts<'a>(mut value: Elements<'a>, number: u8) -> Result<Vec<&'a str>, ChipRefusal> {
    let (tag, content) = value.next()?.ok_or(ChipRefusal::Structure)?;
    if !value.rest().is_empty() {
        return Err(ChipRefusal::Structure);
    }
    if tag == SEQUENCE { list(content, number) } else { Ok(vec![text(tag, content, number)?]) }
}

fn list(bytes: &[u8], entry: u8) -> Result<Vec<&str>, ChipRefusal> {
    let mut elements = Elements::of(bytes);
    let mut texts = Vec::new();
    while let Some((tag, value)) = elements.next()? {
        if texts.len() == ENTRIES_MAX {
            return Err(ChipRefusal::TooManyEntries { max: ENTRIES_MAX });
        }
        texts.push(text(tag, value, entry)?);
    }
    Ok(texts)
}

fn text(tag: u8, value: &[u8], entry: u8) -> Result<&str, ChipRefusal> {
    if !matches!(tag, UTF8_STRING | PRINTABLE_STRING) {
        return Err(ChipRefusal::NotText { entry });
    }
    std::str::from_utf8(value).map_err(|_| ChipRefusal::NotText { entry })
}

impl From<Damaged> for ChipRefusal {
    fn from(_: Damaged) -> Self {
        Self::Structure
    }
}
