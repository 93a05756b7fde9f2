//! What each device's thread is wired to.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};

use kiosk_core::event::Event;
use kiosk_hal::scanner::Scan;

use crate::counters::Counters;
use crate::pulse::Pulse;
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

#[cfg(test)]
impl Desk {
    /// A desk whose counters are in `dir`.
    pub fn for_test(visit: SyncSender<Event>, dir: &std::path::Path) -> Self {
        let counters = Counters::open(dir);
        let pulse = crate::pulse::Pulses::default().of("test", std::time::Duration::from_secs(60));
        Self { visit, pulse, states: States::new(counters.clone()), counters }
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
