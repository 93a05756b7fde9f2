//! The loop around the visit: events in, effects out to the threads that carry them out.

use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender};
use std::time::Duration;

use kiosk_core::effect::Effect;
use kiosk_core::event::{Event, Moment};
use kiosk_core::ledger::Entry;
use kiosk_core::session::Session;
use kiosk_core::view::View;
use queue_protocol::model::RequestId;
use tokio::sync::mpsc::Sender;

use crate::chain::Chain;
use crate::journal_thread::Line;
use crate::printer_thread::Job;
use crate::queue_thread::Command;

/// Longest sleep without an event. Only a bound: nothing depends on it.
const IDLE_MAX: Duration = Duration::from_secs(60);

/// Where effects go.
pub struct Outlets {
    /// Lines for the journal.
    pub journal: SyncSender<Line>,
    /// Requests for the queue service.
    pub queue: Sender<Command>,
    /// Jobs for the printer.
    pub printer: SyncSender<Job>,
}

/// Somebody who carries out effects has ended or is stuck.
struct Ended;

/// Runs visits until a thread it talks to has ended. `show` is called with each screen that differs from the last.
pub fn work(events: &Receiver<Event>, outlets: &Outlets, mut show: impl FnMut(&str, View) -> bool) {
    let mut session = Session::new();
    let mut on_screen: Option<(String, View)> = None;
    loop {
        let screen = (session.hospital().to_owned(), session.view());
        if on_screen.as_ref() != Some(&screen) {
            if !show(&screen.0, screen.1.clone()) {
                return;
            }
            on_screen = Some(screen);
        }
        let Some(event) = next_event(events, &session) else { return };
        let moment = Moment { now: device_links::clock::now(), fresh: queue_client::new_request_id() };
        for effect in session.handle(event, moment) {
            if carry_out(effect, outlets).is_err() {
                return;
            }
        }
    }
}

fn next_event(events: &Receiver<Event>, session: &Session) -> Option<Event> {
    let wait = session.deadline().map_or(IDLE_MAX, |at| at.saturating_since(device_links::clock::now()).min(IDLE_MAX));
    match events.recv_timeout(wait) {
        Ok(event) => Some(event),
        Err(RecvTimeoutError::Timeout) => Some(Event::Tick),
        Err(RecvTimeoutError::Disconnected) => None,
    }
}

fn carry_out(effect: Effect, outlets: &Outlets) -> Result<(), Ended> {
    match effect {
        Effect::Record(request, entry) => write(outlets, request, entry),
        Effect::Void(request) => write(outlets, request, Entry::VoidWanted),
        Effect::Issue { request, service } => {
            tracing::info!(%request, %service, "asking for a number");
            outlets.queue.try_send(Command::Issue(request, service)).map_err(|error| stuck("queue", &error))
        }
        Effect::Print { request, face } => {
            outlets.printer.try_send(Job { request, face }).map_err(|error| stuck("printer", &error))
        }
    }
}

fn write(outlets: &Outlets, request: RequestId, entry: Entry) -> Result<(), Ended> {
    outlets.journal.try_send((request, entry)).map_err(|error| stuck("journal", &error))
}

/// The visit never waits for those who work for it: they may be waiting for the visit. A channel that has filled up
/// means a thread that is stuck for good, and the way out of that is to start anew.
fn stuck(thread: &'static str, error: &dyn std::error::Error) -> Ended {
    tracing::error!(thread, "cannot hand over work: {}", Chain(error));
    Ended
}
