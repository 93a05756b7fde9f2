//! The threads' heartbeats: whether each of them still gets round its own loop.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use kiosk_hal::uptime::Uptime;

/// One thread's heartbeat. It beats once each time the thread gets round its loop, and from nowhere else.
#[derive(Debug, Clone)]
pub struct Pulse(Arc<Beat>);

#[derive(Debug)]
struct Beat {
    thread: &'static str,
    /// Longest time one round may take; beyond it the thread is stuck.
    round_max: Duration,
    /// In milliseconds of the links' clock.
    last_ms: AtomicU64,
}

impl Pulse {
    /// The thread got round its loop.
    pub fn beat(&self) {
        self.beat_at(device_links::clock::now());
    }

    fn beat_at(&self, now: Uptime) {
        self.0.last_ms.store(millis(now), Ordering::Relaxed);
    }

    fn is_late(&self, now: Uptime) -> bool {
        let since = millis(now).saturating_sub(self.0.last_ms.load(Ordering::Relaxed));
        u128::from(since) > self.0.round_max.as_millis()
    }
}

/// The heartbeats of all threads.
#[derive(Debug, Clone, Default)]
pub struct Pulses(Arc<Mutex<Vec<Pulse>>>);

impl Pulses {
    /// A thread whose rounds take at most `round_max`. It counts as having just beaten.
    pub fn of(&self, thread: &'static str, round_max: Duration) -> Pulse {
        let pulse = Pulse(Arc::new(Beat { thread, round_max, last_ms: AtomicU64::new(0) }));
        pulse.beat();
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(pulse.clone());
        pulse
    }

    /// The first thread that has not got round its loop in its time.
    pub fn stuck(&self, now: Uptime) -> Option<&'static str> {
        let pulses = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        pulses.iter().find(|pulse| pulse.is_late(now)).map(|pulse| pulse.0.thread)
    }
}

/// A program that runs longer than this counts milliseconds no more; it is half a billion years.
fn millis(at: Uptime) -> u64 {
    u64::try_from(at.since_start().as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_is_stuck_when_its_round_takes_longer_than_it_may() {
        let pulses = Pulses::default();
        let (slow, quick) = (pulses.of("slow", Duration::from_secs(60)), pulses.of("quick", Duration::from_secs(5)));
        let at = |seconds| Uptime::new(Duration::from_secs(seconds));
        slow.beat_at(at(100));
        quick.beat_at(at(100));
        assert_eq!(pulses.stuck(at(105)), None);
        assert_eq!(pulses.stuck(at(106)), Some("quick"));
        quick.beat_at(at(106));
        assert_eq!(pulses.stuck(at(110)), None);
        quick.beat_at(at(160));
        assert_eq!(pulses.stuck(at(161)), Some("slow"));
    }
}
