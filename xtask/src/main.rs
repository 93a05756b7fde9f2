//! `cargo xtask …`: see `cargo xtask --help`.

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};
use xtask::console::say;
use xtask::test_command::{self, Verdict, steps::Depth};

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
        Task::Test { quick } => test(if quick { Depth::Quick } else { Depth::Full }, &path),
    }
}

fn test(depth: Depth, path: &str) -> Result<ExitCode> {
    Ok(match test_command::run(depth, path)? {
        Verdict::Passed => ExitCode::SUCCESS,
        Verdict::TestsFailed => ExitCode::FAILURE,
    })
}
