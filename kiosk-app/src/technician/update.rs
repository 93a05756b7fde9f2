//! Updates of the machine: asked of `kiosk-update`, which runs as root for one question and knows no other.
//!
//! An installation takes minutes, and whoever asked for it may go: a thread hears what becomes of it, and the screen,
//! `kioskctl` and the queue service look at the same. The machine never restarts by itself.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::mpsc::SyncSender;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use queue_protocol::model::UpdateState;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::failed;
use crate::service_mode::Input;
use crate::states::States;

/// Longest wait for what was found: sticks are mounted and signatures verified.
const LOOK_WAIT: Duration = Duration::from_secs(120);
/// Longest wait for a line of an installation, which may take an hour.
const INSTALL_WAIT: Duration = Duration::from_secs(4_000);
/// Longest wait to hand a question over.
const QUESTION_WAIT: Duration = Duration::from_secs(5);
/// Longest line of an answer, in bytes.
const LINE_BYTES_MAX: u64 = 262_144;
/// Most lines of an answer.
const LINES_MAX: usize = 10_000;

/// The error of a machine that has no program for updates.
pub const NOT_HERE: &str = "not_on_this_machine";

/// Where an update is installed from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "ask", rename_all = "snake_case", deny_unknown_fields)]
pub enum UpdateSource {
    /// A USB stick.
    InstallStick {
        /// The kernel's name of its partition, such as `sdb1`.
        stick: String,
        /// The name of the bundle at its top.
        bundle: String,
    },
    /// The address in the configuration.
    InstallAddress {},
}

/// The machine's updates, as the kiosk knows of them. Clones look at the same.
#[derive(Debug, Clone)]
pub struct UpdateDesk {
    socket: PathBuf,
    states: States,
    shared: Arc<Mutex<Shared>>,
}

#[derive(Debug, Default)]
struct Shared {
    doing: Doing,
    /// Who wants to know when that changes.
    watcher: Option<SyncSender<Input>>,
}

/// What the kiosk has had done since it started.
#[derive(Debug, Default)]
enum Doing {
    #[default]
    Nothing,
    Installing {
        percent: u64,
        step: String,
    },
    /// With the last line of the answer.
    Ended(Value),
}

impl UpdateDesk {
    /// Updates by the program at `socket`. What is known of them is told to `states`.
    pub fn new(socket: PathBuf, states: States) -> Self {
        Self { socket, states, shared: Arc::default() }
    }

    /// Finds out what runs, in a thread of its own.
    ///
    /// # Errors
    /// No thread can be started.
    pub fn begin(&self) -> io::Result<()> {
        let desk = self.clone();
        let ask = move || drop::<Value>(desk.asked(&json!({ "ask": "show" })));
        thread::Builder::new().name("update state".into()).spawn(ask).map(drop)
    }

    /// Tells `watcher` when something changes; one that has no room looks later.
    pub fn watch(&self, watcher: SyncSender<Input>) {
        self.with(|shared| shared.watcher = Some(watcher));
    }

    /// What runs, and which bundles are there.
    pub fn look(&self) -> Value {
        if self.is_installing() { failed("busy") } else { self.asked(&json!({ "ask": "look" })) }
    }

    /// Whether an update is being written.
    pub fn is_installing(&self) -> bool {
        self.with(|shared| matches!(shared.doing, Doing::Installing { .. }))
    }

    /// How far the last installation is, or how it ended.
    pub fn progress(&self) -> Value {
        self.with(|shared| match &shared.doing {
            Doing::Nothing => json!({ "ok": true, "update": self.states.update().state }),
            Doing::Installing { percent, step } => {
                json!({ "ok": true, "update": UpdateState::Installing, "percent": percent, "step": step })
            }
            Doing::Ended(answer) => {
                let mut told = answer.clone();
                told["update"] = json!(self.states.update().state);
                told
            }
        })
    }

    /// Begins to install, unless something is being installed.
    pub fn install(&self, from: UpdateSource) -> Value {
        let is_free = self.with(|shared| {
            let is_free = !matches!(shared.doing, Doing::Installing { .. });
            if is_free {
                shared.doing = Doing::Installing { percent: 0, step: String::new() };
            }
            is_free
        });
        if !is_free {
            return failed("busy");
        }
        tracing::warn!(?from, "a technician installs an update");
        self.states.tell_update(UpdateState::Installing);
        let desk = self.clone();
        match thread::Builder::new().name("update".into()).spawn(move || desk.installed(&from)) {
            Ok(_) => self.progress(),
            Err(error) => self.ended(no_answer(&error)),
        }
    }

    fn installed(&self, from: &UpdateSource) {
        let question = serde_json::to_value(from).unwrap_or_default();
        let mut heard = |line: &Value| {
            let Some(percent) = line["progress"]["percent"].as_u64() else { return };
            let step = line["progress"]["step"].as_str().unwrap_or_default().to_owned();
            self.with(|shared| shared.doing = Doing::Installing { percent, step });
            self.changed();
        };
        let answer = conversation(&self.socket, &question, INSTALL_WAIT, &mut heard);
        drop::<Value>(self.ended(answer.unwrap_or_else(|error| no_answer(&error))));
    }

    fn ended(&self, answer: Value) -> Value {
        let is_written = answer["ok"] == true;
        tracing::warn!(%answer, "the installation of an update has ended");
        self.states.tell_update(if is_written { UpdateState::RestartNeeded } else { UpdateState::Failed });
        self.with(|shared| shared.doing = Doing::Ended(answer));
        self.changed();
        self.progress()
    }

    fn asked(&self, question: &Value) -> Value {
        let answer = match conversation(&self.socket, question, LOOK_WAIT, &mut |_| ()) {
            Ok(answer) => answer,
            Err(error) => no_answer(&error),
        };
        if let Some(version) = answer["runs"]["version"].as_str() {
            let state = serde_json::from_value(answer["update"].clone()).unwrap_or(UpdateState::Idle);
            self.states.tell_running(version, state);
        }
        answer
    }

    fn changed(&self) {
        self.with(|shared| {
            if let Some(watcher) = &shared.watcher {
                // It is at work, and looks when it is done.
                let _busy = watcher.try_send(Input::Updated);
            }
        });
    }

    fn with<T>(&self, work: impl FnOnce(&mut Shared) -> T) -> T {
        work(&mut self.shared.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

fn no_answer(error: &io::Error) -> Value {
    let is_nowhere = matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused);
    if !is_nowhere {
        tracing::warn!("the machine's program for updates: {error}");
    }
    failed(if is_nowhere { NOT_HERE } else { "no_answer" })
}

/// Asks in one line; `each` hears every line of the answer but the last, which says whether it is well.
fn conversation(socket: &Path, question: &Value, wait: Duration, each: &mut dyn FnMut(&Value)) -> io::Result<Value> {
    let mut client = UnixStream::connect(socket)?;
    client.set_write_timeout(Some(QUESTION_WAIT))?;
    client.set_read_timeout(Some(wait))?;
    client.write_all(format!("{question}\n").as_bytes())?;
    let mut client = BufReader::new(client);
    for _ in 0..LINES_MAX {
        let mut text = String::new();
        (&mut client).take(LINE_BYTES_MAX).read_line(&mut text)?;
        // Nothing at all is no JSON either: the program has ended without an answer.
        let line: Value = serde_json::from_str(&text)?;
        if line["ok"].is_boolean() {
            return Ok(line);
        }
        each(&line);
    }
    Err(io::Error::new(io::ErrorKind::InvalidData, format!("more than {LINES_MAX} lines")))
}

#[cfg(test)]
mod tests;
