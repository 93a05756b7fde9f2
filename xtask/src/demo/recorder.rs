//! Every screen a patient saw, in order.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::{Result, anyhow, ensure};

use super::headless::{Step, millis};
use super::touchscreen::{Frame, Touchscreen};

/// How often the screen is looked at: shorter than the shortest screen of a visit.
const LOOK_EVERY: Duration = Duration::from_millis(15);
/// Screens remembered at most; a visit has fewer than ten.
const SCREENS_MAX: usize = 40;

/// Each screen with the moment it came and its newest picture.
type Seen = Vec<(Instant, Frame)>;

/// Looks at a touchscreen until told to finish.
pub struct Recorder {
    done: Arc<AtomicBool>,
    seen: Arc<Mutex<Seen>>,
    thread: JoinHandle<()>,
}

impl Recorder {
    /// Looks once and goes on looking.
    ///
    /// # Errors
    /// There is no screen to look at.
    pub fn start(screen: Touchscreen) -> Result<Self> {
        let done = Arc::new(AtomicBool::new(false));
        let seen = Arc::new(Mutex::new(vec![(Instant::now(), screen.look()?)]));
        let (finish, list) = (Arc::clone(&done), Arc::clone(&seen));
        Ok(Self { done, seen, thread: thread::spawn(move || watch(&screen, &list, &finish)) })
    }

    /// Waits until the newest screen with a picture is one of `titles`; its title. Whoever acts on a screen waits here,
    /// or the screen may be gone before its picture is taken.
    ///
    /// # Errors
    /// It did not come within `patience`; the error names the newest.
    pub fn wait_for_title(&self, titles: &[&str], patience: Duration) -> Result<String> {
        let give_up_at = Instant::now() + patience;
        loop {
            let newest = lock(&self.seen).last().map(|(_, frame)| frame.glance.title.clone()).unwrap_or_default();
            if titles.contains(&newest.as_str()) {
                return Ok(newest);
            }
            ensure!(Instant::now() < give_up_at, "waited {patience:?} for {}, saw {newest}", titles.join(" or "));
            thread::sleep(LOOK_EVERY);
        }
    }

    /// Ends, saves each screen as `kiosk-N-NAME.png` in `out` and returns when each came.
    ///
    /// # Errors
    /// A picture cannot be written.
    pub fn finish(self, out: &Path, since: Instant) -> Result<Vec<Step>> {
        self.done.store(true, Ordering::Release);
        self.thread.join().map_err(|_| anyhow!("the recorder of screens panicked"))?;
        let mut steps = Vec::new();
        for (place, (at, frame)) in lock(&self.seen).iter().enumerate() {
            let title = &frame.glance.title;
            frame.save(&out.join(format!("kiosk-{}-{title}.png", place + 1)))?;
            steps.push(Step { step: title.clone(), ms: millis(at.saturating_duration_since(since)) });
        }
        Ok(steps)
    }
}

fn lock(seen: &Mutex<Seen>) -> MutexGuard<'_, Seen> {
    seen.lock().unwrap_or_else(PoisonError::into_inner)
}

fn watch(screen: &Touchscreen, seen: &Mutex<Seen>, done: &AtomicBool) {
    loop {
        let last_look = done.load(Ordering::Acquire);
        look(screen, seen);
        if last_look {
            return;
        }
        thread::sleep(LOOK_EVERY);
    }
}

/// A picture is fetched only when something has changed: it is 6 MB.
fn look(screen: &Touchscreen, seen: &Mutex<Seen>) {
    let Ok(glance) = screen.glance() else { return };
    if lock(seen).last().is_some_and(|(_, shown)| shown.glance == glance) {
        return;
    }
    let Ok(frame) = screen.look() else { return };
    let mut seen = lock(seen);
    let room = seen.len() < SCREENS_MAX;
    match seen.last_mut() {
        Some((_, shown)) if shown.glance.title == frame.glance.title => *shown = frame,
        Some(_) | None if room => seen.push((Instant::now(), frame)),
        Some(_) | None => {}
    }
}
