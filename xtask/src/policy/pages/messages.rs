//! The technician's guide lists every message of the kiosk and of the flasher, and no other.

use std::collections::BTreeSet;

use super::super::Complaint;
use super::super::committed::Committed;
use super::{Line, Page};

pub const GUIDE: &str = "docs/technician.md";
/// The section with a table whose first column is what service mode says below a device.
pub const FIXES: &str = "What the kiosk asks for";
/// The section with a table whose first column is a notice on the welcome screen, in curved quotation marks.
pub const NOTICES: &str = "Notices on the welcome screen";
/// The section with a table whose first column is what kiosk-flash says.
pub const FLASHER: &str = "Write an image";

const STATES: &str = "kiosk-app/src/states.rs";
const WORDS: &str = "kiosk-app/ui/src/words/screen.rs";
const NOTICE_WORDS: &[&str] = &["NO_PRINTER", "NO_SCANNER", "NO_SCANNER_TYPE", "NO_SERVICE", "OUT_OF_SERVICE"];
const FLASHER_CODE: &str = "images/flash/src/";
/// Shorter pieces of a message are found anywhere.
const PIECE_CHARS_MIN: usize = 4;

pub fn check(files: &[Committed]) -> Vec<Complaint> {
    let text = |path: &str| {
        let file = files.iter().find(|file| file.path == path);
        file.map(|file| String::from_utf8_lossy(&file.content).into_owned()).unwrap_or_default()
    };
    let Some(guide) = files.iter().find(|file| file.path == GUIDE).map(Page::of) else {
        return vec![Complaint::new(GUIDE, "is not there")];
    };
    let mut complaints = compared(FIXES, &listed(&guide, FIXES, '`', '`'), &fixes(&text(STATES)));
    complaints.extend(compared(NOTICES, &listed(&guide, NOTICES, '“', '”'), &notices(&text(WORDS))));
    let code: String =
        files.iter().filter(|file| file.path.starts_with(FLASHER_CODE)).map(|file| text(&file.path)).collect();
    for message in listed(&guide, FLASHER, '`', '`') {
        // What is filled in, and what is put together of two, stands elsewhere.
        let said = message.split(['…', ':']).map(str::trim).filter(|piece| piece.chars().count() >= PIECE_CHARS_MIN);
        if said.into_iter().any(|piece| !code.contains(piece)) {
            complaints.push(Complaint::new(GUIDE, format!("under {FLASHER}: kiosk-flash never says {message:?}")));
        }
    }
    complaints
}

fn compared(section: &str, listed: &BTreeSet<String>, said: &BTreeSet<String>) -> Vec<Complaint> {
    let missing = said.difference(listed).map(|message| format!("under {section}: does not list {message:?}"));
    let unknown = listed.difference(said).map(|message| format!("under {section}: nothing says {message:?}"));
    missing.chain(unknown).map(|text| Complaint::new(GUIDE, text)).collect()
}

/// What the first column of a section's tables has between two marks.
fn listed(guide: &Page, section: &str, open: char, close: char) -> BTreeSet<String> {
    let first = |line: &Line| {
        let cell = line.cells()?.first()?.to_string();
        let inside = cell.split_once(open)?.1.split_once(close)?.0;
        Some(inside.to_owned())
    };
    guide.section(section).filter_map(first).collect()
}

/// The texts in the function `fix`.
fn fixes(states: &str) -> BTreeSet<String> {
    let body = states.split("pub const fn fix(").nth(1).and_then(|rest| rest.split("\n}").next()).unwrap_or_default();
    body.lines().filter_map(|line| line.split('"').nth(1)).map(str::to_owned).collect()
}

fn notices(words: &str) -> BTreeSet<String> {
    let vietnamese = |name: &&str| {
        let entry = words.split(&format!("    {name} {{")).nth(1)?;
        Some(entry.split("vi: \"").nth(1)?.split('"').next()?.to_owned())
    };
    NOTICE_WORDS.iter().filter_map(vietnamese).collect()
}
