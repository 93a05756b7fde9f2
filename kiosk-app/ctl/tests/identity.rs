//! `kioskctl identity decode` as a technician or a script runs it.

#![expect(clippy::expect_used, reason = "a broken sample file or binary is a failed test")]

use std::io::Write;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

fn decode(lines: &str) -> Vec<Value> {
    let mut child = Command::new(env!("CARGO_BIN_EXE_kioskctl"))
        .args(["identity", "decode", "--today", "2026-11-22"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the binary starts");
    let mut input = child.stdin.take().expect("a pipe");
    let lines = lines.to_owned();
    let writer = std::thread::spawn(move || input.write_all(lines.as_bytes()));
    let output = child.wait_with_output().expect("the binary ends");
    writer.join().expect("no panic").expect("the binary reads all its input");
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).expect("JSON is UTF-8");
    text.lines().map(|line| serde_json::from_str(line).expect("one JSON object a line")).collect()
}

#[test]
fn every_card_sample_gives_its_claim_or_its_error_in_order() {
    let samples: Vec<Value> =
        serde_json::from_str(include_str!("../../identity/tests/identity-samples.json")).expect("the samples are JSON");
    let cards: Vec<&Value> = samples
        .iter()
        .filter(|sample| ["cccd_qr_7", "cancuoc_qr_11"].iter().any(|family| sample["family"] == *family))
        .collect();
    let lines: String =
        cards.iter().filter_map(|card| card["bytes_hex"].as_str()).flat_map(|hex| [hex, "\n"]).collect();

    let printed = decode(&lines);
    assert_eq!(printed.len(), cards.len());
    for (card, printed) in cards.into_iter().zip(printed) {
        assert_eq!(printed, expected(card), "{}", card["id"]);
    }
}

fn expected(card: &Value) -> Value {
    let Some(error) = card["error"].as_str() else {
        let mut claim = card["expect"].clone();
        let warnings = claim.as_object_mut().and_then(|claim| claim.remove("warnings")).unwrap_or(json!([]));
        return json!({ "ok": true, "claim": claim, "warnings": warnings });
    };
    json!({ "ok": false, "error": error })
}

#[test]
fn each_line_has_its_answer_even_when_it_is_no_payload() {
    let printed = decode("zz\n\n0\n574946493A\n");
    let errors: Vec<_> = printed.iter().map(|line| line["error"].as_str().unwrap_or_default()).collect();
    assert_eq!(errors, ["not_hexadecimal", "empty", "not_hexadecimal", "not_an_identity_token"]);
}
