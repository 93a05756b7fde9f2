//! Tag, length, value: BER as cards send it and DER as certificates have it (ISO 7816-4, 5.2; X.690).
//!
//! Every length is checked against the bytes there are. Nothing is copied: values are parts of what was received,
//! because signatures are over exactly those bytes.

/// Longest length field taken: 4 bytes of length. No file of a card is longer than 64 kB.
const LENGTH_BYTES_MAX: usize = 4;

/// Longest tag taken, in bytes.
const TAG_BYTES_MAX: usize = 3;

/// A tag as its bytes in a row: `0x30`, `0x5F1F`, `0x7F60`.
pub(crate) type Tag = u32;

/// Why bytes are no TLV.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TlvError {
    /// The bytes end before the value does.
    #[error("expected {expected} bytes, got {got}")]
    Truncated {
        /// Bytes that tag and length promise.
        expected: usize,
        /// Bytes there are.
        got: usize,
    },
    /// The indefinite form, or a length field of more than 4 bytes.
    #[error("the length has a form that is not used on cards")]
    Length,
    /// A tag of more than 3 bytes.
    #[error("the tag is longer than 3 bytes")]
    TagTooLong,
    /// Another tag.
    #[error("expected tag {expected:02X}, got {got:02X}")]
    Unexpected {
        /// The tag looked for.
        expected: u32,
        /// The tag there is.
        got: u32,
    },
    /// Bytes after the end of the value.
    #[error("{0} bytes follow the last value")]
    Trailing(usize),
    /// The value has a form its type does not have.
    #[error("the value of tag {0:02X} has a form its type does not have")]
    Value(u32),
}

/// One element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Element<'a> {
    pub(crate) tag: Tag,
    pub(crate) value: &'a [u8],
    /// Tag, length and value as received.
    pub(crate) whole: &'a [u8],
}

/// Tag and length, before the value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) tag: Tag,
    /// Bytes of tag and length.
    pub(crate) bytes: usize,
    /// Bytes of the value.
    pub(crate) value_bytes: usize,
}

impl Header {
    /// Bytes of the whole element; saturates.
    pub(crate) const fn total(self) -> usize {
        self.bytes.saturating_add(self.value_bytes)
    }
}

/// Reads tag and length at the start of `bytes`; the value need not be there.
pub(crate) fn parse_header(bytes: &[u8]) -> Result<Header, TlvError> {
    let (tag, tag_bytes) = parse_tag(bytes)?;
    let (value_bytes, length_bytes) = parse_length(bytes.get(tag_bytes..).unwrap_or_default())?;
    Ok(Header { tag, bytes: tag_bytes + length_bytes, value_bytes })
}

fn parse_tag(bytes: &[u8]) -> Result<(Tag, usize), TlvError> {
    let missing = |at: usize| TlvError::Truncated { expected: at + 1, got: bytes.len() };
    let first = *bytes.first().ok_or_else(|| missing(0))?;
    let mut tag = u32::from(first);
    if first & 0x1F != 0x1F {
        return Ok((tag, 1));
    }
    for at in 1..TAG_BYTES_MAX {
        let byte = *bytes.get(at).ok_or_else(|| missing(at))?;
        tag = tag << 8 | u32::from(byte);
        if byte & 0x80 == 0 {
            return Ok((tag, at + 1));
        }
    }
    Err(TlvError::TagTooLong)
}

fn parse_length(bytes: &[u8]) -> Result<(usize, usize), TlvError> {
    let first = *bytes.first().ok_or(TlvError::Truncated { expected: 1, got: 0 })?;
    if first < 0x80 {
        return Ok((usize::from(first), 1));
    }
    let count = usize::from(first & 0x7F);
    if count == 0 || count > LENGTH_BYTES_MAX {
        return Err(TlvError::Length);
    }
    let field = bytes.get(1..=count).ok_or(TlvError::Truncated { expected: 1 + count, got: bytes.len() })?;
    let length = field.iter().fold(0_u64, |length, byte| length << 8 | u64::from(*byte));
    Ok((usize::try_from(length).map_err(|_| TlvError::Length)?, 1 + count))
}

/// Takes element after element off the front of some bytes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(crate) const fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// The next element, whatever its tag.
    pub(crate) fn next(&mut self) -> Result<Element<'a>, TlvError> {
        let header = parse_header(self.rest)?;
        let truncated = TlvError::Truncated { expected: header.total(), got: self.rest.len() };
        let (whole, rest) = self.rest.split_at_checked(header.total()).ok_or(truncated)?;
        self.rest = rest;
        Ok(Element { tag: header.tag, value: whole.get(header.bytes..).unwrap_or_default(), whole })
    }

    /// The next element, which must have this tag.
    pub(crate) fn expect(&mut self, tag: Tag) -> Result<Element<'a>, TlvError> {
        let element = self.next()?;
        if element.tag == tag { Ok(element) } else { Err(TlvError::Unexpected { expected: tag, got: element.tag }) }
    }

    /// The next element if it has this tag; otherwise nothing is taken.
    pub(crate) fn optional(&mut self, tag: Tag) -> Result<Option<Element<'a>>, TlvError> {
        if self.is_empty() || parse_tag(self.rest)?.0 != tag { Ok(None) } else { self.next().map(Some) }
    }

    /// Nothing may be left.
    pub(crate) const fn finish(&self) -> Result<(), TlvError> {
        if self.rest.is_empty() { Ok(()) } else { Err(TlvError::Trailing(self.rest.len())) }
    }

    /// The value of the one element with this tag that `bytes` are.
    pub(crate) fn only(bytes: &'a [u8], tag: Tag) -> Result<Element<'a>, TlvError> {
        let mut reader = Self::new(bytes);
        let element = reader.expect(tag)?;
        reader.finish()?;
        Ok(element)
    }

    /// The first element at the top level with this tag.
    pub(crate) fn find(bytes: &'a [u8], tag: Tag) -> Result<Option<Element<'a>>, TlvError> {
        let mut reader = Self::new(bytes);
        while !reader.is_empty() {
            let element = reader.next()?;
            if element.tag == tag {
                return Ok(Some(element));
            }
        }
        Ok(None)
    }
}

/// Tag, DER length, value.
pub(crate) fn encode(tag: Tag, value: &[u8]) -> Vec<u8> {
    let tag_bytes = tag.to_be_bytes();
    let start = tag_bytes.iter().position(|byte| *byte != 0).unwrap_or(tag_bytes.len() - 1);
    let mut out = tag_bytes.get(start..).unwrap_or_default().to_vec();
    let length_bytes = value.len().to_be_bytes();
    let significant = length_bytes.iter().position(|byte| *byte != 0).unwrap_or(length_bytes.len() - 1);
    let length = length_bytes.get(significant..).unwrap_or_default();
    if value.len() >= 0x80 {
        out.push(0x80 | u8::try_from(length.len()).unwrap_or_default());
    }
    out.extend_from_slice(length);
    out.extend_from_slice(value);
    out
}
