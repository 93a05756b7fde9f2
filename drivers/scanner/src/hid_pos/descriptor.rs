//! The report descriptor (USB HID 1.11, section 6.2.2): which report carries a code, and where in it.

use std::collections::BTreeMap;

/// Longest descriptor read, in bytes: Linux accepts no longer one (`HID_MAX_DESCRIPTOR_SIZE`).
pub const DESCRIPTOR_BYTES_MAX: usize = 4_096;

/// Longest report accepted, in bytes. Scanners send 64, the most that full-speed USB carries at once.
pub const REPORT_BYTES_MAX: usize = 1_024;

/// Nested `Push` items kept.
const STACK_MAX: usize = 8;

/// Usages kept for one main item; further fields carry the last one.
const USAGES_MAX: usize = 64;

/// Generic Desktop, "Byte Count": how much of the data is meant.
const BYTE_COUNT: u32 = 0x0001_003B;
/// Bar Code Scanner page, "Decoded Data".
const DECODED_DATA: u32 = 0x008C_00FE;
/// Bar Code Scanner page, "Decode Data Continued".
const DATA_CONTINUED: u32 = 0x008C_00FF;

/// Why a device cannot be read as a HID-POS scanner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LayoutError {
    /// More than [`DESCRIPTOR_BYTES_MAX`].
    #[error("the report descriptor has {got} bytes, expected at most {DESCRIPTOR_BYTES_MAX}")]
    TooLong {
        /// Its length.
        got: usize,
    },
    /// An item ends after the descriptor does.
    #[error("the report descriptor is cut off")]
    CutOff,
    /// A report longer than [`REPORT_BYTES_MAX`], or an endless stack.
    #[error("the report descriptor asks for more than any scanner sends")]
    TooMuch,
    /// No input report has the usage "Decoded Data" of the page 8C.
    #[error("no report of decoded bar code data (usage page 8C): this is not a HID-POS scanner")]
    NoDecodedData,
    /// The data does not begin at a byte, or is not bytes.
    #[error("the decoded data is not made of whole bytes")]
    NotBytes,
}

/// Where one value stands in a report, in bits from its first byte, report id included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Field {
    at: usize,
    bits: usize,
}

/// How a HID-POS scanner reports its codes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    /// Report id → length in bytes, id included. The id 0 stands alone and has no byte of its own.
    lengths: BTreeMap<u8, usize>,
    code_report: u8,
    count: Option<Field>,
    data_at: usize,
    data_bytes: usize,
    continued: Option<Field>,
}

/// One report of a code.
pub(super) struct CodeReport<'a> {
    pub(super) data: &'a [u8],
    pub(super) more: bool,
}

impl Layout {
    /// Reads a report descriptor, as the kernel shows it in `report_descriptor`.
    ///
    /// # Errors
    /// [`LayoutError`] when it is malformed or describes no bar code scanner.
    pub fn parse(descriptor: &[u8]) -> Result<Self, LayoutError> {
        if descriptor.len() > DESCRIPTOR_BYTES_MAX {
            return Err(LayoutError::TooLong { got: descriptor.len() });
        }
        let mut reader = Reader::default();
        let mut rest = descriptor;
        while !rest.is_empty() {
            let (item, after) = Item::first(rest).ok_or(LayoutError::CutOff)?;
            rest = after;
            reader.take(&item)?;
        }
        reader.layout()
    }

    /// Length of the report that begins with `first`; `None` when no report does.
    pub(super) fn report_bytes(&self, first: u8) -> Option<usize> {
        self.lengths.get(&0).or_else(|| self.lengths.get(&first)).copied()
    }

    /// What a whole report says of a code; `None` for reports about something else, and for a count that cannot be.
    pub(super) fn code<'a>(&self, report: &'a [u8]) -> Option<CodeReport<'a>> {
        if !self.lengths.contains_key(&0) && report.first() != Some(&self.code_report) {
            return None;
        }
        let room = report.get(self.data_at..self.data_at + self.data_bytes)?;
        let data = match self.count {
            Some(field) => room.get(..bits(report, field))?,
            // Without a count, padding is told from data by being zero.
            None => room.get(..room.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1))?,
        };
        Some(CodeReport { data, more: self.continued.is_some_and(|field| bits(report, field) != 0) })
    }
}

/// The value of a field, lowest bit first (section 5.8).
fn bits(report: &[u8], field: Field) -> usize {
    (0..field.bits.min(16))
        .filter(|bit| {
            let at = field.at + bit;
            report.get(at / 8).is_some_and(|byte| byte >> (at % 8) & 1 == 1)
        })
        .map(|bit| 1 << bit)
        .sum()
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Main,
    Global,
    Local,
    Reserved,
}

struct Item {
    kind: Kind,
    tag: u8,
    value: u32,
    bytes: usize,
}

