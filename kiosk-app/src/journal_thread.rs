//! The journal on a thread of its own, so that a slow disk never stops the visit.

use std::sync::mpsc::{Receiver, SyncSender};

use kiosk_core::event::Event;
use kiosk_core::ledger::Entry;
use queue_protocol::model::RequestId;
use tokio::sync::mpsc::Sender;

use crate::chain::Chain;
use crate::journal::Journal;
use crate::queue_thread::Command;

/// One line to write. The answer follows from the entry: the visit is told of `Requested` and `Shown`, the queue
/// thread of `VoidWanted`.
pub type Line = (RequestId, Entry);

/// Writes lines until whoever is told of them has ended.
pub fn work(mut journal: Journal, lines: &Receiver<Line>, visit: &SyncSender<Event>, queue: &Sender<Command>) {
    while let Ok((request, entry)) = lines.recv() {
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
