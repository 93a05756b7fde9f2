//! What `queuectl` does with devices, keys and accounts.

use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::{Args, Subcommand};
use queue_client::{ClientError, Credentials, KeyFile, QueueClient, write_key};
use queue_protocol::model::{DeviceId, DeviceRole, RoomId, StaffRole, UserName};
use queue_protocol::v1::{LogIn, NewCode, NewStaff, SetPassword};

use crate::print;

/// Longest file with a password, in bytes.
const PASSWORD_FILE_BYTES_MAX: u64 = 2_048;

/// Who asks.
#[derive(Args)]
pub struct Identity {
    /// A file with a device's key, as `enrol` writes it.
    #[arg(long, conflicts_with = "user")]
    key_file: Option<PathBuf>,
    /// The certificate of the CA that an https service is trusted by, in PEM.
    #[arg(long)]
    ca_file: Option<PathBuf>,
    /// Log in as this person, for this one command.
    #[arg(long, requires = "password_file")]
    user: Option<UserName>,
    /// A file with their password; `-` reads standard input.
    #[arg(long, requires = "user")]
    password_file: Option<PathBuf>,
}

impl Identity {
    /// The device's key and the CA.
    pub fn credentials(&self) -> anyhow::Result<Credentials> {
        Ok(Credentials::read(self.key_file.as_deref(), self.ca_file.as_deref())?)
    }

    /// Logs in, if a person asks.
    pub async fn log_in(&self, client: &QueueClient) -> anyhow::Result<Option<QueueClient>> {
        let (Some(user), Some(path)) = (&self.user, &self.password_file) else {
            return Ok(None);
        };
        let asked = LogIn { user: user.clone(), password: password(path)? };
        Ok(Some(client.log_in(&asked).await.with_context(|| format!("user {user}"))?))
    }
}

fn password(path: &Path) -> anyhow::Result<String> {
    let mut text = String::new();
    if path == Path::new("-") {
        std::io::stdin().take(PASSWORD_FILE_BYTES_MAX).read_to_string(&mut text).context("standard input")?;
    } else {
        let file = std::fs::File::open(path).with_context(|| format!("password file {}", path.display()))?;
        file.take(PASSWORD_FILE_BYTES_MAX).read_to_string(&mut text).with_context(|| path.display().to_string())?;
    }
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}

#[derive(Subcommand)]
pub enum AccessCommand {
    /// Shows a code and writes the key it stands for into a file. Exits with 3 when the code can never work.
    Enrol {
        /// The code, such as 7KQM-2RTX.
        #[arg(long, required_unless_present = "code_file", conflicts_with = "code_file")]
        code: Option<String>,
        /// A file with the code and nothing else, so that no list of processes shows it; `-` reads standard input.
        #[arg(long)]
        code_file: Option<PathBuf>,
        /// Where the key goes; only its owner can read it.
        #[arg(long)]
        to: PathBuf,
    },
    /// Puts another key into the file of the key that asks.
    RotateKey {
        /// Where the key goes.
        #[arg(long)]
        to: PathBuf,
    },
    /// Devices and their keys; for administrators.
    #[command(subcommand)]
    Device(DeviceCommand),
    /// People who may log in; for administrators.
    #[command(subcommand)]
    Staff(StaffCommand),
}

#[derive(Subcommand)]
pub enum DeviceCommand {
    /// Lists all devices that ever had a key.
    List,
    /// Makes a code by which one device gets a key.
    Code {
        /// The device; a kiosk's has the kiosk's id.
        #[arg(long)]
        device: DeviceId,
        /// kiosk, display or room.
        #[arg(long)]
        role: DeviceRole,
        /// The room it calls into, with the role room.
        #[arg(long)]
        room: Option<RoomId>,
    },
    /// Ends a device's key.
    Revoke {
        /// The device.
        #[arg(long)]
        device: DeviceId,
    },
}

#[derive(Subcommand)]
pub enum StaffCommand {
    /// Lists all people who may log in, or could.
    List,
    /// Opens an account.
    Add {
        /// Their name in the service.
        #[arg(long)]
        name: UserName,
        /// nurse, administrator or statistics.
        #[arg(long)]
        role: StaffRole,
        /// A room they work in, may be given several times; with the role nurse.
        #[arg(long = "room")]
        rooms: Vec<RoomId>,
        /// A file with their password.
        #[arg(long)]
        new_password_file: PathBuf,
    },
    /// Sets a password, and opens an account that is closed or locked.
    Password {
        /// Whose.
        #[arg(long)]
        name: UserName,
        /// A file with the password.
        #[arg(long)]
        new_password_file: PathBuf,
    },
    /// Closes an account.
    Close {
        /// Whose.
        #[arg(long)]
        name: UserName,
    },
}

/// The service knows the code for no good.
#[derive(Debug, thiserror::Error)]
#[error("the code is refused")]
pub struct CodeRefused(#[source] ClientError);

fn refused(error: ClientError) -> anyhow::Error {
    let is_final = matches!(&error, ClientError::Problem(problem) if matches!(problem.status, 401 | 422));
    if is_final { CodeRefused(error).into() } else { error.into() }
}

impl AccessCommand {
    pub async fn run(self, client: &QueueClient) -> anyhow::Result<()> {
        match self {
            Self::Enrol { code, code_file, to } => {
                let code = match (code, code_file) {
                    (Some(code), _) => code,
                    (None, Some(file)) => password(&file)?,
                    (None, None) => String::new(),
                };
                // A code is used up by asking: its key must have a place first.
                let place = KeyFile::prepare(&to)?;
                let enrolled = client.enrol(code.trim()).await.map_err(refused)?;
                place.keep(&enrolled.key)?;
                print(&enrolled.device)
            }
            Self::RotateKey { to } => Ok(write_key(&to, &client.rotate_key().await?.key)?),
            Self::Device(command) => command.run(client).await,
            Self::Staff(command) => command.run(client).await,
        }
    }
}

impl DeviceCommand {
    async fn run(self, client: &QueueClient) -> anyhow::Result<()> {
        match self {
            Self::List => print(&client.devices().await?),
            Self::Code { device, role, room } => print(&client.new_code(&NewCode { device, role, room }).await?),
            Self::Revoke { device } => Ok(client.revoke_device(&device).await?),
        }
    }
}

impl StaffCommand {
    async fn run(self, client: &QueueClient) -> anyhow::Result<()> {
        match self {
            Self::List => print(&client.staff().await?),
            Self::Add { name, role, rooms, new_password_file } => {
                let password = password(&new_password_file)?;
                print(&client.add_staff(&NewStaff { user: name, role, rooms, password }).await?)
            }
            Self::Password { name, new_password_file } => {
                Ok(client.set_password(&name, &SetPassword { password: password(&new_password_file)? }).await?)
            }
            Self::Close { name } => Ok(client.close_staff(&name).await?),
        }
    }
}
