//! Print jobs on disk before their first byte.
//!
//! One text line a fact, appended and flushed: `<request id> <word>`. Only the newest fact decides what may be in the
//! printer after a restart, so the file is begun anew with it each time it is opened. A power cut can only tear the last
//! line, which then counts as not written: nothing of its ticket was sent. No patient data is in it.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use kiosk_hal::printer::{JobId, NotRecorded, PrintFact, PrintJournal, PrintOutcome};
use queue_protocol::model::RequestId;

use crate::chain::Chain;

const FILE: &str = "prints.journal";
/// Lines after which the file is begun anew.
const LINES_MAX: usize = 10_000;

/// Why the journal cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("the print journal {} cannot be {action}", path.display())]
pub struct PrintJournalError {
    path: PathBuf,
    action: &'static str,
    #[source]
    source: io::Error,
}

/// The word of a fact in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Word {
    Sending,
    Confirmed,
    Uncertain,
    Failed,
    /// A picture is on its way into the printer's memory.
    Storing,
    PathClean,
}

impl Word {
    const ALL: [Self; 6] =
        [Self::Sending, Self::Confirmed, Self::Uncertain, Self::Failed, Self::Storing, Self::PathClean];

    const fn of(fact: PrintFact) -> Self {
        match fact {
            PrintFact::Sending => Self::Sending,
            PrintFact::Ended(PrintOutcome::Confirmed) => Self::Confirmed,
            PrintFact::Ended(PrintOutcome::Uncertain(_)) => Self::Uncertain,
            PrintFact::Ended(PrintOutcome::Failed(_)) => Self::Failed,
            PrintFact::PathClean => Self::PathClean,
        }
    }

    const fn text(self) -> &'static str {
        match self {
            Self::Sending => "sending",
            Self::Confirmed => "confirmed",
            Self::Uncertain => "uncertain",
            Self::Failed => "failed",
            Self::Storing => "storing",
            Self::PathClean => "path-clean",
        }
    }

    const fn leaves_path_clean(self) -> bool {
        match self {
            Self::Confirmed | Self::PathClean => true,
            Self::Sending | Self::Uncertain | Self::Failed | Self::Storing => false,
        }
    }
}

type Line = (RequestId, Word);

/// In the place of a request where no ticket is meant.
const NO_TICKET: RequestId = RequestId::from_bytes([0; 16]);

#[derive(Debug)]
struct Open {
    path: PathBuf,
    file: File,
    newest: Option<Line>,
    lines: usize,
}

/// The open journal. Clones write to the same file.
#[derive(Debug, Clone)]
pub struct PrintJournalFile(Arc<Mutex<Open>>);

impl PrintJournalFile {
    /// Opens or creates the journal in `dir`, which [`crate::journal::Journal`] has locked for this process.
    ///
    /// A job that an earlier run did not see to its end is uncertain from here on, and logged as that.
    ///
    /// # Errors
    /// [`PrintJournalError`].
    pub fn open(dir: &Path) -> Result<Self, PrintJournalError> {
        let path = dir.join(FILE);
        let failed = |action| move |source| PrintJournalError { path: dir.join(FILE), action, source };
        let text = match fs::read(&path) {
            Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(failed("read")(error)),
        };
        let newest = text.lines().filter_map(parsed).next_back().map(|(request, word)| match word {
            Word::Sending => {
                tracing::warn!(%request, "the kiosk stopped in the middle of this ticket: nobody knows if it came out");
                (request, Word::Uncertain)
            }
            Word::Storing => {
                tracing::warn!("the kiosk stopped while it wrote a picture into the printer");
                (request, word)
            }
            Word::Confirmed | Word::Uncertain | Word::Failed | Word::PathClean => (request, word),
        });
        let file = begun_anew(&path, newest).map_err(failed("written"))?;
        Ok(Self(Arc::new(Mutex::new(Open { path, file, newest, lines: 0 }))))
    }

    /// Whether nothing of an earlier ticket can be in the printer.
    #[must_use]
    pub fn is_path_clean(&self) -> bool {
        self.with(|open| open.newest.is_none_or(|(_, word)| word.leaves_path_clean()))
    }

    /// Records that a picture is about to be written into the printer: a ticket sent behind the half of one would be taken
    /// for the rest of the picture.
    ///
    /// # Errors
    /// [`NotRecorded`]; the picture must then not be written.
    pub fn storing(&self) -> Result<(), NotRecorded> {
        self.append((NO_TICKET, Word::Storing))
    }

    /// Records that the printer has taken the picture whole. When that is not recorded, the next start costs a slip.
    pub fn stored(&self) {
        let _slip_after_restart = self.append((NO_TICKET, Word::PathClean));
    }

    fn append(&self, line: Line) -> Result<(), NotRecorded> {
        self.with(|open| open.append(line)).map_err(|error| {
            tracing::error!(request = %line.0, word = line.1.text(), "not in the print journal: {}", Chain(&error));
            NotRecorded
        })
    }

