//! The built-in face: ASCII in cells of 12 x 24 dots (Font A); any other byte is a crossed box, so that it is seen.

use std::convert::Infallible;

use embedded_graphics::mono_font::MonoTextStyle;
use embedded_graphics::mono_font::ascii::FONT_10X20;
use embedded_graphics::pixelcolor::BinaryColor;
use embedded_graphics::prelude::{Dimensions, DrawTarget, Drawable, Pixel, Point, Size};
use embedded_graphics::primitives::Rectangle;
use embedded_graphics::text::{Baseline, Text};

pub(super) const CELL_WIDTH: usize = 12;
pub(super) const CELL_HEIGHT: usize = 24;

/// Where a glyph of 10 x 20 stands in its cell.
const INSET: Point = Point::new(1, 2);
const BOX_RIGHT: usize = CELL_WIDTH - 2;
const BOX_BOTTOM: usize = CELL_HEIGHT - 3;

/// Dots of one character; the leftmost dot of a row is bit 15.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cell(pub(super) [u16; CELL_HEIGHT]);

impl Cell {
    /// Columns from the left, each of three bytes from the top; what is beyond the cell is lost.
    pub(super) fn from_columns(columns: &[u8]) -> Self {
        let mut cell = Self([0; CELL_HEIGHT]);
        for (x, column) in columns.chunks_exact(3).enumerate() {
            for y in (0..CELL_HEIGHT).filter(|y| column.get(y / 8).is_some_and(|bits| bits & (0x80 >> (y % 8)) != 0)) {
                cell.set(x, y);
            }
        }
        cell
    }

    pub(super) fn set(&mut self, x: usize, y: usize) {
        if let Some(row) = self.0.get_mut(y).filter(|_| x < CELL_WIDTH) {
            *row |= 0x8000 >> x;
        }
    }
}

impl Dimensions for Cell {
    fn bounding_box(&self) -> Rectangle {
        Rectangle::new(Point::zero(), Size::new(CELL_WIDTH as u32, CELL_HEIGHT as u32))
    }
}

impl DrawTarget for Cell {
    type Color = BinaryColor;
    type Error = Infallible;

    fn draw_iter<I: IntoIterator<Item = Pixel<BinaryColor>>>(&mut self, pixels: I) -> Result<(), Infallible> {
        for Pixel(at, color) in pixels {
            if let (Ok(x), Ok(y), BinaryColor::On) = (usize::try_from(at.x), usize::try_from(at.y), color) {
                self.set(x, y);
            }
        }
        Ok(())
    }
}

/// The dots of `byte`.
pub(super) fn glyph(byte: u8) -> Cell {
    let mut cell = Cell([0; CELL_HEIGHT]);
    if !matches!(byte, 0x20..=0x7E) {
        return crossed_box(cell);
    }
    let text = char::from(byte).to_string();
    let style = MonoTextStyle::new(&FONT_10X20, BinaryColor::On);
    let Ok(_next) = Text::with_baseline(&text, INSET, style, Baseline::Top).draw(&mut cell);
    cell
}

fn crossed_box(mut cell: Cell) -> Cell {
    for x in 1..=BOX_RIGHT {
        cell.set(x, 2);
        cell.set(x, BOX_BOTTOM);
        cell.set(x, 2 * x);
    }
    for y in 2..=BOX_BOTTOM {
        cell.set(1, y);
        cell.set(BOX_RIGHT, y);
    }
    cell
}
