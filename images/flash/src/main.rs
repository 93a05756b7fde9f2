//! `kiosk-flash`: the technician's flasher.

use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

mod command;

use command::{guided, install, list, pack, write};

/// Writes a signed kiosk image to a drive, reads it back, and gives the machine its name.
///
/// Without a command, at a terminal, it asks for everything it needs.
#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    action: Option<Action>,
}

#[derive(Subcommand)]
enum Action {
    /// List removable drives, and say which are refused and why. Writes nothing.
    List(list::Arguments),
    /// Write an image to a drive, read it back, and provision it.
    Write(Box<write::Arguments>),
    /// Ask which disk of this machine to write a release to: what an installer stick runs.
    Install(install::Arguments),
    /// Make a release of a disk image: packed, described, and signed.
    Pack(pack::Arguments),
}

fn main() -> ExitCode {
    let done = match Arguments::parse().action {
        Some(Action::List(arguments)) => list::run(&arguments),
        Some(Action::Write(arguments)) => return write::run(&arguments),
        Some(Action::Install(arguments)) => return install::run(&arguments),
        Some(Action::Pack(arguments)) => pack::run(&arguments),
        None if io::stdin().is_terminal() => return guided::run(),
        None => Err(anyhow::anyhow!("no command, and no terminal to ask at; see kiosk-flash --help")),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Nobody is left to tell when standard error is closed.
            let _ = writeln!(io::stderr(), "kiosk-flash: {error:#}");
            ExitCode::FAILURE
        }
    }
}
