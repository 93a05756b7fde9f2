//! Where a visit is.

use queue_protocol::model::{PriorityGroup, RequestId, ServiceOffer, Ticket, TicketNumber, TicketState, UnixMillis};

use crate::chip::ChipStep;
use crate::patient::Patient;
use crate::typing::{TypedDigits, TypingProblem};
use crate::view::{Apology, ChipTrouble, NumberStanding, Purpose};

/// Where a visit is. Patient data lives in here and nowhere else; dropping a state wipes it.
#[derive(Debug)]
pub(super) enum State {
    /// Nobody is here.
    Welcome,
    /// A technician is.
    OutOfService,
    /// Somebody is, and has shown no card yet.
    PresentCard { purpose: Purpose },
    /// Somebody types their number.
    Typing { purpose: Purpose, digits: TypedDigits, problem: Option<TypingProblem> },
    /// Somebody is here before the kiosk has heard what the hospital offers.
    AwaitingOffer { purpose: Purpose, patient: Patient },
    /// The tickets of the patient are being looked up.
    Finding { lookup: RequestId, purpose: Purpose, patient: Patient },
    /// The patient has numbers already.
    ChoosingTicket { purpose: Purpose, patient: Patient, tickets: Vec<Ticket> },
    /// The patient is asked for their age group.
    AskingAge { patient: Patient, group: PriorityGroup },
    /// A service is to be chosen.
    Choosing { patient: Patient },
    /// The patient says which groups they belong to.
    Declaring { patient: Patient },
    /// The patient is asked for an appointment.
    AskingAppointment { patient: Patient, service: ServiceOffer },
    /// The chip is to be read.
    Chip { patient: Patient, step: ChipState },
    /// A service was chosen; the request is on its way to the disk.
    Recording { request: RequestId, order: Order },
    /// The request is on disk and with the queue service.
    Issuing { request: RequestId, order: Order },
    /// The number is on screen.
    Number(Box<Number>),
    /// There is no number.
    Apology(Apology),
}

/// What is asked for.
#[derive(Debug)]
pub(super) struct Order {
    pub(super) service: ServiceOffer,
    pub(super) patient: Patient,
    pub(super) booked_for: Option<UnixMillis>,
}

/// How far the chip is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ChipState {
    /// The patient is asked for consent.
    Consent,
    /// The reader waits for the card.
    Insert { reading: RequestId },
    /// The reader reads.
    Reading { reading: RequestId, step: ChipStep },
    /// It was of no use.
    Trouble(ChipTrouble),
}

/// A number on screen.
#[derive(Debug)]
pub(super) struct Number {
    pub(super) ticket: Ticket,
    pub(super) patient: Patient,
    /// Who issued it.
    pub(super) origin: Origin,
    pub(super) booked: bool,
    pub(super) paper: PaperStep,
    /// The print job of this number, once there is one.
    pub(super) job: Option<RequestId>,
    pub(super) standing: NumberStanding,
    /// The request by which it is let back in.
    pub(super) rejoin: Option<RequestId>,
}

/// Who issued a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    /// The queue service.
    Service,
    /// The kiosk, from its own series.
    OwnSeries,
}

/// How far the paper is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PaperStep {
    /// That the number was shown is on its way to the disk. Paper follows only then: a number on paper is never taken
    /// back.
    AwaitingRecord,
    /// With the printer.
    Printing,
    /// Confirmed by the printer.
    Take,
    /// Not on paper, or nobody knows.
    WriteDown,
    /// The person has paper from before, and may ask for more.
    OnRequest,
}

impl Number {
    /// A number that was just issued. Its person may have it from before all the same.
    pub(super) fn new(ticket: Ticket, order: Order, origin: Origin) -> Self {
        Self {
            standing: ticket.standing.held_before.map_or(NumberStanding::New, NumberStanding::Held),
            ticket,
            booked: order.booked_for.is_some(),
            patient: order.patient,
            origin,
            paper: PaperStep::AwaitingRecord,
            job: None,
            rejoin: None,
        }
    }

