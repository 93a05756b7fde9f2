//! What the status bytes mean. Bits: Epson ESC/POS Command Reference, `DLE EOT` and `GS a`; Custom KPM and Reliance
//! manuals, `DLE EOT 20`; Star Line Mode Command Specifications, section 5.

use kiosk_hal::fault::Fault;
use kiosk_hal::printer::Paper;

use crate::encode::StatusQuery;
use crate::reply::STAR_STATUS_BYTES;

/// The printer's sensors as last reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sensors {
    /// Takes no data for printing, for whatever reason.
    pub offline: bool,
    /// The cover is open.
    pub cover_open: bool,
    /// No paper, or printing stopped for lack of it.
    pub paper_end: bool,
    /// The roll is nearly used up.
    pub paper_near_end: bool,
    /// Paper is stuck in the path.
    pub paper_jammed: bool,
    /// The cutter is stuck.
    pub cutter_error: bool,
    /// An error that only service can end (voltage, head).
    pub unrecoverable: bool,
    /// An error that `DLE ENQ` can end.
    pub recoverable: bool,
    /// The printer waits for itself, such as for the head to cool.
    pub waiting: bool,
    /// An error is reported without its kind.
    pub other_error: bool,
}

const fn has(byte: u8, bits: u8) -> bool {
    byte & bits != 0
}

impl Sensors {
    /// Nothing wrong, nothing low.
    pub const NONE_TRIPPED: Self = Self {
        offline: false,
        cover_open: false,
        paper_end: false,
        paper_near_end: false,
        paper_jammed: false,
        cutter_error: false,
        unrecoverable: false,
        recoverable: false,
        waiting: false,
        other_error: false,
    };

    /// Takes over the answer to one `DLE EOT` query.
    pub fn read_real_time(&mut self, query: StatusQuery, byte: u8) {
        match query {
            StatusQuery::Printer => self.offline = has(byte, 1 << 3),
            StatusQuery::OfflineCause => {
                self.cover_open = has(byte, 1 << 2);
                self.paper_end = has(byte, 1 << 5);
                self.other_error = has(byte, 1 << 6);
            }
            StatusQuery::ErrorCause => {
                self.recoverable = has(byte, 1 << 2);
                self.cutter_error = has(byte, 1 << 3);
                self.unrecoverable = has(byte, 1 << 5);
                self.waiting = has(byte, 1 << 6);
                self.other_error &= !(self.recoverable || self.cutter_error || self.unrecoverable || self.waiting);
            }
            StatusQuery::Paper => {
                self.paper_near_end = has(byte, 0b0000_1100);
                self.paper_end |= has(byte, 0b0110_0000);
            }
        }
    }

    /// The state in one automatic status. Its fourth byte differs from model to model and is not read.
    #[must_use]
    pub const fn from_automatic([first, second, third, _]: [u8; 4]) -> Self {
        Self {
            offline: has(first, 1 << 3),
            cover_open: has(first, 1 << 5),
            paper_end: has(third, 0b0000_1100),
            paper_near_end: has(third, 0b0000_0011),
            paper_jammed: false,
            cutter_error: has(second, 1 << 3),
            unrecoverable: has(second, 1 << 5),
            recoverable: has(second, 1 << 2),
            waiting: has(second, 1 << 6),
            other_error: false,
        }
    }

    /// Why nothing can be printed until a person acts; the first thing that person has to do.
    #[must_use]
    pub const fn lasting_fault(&self) -> Option<Fault> {
        if self.cover_open {
            Some(Fault::CoverOpen)
        } else if self.paper_end {
            Some(Fault::PaperOut)
        } else if self.paper_jammed {
            Some(Fault::PaperJammed)
        } else if self.cutter_error || self.unrecoverable || self.recoverable {
            Some(Fault::HardwareError)
        } else {
            None
        }
    }

    /// Why nothing can be printed at this moment.
    #[must_use]
    pub const fn fault(&self) -> Option<Fault> {
        if let Some(fault) = self.lasting_fault() {
            Some(fault)
        } else if self.waiting {
            Some(Fault::Busy)
        } else if self.other_error {
            Some(Fault::HardwareError)
        } else if self.offline {
            Some(Fault::Offline)
        } else {
            None
        }
    }

    /// The paper supply; without a near-end sensor "not at its end" says nothing of how much is left.
    #[must_use]
    pub const fn paper(&self, near_end: NearEndSensor) -> Paper {
        if self.paper_jammed {
            return Paper::Jammed;
        }
        match (self.paper_end, self.paper_near_end, near_end) {
            (true, _, _) => Paper::Out,
            (false, true, NearEndSensor::Fitted) => Paper::Low,
            (false, false, NearEndSensor::Fitted) => Paper::Full,
            (false, _, NearEndSensor::Absent) => Paper::Unknown,
        }
    }
}

/// What `DLE EOT 20` says besides `DLE EOT` 1 to 4.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FullStatus {
    /// A ticket is at the mouth.
    pub ticket_at_mouth: bool,
    /// Paper is stuck in the path.
    pub paper_jammed: bool,
}

impl FullStatus {
    /// Reads paper, user, recoverable and unrecoverable status.
    #[must_use]
    pub const fn new([paper, _, recoverable, _]: [u8; 4]) -> Self {
        Self { ticket_at_mouth: has(paper, 1 << 5), paper_jammed: has(recoverable, 1 << 6) }
    }
}

/// The 5-bit counter in a Star status that `ETB` raises when all before it is printed: bits 6, 5, 3, 2 and 1 of the
/// eighth byte.
#[must_use]
pub const fn star_counter(status: [u8; STAR_STATUS_BYTES]) -> u8 {
    let [.., byte, _] = status;
    (byte >> 2 & 0b1_1000) | (byte >> 1 & 0b0_0111)
}

/// Whether a printer can feel that its roll is nearly used up. Without one the bits are constantly 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NearEndSensor {
    /// There is one.
    Fitted,
    /// There is none.
    Absent,
}
