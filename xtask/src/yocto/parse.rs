//! bitbake on the layer, where the public layers are at hand: every recipe parsed, both images planned, nothing built.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use super::LAYER;
use crate::console::say;
use crate::timed_process;

/// Three thousand recipes on two slow cores.
const PARSE_LIMIT: Duration = Duration::from_mins(30);
/// Six thousand tasks, only planned.
const PLAN_LIMIT: Duration = Duration::from_hours(1);

/// The layers every machine needs, below the folder of the public layers.
const NEEDED: [&str; 5] = [
    "openembedded-core/meta",
    "meta-openembedded/meta-oe",
    "meta-openembedded/meta-python",
    "meta-openembedded/meta-networking",
    "meta-rauc",
];
/// Layers of boards, taken where they are.
const OF_BOARDS: [&str; 5] = [
    "meta-yocto/meta-yocto-bsp",
    "meta-raspberrypi",
    "meta-arm/meta-arm-toolchain",
    "meta-arm/meta-arm",
    "meta-rockchip",
];

/// Runs `bitbake -p` and `bitbake -n` for both images, in `target/yocto`.
///
/// # Errors
/// A layer is not there, or bitbake found something, which it has said.
pub fn run(root: &Path, public: &Path, machine: &str) -> Result<()> {
    let public = public.canonicalize().with_context(|| format!("there is no folder {}", public.display()))?;
    let bitbake = public.join("bitbake/bin/bitbake");
    ensure!(bitbake.is_file(), "there is no {}", bitbake.display());
    let mut layers: Vec<PathBuf> = Vec::new();
    for layer in NEEDED {
        let layer = public.join(layer);
        ensure!(layer.join("conf/layer.conf").is_file(), "there is no layer {}", layer.display());
        layers.push(layer);
    }
    layers.extend(
        OF_BOARDS.iter().map(|layer| public.join(layer)).filter(|layer| layer.join("conf/layer.conf").is_file()),
    );
    layers.push(root.join(LAYER));
    let build = root.join("target/yocto");
    configure(&build, &layers, machine)?;
    say("==> bitbake -p: every recipe of every layer");
    bitbake_run(&bitbake, &build, &["-p"], PARSE_LIMIT)?;
    say("==> bitbake -n: both images and bundles, planned and not built");
    let images =
        ["-n", "tiep-don-kiosk-image", "tiep-don-display-image", "tiep-don-kiosk-bundle", "tiep-don-display-bundle"];
    bitbake_run(&bitbake, &build, &images, PLAN_LIMIT)
}

fn configure(build: &Path, layers: &[PathBuf], machine: &str) -> Result<()> {
    let conf = build.join("conf");
    std::fs::create_dir_all(&conf).with_context(|| format!("cannot make {}", conf.display()))?;
    let layers: Vec<String> = layers.iter().map(|layer| layer.display().to_string()).collect();
    let bblayers = format!("BBPATH = \"${{TOPDIR}}\"\nBBFILES ?= \"\"\nBBLAYERS = \"{}\"\n", layers.join(" "));
    std::fs::write(conf.join("bblayers.conf"), bblayers)?;
    let local = format!("MACHINE = \"{machine}\"\nDISTRO = \"tiep-don\"\nBB_NO_NETWORK = \"1\"\n");
    Ok(std::fs::write(conf.join("local.conf"), local)?)
}

fn bitbake_run(bitbake: &Path, build: &Path, arguments: &[&str], limit: Duration) -> Result<()> {
    let mut command = Command::new(bitbake);
    command.args(arguments).current_dir(build).env("BBPATH", build).env("BUILDDIR", build);
    timed_process::run(&mut command, limit).context("bitbake found something")?;
    Ok(())
}
