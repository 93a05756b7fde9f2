//! The shipped programs, built where `cargo` puts them.

use std::path::PathBuf;

use anyhow::{Context, Result, ensure};

use crate::inner_cargo::cargo;

/// The programs of a running hospital.
const PACKAGES: [&str; 3] = ["kiosk-app", "queue-service", "queue-display"];
/// The profile in which they are shipped.
const SHIPPED: &str = "dist";

/// Where the programs are.
#[derive(Debug, Clone)]
pub struct Binaries {
    folder: PathBuf,
    kiosk_memory: KioskMemory,
}

/// Whether a test may look into the kiosk's memory without being root.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KioskMemory {
    /// The kiosk can be told to leave its memory readable.
    CanBeOpened,
    /// It cannot: it is the program that is shipped.
    Closed,
}

impl Binaries {
    /// Builds the programs, or finds that they are up to date.
    ///
    /// Under nextest they are: a setup script in `.config/nextest.toml` has built them once for all tests.
    ///
    /// # Errors
    /// `cargo build` failed; it has said why.
    pub fn build() -> Result<Self> {
        if std::env::var_os("NEXTEST").is_none() {
            build_programs(&PACKAGES, "dev")?;
        }
        Ok(Self { folder: target_dir()?.join("debug"), kiosk_memory: KioskMemory::CanBeOpened })
    }

    /// Builds the kiosk and the queue service as they are shipped, which takes some minutes the first time.
    ///
    /// # Errors
    /// As [`build`](Self::build).
    pub fn shipped() -> Result<Self> {
        build_programs(&["kiosk-app", "queue-service"], SHIPPED)?;
        Ok(Self { folder: target_dir()?.join(SHIPPED), kiosk_memory: KioskMemory::Closed })
    }

    /// The path of one program.
    #[must_use]
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Whether the kiosk's memory can be looked into.
    #[must_use]
    pub const fn kiosk_memory(&self) -> KioskMemory {
        self.kiosk_memory
    }
}

fn build_programs(packages: &[&str], profile: &str) -> Result<()> {
    let mut command = cargo();
    command.args(["build", "--quiet", "--locked", "--profile", profile]).current_dir(workspace_root());
    for package in packages {
        command.args(["--package", package, "--bin", package]);
    }
    let status = command.status().context("cannot run cargo")?;
    ensure!(status.success(), "the programs could not be built: cargo build ended with {status}");
    Ok(())
}

/// The top of the checkout.
#[must_use]
pub fn workspace_root() -> PathBuf {
    let own = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    own.parent().map_or(own.clone(), PathBuf::from)
}

fn target_dir() -> Result<PathBuf> {
    let metadata = cargo_metadata::MetadataCommand::new().current_dir(workspace_root()).no_deps().exec()?;
    Ok(metadata.target_directory.into_std_path_buf())
}
