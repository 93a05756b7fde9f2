//! The command line.

use std::net::SocketAddr;
use std::process::Output;

use crate::wire::{Act, play};

async fn queuectl(acts: Vec<Act>, arguments: &[&str]) -> Output {
    let (address, _heard) = play(acts).await;
    queuectl_at(address, arguments).await
}

async fn queuectl_at(address: SocketAddr, arguments: &[&str]) -> Output {
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

#[tokio::test]
async fn every_step_of_a_number_goes_to_its_own_route() {
    let reply = r#"{"number":"A-042","day":"2026-11-23","service":"mat","state":"away","line":"normal"}"#;
    let cases: [(&[&str], &str, &str); 13] = [
        (&["call", "--room", "p207", "--number", "A-042"], "/v1/rooms/p207/call", "A-042"),
        (&["recall", "--room", "p207", "--number", "A-042"], "/v1/rooms/p207/recall", "A-042"),
        (&["arrived", "--room", "p207", "--number", "A-042"], "/v1/rooms/p207/arrived", "A-042"),
        (&["finish", "--room", "p207", "--number", "A-042"], "/v1/rooms/p207/finish", "A-042"),
        (&["missed", "--room", "p207", "--number", "A-042"], "/v1/rooms/p207/missed", "A-042"),
        (&["away", "--room", "p207", "--number", "A-042"], "/v1/rooms/p207/away", "A-042"),
        (&["return", "--number", "A-042"], "/v1/numbers/A-042/return", "request"),
        (&["rejoin", "--number", "A-042"], "/v1/numbers/A-042/rejoin", "request"),
        (&["hold", "--number", "A-042"], "/v1/numbers/A-042/hold", "request"),
        (&["cancel", "--number", "A-042"], "/v1/numbers/A-042/cancel", "request"),
        (&["reactivate", "--number", "A-042", "--place", "end"], "/v1/numbers/A-042/reactivate", "\"end\""),
        (
            &["transfer", "--number", "A-042", "--to", "nhi", "--place", "after-current"],
            "/v1/numbers/A-042/transfer",
            "after_current",
        ),
        (&["groups", "--number", "A-042", "--group", "aged_75"], "/v1/numbers/A-042/groups", "verified"),
    ];
    for (arguments, path, body) in cases {
        let (address, heard) = play(vec![Act::Reply(200, reply.into())]).await;
        let output = queuectl_at(address, arguments).await;
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(String::from_utf8(output.stdout).unwrap().trim(), reply);
        assert!(heard.heads()[0].starts_with(&format!("POST {path} ")), "{:?}", heard.heads());
        assert!(heard.bodies()[0].contains(body), "{:?}", heard.bodies());
    }
}

/// Beside a program that writes down what it was asked.
#[test]
fn copies_of_the_database_are_made_by_the_service_that_is_installed_with_it() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let [queuectl, service] = ["queuectl", "queue-service"].map(|name| folder.path().join(name));
    std::fs::copy(env!("CARGO_BIN_EXE_queuectl"), &queuectl).unwrap();
    std::fs::write(&service, "#!/bin/sh\necho \"$@\"\nexit 7\n").unwrap();
    std::fs::set_permissions(&service, std::fs::Permissions::from_mode(0o755)).unwrap();
    for words in ["backup --database queue.db --to copy.db", "restore --from copy.db --database queue.db"] {
        let output = std::process::Command::new(&queuectl).args(words.split(' ')).output().unwrap();
        assert_eq!(String::from_utf8(output.stdout).unwrap(), format!("{words}\n"));
        assert_eq!(output.status.code(), Some(7), "what the service says is what it says");
    }
}
