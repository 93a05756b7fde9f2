//! Typed commands to bytes, and a canvas to a job of them.
//!
//! Sources: Epson ESC/POS Command Reference, by command name. Only commands that clones know too are used.

mod raster;

use std::fmt;

use zeroize::Zeroize;

use crate::canvas::TicketCanvas;
pub use raster::{BAND_ROWS_MAX, Band, bands};

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
            Self::FeedAndCut => out.extend([0x1D, b'V', 66, BOTTOM_MARGIN_DOTS]),
        }
    }
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

/// How a job asks the printer for proof.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    /// Process ids of this serial behind the body and behind the cut.
    ProcessIds(u32),
    /// `GS r 1` behind the cut: shows that the data was read, not that it is on paper.
    PaperSensor,
}

/// A job's bytes, cut where a real-time command may stand between them. Wiped on drop, `Debug` prints sizes only.
#[derive(Clone, PartialEq, Eq)]
pub struct Job {
    segments: Vec<Vec<u8>>,
    rows: u32,
    dots_flipped: usize,
}

impl Job {
    /// Encodes a ticket: preamble, bands, proof, cut, proof.
    ///
    /// White rows at the end of the canvas are left out: [`BOTTOM_MARGIN_DOTS`] are below every ticket.
    #[must_use]
    pub fn ticket(canvas: &TicketCanvas, automatic_status: AutomaticStatus, proof: Proof) -> Self {
        let bands = bands(canvas);
        let mut job = Self::preamble(automatic_status);
        for band in &bands {
            job.push_band(band);
        }
        job.dots_flipped = bands.iter().map(Band::dots_flipped).sum();
        job.finish(proof);
        job
    }

    /// A job that cuts off whatever is in the paper path and proves that the printer has read up to it.
    #[must_use]
    pub fn clean_path(automatic_status: AutomaticStatus, proof: Proof) -> Self {
        let mut job = Self::preamble(automatic_status);
        job.finish(proof);
        job
    }

    /// Bytes of the whole job in order.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        self.segments.concat()
    }

    /// The parts between which a real-time command may be sent.
    #[must_use]
    pub fn segments(&self) -> &[Vec<u8>] {
        &self.segments
    }

    /// Length on the wire in bytes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.segments.iter().map(Vec::len).sum()
    }

    /// Whether there is nothing to send.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Dot rows of paper the job moves before the cut.
    #[must_use]
    pub const fn rows(&self) -> u32 {
        self.rows
    }

    /// Dots that differ from the canvas, because their bytes would have been a real-time command. 0 for nearly every
    /// ticket.
    #[must_use]
    pub const fn dots_flipped(&self) -> usize {
        self.dots_flipped
    }

    fn preamble(automatic_status: AutomaticStatus) -> Self {
        let commands = [
            Command::Initialise,
            Command::CancelDoubleByte,
            Command::MotionUnitsInDots,
            Command::AutomaticStatus(automatic_status),
            Command::Centre,
        ];
        Self { segments: vec![encode_all(&commands)], rows: 0, dots_flipped: 0 }
    }

    fn push_band(&mut self, band: &Band) {
        let mut segment = Vec::with_capacity(band.bytes_max());
        let mut blank = band.blank_rows_above();
        self.rows += blank + band.rows();
        while blank > 0 {
            let feed = u8::try_from(blank).unwrap_or(u8::MAX);
            Command::FeedDots(feed).encode_into(&mut segment);
            blank -= u32::from(feed);
        }
        Command::Raster(band).encode_into(&mut segment);
        self.segments.push(segment);
    }

    fn finish(&mut self, proof: Proof) {
        self.segments.push(match proof {
            Proof::ProcessIds(serial) => encode_all(&[
                Command::AnswerProcessId(ProcessId::new(serial, Mark::Body)),
                Command::FeedAndCut,
                Command::AnswerProcessId(ProcessId::new(serial, Mark::Cut)),
            ]),
            Proof::PaperSensor => encode_all(&[Command::FeedAndCut, Command::TransmitPaperSensor]),
        });
    }
}

fn encode_all(commands: &[Command<'_>]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for command in commands {
        command.encode_into(&mut bytes);
    }
    bytes
}

impl Drop for Job {
    fn drop(&mut self) {
        self.segments.zeroize();
    }
}

impl fmt::Debug for Job {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Job({} bytes, {} rows)", self.len(), self.rows)
    }
}
