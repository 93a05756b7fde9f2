//! The ticket as dots: one bit each, packed as the print head takes them.

use alloc::vec;
use alloc::vec::Vec;
use core::convert::Infallible;
use core::fmt;

use embedded_graphics::pixelcolor::BinaryColor;
use embedded_graphics::prelude::{Dimensions, DrawTarget, OriginDimensions, Pixel, Point, Size};
use embedded_graphics::primitives::Rectangle;
use zeroize::Zeroize;

/// Printable dots across 80 mm paper at 203 dpi (72 mm, 8 dots per mm).
pub const DOTS_80_MM: u32 = 576;
/// Printable dots across 58 mm paper at 203 dpi (48 mm, 8 dots per mm).
pub const DOTS_58_MM: u32 = 384;

/// Tallest canvas in dots, 1 m of paper at 203 dpi. Taller drawings are cut off there, not refused.
pub const HEIGHT_DOTS_MAX: u32 = 8_000;

/// A one-bit picture of a ticket; `On` is black.
///
/// Rows are packed to whole bytes, most significant bit leftmost, as `GS v 0` wants them. Drawing outside is ignored.
/// Holds the patient's name as a picture: wiped on drop, `Debug` prints the size only.
#[derive(Clone, PartialEq, Eq)]
pub struct TicketCanvas {
    size: Size,
    row_bytes: usize,
    packed: Vec<u8>,
}

impl TicketCanvas {
    /// A blank canvas. The width is rounded up to whole bytes, the height bounded by [`HEIGHT_DOTS_MAX`].
    #[must_use]
    pub fn new(size: Size) -> Self {
        let row_bytes = size.width.div_ceil(8) as usize;
        let height = size.height.min(HEIGHT_DOTS_MAX);
        let size = Size::new(row_bytes as u32 * 8, height);
        Self { size, row_bytes, packed: vec![0; row_bytes * height as usize] }
    }

    /// Dots across.
    #[must_use]
    pub const fn width_dots(&self) -> u32 {
        self.size.width
    }

    /// Dots down.
    #[must_use]
    pub const fn height_dots(&self) -> u32 {
        self.size.height
    }

    /// Bytes in a row.
    #[must_use]
    pub const fn row_bytes(&self) -> usize {
        self.row_bytes
    }

    /// All rows from the top, each [`row_bytes`](Self::row_bytes) long.
    #[must_use]
    pub fn packed(&self) -> &[u8] {
        &self.packed
    }

    /// The rows from the top.
    pub fn rows(&self) -> impl ExactSizeIterator<Item = &[u8]> {
        self.packed.chunks_exact(self.row_bytes.max(1))
    }

    /// Whether the dot at `at` is black; outside of the canvas none is.
    #[must_use]
    pub fn is_black(&self, at: Point) -> bool {
        self.position(at).is_some_and(|(byte, mask)| self.packed.get(byte).is_some_and(|bits| bits & mask != 0))
    }

    /// Whether no dot is black.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        self.packed.iter().all(|bits| *bits == 0)
    }

    /// Lays a packed picture over the canvas: its black dots take the colour `ink`, its white ones change nothing.
    /// `row_bytes` bytes make a row; what stands outside of the canvas is not drawn.
    pub fn stamp(&mut self, corner: Point, row_bytes: usize, picture: &[u8], ink: BinaryColor) {
        for (y, bits) in picture.chunks_exact(row_bytes.max(1)).enumerate() {
            self.stamp_row(corner + Point::new(0, y as i32), bits, ink);
        }
    }

    fn stamp_row(&mut self, start: Point, bits: &[u8], ink: BinaryColor) {
        let (first, shift) = (start.x.div_euclid(8), start.x.rem_euclid(8));
        // Bytes that stand left of the canvas; the last of them may reach into it.
        let outside = usize::try_from(-first).unwrap_or(0);
        let mut before = outside.checked_sub(1).and_then(|last| bits.get(last)).copied().unwrap_or(0);
        let bits = bits.get(outside..).unwrap_or_default();
        let row = self.row_mut(start.y).unwrap_or_default();
        let row = row.get_mut(usize::try_from(first).unwrap_or(0)..).unwrap_or_default();
        for (under, bits) in row.iter_mut().zip(bits) {
            paint(under, (u16::from_be_bytes([before, *bits]) >> shift) as u8, ink);
            before = *bits;
        }
        if let Some(under) = row.get_mut(bits.len()) {
            paint(under, (u16::from_be_bytes([before, 0]) >> shift) as u8, ink);
        }
    }

    fn row_mut(&mut self, y: i32) -> Option<&mut [u8]> {
        let y = usize::try_from(y).ok().filter(|y| *y < self.size.height as usize)?;
        self.packed.get_mut(y * self.row_bytes..(y + 1) * self.row_bytes)
    }

    /// The rows `rows` as a canvas of their own.
    #[must_use]
    pub fn strip(&self, rows: core::ops::Range<u32>) -> Self {
        let mut strip = Self::new(Size::new(self.size.width, rows.end.saturating_sub(rows.start)));
        let from = rows.start as usize * self.row_bytes;
        let rows = self.packed.get(from..).unwrap_or_default();
        let count = rows.len().min(strip.packed.len());
        if let (Some(to), Some(rows)) = (strip.packed.get_mut(..count), rows.get(..count)) {
            to.copy_from_slice(rows);
        }
        strip
    }

    fn position(&self, at: Point) -> Option<(usize, u8)> {
        let x = u32::try_from(at.x).ok().filter(|x| *x < self.size.width)?;
        let y = u32::try_from(at.y).ok().filter(|y| *y < self.size.height)?;
        Some((y as usize * self.row_bytes + x as usize / 8, 0x80 >> (x % 8)))
    }

    fn set(&mut self, at: Point, color: BinaryColor) {
        let Some((byte, mask)) = self.position(at) else { return };
        let Some(bits) = self.packed.get_mut(byte) else { return };
        match color {
            BinaryColor::On => *bits |= mask,
            BinaryColor::Off => *bits &= !mask,
        }
    }
}

