//! What the shell must do.

use kiosk_hal::printer::TicketFace;
use queue_protocol::model::{RequestId, ServiceId};

use crate::ledger::Entry;

/// What the shell must do, in the order given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Write to the journal and flush; answer `Recorded` or `RecordFailed`.
    Record(RequestId, Entry),
    /// Ask the queue service for a number, with this id on every retry; answer `Issued` or `IssueFailed`.
    Issue {
        /// The request, which is on disk.
        request: RequestId,
        /// The service chosen.
        service: ServiceId,
    },
    /// Take back whatever this request has issued or may still issue: note it in the journal, then tell the queue
    /// service until it confirms, over restarts. No answer is expected.
    Void(RequestId),
    /// Print; answer `Printed`. At most one job is on its way.
    Print {
        /// The job, which is the request that issued the number.
        request: RequestId,
        /// What is on it.
        face: Box<TicketFace>,
    },
}
