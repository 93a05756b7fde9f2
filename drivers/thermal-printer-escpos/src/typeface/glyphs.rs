//! Letters as dots, each rasterised once for its size and kept from ticket to ticket.
//!
//! They are kept by their place in the font: what is kept does not tell in which order a name had them.

use embedded_graphics::prelude::Point;
use fontdue::Font;

use super::Style;

/// Most letters of a face kept at once, about 150 kB. A hospital's tickets need about 300; with more, all are forgotten
/// and kept anew.
const GLYPHS_MAX: usize = 1_024;

/// A letter as dots.
pub(super) struct Glyph {
    /// Of its upper left dot, from the pen on the baseline.
    pub corner: Point,
    /// Bytes in a row.
    pub row_bytes: usize,
    /// Its rows from the top; none for a space.
    pub packed: Vec<u8>,
}

impl Glyph {
    fn new(font: &Font, index: u16, style: Style) -> Self {
        let (metrics, coverage) = font.rasterize_indexed(index, style.px as f32);
        let row_bytes = metrics.width.div_ceil(8);
        let mut packed = vec![0_u8; row_bytes * metrics.height];
        let rows = coverage.chunks_exact(metrics.width.max(1));
        for (to, row) in packed.chunks_exact_mut(row_bytes.max(1)).zip(rows) {
            for (byte, coverage) in to.iter_mut().zip(row.chunks(8)) {
                *byte = pack(coverage, style.coverage_black());
            }
        }
        Self { corner: Point::new(metrics.xmin, -metrics.ymin - metrics.height as i32), row_bytes, packed }
    }
}

/// The letters of one face that were drawn so far.
#[derive(Default)]
pub(super) struct Glyphs {
    /// By size, then by place in the font.
    sizes: Vec<(Style, Vec<Option<Glyph>>)>,
    kept: usize,
}

impl Glyphs {
    /// The letter at `index` of `font`; `None` when the font has no such place.
    pub fn get(&mut self, font: &Font, index: u16, style: Style) -> Option<&Glyph> {
        let size = match self.sizes.iter().position(|(kept, _)| *kept == style) {
            Some(size) => size,
            None => self.add_size(font, style),
        };
        if self.kept >= GLYPHS_MAX && self.is_missing(size, index) {
            self.sizes.clear();
            self.kept = 0;
            self.add_size(font, style);
            return self.fill(font, 0, index);
        }
        self.fill(font, size, index)
    }

    fn add_size(&mut self, font: &Font, style: Style) -> usize {
        let places = std::iter::repeat_with(|| None).take(font.glyph_count().into()).collect();
        self.sizes.push((style, places));
        self.sizes.len() - 1
    }

    fn is_missing(&self, size: usize, index: u16) -> bool {
        self.sizes.get(size).and_then(|(_, glyphs)| glyphs.get(usize::from(index))).is_some_and(Option::is_none)
    }

    fn fill(&mut self, font: &Font, size: usize, index: u16) -> Option<&Glyph> {
        let (style, glyphs) = self.sizes.get_mut(size)?;
        let kept = &mut self.kept;
        let glyph = glyphs.get_mut(usize::from(index))?.get_or_insert_with(|| {
            *kept += 1;
            Glyph::new(font, index, *style)
        });
        Some(glyph)
    }
}

/// Up to eight coverages as bits, the first in the highest; 1 = at least `black`, which is at most 128.
fn pack(coverage: &[u8], black: u8) -> u8 {
    const EACH: u64 = 0x0101_0101_0101_0101;
    /// Brings the lowest bit of each byte to its place in the highest byte.
    const GATHER: u64 = 0x8040_2010_0804_0201;
    let mut eight = [0; 8];
    for (to, value) in eight.iter_mut().zip(coverage) {
        *to = *value;
    }
    let values = u64::from_le_bytes(eight);
    // The seven low bits reach the highest one when they are large enough; it may also be set from the start.
    let reached = values | ((values & (EACH * 0x7F)) + EACH * u64::from(128_u8.saturating_sub(black)));
    (((reached >> 7) & EACH).wrapping_mul(GATHER) >> 56) as u8
}

#[cfg(test)]
mod tests {
    use super::super::{BOLD, COVERAGE_BLACK, COVERAGE_BLACK_THIN};
    use super::*;

    #[test]
    fn coverages_become_bits_from_the_threshold_on() {
        for black in [COVERAGE_BLACK, COVERAGE_BLACK_THIN] {
            let around = [black - 1, black, 255, 0, black, 127, 128, 1];
            let expected = around.iter().fold(0_u8, |bits, value| bits << 1 | u8::from(*value >= black));
            assert_eq!(pack(&around, black), expected);
            assert_eq!(pack(&around[..3], black), 0b0110_0000);
        }
    }

    /// More sizes than a face keeps letters of, twice over: each letter is the same as when it was drawn alone.
    #[test]
    fn however_many_letters_are_drawn_few_are_kept_and_each_is_itself() {
        let font = &BOLD.font;
        let mut glyphs = Glyphs::default();
        for _ in 0..2 {
            for px in 20..60 {
                for index in 1..60 {
                    let style = Style::bold(px);
                    let alone = Glyph::new(font, index, style);
                    let kept = glyphs.get(font, index, style).unwrap();
                    assert!(kept.packed == alone.packed && kept.corner == alone.corner, "{index} at {px}");
                    assert!(glyphs.kept <= GLYPHS_MAX);
                }
            }
        }
        let held = glyphs.sizes.iter().flat_map(|(_, glyphs)| glyphs).flatten().count();
        assert_eq!(held, glyphs.kept);
    }

    #[test]
    fn a_place_that_the_font_does_not_have_is_no_letter() {
        assert!(Glyphs::default().get(&BOLD.font, u16::MAX, Style::bold(30)).is_none());
    }
}
