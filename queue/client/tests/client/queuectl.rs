//! The command line.

use std::process::Output;

use crate::wire::{Act, play};

async fn queuectl(acts: Vec<Act>, arguments: &[&str]) -> Output {
    let (address, _heard) = play(acts).await;
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_queuectl"));
    command.arg("--url").arg(format!("http://{address}")).args(arguments);
    tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap()
}

#[tokio::test]
async fn an_answer_is_one_line_of_json() {
    let reply = r#"{"outcome": "nobody_waiting"}"#;
    let output = queuectl(vec![Act::Reply(200, reply.into())], &["call-next", "--room", "p207"]).await;
    assert!(output.status.success());
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "{\"outcome\":\"nobody_waiting\"}\n");
}

#[tokio::test]
async fn no_answer_is_a_failure_with_its_cause_and_the_request_to_use_again() {
    let problem = r#"{"type":"urn:x","title":"t","status":409,"detail":"service mat gives out no numbers now","code":"service_closed"}"#;
    let request = "0190a1b2-0000-7000-8000-000000000001";
    let arguments = ["issue", "--service", "mat", "--request", request];
    let output = queuectl(vec![Act::Reply(409, problem.into())], &arguments).await;
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success() && output.stdout.is_empty());
    assert!(text.contains(request) && text.contains("gives out no numbers now"), "{text}");
}
