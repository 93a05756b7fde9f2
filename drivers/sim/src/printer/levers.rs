//! What a person's hand, a fuse or a test does to the printer, and what it can be seen to have done.

use super::VirtualPrinter;
use super::command::CommandReader;
use super::condition::{Cutter, PaperSupply};
use super::page::Page;
use super::paper::{Paper, ROWS_PER_MM};
use super::presenter::Presenter;
use super::realtime::Watch;
use super::replies::Answers;

/// Everything a panel shows of the printer at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrinterState {
    /// Power is on.
    pub powered: bool,
    /// It prints nothing and answers in real time only (XFS4IoT `offline`).
    pub offline: bool,
    /// Its panel key is at "on line".
    pub switched_online: bool,
    /// The cover is open.
    pub cover_open: bool,
    /// Paper as the sensors see it.
    pub supply: PaperSupply,
    /// Paper left, in mm.
    pub paper_left_mm: u32,
    /// The cutter.
    pub cutter: Cutter,
    /// Paper is stuck (recoverable mechanical error).
    pub jammed: bool,
    /// The head is too hot.
    pub head_hot: bool,
    /// Beyond recovery.
    pub broken: bool,
    /// Flow control holds the host.
    pub held: bool,
    /// How it answers.
    pub answers: Answers,
    /// Paper speed in mm per second.
    pub paper_mm_per_s: u32,
    /// Bytes received and not yet interpreted.
    pub buffered_bytes: usize,
    /// Something is on its way to the paper or waits for it.
    pub working: bool,
    /// Pieces that left the cutter and were not taken.
    pub papers: usize,
    /// Commands it does not know, so far.
    pub unknown_commands: usize,
}

/// Levers.
impl VirtualPrinter {
    /// Opens the cover: printing stops at the row.
    pub const fn open_cover(&mut self) {
        self.condition.cover_open = true;
    }

    /// Closes the cover: what was kept prints on.
    pub const fn close_cover(&mut self) {
        self.condition.cover_open = false;
    }

    /// Leaves `mm` of paper on the roll. It runs out after that much has passed the head.
    pub const fn paper_left_mm(&mut self, mm: u32) {
        self.condition.paper_left_rows = mm.saturating_mul(ROWS_PER_MM);
    }

    /// Takes the paper out.
    pub const fn paper_out(&mut self) {
        self.paper_left_mm(0);
    }

    /// Leaves just what trips the near-end sensor of a printer that has one.
    pub const fn paper_low(&mut self) {
        self.paper_left_mm(self.model.near_end_mm);
    }

    /// Loads a new roll: what was kept prints on.
    pub const fn load_paper(&mut self) {
        self.paper_left_mm(self.model.roll_mm);
    }

    /// Jams the cutter at once.
    pub const fn cutter_error(&mut self) {
        self.condition.cutter = Cutter::Jammed;
    }

    /// Jams the cutter at its next cut.
    pub const fn cutter_error_at_next_cut(&mut self) {
        self.condition.cutter = Cutter::AboutToJam;
    }

    /// Frees the cutter. A printer that has reported the jam still waits for `DLE ENQ` or a power cycle.
    pub fn cutter_fixed(&mut self) {
        self.condition.cutter = match self.condition.cutter {
            Cutter::Ready | Cutter::AboutToJam => Cutter::Ready,
            Cutter::Jammed | Cutter::Freed => Cutter::Freed,
        };
    }

    /// Jams the paper (recoverable mechanical error).
    pub const fn jam_paper(&mut self) {
        self.condition.jammed = true;
    }

    /// Pulls the jammed paper out.
    pub const fn clear_jam(&mut self) {
        self.condition.jammed = false;
    }

    /// Overheats the head (recovers by itself when cooled).
    pub const fn heat_head(&mut self) {
        self.condition.head_hot = true;
    }

    /// Cools the head.
    pub const fn cool_head(&mut self) {
        self.condition.head_hot = false;
    }

    /// Breaks it: an error that only a repair ends.
    pub const fn break_down(&mut self) {
        self.condition.broken = true;
    }

    /// Repairs it.
    pub const fn repair(&mut self) {
        self.condition.broken = false;
    }

    /// Switches it off line at its panel.
    pub const fn go_offline(&mut self) {
        self.condition.switched_online = false;
    }

    /// Switches it on line at its panel.
    pub const fn go_online(&mut self) {
        self.condition.switched_online = true;
    }

    /// Holds the host by flow control, for no reason the status shows.
    pub const fn hold_line(&mut self) {
        self.held = true;
    }

    /// Lets the host go on.
    pub const fn release_line(&mut self) {
        self.held = false;
    }

    /// Answers nothing from here on. It still prints.
    pub const fn silent(&mut self) {
        self.replies.answers = Answers::Silent;
    }

    /// Answers with bytes that are no status.
    pub const fn garbage(&mut self) {
        self.replies.answers = Answers::Garbage;
    }

    /// Says only the first half of each answer.
    pub const fn half_answers(&mut self) {
        self.replies.answers = Answers::Half;
    }

    /// Answers as its manual says.
    pub const fn truthful(&mut self) {
        self.replies.answers = Answers::True;
    }

    /// Prints at another speed from here on; 0 counts as 1 mm per second.
    pub const fn set_speed(&mut self, mm_per_s: u32) {
        self.mechanism.set_speed(mm_per_s);
    }

    /// Cuts the power after `bytes` more bytes have arrived; 0 = now.
    pub fn power_cut_after(&mut self, bytes: usize) {
        self.at_byte(bytes, Self::power_off);
    }

