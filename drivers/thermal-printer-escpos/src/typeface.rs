//! Letters as dots: Noto Sans, thresholded for a head that knows black and white only.

mod glyphs;

use std::sync::{LazyLock, Mutex, PoisonError};

use embedded_graphics::pixelcolor::BinaryColor;
use embedded_graphics::prelude::{Point, Size};
use embedded_graphics::primitives::Rectangle;
use fontdue::{Font, FontSettings};
use unicode_normalization::char::is_combining_mark;

use crate::canvas::TicketCanvas;
use crate::encode::{CELL_HEIGHT_DOTS, CELL_WIDTH_DOTS, Cell};
use glyphs::Glyphs;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Weight {
    Regular,
    Bold,
}

/// A weight at a size; `px` is the em square in dots.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Style {
    pub weight: Weight,
    pub px: u32,
}

/// Below this size stems of the regular weight are one to two dots: a lower threshold keeps them whole.
const THIN_STEMS_BELOW_PX: u32 = 30;
/// Coverage from which a dot is black, of 255.
const COVERAGE_BLACK: u8 = 128;
/// The same where stems are thin (by eye on 24 dot text).
const COVERAGE_BLACK_THIN: u8 = 92;
/// Top of Ễ and Ẵ and bottom of Ự and g over the em square, from the fonts' `hhea` table (1069, -293 of 1000).
const ASCENT_PERMILLE: u32 = 1_069;
const DESCENT_PERMILLE: u32 = 293;

/// The first letter of the Latin fonts.
const FIRST_LETTER: char = ' ';

/// A font with its letters in order and the width of each at an em of one dot.
struct Face {
    font: Font,
    letters: Vec<(char, u16, f32)>,
    glyphs: Mutex<Glyphs>,
}

static REGULAR: LazyLock<Face> = LazyLock::new(|| Face::load(include_bytes!("../fonts/NotoSans-Regular.ttf")));
static BOLD: LazyLock<Face> = LazyLock::new(|| Face::load(include_bytes!("../fonts/NotoSans-Bold.ttf")));
/// Chinese letters of the phrases in `fonts/phrases-zh.txt`; one weight serves both, as thin strokes break up.
static HAN: LazyLock<Face> = LazyLock::new(|| Face::load(include_bytes!("../fonts/NotoSansSC-Bold.otf")));

impl Face {
    #[expect(clippy::expect_used, reason = "the font is a part of the program; every test that draws parses it")]
    fn load(bytes: &[u8]) -> Self {
        let font = Font::from_bytes(bytes, FontSettings { scale: 64.0, ..FontSettings::default() })
            .expect("bundled font parses");
        let measured = |(letter, index): (&char, &std::num::NonZeroU16)| {
            (*letter, index.get(), font.metrics_indexed(index.get(), 1.0).advance_width)
        };
        // A mark without its letter would fall on top of other marks.
        let letters = font.chars().iter().filter(|(letter, _)| !is_combining_mark(**letter));
        let mut letters: Vec<_> = letters.map(measured).collect();
        letters.sort_by_key(|(letter, ..)| *letter);
        Self { font, letters, glyphs: Mutex::default() }
    }

    /// Index and advance of a letter.
    fn find(&self, letter: char) -> Option<(u16, f32)> {
        // The letters begin with the whole of ASCII from the space on.
        let ascii = (letter as usize).wrapping_sub(FIRST_LETTER as usize);
        let at = match self.letters.get(ascii) {
            Some((known, ..)) if *known == letter => ascii,
            Some(_) | None => self.letters.binary_search_by_key(&letter, |(known, ..)| *known).ok()?,
        };
        self.letters.get(at).map(|(_, index, advance)| (*index, *advance))
    }
}

/// A letter's shape: which face has it, where, and its advance at an em of one dot.
struct Shape {
    face: &'static Face,
    index: u16,
    advance: f32,
}

fn shape(weight: Weight, letter: char) -> Option<Shape> {
    let face: &'static Face = match weight {
        Weight::Regular => &REGULAR,
        Weight::Bold => &BOLD,
    };
    let found = |face: &'static Face| face.find(letter).map(|(index, advance)| Shape { face, index, advance });
    found(face).or_else(|| if letter.is_ascii() { None } else { found(&HAN) })
}

/// Whether `letter` has a shape of its own in both weights.
///
/// A combining mark that NFC could not join to its letter counts as missing: placed without a shaping engine it would
/// fall on top of other marks and change the name.
pub(crate) fn has_glyph(letter: char) -> bool {
    shape(Weight::Regular, letter).is_some() && shape(Weight::Bold, letter).is_some()
}

impl Style {
    pub const fn regular(px: u32) -> Self {
        Self { weight: Weight::Regular, px }
    }

    pub const fn bold(px: u32) -> Self {
        Self { weight: Weight::Bold, px }
    }

    pub const fn at(self, px: u32) -> Self {
        Self { px, ..self }
    }

