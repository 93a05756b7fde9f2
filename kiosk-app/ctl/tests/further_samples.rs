//! Further invented tokens, more than 150 of each family, against what `kioskctl identity decode` says of them.
//!
//! `../../identity/tests/further/FAMILY.jsonl` holds a payload a line, as `text` or in `hex`, with the `claim` and
//! `warnings` that the formats' description gives it, or the `error`; `*` where any refusal will do. They were made from
//! that description and not from the code.

use std::error::Error;
use std::io::Write;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

/// Each family in one run of the program; its lines come back in order.
fn decoded(payloads: &[String]) -> Result<Vec<Value>, Box<dyn Error>> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kioskctl"));
    command.args(["identity", "decode", "--today", "2026-11-22"]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn()?;
    let mut input = child.stdin.take().ok_or("no pipe")?;
    let lines = payloads.join("\n") + "\n";
    let writer = std::thread::spawn(move || input.write_all(lines.as_bytes()));
    let output = child.wait_with_output()?;
    writer.join().map_err(|_| "the writer panicked")??;
    Ok(String::from_utf8(output.stdout)?.lines().map(serde_json::from_str).collect::<Result<_, _>>()?)
}

fn payload_hex(sample: &Value) -> String {
    let hex = |text: &str| text.bytes().map(|byte| format!("{byte:02x}")).collect();
    sample["text"].as_str().map_or_else(|| sample["hex"].as_str().unwrap_or_default().to_owned(), hex)
}

fn is_as_expected(sample: &Value, printed: &Value) -> bool {
    match sample["error"].as_str() {
        Some("*") => printed["ok"] == false && printed["error"].is_string(),
        Some(error) => *printed == json!({ "ok": false, "error": error }),
        None => {
            let warnings = sample.get("warnings").cloned().unwrap_or(json!([]));
            *printed == json!({ "ok": true, "claim": sample["claim"], "warnings": warnings })
        }
    }
}

fn family_is_read(name: &str, lines: &str) -> Result<(), Box<dyn Error>> {
    let samples: Vec<Value> = lines.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
    assert!(samples.len() >= 150, "{name}: {}", samples.len());
    let printed = decoded(&samples.iter().map(payload_hex).collect::<Vec<_>>())?;
    assert_eq!(printed.len(), samples.len(), "{name}");
    for (at, (sample, printed)) in samples.iter().zip(&printed).enumerate() {
        assert!(is_as_expected(sample, printed), "{name}, line {}: {sample} gave {printed}", at + 1);
    }
    Ok(())
}

macro_rules! families {
    ($($test:ident: $file:literal),* $(,)?) => {$(
        #[test]
        fn $test() -> Result<(), Box<dyn Error>> {
            family_is_read($file, include_str!(concat!("../../identity/tests/further/", $file, ".jsonl")))
        }
    )*};
}

families! {
    cards_of_2021_are_read_or_refused_by_name: "cccd",
    cards_since_july_2024_are_read_or_refused_by_name: "cancuoc",
    health_insurance_cards_are_read_or_refused_by_name: "bhyt",
    machine_readable_zones_are_read_or_refused_by_name: "mrz",
    data_groups_of_the_chip_are_read_or_refused_by_name: "dg13",
    payment_codes_are_read_or_refused_by_name: "vietqr",
    what_is_no_identity_becomes_none: "unknown",
}
