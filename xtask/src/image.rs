//! `cargo xtask image`: the disk image of a kiosk or of a waiting-room display, its update bundle, and what is in them.
//!
//! Everything is made on Debian 12 or 13 by root, from the package sources the machine itself has. Nothing is kept that
//! the next build needs: the package cache and the build root below `target/image` only save time.

pub mod architecture;
pub mod build_root;
pub mod bundle;
pub mod disk;
pub mod guest;
pub mod installer;
pub mod left_out;
pub mod programs;
pub mod rootfs;
pub mod sbom;
pub mod sources;
pub mod tree;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use clap::{Args, Subcommand, ValueEnum};

use crate::console::say;
use crate::demo::binaries::workspace_root;
use crate::inner_cargo::cargo;
use crate::system_packages::{self, TO_BUILD_AND_TEST, TO_BUILD_IMAGES};
use crate::timed_process;
use architecture::{Architecture, OWN};
use build_root::BuildRoot;

/// Fifty power cuts with a boot after each, on a machine that stands still at times. Each wait inside has its own limit.
const TEST_LIMIT: Duration = Duration::from_hours(6);

/// `cargo xtask image`.
#[derive(Debug, Subcommand)]
pub enum ImageCommand {
    /// Make the disk image, the update bundle and the list of what is in them, in target/image/PRODUCT.
    Build(BuildArguments),
    /// Make a USB stick that installs a built image on a machine's own disk, in target/image/PRODUCT.
    Installer(installer::InstallerArguments),
    /// Start the built image of the kiosk on a virtual machine: a whole visit, devices pulled out, updates.
    Test {
        /// visit, replug, update, network, install, display, screen, devices or powercut, with --rounds N; the first three unless one is
        /// named.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        runs: Vec<String>,
    },
}

/// What is made, and of what.
#[derive(Debug, Clone, Args)]
pub struct BuildArguments {
    /// What the machine becomes.
    #[arg(value_enum, default_value = "kiosk")]
    pub product: Product,
    /// The cargo profile of the programs in it.
    #[arg(long, default_value = "dist")]
    pub profile: String,
    /// For example 2026.11.0; the version of the workspace unless it is given.
    #[arg(long)]
    pub version: Option<String>,
    /// A folder with update.cert.pem and update.key.pem, which sign the bundle. Unless it is given, keys for trying
    /// out are made in target/image/keys.
    #[arg(long, value_name = "DIR")]
    pub keys: Option<PathBuf>,
    /// An unencrypted minisign secret key, which signs the release for kiosk-flash.
    #[arg(long, value_name = "FILE")]
    pub sign_with: Option<PathBuf>,
    /// Make the root file system twice and compare.
    #[arg(long)]
    pub twice: bool,
}

/// The two machines there are images of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Product {
    Kiosk,
    Display,
}

impl Product {
    /// As files and folders are called.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Kiosk => "kiosk",
            Self::Display => "display",
        }
    }

    /// What RAUC compares: a bundle fits machines with the same word.
    #[must_use]
    pub fn compatible(self, architecture: Architecture) -> String {
        format!("tiep-don-{}-{}", self.name(), architecture.board())
    }

    /// What its release is called, without an ending.
    #[must_use]
    pub fn release(self, version: &str) -> String {
        format!("{}-{}-{version}", self.name(), OWN.machine())
    }

    /// The units that only it has, beside those of every machine.
    pub const fn units(self) -> &'static [&'static str] {
        match self {
            Self::Kiosk => &[
                "kiosk-app.service",
                "kiosk-enrol.service",
                "kiosk-first-report.service",
                "kiosk-network.socket",
                "kiosk-network@.service",
                "kiosk-update.socket",
                "kiosk-update@.service",
            ],
            Self::Display => &["queue-display.service", "display-enrol.service"],
        }
    }

    /// The other machine.
    pub const fn other(self) -> Self {
        match self {
            Self::Kiosk => Self::Display,
            Self::Display => Self::Kiosk,
        }
    }
}

/// Where a build finds and leaves things.
#[derive(Debug, Clone)]
pub struct Places {
    /// The top of the checkout.
    pub workspace: PathBuf,
    /// `target/image`.
    pub all: PathBuf,
    /// `target/image/PRODUCT`.
    pub product: PathBuf,
}

impl Places {
    /// The places of `product` in this checkout.
    #[must_use]
    pub fn of(product: Product) -> Self {
        let workspace = workspace_root();
        let all = workspace.join("target/image");
        Self { product: all.join(product.name()), workspace, all }
    }