    /// Dots from the top of the line to the baseline.
    pub const fn ascent(self) -> u32 {
        (self.px * ASCENT_PERMILLE).div_ceil(1_000)
    }

    /// Dots from line to line.
    pub const fn line_height(self) -> u32 {
        self.ascent() + (self.px * DESCENT_PERMILLE).div_ceil(1_000)
    }

    /// Width of `text` in dots, by advance widths.
    pub fn width(self, text: &str) -> u32 {
        (ems(self.weight, text) * self.px as f32).ceil() as u32
    }

    fn coverage_black(self) -> u8 {
        match self.weight {
            Weight::Regular if self.px < THIN_STEMS_BELOW_PX => COVERAGE_BLACK_THIN,
            Weight::Regular | Weight::Bold => COVERAGE_BLACK,
        }
    }
}

/// Width of `text` over the em square; what has no glyph is refused before it comes here and counts nothing. It grows with the size alone, so that one sum serves every size.
pub(crate) fn ems(weight: Weight, text: &str) -> f32 {
    text.chars().map(|letter| shape(weight, letter).map_or(0.0, |shape| shape.advance)).sum()
}

/// Draws `text` with the left end of its baseline at `start`.
pub(crate) fn draw(canvas: &mut TicketCanvas, text: &str, style: Style, start: Point, ink: BinaryColor) {
    let mut pen = start.x as f32;
    for shape in text.chars().filter_map(|letter| shape(style.weight, letter)) {
        draw_glyph(canvas, &shape, style, Point::new(pen.round() as i32, start.y), ink);
        pen += shape.advance * style.px as f32;
    }
}

fn draw_glyph(canvas: &mut TicketCanvas, shape: &Shape, style: Style, at: Point, ink: BinaryColor) {
    let mut glyphs = shape.face.glyphs.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(glyph) = glyphs.get(&shape.face.font, shape.index, style) {
        canvas.stamp(at + glyph.corner, glyph.row_bytes, &glyph.packed, ink);
    }
}

/// Em square of a letter in a cell: its capitals are then as high as those of a printer's Font A.
const CELL_PX: f32 = 23.0;
/// Baseline of Font A, in rows from the top of its cell.
const CELL_BASELINE: f32 = 19.0;
/// Samples for each dot of a cell, both ways.
const CELL_SAMPLES: f32 = 4.0;

/// `letter` squeezed into a cell of [`CELL_WIDTH_DOTS`] x [`CELL_HEIGHT_DOTS`]; `None` when the fonts lack it.
pub(crate) fn cell(letter: char) -> Option<Cell> {
    let shape = shape(Weight::Bold, letter)?;
    let (metrics, coverage) = shape.face.font.rasterize_indexed(shape.index, CELL_PX * CELL_SAMPLES);
    let (width, height) = (metrics.width as f32, metrics.height as f32);
    let top = (metrics.height as i32 + metrics.ymin) as f32 / CELL_SAMPLES;
    let bottom = -metrics.ymin as f32 / CELL_SAMPLES;
    // What stands above and below the baseline is squeezed apart, so that letters stand on one line.
    let (up, down) = (CELL_BASELINE.min(top), (CELL_HEIGHT_DOTS as f32 - CELL_BASELINE).min(bottom));
    let across = (CELL_WIDTH_DOTS as f32 - 1.0).min(width / CELL_SAMPLES);
    let left = (CELL_WIDTH_DOTS as f32 - across) / 2.0;
    let is_black = |x: u32, y: u32| {
        let column = (x as f32 + 0.5 - left) / across * width;
        let row = ((y as f32 + 0.5) - (CELL_BASELINE - up)) / (up + down) * height;
        let inside = column >= 0.0 && column < width && row >= 0.0 && row < height;
        let sample = coverage.get(row as usize * metrics.width + column as usize);
        inside && sample.is_some_and(|value| *value >= COVERAGE_BLACK)
    };
    let mut cell = Cell([[0; 3]; CELL_WIDTH_DOTS as usize]);
    for (x, column) in (0..).zip(&mut cell.0) {
        for y in (0..CELL_HEIGHT_DOTS).filter(|y| is_black(x, *y)) {
            if let Some(byte) = column.get_mut(y as usize / 8) {
                *byte |= 0x80 >> (y % 8);
            }
        }
    }
    Some(cell)
}

/// The rectangle that holds all ink of `text`, relative to the left end of the baseline: the outlines' bounds, which the
/// thresholded dots may miss by one dot.
pub(crate) fn ink_box(text: &str, style: Style) -> Rectangle {
    let mut pen = 0.0_f32;
    let mut bounds: Option<(Point, Point)> = None;
    for shape in text.chars().filter_map(|letter| shape(style.weight, letter)) {
        let metrics = shape.face.font.metrics_indexed(shape.index, style.px as f32);
        let low = Point::new(metrics.xmin + pen.round() as i32, -metrics.ymin - metrics.height as i32);
        let high = low + Size::new(metrics.width as u32, metrics.height as u32);
        if metrics.width > 0 {
            bounds = bounds.map_or(Some((low, high)), |(l, h)| Some((l.component_min(low), h.component_max(high))));
        }
        pen += shape.advance * style.px as f32;
    }
    bounds.map_or(Rectangle::zero(), |(low, high)| Rectangle::with_corners(low, high - Point::new(1, 1)))
}

