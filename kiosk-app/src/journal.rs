//! Requests on disk before they are sent.
//!
//! One text line a fact, appended and flushed: `<request id> <entry>`. A power cut can only tear the last line, which
//! is then ignored: what it would have said was never acted on. No patient data is in it.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use kiosk_core::ledger::{Entry, Ledger};
use queue_protocol::model::RequestId;

/// Lines after which the journal is written anew with what still matters.
const LINES_MAX: usize = 10_000;

const FILE: &str = "requests.journal";

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
    interrupted: bool,
}

impl Journal {
    /// Opens or creates the journal in `dir` and folds what it says.
    pub fn open(dir: &Path) -> Result<Self, JournalError> {
        let path = dir.join(FILE);
        let failed = |action| move |source| JournalError { path: dir.join(FILE), action, source };
        fs::create_dir_all(dir).map_err(failed("created"))?;
        let text = match fs::read(&path) {
            Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(failed("read")(error)),
        };
        let mut ledger = folded(&text);
        ledger.forget_shown();
        let file = rewritten(dir, &path, &ledger).map_err(failed("written"))?;
        let interrupted = text.lines().any(|line| parsed(line).is_some());
        Ok(Self { path, file, ledger, lines: 0, interrupted })
    }

    /// Requests that must be taken back, as the journal says.
    pub fn to_void(&self) -> Vec<RequestId> {
        self.ledger.to_void()
    }

    /// Whether there were visits since the journal was last opened: one of them may have been cut off while printing.
    pub const fn was_interrupted(&self) -> bool {
        self.interrupted
    }

    /// Appends one line and returns when it is on the disk.
    ///
    /// After an error the line may or may not be there; the next call starts on a fresh line.
    pub fn append(&mut self, request: RequestId, entry: Entry) -> Result<(), JournalError> {
        let failed = |source| JournalError { path: self.path.clone(), action: "written", source };
        // The leading newline ends a line that an earlier failure may have torn.
        let line = format!("\n{request} {}\n", name(entry));
        self.file.write_all(line.as_bytes()).and_then(|()| self.file.sync_data()).map_err(failed)?;
        self.ledger.apply(request, entry);
        self.lines += 1;
        if self.lines >= LINES_MAX { self.write_anew() } else { Ok(()) }
    }

    fn write_anew(&mut self) -> Result<(), JournalError> {
        let failed = |source| JournalError { path: self.path.clone(), action: "written anew", source };
        self.ledger.forget_shown();
        let dir = self.path.parent().unwrap_or(Path::new("."));
        self.file = rewritten(dir, &self.path, &self.ledger).map_err(failed)?;
        self.lines = 0;
        Ok(())
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

/// Writes what still matters beside the journal and swaps it in, so that a power cut leaves the old or the new one.
fn rewritten(dir: &Path, path: &Path, ledger: &Ledger) -> io::Result<File> {
    let fresh = path.with_extension("new");
    let mut file = File::create(&fresh)?;
    for (request, entry) in ledger.lines() {
        writeln!(file, "{request} {}", name(entry))?;
    }
    file.sync_all()?;
    fs::rename(&fresh, path)?;
    File::open(dir)?.sync_all()?;
    OpenOptions::new().append(true).open(path)
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
        assert!(!journal.was_interrupted());
        drop(journal);
        let journal = Journal::open(dir.path()).unwrap();
        assert_eq!((journal.to_void(), journal.was_interrupted()), (vec![A], true));
        assert_eq!(Journal::open(dir.path()).unwrap().to_void(), [A], "and after the next one");
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
        assert_eq!(Journal::open(dir.path()).unwrap().to_void(), [B]);
    }

    #[test]
    fn the_journal_stays_small_over_weeks() {
        let dir = tempfile::tempdir().unwrap();
        let mut journal = Journal::open(dir.path()).unwrap();
        journal.append(A, Entry::Requested).unwrap();
        journal.lines = LINES_MAX - 1;
        journal.append(B, Entry::Shown).unwrap();
        assert_eq!(fs::read_to_string(dir.path().join(FILE)).unwrap(), format!("{A} requested\n"));
        journal.append(B, Entry::VoidWanted).unwrap();
        assert_eq!(Journal::open(dir.path()).unwrap().to_void(), [A, B]);
    }
}
