//! A private PC/SC service for one test: `pcscd` without privileges, with its own socket and its own virtual readers.

use std::ffi::OsStr;
use std::fs::{self, Permissions};
use std::io::{self, Read};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::os::fd::OwnedFd;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// Where Debian's packages `pcscd` and `vsmartcard-vpcd` put them.
const PROGRAM: &str = "/usr/sbin/pcscd";
const DRIVER: &str = "/usr/lib/pcsc/drivers/serial/libifdvpcd.so";

/// The service's own folder. It does not start without it, though it needs nothing in it. A machine whose systemd knows
/// `pcscd.socket` has it.
const RUN_FOLDER: &str = "/run/pcscd";

/// Longest wait for the virtual readers' ports.
const READY_MAX: Duration = Duration::from_secs(30);

/// Between two looks at a port that is not there yet.
const LOOK: Duration = Duration::from_millis(10);

/// Tries to find two free neighbouring ports.
const PORT_TRIES_MAX: usize = 100;

/// The user without rights on every Debian system.
const NOBODY: &str = "65534";

/// Hands the listening socket over as systemd does: the service takes file descriptor 3 when `LISTEN_PID` is its own.
/// The socket comes as standard input, because that is the only way to pass one without unsafe code.
const START: &str = "LISTEN_FDS=1 LISTEN_PID=$$ exec \"$@\" 3<&0 0</dev/null";

/// Why there is no service.
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    /// A package is missing.
    #[error("{} is missing: install pcscd and vsmartcard-vpcd", .0.display())]
    Missing(PathBuf),
    /// Only root can make the service's folder.
    #[error("{RUN_FOLDER} is missing, and pcscd does not start without it: as root, mkdir {RUN_FOLDER}")]
    NoRunFolder(#[source] io::Error),
    /// The system refused.
    #[error("cannot prepare or start the service")]
    Io(#[from] io::Error),
    /// No two neighbouring ports were free.
    #[error("found no two free ports beside each other in {PORT_TRIES_MAX} tries")]
    NoPorts,
    /// It ended or did not open its ports.
    #[error("the service did not come up within {} s; it said: {said}", READY_MAX.as_secs())]
    NotReady {
        /// The end of its log.
        said: String,
    },
}

/// A running service. Dropping it ends the process.
///
/// Clients find it by `PCSCLITE_CSOCK_NAME` in their environment, which libpcsclite reads once in a process.
#[derive(Debug)]
pub struct PrivateService {
    folder: PathBuf,
    port: u16,
    child: Child,
}

impl PrivateService {
    /// Starts a service in `folder`, which must be empty and may be entered by everybody, and waits until its two
    /// virtual readers listen.
    ///
    /// # Errors
    /// [`ServiceError`]: what is missing or went wrong, with the service's own words.
    pub fn start(folder: &Path) -> Result<Self, ServiceError> {
        Self::start_with_reader(folder, "Virtual PCD")
    }

    /// The same with readers of another name, as after somebody has put another maker's reader in the place of the first.
    ///
    /// # Errors
    /// As [`PrivateService::start`].
    pub fn start_with_reader(folder: &Path, reader: &str) -> Result<Self, ServiceError> {
        for needed in [PROGRAM, DRIVER] {
            if !Path::new(needed).exists() {
                return Err(ServiceError::Missing(needed.into()));
            }
        }
        ensure_run_folder()?;
        let port = two_free_ports()?;
        write_configuration(folder, reader, port)?;
        let listener = listen(&folder.join("pcscd.comm"))?;
        let child = command(folder, listener)?.spawn()?;
        let mut service = Self { folder: folder.to_owned(), port, child };
        service.wait_until_ready()?;
        Ok(service)
    }

    /// The socket for `PCSCLITE_CSOCK_NAME`.
    #[must_use]
    pub fn socket(&self) -> PathBuf {
        self.folder.join("pcscd.comm")
    }

    /// Where a card is served: the first virtual reader, or the second.
    #[must_use]
    pub const fn port(&self, slot: Slot) -> SocketAddr {
        let port = match slot {
            Slot::First => self.port,
            Slot::Second => self.port + 1,
        };
        SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), port)
    }

    /// Its process.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Lever: ends the service at once, as when it crashes. Its socket stays, with nobody behind it.
    pub fn crash(&mut self) {
        // It may have ended by itself; then there is nothing to do.
        let _ended = self.child.kill();
        let _status = self.child.wait();
    }

    fn wait_until_ready(&mut self) -> Result<(), ServiceError> {
        let deadline = Instant::now() + READY_MAX;
        while Instant::now() < deadline {
            // A connection is a card for a moment; on the second reader it disturbs nobody.
            if TcpStream::connect(self.port(Slot::Second)).is_ok() {
                return Ok(());
            }
            if self.child.try_wait()?.is_some() {
                break;
            }
            thread::park_timeout(LOOK);
        }
        let mut said = String::new();
        let _read = fs::File::open(self.folder.join("log"))?.read_to_string(&mut said);
        Err(ServiceError::NotReady { said })
    }
}

