//! The shipped programs, built where `cargo` puts them.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, ensure};

/// The programs of a running hospital.
const PACKAGES: [&str; 3] = ["kiosk-app", "queue-service", "queue-display"];

/// Where the programs are.
#[derive(Debug, Clone)]
pub struct Binaries(PathBuf);

impl Binaries {
    /// Builds the programs, or finds that they are up to date.
    ///
    /// Under nextest they are: a setup script in `.config/nextest.toml` has built them once for all tests.
    ///
    /// # Errors
    /// `cargo build` failed; it has said why.
    pub fn build() -> Result<Self> {
        if std::env::var_os("NEXTEST").is_none() {
            build_programs()?;
        }
        Ok(Self(target_dir()?.join("debug")))
    }
    /// The path of one program.
    #[must_use]
    pub fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

fn build_programs() -> Result<()> {
    let mut command = Command::new("cargo");
    command.args(["build", "--quiet", "--locked"]).current_dir(workspace_root());
    for package in PACKAGES {
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
