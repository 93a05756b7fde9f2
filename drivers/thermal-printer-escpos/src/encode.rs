//! Typed commands to bytes, and a sheet to a job of them. Needs no standard library, only `alloc`.
//!
//! A [`Sheet`] is a drawn ticket and what its parts are. [`Means`] say how each kind of part travels to one printer.
//! [`Job::encode`] joins the two: everything as dots on a fast link; on a slow one the shared pictures from the printer's
//! memory ([`nv`]), the number and the QR code drawn by the printer, and the words as characters where a person has
//! read them on paper.
//!
//! Sources: Epson ESC/POS Command Reference, by command name. Only commands that clones know too are used unless the
//! means ask for more.

mod job;
pub mod means;
pub mod nv;
mod raster;
mod sheet;
mod text;

use alloc::vec::Vec;

pub use job::{Job, Proof};
pub use means::Means;
pub use raster::{BAND_ROWS_MAX, Band, bands};
pub use sheet::{Content, Emphasis, Group, Part, Sheet};
pub use text::{CELL_HEIGHT_DOTS, CELL_WIDTH_DOTS, Cell};

use nv::KeyCode;

/// Four printable bytes by which a printer answers for a place in the data (`GS ( H`, function 48).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ProcessId([u8; 4]);

/// Process ids that differ before they repeat: three digits of base 94.
pub const PROCESS_IDS: u32 = 94 * 94 * 94;

/// White paper between the last dot of a ticket and the cut (3.5 mm): a cut through the last line looks like a fault,
/// and cutters are placed to within a millimetre or two.
pub const BOTTOM_MARGIN_DOTS: u8 = 28;

/// What a process id stands behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Mark {
    /// The first dot of the last band: without this answer the ticket is not whole.
    LastBand,
    /// The last dot of the ticket.
    Body,
    /// The cut.
    Cut,
}

impl ProcessId {
    /// The id of a place in the `serial`-th job; `serial` counts modulo [`PROCESS_IDS`].
    #[must_use]
    pub fn new(serial: u32, mark: Mark) -> Self {
        let digit = |value: u32| 0x21 + (value % 94) as u8;
        let last = match mark {
            Mark::LastBand => b'A',
            Mark::Body => b'B',
            Mark::Cut => b'C',
        };
        Self([digit(serial / (94 * 94)), digit(serial / 94), digit(serial), last])
    }

    /// The bytes as a printer answers them.
    #[must_use]
    pub const fn bytes(self) -> [u8; 4] {
        self.0
    }
}

/// A command that is carried out in its turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Command<'a> {
    /// `ESC @`: initialise. Clears the print buffer, switches automatic status back off on some models.
    Initialise,
    /// `FS .`: leave double-byte mode, in which Xprinter-like models start; bytes from 80 would be Chinese.
    CancelDoubleByte,
    /// `GS P x y`: motion units of 1/203 inch, so that [`Command::FeedDots`] counts dots. Some models start at 1/360.
    MotionUnitsInDots,
    /// `GS a n`: which changes the printer reports by itself.
    AutomaticStatus(AutomaticStatus),
    /// `ESC a 1`: centre what follows.
    Centre,
    /// `ESC J n`: feed paper by dots.
    FeedDots(u8),
    /// `GS v 0`: print a raster image.
    Raster(&'a Band),
    /// `GS ( H` function 48: answer with the id when all before it is printed.
    AnswerProcessId(ProcessId),
    /// `GS r 1`: transmit the paper sensor status, in its turn.
    TransmitPaperSensor,
    /// `ESC 3 n`: feed of one line in dots.
    LineSpacing(u8),
    /// `GS ! n`: characters so many times as wide and high, 1 to 8.
    CharacterSize {
        /// Times as wide.
        across: u8,
        /// Times as high.
        down: u8,
    },
    /// `LF`: print the line and feed to the next.
    EndLine,
    /// `ESC % 0`: back to the printer's own letters.
    OwnLetters,
    /// `GS ( L` function 69: print a picture from the printer's memory.
    PrintNvGraphic(KeyCode),
    /// `GS ( k` functions 165, 167, 169, 180 and 181: model 2, dots in a module, correction level M, the data, print.
    QrCode {
        /// Text of the code, at most [`QR_BYTES_MAX`] bytes; what is longer is left out.
        text: &'a str,
        /// Dots in a module, 1 to 16.
        module_dots: u8,
    },
    /// `GS V 66 n`: feed to the cutter and by [`BOTTOM_MARGIN_DOTS`] beyond it, and cut.
    FeedAndCut,
}

/// What `GS a` switches on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AutomaticStatus {
    /// Nothing.
    Off,
    /// On and off line, errors, and paper (bits 1, 2 and 3).
    Faults,
}

