//! What may reach a printer's head and what is refused by name of field.

use std::fmt;

use kiosk_hal::printer::{Edition, FOOTER_LINES_MAX, TicketFace};
use unicode_normalization::{UnicodeNormalization, is_nfc};
use zeroize::{Zeroize, Zeroizing};

use crate::typeface;

/// Longest field in letters after NFC. Vietnamese names reach about 40; a hospital's name with its town about 90.
pub const FIELD_LETTERS_MAX: usize = 160;
/// Longest number in letters.
pub const NUMBER_LETTERS_MAX: usize = 12;

/// A field of [`TicketFace`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "each is the field of TicketFace with its name")]
pub enum Field {
    Hospital,
    Address,
    Title,
    Number,
    Notice,
    Department,
    Service,
    Place,
    Patient,
    Priority,
    Ahead,
    Wait,
    IssuedAt,
    Qr,
    Footer,
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Hospital => "hospital",
            Self::Address => "address",
            Self::Title => "title",
            Self::Number => "number",
            Self::Notice => "notice",
            Self::Department => "department",
            Self::Service => "service",
            Self::Place => "place",
            Self::Patient => "patient",
            Self::Priority => "priority",
            Self::Ahead => "ahead",
            Self::Wait => "wait",
            Self::IssuedAt => "issued_at",
            Self::Qr => "qr",
            Self::Footer => "footer",
        })
    }
}

/// What is wrong with a field. Never holds the text itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Reason {
    /// A control character (C0, DEL, C1): on a printer it would be a command.
    #[error("control character U+{0:04X}")]
    Control(u32),
    /// A character without a picture that changes others: direction marks, joiners, selectors, line separators.
    #[error("invisible character U+{0:04X}")]
    Invisible(u32),
    /// A letter that the fonts do not have, or a mark that belongs to none: emoji, scripts other than Latin, Chinese
    /// outside of the phrases in `fonts/phrases-zh.txt`.
    #[error("no glyph for U+{0:04X}")]
    NoGlyph(u32),
    /// More letters than allowed.
    #[error("{letters} letters, at most {max} allowed")]
    TooLong {
        /// Letters after NFC.
        letters: usize,
        /// [`FIELD_LETTERS_MAX`] or [`NUMBER_LETTERS_MAX`].
        max: usize,
    },
    /// The number does not fit across the paper at a size that can be read from a distance.
    #[error("wider than the paper at the smallest size")]
    TooWide,
    /// The number is missing: a ticket without one is no ticket.
    #[error("empty")]
    Empty,
    /// More closing lines than [`FOOTER_LINES_MAX`].
    #[error("{lines} lines, at most {FOOTER_LINES_MAX} allowed")]
    TooManyLines {
        /// Lines given.
        lines: usize,
    },
    /// More text than a QR code that fits across the paper holds.
    #[error("{bytes} bytes do not fit into a QR code of this width")]
    CodeTooLarge {
        /// Bytes of the text in UTF-8.
        bytes: usize,
    },
}

/// A face that is not drawn, by name of field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("field {field} refused")]
pub struct FaceRefused {
    /// The field.
    pub field: Field,
    /// What is wrong with it.
    #[source]
    pub reason: Reason,
}

/// A face in NFC with nothing in it that must not reach the printer. Wiped on drop.
pub(crate) struct CheckedFace {
    pub hospital: String,
    pub address: String,
    pub title: String,
    pub number: String,
    pub notice: String,
    pub department: String,
    pub service: String,
    pub place: String,
    pub patient: String,
    pub priority: String,
    pub ahead: String,
    pub wait: String,
    pub issued_at: String,
    pub qr: String,
    pub footer: Vec<String>,
    pub edition: Edition,
}

impl Drop for CheckedFace {
    fn drop(&mut self) {
        self.patient.zeroize();
    }
}

/// Every text of a face with the name of its field, from top to bottom.
fn fields(face: &TicketFace) -> impl Iterator<Item = (Field, &str)> {
    [
        (Field::Hospital, &face.hospital),
        (Field::Address, &face.address),
        (Field::Title, &face.title),
        (Field::Number, &face.number),
        (Field::Notice, &face.notice),
        (Field::Department, &face.department),
        (Field::Service, &face.service),
        (Field::Place, &face.place),
        (Field::Patient, &face.patient),
        (Field::Priority, &face.priority),
        (Field::Ahead, &face.ahead),
        (Field::Wait, &face.wait),
        (Field::IssuedAt, &face.issued_at),
        (Field::Qr, &face.qr),
    ]
    .into_iter()
    .chain(face.footer.iter().map(|line| (Field::Footer, line)))
    .map(|(field, text)| (field, text.as_str()))
}

