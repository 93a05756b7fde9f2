//! The rules a reviewer should not have to remember, as checks.
//!
//! Each check takes facts (a crate's needs, a file's text) and returns complaints, so that a test can plant a violation.
//! [`workspace`] gathers the facts of the real workspace. [`table`] is the data to edit when the design changes.

use std::fmt;

pub mod arrows;
pub mod committed;
pub mod environment;
pub mod graph;
pub mod licence;
pub mod msrv;
pub mod pages;
pub mod purity;
pub mod simulation;
pub mod size;
pub mod source;
pub mod table;
pub mod tokens;
pub mod words;
pub mod workspace;

/// One broken rule: where, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Complaint {
    /// A crate's folder, a file, or `file:line`, relative to the root of the workspace.
    pub place: String,
    /// What is wrong and what to do, for somebody who has not read the rules.
    pub text: String,
}

impl Complaint {
    pub fn new(place: impl Into<String>, text: impl Into<String>) -> Self {
        Self { place: place.into(), text: text.into() }
    }
}

impl fmt::Display for Complaint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.text)
    }
}

/// All complaints, one to a line: the text of a failed test.
pub fn listed(complaints: &[Complaint]) -> String {
    let lines: Vec<String> = complaints.iter().map(ToString::to_string).collect();
    format!("{} broken rule(s):\n{}", lines.len(), lines.join("\n"))
}
