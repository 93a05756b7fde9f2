//! What happens to a visit.

use kiosk_hal::card::CardMedia;
use kiosk_hal::fault::Fault;
use kiosk_hal::printer::{PrintOutcome, PrinterStatus};
use kiosk_hal::scanner::Scan;
use kiosk_hal::uptime::Uptime;
use queue_protocol::model::{PriorityGroup, RequestId, ServiceId, ServiceOffer, Ticket, TicketNumber, UnixMillis};
use vn_identity::{Claim, Date};

use crate::chip::ChipEvent;
use crate::ledger::Entry;
use crate::look::{Contrast, Guidance, Language, Loudness, Reach, TextSize};
use crate::typing::Key;

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
    /// A code was held up, on a card or a telephone.
    Scanned(Scan),
    /// Another device than the scanner has read an identity by itself. The chip that the visit asked for answers with
    /// `Chip` instead.
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
    /// The kiosk issued a number from its own series, because the queue service is away: it is provisional.
    IssuedOffline(Ticket),
    /// There is no number.
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
    /// The person's live tickets of today, each with [`Standing::held_before`](queue_protocol::model::Standing) set; or
    /// nobody knows.
    TicketsFound(RequestId, Result<Vec<Ticket>, FindFailure>),
    /// The missed number waits again, or may not.
    Rejoined(RequestId, Result<(), RejoinFailure>),
    /// Staff have been told, or could not be.
    HelpAnswered(RequestId, Result<(), HelpFailure>),
    /// What the reading of this id tells.
    Chip(RequestId, ChipEvent),
    /// The chip reader, or the system's service for it, came (`Ok`) or went.
    ChipReaderChanged(Result<(), Fault>),
    /// A card was put into the slot of the chip reader, or taken out.
    CardSlotChanged(CardMedia),
    /// A technician opened the service mode (repeated at least every minute while open) or closed it.
    Technician(Technician),
}

/// A patient's touch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Touch {
    /// "Get a number" on the welcome screen.
    Begin,
    /// "I lost my ticket".
    FindTicket,
    /// "Type my number".
    TypeNumber,
    /// A key of the keypad.
    Key(Key),
    /// "I have no card".
    NoCard,
    /// Whether the patient is of the age that the screen asks about.
    Age(Answer),
    /// A service tile.
    Choose(ServiceId),
    /// "I go first": opens the list of groups.
    DeclarePriority,
    /// Puts the patient into this group, or takes them out again.
    Declare(PriorityGroup),
    /// "I have an appointment at this time"; `None` = "I have none".
    Appointment(Option<UnixMillis>),
    /// "Read the chip as well".
    UseChip,
    /// Consents to the reading of the chip.
    Consent,
    /// Reads the chip once more.
    TryAgain,
    /// Goes on without the chip.
    WithoutChip,
    /// One of the person's tickets.
    ShowTicket(TicketNumber),
    /// "Another number": goes on to the services.
    TakeAnother,
    /// "Print it again".
    PrintAgain,
    /// "I missed my call": the number waits again.
    BackIn,
    /// "Help".
    CallHelp,
    /// "I am still here".
    StillHere,
    /// One screen back; Welcome where there is none before.
    Back,
    /// "Not me", "cancel": the visit ends.
    Leave,
    /// "I have it": the number was taken or written down, the apology read, the groups declared.
    Done,
    /// A language button.
    Language(Language),
    /// A button for larger text.
    Text(TextSize),
    /// A button for stronger contrast.
    Contrast(Contrast),
    /// A button that moves the controls.
    Reach(Reach),
    /// A button for spoken screens.
    Guidance(Guidance),
    /// A button or key for a louder or quieter voice.
    Loudness(Loudness),
}

/// An answer to a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Answer {
    /// Yes.
    Yes,
    /// No.
    No,
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
    /// The appointment is too far ahead.
    TooEarly,
    /// The service does not know what was asked for.
    Refused,
}

/// Why nobody knows a person's tickets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FindFailure {
    /// The service could not be reached, or did not answer in time.
    Unreachable,
    /// The service cannot answer this.
    Refused,
}

/// Why a missed number does not wait again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RejoinFailure {
    /// It has come back as often as it may: a case for the desk.
    TooOften,
    /// It is not where this begins, such as called again meanwhile.
    NotAllowed,
    /// The service could not be reached, or did not answer in time.
    Unreachable,
}

/// Why nobody was told that help is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum HelpFailure {
    /// The service could not be reached, or did not answer in time.
    Unreachable,
}

/// What a technician does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Technician {
    /// Works at the kiosk: no visits.
    AtWork,
    /// Has left.
    Gone,
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
    /// Ways into a visit besides a card held up, and what a visit may hold besides a number.
    pub ways: Ways,
    /// The language of the screens until somebody chooses another.
    pub language: Language,
}

/// Whether the hospital offers something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Offered {
    /// It does not.
    #[default]
    No,
    /// It does.
    Yes,
}

/// What the hospital offers besides a number for a card held up. By default nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Ways {
    /// A number typed on the screen.
    pub typed: Offered,
    /// A number without identity, for staff to check.
    pub no_card: Offered,
    /// The number that a person has from before, shown, printed and back in: the queue service answers `FindTickets`.
    pub held_tickets: Offered,
    /// The reading of the card's chip.
    pub chip: Offered,
}

impl Offered {
    /// Whether it is offered.
    #[must_use]
    pub const fn is_yes(self) -> bool {
        matches!(self, Self::Yes)
    }
}
