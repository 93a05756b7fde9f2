//! The journal on a thread of its own, so that a slow disk never stops the visit.

use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender};
use std::time::Duration;

use kiosk_core::event::Event;
use kiosk_core::ledger::Entry;
use queue_protocol::model::RequestId;
use tokio::sync::mpsc::Sender;

use crate::chain::Chain;
use crate::journal::Journal;
use crate::pulse::Pulse;
use crate::queue_thread::Command;

/// One line to write. The answer follows from the entry: the visit is told of `Requested` and `Shown`, the queue
/// thread of `VoidWanted`.
pub type Line = (RequestId, Entry);

/// Whom the journal tells what is on the disk.
pub struct Told {
    /// The visit.
    pub visit: SyncSender<Event>,
    /// The queue thread.
    pub queue: Sender<Command>,
}

/// How long the thread waits for a line before it shows that it lives.
const WAKE_EVERY: Duration = Duration::from_secs(5);

/// Writes lines until whoever is told of them has ended.
pub fn work(mut journal: Journal, lines: &Receiver<Line>, told: &Told, pulse: &Pulse) {
    let Told { visit, queue } = told;
    loop {
        pulse.beat();
        let (request, entry) = match lines.recv_timeout(WAKE_EVERY) {
            Ok(line) => line,
            Err(RecvTimeoutError::Timeout) => continue,
            Err(RecvTimeoutError::Disconnected) => return,
        };
        let written = journal.append(request, entry);
        if let Err(error) = &written {
            tracing::error!(%request, ?entry, "not in the journal: {}", Chain(error));
        }
        let told = match entry {
            Entry::Requested | Entry::Shown => {
                let event = match written {
                    Ok(()) => Event::Recorded(request, entry),
                    Err(_) => Event::RecordFailed(request, entry),
                };
                visit.send(event).is_ok()
            }
            // Tried even when the disk is full: the number must not stay valid because of it.
            Entry::VoidWanted => queue.blocking_send(Command::Void(request)).is_ok(),
            Entry::Voided => true,
        };
        if !told {
            return;
        }
    }
}
