//! The ticket printer port: print this ticket, and tell me whether it came out.

use std::fmt;

use zeroize::Zeroize;

use crate::fault::Fault;
use crate::uptime::Uptime;

/// Identity of one print job. The kiosk uses the bytes of the request that issued the number.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JobId(pub [u8; 16]);

impl fmt::Debug for JobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "JobId({:032x})", u128::from_be_bytes(self.0))
    }
}

/// Whether this is the first paper with its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Edition {
    /// The first paper.
    Original,
    /// A further paper with the same number; it is marked "IN LẠI".
    Reprint,
}

/// Everything that is written on a ticket, as finished text in the patient's language.
///
/// The driver decides where and how large; the number is the hero. Text is drawn as given after NFC normalisation;
/// a field with a control character is refused by the driver. Holds the patient's name: wiped on drop, `Debug` prints
/// the number only.
#[derive(Clone, PartialEq, Eq)]
pub struct TicketFace {
    /// Hospital's name, first line; empty = no line, as for every field but the number.
    pub hospital: String,
    /// Address and telephone; empty = no line.
    pub address: String,
    /// What this paper is, such as "PHIẾU SỐ THỨ TỰ".
    pub title: String,
    /// The number, such as "A-042".
    pub number: String,
    /// What holds for this number beside its order, such as "SỐ TẠM CẤP KHI MẤT MẠNG", in a frame; empty = no line.
    pub notice: String,
    /// The department, such as "KHOA KHÁM BỆNH"; empty = no line.
    pub department: String,
    /// The service chosen.
    pub service: String,
    /// Where to wait or go, such as "Phòng 205, tầng 2"; empty = no line.
    pub place: String,
    /// The patient's name as the hospital wants it printed; empty = no line.
    pub patient: String,
    /// Why the patient goes first, shown inverse; empty = no line.
    pub priority: String,
    /// People waiting before this number, as a sentence; empty = no line.
    pub ahead: String,
    /// The time to wait, as a sentence; empty = no line.
    pub wait: String,
    /// Local time and date of issue.
    pub issued_at: String,
    /// Text of the QR code; empty = none.
    pub qr: String,
    /// Closing lines, at most [`FOOTER_LINES_MAX`].
    pub footer: Vec<String>,
    /// Original or reprint.
    pub edition: Edition,
}

/// Most closing lines a ticket may have.
pub const FOOTER_LINES_MAX: usize = 4;

impl Drop for TicketFace {
    fn drop(&mut self) {
        self.patient.zeroize();
    }
}

impl fmt::Debug for TicketFace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TicketFace")
            .field("number", &self.number)
            .field("edition", &self.edition)
            .finish_non_exhaustive()
    }
}

/// Paper supply (XFS4IoT `paper`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Paper {
    /// Enough.
    Full,
    /// Near end: print, and warn staff.
    Low,
    /// Nothing can be printed.
    Out,
    /// Stuck in the path.
    Jammed,
    /// The printer does not say.
    Unknown,
}

impl Paper {
    /// As XFS4IoT says it (`Printer.Status`, `paper`).
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Low => "low",
            Self::Out => "out",
            Self::Jammed => "jammed",
            Self::Unknown => "unknown",
        }
    }
}

/// What a printer says of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PrinterStatus {
    /// Why it cannot print; `None` = `online`.
    pub fault: Option<Fault>,
    /// Paper supply.
    pub paper: Paper,
}

/// What became of a ticket. There is no fourth outcome and no silent retry at any level.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PrintOutcome {
    /// The printer itself said that the whole ticket is on paper.
    Confirmed,
    /// Bytes were sent and the printer cannot tell what became of them. A further paper must be marked a reprint.
    Uncertain(Fault),
    /// No whole ticket is on paper, and this one will not come out later.
    Failed(Fault),
}

/// Where a ticket that a printer hands out is (XFS4IoT `media`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Media {
    /// Nothing is at the mouth.
    NotPresent,
    /// A ticket waits to be taken.
    Present,
    /// The patient took it.
    Taken,
    /// Nobody took it in time; the printer drew it back in.
    Retracted,
    /// The printer cannot say, such as one without a presenter.
    Unknown,
}

impl Media {
    /// As XFS4IoT says it (`Printer.Status`, `media`).
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::NotPresent => "notPresent",
            Self::Present => "present",
            Self::Taken => "taken",
            Self::Retracted => "retracted",
            Self::Unknown => "unknown",
        }
    }
}

/// What a journal keeps of a print job: `Sending`, then `Ended`, then perhaps `PathClean`.
///
/// A job of which only `Sending` is known was cut off: its outcome is uncertain, and part of it may be in the printer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PrintFact {
    /// The first byte of the ticket is about to be sent.
    Sending,
    /// The job has ended. After [`PrintOutcome::Confirmed`] nothing of it is in the printer.
    Ended(PrintOutcome),
    /// What a job that was not confirmed had left in the printer is cleared and cut off.
    PathClean,
}

/// A fact that could not be made to last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the print journal could not be written")]
pub struct NotRecorded;

/// Remembers print jobs over a power cut of the kiosk. Nothing of the patient is in it.
pub trait PrintJournal: Send {
    /// Records a fact and returns when it survives a power cut.
    ///
    /// # Errors
    /// [`NotRecorded`]; a job whose `Sending` is not recorded is not sent.
    fn record(&mut self, job: JobId, fact: PrintFact) -> Result<(), NotRecorded>;
}

/// A ticket printer.
pub trait TicketPrinter: Send {
    /// Asks the printer for its state.
    ///
    /// # Errors
    /// The fault that kept it from answering, [`Fault::NoDevice`] or [`Fault::Offline`] above all.
    fn status(&mut self) -> Result<PrinterStatus, Fault>;

    /// Prints one ticket and says what became of it, within a bound the driver computes from wire and paper speed.
    ///
    /// When it returns, nothing of this job is still on its way: the driver clears what may remain in the printer
    /// before it starts another job.
    fn print(&mut self, job: JobId, face: &TicketFace) -> PrintOutcome;

    /// The clock the driver waits by.
    fn now(&self) -> Uptime;
}
