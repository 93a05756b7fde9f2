//! A sheet as the bytes of one job.

use alloc::vec::Vec;
use core::fmt;
use core::ops::Range;

use zeroize::Zeroize;

use super::means::{Letters, Means, Numbers, NvGraphics, QrCodes, RasterForm};
use super::nv::{FinitePicture, KeyCode, Stock};
use super::raster::{Band, bands, length_spells_command};
use super::sheet::{Content, Emphasis, Part, Sheet};
use super::text::{self, CELL_HEIGHT_DOTS, CELL_WIDTH_DOTS, Cell, CellSetter, PageSetter, Setter};
use super::{AutomaticStatus, Command, Mark, ProcessId};
use crate::canvas::TicketCanvas;

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

/// Feed of one line of characters in dots: 24 of the cell and a gap.
const LINE_DOTS: u8 = 32;
/// A feed shorter than this is saved up for the next one: it costs three bytes and shows nowhere.
const FEED_DOTS_MIN: i64 = 4;
/// Most times a character of the number is enlarged (`GS !`).
const ENLARGED_MAX: u32 = 8;
/// Columns that the number leaves free: a roll that sits askew must not cost a digit.
const MARGIN_COLUMNS: u32 = 4;
/// Rows above and below the ink of a character cell, of [`CELL_HEIGHT_DOTS`]: they stand for white on the canvas.
const CELL_WHITE_ABOVE: i64 = 3;
const CELL_WHITE_BELOW: i64 = 4;

impl Job {
    /// Encodes a picture as dots: preamble, bands of `GS v 0`, proof, cut, proof.
    ///
    /// White rows at the end of the canvas are left out: [`super::BOTTOM_MARGIN_DOTS`] are below every ticket.
    #[must_use]
    pub fn ticket(canvas: &TicketCanvas, automatic_status: AutomaticStatus, proof: Proof) -> Self {
        let mut writer = Writer::new(automatic_status);
        writer.picture(canvas, RasterForm::BitImage);
        writer.finish(proof)
    }

    /// Encodes a sheet by `means`; `stock` is what the printer is known to hold ([`Stock::is_held`]), and `cells` are
    /// letters for [`Letters::Defined`].
    ///
    /// A part that the means cannot print right travels as dots.
    #[must_use]
    pub fn encode(
        sheet: &Sheet,
        means: &Means,
        stock: &Stock,
        cells: &[(char, Cell)],
        automatic_status: AutomaticStatus,
        proof: Proof,
    ) -> Self {
        let mut writer = Writer::new(automatic_status);
        writer.sheet(sheet, means, stock, cells);
        writer.finish(proof)
    }

