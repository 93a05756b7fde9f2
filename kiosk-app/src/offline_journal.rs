//! Numbers that this kiosk issued by itself, on disk before anybody sees them.
//!
//! One text line a fact, appended and flushed, ended by a full stop: a power cut can only tear the last line, which is
//! then ignored, and what it would have said was never shown. No patient data is in it. It lies beside the journal of
//! requests, whose lock keeps other processes away from both.

use std::collections::VecDeque;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use queue_protocol::model::{GroupClaim, RequestId, Series, ServiceId, TicketNumber, UnixMillis};

/// Lines after which the file is written anew with what still matters.
const LINES_MAX: usize = 5_000;

const FILE: &str = "offline.journal";

/// When something happened, by the two clocks a kiosk has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moment {
    /// By the wall clock, which somebody may set.
    pub wall: UnixMillis,
    /// Which start of the machine.
    pub boot: String,
    /// Milliseconds since that start.
    pub uptime_ms: u64,
}

/// A number that was issued and is not handed over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issued {
    /// The visit's request.
    pub request: RequestId,
    /// The number.
    pub number: TicketNumber,
    /// The service chosen.
    pub service: ServiceId,
    /// When.
    pub at: Moment,
    /// The groups its patient belongs to.
    pub groups: Vec<GroupClaim>,
}

/// A fact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entry {
    /// This state is of this installation: made once, when nothing was there.
    Installation(RequestId),
    /// The kiosk owns this series from here on.
    Series(Series),
    /// The last number of the lines that were left out.
    Last(TicketNumber),
    /// A number was issued.
    Issued(Issued),
    /// The service has it.
    HandedOver(RequestId),
}

/// What all lines say together.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Known {
    pub installation: Option<RequestId>,
    pub series: Option<Series>,
    /// The newest number issued, of whatever series.
    pub last: Option<TicketNumber>,
    /// In the order of arrival.
    pub pending: VecDeque<Issued>,
}

impl Known {
    fn apply(&mut self, entry: Entry) {
        match entry {
            Entry::Installation(id) => self.installation = Some(id),
            Entry::Series(series) => self.series = Some(series),
            Entry::Last(number) => self.last = Some(number),
            Entry::Issued(issued) => {
                self.last = Some(issued.number);
                self.pending.push_back(issued);
            }
            Entry::HandedOver(request) => self.pending.retain(|issued| issued.request != request),
        }
    }

    fn entries(&self) -> impl Iterator<Item = Entry> + '_ {
        let head =
            [self.installation.map(Entry::Installation), self.series.map(Entry::Series), self.last.map(Entry::Last)];
        let issued = self.pending.iter().cloned().map(Entry::Issued);
        // Issued lines move the newest number back; it is said once more behind them.
        head.into_iter().flatten().chain(issued).chain(self.last.map(Entry::Last))
    }
}

/// The open file.
#[derive(Debug)]
pub struct OfflineJournal {
    path: PathBuf,
    file: File,
    known: Known,
    lines: usize,
}

impl OfflineJournal {
    /// Opens or creates the file in `dir` and folds what it says.
    ///
    /// # Errors
    /// The file system's.
    pub fn open(dir: &Path) -> io::Result<Self> {
        fs::create_dir_all(dir)?;
        let path = dir.join(FILE);
        let text = match fs::read(&path) {
            Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(error),
        };
        let mut known = Known::default();
        text.lines().filter_map(parsed).for_each(|entry| known.apply(entry));
        let file = written_anew(&path, &known)?;
        let lines = known.entries().count();
        Ok(Self { path, file, known, lines })
    }

    /// What is known.
    #[must_use]
    pub const fn known(&self) -> &Known {
        &self.known
    }

    /// Appends facts and returns when they are on the disk.
    ///
    /// # Errors
    /// The file system's; a line may or may not be there, and the next call starts on a fresh one.
    pub fn append(&mut self, entries: Vec<Entry>) -> io::Result<()> {
        if self.lines >= LINES_MAX {
            self.file = written_anew(&self.path, &self.known)?;
            self.lines = self.known.entries().count();
        }
        // The leading newline ends a line that an earlier failure may have torn.
        let lines: String = entries.iter().map(|entry| format!("\n{}\n", line(entry))).collect();
        self.file.write_all(lines.as_bytes())?;
        self.file.sync_data()?;
        self.lines += entries.len();
        entries.into_iter().for_each(|entry| self.known.apply(entry));
        Ok(())
    }
}

/// Puts a file with what still matters in the place of the old one: a power cut leaves the one or the other.
fn written_anew(path: &Path, known: &Known) -> io::Result<File> {
    let unfinished = path.with_extension("new");
    let mut file = File::create(&unfinished)?;
    for entry in known.entries() {
        writeln!(file, "{}", line(&entry))?;
    }
    file.sync_all()?;
    fs::rename(&unfinished, path)?;
    File::open(path.parent().unwrap_or(Path::new(".")))?.sync_all()?;
    Ok(file)
}

