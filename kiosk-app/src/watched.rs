//! Threads whose end ends the process: a kiosk with a dead device thread looks alive and is not.

use std::thread;

use crate::run::RunError;

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

/// "Internal software error" of sysexits.h.
const EX_SOFTWARE: i32 = 70;
