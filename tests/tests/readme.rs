//! The clinic of two rooms as the README tells it, command by command.

#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

use std::path::Path;
use std::process::{Child, Command, Stdio};

use e2e_tests::eventually;
use xtask::demo::binaries::{Binaries, workspace_root};

/// The commands between two words of the README, without those that build.
fn commands(text: &str) -> Vec<String> {
    let section = text.split_once("**A clinic of two rooms**").unwrap().1.split_once("**The tests**").unwrap().0;
    let commands = section.lines().filter_map(|line| line.strip_prefix("$ ")).map(str::to_owned);
    commands.filter(|command| !command.starts_with("cargo ") && !command.starts_with("export ")).collect()
}

struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

/// A command with the program that was built, and `first` before its own words.
fn program(command: &str, first: &[&str], folder: &Path) -> Command {
    let (name, words) = command.split_once(' ').unwrap();
    let mut program = Command::new(Binaries::build().unwrap().path(name));
    program.current_dir(folder).stdin(Stdio::null()).args(first).args(words.split(' '));
    program
}

#[test]
fn the_readmes_clinic_of_two_rooms_runs_as_it_is_written() {
    let text = std::fs::read_to_string(workspace_root().join("README.md")).unwrap();
    let commands = commands(&text);
    let folder = tempfile::tempdir().unwrap();
    let [new_clinic, serve, rest @ ..] = commands.as_slice() else { panic!("{commands:?}") };
    assert_eq!(rest.len(), 5, "{commands:?}");
    assert!(program(new_clinic, &[], folder.path()).status().unwrap().success(), "{new_clinic}");

    // On a port of its own: others may have the usual one.
    let ready = folder.path().join("ready");
    let own = ["--listen", "127.0.0.1:0", "--ready-file", "ready"];
    let _service = Running(program(serve, &own, folder.path()).spawn().unwrap());
    eventually("the service answers", || Ok(ready.exists())).unwrap();
    let url = format!("http://{}", std::fs::read_to_string(&ready).unwrap().trim());

    let mut answers = Vec::new();
    for command in rest {
        let output = program(command, &["--url", &url], folder.path()).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success(), "{command}: {text}{}", String::from_utf8_lossy(&output.stderr));
        answers.push(serde_json::from_str::<serde_json::Value>(&text).unwrap());
    }
    let numbers = [&answers[0]["number"], &answers[1]["number"], &answers[2]["call"]["number"]];
    assert_eq!(numbers, ["A-001", "A-002", "A-001"]);
    assert_eq!(answers[4]["calls"][0]["number"], "A-002");
    assert_eq!(answers[4]["rooms"].as_object().unwrap().len(), 2);
}
