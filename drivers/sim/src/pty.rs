//! A model behind a pseudo-terminal: programs open the symbolic link as they would a serial device.

use std::fs;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rustix::fs::{Mode, OFlags, fcntl_setfl, open};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{OptionalActions, tcgetattr, tcsetattr};

use crate::pump::{Host, Pump, STEP_MAX};
use crate::wire::{Device, Shared};

/// Longest a lever of the mount waits until the pump has done it.
const LEVER_WAIT: Duration = Duration::from_secs(2);

/// A mounted model. Dropping it ends the pump and removes the link.
#[derive(Debug)]
pub struct PtyMount {
    plug: Arc<Plug>,
    path: PathBuf,
    pump: Option<JoinHandle<()>>,
}

/// What is asked of the pump and what it has done.
#[derive(Debug, Default)]
struct Plug {
    state: Mutex<PlugState>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct PlugState {
    pulled: bool,
    stopped: bool,
    /// The link exists and leads to a living terminal.
    present: bool,
}

impl Plug {
    fn state(&self) -> MutexGuard<'_, PlugState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, change: impl FnOnce(&mut PlugState)) {
        change(&mut self.state());
        self.changed.notify_all();
    }

    fn wait_until(&self, wait: Duration, done: impl Fn(&PlugState) -> bool) {
        let waited = self.changed.wait_timeout_while(self.state(), wait, |state| !done(state));
        drop(waited);
    }
}

/// A terminal pair in raw mode with its link. Holding the slave open keeps the pair alive while no host has it open.
#[derive(Debug)]
struct Terminal {
    master: OwnedFd,
    _slave: OwnedFd,
    target: PathBuf,
    path: PathBuf,
}

impl Terminal {
    fn open(path: &Path) -> io::Result<Self> {
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC)?;
        grantpt(&master)?;
        unlockpt(&master)?;
        let name = ptsname(&master, Vec::new())?;
        let target = PathBuf::from(std::ffi::OsStr::from_bytes(name.as_bytes()));
        let slave = open(&target, OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC, Mode::empty())?;
        let mut settings = tcgetattr(&slave)?;
        settings.make_raw();
        tcsetattr(&slave, OptionalActions::Now, &settings)?;
        fcntl_setfl(&master, OFlags::NONBLOCK)?;
        link(&target, path)?;
        Ok(Self { master, _slave: slave, target, path: path.to_owned() })
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        if fs::read_link(&self.path).is_ok_and(|target| target == self.target) {
            // The directory may be gone already; then so is the link.
            let _gone = fs::remove_file(&self.path);
        }
    }
}

/// Makes `path` lead to `target`, over a link left behind by an earlier run but never over a file.
fn link(target: &Path, path: &Path) -> io::Result<()> {
    if fs::symlink_metadata(path).is_ok_and(|found| found.file_type().is_symlink()) {
        fs::remove_file(path)?;
    }
    std::os::unix::fs::symlink(target, path)
}

impl PtyMount {
    /// Mounts the model behind a new pseudo-terminal and makes `path` a symbolic link to it.
    ///
    /// # Errors
    /// When no terminal can be opened or the link cannot be made, such as where a file stands.
    pub fn new<D: Device + 'static>(shared: Shared<D>, path: &Path) -> io::Result<Self> {
        let plug = Arc::new(Plug::default());
        let pump = Pump::new(shared);
        let terminal = if pump.attached() { Some(Terminal::open(path)?) } else { None };
        plug.state().present = terminal.is_some();
        let (thread_plug, thread_path) = (Arc::clone(&plug), path.to_owned());
        let pump = thread::Builder::new()
            .name("sim-pty".to_owned())
            .spawn(move || run(pump, &thread_plug, terminal, &thread_path))?;
        Ok(Self { plug, path: path.to_owned(), pump: Some(pump) })
    }

    /// The link that leads to the terminal.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether the plug is pulled.
    #[must_use]
    pub fn is_pulled(&self) -> bool {
        self.plug.state().pulled
    }

    /// Pulls the plug and waits until it is out: the link vanishes and hosts see their terminal hang up.
    pub fn unplug(&self) {
        self.plug.change(|state| state.pulled = true);
        self.plug.wait_until(LEVER_WAIT, |state| !state.present);
    }

    /// Puts the plug back: a fresh terminal behind the same link. A model that is itself detached stays away.
    pub fn replug(&self) {
        self.plug.change(|state| state.pulled = false);
        self.plug.wait_until(LEVER_WAIT, |state| state.present);
    }
}

impl Drop for PtyMount {
    fn drop(&mut self) {
        self.plug.change(|state| state.stopped = true);
        if let Some(pump) = self.pump.take() {
            // A pump that panicked has nothing more to say here.
            let _ended = pump.join();
        }
    }
}

fn run<D: Device>(mut pump: Pump<D>, plug: &Plug, mut terminal: Option<Terminal>, path: &Path) {
    loop {
        let wanted = {
            let state = plug.state();
            if state.stopped {
                return;
            }
            !state.pulled
        } && pump.attached();
        if !wanted {
            terminal = None;
        } else if terminal.is_none() {
            pump.forget_outgoing();
            terminal = Terminal::open(path).ok();
        }
        plug.change(|state| state.present = terminal.is_some());
        let Some(open) = &terminal else {
            pump.step_unheard();
            plug.wait_until(STEP_MAX, |state| state.stopped);
            continue;
        };
        // While the slave is held open nobody can leave: this terminal is dead.
        if !matches!(pump.step(open.master.as_fd()), Ok(Host::There)) {
            terminal = None;
        }
    }
}