/// Composed letters (NFC) without white space at the ends. Allocated once: a string that grows leaves copies of a name
/// behind that nobody wipes.
fn normalise(text: &str) -> String {
    let text = text.trim_matches(' ');
    if is_nfc(text) {
        return text.to_owned();
    }
    let mut composed = String::with_capacity(text.nfc().map(char::len_utf8).sum());
    composed.extend(text.nfc());
    composed
}

pub(crate) fn check(face: &TicketFace) -> Result<CheckedFace, FaceRefused> {
    for (field, text) in fields(face) {
        check_text(field, text).map_err(|reason| FaceRefused { field, reason })?;
    }
    if face.footer.len() > FOOTER_LINES_MAX {
        let reason = Reason::TooManyLines { lines: face.footer.len() };
        return Err(FaceRefused { field: Field::Footer, reason });
    }
    Ok(CheckedFace {
        hospital: normalise(&face.hospital),
        address: normalise(&face.address),
        title: normalise(&face.title),
        number: normalise(&face.number),
        notice: normalise(&face.notice),
        department: normalise(&face.department),
        service: normalise(&face.service),
        place: normalise(&face.place),
        patient: normalise(&face.patient),
        priority: normalise(&face.priority),
        ahead: normalise(&face.ahead),
        wait: normalise(&face.wait),
        issued_at: normalise(&face.issued_at),
        qr: normalise(&face.qr),
        footer: face.footer.iter().map(|line| normalise(line)).collect(),
        edition: face.edition,
    })
}

fn check_text(field: Field, text: &str) -> Result<(), Reason> {
    if let Some(letter) = text.chars().find(|letter| letter.is_control()) {
        return Err(Reason::Control(letter as u32));
    }
    if let Some(letter) = text.chars().find(|letter| is_invisible(*letter)) {
        return Err(Reason::Invisible(letter as u32));
    }
    let text = Zeroizing::new(normalise(text));
    if field == Field::Number && text.is_empty() {
        return Err(Reason::Empty);
    }
    let max = match field {
        Field::Number => NUMBER_LETTERS_MAX,
        // Bounded by the code's own capacity.
        Field::Qr => usize::MAX,
        Field::Hospital
        | Field::Address
        | Field::Title
        | Field::Notice
        | Field::Department
        | Field::Service
        | Field::Place
        | Field::Patient
        | Field::Priority
        | Field::Ahead
        | Field::Wait
        | Field::IssuedAt
        | Field::Footer => FIELD_LETTERS_MAX,
    };
    if let Some(letter) = text.chars().find(|letter| field != Field::Qr && !typeface::has_glyph(*letter)) {
        return Err(Reason::NoGlyph(letter as u32));
    }
    let letters = text.chars().count();
    if letters > max { Err(Reason::TooLong { letters, max }) } else { Ok(()) }
}

/// Default-ignorable code points and line separators (Unicode 16, `Default_Ignorable_Code_Point`, Zl, Zp, and the
/// interlinear annotation marks): they have no picture and change or hide what stands beside them.
fn is_invisible(letter: char) -> bool {
    matches!(
        letter,
        '\u{00AD}'
            | '\u{034F}'
            | '\u{061C}'
            | '\u{115F}'..='\u{1160}'
            | '\u{17B4}'..='\u{17B5}'
            | '\u{180B}'..='\u{180F}'
            | '\u{200B}'..='\u{200F}'
            | '\u{2028}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}'
            | '\u{3164}'
            | '\u{FE00}'..='\u{FE0F}'
            | '\u{FEFF}'
            | '\u{FFA0}'
            | '\u{FFF0}'..='\u{FFFB}'
            | '\u{1BCA0}'..='\u{1BCA3}'
            | '\u{1D173}'..='\u{1D17A}'
            | '\u{E0000}'..='\u{E0FFF}'
    )
}
