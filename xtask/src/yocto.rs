//! `cargo xtask yocto`: what keeps the layer in `yocto/meta-kiosk` true to the workspace, and what checks it.
//!
//! The list of crates follows from `Cargo.lock`. Recipes and kas files are linted with tools from PyPI, below
//! `target/tools`. Only `parse` needs the public layers; it never builds.

pub mod crates;
pub mod layer;
pub mod lint;
pub mod parse;

use std::path::PathBuf;

use anyhow::{Context, Result, ensure};
use clap::Subcommand;

use crate::console::say;
use crate::policy::workspace;

/// The layer, below the top of the checkout.
pub const LAYER: &str = "yocto/meta-kiosk";
/// The kas files, below the top of the checkout.
pub const KAS: &str = "yocto/kas";
/// The list of crates, in the layer.
pub const CRATES: &str = "recipes-kiosk/tiep-don/tiep-don-crates.inc";

/// `cargo xtask yocto`.
#[derive(Debug, Subcommand)]
pub enum YoctoCommand {
    /// Write the crates of Cargo.lock into the layer, with their checksums.
    Crates {
        /// Write nothing; fail when the list is old.
        #[arg(long)]
        check: bool,
    },
    /// Check recipes with oelint-adv and the kas files with kas, installed from PyPI into target/tools when missing.
    Lint,
    /// Let bitbake parse the layer and plan both images, without building. Not as root: bitbake refuses.
    Parse {
        /// The folder with bitbake, openembedded-core, meta-openembedded and meta-rauc; unless it is given, OE_LAYERS_DIR.
        #[arg(long, value_name = "DIR")]
        layers: Option<PathBuf>,
        /// Which machine of the layer.
        #[arg(long, default_value = "kiosk-qemux86-64")]
        machine: String,
    },
}

/// Runs one of the commands; `layers` is the environment's OE_LAYERS_DIR.
///
/// # Errors
/// The list is old, a tool cannot be installed, or one found something, which it has said.
pub fn run(command: YoctoCommand, layers: Option<PathBuf>) -> Result<()> {
    let root = workspace::root().canonicalize().context("cannot find the root of the workspace")?;
    match command {
        YoctoCommand::Crates { check } => {
            let file = root.join(LAYER).join(CRATES);
            let lock = root.join("Cargo.lock");
            let lock = std::fs::read_to_string(&lock).with_context(|| format!("cannot read {}", lock.display()))?;
            let wanted = crates::listed(&lock)?;
            if check {
                let found = std::fs::read_to_string(&file).unwrap_or_default();
                ensure!(found == wanted, "{LAYER}/{CRATES} is not what Cargo.lock says: cargo xtask yocto crates");
                return Ok(());
            }
            std::fs::write(&file, wanted).with_context(|| format!("cannot write {}", file.display()))?;
            say(&format!("wrote {LAYER}/{CRATES}"));
            Ok(())
        }
        YoctoCommand::Lint => {
            lint::ensure_tools(&root)?;
            lint::run(&root)
        }
        YoctoCommand::Parse { layers: given, machine } => {
            let layers = given.or(layers).context("name the folder of the public layers: --layers or OE_LAYERS_DIR")?;
            parse::run(&root, &layers, &machine)
        }
    }
}
