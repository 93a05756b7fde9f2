//! An 80 mm ESC/POS ticket printer: parser, status machine, paper.
//!
//! Commands are those of Epson's ESC/POS reference as far as ticket printers share them; the list is in `command`.
//! Bytes that are no command are printed as boxes or counted ([`VirtualPrinter::unknown_commands`]), never eaten.
//! When paper runs out, the cover opens or an error comes, the buffers are kept and the rest prints afterwards; when
//! the power goes, they are lost and the stump stays in the path, as on real printers.

mod command;
mod condition;
mod face;
mod levers;
mod line;
mod mechanism;
mod memory;
mod model;
mod page;
mod paper;
mod presenter;
mod realtime;
mod replies;
mod symbol;
mod vietnamese;

use std::collections::VecDeque;
use std::time::Duration;

use kiosk_hal::uptime::Uptime;

use crate::wire::Device;
pub use command::BODY_BYTES_MAX;
use command::{Command, CommandReader, Graphic, Scale};
use condition::Condition;
pub use condition::{Cutter, PaperSupply};
pub use levers::PrinterState;
use mechanism::Mechanism;
pub use mechanism::{PAPERS_MAX, PATH_ROWS_MAX};
pub use memory::NV_GRAPHICS_MAX;
use memory::NvMemory;
pub use model::{PowerLoss, PrinterModel};
use page::Page;
pub use paper::{DOTS_PER_ROW, Edge, PICTURE_WIDTH_PX, Paper, ROW_BYTES, ROWS_PER_MM, Row};
use presenter::Presenter;
use realtime::{DLE, FULL_STATUS, RealTime, Watch};
use replies::Replies;
pub use replies::{Answers, REPLY_BYTES_MAX};
pub use symbol::QR_BYTES_MAX;

/// Received bytes kept for [`VirtualPrinter::wire_log`]; when full, the older half is dropped.
pub const WIRE_LOG_BYTES_MAX: usize = 4 * 1_024 * 1_024;

/// Beginnings of unknown commands kept for the report.
pub const UNKNOWN_KEPT_MAX: usize = 16;

/// Values of Star's counter.
const ETB_COUNTS: u8 = 32;
const XON: u8 = 0x11;
const XOFF: u8 = 0x13;

/// Bits on a serial line for one byte (8N1).
const BITS_PER_BYTE: u64 = 10;
/// Slices a second in which bytes cross a serial line.
const LINE_SLICES_PER_S: u32 = 50;
/// A wire in real time may look late, on a busy machine, and then finds that the line has gone on meanwhile: by one slice
/// at most. Without it a slow machine would make the line slow.
const LINE_CATCHES_UP: Duration = Duration::from_millis(1_000 / LINE_SLICES_PER_S as u64);

/// A lever that waits for bytes, and how many.
type LeverAtByte = (usize, fn(&mut VirtualPrinter));

/// The virtual printer. A clone goes on from the same moment by itself: two fates of one ticket.
#[derive(Clone)]
pub struct VirtualPrinter {
    model: PrinterModel,
    condition: Condition,
    powered: bool,
    plugged: bool,
    held: bool,
    /// Has said XOFF and not XON since.
    holds_by_xoff: bool,
    /// Star's counter of `ETB`, 0 to 31.
    etb_count: u8,
    buffer: VecDeque<u8>,
    watch: Watch,
    /// Bytes that may still turn out to be a real-time command by itself; ten at most.
    held_back: Vec<u8>,
    /// Reads the stream at the connector, to know where a real-time command stands by itself.
    connector: CommandReader,
    reader: CommandReader,
    page: Page,
    memory: NvMemory,
    mechanism: Mechanism,
    replies: Replies,
    /// No whole command is in the buffer.
    starved: bool,
    /// Stood still when last looked at.
    resting: bool,
    line_free_at: Uptime,
    lever_at_byte: Option<LeverAtByte>,
    rows_to_power_cut: Option<u32>,
    wire_log: Vec<u8>,
    unknown_commands: usize,
    unknown_kept: Vec<Vec<u8>>,
    bytes_lost: usize,
}

/// Prints the state and nothing that was received: a ticket holds a patient's name.
impl std::fmt::Debug for VirtualPrinter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("VirtualPrinter").field("state", &self.status()).finish_non_exhaustive()
    }
}

