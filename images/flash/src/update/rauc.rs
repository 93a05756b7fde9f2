//! What RAUC says: of a bundle, while it installs, and why it refuses. Its words are those of RAUC 1.13.

use serde::Deserialize;
use serde_json::Value;

use super::{Progress, Refusal};

/// What a line of `rauc install` ends with that says why.
const LAST_ERROR: &str = "LastError: ";
/// Longest reason that is handed on, in characters.
const REASON_CHARS_MAX: usize = 300;
/// Texts of RAUC's, and what they mean. The first that is found counts.
const MEANINGS: &[(&str, Refusal)] = &[
    ("Already processing a different method", Refusal::Busy),
    ("signature verification failed", Refusal::Signature),
    ("No signature", Refusal::Signature),
    ("Compatible mismatch", Refusal::OtherMachine),
    ("Invalid bundle format", Refusal::Damaged),
    ("nsupported bundle format", Refusal::Damaged),
    ("server not responding", Refusal::NoConnection),
    ("range requests not supported", Refusal::NotOnServer),
    ("not found: unexpected HTTP error code 404", Refusal::NotOnServer),
    ("unexpected HTTP error code", Refusal::NotOnServer),
    ("unauthorized:", Refusal::NotOnServer),
    ("Input/output error", Refusal::Damaged),
    ("verity", Refusal::Damaged),
    ("D-Bus error", Refusal::NoRauc),
    ("Error creating proxy", Refusal::NoRauc),
];

/// What a bundle says of itself, once its signature was verified.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Info {
    pub compatible: String,
    pub version: Option<String>,
}

/// Reads `rauc info --output-format=json`.
#[must_use]
pub fn info(said: &str) -> Option<Info> {
    serde_json::from_str(json_line(said)?).ok()
}

/// The line that is JSON, among what RAUC tells besides.
fn json_line(said: &str) -> Option<&str> {
    said.lines().find(|line| line.starts_with('{'))
}

/// Reads a line of `rauc install` such as ` 80% Updating slots`.
#[must_use]
pub fn progress(line: &str) -> Option<Progress> {
    let (percent, step) = line.trim().split_once("% ")?;
    let percent = percent.parse().ok().filter(|percent| *percent <= 100)?;
    Some(Progress { percent, step: step.trim().to_owned() })
}

/// What of all that RAUC has said tells why: its last error, or else its last line.
#[must_use]
pub fn reason(said: &str) -> String {
    let told = said.lines().rev().find_map(|line| Some(line.split_once(LAST_ERROR)?.1));
    let last = || said.lines().rev().find(|line| !line.trim().is_empty() && !line.starts_with("rauc-"));
    let reason = told.or_else(last).unwrap_or_default().trim();
    reason.chars().filter(|letter| !letter.is_control()).take(REASON_CHARS_MAX).collect()
}

/// What a reason of RAUC's means to a technician.
#[must_use]
pub fn meaning(reason: &str) -> Refusal {
    let found = MEANINGS.iter().find(|(text, _)| reason.contains(text));
    found.map_or(Refusal::Rauc, |(_, refusal)| *refusal)
}

/// The version in the slot that is not `running` (its boot name, such as `A`), of
/// `rauc status --detailed --output-format=json`.
#[must_use]
pub fn version_beside(said: &str, running: &str) -> Option<String> {
    let status: Value = serde_json::from_str(json_line(said)?).ok()?;
    let slots = status["slots"].as_array()?.iter().filter_map(Value::as_object).flat_map(|slot| slot.values());
    let other = slots.into_iter().find(|slot| slot["bootname"].as_str().is_some_and(|name| name != running))?;
    other["slot_status"]["bundle"]["version"].as_str().map(str::to_owned)
}
