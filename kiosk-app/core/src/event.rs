//! What happens to a visit.

use kiosk_hal::fault::Fault;
use kiosk_hal::printer::{PrintOutcome, PrinterStatus};
use kiosk_hal::scanner::Scan;
use kiosk_hal::uptime::Uptime;
use queue_protocol::model::{RequestId, ServiceId, ServiceOffer, Ticket};
use vn_identity::{Claim, Date};

use crate::ledger::Entry;

/// When an event happens, and a request id nobody has used, for the visit to take if it needs one.
#[derive(Debug, Clone, Copy)]
pub struct Moment {
    /// The kiosk's monotonic clock.
    pub now: Uptime,
    /// Made by the shell for this event alone.
    pub fresh: RequestId,
    /// Today where the hospital is; `None` while the kiosk's clock cannot be right. Without it nothing is called
    /// expired or in the future.
    pub today: Option<Date>,
}

/// What happens to a visit.
#[derive(Debug, Clone)]
pub enum Event {
    /// A code was held up.
    Scanned(Scan),
    /// Another device than the scanner has read an identity, such as the chip reader.
    Identified(Box<Claim>),
    /// The patient touched something.
    Touched(Touch),
    /// Time has passed; sent at or after `deadline()`.
    Tick,
    /// The request of this id is on disk.
    Recorded(RequestId, Entry),
    /// The journal cannot be written.
    RecordFailed(RequestId, Entry),
    /// The queue service issued a number.
    Issued(Ticket),
    /// The queue service gave no number.
    IssueFailed(RequestId, IssueFailure),
    /// The printer driver has ended a job.
    Printed(RequestId, PrintOutcome),
    /// What the hospital offers has changed.
    Offered(Offer),
    /// The printer said how it is, or could not be asked.
    PrinterChanged(Result<PrinterStatus, Fault>),
    /// The scanner came (`Ok`) or went.
    ScannerChanged(Result<(), Fault>),
    /// The queue service answers (`Ok`) or is away.
    ServiceChanged(Result<(), IssueFailure>),
}

/// A patient's touch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Touch {
    /// "Get a number" on the welcome screen.
    Begin,
    /// A service tile.
    Choose(ServiceId),
    /// "Not me", "back", "cancel".
    Leave,
    /// "I have it": the number was taken or written down, the apology read.
    Done,
}

/// Why there is no number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum IssueFailure {
    /// The service could not be reached, or did not answer in time.
    Unreachable,
    /// The chosen service gives out no numbers now.
    Closed,
    /// No number is left today.
    Exhausted,
    /// The service does not know what was asked for.
    Refused,
}

/// What the hospital offers, for screen and ticket.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Offer {
    /// The hospital's name.
    pub hospital: String,
    /// Address and telephone for tickets.
    pub address: String,
    /// Services in the order they are shown.
    pub services: Vec<ServiceOffer>,
}
