//! What the shell must do.

use std::fmt;

use kiosk_hal::printer::TicketFace;
use queue_protocol::model::{GroupClaim, RequestId, ServiceId, TicketNumber, UnixMillis};
use vn_identity::PersonalNumber;
use zeroize::Zeroize;

use crate::ledger::Entry;

/// What the shell must do, in the order given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Write to the journal and flush; answer `Recorded` or `RecordFailed`.
    Record(RequestId, Entry),
    /// Ask the queue service for a number, with this id on every retry; answer `Issued`, `IssuedOffline` or
    /// `IssueFailed`.
    Issue {
        /// The request, which is on disk.
        request: RequestId,
        /// The service chosen.
        service: ServiceId,
        /// Who arrives.
        arriving: Box<Arriving>,
    },
    /// Take back whatever this request has issued or may still issue: note it in the journal, then tell the queue
    /// service until it confirms, over restarts. No answer is expected.
    ///
    /// Until it has confirmed, the service is asked for no number and no tickets: whoever tries once more would be given
    /// the very number that is being taken back. Such a question is answered as unreachable.
    Void(RequestId),
    /// Print; answer `Printed`. At most one job is on its way.
    Print {
        /// The job: the request that issued the number, or an id of its own for a further paper.
        request: RequestId,
        /// What is on it.
        face: Box<TicketFace>,
    },
    /// Ask the queue service which live tickets of today this person has; answer `TicketsFound` with this id.
    FindTickets {
        /// This question.
        lookup: RequestId,
        /// The person.
        person: PersonKey,
    },
    /// Ask the queue service to let a missed number wait again; answer `Rejoined` with this id.
    Rejoin {
        /// This request, the same on every retry.
        request: RequestId,
        /// The number.
        number: TicketNumber,
    },
    /// Tell staff that somebody at this kiosk wants help; answer `HelpAnswered` with this id.
    CallHelp(RequestId),
    /// Read the card that is, or will be, in the slot; answer with `Chip` events of this id, the last one `Ended`.
    ReadChip {
        /// This reading.
        reading: RequestId,
        /// Opens the chip: its CAN is the end of the number.
        number: PersonalNumber,
    },
    /// End this reading at the next command; `Ended` may still follow.
    StopChip(RequestId),
}

/// Who arrives, as far as the queue needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arriving {
    /// Recognises the person; `None` without a card. The shell sends a keyed hash of it, never itself.
    pub person: Option<PersonKey>,
    /// The groups the person belongs to.
    pub groups: Vec<GroupClaim>,
    /// The time of the appointment, as the patient says.
    pub booked_for: Option<UnixMillis>,
}

/// What recognises a person: the personal number, or the health insurance code where there is none. Wiped on drop;
/// `Debug` hides it.
#[derive(Clone, PartialEq, Eq)]
pub struct PersonKey(String);

impl PersonKey {
    pub(crate) fn new(key: &str) -> Self {
        Self(key.to_owned())
    }

    /// The number or code, for the keyed hash.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Drop for PersonKey {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl fmt::Debug for PersonKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PersonKey(…)")
    }
}
