//! Every screen a patient saw, in order.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::{Result, anyhow};

use super::headless::{Step, millis};
use super::touchscreen::{Frame, Touchscreen};

/// How often the screen is looked at: shorter than the shortest screen of a visit.
const LOOK_EVERY: Duration = Duration::from_millis(15);
/// Screens remembered at most; a visit has fewer than ten.
const SCREENS_MAX: usize = 40;

/// Looks at a touchscreen until told to finish.
pub struct Recorder {
    done: Arc<AtomicBool>,
    thread: JoinHandle<Vec<(Instant, Frame)>>,
}

impl Recorder {
    /// Looks once and goes on looking.
    ///
    /// # Errors
    /// There is no screen to look at.
    pub fn start(screen: Touchscreen) -> Result<Self> {
        let done = Arc::new(AtomicBool::new(false));
        let finish = Arc::clone(&done);
        let first = (Instant::now(), screen.look()?);
        Ok(Self { done, thread: thread::spawn(move || watch(&screen, first, &finish)) })
    }

    /// Ends, saves each screen as `kiosk-N-NAME.png` in `out` and returns when each came.
    ///
    /// # Errors
    /// A picture cannot be written.
    pub fn finish(self, out: &Path, since: Instant) -> Result<Vec<Step>> {
        self.done.store(true, Ordering::Release);
        let seen = self.thread.join().map_err(|_| anyhow!("the recorder of screens panicked"))?;
        let mut steps = Vec::new();
        for (place, (at, frame)) in seen.iter().enumerate() {
            frame.save(&out.join(format!("kiosk-{}-{}.png", place + 1, frame.glance.title)))?;
            steps.push(Step { step: frame.glance.title.clone(), ms: millis(at.saturating_duration_since(since)) });
        }
        Ok(steps)
    }
}

/// Each screen with the moment it came and its newest picture.
fn watch(screen: &Touchscreen, first: (Instant, Frame), done: &AtomicBool) -> Vec<(Instant, Frame)> {
    let mut seen = vec![first];
    loop {
        let last_look = done.load(Ordering::Acquire);
        look(screen, &mut seen);
        if last_look {
            return seen;
        }
        thread::sleep(LOOK_EVERY);
    }
}

/// A picture is fetched only when something has changed: it is 6 MB.
fn look(screen: &Touchscreen, seen: &mut Vec<(Instant, Frame)>) {
    let known = seen.last().map(|(_, shown)| &shown.glance);
    if screen.glance().is_ok_and(|glance| known == Some(&glance)) {
        return;
    }
    let Ok(frame) = screen.look() else { return };
    let room = seen.len() < SCREENS_MAX;
    match seen.last_mut() {
        Some((_, shown)) if shown.glance.title == frame.glance.title => *shown = frame,
        Some(_) | None if room => seen.push((Instant::now(), frame)),
        Some(_) | None => {}
    }
}
