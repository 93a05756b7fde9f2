//! axe-core, the checker of accessible pages (MPL-2.0): fetched below the project, never committed, used by tests only.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::console::say;
use crate::timed_process;

/// The package as its registry names it. Its digest is the integrity that the registry gives, as `sha512sum` writes it.
const PACKAGE: &str = "axe-core@4.14.1";
const ARCHIVE: &str = "axe-core-4.14.1.tgz";
const SHA512: &str = "1477dafa598d8d065f273d6af302aa203c02e83131707b7fa648cd41bd3d6b73\
                      4f8c22a0dab86ee6a6f64b8afbe804b214d36db85a2826965edfb3a0b9d546b5";

/// The file the tests read, in the archive and below the folder.
const SCRIPT: &str = "package/axe.min.js";

const FETCH_LIMIT: Duration = Duration::from_mins(5);
const UNPACK_LIMIT: Duration = Duration::from_mins(1);

/// Where it is unpacked; `queue/service/tests/service/pages.rs` reads it there.
fn folder(root: &Path) -> PathBuf {
    root.join("target").join("tools").join("axe-core")
}

/// Fetches and checks it unless it is there.
pub fn ensure(root: &Path, path: &str) -> Result<()> {
    let folder = folder(root);
    let is_whole = is_right(&folder, path) && folder.join(SCRIPT).is_file();
    if is_whole {
        return Ok(());
    }
    say("    axe-core is missing: fetching it into target/tools, once");
    std::fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let mut fetch = Command::new("npm");
    fetch.args(["pack", PACKAGE, "--silent"]).current_dir(&folder).env("PATH", path).stdout(Stdio::null());
    timed_process::run(&mut fetch, FETCH_LIMIT).with_context(|| format!("cannot fetch {PACKAGE}"))?;
    if !is_right(&folder, path) {
        bail!("{ARCHIVE} is not the package that was pinned: its SHA-512 is another one");
    }
    let mut unpack = Command::new("tar");
    unpack.args(["--no-same-owner", "-xzf", ARCHIVE, SCRIPT]).current_dir(&folder).env("PATH", path);
    timed_process::run(&mut unpack, UNPACK_LIMIT).with_context(|| format!("cannot unpack {ARCHIVE}"))?;
    Ok(())
}

/// Whether the archive is there and is the one that was pinned.
fn is_right(folder: &Path, path: &str) -> bool {
    if !folder.join(ARCHIVE).is_file() {
        return false;
    }
    let sum = Command::new("sha512sum").arg(ARCHIVE).current_dir(folder).env("PATH", path).output();
    sum.is_ok_and(|sum| sum.status.success() && sum.stdout.starts_with(SHA512.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_archive_of_the_same_name_is_not_taken() {
        let root = tempfile::tempdir().unwrap();
        let folder = folder(root.path());
        std::fs::create_dir_all(folder.join("package")).unwrap();
        std::fs::write(folder.join(SCRIPT), "").unwrap();
        assert!(!is_right(&folder, "/usr/bin:/bin"), "no archive");
        std::fs::write(folder.join(ARCHIVE), "not it").unwrap();
        assert!(!is_right(&folder, "/usr/bin:/bin"), "another archive");
        let error = ensure(root.path(), "/nowhere").unwrap_err();
        assert!(error.to_string().contains(PACKAGE), "{error:#}");
    }
}