impl Command<'_> {
    /// Appends the command's bytes.
    pub fn encode_into(&self, out: &mut Vec<u8>) {
        match self {
            Self::Initialise => out.extend([0x1B, b'@']),
            Self::CancelDoubleByte => out.extend([0x1C, b'.']),
            Self::MotionUnitsInDots => out.extend([0x1D, b'P', 203, 203]),
            Self::AutomaticStatus(AutomaticStatus::Off) => out.extend([0x1D, b'a', 0]),
            Self::AutomaticStatus(AutomaticStatus::Faults) => out.extend([0x1D, b'a', 0x0E]),
            Self::Centre => out.extend([0x1B, b'a', 1]),
            Self::FeedDots(dots) => out.extend([0x1B, b'J', *dots]),
            Self::Raster(band) => band.encode_into(out),
            Self::AnswerProcessId(id) => {
                out.extend([0x1D, b'(', b'H', 6, 0, 48, 48]);
                out.extend(id.bytes());
            }
            Self::TransmitPaperSensor => out.extend([0x1D, b'r', 1]),
            Self::LineSpacing(dots) => out.extend([0x1B, b'3', *dots]),
            Self::CharacterSize { across, down } => {
                out.extend([0x1D, b'!', (across.clamp(&1, &8) - 1) << 4 | (down.clamp(&1, &8) - 1)]);
            }
            Self::EndLine => out.push(0x0A),
            Self::OwnLetters => out.extend([0x1B, b'%', 0]),
            Self::PrintNvGraphic(key) => {
                out.extend([0x1D, b'(', b'L', 6, 0, 48, 69]);
                out.extend(key.bytes());
                out.extend([1, 1]);
            }
            Self::QrCode { text, module_dots } => encode_qr_code(text, *module_dots, out),
            Self::FeedAndCut => out.extend([0x1D, b'V', 66, BOTTOM_MARGIN_DOTS]),
        }
    }
}

/// `words` from two TCVN-3 pages, with the page switches they take; `None` when a letter is on neither.
#[must_use]
pub fn characters(words: &str, pages: means::TcvnPages) -> Option<Vec<u8>> {
    let mut setter = text::PageSetter::new(pages);
    let mut bytes = Vec::new();
    text::Setter::knows(&setter, words).then(|| text::Setter::set(&mut setter, words, &mut bytes))?;
    Some(bytes)
}

/// Longest text of a native QR code in bytes: what version 40 holds at level M.
pub const QR_BYTES_MAX: usize = 2_331;

fn encode_qr_code(text: &str, module_dots: u8, out: &mut Vec<u8>) {
    let data = text.as_bytes().get(..QR_BYTES_MAX).unwrap_or(text.as_bytes());
    out.extend([0x1D, b'(', b'k', 4, 0, 49, 65, 50, 0]);
    out.extend([0x1D, b'(', b'k', 3, 0, 49, 67, module_dots]);
    out.extend([0x1D, b'(', b'k', 3, 0, 49, 69, 49]);
    out.extend([0x1D, b'(', b'k']);
    out.extend((data.len() as u16 + 3).to_le_bytes());
    out.extend([49, 80, 48]);
    out.extend(data);
    out.extend([0x1D, b'(', b'k', 3, 0, 49, 81, 48]);
}

/// Which status byte `DLE EOT n` asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum StatusQuery {
    /// n = 1: printer.
    Printer,
    /// n = 2: cause of being off line.
    OfflineCause,
    /// n = 3: cause of an error.
    ErrorCause,
    /// n = 4: roll paper sensor.
    Paper,
}

impl StatusQuery {
    /// All four, in the order of their numbers.
    pub const ALL: [Self; 4] = [Self::Printer, Self::OfflineCause, Self::ErrorCause, Self::Paper];
}

/// A command that is carried out on arrival, even while the printer is off line.
///
/// Send it between commands only: inside another command's bytes it is data as well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RealTimeCommand {
    /// `DLE EOT n`: transmit status.
    TransmitStatus(StatusQuery),
    /// `DLE ENQ 2`: recover from a recoverable error after clearing the buffers.
    RecoverAndClear,
    /// `DLE DC4` function 8: clear the buffers; answered by a block 37 25 … 00.
    ClearBuffers,
}

impl RealTimeCommand {
    /// The command's bytes.
    #[must_use]
    pub const fn bytes(self) -> &'static [u8] {
        match self {
            Self::TransmitStatus(StatusQuery::Printer) => &[0x10, 0x04, 1],
            Self::TransmitStatus(StatusQuery::OfflineCause) => &[0x10, 0x04, 2],
            Self::TransmitStatus(StatusQuery::ErrorCause) => &[0x10, 0x04, 3],
            Self::TransmitStatus(StatusQuery::Paper) => &[0x10, 0x04, 4],
            Self::RecoverAndClear => &[0x10, 0x05, 2],
            Self::ClearBuffers => &[0x10, 0x14, 8, 1, 3, 20, 1, 6, 2, 8],
        }
    }
}
