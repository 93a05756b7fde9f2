//! Letters as dots: Noto Sans, thresholded for a head that knows black and white only.

use std::sync::LazyLock;

use embedded_graphics::Drawable;
use embedded_graphics::pixelcolor::BinaryColor;
use embedded_graphics::prelude::{DrawTarget, Pixel, Point, Size};
use embedded_graphics::primitives::{Primitive, PrimitiveStyle, Rectangle};
use fontdue::{Font, FontSettings};
use unicode_normalization::char::is_combining_mark;

use crate::canvas::TicketCanvas;

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

static REGULAR: LazyLock<Font> = LazyLock::new(|| load(include_bytes!("../fonts/NotoSans-Regular.ttf")));
static BOLD: LazyLock<Font> = LazyLock::new(|| load(include_bytes!("../fonts/NotoSans-Bold.ttf")));

#[expect(clippy::expect_used, reason = "the font is a part of the program; every test that draws parses it")]
fn load(bytes: &[u8]) -> Font {
    Font::from_bytes(bytes, FontSettings { scale: 64.0, ..FontSettings::default() }).expect("bundled font parses")
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
        text.chars().map(|letter| self.advance(letter)).sum::<f32>().ceil() as u32
    }

    fn font(self) -> &'static Font {
        match self.weight {
            Weight::Regular => &REGULAR,
            Weight::Bold => &BOLD,
        }
    }

    fn coverage_black(self) -> u8 {
        match self.weight {
            Weight::Regular if self.px < THIN_STEMS_BELOW_PX => COVERAGE_BLACK_THIN,
            Weight::Regular | Weight::Bold => COVERAGE_BLACK,
        }
    }

    fn advance(self, letter: char) -> f32 {
        if has_glyph(self.weight, letter) {
            self.font().metrics(letter, self.px as f32).advance_width
        } else {
            self.box_size().width as f32 * 1.25
        }
    }

    /// The box drawn in place of a letter the font lacks: as high as a capital.
    fn box_size(self) -> Size {
        Size::new(self.px * 56 / 100, self.px * 72 / 100)
    }
}

/// Whether `letter` has a shape of its own in the font.
///
/// A combining mark that NFC could not join to its letter counts as missing: placed without a shaping engine it would
/// fall on top of other marks and change the name.
pub(crate) fn has_glyph(weight: Weight, letter: char) -> bool {
    !is_combining_mark(letter) && Style { weight, px: 1 }.font().lookup_glyph_index(letter) != 0
}

/// Draws `text` with the left end of its baseline at `start`.
pub(crate) fn draw(canvas: &mut TicketCanvas, text: &str, style: Style, start: Point, ink: BinaryColor) {
    let mut pen = start.x as f32;
    for letter in text.chars() {
        let at = Point::new(pen.round() as i32, start.y);
        if has_glyph(style.weight, letter) {
            draw_glyph(canvas, letter, style, at, ink);
        } else {
            draw_box(canvas, style, at, ink);
        }
        pen += style.advance(letter);
    }
}

fn draw_glyph(canvas: &mut TicketCanvas, letter: char, style: Style, at: Point, ink: BinaryColor) {
    let (metrics, coverage) = style.font().rasterize(letter, style.px as f32);
    let left = at.x + metrics.xmin;
    let top = at.y - metrics.ymin - metrics.height as i32;
    let black = style.coverage_black();
    let dots = coverage.iter().enumerate().filter(|(_, value)| **value >= black).map(|(index, _)| {
        let (row, column) = (index / metrics.width, index % metrics.width);
        Pixel(Point::new(left + column as i32, top + row as i32), ink)
    });
    let Ok(()) = canvas.draw_iter(dots);
}

fn draw_box(canvas: &mut TicketCanvas, style: Style, at: Point, ink: BinaryColor) {
    let size = style.box_size();
    let stroke = (style.px / 14).max(2);
    let corner = Point::new(at.x + (size.width / 8) as i32, at.y - size.height as i32);
    let Ok(()) = Rectangle::new(corner, size).into_styled(PrimitiveStyle::with_stroke(ink, stroke)).draw(canvas);
}

/// The rectangle that holds all ink of `text`, relative to the left end of the baseline: the outlines' bounds, which the
/// thresholded dots may miss by one dot.
pub(crate) fn ink_box(text: &str, style: Style) -> Rectangle {
    let mut pen = 0.0_f32;
    let mut bounds: Option<(Point, Point)> = None;
    for letter in text.chars() {
        let (corner, size) = letter_bounds(letter, style);
        let low = corner + Point::new(pen.round() as i32, 0);
        let high = low + size;
        if size.width > 0 {
            bounds = bounds.map_or(Some((low, high)), |(l, h)| Some((l.component_min(low), h.component_max(high))));
        }
        pen += style.advance(letter);
    }
    bounds.map_or(Rectangle::zero(), |(low, high)| Rectangle::with_corners(low, high - Point::new(1, 1)))
}

fn letter_bounds(letter: char, style: Style) -> (Point, Size) {
    if !has_glyph(style.weight, letter) {
        let size = style.box_size();
        return (Point::new((size.width / 8) as i32, -(size.height as i32)), size);
    }
    let metrics = style.font().metrics(letter, style.px as f32);
    let corner = Point::new(metrics.xmin, -metrics.ymin - metrics.height as i32);
    (corner, Size::new(metrics.width as u32, metrics.height as u32))
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
            assert!(has_glyph(Weight::Regular, letter) && has_glyph(Weight::Bold, letter), "{letter}");
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
    fn a_letter_without_glyph_is_a_visible_box() {
        for text in ["字", "😀", "\u{0327}"] {
            let style = Style::bold(28);
            let ink = drawn_ink(text, style).size;
            assert!(ink.width >= 14 && ink.height >= 18, "{text:?} drew {ink:?}");
        }
    }
}
