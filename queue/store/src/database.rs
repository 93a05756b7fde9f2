use std::fs::{File, TryLockError};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use crate::error::OpenError;
use crate::sql::DatabaseError;
use crate::sqlite::Sqlite;

/// Schema steps, oldest first; the index plus one is the schema's number (`PRAGMA user_version`).
///
/// A step that is released is never edited. Change by expand and contract: one release adds the new column or table and
/// writes both, a later one stops reading the old, the one after that drops it. The table `schema_step` says for each
/// step the oldest schema a program must know to work on it, so that the program of the release before still runs on
/// the newest schema where it can, and going back is possible. (The first release does not look there: it refuses.)
const MIGRATIONS: &[&str] = &[
    include_str!("../migrations/0001_tickets_calls_events.sql"),
    include_str!("../migrations/0002_lines_steps_audit.sql"),
    include_str!("../migrations/0003_offline_help_devices.sql"),
    include_str!("../migrations/0004_access.sql"),
    include_str!("../migrations/0005_clinic_versions.sql"),
    include_str!("../migrations/0006_no_identity.sql"),
    include_str!("../migrations/0007_lighter_writes.sql"),
];

/// The first schema with a table `schema_step`.
const WITH_SCHEMA_STEPS: u32 = 2;

/// `PRAGMA application_id` of our databases: "TIEP".
const APPLICATION_ID: i32 = 0x5449_4550;

/// How long a statement waits for a lock somebody else holds, such as a backup.
const BUSY_TIMEOUT: Duration = Duration::from_secs(2);

/// Prepared statements a connection keeps: more than this crate has. With fewer, each write would be parsed anew.
const STATEMENTS_MAX: usize = 128;

/// Pages (of 4 KiB) in the log before a commit also brings them home and waits for the disk once more: with SQLite's own
/// 1,000 every thirtieth commit under load does, and everybody waits for it.
const WAL_PAGES: i64 = 8_192;

/// Holds the database against other processes; the kernel lets go when the process ends, however it ends.
#[derive(Debug)]
pub(crate) struct ProcessLock {
    _file: File,
}

impl ProcessLock {
    /// Takes the lock of the database at `path`: `flock` on the file `<path>.lock`, which stays.
    pub(crate) fn take(path: &Path) -> Result<Self, OpenError> {
        let lock_path = beside(path, ".lock");
        let failed = |source| OpenError::Lock { path: lock_path.clone(), source };
        let file =
            File::options().create(true).truncate(false).write(true).mode(OWN).open(&lock_path).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => Err(OpenError::InUse { path: path.to_owned() }),
            Err(TryLockError::Error(source)) => Err(failed(source)),
        }
    }
}

/// `path` with `ending` after its name.
pub(crate) fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

/// A file that is made is its owner's alone: marks of persons, hashes of keys and passwords are in it. SQLite gives the
/// same to what it puts beside it. What somebody has opened to others on purpose is left so.
const OWN: u32 = 0o600;

/// What the name of a database begins with that is no file's, as of one in memory (<https://sqlite.org/uri.html>).
const URI: &str = "file:";

/// Makes the file of a database that is not there. SQLite takes an empty file for a new database.
pub(crate) fn make_own(path: &Path) -> Result<(), OpenError> {
    if path.to_string_lossy().starts_with(URI) {
        return Ok(());
    }
    match File::options().create_new(true).write(true).mode(OWN).open(path) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        Err(source) => Err(OpenError::File { path: path.to_owned(), source }),
    }
}

/// Opens the writing connection: WAL, every commit synced, schema brought up to date.
pub(crate) fn open_writer(path: &Path) -> Result<Sqlite, OpenError> {
    let connection = open_current(path)?;
    // It is written into the file, so only after `migrate` has found the file to be ours.
    connection.pragma_update(None, "journal_mode", "WAL").map_err(DatabaseError::from)?;
    connection.pragma_update(None, "wal_autocheckpoint", WAL_PAGES).map_err(DatabaseError::from)?;
    Ok(Sqlite(connection))
}

