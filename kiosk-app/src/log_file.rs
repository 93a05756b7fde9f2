//! The kiosk's own log on a machine without a journal: a few bounded files, for the service mode and `kioskctl logs`.
//!
//! The log holds nothing of a patient, in a file as little as anywhere else. Where systemd takes standard error, its
//! journal is enough and no file is written.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use tracing_subscriber::fmt::MakeWriter;

/// Starts of the program whose logs are kept, this one among them.
const STARTS_MAX: u16 = 4;
/// Most bytes of one file; each start has two at most, the newer and the older half.
const FILE_BYTES_MAX: u64 = 262_144;

/// Standard error, and the file of this start where there is one. Clones write to the same.
#[derive(Debug, Clone)]
pub struct LogWriter(Option<Arc<Mutex<Open>>>);

#[derive(Debug)]
struct Open {
    dir: PathBuf,
    file: File,
    bytes: u64,
}

/// Of a start, `ago` starts before this one: the newer half, and the one before it.
fn names(dir: &Path, ago: u16) -> [PathBuf; 2] {
    [dir.join(format!("log.{ago}")), dir.join(format!("log.{ago}.before"))]
}

/// The newest `lines` of the start `ago` starts before this one; `None` when there is no file of it.
#[must_use]
pub fn newest(dir: &Path, ago: u16, lines: usize) -> Option<Vec<String>> {
    let [newer, older] = names(dir, ago);
    let newer = fs::read(newer).ok()?;
    // A start that wrote little has one file.
    let text = [fs::read(older).unwrap_or_default(), newer].concat();
    let text = String::from_utf8_lossy(&text);
    let all: Vec<&str> = text.lines().collect();
    Some(all[all.len().saturating_sub(lines)..].iter().map(|line| (*line).to_owned()).collect())
}

impl LogWriter {
    /// Standard error alone.
    #[must_use]
    pub const fn standard_error() -> Self {
        Self(None)
    }

    /// A new start's file in `dir`, besides standard error; the oldest start's is removed.
    ///
    /// # Errors
    /// The disk fails.
    pub fn beside(dir: &Path) -> io::Result<Self> {
        for ago in (0..STARTS_MAX - 1).rev() {
            for (from, to) in names(dir, ago).iter().zip(names(dir, ago + 1)) {
                // A start that wrote little must not keep the half of the one before it.
                absent_is_fine(fs::remove_file(&to))?;
                absent_is_fine(fs::rename(from, to))?;
            }
        }
        let [newer, _] = names(dir, 0);
        let open = Open { dir: dir.to_owned(), file: create(&newer)?, bytes: 0 };
        Ok(Self(Some(Arc::new(Mutex::new(open)))))
    }
}

fn absent_is_fine(done: io::Result<()>) -> io::Result<()> {
    match done {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

fn create(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)
}

impl Open {
    fn keep(&mut self, line: &[u8]) -> io::Result<()> {
        let length = line.len() as u64;
        if self.bytes + length > FILE_BYTES_MAX {
            let [newer, older] = names(&self.dir, 0);
            fs::rename(&newer, older)?;
            self.file = create(&newer)?;
            self.bytes = 0;
        }
        self.file.write_all(line)?;
        self.bytes += length;
        Ok(())
    }
}

impl Write for LogWriter {
    /// Takes a whole line, as the subscriber hands it over.
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        if let Some(open) = &self.0 {
            // A full disk takes no line, and standard error still does.
            open.lock().unwrap_or_else(PoisonError::into_inner).keep(line).ok();
        }
        io::stderr().write_all(line)?;
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}

impl<'a> MakeWriter<'a> for LogWriter {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(log: &LogWriter, line: &str) {
        log.make_writer().write_all(format!("{line}\n").as_bytes()).unwrap();
    }

    #[test]
    fn the_logs_of_the_last_starts_are_told_apart_and_the_oldest_goes() {
        let dir = tempfile::tempdir().unwrap();
        for start in 0..6 {
            let log = LogWriter::beside(dir.path()).unwrap();
            write(&log, &format!("start {start}"));
            write(&log, "ready");
        }
        let told = |ago| newest(dir.path(), ago, 10);
        assert_eq!(told(0), Some(vec!["start 5".into(), "ready".into()]));
        assert_eq!(told(3), Some(vec!["start 2".into(), "ready".into()]));
        assert_eq!(told(4), None);
        assert_eq!(newest(dir.path(), 0, 1), Some(vec!["ready".into()]));
    }

    #[test]
    fn a_log_never_grows_past_its_two_files_and_keeps_the_newest() {
        let dir = tempfile::tempdir().unwrap();
        let log = LogWriter::beside(dir.path()).unwrap();
        let line = "x".repeat(1_023);
        let Some(open) = &log.0 else { panic!("no file") };
        for number in 0..1_000 {
            open.lock().unwrap().keep(format!("{line}{number}\n").as_bytes()).unwrap();
        }
        let bytes: u64 = fs::read_dir(dir.path()).unwrap().map(|entry| entry.unwrap().metadata().unwrap().len()).sum();
        assert!(bytes <= 2 * FILE_BYTES_MAX, "{bytes}");
        let told = newest(dir.path(), 0, 200).unwrap();
        assert_eq!(told.len(), 200);
        assert!(told[199].ends_with("999") && told[0].ends_with("800"));
        LogWriter::beside(dir.path()).unwrap();
        LogWriter::beside(dir.path()).unwrap();
        assert_eq!(newest(dir.path(), 1, 10), Some(Vec::new()), "a short start has nothing of the long one before");
    }
}
