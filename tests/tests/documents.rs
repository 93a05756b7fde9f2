//! The pages' commands: those in blocks marked `sh tested` are run, all others are ones that their program knows.

#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use e2e_tests::eventually;
use xtask::demo::binaries::{Binaries, workspace_root};
use xtask::policy::committed::Committed;
use xtask::policy::workspace;

/// For all blocks of one page, on a machine that stands still at times.
const PAGE_LIMIT: Duration = Duration::from_mins(3);
const LOOK_EVERY: Duration = Duration::from_millis(20);
/// How a block begins that is run.
const TESTED: &str = "```sh tested";
/// What stands before a text that must have been printed.
const PRINTS: &str = "# → ";

/// Ours; `cargo xtask` is looked at as well.
const PROGRAMS: [&str; 6] = ["kiosk-app", "kiosk-flash", "kioskctl", "queue-display", "queue-service", "queuectl"];

/// A queue service with the sample hospital. It ends with this.
struct Service {
    child: Child,
    dir: tempfile::TempDir,
    url: String,
}

impl Drop for Service {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn programs() -> PathBuf {
    Binaries::build().unwrap().path("queue-service").parent().unwrap().to_owned()
}

fn start_service() -> Service {
    let dir = tempfile::tempdir().unwrap();
    let (config, ready) = (dir.path().join("clinic.toml"), dir.path().join("ready"));
    std::fs::copy(workspace_root().join("queue/service/clinic.sample.toml"), &config).unwrap();
    let mut command = Command::new(programs().join("queue-service"));
    command.arg("--config").arg(config).arg("--database").arg(dir.path().join("queue.db"));
    command.args(["--listen", "127.0.0.1:0", "--ready-file"]).arg(&ready).stderr(Stdio::null());
    let child = command.spawn().unwrap();
    let mut service = Service { child, dir, url: String::new() };
    let listens = || Ok(std::fs::read_to_string(&ready).is_ok_and(|text| !text.trim().is_empty()));
    eventually("the service listens", listens).unwrap();
    service.url = format!("http://{}", std::fs::read_to_string(ready).unwrap().trim());
    service
}

/// The tested blocks of a page, one after another.
fn tested(text: &str) -> String {
    let (mut script, mut inside) = (String::new(), false);
    for line in text.lines() {
        if line.starts_with("```") {
            inside = line == TESTED;
        } else if inside {
            script += line;
            script.push('\n');
        }
    }
    script
}

/// Runs a page's blocks in one shell, and compares what they must print, in its order.
fn run(page: &str) {
    let text = std::fs::read_to_string(workspace_root().join(page)).unwrap();
    let script = tested(&text);
    assert!(!script.is_empty(), "{page} has no tested block");
    let service = start_service();
    let path = format!("{}:{}", programs().display(), std::env::var("PATH").unwrap());
    let (out, err) = (service.dir.path().join("stdout"), service.dir.path().join("stderr"));
    let mut shell = Command::new("sh");
    shell.args(["-euc", &script]).current_dir(service.dir.path()).env("PATH", path).env("URL", &service.url);
    shell
        .stdin(Stdio::null())
        .stdout(std::fs::File::create(&out).unwrap())
        .stderr(std::fs::File::create(&err).unwrap());
    let mut child = shell.spawn().unwrap();
    let started = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if started.elapsed() > PAGE_LIMIT {
            child.kill().unwrap();
        }
        std::thread::sleep(LOOK_EVERY);
    };
    let (out, err) = (std::fs::read_to_string(out).unwrap(), std::fs::read_to_string(err).unwrap());
    assert!(status.success(), "{page}: {status}\n{out}\n{err}");
    let mut rest = out.as_str();
    for expected in script.lines().filter_map(|line| Some(line.split_once(PRINTS)?.1.trim())) {
        let found = rest.find(expected);
        let at = found.unwrap_or_else(|| panic!("{page}: {expected:?} was not printed:\n{out}\n{err}"));
        rest = &rest[at + expected.len()..];
    }
}

#[test]
fn the_integrators_client_does_what_its_page_says() {
    run("docs/integrator.md");
}

#[test]
fn the_hospitals_and_the_developers_commands_work() {
    run("docs/hospital.md");
    run("docs/developer.md");
}

/// What programs say of themselves, asked once each.
struct Helps {
    programs: PathBuf,
    known: BTreeMap<Vec<String>, String>,
}

impl Helps {
    fn of(&mut self, words: &[String]) -> String {
        let programs = self.programs.clone();
        let ask = || {
            let mut command = Command::new(programs.join(&words[0]));
            let output = command.args(&words[1..]).arg("--help").stdin(Stdio::null()).output().unwrap();
            String::from_utf8(output.stdout).unwrap()
        };
        self.known.entry(words.to_vec()).or_insert_with(ask).clone()
    }