    /// Pulls `lever` when `bytes` more bytes have arrived; 0 = now. One lever at a time: a second one replaces it.
    pub fn at_byte(&mut self, bytes: usize, lever: fn(&mut Self)) {
        if bytes == 0 {
            lever(self);
        } else {
            self.lever_at_byte = Some((bytes, lever));
        }
    }

    /// A patient takes the ticket at the mouth of the presenter: it is then among the papers.
    pub fn take_from_mouth(&mut self) {
        self.mechanism.take_from_mouth();
    }

    /// Empties the presenter and the bin behind it: what they held is gone.
    pub fn empty_presenter(&mut self) {
        if let Some(presenter) = self.mechanism.presenter_mut() {
            presenter.empty();
        }
    }

    /// Blocks the presenter: it moves nothing.
    pub const fn block_presenter(&mut self) {
        if let Some(presenter) = self.mechanism.presenter_mut() {
            presenter.set_stuck(true);
        }
    }

    /// Frees the presenter.
    pub const fn free_presenter(&mut self) {
        if let Some(presenter) = self.mechanism.presenter_mut() {
            presenter.set_stuck(false);
        }
    }

    /// Cuts the power after `mm` more millimetres of paper; 0 = now.
    pub fn power_cut_after_mm(&mut self, mm: u32) {
        if mm == 0 {
            self.power_off();
        } else {
            self.rows_to_power_cut = Some(mm.saturating_mul(ROWS_PER_MM));
        }
    }

    /// Cuts the power: buffers, settings and unsent answers are lost, the stump stays in the path.
    pub fn power_off(&mut self) {
        self.powered = false;
        self.lever_at_byte = None;
        self.rows_to_power_cut = None;
        self.clear_buffers();
        self.watch = Watch::default();
        self.connector = CommandReader::default();
        self.page = Page::new(self.model.page_start());
        self.replies.reset();
        self.holds_by_xoff = false;
        self.etb_count = 0;
    }

    /// Switches the power on. A freed cutter works again.
    pub fn power_on(&mut self) {
        self.powered = true;
        self.condition.recover();
    }

    /// Pulls the plug of the data line: the device is gone. Power and buffers stay.
    pub const fn unplug(&mut self) {
        self.plugged = false;
    }

    /// Puts the plug back.
    pub const fn replug(&mut self) {
        self.plugged = true;
    }

    /// A hand tears off what hangs out of the cutter.
    pub fn tear_off(&mut self) {
        self.mechanism.tear_off();
    }
}

/// What can be seen.
impl VirtualPrinter {
    /// Each piece that has left the cutter, oldest first, at most [`super::PAPERS_MAX`].
    #[must_use]
    pub fn papers(&self) -> Vec<Paper> {
        self.mechanism.papers()
    }

    /// Takes the pieces away.
    pub fn take_papers(&mut self) -> Vec<Paper> {
        self.mechanism.take_papers()
    }

    /// The ticket at the mouth of the presenter.
    #[must_use]
    pub fn at_mouth(&self) -> Option<Paper> {
        self.mechanism.presenter().filter(|presenter| presenter.ticket_at_mouth())?.held().cloned()
    }

    /// The ticket in the presenter, at the mouth or behind it.
    #[must_use]
    pub fn in_presenter(&self) -> Option<Paper> {
        self.mechanism.presenter()?.held().cloned()
    }

    /// The tickets the presenter has drawn back in, oldest first.
    #[must_use]
    pub fn retracted(&self) -> Vec<Paper> {
        self.mechanism.presenter().map(Presenter::retracted).unwrap_or_default()
    }

    /// What is in the path: also the blank paper between head and cutter.
    #[must_use]
    pub fn uncut(&self) -> Paper {
        self.mechanism.uncut()
    }

    /// The bytes received while the power was on, at most [`super::WIRE_LOG_BYTES_MAX`], the latest.
    #[must_use]
    pub fn wire_log(&self) -> &[u8] {
        &self.wire_log
    }

    /// Forgets the bytes received so far.
    pub fn clear_wire_log(&mut self) {
        self.wire_log.clear();
    }

    /// Commands this model does not know, so far.
    #[must_use]
    pub const fn unknown_commands(&self) -> usize {
        self.unknown_commands
    }

    /// How the first unknown commands begin, at most [`super::UNKNOWN_KEPT_MAX`].
    #[must_use]
    pub fn unknown_beginnings(&self) -> &[Vec<u8>] {
        &self.unknown_kept
    }

    /// Bytes that came although the buffer was full.
    #[must_use]
    pub const fn bytes_lost(&self) -> usize {
        self.bytes_lost
    }

    /// Everything a panel shows.
    #[must_use]
    pub fn status(&self) -> PrinterState {
        PrinterState {
            powered: self.powered,
            offline: self.condition.offline(),
            switched_online: self.condition.switched_online,
            cover_open: self.condition.cover_open,
            supply: self.condition.supply(),
            paper_left_mm: self.condition.paper_left_rows.div_ceil(ROWS_PER_MM),
            cutter: self.condition.cutter,
            jammed: self.condition.jammed,
            head_hot: self.condition.head_hot,
            broken: self.condition.broken,
            held: self.held,
            answers: self.replies.answers,
            paper_mm_per_s: self.mechanism.speed(),
            buffered_bytes: self.buffer.len(),
            working: self.has_work(),
            papers: self.mechanism.papers_count(),
            unknown_commands: self.unknown_commands,
        }
    }
}