/// Opens a database and brings its schema up to date; the journal stays as it is.
pub(crate) fn open_current(path: &Path) -> Result<Connection, OpenError> {
    make_own(path)?;
    let open = || -> rusqlite::Result<Connection> {
        let connection = Connection::open(path)?;
        connection.busy_timeout(BUSY_TIMEOUT)?;
        keep_statements(&connection)?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        // What is wiped is overwritten, not only forgotten.
        connection.pragma_update(None, "secure_delete", "ON")?;
        // What undoes a command is kept in memory, not in a file of its own for each transaction. It is at most the pages
        // that one transaction changes.
        connection.pragma_update(None, "temp_store", "MEMORY")?;
        // A step that makes a table anew drops the old one while others still point to it.
        connection.pragma_update(None, "foreign_keys", "OFF")?;
        Ok(connection)
    };
    let mut connection = open().map_err(DatabaseError::from)?;
    migrate(&mut connection, path)?;
    connection.pragma_update(None, "foreign_keys", "ON").map_err(DatabaseError::from)?;
    Ok(connection)
}

/// Prepares each statement once. Without the "query planner stability guarantee" SQLite looks at the parameters when it
/// weighs a partial index, and plans such a statement anew whenever they change: each time.
fn keep_statements(connection: &Connection) -> rusqlite::Result<()> {
    connection.set_prepared_statement_cache_capacity(STATEMENTS_MAX);
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).map(drop)
}

/// Opens a connection that can only read.
pub(crate) fn open_reader(path: &Path) -> Result<Sqlite, OpenError> {
    let open = || -> rusqlite::Result<Connection> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags)?;
        connection.busy_timeout(BUSY_TIMEOUT)?;
        keep_statements(&connection)?;
        Ok(connection)
    };
    Ok(Sqlite(open().map_err(DatabaseError::from)?))
}

/// What a file says of itself.
struct Found {
    schema: u32,
    application: i32,
    tables: i64,
    /// The oldest schema a program must know to work on it.
    opens_from: u32,
}

fn look(connection: &Connection) -> rusqlite::Result<Found> {
    let schema: u32 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let application: i32 = connection.pragma_query_value(None, "application_id", |row| row.get(0))?;
    let tables: i64 = connection.query_row("SELECT count(*) FROM sqlite_schema", (), |row| row.get(0))?;
    let opens_from = if schema >= WITH_SCHEMA_STEPS && application == APPLICATION_ID {
        connection.query_row("SELECT coalesce(max(opens_from), 0) FROM schema_step", (), |row| row.get(0))?
    } else {
        schema
    };
    Ok(Found { schema, application, tables, opens_from })
}

fn migrate(connection: &mut Connection, path: &Path) -> Result<(), OpenError> {
    let known = u32::try_from(MIGRATIONS.len()).unwrap_or(u32::MAX);
    let begin = |connection: &mut Connection| {
        // Not a `Transaction`: what fails below leaves the connection to be closed, which undoes it.
        connection.execute_batch("BEGIN IMMEDIATE")?;
        look(connection)
    };
    let found = begin(connection).map_err(DatabaseError::from)?;
    let fresh = found.schema == 0 && found.application == 0 && found.tables == 0;
    if !fresh && found.application != APPLICATION_ID {
        return Err(OpenError::Foreign { path: path.to_owned(), found: found.application });
    }
    if found.opens_from > known {
        return Err(OpenError::TooNew { found: found.schema, known });
    }
    let steps = MIGRATIONS.iter().skip(usize::try_from(found.schema).unwrap_or(usize::MAX));
    let apply = || -> rusqlite::Result<()> {
        for step in steps {
            connection.execute_batch(step)?;
        }
        connection.pragma_update(None, "application_id", APPLICATION_ID)?;
        connection.pragma_update(None, "user_version", known.max(found.schema))?;
        connection.execute_batch("COMMIT")
    };
    Ok(apply().map_err(DatabaseError::from)?)
}

#[cfg(test)]
mod tests {
    use rusqlite::StatementStatus;

    use super::*;