    /// A job that cuts off whatever is in the paper path and proves that the printer has read up to it.
    #[must_use]
    pub fn clean_path(automatic_status: AutomaticStatus, proof: Proof) -> Self {
        Writer::new(automatic_status).finish(proof)
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
}

/// One part, and how it travels.
enum Step<'a> {
    /// The rows of one or more parts as dots.
    Dots(Range<u32>),
    Stored(Range<u32>, KeyCode, FinitePicture),
    Words(Range<u32>, &'a str, Emphasis),
    Number(Range<u32>, &'a str),
    Code(Range<u32>, &'a str, u8),
}

/// A job in the making.
struct Writer {
    job: Job,
    /// White rows due before the next print; negative when characters took more room than their part.
    owed: i64,
}

impl Writer {
    fn new(automatic_status: AutomaticStatus) -> Self {
        let commands = [
            Command::Initialise,
            Command::CancelDoubleByte,
            Command::MotionUnitsInDots,
            Command::AutomaticStatus(automatic_status),
            Command::Centre,
        ];
        Self { job: Job { segments: Vec::from([encode_all(&commands)]), rows: 0, dots_flipped: 0 }, owed: 0 }
    }

    fn sheet(&mut self, sheet: &Sheet, means: &Means, stock: &Stock, cells: &[(char, Cell)]) {
        let words = sheet.parts().iter().filter_map(|part| match &part.content {
            Content::Text { words, .. } => Some(words.as_str()),
            Content::Fixed(_) | Content::Picture | Content::Number(_) | Content::Code { .. } => None,
        });
        match means.letters {
            Letters::Dots => self.steps(sheet, means, stock, &mut NoSetter),
            Letters::Pages(pages) => self.steps(sheet, means, stock, &mut PageSetter::new(pages)),
            Letters::Defined => {
                let mut setter = CellSetter::new(words, cells);
                let mut definition = Vec::new();
                setter.define_into(&mut definition);
                self.job.segments.push(definition);
                self.steps(sheet, means, stock, &mut setter);
            }
        }
    }

    fn steps(&mut self, sheet: &Sheet, means: &Means, stock: &Stock, setter: &mut impl Setter) {
        let columns = sheet.canvas().width_dots() / CELL_WIDTH_DOTS;
        let mut steps: Vec<Step<'_>> = Vec::new();
        for part in sheet.parts() {
            let step = step(sheet, part, means, stock, setter);
            match (steps.last_mut(), step) {
                (Some(Step::Dots(above)), Step::Dots(rows)) => above.end = rows.end,
                (_, step) => steps.push(step),
            }
        }
        if steps.iter().any(|step| matches!(step, Step::Words(..))) {
            self.job.segments.push(encode_all(&[Command::LineSpacing(LINE_DOTS)]));
        }
        let mut reached = 0;
        for step in &steps {
            let rows = match step {
                Step::Dots(rows)
                | Step::Stored(rows, ..)
                | Step::Words(rows, ..)
                | Step::Number(rows, _)
                | Step::Code(rows, ..) => rows,
            };
            self.owed += i64::from(rows.start) - i64::from(reached);
            reached = rows.end;
            match step {
                Step::Dots(rows) => self.picture(&sheet.canvas().strip(rows.clone()), means.raster),
                Step::Stored(rows, key, picture) => self.stored(rows, *key, picture),
                Step::Words(rows, words, emphasis) => self.words(rows, words, *emphasis, columns as usize, setter),
                Step::Number(rows, number) => self.number(rows, number, columns),
                Step::Code(rows, text, module_dots) => {
                    let code = Command::QrCode { text, module_dots: *module_dots };
                    self.print(rows.len() as u32, 0, &[code]);
                }
            }
        }
    }

    /// A picture as bands; the white above and below is fed.
    fn picture(&mut self, canvas: &TicketCanvas, form: RasterForm) {
        let mut printed = 0;
        for band in bands(canvas, form) {
            self.owed += i64::from(band.blank_rows_above());
            printed += band.blank_rows_above() + band.rows();
            self.job.dots_flipped += band.dots_flipped();
            self.band(&band);
        }
        self.owed += i64::from(canvas.height_dots() - printed);
    }

    fn band(&mut self, band: &Band) {
        let mut segment = Vec::with_capacity(band.bytes_max());
        // Between two rows of one picture every dot of white counts.
        self.feed_into(&mut segment, 1);
        Command::Raster(band).encode_into(&mut segment);
        self.job.rows += band.rows();
        self.job.segments.push(segment);
    }

    fn stored(&mut self, rows: &Range<u32>, key: KeyCode, picture: &FinitePicture) {
        self.owed += i64::from(picture.blank_rows_above());
        self.job.dots_flipped += picture.dots_flipped();
        let below = i64::from(rows.end - rows.start) - i64::from(picture.blank_rows_above() + picture.rows());
        self.print(picture.rows(), below, &[Command::PrintNvGraphic(key)]);
    }

    fn words(&mut self, rows: &Range<u32>, words: &str, emphasis: Emphasis, columns: usize, setter: &mut impl Setter) {
        let lines = text::lines(words, columns);
        let down = match emphasis {
            Emphasis::Plain => 1,
            Emphasis::Strong => 2,
        };
        let mut segment = Vec::new();
        // In the middle of the rows that the drawn line takes.
        let taken = u32::from(LINE_DOTS).max(CELL_HEIGHT_DOTS * u32::from(down)) * lines.len() as u32;
        let room = i64::from(rows.end - rows.start) - i64::from(taken);
        self.owed += room / 2;
        self.feed_into(&mut segment, FEED_DOTS_MIN);
        if down > 1 {
            Command::CharacterSize { across: 1, down }.encode_into(&mut segment);
        }
        for line in &lines {
            setter.set(line, &mut segment);
            Command::EndLine.encode_into(&mut segment);
        }
        if down > 1 {
            Command::CharacterSize { across: 1, down: 1 }.encode_into(&mut segment);
        }
        self.owed += room - room / 2;
        self.job.rows += taken;
        self.job.segments.push(segment);
    }

    /// Characters as large as fit across; the white in their cells counts as white of the ticket.
    fn number(&mut self, rows: &Range<u32>, number: &str, columns: u32) {
        let times = enlarged(number, columns);
        let (height, white) = (CELL_HEIGHT_DOTS * times, i64::from(times));
        self.owed -= CELL_WHITE_ABOVE * white;
        let ink = i64::from(height) - (CELL_WHITE_ABOVE + CELL_WHITE_BELOW) * white;
        let room = i64::from(rows.end - rows.start) - ink;
        self.owed += room / 2;
        let mut segment = Vec::new();
        self.feed_into(&mut segment, FEED_DOTS_MIN);
        Command::CharacterSize { across: times as u8, down: times as u8 }.encode_into(&mut segment);
        segment.extend(number.bytes());
        Command::EndLine.encode_into(&mut segment);
        Command::CharacterSize { across: 1, down: 1 }.encode_into(&mut segment);
        self.owed += room - room / 2 - CELL_WHITE_BELOW * white;
        self.job.rows += height;
        self.job.segments.push(segment);
    }

    /// Feeds what is due, then prints `height` rows by `commands`; `below` rows of the part are white.
    fn print(&mut self, height: u32, below: i64, commands: &[Command<'_>]) {
        let mut segment = Vec::new();
        self.feed_into(&mut segment, 1);
        segment.extend(encode_all(commands));
        self.owed += below;
        self.job.rows += height;
        self.job.segments.push(segment);
    }

    fn feed_into(&mut self, segment: &mut Vec<u8>, least: i64) {
        while self.owed >= least.max(1) {
            let feed = u8::try_from(self.owed).unwrap_or(u8::MAX);
            Command::FeedDots(feed).encode_into(segment);
            self.owed -= i64::from(feed);
            self.job.rows += u32::from(feed);
        }
    }

    fn finish(mut self, proof: Proof) -> Job {
        self.job.segments.push(match proof {
            Proof::ProcessIds(serial) => encode_all(&[
                Command::AnswerProcessId(ProcessId::new(serial, Mark::Body)),
                Command::FeedAndCut,
                Command::AnswerProcessId(ProcessId::new(serial, Mark::Cut)),
            ]),
            Proof::PaperSensor => encode_all(&[Command::FeedAndCut, Command::TransmitPaperSensor]),
        });
        self.job.segments.retain(|segment| !segment.is_empty());
        self.job
    }
}

/// How `part` travels.
fn step<'a>(sheet: &Sheet, part: &'a Part, means: &Means, stock: &Stock, setter: &impl Setter) -> Step<'a> {
    let rows = part.rows.clone();
    let columns = sheet.canvas().width_dots() / CELL_WIDTH_DOTS;
    match &part.content {
        Content::Fixed(_) if means.nv_graphics == NvGraphics::KeyCodes => {
            let picture = FinitePicture::new(&sheet.picture(part));
            let stored = picture.and_then(|picture| Some((stock.key(&picture)?, picture)));
            stored.map_or(Step::Dots(rows.clone()), |(key, picture)| Step::Stored(rows, key, picture))
        }
        Content::Text { words, emphasis } if setter.knows(words) => Step::Words(rows, words, *emphasis),
        Content::Number(number)
            if means.numbers == Numbers::Characters
                && number.bytes().all(|byte| byte.is_ascii_graphic())
                && enlarged(number, columns) > 0 =>
        {
            Step::Number(rows, number)
        }
        Content::Code { text, module_dots }
            if means.qr_codes == QrCodes::Native && text.is_ascii() && !length_spells_command(text.len() + 3) =>
        {
            Step::Code(rows, text, *module_dots)
        }
        Content::Fixed(_) | Content::Picture | Content::Text { .. } | Content::Number(_) | Content::Code { .. } => {
            Step::Dots(rows)
        }
    }
}

/// How many times the characters of `number` are enlarged to fit across; 0 = they do not.
fn enlarged(number: &str, columns: u32) -> u32 {
    (columns.saturating_sub(MARGIN_COLUMNS) / (number.len() as u32).max(1)).min(ENLARGED_MAX)
}

/// For printers whose letters say nothing to a Vietnamese reader.
struct NoSetter;

impl Setter for NoSetter {
    fn knows(&self, _words: &str) -> bool {
        false
    }

    fn set(&mut self, _words: &str, _out: &mut Vec<u8>) {}
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