    /// A file of the definitions in `images/`.
    #[must_use]
    pub fn definition(&self, path: &str) -> PathBuf {
        self.workspace.join("images").join(path)
    }
}

/// Runs one of the commands.
///
/// # Errors
/// Not root, no Debian, no package sources, or a tool that failed; the error says which.
pub fn run(command: &ImageCommand, path: &str) -> Result<()> {
    match command {
        ImageCommand::Build(arguments) => build(arguments, path),
        ImageCommand::Installer(arguments) => installer::build(arguments),
        ImageCommand::Test { runs } => test(runs, path),
    }
}

/// Makes everything of one product.
///
/// # Errors
/// As [`run`].
pub fn build(arguments: &BuildArguments, path: &str) -> Result<()> {
    ensure!(rustix::process::geteuid().is_root(), "an image is made by root: it holds devices' groups and file owners");
    system_packages::ensure(TO_BUILD_AND_TEST, path)?;
    system_packages::ensure(TO_BUILD_IMAGES, path)?;
    let places = Places::of(arguments.product);
    fs::create_dir_all(&places.product).with_context(|| format!("cannot use {}", places.product.display()))?;
    let version = arguments.version.clone().unwrap_or_else(|| env!("CARGO_PKG_VERSION").to_owned());
    let epoch = commit_time(&places.workspace)?;

    say("==> build root");
    let sources = sources::of_this_machine()?;
    let build_root = BuildRoot::ensure(&places.all.join("build-root"), &sources)?;
    say("==> programs");
    let programs = programs::build(arguments.product, &arguments.profile, &places)?;
    let keys = bundle::Keys::ensure(arguments.keys.as_deref(), &places, &build_root)?;

    say("==> root file system");
    let plan = rootfs::Plan {
        product: arguments.product,
        version: &version,
        epoch,
        sources: &sources,
        programs: &programs,
        keyring: &keys.certificate,
    };
    let root = rootfs::build(&plan, &places, &build_root)?;
    if arguments.twice {
        say("==> root file system, a second time");
        let second = rootfs::build(&plan, &places, &build_root)?;
        ensure!(root.sha256 == second.sha256, "two builds differ: {} and {}", root.sha256, second.sha256);
        say(&format!("    both are {}", root.sha256));
    }
    say("==> what is in it");
    let sbom = sbom::of(&root.packages, &programs, &version, epoch)?;
    fs::write(places.product.join("sbom.cdx.json"), sbom)?;

    say("==> disk image");
    let disk = disk::build(arguments.product, &places, &build_root, epoch)?;
    say("==> update bundle");
    bundle::build(arguments.product, &version, &keys, &places, &build_root)?;
    say("==> release for kiosk-flash");
    let release = disk::Release {
        name: arguments.product.name(),
        version: &version,
        profile: &arguments.profile,
        sign_with: arguments.sign_with.as_deref(),
    };
    disk::pack(&disk, &release, &places)?;
    disk::sums(&places)?;
    say(&format!("Done: {}", places.product.display()));
    Ok(())
}

/// Starts the built image on a virtual machine (`tests/hil`).
fn test(runs: &[String], path: &str) -> Result<()> {
    system_packages::ensure(TO_BUILD_AND_TEST, path)?;
    if runs.iter().any(|run| run == "screen" || run == "devices") {
        // These need no image, and hence nobody who has built one.
        system_packages::ensure(TO_BUILD_IMAGES, path)?;
        let all = Places::of(Product::Kiosk).all;
        fs::create_dir_all(&all).with_context(|| format!("cannot use {}", all.display()))?;
        BuildRoot::ensure(&all.join("build-root"), &sources::of_this_machine()?)?;
    }
    let mut command = cargo();
    command.args(["run", "--locked", "--quiet", "--package", "e2e-tests", "--bin", "hil", "--"]).args(runs);
    timed_process::run(command.current_dir(workspace_root()), TEST_LIMIT)?;
    Ok(())
}

/// When the commit was made that is built, in seconds since 1970: the time of every file in the image.
fn commit_time(workspace: &Path) -> Result<u64> {
    let output = Command::new("git").args(["log", "-1", "--format=%ct"]).current_dir(workspace).output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    text.trim().parse().with_context(|| format!("git says no time of the last commit: {:?}", text.trim()))
}