    /// What is wrong with a command; `None` when its program knows all of it.
    fn complaint(&mut self, command: &[String]) -> Option<String> {
        let mut at = vec![command[0].clone()];
        let mut helps = self.of(&at);
        let (mut is_value, mut is_named, mut last) = (false, false, helps.clone());
        for word in &command[1..] {
            if let Some(option) = word.strip_prefix("--").filter(|option| !option.is_empty()) {
                let option = option.split('=').next().unwrap_or(option);
                if !helps.contains(&format!("--{option}")) {
                    return Some(format!("{} knows no --{option}", at.join(" ")));
                }
                is_value = helps.contains(&format!("--{option} <"));
                continue;
            }
            if std::mem::take(&mut is_value) {
                continue;
            }
            let is_command = has_command(&last, word);
            // Only the first of several words is surely meant as a command, and only if it could be one.
            let is_word = word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-');
            if is_word && !is_command && !std::mem::replace(&mut is_named, true) && last.contains("Commands:") {
                return Some(format!("{} has no command {word}", at[0]));
            }
            is_named = true;
            if is_command {
                at.push(word.clone());
                last = self.of(&at);
                helps += &last;
            }
        }
        None
    }
}

fn has_command(help: &str, word: &str) -> bool {
    let commands = help.split("Commands:").nth(1).unwrap_or_default();
    commands
        .lines()
        .skip(1)
        .take_while(|line| !line.is_empty())
        .any(|line| line.split_whitespace().next() == Some(word))
}

/// The commands of ours in one line or code: split at what ends a command, without comments.
fn commands(text: &str) -> Vec<Vec<String>> {
    let text = text.split(" #").next().unwrap_or(text);
    text.split(['|', ';', '&', '>', '<']).filter_map(command).collect()
}

/// The words of a command of ours, its program first; placeholders are left out.
fn command(part: &str) -> Option<Vec<String>> {
    let plain = |word: &&str| !word.contains(['[', ']']);
    let words: Vec<String> =
        part.split_whitespace().filter(plain).map(|word| word.trim_matches(['\'', '"']).to_owned()).collect();
    if words.len() > 2 && words[..2] == ["cargo", "xtask"] {
        return Some(words[1..].to_vec());
    }
    let name = Path::new(words.first()?).file_name()?.to_str()?.to_owned();
    let is_ours = words.len() > 1 && PROGRAMS.contains(&name.as_str());
    is_ours.then(|| [&[name], &words[1..]].concat())
}

/// Fenced lines that begin with `$ `, and codes in tables and sentences.
fn written(text: &str) -> Vec<(usize, String)> {
    let (mut found, mut fenced) = (Vec::new(), false);
    for (at, line) in text.lines().enumerate() {
        if line.starts_with("```") {
            fenced = !fenced;
        } else if fenced {
            found.extend(line.strip_prefix("$ ").map(|command| (at + 1, command.to_owned())));
        } else {
            found.extend(line.split('`').skip(1).step_by(2).map(|code| (at + 1, code.to_owned())));
        }
    }
    found
}

/// The history of changes names commands as they were.
fn is_guide(file: &&Committed) -> bool {
    file.path.ends_with(".md") && file.path != "CHANGELOG.md"
}

#[test]
fn every_command_on_a_page_is_one_that_its_program_knows() {
    let mut helps = Helps { programs: programs(), known: BTreeMap::new() };
    let (mut complaints, mut count) = (Vec::new(), 0);
    for file in workspace::committed().unwrap().iter().filter(is_guide) {
        for (line, text) in written(&String::from_utf8_lossy(&file.content)) {
            for command in commands(&text) {
                count += 1;
                let complaint = helps.complaint(&command);
                complaints.extend(complaint.map(|complaint| format!("{}:{line}: {complaint}: {text}", file.path)));
            }
        }
    }
    assert!(count > 60, "only {count} commands were found: the search is broken");
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

#[test]
fn a_command_that_nobody_knows_is_told() {
    let mut helps = Helps { programs: programs(), known: BTreeMap::new() };
    let mut told = |text: &str| helps.complaint(&commands(text)[0]);
    assert_eq!(told("kioskctl status --nothing # why"), Some("kioskctl status knows no --nothing".to_owned()));
    assert_eq!(told("echo 1 | queuectl dance --now"), Some("queuectl has no command dance".to_owned()));
    assert_eq!(told("target/debug/queuectl --url http://x call-next --room p1 > file"), None);
}
