//! Every device of the demo gets a key as a hospital's do: a code from the machine, shown once.

use std::ffi::OsString;
use std::fs::File;
use std::io::Write;
use std::net::SocketAddr;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use super::binaries::Binaries;
use super::clinic;
use super::queue::{DISPLAY, KIOSK, Keys, Queue};
use super::stack::ZONE;
use crate::timed_process;

/// How long the service's program may take to make one code, on a slow and busy machine.
const CODE_WITHIN: Duration = Duration::from_secs(60);

/// Where the key of `device` is below `dir`.
#[must_use]
pub fn key_file(dir: &Path, device: &str) -> PathBuf {
    dir.join(format!("{device}.key"))
}

/// Enrols the kiosk, the display and each room of the zone with the service at `addr`, whose database `store` names as
/// its options do. The keys are kept in `dir`.
pub fn enrol_all(dir: &Path, binaries: &Binaries, addr: SocketAddr, store: &[OsString; 2]) -> Result<Keys> {
    let mut queue = Queue::new(addr, Keys::default());
    let mut devices = vec![(KIOSK.to_owned(), "kiosk"), (DISPLAY.to_owned(), "display")];
    devices.extend(clinic::rooms(ZONE)?.into_iter().map(|room| (room.id.to_string(), "room")));
    for (device, role) in devices {
        let code = code(dir, binaries, store, &device, role).with_context(|| format!("no code for {device}"))?;
        write_key(&key_file(dir, &device), &queue.enrol(&code)?)?;
    }
    Ok(queue.into_keys())
}

/// A code of the service whose database is `store`, by which `device` gets a key: good for half an hour and one use.
///
/// # Errors
/// The service's program failed; it has said why.
pub fn code(dir: &Path, binaries: &Binaries, store: &[OsString; 2], device: &str, role: &str) -> Result<String> {
    let written = dir.join("code");
    let mut command = Command::new(binaries.path("queue-service"));
    command.args(["device", "code", "--device", device, "--role", role]).args(store);
    if role == "room" {
        command.args(["--room", device]);
    }
    command.stdout(File::create(&written)?);
    timed_process::run(&mut command, CODE_WITHIN)?;
    let code = std::fs::read_to_string(&written)?;
    std::fs::remove_file(&written)?;
    ensure!(!code.trim().is_empty(), "queue-service said nothing");
    Ok(code)
}

fn write_key(path: &Path, key: &str) -> Result<()> {
    let mut file = File::options().create(true).truncate(true).write(true).mode(0o600).open(path)?;
    Ok(writeln!(file, "{key}")?)
}
