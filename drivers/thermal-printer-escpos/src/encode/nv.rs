//! Pictures kept in the printer: which a ticket needs, under which key, and whether they are there.
//!
//! Flash wears out (Epson: at most ten writes a day), so a ticket never writes. A [`Stock`] is written once, when the
//! printer does not hold it, and its seal is written last: after a power cut in the middle the seal is missing.
//! Source: Epson ESC/POS Command Reference, `GS ( L` functions 64, 65, 67 and 69.

use alloc::vec::Vec;

use super::raster::{blank_bytes_at_both_ends, defuse, length_spells_command};
use super::sheet::{Content, Sheet};
use crate::canvas::TicketCanvas;

/// Two bytes by which a printer keeps a picture, each 32 to 126.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyCode([u8; 2]);

const KEY_LOW: u64 = 32;
const KEY_VALUES: u64 = 95;

impl KeyCode {
    /// The bytes as they stand in commands and replies.
    #[must_use]
    pub const fn bytes(self) -> [u8; 2] {
        self.0
    }

    const fn of(fingerprint: u64) -> Self {
        Self([(KEY_LOW + fingerprint / KEY_VALUES % KEY_VALUES) as u8, (KEY_LOW + fingerprint % KEY_VALUES) as u8])
    }
}

/// A picture that many tickets share, cropped to its ink.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FinitePicture {
    blank_rows_above: u32,
    row_bytes: u16,
    rows: u16,
    data: Vec<u8>,
    fingerprint: u64,
    dots_flipped: usize,
}

impl FinitePicture {
    /// Crops `canvas`; `None` when all of it is white.
    #[must_use]
    pub fn new(canvas: &TicketCanvas) -> Option<Self> {
        let inked = || canvas.rows().enumerate().filter_map(|(y, row)| Some((y, blank_bytes_at_both_ends(row)?)));
        let (first, _) = inked().next()?;
        let (last, _) = inked().last()?;
        let crop = inked().map(|(_, crop)| crop).min().unwrap_or(0);
        let row_bytes = canvas.row_bytes() - 2 * crop;
        let mut data: Vec<u8> = Vec::new();
        let rows = canvas.rows().skip(first).take(last + 1 - first);
        for row in rows {
            data.extend_from_slice(row.get(crop..crop + row_bytes).unwrap_or_default());
        }
        if length_spells_command(DEFINITION_PARAMETERS + data.len()) {
            data.extend(core::iter::repeat_n(0, row_bytes));
        }
        let dots_flipped = defuse(&mut data);
        let rows = (data.len() / row_bytes.max(1)) as u16;
        let row_bytes = row_bytes as u16;
        let fingerprint = fingerprint([row_bytes.to_le_bytes(), rows.to_le_bytes()].concat().iter().chain(&data));
        Some(Self { blank_rows_above: first as u32, row_bytes, rows, data, fingerprint, dots_flipped })
    }

    /// White rows above the ink in the part it was made of.
    #[must_use]
    pub const fn blank_rows_above(&self) -> u32 {
        self.blank_rows_above
    }

    /// Rows it prints.
    #[must_use]
    pub const fn rows(&self) -> u32 {
        self.rows as u32
    }

    /// Bytes it takes in the printer's memory.
    #[must_use]
    pub fn data_bytes(&self) -> usize {
        self.data.len()
    }

    /// Dots changed to keep a real-time command out of the data.
    #[must_use]
    pub const fn dots_flipped(&self) -> usize {
        self.dots_flipped
    }

    fn define_into(&self, key: KeyCode, out: &mut Vec<u8>) {
        define(key, self.row_bytes * 8, self.rows, &self.data, out);
    }
}

/// Bytes between the length and the data of function 67.
const DEFINITION_PARAMETERS: usize = 11;

