//! What is done on the machine itself, where no login is needed: the first administrator, codes for devices.

use std::io::{BufRead, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::Context;
use clap::{Args, Subcommand};
use queue_core::Clinic;
use queue_protocol::model::{DeviceId, DeviceRole, RoomId, Staff, StaffRole, UnixMillis, UserName};
use queue_protocol::v1::NewCode;
use queue_service::{hash_password, new_enrolment};
use queue_store::{By, NewStaffRow, OnMachine, PostgresAddress, Store};
use rustix::termios::{LocalModes, OptionalActions, isatty, tcgetattr, tcsetattr};

/// Which database.
#[derive(Args)]
pub struct Place {
    /// The SQLite database; made when absent. A service may be running on it.
    #[arg(long, required_unless_present = "postgres")]
    database: Option<PathBuf>,
    /// A PostgreSQL database instead.
    #[arg(long, conflicts_with = "database")]
    postgres: Option<PostgresAddress>,
}

impl Place {
    /// A SQLite database.
    pub fn sqlite(path: PathBuf) -> Self {
        Self { database: Some(path), postgres: None }
    }

    /// Whether it is a SQLite database that nobody has made.
    pub fn is_missing(&self) -> bool {
        self.database.as_ref().is_some_and(|path| !path.exists())
    }

    /// Opens it as a service does: alone, if it is SQLite's.
    pub fn store(&self, seed: Arc<Clinic>) -> anyhow::Result<Store> {
        match (&self.database, &self.postgres) {
            (Some(path), _) => Store::open(path, seed).with_context(|| format!("database {}", path.display())),
            (None, Some(address)) => {
                Store::connect(address.clone(), seed).with_context(|| format!("database {address:?}"))
            }
            (None, None) => anyhow::bail!("expected --database or --postgres"),
        }
    }

    pub fn open(&self) -> anyhow::Result<OnMachine> {
        match (&self.database, &self.postgres) {
            (Some(path), _) => OnMachine::open(path).with_context(|| format!("database {}", path.display())),
            (None, Some(address)) => OnMachine::connect(address).with_context(|| format!("database {address:?}")),
            (None, None) => anyhow::bail!("expected --database or --postgres"),
        }
    }
}

#[derive(Subcommand)]
pub enum AdminCommand {
    /// Opens an administrator's account. The password is read from standard input.
    Create {
        #[command(flatten)]
        place: Place,
        /// The administrator's name: a-z, 0-9 and -.
        #[arg(long)]
        user: UserName,
    },
    /// Sets anybody's password, and opens an account that is closed or locked. It is read from standard input.
    Password {
        #[command(flatten)]
        place: Place,
        /// Whose.
        #[arg(long)]
        user: UserName,
    },
}

#[derive(Subcommand)]
pub enum DeviceCommand {
    /// Prints a code by which one device gets a key: `queuectl enrol --code … --to …`.
    Code {
        #[command(flatten)]
        place: Place,
        /// The device: a-z, 0-9 and -. A kiosk's has the kiosk's id.
        #[arg(long)]
        device: DeviceId,
        /// kiosk, display or room.
        #[arg(long)]
        role: DeviceRole,
        /// The room it calls into, with the role room.
        #[arg(long)]
        room: Option<RoomId>,
    },
}

impl AdminCommand {
    pub fn run(&self) -> anyhow::Result<()> {
        match self {
            Self::Create { place, user } => {
                let staff = Staff { user: user.clone(), role: StaffRole::Administrator, rooms: Vec::new() };
                let new = NewStaffRow { staff, password: hash_password(&read_password()?)? };
                Ok(place.open()?.add_staff(&new, &by())?)
            }
            Self::Password { place, user } => {
                Ok(place.open()?.set_password(user, &hash_password(&read_password()?)?, &by())?)
            }
        }
    }
}

impl DeviceCommand {
    pub fn run(&self) -> anyhow::Result<()> {
        let Self::Code { place, device, role, room } = self;
        let asked = NewCode { device: device.clone(), role: *role, room: room.clone() };
        let by = by();
        let (code, enrolment) = new_enrolment(asked, by.at)?;
        place.open()?.add_code(&enrolment, &by)?;
        writeln!(std::io::stdout(), "{code}").context("standard output")
    }
}

/// The audit names the machine: who may write its database may do anything.
pub fn by() -> By {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    By { actor: "machine".into(), at: UnixMillis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX)) }
}

/// One line of standard input; a terminal does not show it.
fn read_password() -> anyhow::Result<String> {
    let input = std::io::stdin();
    let terminal = isatty(&input).then(|| tcgetattr(&input)).transpose().context("terminal")?;
    if let Some(shown) = &terminal {
        let mut hidden = shown.clone();
        hidden.local_modes.remove(LocalModes::ECHO);
        tcsetattr(&input, OptionalActions::Now, &hidden).context("terminal")?;
        write!(std::io::stderr(), "Password: ").context("standard error")?;
    }
    let mut line = String::new();
    let read = input.lock().read_line(&mut line);
    if let Some(shown) = &terminal {
        tcsetattr(&input, OptionalActions::Now, shown).context("terminal")?;
        writeln!(std::io::stderr()).context("standard error")?;
    }
    read.context("standard input")?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}
