//! Letters as dots: Noto Sans, thresholded for a head that knows black and white only.

use std::sync::LazyLock;

use embedded_graphics::pixelcolor::BinaryColor;
use embedded_graphics::prelude::{DrawTarget, Pixel, Point, Size};
use embedded_graphics::primitives::{Primitive, PrimitiveStyle, Rectangle};
use embedded_graphics::{Drawable, prelude::OriginDimensions};
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

/// The smallest rectangle that holds all ink of `text`, relative to the left end of the baseline.
pub(crate) fn ink_box(text: &str, style: Style) -> Rectangle {
    let room = Size::new(style.width(text) + style.px, style.line_height() + style.px);
    let mut canvas = TicketCanvas::new(room);
    let start = Point::new((style.px / 2) as i32, (style.ascent() + style.px / 2) as i32);
    draw(&mut canvas, text, style, start, BinaryColor::On);
    let inked = |at: &Point| canvas.is_black(*at);
    let bounds = Rectangle::new(Point::zero(), canvas.size());
    let (mut low, mut high) = (Point::new(i32::MAX, i32::MAX), Point::new(i32::MIN, i32::MIN));
    for at in embedded_graphics::prelude::PointsIter::points(&bounds).filter(inked) {
        low = low.component_min(at);
        high = high.component_max(at);
    }
    if low.x > high.x {
        return Rectangle::zero();
    }
    Rectangle::with_corners(low - start, high - start)
}

#[cfg(test)]
mod tests {
    use super::*;

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
                let bare = ink_box("NGUYEN", style).top_left.y;
                let marked = ink_box(text, style).top_left.y;
                assert!(marked + (px as i32) / 5 <= bare, "{text} at {px}: {marked} against {bare}");
                assert!(marked >= -(style.ascent() as i32), "{text} at {px} leaves its line");
            }
            assert!(ink_box("Ự", style).top_left.y < ink_box("U", style).top_left.y, "horn at {px}");
            let dot_below = ink_box("Ự", style).bottom_right().map_or(0, |corner| corner.y);
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
            let ink = ink_box(text, style).size;
            assert!(ink.width >= 14 && ink.height >= 18, "{text:?} drew {ink:?}");
        }
    }
}
