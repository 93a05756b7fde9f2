//! What `queuectl` does with the database of a service on its own machine: it runs the `queue-service` that knows how.

use std::ffi::OsString;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context;
use clap::Subcommand;

/// The program that has the database.
const SERVICE: &str = "queue-service";

#[derive(Subcommand)]
pub enum MachineCommand {
    /// Copies a SQLite database on this machine; a service may be running on it. The same as `queue-service backup`. A
    /// PostgreSQL database is copied by pg_dump.
    Backup {
        /// The database.
        #[arg(long)]
        database: PathBuf,
        /// The copy; it must not be there.
        #[arg(long)]
        to: PathBuf,
    },
    /// Puts a copy in the place of a SQLite database that was moved away. The same as `queue-service restore`.
    Restore {
        /// The copy.
        #[arg(long)]
        from: PathBuf,
        /// The database; it must not be there.
        #[arg(long)]
        database: PathBuf,
    },
}

impl MachineCommand {
    /// Becomes the program that does it, the one beside `own` if there is one; comes back only when there is none.
    pub fn run(self, own: Option<&Path>) -> anyhow::Result<()> {
        let words: Vec<OsString> = match self {
            Self::Backup { database, to } => {
                vec!["backup".into(), "--database".into(), database.into(), "--to".into(), to.into()]
            }
            Self::Restore { from, database } => {
                vec!["restore".into(), "--from".into(), from.into(), "--database".into(), database.into()]
            }
        };
        let program = program(own);
        let failed = Command::new(&program).args(words).exec();
        Err(failed).with_context(|| format!("{}: on the machine that has the database", program.display()))
    }
}

/// The one that was installed with this program, or any that the system knows.
fn program(own: Option<&Path>) -> PathBuf {
    let beside = own.and_then(Path::parent).map(|folder| folder.join(SERVICE));
    beside.filter(|path| path.is_file()).unwrap_or_else(|| PathBuf::from(SERVICE))
}