/// `GS ( L` function 67, or `GS 8 L` where two bytes of length do not hold it.
fn define(key: KeyCode, width_dots: u16, rows: u16, data: &[u8], out: &mut Vec<u8>) {
    let body = (DEFINITION_PARAMETERS + data.len()) as u32;
    match u16::try_from(body) {
        Ok(body) => {
            out.extend([0x1D, b'(', b'L']);
            out.extend(body.to_le_bytes());
        }
        Err(_) => {
            out.extend([0x1D, b'8', b'L']);
            out.extend(body.to_le_bytes());
        }
    }
    out.extend([48, 67, 48]);
    out.extend(key.bytes());
    out.push(1);
    out.extend(width_dots.to_le_bytes());
    out.extend(rows.to_le_bytes());
    out.push(49);
    out.extend(data);
}

/// FNV-1a, 64 bits.
fn fingerprint<'a>(bytes: impl Iterator<Item = &'a u8>) -> u64 {
    bytes.fold(0xCBF2_9CE4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01B3))
}

/// The pictures of a sheet that many tickets share, from top to bottom.
pub fn finite_pictures(sheet: &Sheet) -> impl Iterator<Item = FinitePicture> {
    let fixed = sheet.parts().iter().filter(|part| matches!(part.content, Content::Fixed(_)));
    fixed.filter_map(|part| FinitePicture::new(&sheet.picture(part)))
}

/// Most pictures in a stock: with more, two of them would too often want one key.
pub const STOCK_PICTURES_MAX: usize = 200;

/// `ESC @`, then `GS ( L` function 65: deletes every picture.
const DELETE_ALL: [u8; 12] = [0x1B, b'@', 0x1D, b'(', b'L', 5, 0, 48, 65, b'C', b'L', b'R'];

/// What a printer holds, by key code. A picture whose key is taken by another travels with its tickets instead.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Stock {
    held: Vec<(KeyCode, u64)>,
}

impl Stock {
    /// Nothing: every picture travels.
    #[must_use]
    pub const fn empty() -> Self {
        Self { held: Vec::new() }
    }

