//! Threads whose end ends the process: a kiosk with a dead thread looks alive and is not. A device's thread that panics
//! is begun again first.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;
use std::time::Duration;

use kiosk_hal::uptime::Uptime;

use crate::run::RunError;

/// How often a device's thread may panic within [`FALL_WINDOW`] before the process ends.
const FALLS_MAX: usize = 5;
/// The time in which panics count together.
const FALL_WINDOW: Duration = Duration::from_secs(60);
/// Pause before a device's thread is begun again.
const PAUSE_AFTER_FALL: Duration = Duration::from_millis(500);

/// Starts a thread that is meant to run for ever.
///
/// When it returns or panics the process exits with status 70 at once, so that whoever supervises it starts it anew.
/// The journal makes that safe at any moment.
pub fn spawn(name: &'static str, work: impl FnOnce() + Send + 'static) -> Result<(), RunError> {
    struct Ended(&'static str);
    impl Drop for Ended {
        fn drop(&mut self) {
            tracing::error!(thread = self.0, "a thread ended that must not");
            std::process::exit(EX_SOFTWARE);
        }
    }
    let body = move || {
        let _ended = Ended(name);
        work();
    };
    let builder = thread::Builder::new().name(name.into());
    builder.spawn(body).map(drop).map_err(|source| RunError::Thread { name, source })
}

/// What a thread works on, and what is told when it panicked.
pub trait DeviceWork: Send {
    /// Works until the visit has ended.
    fn work(&mut self);
    /// It panicked in the middle of its work: whoever waits for it is told of the fault, and what it held of the device is
    /// let go.
    fn fallen(&mut self);
}

/// Starts a device's thread. One that panics is begun again with its fault told, at most [`FALLS_MAX`] times within
/// [`FALL_WINDOW`]; then the process ends as with [`spawn`].
pub fn device(name: &'static str, mut work: impl DeviceWork + 'static) -> Result<(), RunError> {
    spawn(name, move || work_on(name, &mut work))
}

fn work_on(name: &'static str, work: &mut impl DeviceWork) {
    let mut falls: Vec<Uptime> = Vec::new();
    // A driver that was cut off in the middle is dropped in `fallen`, so no broken state is looked at again.
    while catch_unwind(AssertUnwindSafe(|| work.work())).is_err() {
        let now = device_links::clock::now();
        falls.retain(|fall| now.saturating_since(*fall) < FALL_WINDOW);
        falls.push(now);
        tracing::error!(thread = name, falls = falls.len(), "a device's thread panicked and is begun again");
        if falls.len() > FALLS_MAX {
            return;
        }
        work.fallen();
        thread::sleep(PAUSE_AFTER_FALL);
    }
}

/// "Internal software error" of sysexits.h.
const EX_SOFTWARE: i32 = 70;

#[cfg(test)]
mod tests {
    use super::*;

    struct Falling {
        falls_left: usize,
        told: usize,
        finished: bool,
    }

    impl DeviceWork for Falling {
        fn work(&mut self) {
            if self.falls_left > 0 {
                self.falls_left -= 1;
                panic!("a driver's mistake");
            }
            self.finished = true;
        }

        fn fallen(&mut self) {
            self.told += 1;
        }
    }

    fn after(falls: usize) -> Falling {
        let mut work = Falling { falls_left: falls, told: 0, finished: false };
        work_on("test", &mut work);
        work
    }

    #[test]
    fn a_device_thread_that_panicked_is_begun_again_and_its_fault_is_told() {
        let work = after(2);
        assert_eq!((work.told, work.finished), (2, true));
    }

    #[test]
    fn a_device_thread_that_panics_on_and_on_ends_the_process() {
        let work = after(usize::MAX);
        assert_eq!((work.told, work.finished), (FALLS_MAX, false));
    }
}