    #[test]
    fn every_commit_is_synced_and_foreign_keys_hold() {
        let dir = tempfile::tempdir().unwrap();
        let Sqlite(connection) = open_writer(&dir.path().join("queue.db")).unwrap();
        let pragma = |name| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0)).unwrap();
        assert_eq!((pragma("synchronous"), pragma("foreign_keys")), (2, 1));
        assert_eq!(usize::try_from(pragma("user_version")), Ok(MIGRATIONS.len()));
        let mode: String = connection.pragma_query_value(None, "journal_mode", |row| row.get(0)).unwrap();
        assert_eq!(mode, "wal");
    }

    #[test]
    fn a_statement_is_planned_once_whatever_its_parameters() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("queue.db");
        let Sqlite(writer) = open_writer(&path).unwrap();
        let Sqlite(reader) = open_reader(&path).unwrap();
        for connection in [writer, reader] {
            let text = "SELECT id FROM ticket WHERE day = ?1 AND room = ?2 AND (state = 'called' OR state = 'in_room')";
            let mut statement = connection.prepare(text).unwrap();
            for room in ["p205", "p206", "p207"] {
                statement.query(["2026-11-23", room]).unwrap().next().unwrap();
            }
            assert_eq!(statement.get_status(StatementStatus::RePrepare), 0);
        }
    }

    #[test]
    fn a_number_is_written_without_a_table_in_memory() {
        let dir = tempfile::tempdir().unwrap();
        let Sqlite(connection) = open_writer(&dir.path().join("queue.db")).unwrap();
        for insert in [&crate::issue::TICKET, &crate::events::EVENT, &crate::audit::AUDIT] {
            let mut explained = connection.prepare(&format!("EXPLAIN {}", insert.text)).unwrap();
            let nothing = vec![rusqlite::types::Null; insert.columns.len()];
            let words: Vec<String> = explained
                .query_map(rusqlite::params_from_iter(nothing), |row| row.get("opcode"))
                .unwrap()
                .collect::<rusqlite::Result<_>>()
                .unwrap();
            assert!(words.contains(&"Insert".to_owned()) || words.contains(&"IdxInsert".to_owned()), "{words:?}");
            assert!(!words.contains(&"OpenEphemeral".to_owned()), "{}: {words:?}", insert.table);
        }
    }

    #[test]
    fn a_condition_of_an_index_is_known_again() {
        let dir = tempfile::tempdir().unwrap();
        let Sqlite(connection) = open_writer(&dir.path().join("queue.db")).unwrap();
        let asked = [
            ("ticket_aside", concat!("at_service = ?2 AND ", crate::rows::is_aside!())),
            ("ticket_at_room", concat!("room = ?2 AND ", crate::rows::is_at_room!())),
            ("ticket_person", concat!("at_service = ?2 AND person = ?3 AND ", crate::rows::is_live!(""))),
        ];
        for (index, what) in asked {
            let text = format!("EXPLAIN QUERY PLAN SELECT id FROM ticket WHERE day = ?1 AND {what}");
            let mut statement = connection.prepare(&text).unwrap();
            let nothing = vec![rusqlite::types::Null; statement.parameter_count()];
            let plan: String =
                statement.query_row(rusqlite::params_from_iter(nothing), |row| row.get("detail")).unwrap();
            assert!(plan.contains(index), "{plan}");
        }
    }

    #[test]
    fn what_is_made_is_its_owners_alone() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let (path, copy) = (dir.path().join("queue.db"), dir.path().join("copy.db"));
        let _lock = ProcessLock::take(&path).unwrap();
        let _writer = open_writer(&path).unwrap();
        crate::backup(&path, &copy).unwrap();
        let made: Vec<_> = std::fs::read_dir(dir.path()).unwrap().map(Result::unwrap).collect();
        assert_eq!(made.len(), 5, "database, log, index of the log, lock and copy: {made:?}");
        for file in made {
            assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{file:?}");
        }
        std::fs::set_permissions(&copy, std::fs::Permissions::from_mode(0o640)).unwrap();
        drop(open_current(&copy).unwrap());
        assert_eq!(std::fs::metadata(&copy).unwrap().permissions().mode() & 0o777, 0o640, "left as somebody made it");
    }

    #[test]
    fn a_database_in_memory_leaves_no_file() {
        let name = Path::new("file:leaves-no-file?mode=memory&cache=shared");
        drop(open_current(name).unwrap());
        assert!(!name.exists());
    }

    #[test]
    fn a_reader_cannot_write() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("queue.db");
        drop(open_writer(&path).unwrap());
        assert!(open_reader(&path).unwrap().0.execute("DELETE FROM event", ()).is_err());
    }

    #[test]
    fn a_later_schema_is_opened_only_if_it_says_that_this_program_may() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("queue.db");
        drop(open_writer(&path).unwrap());
        let later = |step: i64, opens_from: i64| {
            let raw = Connection::open(&path).unwrap();
            raw.execute("INSERT INTO schema_step VALUES (?1, 'later', ?2)", [step, opens_from]).unwrap();
            raw.pragma_update(None, "user_version", step).unwrap();
        };
        let newest = u32::try_from(MIGRATIONS.len()).unwrap();
        later((newest + 1).into(), newest.into());
        drop(open_writer(&path).unwrap());
        later((newest + 2).into(), (newest + 1).into());
        let refused = open_writer(&path);
        assert!(matches!(refused, Err(OpenError::TooNew { found, known }) if (found, known) == (newest + 2, newest)));
    }
}
