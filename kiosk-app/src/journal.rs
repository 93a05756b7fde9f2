//! Requests on disk before they are sent.
//!
//! One text line a fact, appended and flushed: `<request id> <entry>`. A power cut can only tear the last line, which
//! is then ignored: what it would have said was never acted on. No patient data is in it. One process at a time.

use std::fs::{self, File, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use kiosk_core::ledger::{Entry, Ledger};
use queue_protocol::model::RequestId;

use crate::chain::Chain;

/// Lines after which the journal is written anew with what still matters.
const LINES_MAX: usize = 10_000;

const FILE: &str = "requests.journal";
/// Locked for as long as the journal is open. A file of its own, because the journal is swapped.
const LOCK_FILE: &str = "requests.lock";

/// Why the journal cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("the journal {} cannot be {action}", path.display())]
pub struct JournalError {
    path: PathBuf,
    action: &'static str,
    #[source]
    source: io::Error,
}

/// The open journal.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    file: File,
    ledger: Ledger,
    lines: usize,
    _lock: File,
}

impl Journal {
    /// Opens or creates the journal in `dir` and folds what it says.
    ///
    /// # Errors
    /// [`JournalError`]; also when another process has it open: each would forget what the other has written.
    pub fn open(dir: &Path) -> Result<Self, JournalError> {
        let path = dir.join(FILE);
        let failed = |action| move |source| JournalError { path: dir.join(FILE), action, source };
        fs::create_dir_all(dir).map_err(failed("created"))?;
        let lock = locked(dir).map_err(failed("locked"))?;
        let text = match fs::read(&path) {
            Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(failed("read")(error)),
        };
        let ledger = folded(&text);
        let file = prepared(&path, &ledger).map_err(failed("written"))?;
        swap_in(&path).and_then(|()| sync_folder(&path)).map_err(failed("swapped"))?;
        let lines = ledger.lines().count();
        Ok(Self { path, file, ledger, lines, _lock: lock })
    }

    /// Requests that must be taken back, as the journal says.
    pub fn to_void(&self) -> Vec<RequestId> {
        self.ledger.to_void()
    }

    /// Appends one line and returns when it is on the disk.
    ///
    /// After an error the line may or may not be there; the next call starts on a fresh line.
    pub fn append(&mut self, request: RequestId, entry: Entry) -> Result<(), JournalError> {
        if self.lines >= LINES_MAX {
            self.write_anew()?;
        }
        // The leading newline ends a line that an earlier failure may have torn.
        let line = format!("\n{request} {}\n", name(entry));
        let written = self.file.write_all(line.as_bytes()).and_then(|()| self.file.sync_data());
        written.map_err(|source| self.failed("written", source))?;
        self.ledger.apply(request, entry);
        self.lines += 1;
        Ok(())
    }

    /// Leaves out what no longer matters. A disk without room for the new one keeps the old one.
    fn write_anew(&mut self) -> Result<(), JournalError> {
        self.ledger.forget_shown();
        match prepared(&self.path, &self.ledger) {
            Ok(file) => {
                swap_in(&self.path).map_err(|source| self.failed("swapped", source))?;
                self.file = file;
                sync_folder(&self.path).map_err(|source| self.failed("swapped", source))?;
            }
            Err(error) => tracing::warn!("the journal stays long: {}", Chain(&error)),
        }
        self.lines = 0;
        Ok(())
    }

    fn failed(&self, action: &'static str, source: io::Error) -> JournalError {
        JournalError { path: self.path.clone(), action, source }
    }
}

fn locked(dir: &Path) -> io::Result<File> {
    let lock = File::create(dir.join(LOCK_FILE))?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => Err(io::Error::new(io::ErrorKind::ResourceBusy, "another kiosk-app has it")),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

fn folded(text: &str) -> Ledger {
    let mut ledger = Ledger::default();
    for (request, entry) in text.lines().filter_map(parsed) {
        ledger.apply(request, entry);
    }
    ledger
}

fn parsed(line: &str) -> Option<(RequestId, Entry)> {
    let (request, word) = line.split_once(' ')?;
    let entry = [Entry::Requested, Entry::Shown, Entry::VoidWanted, Entry::Voided]
        .into_iter()
        .find(|entry| name(*entry) == word)?;
    Some((request.parse().ok()?, entry))
}

const fn name(entry: Entry) -> &'static str {
    match entry {
        Entry::Requested => "requested",
        Entry::Shown => "shown",
        Entry::VoidWanted => "void-wanted",
        Entry::Voided => "voided",
    }
}

/// Writes what still matters beside the journal.
fn prepared(path: &Path, ledger: &Ledger) -> io::Result<File> {
    let mut file = File::create(path.with_extension("new"))?;
    for (request, entry) in ledger.lines() {
        writeln!(file, "{request} {}", name(entry))?;
    }
    file.sync_all()?;
    Ok(file)
}

