//! A change of the network that undoes itself: it stays when the queue service is reached with it.
//!
//! What was there before is on the disk before anything is changed, and is put back when the service is out of reach, or
//! at the next boot when the power went in between.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::{Change, Keep, Question, RefusedChange, Shown, Touches};
use crate::first_boot::{self, Readers, SETTINGS, Setting};
use crate::provision::Secret;

/// What was before, in [`SETTINGS`]; there while nobody knows whether a change is any good.
const UNDO: &str = "network-undo.json";
/// How long a network may take to come up: DHCP after a switch port's spanning tree, or a slow access point.
const COMES_UP_WITHIN: Duration = Duration::from_secs(75);
/// Between two looks. The first look waits as long: the address from before may still answer.
pub const LOOK_EVERY: Duration = Duration::from_secs(3);
/// The service must be reached so often in a row: once may have been the address from before.
const REACHED_IN_A_ROW: u32 = 2;

/// The machine that is changed.
pub trait Machine {
    /// Has the files that were changed taken note of.
    ///
    /// # Errors
    /// The program for it is missing or has failed.
    fn take_note(&self, touches: Touches) -> io::Result<()>;
    /// Whether the queue service takes a connection.
    fn reaches_service(&self) -> bool;
    /// Lets time pass.
    fn pause(&self, time: Duration);
}

/// What became of a question.
#[derive(Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing was to be changed.
    Shown(Shown),
    /// It stays, and the service was reached with it.
    Reached,
    /// It stays, as was asked, and the service was not reached.
    KeptUnreached,
    /// The service was not reached: all is as before.
    PutBack,
}

impl Outcome {
    /// For the one who asked.
    #[must_use]
    pub fn told(&self) -> Value {
        match self {
            Self::Shown(shown) => json!({ "ok": true, "set": shown }),
            Self::Reached => json!({ "ok": true, "service": "reached" }),
            Self::KeptUnreached => json!({ "ok": true, "service": "not_reached" }),
            Self::PutBack => json!({ "ok": false, "error": "not_reached_put_back" }),
        }
    }
}

/// Why a change was not carried out. No message holds a secret.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    #[error("the change cannot be made")]
    Refused(#[from] RefusedChange),
    #[error("cannot write {}", path.display())]
    Write { path: PathBuf, source: io::Error },
    #[error("the machine took no note of the change; it is as before")]
    NoNote(#[source] io::Error),
}

impl ChangeError {
    /// For programs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Refused(refused) => refused.code(),
            Self::Write { .. } => "not_written",
            Self::NoNote(_) => "no_note_taken",
        }
    }
}

/// Answers a question on the machine below `root`. Takes up to a minute and a quarter when the service is out of reach.
///
/// # Errors
/// [`ChangeError`]; all is as before, unless the disk fails in putting it back as well.
pub fn answer(question: &Question, root: &Path, machine: &dyn Machine) -> Result<Outcome, ChangeError> {
    settle(root)?;
    let Some(change) = question.change(first_boot::known_networks(root))? else {
        return Ok(Outcome::Shown(Shown::of(root)));
    };
    let paths = change.written.iter().map(|setting| &setting.path).chain(&change.removed);
    let before = Before::of(root, paths);
    before.keep(root)?;
    let written = write(&change, root).and_then(|()| machine.take_note(change.touches).map_err(ChangeError::NoNote));
    if let Err(error) = written {
        put_back(&before, root, machine, change.touches)?;
        return Err(error);
    }
    let outcome = match (is_reached(machine), change.keep) {
        (true, _) => Outcome::Reached,
        (false, Keep::Always) => Outcome::KeptUnreached,
        (false, Keep::WhenReachable) => {
            put_back(&before, root, machine, change.touches)?;
            return Ok(Outcome::PutBack);
        }
    };
    forget(root)?;
    Ok(outcome)
}

/// Puts back what was before a change that nobody saw the end of. At boot, before anything reads the files.
///
/// # Errors
/// The disk fails.
pub fn settle(root: &Path) -> Result<(), ChangeError> {
    let path = root.join(SETTINGS).join(UNDO);
    let text = match fs::read_to_string(&path) {
        Ok(text) => Zeroizing::new(text),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(source) => return Err(ChangeError::Write { path, source }),
    };
    // It is written whole or not at all. One that cannot be read is of another version, and undoes nothing.
    if let Ok(before) = serde_json::from_str::<Before>(&text) {
        before.restore(root)?;
    }
    forget(root)
}

fn put_back(before: &Before, root: &Path, machine: &dyn Machine, touches: Touches) -> Result<(), ChangeError> {
    before.restore(root)?;
    // The files are right; what takes no note of them is as it was, or will read them at the next boot.
    let _unheard = machine.take_note(touches);
    forget(root)
}

fn is_reached(machine: &dyn Machine) -> bool {
    let mut in_a_row = 0;
    let mut waited = Duration::ZERO;
    while waited < COMES_UP_WITHIN {
        machine.pause(LOOK_EVERY);
        waited += LOOK_EVERY;
        in_a_row = if machine.reaches_service() { in_a_row + 1 } else { 0 };
        if in_a_row == REACHED_IN_A_ROW {
            return true;
        }
    }
    false
}

/// Files as they were.
#[derive(Serialize, Deserialize)]
struct Before(Vec<File>);

#[derive(Serialize, Deserialize)]
struct File {
    path: PathBuf,
    /// `None` when it was not there.
    text: Option<Secret>,
}

impl Before {
    fn of<'a>(root: &Path, paths: impl Iterator<Item = &'a PathBuf>) -> Self {
        let file = |path: &PathBuf| File {
            path: path.clone(),
            text: fs::read_to_string(root.join(path)).ok().map(Secret::from),
        };
        Self(paths.map(file).collect())
    }

    fn keep(&self, root: &Path) -> Result<(), ChangeError> {
        let path = Path::new(SETTINGS).join(UNDO);
        let failed = |source| ChangeError::Write { path: path.clone(), source };
        let text = Zeroizing::new(serde_json::to_string(self).map_err(|error| failed(error.into()))?);
        let setting = Setting { path: path.clone(), text, readers: Readers::Nobody };
        first_boot::put(&setting, root).map_err(failed)
    }

    fn restore(&self, root: &Path) -> Result<(), ChangeError> {
        for File { path, text } in &self.0 {
            match text {
                Some(text) => {
                    let text = Zeroizing::new(String::from(text.clone()));
                    let setting = Setting { path: path.clone(), text, readers: readers(path) };
                    put(&setting, root)?;
                }
                None => remove(path, root)?,
            }
        }
        Ok(())
    }
}

/// iwd's files hold passphrases.
fn readers(path: &Path) -> Readers {
    if path.starts_with(SETTINGS) { Readers::All } else { Readers::Nobody }
}

fn write(change: &Change, root: &Path) -> Result<(), ChangeError> {
    change.written.iter().try_for_each(|setting| put(setting, root))?;
    change.removed.iter().try_for_each(|path| remove(path, root))
}

fn put(setting: &Setting, root: &Path) -> Result<(), ChangeError> {
    first_boot::put(setting, root).map_err(|source| ChangeError::Write { path: setting.path.clone(), source })
}

fn remove(path: &Path, root: &Path) -> Result<(), ChangeError> {
    match first_boot::remove(&root.join(path)) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => {
            Err(ChangeError::Write { path: path.to_owned(), source })
        }
        Ok(()) | Err(_) => Ok(()),
    }
}

fn forget(root: &Path) -> Result<(), ChangeError> {
    remove(&Path::new(SETTINGS).join(UNDO), root)
}
