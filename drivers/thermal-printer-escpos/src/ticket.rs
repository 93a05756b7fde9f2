//! A ticket's face drawn for old eyes at arm's length: the number is the hero.
//!
//! Long text shrinks, then wraps; nothing is cut off. What cannot be drawn right is refused by the name of its field:
//! a name with a box in it is not the patient's name.

mod arrange;
mod block;
mod check;
mod fit;
mod logo;
mod qr;
mod sizes;

use std::collections::BTreeSet;

use embedded_graphics::prelude::Size;
use kiosk_hal::printer::TicketFace;

use crate::canvas::TicketCanvas;
use crate::encode::{Cell, Content, Part, Sheet};
use crate::typeface;
use arrange::Placed;

pub use check::{FIELD_LETTERS_MAX, FaceRefused, Field, NUMBER_LETTERS_MAX, Reason};
pub use logo::{LOGO_HEIGHT_DOTS_MAX, LOGO_WIDTH_DOTS_MAX, Logo, LogoRefused};
pub use qr::QR_VERSION_MAX;
pub use sizes::{PaperWidth, VariableLines};

/// What does not change from ticket to ticket: the roll, the hospital's logo, and how the link shapes the drawing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Layout {
    /// The roll.
    pub paper: PaperWidth,
    /// Stands above the hospital's name.
    pub logo: Option<Logo>,
    /// Size of the lines that only one ticket has.
    pub variable_lines: VariableLines,
}

/// Draws a ticket for 80 mm paper, 576 dots wide and as high as it needs.
///
/// The text is normalised to NFC first. The first call also parses the fonts (about 12 ms), and each letter is rasterised
/// when it is first drawn at a size.
///
/// # Errors
/// [`FaceRefused`] names the field with a character that must not reach a printer (control, direction or invisible
/// characters), a letter without a glyph, or too many letters; nothing is drawn then.
pub fn draw(face: &TicketFace) -> Result<TicketCanvas, FaceRefused> {
    Ok(compose(face, &Layout::default())?.canvas().clone())
}

/// Draws a ticket and keeps what an encoder may know of its parts.
///
/// # Errors
/// As [`draw`].
pub fn compose(face: &TicketFace, layout: &Layout) -> Result<Sheet, FaceRefused> {
    let text = check::check(face)?;
    let placed = arrange::arrange(&text, layout)?;
    let height = placed.iter().map(|placed| placed.block.height()).sum();
    let mut canvas = TicketCanvas::new(Size::new(layout.paper.dots(), height));
    let mut top = 0;
    let mut parts: Vec<Part> = Vec::new();
    for Placed { block, content } in placed {
        block.paint(&mut canvas, top as i32);
        let rows = top..top + block.height();
        top = rows.end;
        if let Some(content) = content {
            add_part(&mut parts, Part { rows, content });
        }
    }
    Ok(Sheet::new(canvas, parts))
}

/// Neighbours of one group become one part, with the white between them.
fn add_part(parts: &mut Vec<Part>, part: Part) {
    if let (Some(Part { rows, content: Content::Fixed(last) }), Content::Fixed(group)) =
        (parts.last_mut(), &part.content)
        && last == group
    {
        rows.end = part.rows.end;
        return;
    }
    parts.push(part);
}

/// Accented letters in the words of `sheet` as cells for [`Letters::Defined`](crate::encode::means::Letters::Defined).
///
/// A cell has 12 x 24 dots, so that marks of capitals are small; dots and code pages read better.
#[must_use]
pub fn cells(sheet: &Sheet) -> Vec<(char, Cell)> {
    let words = sheet.parts().iter().filter_map(|part| match &part.content {
        Content::Text { words, .. } => Some(words.as_str()),
        Content::Fixed(_) | Content::Picture | Content::Number(_) | Content::Code { .. } => None,
    });
    let letters: BTreeSet<char> = words.flat_map(str::chars).filter(|letter| !letter.is_ascii()).collect();
    letters.into_iter().filter_map(|letter| Some((letter, typeface::cell(letter)?))).collect()
}
