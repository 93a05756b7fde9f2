//! The shipped image on a whole virtual machine: firmware, boot loader, kernel, units, devices on virtual wires.
//!
//! `cargo xtask image test` starts it. QEMU always translates (`accel=tcg`): a /dev/kvm that opens may still not start a
//! kernel. One machine at a time, two processors at most, and every wait has a generous limit.

mod exposure;
mod https;
mod inside;
mod install;
mod machine;
mod measure;
mod network;
mod nodes;
mod panel;
mod powercut;
mod qemu;
mod qmp;
mod screen;
mod update;
mod visit;
mod wires;

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::{Parser, ValueEnum};
use xtask::image::build_root::BuildRoot;

/// Runs the image of the kiosk on a virtual machine.
#[derive(Parser)]
struct Arguments {
    /// The folder of the built image, with disk.raw.
    #[arg(long, default_value = "target/image/kiosk")]
    image: PathBuf,
    /// The build root that QEMU is in.
    #[arg(long, default_value = "target/image/build-root")]
    build_root: PathBuf,
    /// Where pictures and logs go.
    #[arg(long, default_value = "target/image/test")]
    out: PathBuf,
    /// How often the power is cut in the run powercut.
    #[arg(long, default_value_t = 50)]
    rounds: u32,
    /// Where in each round the power is cut follows from this number.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// What is tried; visit, replug and update unless it is given.
    #[arg(value_enum)]
    runs: Vec<Run>,
}

/// What is tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Run {
    /// Boot to the welcome screen, scan, touch, print, call.
    Visit,
    /// Unplug each device and plug it in again.
    Replug,
    /// Update, refuse bad bundles, cut the power, fall back.
    Update,
    /// Boot the display's image, in the folder display beside the kiosk's, to the waiting room.
    Display,
    /// Bad sticks, and a machine's own disk written by the installer stick beside the image.
    Install,
    /// Change the machine's network in place.
    Network,
    /// Cut the power at random moments of updates and of visits.
    Powercut,
    /// Pixels, touches and keys of the kiosk's own panel code, in a small guest: needs no image.
    Screen,
    /// Scanners and cameras through a kernel's own nodes, in the same small guest: needs no image.
    Devices,
    /// Print the page of `cargo xtask bench image`.
    Measure,
}

/// What every run needs.
struct Bench {
    build_root: BuildRoot,
    image: PathBuf,
    out: PathBuf,
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say(&format!("hil: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result<()> {
    std::fs::create_dir_all(&arguments.out)?;
    if !arguments.runs.is_empty() && arguments.runs.iter().all(|run| matches!(run, Run::Screen | Run::Devices)) {
        return arguments.runs.iter().try_for_each(|run| in_small_guest(*run, arguments));
    }
    let bench = Bench {
        build_root: BuildRoot::existing(&arguments.build_root.canonicalize().context("no build root")?)
            .context("the build root is not finished: cargo xtask image build")?,
        image: arguments.image.canonicalize().context("no image: cargo xtask image build")?,
        out: arguments.out.canonicalize()?,
    };
    let all = [Run::Visit, Run::Replug, Run::Update];
    let runs = if arguments.runs.is_empty() { &all[..] } else { &arguments.runs };
    for run in runs {
        say(&format!("==> {run:?}"));
        match run {
            Run::Visit => visit::visit(&bench)?,
            Run::Replug => visit::replug(&bench)?,
            Run::Update => update::run(&bench)?,
            Run::Install => install::run(&bench)?,
            Run::Network => network::run(&bench)?,
            Run::Display => visit::display(&bench)?,
            Run::Screen | Run::Devices => in_small_guest(*run, arguments)?,
            Run::Measure => write!(std::io::stdout().lock(), "{}", measure::page(&bench)?)?,
            Run::Powercut => powercut::run(&bench, arguments.rounds, arguments.seed)?,
        }
    }
    Ok(())
}

/// What needs a kernel and no image.
fn in_small_guest(run: Run, arguments: &Arguments) -> Result<()> {
    let build_root = arguments.build_root.canonicalize().context("no build root")?;
    let folder = build_root.parent().context("the build root is in no folder")?.to_owned();
    let build_root = BuildRoot::existing(&build_root).context("the build root is not finished")?;
    let out = arguments.out.canonicalize()?;
    if run == Run::Devices { nodes::run(&build_root, &folder, &out) } else { panel::run(&build_root, &folder, &out) }
}

/// One line to standard error.
fn say(line: &str) {
    // Nobody is left to tell when standard error is closed.
    let _ = writeln!(std::io::stderr().lock(), "{line}");
}
