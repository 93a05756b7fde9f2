//! What happens next. Two things at one moment happen in the order in which they were put down.

use std::collections::BTreeMap;

use queue_protocol::model::TicketNumber;

use crate::faults::Lever;
use crate::wire::{Party, Reply, Request};

/// Something that happens.
#[derive(Debug, Clone)]
pub enum Due {
    /// A request reaches the service.
    AtService(Party, u64, Request),
    /// A reply reaches who asked.
    AtClient(Party, u64, Reply),
    /// A call is looked at: sent once more, or given up.
    Attempt(Party, u64),
    /// Something in a kiosk, of this start of it.
    AtKiosk(usize, u64, KioskDue),
    /// A kiosk loses its power, for a while.
    PowerOff(usize),
    /// A kiosk has its power back.
    PowerOn(usize),
    /// Somebody comes to this kiosk.
    Comes(usize),
    /// Somebody looks at a room's page.
    RoomLooks(usize),
    /// The desk helps the holder of a number.
    Desk(TicketNumber, DeskHelp),
    /// A display wants a connection.
    WallConnects(usize),
    /// Frames of a connection reach its display.
    Frames(usize, u64),
    /// A display's silence is noticed.
    WallSilent(usize),
    /// A lever is pulled, or put back.
    Pull(Lever),
    /// Put back.
    PutBack(Lever),
    /// The service is there again.
    ServiceStarts,
    /// A service day may have begun.
    DayTurns,
    /// Displays are compared with the service.
    Compare,
}

/// What happens in a kiosk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KioskDue {
    /// The oldest line that waits for the disk is written.
    Line,
    /// The session's deadline, or the queue thread's.
    Wake,
    /// The print job has ended.
    Printed,
    /// The patient does something; which visit.
    Acts(u64),
    /// Whoever made this visit is long gone.
    Gone(u64),
}

/// What the desk does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeskHelp {
    /// A missed number waits again.
    Rejoin,
    /// A number is back from tests.
    Return,
}

/// The agenda.
#[derive(Debug, Default)]
pub struct Agenda {
    due: BTreeMap<(u64, u64), Due>,
    count: u64,
}

impl Agenda {
    /// Puts something down for a moment.
    pub fn put(&mut self, at: u64, due: Due) {
        self.count += 1;
        self.due.insert((at, self.count), due);
    }

    /// The next thing that happens at `end` or before, and its moment.
    pub fn take_next(&mut self, end: u64) -> Option<(u64, Due)> {
        let (at, _) = self.due.first_key_value().map(|(moment, _)| *moment)?;
        if at > end {
            return None;
        }
        self.due.pop_first().map(|((at, _), due)| (at, due))
    }
}