    /// A number that its person has from before, as the queue service tells of it.
    pub(super) fn from_before(ticket: Ticket, patient: Patient) -> Self {
        let state = ticket.standing.held_before.unwrap_or(TicketState::Waiting);
        Self {
            ticket,
            patient,
            origin: Origin::Service,
            booked: false,
            paper: PaperStep::OnRequest,
            job: None,
            standing: NumberStanding::Held(state),
            rejoin: None,
        }
    }

    /// Whether it was called and its patient did not come.
    pub(super) const fn may_come_back(&self) -> bool {
        matches!(self.standing, NumberStanding::Held(TicketState::Missed))
    }

    pub(super) const fn number(&self) -> TicketNumber {
        self.ticket.number
    }
}

impl State {
    /// Who the visit is for.
    pub(super) const fn patient(&self) -> Option<&Patient> {
        match self {
            Self::AwaitingOffer { patient, .. }
            | Self::Finding { patient, .. }
            | Self::ChoosingTicket { patient, .. }
            | Self::AskingAge { patient, .. }
            | Self::Choosing { patient }
            | Self::Declaring { patient }
            | Self::AskingAppointment { patient, .. }
            | Self::Chip { patient, .. }
            | Self::Recording { order: Order { patient, .. }, .. }
            | Self::Issuing { order: Order { patient, .. }, .. } => Some(patient),
            Self::Number(number) => Some(&number.patient),
            Self::Welcome | Self::OutOfService | Self::PresentCard { .. } | Self::Typing { .. } | Self::Apology(_) => {
                None
            }
        }
    }

    /// The patient, while nothing has been asked for in their name: until then another card may take over.
    pub(super) fn undecided(&mut self) -> Option<&mut Patient> {
        match self {
            Self::AwaitingOffer { patient, .. }
            | Self::Finding { patient, .. }
            | Self::ChoosingTicket { patient, .. }
            | Self::AskingAge { patient, .. }
            | Self::Choosing { patient }
            | Self::Declaring { patient }
            | Self::AskingAppointment { patient, .. }
            | Self::Chip { patient, .. } => Some(patient),
            Self::Welcome
            | Self::OutOfService
            | Self::PresentCard { .. }
            | Self::Typing { .. }
            | Self::Recording { .. }
            | Self::Issuing { .. }
            | Self::Number(_)
            | Self::Apology(_) => None,
        }
    }

    /// Whether the chip may still be read while the visit is here.
    pub(super) const fn lets_chip_be_read(&self) -> bool {
        match self {
            Self::Choosing { .. }
            | Self::Declaring { .. }
            | Self::AskingAge { .. }
            | Self::AskingAppointment { .. }
            | Self::Chip { step: ChipState::Insert { .. } | ChipState::Reading { .. }, .. } => true,
            Self::Chip { step: ChipState::Consent | ChipState::Trouble(_), .. }
            | Self::Welcome
            | Self::OutOfService
            | Self::PresentCard { .. }
            | Self::Typing { .. }
            | Self::AwaitingOffer { .. }
            | Self::Finding { .. }
            | Self::ChoosingTicket { .. }
            | Self::Recording { .. }
            | Self::Issuing { .. }
            | Self::Number(_)
            | Self::Apology(_) => false,
        }
    }

    /// What a card would be taken for here; `None` where no reader is listened to.
    pub(super) const fn purpose(&self) -> Option<Purpose> {
        match self {
            Self::PresentCard { purpose }
            | Self::Typing { purpose, .. }
            | Self::AwaitingOffer { purpose, .. }
            | Self::Finding { purpose, .. } => Some(*purpose),
            Self::Welcome
            | Self::ChoosingTicket { .. }
            | Self::AskingAge { .. }
            | Self::Choosing { .. }
            | Self::Declaring { .. }
            | Self::AskingAppointment { .. }
            | Self::Chip { .. }
            | Self::Apology(_) => Some(Purpose::TakeNumber),
            Self::OutOfService | Self::Recording { .. } | Self::Issuing { .. } | Self::Number(_) => None,
        }
    }
}