#[cfg(test)]
mod tests {
    use embedded_graphics::prelude::{Dimensions, PointsIter};

    use super::*;

    /// Rows and columns of the dots really drawn, relative to the left end of the baseline.
    fn drawn_ink(text: &str, style: Style) -> Rectangle {
        let mut canvas = TicketCanvas::new(Size::new(style.width(text) + style.px, style.line_height() + style.px));
        let start = Point::new((style.px / 2) as i32, (style.ascent() + style.px / 2) as i32);
        draw(&mut canvas, text, style, start, BinaryColor::On);
        let inked = canvas.bounding_box().points().filter(|at| canvas.is_black(*at));
        let bounds = inked.fold(None, |found: Option<(Point, Point)>, at| {
            Some(found.map_or((at, at), |(low, high)| (low.component_min(at), high.component_max(at))))
        });
        bounds.map_or(Rectangle::zero(), |(low, high)| Rectangle::with_corners(low - start, high - start))
    }

    fn near(one: Point, other: Point) -> bool {
        let apart = (one - other).abs();
        apart.x <= 1 && apart.y <= 1
    }

    #[test]
    fn the_bounds_computed_are_the_dots_drawn() {
        for text in ["A-0123", "Ễ", "Ự"] {
            let (computed, drawn) = (ink_box(text, Style::bold(150)), drawn_ink(text, Style::bold(150)));
            assert!(near(computed.top_left, drawn.top_left), "{computed:?} {drawn:?}");
            assert!(near(computed.bottom_right().unwrap(), drawn.bottom_right().unwrap()), "{computed:?} {drawn:?}");
        }
    }

    /// Small letters of Vietnamese with a mark; capitals follow by case mapping.
    const ACCENTED: &str = "àáảãạăằắẳẵặâầấẩẫậđèéẻẽẹêềếểễệìíỉĩịòóỏõọôồốổỗộơờớởỡợùúủũụưừứửữựỳýỷỹỵ";

    fn accented_letters() -> Vec<char> {
        ACCENTED.chars().chain(ACCENTED.chars().flat_map(char::to_uppercase)).collect()
    }

    #[test]
    fn each_of_the_134_vietnamese_letters_has_a_glyph_in_both_weights() {
        let letters = accented_letters();
        assert_eq!(letters.len(), 134);
        for letter in letters {
            assert!(has_glyph(letter), "{letter}");
        }
    }

    /// Every accented capital has ink above the height of its bare letter: no mark is clipped or lost.
    #[test]
    fn the_marks_of_capitals_stand_above_the_letter() {
        for px in [22, 32, 48, 190] {
            let style = Style::bold(px);
            for text in ["NGUYỄN", "Ằ", "Ễ", "Ỗ", "Ẵ", "Ắ"] {
                let bare = drawn_ink("NGUYEN", style).top_left.y;
                let marked = drawn_ink(text, style).top_left.y;
                assert!(marked + (px as i32) / 5 <= bare, "{text} at {px}: {marked} against {bare}");
                assert!(marked >= -(style.ascent() as i32), "{text} at {px} leaves its line");
            }
            assert!(drawn_ink("Ự", style).top_left.y < drawn_ink("U", style).top_left.y, "horn at {px}");
            let dot_below = drawn_ink("Ự", style).bottom_right().map_or(0, |corner| corner.y);
            assert!(dot_below > (px as i32) / 12, "dot below of Ự at {px}: {dot_below}");
        }
    }

    /// Ễ and Ê, Ữ and Ự and so on differ in their dots at the smallest size on a ticket.
    #[test]
    fn no_two_letters_look_the_same_at_the_smallest_size() {
        let style = Style::regular(20);
        let mut pictures: Vec<(Vec<u8>, char)> =
            accented_letters().iter().map(|letter| picture(*letter, style)).collect();
        pictures.sort();
        for pair in pictures.windows(2) {
            assert!(pair[0].0 != pair[1].0, "{} and {} look the same", pair[0].1, pair[1].1);
        }
    }

    fn picture(letter: char, style: Style) -> (Vec<u8>, char) {
        let mut canvas = TicketCanvas::new(Size::new(48, style.line_height()));
        draw(&mut canvas, &letter.to_string(), style, Point::new(8, style.ascent() as i32), BinaryColor::On);
        (canvas.packed().to_vec(), letter)
    }

    #[test]
    fn every_letter_of_the_chinese_phrases_has_a_glyph() {
        let phrases = include_str!("../fonts/phrases-zh.txt");
        for letter in phrases.chars().filter(|letter| !letter.is_whitespace()) {
            assert!(has_glyph(letter), "{letter}");
        }
    }
}
