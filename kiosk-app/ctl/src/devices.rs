use std::io::Write;
use std::path::Path;

use anyhow::Context;
use device_links::{SerialCandidate, serial_candidates};
use serde_json::{Value, json};

/// Where the kernel puts device files.
const DEV: &str = "/dev";

/// Prints the candidates as one JSON object.
pub fn run(out: &mut impl Write) -> anyhow::Result<()> {
    let found = serial_candidates(Path::new(DEV)).with_context(|| format!("listing {DEV}"))?;
    let serial: Vec<Value> = found.iter().map(described).collect();
    writeln!(out, "{}", json!({ "serial": serial }))?;
    Ok(())
}

/// `link` is what a configuration should say: the lasting name if there is one, at the speed scanners have by default.
fn described(candidate: &SerialCandidate) -> Value {
    let lasting = candidate.by_id.as_ref().unwrap_or(&candidate.path);
    json!({
        "path": candidate.path.display().to_string(),
        "by_id": candidate.by_id.as_ref().map(|path| path.display().to_string()),
        "link": format!("serial:{}@9600", lasting.display()),
    })
}
