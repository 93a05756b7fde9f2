//! What each device's thread is wired to.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use kiosk_core::event::Event;
use kiosk_hal::scanner::Scan;

use crate::counters::Counters;
use crate::pulse::{Pulse, Pulses};
use crate::service_mode::Input;
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

/// Takes codes away from the visit, for a technician.
#[derive(Debug, Clone, Default)]
pub struct Tap(Arc<Mutex<Option<Taker>>>);

#[derive(Debug)]
enum Taker {
    /// The next code alone. What it says is dropped; its length is told.
    Length(SyncSender<usize>),
    /// Every code, for the lock of the service mode.
    Lock(SyncSender<Input>),
}

impl Tap {
    /// Waits for the next code. Whoever waited before waits in vain.
    pub fn arm(&self) -> Receiver<usize> {
        let (told, length) = sync_channel(1);
        self.put(Some(Taker::Length(told)));
        length
    }

    /// Hands every code to the lock of the service mode. Whoever waited before waits in vain.
    pub fn lead_to(&self, lock: SyncSender<Input>) {
        self.put(Some(Taker::Lock(lock)));
    }

    /// Codes are for the visit again.
    pub fn disarm(&self) {
        self.put(None);
    }

    fn put(&self, taker: Option<Taker>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = taker;
    }

    /// Whether a technician has taken `scan`.
    pub fn takes(&self, scan: &Scan) -> bool {
        let mut taker = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match taker.take() {
            None => false,
            Some(Taker::Length(told)) => told.try_send(scan.as_bytes().len()).is_ok(),
            Some(Taker::Lock(lock)) => {
                // One that finds no room is held up again.
                lock.try_send(Input::Code(scan.clone())).ok();
                *taker = Some(Taker::Lock(lock));
                true
            }
        }
    }
}
