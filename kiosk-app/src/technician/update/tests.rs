use std::os::unix::net::UnixListener;
use std::sync::mpsc::{Receiver, sync_channel};

use super::*;
use crate::counters::Counters;

/// What is said between this program and the one that installs updates; its tests read the same file.
const WORDS: &str = include_str!("../../../../images/flash/tests/update_words.json");
/// Generous: a slow machine stands still for seconds.
const WAIT: Duration = Duration::from_secs(60);

fn words() -> Value {
    serde_json::from_str(WORDS).unwrap()
}

struct Bench {
    desk: UpdateDesk,
    changes: Receiver<Input>,
    dir: tempfile::TempDir,
}

fn bench() -> Bench {
    let dir = tempfile::tempdir().unwrap();
    let desk = UpdateDesk::new(dir.path().join("update.sock"), States::new(Counters::open(dir.path())));
    let (watcher, changes) = sync_channel(16);
    desk.watch(watcher);
    Bench { desk, changes, dir }
}

impl Bench {
    /// The machine's program, which answers `questions` questions with these lines; what it was asked.
    fn program(&self, answers: Vec<Vec<Value>>) -> thread::JoinHandle<Vec<Value>> {
        let listener = UnixListener::bind(self.dir.path().join("update.sock")).unwrap();
        thread::spawn(move || {
            let mut asked = Vec::new();
            for lines in answers {
                let (mut client, _) = listener.accept().unwrap();
                let mut line = String::new();
                BufReader::new(&client).read_line(&mut line).unwrap();
                asked.push(serde_json::from_str(&line).unwrap());
                let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
                client.write_all(text.as_bytes()).unwrap();
            }
            asked
        })
    }

    fn state(&self) -> UpdateState {
        self.desk.states.update().state
    }

    fn change(&self) {
        assert!(matches!(self.changes.recv_timeout(WAIT), Ok(Input::Updated)));
    }
}

fn stick() -> UpdateSource {
    UpdateSource::InstallStick { stick: "sdb1".into(), bundle: "kiosk-0.2.0.raucb".into() }
}

#[test]
fn what_is_said_is_what_the_machines_program_hears_and_says() {
    let (words, bench) = (words(), bench());
    let answers = &words["answers"];
    assert_eq!(serde_json::to_value(stick()).unwrap(), words["questions"]["install_stick"]);
    assert_eq!(serde_json::to_value(UpdateSource::InstallAddress {}).unwrap(), words["questions"]["install_address"]);
    let told = vec![vec![answers["looked"].clone()], vec![answers["progress"].clone(), answers["installed"].clone()]];
    let program = bench.program(told);
    assert_eq!(bench.desk.look(), answers["looked"]);
    assert_eq!(bench.desk.states.update().version.as_deref(), Some("0.1.0"));
    assert_eq!(bench.desk.install(stick())["update"], "installing");
    bench.change();
    bench.change();
    let ended = bench.desk.progress();
    assert_eq!(
        (&ended["ok"], &ended["installed"], &ended["update"]),
        (&json!(true), &json!("0.2.0"), &json!("restart_needed"))
    );
    let asked = [words["questions"]["look"].clone(), words["questions"]["install_stick"].clone()];
    assert_eq!(program.join().unwrap(), asked);
    for standing in words["standings"].as_array().unwrap() {
        serde_json::from_value::<UpdateState>(standing.clone()).unwrap();
    }
}

#[test]
fn a_refused_update_is_told_as_failed_until_the_next_one() {
    let (words, bench) = (words(), bench());
    let answers = &words["answers"];
    let program = bench.program(vec![vec![answers["refused"].clone()], vec![answers["looked"].clone()]]);
    bench.desk.install(stick());
    bench.change();
    let ended = bench.desk.progress();
    assert_eq!((&ended["ok"], &ended["error"], &ended["update"]), (&json!(false), &json!("damaged"), &json!("failed")));
    bench.desk.look();
    assert_eq!(bench.state(), UpdateState::Failed, "what is idle for the machine is not so for whoever asked");
    program.join().unwrap();
}

#[test]
fn one_update_is_installed_at_a_time() {
    let bench = bench();
    let listener = UnixListener::bind(bench.dir.path().join("update.sock")).unwrap();
    bench.desk.install(UpdateSource::InstallAddress {});
    let (client, _) = listener.accept().unwrap();
    assert_eq!(bench.desk.install(stick())["error"], "busy");
    assert_eq!(bench.desk.look()["error"], "busy");
    assert_eq!(bench.state(), UpdateState::Installing);
    drop(client);
    bench.change();
    assert_eq!(bench.desk.progress()["error"], "no_answer", "its program ended without a word");
}

#[test]
fn a_machine_without_a_program_for_updates_says_so() {
    let bench = bench();
    assert_eq!(bench.desk.look()["error"], NOT_HERE);
    assert_eq!(bench.state(), UpdateState::NotInstalled);
}