impl VirtualPrinter {
    /// A printer that is switched on, with a full roll, the cover closed.
    #[must_use]
    pub fn new(model: PrinterModel) -> Self {
        Self {
            condition: Condition::new(model.roll_mm, model.near_end_sensor.then_some(model.near_end_mm)),
            powered: true,
            plugged: true,
            held: false,
            holds_by_xoff: false,
            etb_count: 0,
            buffer: VecDeque::new(),
            watch: Watch::default(),
            held_back: Vec::new(),
            connector: CommandReader::default(),
            reader: CommandReader::default(),
            page: Page::new(model.page_start()),
            memory: NvMemory::default(),
            mechanism: Mechanism::new(&model),
            replies: Replies::default(),
            starved: true,
            resting: true,
            line_free_at: Uptime::ZERO,
            lever_at_byte: None,
            rows_to_power_cut: None,
            wire_log: Vec::new(),
            unknown_commands: 0,
            unknown_kept: Vec::new(),
            bytes_lost: 0,
            model,
        }
    }

    fn can_work(&self) -> bool {
        self.powered && !self.condition.offline()
    }

    fn has_work(&self) -> bool {
        self.mechanism.has_work() || !self.starved
    }

    /// Everything that is done by `now`.
    fn advance(&mut self, now: Uptime) {
        if self.resting {
            self.mechanism.rest_until(now);
        }
        while self.can_work() && self.has_work() && self.mechanism.ready_at(Uptime::ZERO) <= now {
            self.work();
        }
        self.resting = !(self.can_work() && self.has_work());
    }

    /// One row, one cut or one command.
    fn work(&mut self) {
        if !self.mechanism.has_work() {
            return self.interpret();
        }
        self.mechanism.step(&mut self.condition);
        if let Some(left) = self.rows_to_power_cut {
            self.rows_to_power_cut = left.checked_sub(1);
            if left <= 1 {
                self.rows_to_power_cut = None;
                self.power_off();
            }
        }
    }

    fn interpret(&mut self) {
        loop {
            let taken = self.reader.take_picture(self.buffer.as_slices().0);
            self.buffer.drain(..taken);
            let Some(byte) = self.buffer.pop_front() else { break };
            if let Some(command) = self.reader.push(byte) {
                return self.obey(command);
            }
        }
        self.starved = true;
    }

    fn obey(&mut self, command: Command) {
        match &command {
            Command::Initialize => self.replies.set_automatic(0),
            Command::AutoStatus(groups) => self.replies.set_automatic(*groups),
            Command::TransmitStatus(n) => match self.condition.transmit(*n) {
                Some(status) => self.replies.say(&[status]),
                None => self.count_unknown(&[0x1D, b'r', *n]),
            },
            Command::ProcessId(id) if self.model.process_id_response => {
                let [a, b, c, d] = *id;
                self.replies.say(&[0x37, 0x22, a, b, c, d, 0x00]);
            }
            Command::ProcessId(_) => self.count_unknown(&[0x1D, b'(', b'H']),
            Command::CountUp if self.model.etb_counter => self.etb_count = (self.etb_count + 1) % ETB_COUNTS,
            Command::TransmitCounter if self.model.etb_counter => self.replies.say(&self.star_status()),
            Command::Presenter(movement) if self.model.presenter => self.mechanism.present(*movement),
            Command::CountUp | Command::TransmitCounter | Command::Presenter(_) => self.count_unknown(&[0x1B]),
            Command::Qr(_) if !self.model.native_qr => return self.count_unknown(&[0x1D, b'(', b'k']),
            Command::Nv(_) | Command::PrintNv(..) if !self.model.nv_graphics => {
                return self.count_unknown(&[0x1D, b'(', b'L']);
            }
            Command::Nv(nv) => self.answer(|memory| memory.obey(nv.clone())),
            Command::Acknowledge => self.answer(NvMemory::acknowledged),
            Command::PrintNv(key, scale) => return self.print_nv(*key, *scale),
            Command::Unknown(bytes) => self.count_unknown(bytes),
            Command::Nothing
            | Command::RealTime
            | Command::Text(_)
            | Command::Tab
            | Command::LineFeed
            | Command::FeedDots(_)
            | Command::FeedLines(_)
            | Command::LineSpacing(_)
            | Command::Justify(_)
            | Command::CodePage(_)
            | Command::DefineLetters(..)
            | Command::DefinedLetters(_)
            | Command::PrintMode(_)
            | Command::CharacterSize(_)
            | Command::Bold(_)
            | Command::Underline(_)
            | Command::Inverse(_)
            | Command::DoubleByte(_)
            | Command::RasterRow { .. }
            | Command::StoreGraphic(_)
            | Command::PrintGraphic
            | Command::Qr(_)
            | Command::Cut { .. } => {}
        }
        self.page.obey(command, &mut self.mechanism);
    }

    fn answer(&mut self, ask: impl FnOnce(&mut NvMemory) -> Option<Vec<u8>>) {
        if let Some(block) = ask(&mut self.memory) {
            self.replies.say(&block);
        }
    }