    /// The stock that holds `pictures`, the first [`STOCK_PICTURES_MAX`] of them.
    #[must_use]
    pub fn of<'a>(pictures: impl IntoIterator<Item = &'a FinitePicture>) -> Self {
        let mut stock = Self::empty();
        for picture in pictures {
            let key = KeyCode::of(picture.fingerprint);
            if stock.held.len() < STOCK_PICTURES_MAX && stock.held.iter().all(|(held, _)| *held != key) {
                stock.held.push((key, picture.fingerprint));
            }
        }
        stock
    }

    /// Under which key it holds `picture`.
    #[must_use]
    pub fn key(&self, picture: &FinitePicture) -> Option<KeyCode> {
        self.held.iter().find(|(_, fingerprint)| *fingerprint == picture.fingerprint).map(|(key, _)| *key)
    }

    /// Every key a printer must list that holds the whole stock, the seal last.
    pub fn keys(&self) -> impl Iterator<Item = KeyCode> {
        self.held.iter().map(|(key, _)| *key).chain(core::iter::once(self.seal()))
    }

    /// Whether a printer that lists `keys` holds the whole stock.
    #[must_use]
    pub fn is_held(&self, keys: &[KeyCode]) -> bool {
        self.keys().all(|key| keys.contains(&key))
    }

    /// The bytes that write the stock: all that was there is deleted, each picture defined, then the seal.
    ///
    /// To be sent only when [`Stock::is_held`] says no. Writing takes a printer some seconds.
    #[must_use]
    pub fn definition<'a>(&self, pictures: impl IntoIterator<Item = &'a FinitePicture>) -> Vec<u8> {
        self.definitions(pictures).concat()
    }

    /// The same in parts of whole commands: between two of them a printer may print. The first deletes what was there,
    /// the last is the seal.
    #[must_use]
    pub fn definitions<'a>(&self, pictures: impl IntoIterator<Item = &'a FinitePicture>) -> Vec<Vec<u8>> {
        let defined = self.in_order(pictures).into_iter().map(|(key, picture)| {
            let mut part = Vec::new();
            picture.define_into(key, &mut part);
            part
        });
        let mut seal = Vec::new();
        define(self.seal(), 8, 1, &[0x80], &mut seal);
        core::iter::once(Vec::from(DELETE_ALL)).chain(defined).chain([seal]).collect()
    }

    /// The parts of [`definitions`](Self::definitions) that a printer lacks which lists `keys`.
    ///
    /// A writing that was broken off leaves the first pictures and no seal. It goes on with the last one listed, of which
    /// only the name may be right. Whatever else is listed is of another stock: all is written.
    #[must_use]
    pub fn missing<'a>(
        &self,
        pictures: impl IntoIterator<Item = &'a FinitePicture> + Clone,
        keys: &[KeyCode],
    ) -> Vec<Vec<u8>> {
        let wanted = self.in_order(pictures.clone());
        let mut found: Vec<KeyCode> = keys.to_vec();
        found.sort_unstable();
        found.dedup();
        let mut first: Vec<KeyCode> = wanted.iter().map(|(key, _)| *key).take(found.len()).collect();
        first.sort_unstable();
        let mut parts = self.definitions(pictures);
        if found == first {
            parts.drain(..found.len());
        }
        parts
    }

    /// Each picture of the stock once, in the order in which they are written.
    fn in_order<'a>(&self, pictures: impl IntoIterator<Item = &'a FinitePicture>) -> Vec<(KeyCode, &'a FinitePicture)> {
        let mut ordered: Vec<(KeyCode, &FinitePicture)> = Vec::new();
        for picture in pictures {
            if let Some(key) = self.key(picture).filter(|key| ordered.iter().all(|(known, _)| known != key)) {
                ordered.push((key, picture));
            }
        }
        ordered
    }

    /// A key that only this set of pictures has: the first free one from the sum of all on.
    fn seal(&self) -> KeyCode {
        let sum = self.held.iter().fold(1_u64, |sum, (_, fingerprint)| sum.rotate_left(5) ^ fingerprint);
        let free = |place: &u64| self.held.iter().all(|(key, _)| *key != KeyCode::of(sum.wrapping_add(*place)));
        let place = (0..=STOCK_PICTURES_MAX as u64).find(free).unwrap_or(0);
        KeyCode::of(sum.wrapping_add(place))
    }
}

/// `GS ( L` function 64: asks for the key codes. Each block of the answer is taken by [`ACKNOWLEDGE`].
pub const LIST_KEY_CODES: [u8; 9] = [0x1D, b'(', b'L', 4, 0, 48, 64, b'K', b'C'];
/// Takes one block of an answer and asks for the next.
pub const ACKNOWLEDGE: u8 = 0x06;

/// One block of the answer to [`LIST_KEY_CODES`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyList {
    /// Key codes in it, at most 40.
    pub keys: Vec<KeyCode>,
    /// Whether another block follows.
    pub more: More,
}

/// Whether another block follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum More {
    /// Status 40: this is the last one.
    Last,
    /// Status 41.
    Follows,
}

impl KeyList {
    /// Reads a block 37 72 (40 | 41) … 00; `None` when it is none.
    #[must_use]
    pub fn parse(block: &[u8]) -> Option<Self> {
        let [0x37, 0x72, status @ (0x40 | 0x41), keys @ .., 0] = block else { return None };
        let printable = |byte: &u8| (32..=126).contains(byte);
        if keys.len() % 2 != 0 || !keys.iter().all(printable) {
            return None;
        }
        let keys = keys.chunks_exact(2).filter_map(|pair| Some(KeyCode(pair.try_into().ok()?))).collect();
        Some(Self { keys, more: if *status == 0x41 { More::Follows } else { More::Last } })
    }
}
