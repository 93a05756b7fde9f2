//! Where a visit is.

use queue_protocol::model::{RequestId, ServiceOffer, Ticket};

use crate::patient::Patient;

/// Where a visit is. Patient data lives in here and nowhere else; dropping a state wipes it.
#[derive(Debug)]
pub(super) enum State {
    /// Nobody is here.
    Welcome,
    /// Somebody is, and has shown no card yet.
    PresentCard,
    /// A card was read; a service is to be chosen.
    Choosing { patient: Patient },
    /// A service was chosen; the request is on its way to the disk.
    Recording { request: RequestId, service: ServiceOffer, patient: Patient },
    /// The request is on disk and with the queue service.
    Issuing { request: RequestId, service: ServiceOffer, patient: Patient },
    /// The number is on screen.
    Number { ticket: Ticket, patient: Patient, paper: PaperStep },
    /// There is no number.
    Apology(crate::view::Apology),
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
}
