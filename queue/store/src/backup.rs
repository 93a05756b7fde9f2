//! Copies of a SQLite database, made while the service runs, and back again.

use std::fs::File;
use std::path::{Path, PathBuf};

use rusqlite::Connection;

use crate::database::{ProcessLock, beside, make_own, open_current, open_reader};
use crate::error::OpenError;
use crate::sql::DatabaseError;

/// Why a copy was not made.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// There is a file already where the copy was to be.
    #[error("{} is there already", .path.display())]
    AlreadyThere {
        /// The file.
        path: PathBuf,
    },
    /// The copy has damage.
    #[error("{} is damaged: {}", .path.display(), .report)]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What SQLite says.
        report: String,
    },
    /// A database cannot be opened, or is in use.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The database failed.
    #[error("the copy failed")]
    Database(#[from] DatabaseError),
    /// The file system failed.
    #[error("cannot write {}", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
}

impl From<rusqlite::Error> for BackupError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Database(error.into())
    }
}

/// Copies the database at `database` to `copy`: one moment of it, whole, while a service writes to it. `copy` appears
/// when it is complete, without damage and on disk.
///
/// The copy's event log has an identity of its own: displays take a whole board when it is served.
///
/// # Errors
/// [`BackupError`]; a file at `copy` is left alone.
pub fn backup(database: &Path, copy: &Path) -> Result<(), BackupError> {
    let source = open_reader(database)?;
    copy_to(&source.0, copy)
}

/// Puts the copy at `copy` in place of a database that is not there: move the old one away first, with its `-wal` and
/// `-shm`. A copy of an older release is brought up to date.
///
/// # Errors
/// [`BackupError`]; the copy is left alone.
pub fn restore(copy: &Path, database: &Path) -> Result<(), BackupError> {
    let _lock = ProcessLock::take(database)?;
    for ending in ["", "-wal", "-shm"] {
        let path = beside(database, ending);
        if path.exists() {
            return Err(BackupError::AlreadyThere { path });
        }
    }
    let source = open_reader(copy)?;
    verify(&source.0, copy)?;
    copy_to(&source.0, database)
}

fn copy_to(source: &Connection, copy: &Path) -> Result<(), BackupError> {
    let unfinished = beside(copy, ".unfinished");
    for path in [copy, &unfinished] {
        if path.exists() {
            return Err(BackupError::AlreadyThere { path: path.to_owned() });
        }
    }
    let written = write_copy(source, &unfinished).and_then(|()| put_in_place(&unfinished, copy));
    if written.is_err() {
        // What is half there is nobody's copy; it may not be there at all.
        std::fs::remove_file(&unfinished).ok();
    }
    written
}

fn write_copy(source: &Connection, unfinished: &Path) -> Result<(), BackupError> {
    let name = unfinished.to_string_lossy();
    make_own(unfinished)?;
    source.execute("VACUUM INTO ?1", [name.as_ref()])?;
    let copy = open_current(unfinished)?;
    copy.execute("UPDATE log_identity SET id = random()", ())?;
    verify(&copy, unfinished)
}

/// Every page, index and reference of a copy.
fn verify(copy: &Connection, path: &Path) -> Result<(), BackupError> {
    let damaged = |report| Err(BackupError::Damaged { path: path.to_owned(), report });
    let report: String = copy.query_row("PRAGMA integrity_check", (), |row| row.get(0))?;
    if report != "ok" {
        return damaged(report);
    }
    let broken: i64 = copy.query_row("SELECT count(*) FROM pragma_foreign_key_check", (), |row| row.get(0))?;
    if broken != 0 {
        return damaged(format!("{broken} rows point nowhere"));
    }
    Ok(())
}

fn put_in_place(unfinished: &Path, copy: &Path) -> Result<(), BackupError> {
    let failed = |source| BackupError::File { path: copy.to_owned(), source };
    File::open(unfinished).and_then(|file| file.sync_all()).map_err(failed)?;
    std::fs::rename(unfinished, copy).map_err(failed)?;
    // The name is on disk when its folder is.
    let folder = copy.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed)
}
