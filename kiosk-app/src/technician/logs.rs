//! The kiosk's log of this start and those before: from the system's journal, or from the kiosk's own files where there is
//! none.

use std::path::Path;

use serde_json::{Value, json};

use super::failed;
use super::programs::{NoOutput, output};
use crate::log_file;

/// Most lines of an answer.
pub const LINES_MAX: u16 = 500;

/// Lines of an answer when nobody says how many.
pub const fn lines_usual() -> u16 {
    100
}

/// The newest `lines` of the kiosk's log, `boot` starts ago: of the machine in the journal, of the program in its own files,
/// which are in `dir`.
pub fn newest(dir: &Path, boot: u16, lines: u16) -> Value {
    let lines = lines.min(LINES_MAX);
    if let Some(lines) = log_file::newest(dir, boot, lines.into()) {
        return json!({ "ok": true, "from": "own_files", "lines": lines });
    }
    let (boot, lines) = (format!("-{boot}"), lines.to_string());
    let arguments = ["--no-pager", "--output=short-iso", "--identifier=kiosk-app", "--boot", &boot, "--lines", &lines];
    match output("journalctl", &arguments) {
        Ok(text) => json!({ "ok": true, "from": "journal", "lines": text.lines().collect::<Vec<_>>() }),
        Err(NoOutput::NotInstalled) => failed("journalctl_not_installed"),
        Err(NoOutput::Failed) => failed("no_log_of_that_boot"),
    }
}
