//! Paper: 1-bit rows, and a picture of them.

/// Dots in a row: 72 mm at 203 dpi.
pub const DOTS_PER_ROW: usize = 576;

/// Bytes in a row, the leftmost dot in the highest bit.
pub const ROW_BYTES: usize = DOTS_PER_ROW / 8;

/// Rows in a millimetre (203 dpi).
pub const ROWS_PER_MM: u32 = 8;

/// Width of a picture: 80 mm of paper with its unprintable margins.
pub const PICTURE_WIDTH_PX: usize = 640;

/// One row of dots; a set bit is black.
pub type Row = [u8; ROW_BYTES];

pub(super) const BLANK: Row = [0; ROW_BYTES];
const MARGIN_PX: usize = (PICTURE_WIDTH_PX - DOTS_PER_ROW) / 2;
const WHITE: u8 = 0xFF;
const BLACK: u8 = 0x00;

/// How a piece of paper ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Edge {
    /// Cut through.
    Full,
    /// Cut but for one point.
    Partial,
    /// Torn off by hand, or by its own weight past [`super::PATH_ROWS_MAX`].
    Torn,
    /// Still in the printer.
    Uncut,
}

/// A piece of paper.
#[derive(Clone, PartialEq, Eq)]
pub struct Paper {
    rows: Vec<Row>,
    edge: Edge,
}

/// Prints the size only: a ticket holds a patient's name.
impl std::fmt::Debug for Paper {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Paper").field("rows", &self.rows.len()).field("edge", &self.edge).finish()
    }
}

impl Paper {
    pub(super) const fn new(rows: Vec<Row>, edge: Edge) -> Self {
        Self { rows, edge }
    }

    /// Its rows from top to bottom.
    #[must_use]
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// How it ends.
    #[must_use]
    pub const fn edge(&self) -> Edge {
        self.edge
    }

    /// Whether the dot in column `x` of row `y` is black; `false` outside the paper.
    #[must_use]
    pub fn dot(&self, x: usize, y: usize) -> bool {
        self.rows.get(y).and_then(|row| row.get(x / 8)).is_some_and(|byte| byte & (0x80 >> (x % 8)) != 0)
    }

    /// Whether anything is printed on it.
    #[must_use]
    pub fn has_ink(&self) -> bool {
        self.rows.iter().any(|row| *row != BLANK)
    }

    /// Rows from the first to the last with ink, without the blank ones around.
    #[must_use]
    pub fn inked_rows(&self) -> &[Row] {
        let is_inked = |row: &Row| *row != BLANK;
        let Some(first) = self.rows.iter().position(is_inked) else { return &[] };
        let last = self.rows.iter().rposition(is_inked).unwrap_or(first);
        self.rows.get(first..=last).unwrap_or_default()
    }

    /// A PNG of the paper, 8-bit grey, [`PICTURE_WIDTH_PX`] wide, one pixel a dot.
    #[must_use]
    pub fn to_png(&self) -> Vec<u8> {
        let mut pixels: Vec<u8> = self.rows.iter().flat_map(picture_row).collect();
        if pixels.is_empty() {
            pixels = vec![WHITE; PICTURE_WIDTH_PX];
        }
        let mut png = Vec::new();
        // Writing to memory and with the size just computed, the encoder has nothing to refuse.
        encode(&mut png, &pixels).map(|()| png).unwrap_or_default()
    }
}

fn encode(into: &mut Vec<u8>, pixels: &[u8]) -> Result<(), png::EncodingError> {
    let height = pixels.len() / PICTURE_WIDTH_PX;
    let mut encoder = png::Encoder::new(into, PICTURE_WIDTH_PX as u32, u32::try_from(height).unwrap_or(u32::MAX));
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::Eight);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(pixels)?;
    writer.finish()
}

fn picture_row(row: &Row) -> Vec<u8> {
    let mut pixels = vec![WHITE; MARGIN_PX];
    for byte in row {
        pixels.extend((0..8).map(|bit| if byte & (0x80 >> bit) == 0 { WHITE } else { BLACK }));
    }
    pixels.resize(PICTURE_WIDTH_PX, WHITE);
    pixels
}