    /// A key that nothing is kept under prints nothing (reference: the same).
    fn print_nv(&mut self, key: [u8; 2], scale: Scale) {
        if let Some(graphic) = self.memory.get(key).cloned() {
            self.page.obey(Command::StoreGraphic(Graphic { scale, ..graphic }), &mut self.mechanism);
            self.page.obey(Command::PrintGraphic, &mut self.mechanism);
        }
    }

    /// The characters printed as characters since power on, line by line, as its code pages read them; `□` = no letter,
    /// `◆` = one that the host has drawn.
    #[must_use]
    pub fn words(&self) -> &str {
        self.page.words()
    }

    /// Commands that wrote to the memory that outlasts a power cut. Real memory wears out by them.
    #[must_use]
    pub const fn memory_writes(&self) -> usize {
        self.memory.writes()
    }

    fn count_unknown(&mut self, bytes: &[u8]) {
        self.unknown_commands += 1;
        if self.unknown_kept.len() < UNKNOWN_KEPT_MAX {
            self.unknown_kept.push(bytes.to_vec());
        }
    }

    /// One byte at the connector.
    ///
    /// A real-time command that stands by itself takes no room in the buffer, so that asking for the status again and
    /// again cannot fill it: its bytes are held until it is whole. Inside a picture its bytes are part of the picture.
    fn take(&mut self, byte: u8) {
        self.held_back.push(byte);
        let stands_alone = self.connector.push(byte) == Some(Command::RealTime);
        if stands_alone {
            self.held_back.clear();
        } else if !self.connector.may_be_real_time() {
            std::mem::take(&mut self.held_back).into_iter().for_each(|byte| self.store(byte));
        }
        if let Some(command) = self.watch.push(byte) {
            self.act(command);
        }
    }

    fn store(&mut self, byte: u8) {
        if self.buffer.len() < self.model.receive_buffer_bytes {
            self.buffer.push_back(byte);
            self.starved = false;
        } else {
            self.bytes_lost += 1;
        }
    }

    fn act(&mut self, command: RealTime) {
        match command {
            RealTime::Status(n) => {
                if let Some(status) = self.condition.real_time(n) {
                    self.replies.say(&[status]);
                } else if n == FULL_STATUS && self.model.presenter {
                    let at_mouth = self.mechanism.presenter().is_some_and(Presenter::ticket_at_mouth);
                    self.replies.say(&self.condition.full(at_mouth));
                }
            }
            RealTime::Resume => self.condition.recover(),
            RealTime::ResumeCleared => {
                self.condition.recover();
                self.clear_buffers();
            }
            RealTime::Clear if !self.model.clears_in_real_time => {}
            RealTime::Clear => {
                self.clear_buffers();
                self.replies.say(&[0x37, 0x25, 0x00]);
            }
        }
    }

    fn clear_buffers(&mut self) {
        self.buffer.clear();
        self.held_back.clear();
        self.reader = CommandReader::default();
        self.connector = CommandReader::default();
        self.page.clear();
        self.mechanism.forget_work();
        self.starved = true;
    }

    fn log(&mut self, bytes: &[u8]) {
        if self.wire_log.len() + bytes.len() > WIRE_LOG_BYTES_MAX {
            self.wire_log.drain(..self.wire_log.len() / 2);
        }
        self.wire_log.extend_from_slice(bytes.get(..WIRE_LOG_BYTES_MAX / 2).unwrap_or(bytes));
    }

    /// How long `bytes` take on the line.
    fn line_time(&self, bytes: usize) -> Duration {
        let Some(baud) = self.model.baud else { return Duration::ZERO };
        let bits = u64::try_from(bytes).unwrap_or(u64::MAX).saturating_mul(BITS_PER_BYTE);
        Duration::from_nanos(bits.saturating_mul(1_000_000_000) / u64::from(baud.max(1)))
    }

    /// Takes all bytes; what is part of a picture is passed on whole.
    fn take_all(&mut self, mut bytes: &[u8]) {
        while let Some((first, rest)) = bytes.split_first() {
            let plain = if self.watch.is_idle() && self.held_back.is_empty() {
                let before_dle = bytes.iter().position(|byte| *byte == DLE).unwrap_or(bytes.len());
                self.connector.pass_over(before_dle)
            } else {
                0
            };
            if plain == 0 {
                self.take(*first);
                bytes = rest;
            } else {
                let (picture, rest) = bytes.split_at(plain);
                self.store_all(picture);
                bytes = rest;
            }
        }
    }

    fn store_all(&mut self, bytes: &[u8]) {
        let room = self.model.receive_buffer_bytes.saturating_sub(self.buffer.len()).min(bytes.len());
        self.buffer.extend(bytes.get(..room).unwrap_or_default());
        self.starved &= room == 0;
        self.bytes_lost += bytes.len() - room;
    }

