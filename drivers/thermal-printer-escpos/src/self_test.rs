//! A print by which a person finds the code pages of a printer: the same words from each pair of pages it may have, below
//! the words as they should look.
//!
//! Makers number their Vietnamese pages differently and databases contradict each other, so only the paper decides. The
//! row that reads like the first line is the printer's; [`Profile::proven`](crate::profile::Profile::proven) takes its
//! pages. When no row does, the printer has none, and words travel as dots.

use embedded_graphics::pixelcolor::BinaryColor;
use embedded_graphics::prelude::{Point, Size};

use crate::canvas::TicketCanvas;
use crate::encode::means::{RasterForm, TcvnPages};
use crate::encode::{AutomaticStatus, Command, bands, characters};
use crate::profile::Family;
use crate::typeface::{self, Style};

/// Pages that some maker uses for TCVN-3.
const CANDIDATES: [TcvnPages; 6] = [
    TcvnPages { small: 30, capital: 31 },
    TcvnPages { small: 49, capital: 50 },
    TcvnPages { small: 27, capital: 27 },
    TcvnPages { small: 21, capital: 21 },
    TcvnPages { small: 22, capital: 22 },
    TcvnPages { small: 94, capital: 94 },
];

/// Letters that pages get wrong: two marks, a horn with a mark, and both forms of Đ, which some tables confuse with Eth.
pub const WORDS: &str = "Ễ ễ Đ đ Ự ự Ằ ằ Ỡ ỡ Ỷ ỷ";
/// Every small letter with a mark, in lines that fit across 58 mm paper.
const LETTERS: [&str; 3] = ["àảãáạăằẳẵắặâầẩẫấậèẻẽéẹêềểễ", "ếệìỉĩíịòỏõóọôồổỗốộơờởỡớợùủ", "ũúụưừửữứựỳỷỹýỵđ"];

/// The pairs of pages to try on a printer of `family`: its own first, then those of other makers.
#[must_use]
pub fn rows(family: &Family) -> Vec<TcvnPages> {
    let mut rows: Vec<TcvnPages> = family.pages.iter().map(|pages| pages.pages).collect();
    for pages in CANDIDATES {
        if !rows.contains(&pages) {
            rows.push(pages);
        }
    }
    rows
}

/// The bytes that print [`WORDS`] as dots and then from each of `rows`, numbered from 1, each with all letters below.
#[must_use]
pub fn job(width_dots: u32, rows: &[TcvnPages]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut say = |command: Command<'_>| command.encode_into(&mut bytes);
    say(Command::Initialise);
    say(Command::CancelDoubleByte);
    say(Command::MotionUnitsInDots);
    say(Command::AutomaticStatus(AutomaticStatus::Off));
    say(Command::Centre);
    for band in bands(&drawn(width_dots), RasterForm::BitImage) {
        say(Command::Raster(&band));
    }
    say(Command::FeedDots(24));
    for (number, pages) in (1..).zip(rows) {
        let label = format!("{number}:  {}/{}", pages.small, pages.capital);
        for words in [label.as_str(), WORDS].into_iter().chain(LETTERS) {
            bytes.extend(characters(words, *pages).unwrap_or_default());
            Command::EndLine.encode_into(&mut bytes);
        }
        Command::FeedDots(16).encode_into(&mut bytes);
    }
    Command::FeedAndCut.encode_into(&mut bytes);
    bytes
}

fn drawn(width_dots: u32) -> TicketCanvas {
    let style = Style::bold(28);
    let mut canvas = TicketCanvas::new(Size::new(width_dots, style.line_height()));
    let left = (width_dots as i32 - style.width(WORDS) as i32) / 2;
    typeface::draw(&mut canvas, WORDS, style, Point::new(left, style.ascent() as i32), BinaryColor::On);
    canvas
}
