//! A drawn ticket with what an encoder may know of it: which rows stay the same from ticket to ticket, and which are
//! letters, a number or a code that some printers set themselves.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::ops::Range;

use zeroize::Zeroize;

use crate::canvas::TicketCanvas;

/// A canvas and its parts from top to bottom. Every row with ink belongs to one part.
#[derive(Clone, PartialEq, Eq)]
pub struct Sheet {
    canvas: TicketCanvas,
    parts: Vec<Part>,
}

/// Some rows of a sheet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// From the first row to behind the last.
    pub rows: Range<u32>,
    /// What is drawn there.
    pub content: Content,
}

/// What a part is, for a printer that can do more than print dots. Texts are in NFC and hold no control character.
#[derive(Clone, PartialEq, Eq)]
pub enum Content {
    /// One of few pictures that many tickets share: the hospital's name, a room, the closing lines. The group keeps
    /// neighbours apart that change independently of each other.
    Fixed(Group),
    /// Dots that only this ticket has.
    Picture,
    /// Words that only this ticket has. Wiped on drop.
    Text {
        /// The words, unbroken.
        words: String,
        /// How strongly they are set.
        emphasis: Emphasis,
    },
    /// The number.
    Number(String),
    /// A QR code at error correction level M.
    Code {
        /// The text in it.
        text: String,
        /// Dots in a module, 1 to 16.
        module_dots: u8,
    },
}

/// Parts that change together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "each is the part of the ticket with its name")]
pub enum Group {
    Reprint,
    Head,
    Place,
    Notice,
    Priority,
    Foot,
}

/// How strongly text is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Emphasis {
    /// As running text.
    Plain,
    /// The patient's name.
    Strong,
}

impl Sheet {
    /// A drawn ticket. Parts are in order and do not overlap.
    #[must_use]
    pub const fn new(canvas: TicketCanvas, parts: Vec<Part>) -> Self {
        Self { canvas, parts }
    }

    /// The dots.
    #[must_use]
    pub const fn canvas(&self) -> &TicketCanvas {
        &self.canvas
    }

    /// The parts from top to bottom.
    #[must_use]
    pub fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// The dots of `part`, as wide as the sheet.
    #[must_use]
    pub fn picture(&self, part: &Part) -> TicketCanvas {
        self.canvas.strip(part.rows.clone())
    }
}

impl From<TicketCanvas> for Sheet {
    /// A picture of which nothing is known.
    fn from(canvas: TicketCanvas) -> Self {
        let rows = 0..canvas.height_dots();
        Self::new(canvas, Vec::from([Part { rows, content: Content::Picture }]))
    }
}

impl Drop for Content {
    fn drop(&mut self) {
        match self {
            Self::Text { words, .. } => words.zeroize(),
            Self::Fixed(_) | Self::Picture | Self::Number(_) | Self::Code { .. } => {}
        }
    }
}

impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fixed(group) => write!(f, "Fixed({group:?})"),
            Self::Picture => f.write_str("Picture"),
            Self::Text { emphasis, .. } => write!(f, "Text({emphasis:?})"),
            Self::Number(_) => f.write_str("Number"),
            Self::Code { .. } => f.write_str("Code"),
        }
    }
}

impl fmt::Debug for Sheet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sheet").field("canvas", &self.canvas).field("parts", &self.parts).finish()
    }
}