    fn with<T>(&self, act: impl FnOnce(&mut Open) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl PrintJournal for PrintJournalFile {
    fn record(&mut self, job: JobId, fact: PrintFact) -> Result<(), NotRecorded> {
        self.append((RequestId::from_bytes(job.0), Word::of(fact)))
    }
}

impl Open {
    fn append(&mut self, line: Line) -> io::Result<()> {
        if self.lines >= LINES_MAX {
            self.file = begun_anew(&self.path, self.newest)?;
            self.lines = 0;
        }
        // The leading newline ends a line that an earlier failure may have torn.
        self.file.write_all(format!("\n{} {}\n", line.0, line.1.text()).as_bytes())?;
        self.file.sync_data()?;
        self.newest = Some(line);
        self.lines += 1;
        Ok(())
    }
}

fn parsed(line: &str) -> Option<Line> {
    let (request, text) = line.split_once(' ')?;
    let word = Word::ALL.into_iter().find(|word| word.text() == text)?;
    Some((request.parse().ok()?, word))
}

/// Puts a file with the newest line alone in the place of the old one: a power cut leaves the one or the other.
fn begun_anew(path: &Path, newest: Option<Line>) -> io::Result<File> {
    let new = path.with_extension("new");
    let mut file = File::create(&new)?;
    if let Some((request, word)) = newest {
        writeln!(file, "{request} {}", word.text())?;
    }
    file.sync_all()?;
    fs::rename(&new, path)?;
    File::open(path.parent().unwrap_or(Path::new(".")))?.sync_all()?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use kiosk_hal::fault::Fault;

    use super::*;

    const JOB: JobId = JobId([7; 16]);

    fn reopened(facts: &[PrintFact]) -> bool {
        let dir = tempfile::tempdir().unwrap();
        let mut journal = PrintJournalFile::open(dir.path()).unwrap();
        facts.iter().for_each(|fact| journal.record(JOB, *fact).unwrap());
        drop(journal);
        let first = PrintJournalFile::open(dir.path()).unwrap().is_path_clean();
        assert_eq!(PrintJournalFile::open(dir.path()).unwrap().is_path_clean(), first, "and after the next restart");
        first
    }

    #[test]
    fn a_kiosk_that_printed_well_costs_no_slip_after_a_restart() {
        assert!(reopened(&[]));
        assert!(reopened(&[PrintFact::Sending, PrintFact::Ended(PrintOutcome::Confirmed)]));
        let failed = PrintFact::Ended(PrintOutcome::Failed(Fault::PaperOut));
        assert!(reopened(&[PrintFact::Sending, failed, PrintFact::PathClean]));
    }

    #[test]
    fn a_ticket_cut_off_is_known_after_any_number_of_restarts() {
        assert!(!reopened(&[PrintFact::Sending]));
        assert!(!reopened(&[PrintFact::Sending, PrintFact::Ended(PrintOutcome::Uncertain(Fault::Offline))]));
        assert!(!reopened(&[PrintFact::Sending, PrintFact::Ended(PrintOutcome::Failed(Fault::PaperOut))]));
    }

    #[test]
    fn a_picture_that_was_being_written_is_known_after_any_number_of_restarts() {
        let dir = tempfile::tempdir().unwrap();
        let is_clean = || PrintJournalFile::open(dir.path()).unwrap().is_path_clean();
        PrintJournalFile::open(dir.path()).unwrap().storing().unwrap();
        assert!(!is_clean());
        assert!(!is_clean());
        PrintJournalFile::open(dir.path()).unwrap().stored();
        assert!(is_clean());
    }

    #[test]
    fn a_journal_cut_at_any_byte_tells_of_every_ticket_that_was_begun() {
        let dir = tempfile::tempdir().unwrap();
        let mut journal = PrintJournalFile::open(dir.path()).unwrap();
        journal.record(JOB, PrintFact::Sending).unwrap();
        let begun = fs::read(dir.path().join(FILE)).unwrap().len();
        journal.record(JOB, PrintFact::Ended(PrintOutcome::Confirmed)).unwrap();
        let whole = fs::read(dir.path().join(FILE)).unwrap();
        for cut in begun..=whole.len() {
            let dir = tempfile::tempdir().unwrap();
            fs::write(dir.path().join(FILE), &whole[..cut]).unwrap();
            // The last byte of a line is its newline: without it the line is whole all the same.
            let ended = cut + 1 >= whole.len();
            assert_eq!(PrintJournalFile::open(dir.path()).unwrap().is_path_clean(), ended, "cut at byte {cut}");
        }
    }

    #[test]
    fn a_full_disk_is_told_and_the_journal_stays_small() {
        let dir = tempfile::tempdir().unwrap();
        let mut journal = PrintJournalFile::open(dir.path()).unwrap();
        let full = File::options().write(true).open("/dev/full").unwrap();
        let disk = journal.with(|open| std::mem::replace(&mut open.file, full));
        assert_eq!(journal.record(JOB, PrintFact::Sending), Err(NotRecorded));
        journal.with(|open| (open.file, open.lines) = (disk, LINES_MAX));
        journal.record(JOB, PrintFact::Sending).unwrap();
        assert_eq!(
            fs::read_to_string(dir.path().join(FILE)).unwrap().lines().filter(|line| !line.is_empty()).count(),
            1
        );
    }
}
