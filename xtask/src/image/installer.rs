//! The installer stick: the root file system of a built image, started to install that image on a machine's own disk.
//!
//! It carries the release beside GRUB, and no name on it is one of a machine's own partitions: a machine with a kiosk on
//! its disk and the stick plugged in has two of neither.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use clap::Args;

use super::build_root::BuildRoot;
use super::disk::{self, Parts, Release};
use super::{Places, Product, commit_time, tree};
use crate::console::say;

/// The stick's own ids come from this.
const SEED: &str = "c3a1b7de-49a6-4d0c-8a4e-0f6f5d3f9a77";
/// What is handed out, in front of its ending.
const DISK: &str = "installer.raw";

/// Which image, and with whose key.
#[derive(Debug, Clone, Args)]
pub struct InstallerArguments {
    /// Whose image is installed: the one that `image build` has left.
    #[arg(value_enum, default_value = "kiosk")]
    pub product: Product,
    /// The version that was built.
    #[arg(long)]
    pub version: Option<String>,
    /// The cargo profile of the program that packs it.
    #[arg(long, default_value = "dist")]
    pub profile: String,
    /// The minisign public key that the release is signed with; a release that is not signed is installed as such.
    #[arg(long, value_name = "FILE")]
    pub key: Option<PathBuf>,
    /// An unencrypted minisign secret key, which signs the stick for kiosk-flash.
    #[arg(long, value_name = "FILE")]
    pub sign_with: Option<PathBuf>,
}

/// Makes the stick in the folder of its product.
///
/// # Errors
/// The image was not built, or a tool failed; it has said why.
pub fn build(arguments: &InstallerArguments) -> Result<()> {
    let places = Places::of(arguments.product);
    let build_root =
        BuildRoot::existing(&places.all.join("build-root")).context("no image: cargo xtask image build")?;
    let version = arguments.version.clone().unwrap_or_else(|| env!("CARGO_PKG_VERSION").to_owned());
    let product = arguments.product.name();

    say("==> installer stick");
    let esp = places.product.join("esp");
    tree::remove(&esp)?;
    disk::loader(&esp, &build_root)?;
    tree::put(&places.definition("installer/boot/grub.cfg"), &esp.join("grub/grub.cfg"), 0o644)?;
    disk::place_for_provisioning(&esp)?;
    release(&arguments.product.release(&version), arguments.key.as_deref(), &places, &esp.join("release"))?;
    let stick = places.product.join(DISK);
    let parts = Parts { definitions: &places.definition("installer/partitions"), root: "20-root", seed: SEED };
    disk::partition(&parts, &esp, &stick, &build_root, commit_time(&places.workspace)?)?;
    tree::remove(&esp)?;

    say("==> release for kiosk-flash");
    let name = format!("{product}_installer");
    let sign_with = arguments.sign_with.as_deref();
    disk::pack(&stick, &Release { name: &name, version: &version, profile: &arguments.profile, sign_with }, &places)?;
    disk::sums(&places)?;
    say(&format!("Done: {}", stick.display()));
    Ok(())
}

/// Puts the release `stem` of `places` into the folder `to`, with `key` beside it.
fn release(stem: &str, key: Option<&Path>, places: &Places, to: &Path) -> Result<()> {
    for ending in ["img.zst", "json"] {
        let name = format!("{stem}.{ending}");
        let from = places.product.join(&name);
        ensure!(from.is_file(), "there is no {}: cargo xtask image build", from.display());
        fs::create_dir_all(to)?;
        tree::remove(&to.join(&name))?;
        fs::hard_link(&from, to.join(&name))?;
    }
    let Some(key) = key else {
        say("    no --key: the stick installs a release that nobody signed");
        return Ok(());
    };
    let signature = format!("{stem}.json.minisig");
    tree::put(&places.product.join(&signature), &to.join(&signature), 0o644)?;
    tree::put(key, &to.join(format!("{stem}.pub")), 0o644)
}
