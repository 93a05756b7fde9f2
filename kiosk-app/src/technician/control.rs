//! The control socket: one JSON object in a line, one back. Only the kiosk's user and root can open it.

use std::fs::{self, Permissions};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::{Ask, Technician, failed};

/// Longest question, in bytes.
const QUESTION_BYTES_MAX: u64 = 4_096;
/// How long a client may take to ask, and to take its answer.
const CLIENT_WAIT: Duration = Duration::from_secs(5);

/// Why there is no control socket.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on the control socket {}", path.display())]
pub struct ControlError {
    path: PathBuf,
    #[source]
    source: io::Error,
}

/// The open socket. One client at a time: a technician's questions wait for each other.
#[derive(Debug)]
pub struct ControlSocket {
    listener: UnixListener,
}

impl ControlSocket {
    /// Listens at `path`. What an earlier run left there is removed; the journal's lock keeps two kiosks apart.
    ///
    /// # Errors
    /// [`ControlError`].
    pub fn open(path: &Path) -> Result<Self, ControlError> {
        let refused = |source| ControlError { path: path.to_owned(), source };
        match fs::remove_file(path) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(refused(error)),
        }
        let listener = UnixListener::bind(path).map_err(refused)?;
        fs::set_permissions(path, Permissions::from_mode(0o600)).map_err(refused)?;
        Ok(Self { listener })
    }

    /// Answers until the process ends.
    pub fn serve(&self, technician: &Technician) {
        for client in self.listener.incoming() {
            let answered = client.and_then(|client| answer(&client, technician));
            if let Err(error) = answered {
                tracing::debug!("a client of the control socket went away: {error}");
            }
        }
    }
}

fn answer(client: &UnixStream, technician: &Technician) -> io::Result<()> {
    client.set_read_timeout(Some(CLIENT_WAIT))?;
    client.set_write_timeout(Some(CLIENT_WAIT))?;
    let mut question = zeroize::Zeroizing::new(String::new());
    BufReader::new(client).take(QUESTION_BYTES_MAX).read_line(&mut question)?;
    let answer = match serde_json::from_str::<Ask>(&question) {
        Ok(ask) => technician.answer(ask),
        // What was asked is not repeated: a PIN may be in it.
        Err(_) => failed("not_understood"),
    };
    let mut client = client;
    client.write_all(format!("{answer}\n").as_bytes())
}
