//! A folder for one run: sockets, virtual devices, logs, database.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::{Context, Result};

/// A fresh folder directly below the system's folder for temporary files: the path of a Unix socket may have 108 bytes,
/// so it cannot lie deep in a checkout. Removed when dropped.
#[derive(Debug)]
pub struct RunDir(PathBuf);

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
        Ok(Self(dir))
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Copies the programs' logs to `out`, so that they outlive the run.
    ///
    /// # Errors
    /// A file cannot be copied.
    pub fn keep_logs(&self, out: &Path) -> Result<()> {
        for entry in fs::read_dir(&self.0)? {
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
        fs::remove_dir_all(&self.0).ok();
    }
}
