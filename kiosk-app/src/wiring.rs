//! What each device's thread is wired to.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use kiosk_core::event::Event;
use kiosk_hal::scanner::Scan;

use crate::counters::Counters;
use crate::pulse::{Pulse, Pulses};
use crate::states::States;

/// Whom a device's thread tells what happened.
#[derive(Debug, Clone)]
pub struct Desk {
    /// The visit.
    pub visit: SyncSender<Event>,
    /// The thread's own heartbeat.
    pub pulse: Pulse,
    /// What staff see.
    pub states: States,
    /// What is counted.
    pub counters: Counters,
}

/// What all desks share.
#[derive(Debug, Clone)]
pub struct Desks {
    visit: SyncSender<Event>,
    /// The threads' heartbeats.
    pub pulses: Pulses,
    /// What staff see.
    pub states: States,
    /// What is counted.
    pub counters: Counters,
}

impl Desks {
    /// Desks whose threads tell `visit`.
    pub fn new(visit: SyncSender<Event>, counters: Counters) -> Self {
        Self { visit, pulses: Pulses::default(), states: States::new(counters.clone()), counters }
    }

    /// The desk of a thread whose rounds take at most `round_max`.
    pub fn of(&self, thread: &'static str, round_max: Duration) -> Desk {
        Desk {
            visit: self.visit.clone(),
            pulse: self.pulses.of(thread, round_max),
            states: self.states.clone(),
            counters: self.counters.clone(),
        }
    }

    /// The way to the visit.
    pub fn visit(&self) -> SyncSender<Event> {
        self.visit.clone()
    }
}

#[cfg(test)]
impl Desk {
    /// A desk whose counters are in `dir`.
    pub fn for_test(visit: SyncSender<Event>, dir: &std::path::Path) -> Self {
        Desks::new(visit, Counters::open(dir)).of("test", Duration::from_secs(60))
    }
}

/// Takes the next code away from the visit, for a technician's test. What the code says is dropped; its length is told.
#[derive(Debug, Clone, Default)]
pub struct Tap(Arc<Mutex<Option<SyncSender<usize>>>>);

impl Tap {
    /// Waits for the next code. Whoever waited before waits in vain.
    pub fn arm(&self) -> Receiver<usize> {
        let (told, length) = sync_channel(1);
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(told);
        length
    }

    /// Codes are for the visit again.
    pub fn disarm(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Whether the test has taken `scan`.
    pub fn takes(&self, scan: &Scan) -> bool {
        let armed = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        armed.is_some_and(|told| told.try_send(scan.as_bytes().len()).is_ok())
    }
}
