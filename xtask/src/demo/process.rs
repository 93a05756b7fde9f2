//! A program started by the demo, ended with it.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

/// How often a file or an exit is looked for.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// A running program. Dropping it kills it.
#[derive(Debug)]
pub struct Process {
    name: &'static str,
    child: Child,
    log: PathBuf,
}

impl Process {
    /// Starts `command`; what it writes goes to `log`.
    ///
    /// # Errors
    /// The program or the log cannot be opened.
    pub fn start(name: &'static str, command: &mut Command, log: &Path) -> Result<Self> {
        let output = File::options().create(true).append(true).open(log).with_context(|| log.display().to_string())?;
        command.stdin(Stdio::null()).stdout(output.try_clone()?).stderr(output);
        let child = command.spawn().with_context(|| format!("cannot start {name}"))?;
        Ok(Self { name, child, log: log.to_owned() })
    }

    /// Waits until `path` is there and returns what it says.
    ///
    /// # Errors
    /// The program ended first, or `patience` did.
    pub fn wait_for_file(&mut self, path: &Path, patience: Duration) -> Result<String> {
        let give_up_at = Instant::now() + patience;
        while Instant::now() < give_up_at {
            if let Ok(text) = std::fs::read_to_string(path) {
                return Ok(text);
            }
            if let Some(status) = self.child.try_wait()? {
                bail!("{} ended with {status}; its log is {}", self.name, self.log.display());
            }
            thread::sleep(LOOK_EVERY);
        }
        bail!("{} was not ready within {patience:?}; its log is {}", self.name, self.log.display())
    }

    /// Kills it as `kill -9` does and waits until it is gone.
    pub fn kill(&mut self) {
        // It may have ended by itself: then there is nothing left to kill.
        self.child.kill().ok();
        self.child.wait().ok();
    }

    /// How it ended, if it has.
    ///
    /// # Errors
    /// The operating system cannot tell.
    pub fn ended(&mut self) -> Result<Option<ExitStatus>> {
        Ok(self.child.try_wait()?)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}
