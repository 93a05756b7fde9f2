//! What keeps a patient's data out of files when the program fails.

use std::io;
use std::panic;

use rustix::process::{DumpableBehavior, Resource, Rlimit, set_dumpable_behavior, setrlimit};

/// Whether other processes of the same user may read this one's memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Memory {
    /// They may not, and the kernel writes no core dump.
    Closed,
    /// They may, for a test that looks for what a visit has left behind.
    Readable,
}

/// Switches core dumps off and keeps other processes of the same user out of this one's memory.
///
/// # Errors
/// The kernel refuses, which it does not on a kiosk.
pub fn close(memory: Memory) -> io::Result<()> {
    setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) })?;
    if memory == Memory::Closed {
        set_dumpable_behavior(DumpableBehavior::NotDumpable)?;
    }
    quiet_panics();
    Ok(())
}

/// A panic's text may hold what the code was working on. Only where it happened is logged.
fn quiet_panics() {
    panic::set_hook(Box::new(|info| {
        let place = info.location().map_or_else(String::new, ToString::to_string);
        let thread = std::thread::current().name().unwrap_or("?").to_owned();
        tracing::error!(thread, place, "a thread has panicked");
    }));
}
