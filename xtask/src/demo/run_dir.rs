//! A folder for one run: sockets, virtual devices, logs, database.

use std::fs;
use std::io;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::{Context, Result};

/// A fresh folder directly below the system's folder for temporary files: the path of a Unix socket may have 108 bytes,
/// so it cannot lie deep in a checkout. Removed when dropped, and also when this process is killed.
#[derive(Debug)]
pub struct RunDir {
    path: PathBuf,
    sweeper: Child,
}

/// Reads until the other end of its standard input is closed, which the end of a process does, however it ends. The
/// programs are killed in the same moment; what one of them still writes is swept up by the second round.
const SWEEP: &str = "cat >/dev/null; rm -rf -- \"$1\"; [ ! -e \"$1\" ] || { sleep 1; rm -rf -- \"$1\"; }";

static RUNS: AtomicU32 = AtomicU32::new(0);

impl RunDir {
    /// Makes the folder.
    ///
    /// # Errors
    /// It cannot be made.
    pub fn new() -> Result<Self> {
        let run = RUNS.fetch_add(1, Ordering::Relaxed);
        let dir = std::env::temp_dir().join(format!("tiep-don-{}-{run}", std::process::id()));
        // Left by a killed run whose process number has come round again.
        fs::remove_dir_all(&dir).ok();
        fs::create_dir_all(&dir).with_context(|| format!("cannot make {}", dir.display()))?;
        let sweeper = sweep_after(&dir).context("cannot start sh")?;
        Ok(Self { path: dir, sweeper })
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Copies the programs' logs to `out`, so that they outlive the run.
    ///
    /// # Errors
    /// A file cannot be copied.
    pub fn keep_logs(&self, out: &Path) -> Result<()> {
        for entry in fs::read_dir(&self.path)? {
            let path = entry?.path();
            if path.extension().is_some_and(|extension| extension == "log")
                && let Some(name) = path.file_name()
            {
                fs::copy(&path, out.join(name))?;
            }
        }
        Ok(())
    }
}

impl Drop for RunDir {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.path).ok();
        drop(self.sweeper.stdin.take());
        self.sweeper.wait().ok();
    }
}

/// A shell in a process group of its own: a Ctrl-C in the terminal does not reach it.
fn sweep_after(dir: &Path) -> io::Result<Child> {
    let mut command = Command::new("sh");
    command.args(["-c", SWEEP, "sh"]).arg(dir).process_group(0);
    command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folder_goes_when_whoever_holds_the_sweeper_is_gone() {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path().join("run of a killed process");
        fs::create_dir_all(dir.join("state")).unwrap();
        let mut sweeper = sweep_after(&dir).unwrap();
        drop(sweeper.stdin.take());
        sweeper.wait().unwrap();
        assert!(!dir.exists());
    }

    #[test]
    fn a_dropped_run_leaves_nothing() {
        let run = RunDir::new().unwrap();
        let dir = run.path().to_owned();
        assert!(dir.is_dir());
        drop(run);
        assert!(!dir.exists());
    }
}
