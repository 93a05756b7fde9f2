//! The parts of a ticket, each with its height and its way onto the canvas.

use embedded_graphics::Drawable;
use embedded_graphics::pixelcolor::BinaryColor;
use embedded_graphics::prelude::{DrawTarget, Point, Primitive, Size};
use embedded_graphics::primitives::{
    CornerRadii, PrimitiveStyle, PrimitiveStyleBuilder, Rectangle, RoundedRectangle, StrokeAlignment,
};
use qrcodegen::QrCode;

use super::fit::Line;
use super::logo::Logo;
use super::sizes::Sizes;
use crate::canvas::TicketCanvas;
use crate::typeface;

/// Room left and right of the text in a box.
pub(crate) const BOX_PADDING_DOTS: u32 = 18;
/// Room above and below the text in a box.
const BOX_PADDING_UPRIGHT_DOTS: u32 = 3;
const BOX_CORNER_DOTS: u32 = 12;
const FRAME_STROKE_DOTS: u32 = 3;

/// A shape on paper of a width.
pub(crate) struct Block {
    pub shape: Shape,
    pub sizes: &'static Sizes,
}

pub(crate) enum Shape {
    /// Empty paper, in dots.
    Gap(u32),
    /// A line across, as many dots thick.
    Rule(u32),
    /// Centred lines.
    Text(Vec<Line>),
    /// The number, as high as its ink, which is given from the left end of the baseline.
    Hero(Line, Rectangle),
    /// Centred lines, white in a black box as wide as they need.
    Badge(Vec<Line>),
    /// Centred lines in a frame as wide as they need.
    Frame(Vec<Line>),
    /// White on black from edge to edge.
    Banner(Line),
    /// A QR code; its quiet zone is the white around it.
    Code(QrCode),
    /// The hospital's logo.
    Logo(Logo),
}

impl Block {
    pub fn height(&self) -> u32 {
        match &self.shape {
            Shape::Gap(dots) | Shape::Rule(dots) => *dots,
            Shape::Text(lines) => lines_height(lines),
            Shape::Hero(_, ink) => ink.size.height,
            Shape::Badge(lines) | Shape::Frame(lines) => lines_height(lines) + 2 * BOX_PADDING_UPRIGHT_DOTS,
            Shape::Banner(line) => line.style.line_height(),
            Shape::Code(code) => code.size().unsigned_abs() * self.sizes.module,
            Shape::Logo(logo) => logo.dots().height_dots(),
        }
    }

    pub fn paint(&self, canvas: &mut TicketCanvas, top: i32) {
        match &self.shape {
            Shape::Gap(_) => {}
            Shape::Rule(dots) => {
                let corner = Point::new(self.sizes.margin as i32, top);
                fill(canvas, Rectangle::new(corner, Size::new(self.sizes.text(), *dots)));
            }
            Shape::Text(lines) => self.paint_lines(canvas, lines, top, BinaryColor::On),
            Shape::Hero(line, ink) => self.paint_hero(canvas, line, *ink, top),
            Shape::Badge(lines) => {
                self.paint_box(canvas, lines, top, PrimitiveStyle::with_fill(BinaryColor::On));
                self.paint_lines(canvas, lines, top + BOX_PADDING_UPRIGHT_DOTS as i32, BinaryColor::Off);
            }
            Shape::Frame(lines) => {
                let stroke = PrimitiveStyleBuilder::new().stroke_color(BinaryColor::On).stroke_width(FRAME_STROKE_DOTS);
                let inside = stroke.stroke_alignment(StrokeAlignment::Inside).build();
                self.paint_box(canvas, lines, top, inside);
                self.paint_lines(canvas, lines, top + BOX_PADDING_UPRIGHT_DOTS as i32, BinaryColor::On);
            }
            Shape::Banner(line) => {
                fill(canvas, Rectangle::new(Point::new(0, top), Size::new(self.sizes.paper, self.height())));
                self.paint_line(canvas, line, top, BinaryColor::Off);
            }
            Shape::Code(code) => self.paint_code(canvas, code, top),
            Shape::Logo(logo) => {
                let dots = logo.dots();
                let corner = Point::new(self.centred(dots.width_dots()), top);
                canvas.stamp(corner, dots.row_bytes(), dots.packed(), BinaryColor::On);
            }
        }
    }

    const fn centred(&self, width: u32) -> i32 {
        (self.sizes.paper as i32 - width as i32) / 2
    }

    fn paint_box(&self, canvas: &mut TicketCanvas, lines: &[Line], top: i32, style: PrimitiveStyle<BinaryColor>) {
        let widest = lines.iter().map(Line::width).max().unwrap_or(0);
        let size = Size::new(widest + 2 * BOX_PADDING_DOTS, self.height());
        let area = Rectangle::new(Point::new(self.centred(size.width), top), size);
        let shape = RoundedRectangle::new(area, CornerRadii::new(Size::new_equal(BOX_CORNER_DOTS)));
        let Ok(()) = shape.into_styled(style).draw(canvas);
    }

    fn paint_lines(&self, canvas: &mut TicketCanvas, lines: &[Line], top: i32, ink: BinaryColor) {
        let mut top = top;
        for line in lines {
            self.paint_line(canvas, line, top, ink);
            top += line.style.line_height() as i32;
        }
    }

    fn paint_line(&self, canvas: &mut TicketCanvas, line: &Line, top: i32, ink: BinaryColor) {
        let start = Point::new(self.centred(line.width()), top + line.style.ascent() as i32);
        typeface::draw(canvas, &line.text, line.style, start, ink);
    }

    /// Centres the ink, not the advance: at this size the difference is seen.
    fn paint_hero(&self, canvas: &mut TicketCanvas, line: &Line, ink: Rectangle, top: i32) {
        let start = Point::new(self.centred(ink.size.width) - ink.top_left.x, top - ink.top_left.y);
        typeface::draw(canvas, &line.text, line.style, start, BinaryColor::On);
    }

    /// Each row of modules is drawn once, as the runs of black in it, and laid down as often as a module has dots.
    fn paint_code(&self, canvas: &mut TicketCanvas, code: &QrCode, top: i32) {
        let module = self.sizes.module;
        let width = code.size().unsigned_abs() * module;
        let left = self.centred(width);
        for y in 0..code.size() {
            let mut row = TicketCanvas::new(Size::new(width, 1));
            let mut x = 0;
            while x < code.size() {
                let run = (x..code.size()).take_while(|x| code.get_module(*x, y)).count() as u32;
                fill(&mut row, Rectangle::new(Point::new(x * module as i32, 0), Size::new(run * module, 1)));
                x += run as i32 + 1;
            }
            for dots in 0..module as i32 {
                let corner = Point::new(left, top + y * module as i32 + dots);
                canvas.stamp(corner, row.row_bytes(), row.packed(), BinaryColor::On);
            }
        }
    }
}

fn lines_height(lines: &[Line]) -> u32 {
    lines.iter().map(|line| line.style.line_height()).sum()
}

fn fill(canvas: &mut TicketCanvas, area: Rectangle) {
    let Ok(()) = canvas.fill_solid(&area, BinaryColor::On);
}
