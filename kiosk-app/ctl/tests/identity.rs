//! `kioskctl identity decode` as a technician or a script runs it.

#![expect(clippy::expect_used, reason = "a broken sample file or binary is a failed test")]

use std::io::{BufRead, BufReader, Write};
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
fn every_sample_gives_its_claim_or_its_error_in_order() {
    let samples: Vec<Value> =
        serde_json::from_str(include_str!("../../identity/tests/identity-samples.json")).expect("the samples are JSON");
    let sure: Vec<&Value> = samples.iter().filter(|sample| is_for_decode(sample)).collect();
    let lines: String =
        sure.iter().filter_map(|sample| sample["bytes_hex"].as_str()).flat_map(|hex| [hex, "\n"]).collect();

    let printed = decode(&lines);
    assert_eq!((printed.len(), sure.len()), (109, 109));
    for (sample, printed) in sure.into_iter().zip(printed) {
        let expected = expected(sample);
        match sample["expect"]["absent"].as_array() {
            // The sample says what must not be there, and leaves the rest to the other one of its kind.
            Some(_) => assert_eq!(printed["claim"]["absent"], expected["claim"]["absent"], "{}", sample["id"]),
            None => assert_eq!(printed, expected, "{}", sample["id"]),
        }
    }
}

/// What the access files of a chip say is not an identity and is read by `kioskctl card`; what no source confirms has
/// its own test.
fn is_for_decode(sample: &Value) -> bool {
    sample["family"] != "chip_ef_cardaccess" && sample["class"] != "hypothetical"
}

fn expected(sample: &Value) -> Value {
    let Some(error) = sample["error"].as_str() else {
        let mut claim = sample["expect"].clone();
        let warnings = claim.as_object_mut().and_then(|claim| claim.remove("warnings")).unwrap_or(json!([]));
        return json!({ "ok": true, "claim": claim, "warnings": warnings });
    };
    json!({ "ok": false, "error": error })
}

#[test]
fn a_token_nobody_has_described_is_unknown() {
    let samples: Vec<Value> =
        serde_json::from_str(include_str!("../../identity/tests/identity-samples.json")).expect("the samples are JSON");
    let unknown: Vec<&Value> = samples.iter().filter(|sample| sample["expect"]["kind"] == "unknown_token").collect();
    let lines: String =
        unknown.iter().filter_map(|sample| sample["bytes_hex"].as_str()).flat_map(|hex| [hex, "\n"]).collect();
    let printed = decode(&lines);
    assert_eq!(printed, vec![json!({ "ok": false, "error": "unknown_token" }); unknown.len()]);
    assert!(!unknown.is_empty());
}

#[test]
fn each_line_has_its_answer_even_when_it_is_no_payload() {
    let too_long = "0".repeat(200_000);
    let printed = decode(&format!("zz\n\n0\n574946493A\r\n{too_long}\nc3\n{too_long}"));
    let errors: Vec<_> = printed.iter().map(|line| line["error"].as_str().unwrap_or_default()).collect();
    let expected = [
        "not_hexadecimal",
        "empty",
        "not_hexadecimal",
        "not_an_identity_token",
        "line_too_long",
        "invalid_utf8",
        "line_too_long",
    ];
    assert_eq!(errors, expected);
}

#[test]
fn each_answer_comes_before_the_next_line_is_asked_for() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_kioskctl"))
        .args(["identity", "decode"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the binary starts");
    let mut input = child.stdin.take().expect("a pipe");
    let mut answers = BufReader::new(child.stdout.take().expect("a pipe")).lines();
    for _ in 0..3 {
        input.write_all(b"574946493A\n").expect("the binary reads");
        let answer = answers.next().expect("an answer").expect("text");
        assert_eq!(answer, r#"{"error":"not_an_identity_token","ok":false}"#);
    }
    drop(input);
    assert!(child.wait().expect("the binary ends").success());
}