/// Puts the new journal in the place of the old one: a power cut leaves the one or the other.
fn swap_in(path: &Path) -> io::Result<()> {
    fs::rename(path.with_extension("new"), path)
}

fn sync_folder(path: &Path) -> io::Result<()> {
    File::open(path.parent().unwrap_or(Path::new(".")))?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: RequestId = RequestId::from_bytes([1; 16]);
    const B: RequestId = RequestId::from_bytes([2; 16]);

    #[test]
    fn what_was_never_shown_is_known_after_a_restart() {
        let dir = tempfile::tempdir().unwrap();
        let mut journal = Journal::open(dir.path()).unwrap();
        journal.append(A, Entry::Requested).unwrap();
        journal.append(B, Entry::Requested).unwrap();
        journal.append(B, Entry::Shown).unwrap();
        drop(journal);
        let journal = Journal::open(dir.path()).unwrap();
        assert_eq!(journal.to_void(), [A]);
        drop(journal);
        assert_eq!(Journal::open(dir.path()).unwrap().to_void(), [A], "and after the next one");
    }

    #[test]
    fn a_second_process_on_the_same_journal_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let first = Journal::open(dir.path()).unwrap();
        let refused = anyhow::Error::from(Journal::open(dir.path()).unwrap_err());
        assert!(format!("{refused:#}").ends_with("cannot be locked: another kiosk-app has it"), "{refused:#}");
        drop(first);
        Journal::open(dir.path()).unwrap();
    }

    #[test]
    fn a_full_disk_is_an_error_of_the_line_and_the_next_line_is_written_again() {
        let dir = tempfile::tempdir().unwrap();
        let mut journal = Journal::open(dir.path()).unwrap();
        let disk = std::mem::replace(&mut journal.file, File::options().write(true).open("/dev/full").unwrap());
        let error = anyhow::Error::from(journal.append(A, Entry::Requested).unwrap_err());
        assert!(format!("{error:#}").contains("cannot be written: No space left"), "{error:#}");
        journal.file = disk;
        journal.append(B, Entry::Requested).unwrap();
        assert_eq!(journal.to_void(), [B]);
    }

    #[test]
    fn a_journal_that_cannot_be_written_anew_goes_on_as_it_is() {
        let dir = tempfile::tempdir().unwrap();
        let mut journal = Journal::open(dir.path()).unwrap();
        journal.append(A, Entry::Requested).unwrap();
        fs::create_dir(dir.path().join("requests.new")).unwrap();
        journal.lines = LINES_MAX;
        journal.append(B, Entry::Requested).unwrap();
        drop(journal);
        fs::remove_dir(dir.path().join("requests.new")).unwrap();
        assert_eq!(Journal::open(dir.path()).unwrap().to_void(), [A, B]);
    }

    #[test]
    fn a_place_where_no_journal_can_be_is_named() {
        let error = anyhow::Error::from(Journal::open(Path::new("/dev/null/state")).unwrap_err());
        assert!(format!("{error:#}").contains("/dev/null/state/requests.journal cannot be created"), "{error:#}");
    }

    #[test]
    fn a_journal_cut_at_any_byte_still_opens_and_forgets_no_whole_line() {
        let whole = {
            let dir = tempfile::tempdir().unwrap();
            let mut journal = Journal::open(dir.path()).unwrap();
            journal.append(A, Entry::Requested).unwrap();
            journal.append(B, Entry::Requested).unwrap();
            fs::read(dir.path().join(FILE)).unwrap()
        };
        let line_bytes = whole.len() / 2;
        for cut in 0..=whole.len() {
            let dir = tempfile::tempdir().unwrap();
            fs::write(dir.path().join(FILE), &whole[..cut]).unwrap();
            let to_void = Journal::open(dir.path()).unwrap().to_void();
            // The last byte of a line is its newline: without it the line is whole all the same.
            assert_eq!(to_void.len(), (cut + 1) / line_bytes, "cut at byte {cut}");
        }
    }

    #[test]
    fn a_torn_line_does_not_swallow_the_next_one() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join(FILE), format!("{A} req")).unwrap();
        let mut journal = Journal::open(dir.path()).unwrap();
        journal.append(B, Entry::Requested).unwrap();
        drop(journal);
        assert_eq!(Journal::open(dir.path()).unwrap().to_void(), [B]);
    }

    #[test]
    fn the_journal_stays_small_over_weeks() {
        let dir = tempfile::tempdir().unwrap();
        let mut journal = Journal::open(dir.path()).unwrap();
        journal.append(A, Entry::Requested).unwrap();
        journal.append(B, Entry::Shown).unwrap();
        journal.lines = LINES_MAX;
        journal.append(B, Entry::VoidWanted).unwrap();
        let text = fs::read_to_string(dir.path().join(FILE)).unwrap();
        assert_eq!(text, format!("{A} requested\n\n{B} void-wanted\n"));
        drop(journal);
        assert_eq!(Journal::open(dir.path()).unwrap().to_void(), [A, B]);
    }
}
