//! `cargo xtask …`: see `cargo xtask --help`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};
use xtask::bench;
use xtask::card::{self, CardArguments};
use xtask::console::say;
use xtask::demo::stack::Percents;
use xtask::demo::{self, Mode};
use xtask::image::{self, ImageCommand};
use xtask::test_command::{self, Verdict, steps::Depth};
use xtask::yocto::{self, YoctoCommand};

/// Tasks of the project that need more than one call of cargo.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Run everything continuous integration runs, and install what it needs.
    ///
    /// System packages are installed with apt-get (by sudo when not root), cargo-nextest and cargo-deny into
    /// target/tools. The last line is the test runner's summary.
    Test {
        /// Leave out licences, advisories and doc tests.
        #[arg(long)]
        quick: bool,
        /// Make the image of a kiosk and try a visit on it in a virtual machine in any case, or fail at once. Without this
        /// it is done by root, on four cores or more, when the checks before it took at most twelve minutes.
        #[arg(long, conflicts_with = "quick")]
        image: bool,
    },
    /// Measure, beside a named reference in the same run; tables go to docs/benchmarks, all targets to
    /// docs/benchmarks.md.
    Bench {
        /// Which measurement; all of them when there is no name.
        name: Option<String>,
    },
    /// Make what is flashed: disk images, update bundles, and the list of what is in them.
    #[command(subcommand)]
    Image(ImageCommand),
    /// Keep the Yocto layer true to the workspace, and check it.
    #[command(subcommand)]
    Yocto(YoctoCommand),
    /// Play hospital days in one thread, on virtual time, with every fault, and check every promise after every step.
    ///
    /// `--seeds 0..100 --days 2`; with `--planted`, worlds that are wired wrongly on purpose. Ends at a broken promise
    /// with its seed and the last steps.
    World {
        /// What `world --help` lists.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Put a virtual identity card into a PC/SC reader, for kioskctl and for other programs that read passports.
    Card(Box<CardArguments>),
    /// Run the product on virtual devices: kiosk, queue service and waiting-room display.
    ///
    /// Opens their windows and the dev dock, a local page that holds up cards, takes paper out, cuts the network and
    /// presses call next. Without a display it plays one visit as --headless does.
    Demo {
        /// Play one whole visit without a display, and leave its pictures and visit.json.
        #[arg(long)]
        headless: bool,
        /// Where the pictures go.
        #[arg(long, default_value = "target/demo")]
        out: PathBuf,
        /// Raw bytes as the scanner would send them, instead of an invented card.
        #[arg(long, requires = "headless")]
        scan: Option<PathBuf>,
        /// Size of the kiosk's window in percent of the real screen. Both windows fit side by side on 1920x1080.
        #[arg(long, value_name = "PERCENT", default_value_t = 45, value_parser = clap::value_parser!(u16).range(10..=400))]
        kiosk_percent: u16,
        /// Size of the display's window in percent of the real screen.
        #[arg(long, value_name = "PERCENT", default_value_t = 40, value_parser = clap::value_parser!(u16).range(10..=400))]
        display_percent: u16,
    },
}

fn main() -> ExitCode {
    match run(Arguments::parse().task) {
        Ok(exit) => exit,
        Err(error) => {
            say(&format!("cargo xtask: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn run(task: Task) -> Result<ExitCode> {
    let path = std::env::var("PATH").unwrap_or_default();
    match task {
        Task::Test { quick: true, .. } => test(Depth::Quick, &path),
        Task::Test { image: true, .. } => test(Depth::WithImage, &path),
        Task::Test { .. } => test(Depth::Full, &path),
        Task::Bench { name } => {
            bench::run(&Path::new(env!("CARGO_MANIFEST_DIR")).join(".."), name.as_deref())?;
            Ok(ExitCode::SUCCESS)
        }
        Task::World { arguments } => {
            Ok(if xtask::world::run(&arguments)? { ExitCode::SUCCESS } else { ExitCode::FAILURE })
        }
        Task::Card(arguments) => {
            card::run(&arguments, &path)?;
            Ok(ExitCode::SUCCESS)
        }
        Task::Image(command) => {
            image::run(&command, &path)?;
            Ok(ExitCode::SUCCESS)
        }
        Task::Yocto(command) => {
            yocto::run(command, std::env::var_os("OE_LAYERS_DIR").map(PathBuf::from))?;
            Ok(ExitCode::SUCCESS)
        }
        Task::Demo { headless, out, scan, kiosk_percent, display_percent } => {
            let display = std::env::var_os("DISPLAY").is_some_and(|display| !display.is_empty());
            let windows = Percents { kiosk: kiosk_percent, display: display_percent };
            let mode = if headless || !display { Mode::Headless { scan } } else { Mode::Windows(windows) };
            if !headless && !display {
                say("There is no display here (DISPLAY is not set): playing one visit without windows.");
            }
            demo::run(&mode, &out, &path)?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn test(depth: Depth, path: &str) -> Result<ExitCode> {
    Ok(match test_command::run(depth, path)? {
        Verdict::Passed => ExitCode::SUCCESS,
        Verdict::TestsFailed => ExitCode::FAILURE,
    })
}