impl Drop for PrivateService {
    fn drop(&mut self) {
        self.crash();
    }
}

/// The virtual readers of the driver.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Slot {
    /// The first.
    First,
    /// The second.
    Second,
}

fn ensure_run_folder() -> Result<(), ServiceError> {
    match fs::create_dir(RUN_FOLDER) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        // As a user; no error when it is there all the same.
        Err(_) if Path::new(RUN_FOLDER).is_dir() => Ok(()),
        Err(error) => Err(ServiceError::NoRunFolder(error)),
    }
}

/// The driver opens a port and the next one. Somebody else may take them before it does; then the service does not
/// come up and says so.
fn two_free_ports() -> Result<u16, ServiceError> {
    for _ in 0..PORT_TRIES_MAX {
        let first = TcpListener::bind((Ipv4Addr::UNSPECIFIED, 0))?;
        let port = first.local_addr()?.port();
        let Some(next) = port.checked_add(1) else { continue };
        if TcpListener::bind((Ipv4Addr::UNSPECIFIED, next)).is_ok() {
            return Ok(port);
        }
    }
    Err(ServiceError::NoPorts)
}

fn write_configuration(folder: &Path, reader: &str, port: u16) -> io::Result<()> {
    let readers = folder.join("reader.conf.d");
    fs::create_dir(&readers)?;
    let reader =
        format!("FRIENDLYNAME \"{reader}\"\nDEVICENAME /dev/null:{port}\nLIBPATH {DRIVER}\nCHANNELID {port}\n");
    fs::write(readers.join("vpcd"), reader)?;
    for path in [folder, &readers] {
        fs::set_permissions(path, Permissions::from_mode(0o755))?;
    }
    Ok(())
}

fn listen(socket: &Path) -> io::Result<UnixListener> {
    let listener = UnixListener::bind(socket)?;
    fs::set_permissions(socket, Permissions::from_mode(0o666))?;
    Ok(listener)
}

fn command(folder: &Path, listener: UnixListener) -> io::Result<Command> {
    let log = fs::File::create(folder.join("log"))?;
    let mut command = Command::new("sh");
    command.args(["-c", START, "sh", "setpriv", "--pdeathsig", "KILL"]);
    if rustix::process::geteuid().is_root() {
        command.args(["--reuid", NOBODY, "--regid", NOBODY, "--clear-groups"]);
    }
    command.args([PROGRAM, "--foreground", "--info", "--config"]).arg(folder.join("reader.conf.d"));
    if has_polkit()? {
        command.arg("--disable-polkit");
    }
    command.stdin(Stdio::from(OwnedFd::from(listener))).stdout(log.try_clone()?).stderr(log);
    // Nothing of the caller's own service settings.
    command.env_remove("PCSCLITE_CSOCK_NAME");
    Ok(command)
}

/// Services built with polkit (Debian 13) refuse clients without a login session unless told otherwise.
fn has_polkit() -> io::Result<bool> {
    let help = Command::new(PROGRAM).arg("--help").stdin(Stdio::null()).output()?;
    let wanted = OsStr::new("--disable-polkit").as_encoded_bytes();
    Ok([help.stdout, help.stderr].iter().any(|text| text.windows(wanted.len()).any(|window| window == wanted)))
}
