//! The rules of the workspace: each on the real workspace, and each seen to complain about a planted violation.

#![expect(clippy::unwrap_used, reason = "functions shared by the tests fail as the tests do")]

mod committed;
mod crates;
mod measured;
mod pages;
mod purity;
mod simulation;
mod size;
mod words;

use xtask::policy::source::SourceFile;
use xtask::policy::workspace::{members, sources};
use xtask::policy::{Complaint, listed};

fn assert_none(complaints: &[Complaint]) {
    assert!(complaints.is_empty(), "{}", listed(complaints));
}

/// The complaints as text, to compare with what a planted violation must say.
fn said(complaints: &[Complaint]) -> Vec<String> {
    complaints.iter().map(ToString::to_string).collect()
}

/// A file of `hal` with the given text.
fn hal_file(text: &str) -> SourceFile {
    file("hal", "kiosk-hal", "src/planted.rs", text)
}

fn file(folder: &str, owner: &str, inside: &str, text: &str) -> SourceFile {
    SourceFile {
        path: format!("{folder}/{inside}"),
        owner: owner.to_owned(),
        inside: inside.to_owned(),
        text: text.to_owned(),
    }
}

fn real_sources() -> Vec<SourceFile> {
    let files = sources(&members().unwrap()).unwrap();
    assert!(files.len() > 40, "found only {} source files: the walk is broken", files.len());
    files
}