fn line(entry: &Entry) -> String {
    match entry {
        Entry::Installation(id) => format!("installation {id} ."),
        Entry::Series(series) => format!("series {series} ."),
        Entry::Last(number) => format!("last {number} ."),
        Entry::HandedOver(request) => format!("handed-over {request} ."),
        Entry::Issued(Issued { request, number, service, at, groups }) => {
            let groups = serde_json::to_string(groups).unwrap_or_else(|_| "[]".to_owned());
            let Moment { wall, boot, uptime_ms } = at;
            format!("issued {request} {number} {service} {} {boot} {uptime_ms} {groups} .", wall.0)
        }
    }
}

fn parsed(line: &str) -> Option<Entry> {
    let whole = line.strip_suffix(" .")?;
    let (word, rest) = whole.split_once(' ')?;
    match word {
        "installation" => rest.parse().ok().map(Entry::Installation),
        "series" => Series::new(rest).ok().map(Entry::Series),
        "last" => rest.parse().ok().map(Entry::Last),
        "handed-over" => rest.parse().ok().map(Entry::HandedOver),
        "issued" => issued(rest).map(Entry::Issued),
        _ => None,
    }
}

fn issued(rest: &str) -> Option<Issued> {
    let mut parts = rest.splitn(7, ' ');
    let mut part = || parts.next();
    Some(Issued {
        request: part()?.parse().ok()?,
        number: part()?.parse().ok()?,
        service: part()?.parse().ok()?,
        at: Moment {
            wall: UnixMillis(part()?.parse().ok()?),
            boot: part()?.to_owned(),
            uptime_ms: part()?.parse().ok()?,
        },
        groups: serde_json::from_str(part()?).ok()?,
    })
}

#[cfg(test)]
mod tests {
    use queue_protocol::model::{PriorityGroup, Proof};

    use super::*;

    const A: RequestId = RequestId::from_bytes([1; 16]);
    const B: RequestId = RequestId::from_bytes([2; 16]);

    fn number(request: RequestId, text: &str) -> Issued {
        let groups = vec![GroupClaim { group: PriorityGroup::Under6, proof: Proof::Declared }];
        let at = Moment { wall: UnixMillis(5), boot: "b".into(), uptime_ms: 7 };
        Issued { request, number: text.parse().unwrap(), service: ServiceId::new("noi").unwrap(), at, groups }
    }

    fn written(dir: &Path) -> OfflineJournal {
        let mut journal = OfflineJournal::open(dir).unwrap();
        let series = Series::new("TA").unwrap();
        journal.append(vec![Entry::Installation(A), Entry::Series(series)]).unwrap();
        journal.append(vec![Entry::Issued(number(A, "TA-9999"))]).unwrap();
        journal.append(vec![Entry::Issued(number(B, "TA-001"))]).unwrap();
        journal
    }

    #[test]
    fn what_was_issued_is_known_after_a_restart_until_it_is_handed_over() {
        let dir = tempfile::tempdir().unwrap();
        let before = written(dir.path()).known().clone();
        assert_eq!(before.pending, [number(A, "TA-9999"), number(B, "TA-001")]);
        let mut journal = OfflineJournal::open(dir.path()).unwrap();
        assert_eq!(*journal.known(), before);
        journal.append(vec![Entry::HandedOver(A), Entry::HandedOver(B)]).unwrap();
        drop(journal);
        let known = OfflineJournal::open(dir.path()).unwrap().known().clone();
        assert_eq!((known.pending.len(), known.last), (0, before.last), "the count goes on");
        assert_eq!((known.installation, known.series), (before.installation, before.series));
    }

    #[test]
    fn a_file_cut_at_any_byte_opens_and_forgets_no_whole_line() {
        let whole = {
            let dir = tempfile::tempdir().unwrap();
            drop(written(dir.path()));
            fs::read(dir.path().join(FILE)).unwrap()
        };
        let full_stops = |cut: usize| whole[..cut].windows(3).filter(|bytes| *bytes == b"] .").count();
        for cut in 0..=whole.len() {
            let dir = tempfile::tempdir().unwrap();
            fs::write(dir.path().join(FILE), &whole[..cut]).unwrap();
            let journal = OfflineJournal::open(dir.path()).unwrap();
            assert_eq!(journal.known().pending.len(), full_stops(cut), "cut at byte {cut}");
        }
    }

    #[test]
    fn a_torn_line_does_not_swallow_the_next_one() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join(FILE), "series T").unwrap();
        written(dir.path());
        assert_eq!(OfflineJournal::open(dir.path()).unwrap().known().pending.len(), 2);
    }

    #[test]
    fn the_file_stays_small_over_years() {
        let dir = tempfile::tempdir().unwrap();
        let mut journal = written(dir.path());
        journal.lines = LINES_MAX;
        journal.append(vec![Entry::HandedOver(A)]).unwrap();
        assert!(journal.lines < 10, "{}", journal.lines);
        let known = journal.known().clone();
        assert_eq!(*OfflineJournal::open(dir.path()).unwrap().known(), known);
    }
}
