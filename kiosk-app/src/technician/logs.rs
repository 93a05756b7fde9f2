//! The kiosk's log of this start of the machine and those before, from the system's journal.

use serde_json::{Value, json};

use super::failed;
use super::programs::{NoOutput, output};

/// Most lines of an answer.
pub const LINES_MAX: u16 = 500;

/// Lines of an answer when nobody says how many.
pub const fn lines_usual() -> u16 {
    100
}

/// The newest `lines` of the kiosk's log, `boot` starts of the machine ago.
pub fn newest(boot: u16, lines: u16) -> Value {
    let (boot, lines) = (format!("-{boot}"), lines.min(LINES_MAX).to_string());
    let arguments = ["--no-pager", "--output=short-iso", "--identifier=kiosk-app", "--boot", &boot, "--lines", &lines];
    match output("journalctl", &arguments) {
        Ok(text) => json!({ "ok": true, "lines": text.lines().collect::<Vec<_>>() }),
        Err(NoOutput::NotInstalled) => failed("journalctl_not_installed"),
        Err(NoOutput::Failed) => failed("no_log_of_that_boot"),
    }
}
