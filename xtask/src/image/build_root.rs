//! The build root: a small Debian of the images' own release, with the tools that make and try them.
//!
//! The tools are then the same on every machine, whatever it runs. Commands run in it by bubblewrap: its root file
//! system, the folders they are given, and nothing else of the machine but its network.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result};

use super::architecture::OWN;
use super::sources::{Line, RELEASE};
use crate::timed_process;

/// A slow mirror and a slow disk.
const MAKE_LIMIT: Duration = Duration::from_mins(20);
/// The slowest single tool: packing a root file system on two slow cores.
pub const TOOL_LIMIT: Duration = Duration::from_mins(15);

/// The tools, besides those of the processor. A build root of other tools is made anew.
const PACKAGES: &[&str] = &[
    "systemd-repart",
    "dosfstools",
    "mtools",
    "e2fsprogs",
    "squashfs-tools",
    "grub-common",
    "rauc",
    "openssl",
    "bmap-tools",
    "systemd",
];

/// A build root on disk.
#[derive(Debug, Clone)]
pub struct BuildRoot(PathBuf);

impl BuildRoot {
    /// The build root at `path`, made when it is absent, unfinished or of other tools.
    ///
    /// # Errors
    /// mmdebstrap failed; it has said why.
    pub fn ensure(path: &Path, sources: &[Line]) -> Result<Self> {
        let stamp = path.with_extension("stamp");
        let packages = [PACKAGES, OWN.tools()].concat();
        let wanted = packages.join("\n");
        if fs::read_to_string(&stamp).is_ok_and(|found| found == wanted) {
            return Ok(Self(path.to_owned()));
        }
        if path.exists() {
            fs::remove_dir_all(path).with_context(|| format!("cannot remove {}", path.display()))?;
        }
        let mut command = mmdebstrap(path, sources)?;
        command.arg(format!("--include={}", packages.join(",")));
        timed_process::run(command.arg(RELEASE).arg(path).args(sources), MAKE_LIMIT)?;
        fs::write(&stamp, wanted)?;
        Ok(Self(path.to_owned()))
    }

    /// A build root that is there.
    #[must_use]
    pub fn existing(path: &Path) -> Option<Self> {
        path.with_extension("stamp").is_file().then(|| Self(path.to_owned()))
    }

    /// A command in the build root. `folders` keep their own paths in it and can be written.
    #[must_use]
    pub fn command<'a>(&self, folders: impl IntoIterator<Item = &'a Path>, program: &str) -> Command {
        let mut command = Command::new("bwrap");
        command.arg("--bind").args([self.0.as_os_str(), OsStr::new("/")]);
        command.args(["--dev", "/dev", "--proc", "/proc", "--tmpfs", "/tmp", "--die-with-parent"]);
        for folder in folders {
            command.arg("--bind").args([folder, folder]);
        }
        command.args([
            "--clearenv",
            "--setenv",
            "PATH",
            "/usr/sbin:/usr/bin",
            "--setenv",
            "LC_ALL",
            "C.UTF-8",
            program,
        ]);
        command
    }
}

/// mmdebstrap with the package cache that belongs to the folder of `path`, which only saves downloads.
///
/// # Errors
/// The cache cannot be made.
pub fn mmdebstrap(path: &Path, sources: &[Line]) -> Result<Command> {
    let cache = path.parent().unwrap_or(path).join("packages");
    fs::create_dir_all(&cache).with_context(|| format!("cannot use {}", cache.display()))?;
    anyhow::ensure!(!sources.is_empty(), "no package sources");
    let cache = cache.display();
    let mut command = Command::new("mmdebstrap");
    command.args(["--mode=root", "--variant=minbase", "--quiet", "--skip=download/empty", "--skip=essential/unlink"]);
    command.arg("--setup-hook=mkdir -p \"$1\"/var/cache/apt/archives");
    command.arg(format!("--setup-hook=sync-in {cache} /var/cache/apt/archives"));
    command.arg(format!("--customize-hook=sync-out /var/cache/apt/archives {cache}"));
    Ok(command)
}
