//! `kioskctl update`: what it asks of the kiosk, and what it prints until an update was installed or refused.
#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixListener;
use std::process::{Command, Output};
use std::thread;

use serde_json::{Value, json};

/// Runs it beside a kiosk that gives these answers, one a question; the questions.
fn update(arguments: &[&str], answers: Vec<Value>) -> (Output, Vec<Value>) {
    let dir = tempfile::tempdir().unwrap();
    let socket = dir.path().join("control.sock");
    let listener = UnixListener::bind(&socket).unwrap();
    let kiosk = thread::spawn(move || {
        let mut asked = Vec::new();
        for answer in answers {
            let (mut client, _) = listener.accept().unwrap();
            let mut line = String::new();
            BufReader::new(&client).read_line(&mut line).unwrap();
            asked.push(serde_json::from_str(&line).unwrap());
            client.write_all(format!("{answer}\n").as_bytes()).unwrap();
        }
        asked
    });
    let mut command = Command::new(env!("CARGO_BIN_EXE_kioskctl"));
    let output = command.arg("update").args(arguments).arg("--socket").arg(&socket).output().unwrap();
    (output, kiosk.join().unwrap())
}

fn lines(output: &Output) -> Vec<Value> {
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn installing(percent: u8) -> Value {
    json!({ "ok": true, "update": "installing", "percent": percent, "step": "Copying image to rootfs.1" })
}

#[test]
fn an_installation_is_followed_to_its_end_and_each_step_is_printed_once() {
    let end = json!({ "ok": true, "installed": "0.2.0", "restart": "needed", "update": "restart_needed" });
    let answers = vec![installing(0), installing(0), installing(90), end.clone()];
    let (output, asked) = update(&["install", "stick", "sdb1", "kiosk-0.2.0.raucb"], answers);
    assert_eq!(lines(&output), [installing(0), installing(90), end]);
    assert_eq!(output.status.code(), Some(0));
    let from = json!({ "ask": "install_stick", "stick": "sdb1", "bundle": "kiosk-0.2.0.raucb" });
    assert_eq!(asked[0], json!({ "ask": "install_update", "from": from }));
    assert_eq!(asked[1], json!({ "ask": "update_progress" }));
}

#[test]
fn a_refused_update_ends_with_a_status_of_its_own() {
    let end = json!({ "ok": false, "error": "no_connection", "detail": "x", "update": "failed" });
    let (output, asked) = update(&["install", "address"], vec![installing(0), end.clone()]);
    assert_eq!((output.status.code(), lines(&output).pop()), (Some(3), Some(end)));
    assert_eq!(asked[0]["from"], json!({ "ask": "install_address" }));
    let busy = json!({ "ok": false, "error": "busy" });
    assert_eq!(update(&["install", "address"], vec![busy]).0.status.code(), Some(3));
}

#[test]
fn without_a_wish_it_tells_and_looks_as_asked() {
    for (arguments, asked) in [(&[] as &[&str], "update"), (&["look"], "look_for_updates")] {
        assert_eq!(update(arguments, vec![json!({ "ok": true })]).1, [json!({ "ask": asked })]);
    }
}