/// Gives the dots of `mask` in one byte a colour.
const fn paint(under: &mut u8, mask: u8, ink: BinaryColor) {
    match ink {
        BinaryColor::On => *under |= mask,
        BinaryColor::Off => *under &= !mask,
    }
}

impl OriginDimensions for TicketCanvas {
    fn size(&self) -> Size {
        self.size
    }
}

impl DrawTarget for TicketCanvas {
    type Color = BinaryColor;
    type Error = Infallible;

    fn draw_iter<I: IntoIterator<Item = Pixel<BinaryColor>>>(&mut self, pixels: I) -> Result<(), Infallible> {
        for Pixel(at, color) in pixels {
            self.set(at, color);
        }
        Ok(())
    }

    fn fill_solid(&mut self, area: &Rectangle, color: BinaryColor) -> Result<(), Infallible> {
        let area = area.intersection(&self.bounding_box());
        let columns = area.columns();
        for y in area.rows() {
            let Some(row) = self.row_mut(y) else { continue };
            for at in columns.start / 8..(columns.end + 7) / 8 {
                let (left, right) = (columns.start.max(at * 8) - at * 8, columns.end.min(at * 8 + 8) - at * 8);
                let mask = (0xFF_u16 >> left & 0xFF_u16 << (8 - right)) as u8;
                if let Some(under) = row.get_mut(at as usize) {
                    paint(under, mask, color);
                }
            }
        }
        Ok(())
    }
}

impl Drop for TicketCanvas {
    fn drop(&mut self) {
        self.packed.zeroize();
    }
}

impl fmt::Debug for TicketCanvas {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TicketCanvas({} x {} dots)", self.size.width, self.size.height)
    }
}

#[cfg(test)]
mod tests {
    use alloc::format;

    use embedded_graphics::prelude::PointsIter;

    use super::*;

    #[test]
    fn the_first_dot_is_the_top_bit_of_the_first_byte() {
        let mut canvas = TicketCanvas::new(Size::new(16, 2));
        canvas.set(Point::new(0, 0), BinaryColor::On);
        canvas.set(Point::new(15, 1), BinaryColor::On);
        assert_eq!(canvas.packed(), [0x80, 0, 0, 1]);
    }

    #[test]
    fn drawing_outside_changes_nothing() {
        let mut canvas = TicketCanvas::new(Size::new(8, 8));
        for at in [Point::new(-1, 0), Point::new(8, 0), Point::new(0, -1), Point::new(0, 8)] {
            canvas.set(at, BinaryColor::On);
            assert!(!canvas.is_black(at));
        }
        assert!(canvas.packed().iter().all(|bits| *bits == 0));
    }

    #[test]
    fn an_area_is_filled_to_the_dot_at_every_place() {
        for (x, width) in [(-3, 5), (0, 8), (1, 1), (5, 9), (7, 30), (30, 10)] {
            let area = Rectangle::new(Point::new(x, 0), Size::new(width, 2));
            let mut canvas = TicketCanvas::new(Size::new(32, 2));
            let Ok(()) = canvas.fill_solid(&area, BinaryColor::On);
            for at in canvas.bounding_box().points() {
                assert_eq!(canvas.is_black(at), area.contains(at), "{at:?} of {area:?}");
            }
            let Ok(()) = canvas.fill_solid(&area, BinaryColor::Off);
            assert!(canvas.is_blank());
        }
    }

    #[test]
    fn a_picture_is_laid_to_the_dot_at_every_place() {
        let picture = [0b1011_0110, 0b0110_1001, 0b1000_0001, 0b0100_0010];
        let is_black = |x: i32, y: i32| picture[(y * 2 + x / 8) as usize] & (0x80 >> (x % 8)) != 0;
        for x in -18..34 {
            for y in -3..4 {
                let mut canvas = TicketCanvas::new(Size::new(24, 3));
                canvas.stamp(Point::new(x, y), 2, &picture, BinaryColor::On);
                let area = Rectangle::new(Point::new(x, y), Size::new(16, 2));
                for at in canvas.bounding_box().points() {
                    let expected = area.contains(at) && is_black(at.x - x, at.y - y);
                    assert_eq!(canvas.is_black(at), expected, "{at:?} of a picture at {x}, {y}");
                }
                canvas.stamp(Point::new(x, y), 2, &picture, BinaryColor::Off);
                assert!(canvas.is_blank());
            }
        }
    }

    #[test]
    fn a_strip_has_the_rows_it_was_asked_for() {
        let mut canvas = TicketCanvas::new(Size::new(8, 3));
        canvas.set(Point::new(2, 1), BinaryColor::On);
        assert_eq!(canvas.strip(1..3).packed(), [0x20, 0]);
    }

    #[test]
    fn debug_shows_no_dot_of_the_patient() {
        let mut canvas = TicketCanvas::new(Size::new(8, 1));
        let area = canvas.size();
        Rectangle::new(Point::zero(), area).points().for_each(|at| canvas.set(at, BinaryColor::On));
        assert_eq!(format!("{canvas:?}"), "TicketCanvas(8 x 1 dots)");
    }
}