impl Item {
    /// The first item and what follows it (section 6.2.2.2; long items, 6.2.2.3, carry nothing for us).
    fn first(from: &[u8]) -> Option<(Self, &[u8])> {
        let (prefix, rest) = from.split_first()?;
        if *prefix == 0xFE {
            let (length, rest) = rest.split_first()?;
            let after = rest.get(usize::from(*length) + 1..)?;
            return Some((Self { kind: Kind::Reserved, tag: 0, value: 0, bytes: 0 }, after));
        }
        let bytes = [0, 1, 2, 4].get(usize::from(prefix & 0b11)).copied()?;
        let (data, after) = rest.split_at_checked(bytes)?;
        let value = data.iter().rev().fold(0, |value, byte| value << 8 | u32::from(*byte));
        let kind = match prefix >> 2 & 0b11 {
            0 => Kind::Main,
            1 => Kind::Global,
            2 => Kind::Local,
            _ => Kind::Reserved,
        };
        Some((Self { kind, tag: prefix >> 4, value, bytes }, after))
    }
}

#[derive(Default, Clone, Copy)]
struct Globals {
    page: u32,
    bits: usize,
    count: usize,
    id: u8,
}

/// The state of reading: globals and their stack, the usages of the next main item, and what was found.
#[derive(Default)]
struct Reader {
    globals: Globals,
    stack: Vec<Globals>,
    usages: Vec<u32>,
    usage_minimum: u32,
    /// Report id → bits so far, without the id's own byte.
    reports: BTreeMap<u8, usize>,
    numbered: bool,
    count: Option<(u8, Field)>,
    data: Option<(u8, Field, usize)>,
    continued: Option<(u8, Field)>,
}

impl Reader {
    fn take(&mut self, item: &Item) -> Result<(), LayoutError> {
        match item.kind {
            Kind::Global => self.global(item),
            Kind::Local => {
                self.local(item);
                Ok(())
            }
            Kind::Main => {
                const INPUT: u8 = 8;
                let outcome = if item.tag == INPUT { self.input(item.value) } else { Ok(()) };
                self.usages.clear();
                self.usage_minimum = 0;
                outcome
            }
            Kind::Reserved => Ok(()),
        }
    }

    fn global(&mut self, item: &Item) -> Result<(), LayoutError> {
        let size = || usize::try_from(item.value).map_err(|_| LayoutError::TooMuch);
        match item.tag {
            0 => self.globals.page = item.value & 0xFFFF,
            7 => self.globals.bits = size()?,
            8 => {
                self.globals.id = u8::try_from(item.value).map_err(|_| LayoutError::TooMuch)?;
                self.numbered = true;
            }
            9 => self.globals.count = size()?,
            10 if self.stack.len() >= STACK_MAX => return Err(LayoutError::TooMuch),
            10 => self.stack.push(self.globals),
            11 => self.globals = self.stack.pop().unwrap_or(self.globals),
            // Ranges and units say nothing about where a value is.
            _ => {}
        }
        Ok(())
    }

    fn local(&mut self, item: &Item) {
        // A usage of four bytes carries its page (section 6.2.2.8).
        let usage = if item.bytes == 4 { item.value } else { self.globals.page << 16 | item.value };
        match item.tag {
            0 if self.usages.len() < USAGES_MAX => self.usages.push(usage),
            1 => self.usage_minimum = usage,
            2 => self.usages.extend((self.usage_minimum..=usage).take(USAGES_MAX - self.usages.len().min(USAGES_MAX))),
            _ => {}
        }
    }

    fn input(&mut self, flags: u32) -> Result<(), LayoutError> {
        let Globals { bits, count, id, .. } = self.globals;
        let start = self.reports.get(&id).copied().unwrap_or(0);
        let end = bits.checked_mul(count).and_then(|size| size.checked_add(start)).ok_or(LayoutError::TooMuch)?;
        if end > REPORT_BYTES_MAX * 8 {
            return Err(LayoutError::TooMuch);
        }
        self.reports.insert(id, end);
        let constant = flags & 1 != 0;
        for (place, usage) in self.usages.iter().enumerate().take(if constant { 0 } else { count }) {
            let field = Field { at: start + place * bits, bits };
            match *usage {
                BYTE_COUNT => self.count = Some((id, field)),
                // One usage for all its bytes, or one each: the first tells where they begin.
                DECODED_DATA => {
                    self.data.get_or_insert((id, field, count - place));
                }
                DATA_CONTINUED => self.continued = Some((id, field)),
                _ => {}
            }
        }
        Ok(())
    }

    fn layout(self) -> Result<Layout, LayoutError> {
        let (code_report, data, data_bytes) = self.data.ok_or(LayoutError::NoDecodedData)?;
        // The id is a byte of each report.
        let id_bits = if self.numbered { 8 } else { 0 };
        if data.bits != 8 || data.at % 8 != 0 {
            return Err(LayoutError::NotBytes);
        }
        let here = |found: Option<(u8, Field)>| {
            let (_, field) = found.filter(|(id, _)| *id == code_report)?;
            Some(Field { at: field.at + id_bits, ..field })
        };
        Ok(Layout {
            count: here(self.count),
            continued: here(self.continued),
            data_at: (data.at + id_bits) / 8,
            data_bytes,
            code_report,
            lengths: self.reports.iter().map(|(id, bits)| (*id, (bits + id_bits).div_ceil(8))).collect(),
        })
    }
}