    /// Rows after the present one during which a host sees nothing happen: those in the buffer, as long as no sensor
    /// changes and no host waits for room.
    fn uneventful_rows(&self) -> u32 {
        if self.model.xon_xoff || self.buffer.len() >= self.model.receive_buffer_bytes {
            return 0;
        }
        let in_buffer = u32::try_from(self.reader.rows_in(self.buffer.len())).unwrap_or(u32::MAX);
        let to_power_cut = self.rows_to_power_cut.unwrap_or(u32::MAX);
        in_buffer.min(self.condition.rows_to_next_change().min(to_power_cut).saturating_sub(1))
    }

    /// Star's status of nine bytes: the conditions at their places, the counter in the eighth byte.
    fn star_status(&self) -> [u8; 9] {
        let paper_out = self.condition.supply() == PaperSupply::Out;
        let count = (self.etb_count & 0b1_1000) << 2 | (self.etb_count & 0b0_0111) << 1;
        let first = u8::from(self.condition.offline()) << 3 | u8::from(self.condition.cover_open) << 5;
        [0x23, 0x06, first, 0, 0, u8::from(paper_out) << 3, 0, count, 0]
    }

    /// Says XOFF when the buffer is three quarters full and XON when it is down to a quarter.
    fn control_flow(&mut self) {
        if !self.model.xon_xoff {
            return;
        }
        let quarter = self.model.receive_buffer_bytes / 4;
        if !self.holds_by_xoff && self.buffer.len() > quarter * 3 {
            self.holds_by_xoff = true;
            self.replies.flow(XOFF);
        } else if self.holds_by_xoff && self.buffer.len() <= quarter {
            self.holds_by_xoff = false;
            self.replies.flow(XON);
        }
    }

    /// Takes the bytes up to the one at which a lever waits; the rest comes after the lever.
    fn arrive(&mut self, bytes: &[u8]) {
        let due = self.lever_at_byte.filter(|(left, _)| *left <= bytes.len());
        let (before, after) = bytes.split_at(due.map_or(bytes.len(), |(left, _)| left));
        self.log(before);
        self.take_all(before);
        match due {
            Some((_, lever)) => {
                self.lever_at_byte = None;
                lever(self);
            }
            None => self.lever_at_byte = self.lever_at_byte.map(|(left, lever)| (left - before.len(), lever)),
        }
        if self.powered && !after.is_empty() {
            self.arrive(after);
        }
    }
}

impl Device for VirtualPrinter {
    fn receive(&mut self, bytes: &[u8], now: Uptime) {
        self.advance(now);
        if !self.powered {
            return;
        }
        let free_since = Uptime::new(now.since_start().saturating_sub(LINE_CATCHES_UP));
        self.line_free_at = self.line_free_at.max(free_since) + self.line_time(bytes.len());
        self.arrive(bytes);
        self.advance(now);
        self.control_flow();
    }

    fn transmit(&mut self, now: Uptime) -> Vec<u8> {
        self.advance(now);
        if !self.powered {
            return Vec::new();
        }
        self.replies.report(self.condition.automatic());
        self.control_flow();
        self.replies.take()
    }

    fn wake(&self, now: Uptime) -> Option<Uptime> {
        if !self.powered {
            return None;
        }
        let speaks = !self.replies.is_empty() || self.replies.is_news(self.condition.automatic());
        let reply = speaks.then_some(now);
        let from = if self.resting { now } else { Uptime::ZERO };
        let uneventful = || self.mechanism.row_time() * self.uneventful_rows();
        let work = (self.can_work() && self.has_work()).then(|| self.mechanism.ready_at(from) + uneventful());
        let line = Some(self.line_free_at).filter(|free_at| *free_at > now);
        [reply, work, line].into_iter().flatten().min()
    }

    fn accepts(&self, now: Uptime) -> usize {
        if !self.powered {
            return self.model.receive_buffer_bytes;
        }
        if self.held || self.line_free_at > now {
            return 0;
        }
        let slice = self.model.baud.map_or(usize::MAX, |baud| {
            let per_slice = u64::from(baud) / BITS_PER_BYTE / u64::from(LINE_SLICES_PER_S);
            usize::try_from(per_slice.max(1)).unwrap_or(usize::MAX)
        });
        if self.model.xon_xoff {
            return slice;
        }
        self.model.receive_buffer_bytes.saturating_sub(self.buffer.len()).min(slice)
    }

    fn attached(&self) -> bool {
        self.plugged && (self.powered || self.model.power_loss == PowerLoss::Silent)
    }
}
