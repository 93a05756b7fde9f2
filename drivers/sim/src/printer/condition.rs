//! The status machine's facts and the bytes that report them (Epson ESC/POS reference: `DLE EOT`, `GS a`, `GS r`).

use super::paper::ROWS_PER_MM;

/// State of the cutter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Cutter {
    /// Works.
    Ready,
    /// Works until the next cut, which jams.
    AboutToJam,
    /// Jammed.
    Jammed,
    /// The jam was removed; the printer still waits for `DLE ENQ` or a power cycle.
    Freed,
}

/// Paper supply as the sensors see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PaperSupply {
    /// Enough.
    Full,
    /// The near end has passed its sensor.
    Low,
    /// None.
    Out,
}

/// Everything that decides whether the printer works and what it reports.
#[derive(Debug, Clone)]
pub(super) struct Condition {
    pub(super) switched_online: bool,
    pub(super) cover_open: bool,
    pub(super) paper_left_rows: u32,
    pub(super) near_end_rows: Option<u32>,
    pub(super) cutter: Cutter,
    pub(super) jammed: bool,
    pub(super) head_hot: bool,
    pub(super) broken: bool,
}

// Bits that are always set in a reply to DLE EOT.
const REAL_TIME_FIXED: u8 = 0b0001_0010;
// First byte of the automatic status, nothing wrong.
const AUTO_FIXED: u8 = 0b0001_0000;
/// Fourth byte of the automatic status (Epson TM: bits 0 to 3 set).
const AUTO_LAST: u8 = 0x0F;

const fn bit(set: bool, place: u8) -> u8 {
    (set as u8) << place
}

impl Condition {
    pub(super) fn new(roll_mm: u32, near_end_mm: Option<u32>) -> Self {
        Self {
            switched_online: true,
            cover_open: false,
            paper_left_rows: roll_mm.saturating_mul(ROWS_PER_MM),
            near_end_rows: near_end_mm.map(|mm| mm.saturating_mul(ROWS_PER_MM)),
            cutter: Cutter::Ready,
            jammed: false,
            head_hot: false,
            broken: false,
        }
    }

    pub(super) fn supply(&self) -> PaperSupply {
        if self.paper_left_rows == 0 {
            PaperSupply::Out
        } else if self.near_end_rows.is_some_and(|near_end| self.paper_left_rows <= near_end) {
            PaperSupply::Low
        } else {
            PaperSupply::Full
        }
    }

    /// Rows that can be printed before a paper sensor changes.
    pub(super) fn rows_to_next_change(&self) -> u32 {
        let near_end = self.near_end_rows.filter(|near_end| self.paper_left_rows > *near_end).unwrap_or(0);
        self.paper_left_rows - near_end
    }

    /// Whether it does nothing but answer in real time.
    pub(super) const fn offline(&self) -> bool {
        !self.switched_online || self.cover_open || self.paper_left_rows == 0 || self.error()
    }

    const fn error(&self) -> bool {
        self.cutter_error() || self.jammed || self.head_hot || self.broken
    }

    const fn cutter_error(&self) -> bool {
        matches!(self.cutter, Cutter::Jammed | Cutter::Freed)
    }

    /// `DLE ENQ`: an error whose cause is removed ends; one whose cause remains does not.
    pub(super) fn recover(&mut self) {
        if self.cutter == Cutter::Freed {
            self.cutter = Cutter::Ready;
        }
    }

    /// Two bits for the near end, at `low`.
    fn near_end_bits(&self, low: u8) -> u8 {
        let near = self.near_end_rows.is_some() && self.supply() != PaperSupply::Full;
        bit(near, low) | bit(near, low + 1)
    }

    fn paper_end_bits(&self, low: u8) -> u8 {
        let out = self.supply() == PaperSupply::Out;
        bit(out, low) | bit(out, low + 1)
    }

    /// Reply to `DLE EOT n`; `None` for an `n` it does not know.
    pub(super) fn real_time(&self, n: u8) -> Option<u8> {
        let bits = match n {
            1 => bit(self.offline(), 3) | bit(self.cutter_error(), 5),
            2 => bit(self.cover_open, 2) | bit(self.supply() == PaperSupply::Out, 5) | bit(self.error(), 6),
            3 => bit(self.jammed, 2) | bit(self.cutter_error(), 3) | bit(self.broken, 5) | bit(self.head_hot, 6),
            4 => self.near_end_bits(2) | self.paper_end_bits(5),
            _ => return None,
        };
        Some(REAL_TIME_FIXED | bits)
    }

    /// Reply to `DLE EOT 20` (Custom KPM, Reliance): 10 0F, paper, user, recoverable, unrecoverable.
    pub(super) fn full(&self, ticket_at_mouth: bool) -> [u8; 6] {
        let out = bit(self.supply() == PaperSupply::Out, 0);
        let near = bit(self.near_end_rows.is_some() && self.supply() != PaperSupply::Full, 2);
        let user = bit(self.cover_open, 0) | bit(self.cover_open, 1);
        let recoverable = bit(self.head_hot, 0) | bit(self.jammed, 6);
        let unrecoverable = bit(self.cutter_error(), 0) | bit(self.broken, 3);
        [0x10, 0x0F, out | near | bit(ticket_at_mouth, 5), user, recoverable, unrecoverable]
    }

    /// The four bytes of the automatic status.
    pub(super) fn automatic(&self) -> [u8; 4] {
        [
            AUTO_FIXED | bit(self.offline(), 3) | bit(self.cover_open, 5),
            bit(self.cutter_error(), 0)
                | bit(self.jammed, 2)
                | bit(self.cutter_error(), 3)
                | bit(self.broken, 5)
                | bit(self.head_hot, 6),
            self.near_end_bits(0) | self.paper_end_bits(2),
            AUTO_LAST,
        ]
    }

    /// Reply to `GS r n`; the drawer (2) is never open. `None` for an `n` it does not know.
    pub(super) fn transmit(&self, n: u8) -> Option<u8> {
        match n {
            1 | 49 => Some(self.near_end_bits(0) | self.paper_end_bits(2)),
            2 | 50 => Some(0),
            _ => None,
        }
    }
}
