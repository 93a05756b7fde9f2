//! A ticket's face drawn for old eyes at arm's length: the number is the hero.
//!
//! Long text shrinks, then wraps; nothing is cut off. A letter the fonts lack is drawn as a hollow box as high as a
//! capital, so that a reader sees that something is missing; [`letters_without_glyph`] tells which.

mod block;
mod check;
mod fit;
mod qr;

use std::collections::BTreeSet;

use embedded_graphics::prelude::Size;
use kiosk_hal::printer::{Edition, TicketFace};

use crate::canvas::{DOTS_80_MM, TicketCanvas};
use crate::typeface::{self, Style};
use block::Block;
use fit::Line;

pub use check::{FIELD_LETTERS_MAX, FaceRefused, Field, NUMBER_LETTERS_MAX, Reason};
pub use qr::{QR_MODULE_DOTS, QR_VERSION_MAX};

/// What a reprint says above everything else.
const REPRINT: &str = "IN LẠI";

/// White space left and right of all text (4 mm): a roll that sits askew must not cost a letter.
pub(crate) const MARGIN_DOTS: u32 = 24;
/// Room for text.
pub(crate) const TEXT_DOTS: u32 = DOTS_80_MM - 2 * MARGIN_DOTS;
/// Em square of the number where it fits; its digits are then 17 mm high.
const NUMBER_PX_MAX: u32 = 190;
/// Below this the number would be no hero: a longer one is refused.
const NUMBER_PX_MIN: u32 = 72;

/// Draws a ticket for 80 mm paper, 576 dots wide and as high as it needs.
///
/// The text is normalised to NFC first. Takes about 1.5 ms in an optimised build; the first call also parses the fonts
/// (12 ms).
///
/// # Errors
/// [`FaceRefused`] names the field with a character that must not reach a printer (control, direction or invisible
/// characters), or a field that is too long; nothing is drawn then.
pub fn draw(face: &TicketFace) -> Result<TicketCanvas, FaceRefused> {
    let text = check::check(face)?;
    let blocks = arrange(&text)?;
    let height = blocks.iter().map(Block::height).sum();
    let mut canvas = TicketCanvas::new(Size::new(DOTS_80_MM, height));
    let mut top = 0;
    for block in &blocks {
        block.paint(&mut canvas, top);
        top += block.height() as i32;
    }
    Ok(canvas)
}

/// The letters of `face` that will be drawn as boxes, in code point order. Patient data: not for a log.
#[must_use]
pub fn letters_without_glyph(face: &TicketFace) -> Vec<char> {
    let missing: BTreeSet<char> = check::fields(face)
        .filter(|(field, _)| *field != Field::Qr)
        .flat_map(|(_, text)| check::normalise(text).chars().collect::<Vec<_>>())
        .filter(|letter| !typeface::has_glyph(typeface::Weight::Regular, *letter))
        .collect();
    missing.into_iter().collect()
}

/// The ticket from top to bottom.
fn arrange(face: &check::CheckedFace) -> Result<Vec<Block>, FaceRefused> {
    let mut ticket = Vec::new();
    arrange_head(face, &mut ticket);
    arrange_number(face, &mut ticket)?;
    arrange_patient(face, &mut ticket);
    arrange_foot(face, &mut ticket)?;
    Ok(ticket)
}

fn arrange_head(face: &check::CheckedFace, ticket: &mut Vec<Block>) {
    if face.edition == Edition::Reprint {
        ticket.extend([Block::Banner(Line::one(REPRINT, Style::bold(52))), Block::Gap(14)]);
    }
    text(ticket, &face.hospital, Style::bold(32), 24);
    text(ticket, &face.address, Style::regular(24), 22);
    ticket.extend([Block::Gap(10), Block::Rule(3), Block::Gap(8)]);
    text(ticket, &face.title, Style::bold(34), 24);
    text(ticket, &face.service, Style::regular(32), 24);
    text(ticket, &face.place, Style::bold(34), 24);
}

fn arrange_number(face: &check::CheckedFace, ticket: &mut Vec<Block>) -> Result<(), FaceRefused> {
    let too_wide = FaceRefused { field: Field::Number, reason: Reason::TooWide };
    let fits = |style: Style| typeface::ink_box(&face.number, style).size.width <= TEXT_DOTS;
    let style = (NUMBER_PX_MIN..=NUMBER_PX_MAX).rev().step_by(2).map(Style::bold).find(|style| fits(*style));
    let number = Line::one(&face.number, style.ok_or(too_wide)?);
    ticket.extend([Block::Gap(26), Block::Hero(number), Block::Gap(24)]);
    Ok(())
}

fn arrange_patient(face: &check::CheckedFace, ticket: &mut Vec<Block>) {
    text(ticket, &face.patient, Style::bold(36), 24);
    if !face.priority.is_empty() {
        let lines = fit::fit(&face.priority, Style::bold(30), 24, TEXT_DOTS - 2 * block::BADGE_PADDING_DOTS);
        ticket.extend([Block::Gap(8), Block::Badge(lines), Block::Gap(8)]);
    }
    text(ticket, &face.ahead, Style::regular(28), 24);
    text(ticket, &face.issued_at, Style::regular(28), 24);
}

fn arrange_foot(face: &check::CheckedFace, ticket: &mut Vec<Block>) -> Result<(), FaceRefused> {
    if !face.qr.is_empty() {
        ticket.extend([Block::Gap(20), Block::Code(qr::encode(&face.qr)?), Block::Gap(20)]);
    }
    if face.footer.iter().any(|line| !line.is_empty()) {
        ticket.extend([Block::Gap(6), Block::Rule(2), Block::Gap(6)]);
    }
    let footer = face.footer.iter().filter(|line| !line.is_empty()).map(String::as_str);
    let px =
        footer.clone().flat_map(|line| fit::fit(line, Style::regular(25), 22, TEXT_DOTS)).map(|line| line.style.px);
    let style = Style::regular(px.min().unwrap_or(22));
    footer.for_each(|line| text(ticket, line, style, 22));
    Ok(())
}

/// Adds `words` in `style`, shrunk down to `px_min` before they wrap; nothing when empty.
fn text(ticket: &mut Vec<Block>, words: &str, style: Style, px_min: u32) {
    if !words.is_empty() {
        ticket.push(Block::Text(fit::fit(words, style, px_min, TEXT_DOTS)));
    }
}
