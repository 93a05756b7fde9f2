//! The parts of a ticket, each with its height and its way onto the canvas.

use embedded_graphics::Drawable;
use embedded_graphics::pixelcolor::BinaryColor;
use embedded_graphics::prelude::{DrawTarget, Point, Primitive, Size};
use embedded_graphics::primitives::{CornerRadii, PrimitiveStyle, Rectangle, RoundedRectangle};
use qrcodegen::QrCode;

use super::fit::Line;
use super::qr::QR_MODULE_DOTS;
use super::{MARGIN_DOTS, TEXT_DOTS};
use crate::canvas::{DOTS_80_MM, TicketCanvas};
use crate::typeface;

/// Black left and right of the text in an inverse box.
pub(crate) const BADGE_PADDING_DOTS: u32 = 22;
/// Black above and below the text in an inverse box.
const BADGE_PADDING_UPRIGHT_DOTS: u32 = 4;
const BADGE_CORNER_DOTS: u32 = 12;

pub(crate) enum Block {
    /// Empty paper, in dots.
    Gap(u32),
    /// A line across, as many dots thick.
    Rule(u32),
    /// Centred lines.
    Text(Vec<Line>),
    /// The number, as high as its ink.
    Hero(Line),
    /// Centred lines, white in a black box as wide as they need.
    Badge(Vec<Line>),
    /// White on black from edge to edge.
    Banner(Line),
    /// A QR code; its quiet zone is the white around it.
    Code(QrCode),
}

impl Block {
    pub fn height(&self) -> u32 {
        match self {
            Self::Gap(dots) | Self::Rule(dots) => *dots,
            Self::Text(lines) => lines_height(lines),
            Self::Hero(line) => typeface::ink_box(&line.text, line.style).size.height,
            Self::Badge(lines) => lines_height(lines) + 2 * BADGE_PADDING_UPRIGHT_DOTS,
            Self::Banner(line) => line.style.line_height(),
            Self::Code(code) => code.size().unsigned_abs() * QR_MODULE_DOTS,
        }
    }

    pub fn paint(&self, canvas: &mut TicketCanvas, top: i32) {
        match self {
            Self::Gap(_) => {}
            Self::Rule(dots) => {
                let corner = Point::new(MARGIN_DOTS as i32, top);
                fill(canvas, Rectangle::new(corner, Size::new(TEXT_DOTS, *dots)));
            }
            Self::Text(lines) => paint_lines(canvas, lines, top, BinaryColor::On),
            Self::Hero(line) => paint_hero(canvas, line, top),
            Self::Badge(lines) => self.paint_badge(canvas, lines, top),
            Self::Banner(line) => {
                fill(canvas, Rectangle::new(Point::new(0, top), Size::new(DOTS_80_MM, self.height())));
                paint_line(canvas, line, top, BinaryColor::Off);
            }
            Self::Code(code) => paint_code(canvas, code, top),
        }
    }

    fn paint_badge(&self, canvas: &mut TicketCanvas, lines: &[Line], top: i32) {
        let widest = lines.iter().map(Line::width).max().unwrap_or(0);
        let size = Size::new(widest + 2 * BADGE_PADDING_DOTS, self.height());
        fill_rounded(canvas, Rectangle::new(Point::new(centred(size.width), top), size));
        paint_lines(canvas, lines, top + BADGE_PADDING_UPRIGHT_DOTS as i32, BinaryColor::Off);
    }
}

fn lines_height(lines: &[Line]) -> u32 {
    lines.iter().map(|line| line.style.line_height()).sum()
}

const fn centred(width: u32) -> i32 {
    (DOTS_80_MM as i32 - width as i32) / 2
}

fn fill(canvas: &mut TicketCanvas, area: Rectangle) {
    let Ok(()) = canvas.fill_solid(&area, BinaryColor::On);
}

fn fill_rounded(canvas: &mut TicketCanvas, area: Rectangle) {
    let shape = RoundedRectangle::new(area, CornerRadii::new(Size::new_equal(BADGE_CORNER_DOTS)));
    let Ok(()) = shape.into_styled(PrimitiveStyle::with_fill(BinaryColor::On)).draw(canvas);
}

fn paint_lines(canvas: &mut TicketCanvas, lines: &[Line], top: i32, ink: BinaryColor) {
    let mut top = top;
    for line in lines {
        paint_line(canvas, line, top, ink);
        top += line.style.line_height() as i32;
    }
}

fn paint_line(canvas: &mut TicketCanvas, line: &Line, top: i32, ink: BinaryColor) {
    let start = Point::new(centred(line.width()), top + line.style.ascent() as i32);
    typeface::draw(canvas, &line.text, line.style, start, ink);
}

/// Centres the ink, not the advance: at this size the difference is seen.
fn paint_hero(canvas: &mut TicketCanvas, line: &Line, top: i32) {
    let ink = typeface::ink_box(&line.text, line.style);
    let start = Point::new(centred(ink.size.width) - ink.top_left.x, top - ink.top_left.y);
    typeface::draw(canvas, &line.text, line.style, start, BinaryColor::On);
}

fn paint_code(canvas: &mut TicketCanvas, code: &QrCode, top: i32) {
    let left = centred(code.size().unsigned_abs() * QR_MODULE_DOTS);
    let modules = (0..code.size()).flat_map(|y| (0..code.size()).map(move |x| (x, y)));
    for (x, y) in modules.filter(|(x, y)| code.get_module(*x, *y)) {
        let corner = Point::new(left, top) + Point::new(x, y) * QR_MODULE_DOTS as i32;
        fill(canvas, Rectangle::new(corner, Size::new_equal(QR_MODULE_DOTS)));
    }
}
