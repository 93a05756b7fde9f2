//! The technician's command line: every driver by hand.
//!
//! Results are JSON on standard output, one object a line; errors go to standard error with their whole chain of
//! causes and a hint. Personal data appears only where the command is for it or `--show-personal` is given.

#![forbid(unsafe_code)]

mod card;
mod chosen;
mod devices;
mod face;
mod identity;
mod printer;
mod scanner;
mod selftest;
mod ticket;

use std::error::Error;
use std::io::{self, Write};
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use device_links::pcsc::PcscError;
use device_links::{Nodes, OpenError};

#[derive(Parser)]
#[command(name = "kioskctl", version, about = "Drives every device of a kiosk by hand")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Identity tokens, without a device
    #[command(subcommand)]
    Identity(identity::Command),
    /// The bar-code scanner
    #[command(subcommand)]
    Scanner(scanner::Command),
    /// Tickets, without a device
    #[command(subcommand)]
    Ticket(ticket::Command),
    /// The ticket printer
    #[command(subcommand)]
    Printer(printer::Command),
    /// Chip cards in PC/SC readers
    #[command(subcommand)]
    Card(card::Command),
    /// List what could be a device: what it is, its family if known, what to fix
    Devices,
}

fn main() -> ExitCode {
    match run(&Cli::parse().command, &mut io::stdout().lock()) {
        Ok(code) => code,
        // `kioskctl … | head` is no failure.
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            report(&error, &mut io::stderr().lock());
            ExitCode::FAILURE
        }
    }
}

fn run(command: &Command, out: &mut impl Write) -> anyhow::Result<ExitCode> {
    let done = match command {
        Command::Card(command) => return card::run(command, out),
        Command::Identity(command) => identity::run(command, &mut io::stdin().lock(), out),
        Command::Scanner(command) => scanner::run(command, out),
        Command::Ticket(command) => ticket::run(command, out),
        Command::Printer(command) => return printer::run(command, out),
        Command::Devices => devices::run(&Nodes::system(), out),
    };
    done.map(|()| ExitCode::SUCCESS)
}

/// Nothing can be done when standard error is closed too.
pub fn report(error: &anyhow::Error, to: &mut impl Write) {
    let _ = writeln!(to, "kioskctl: {error:#}");
    if let Some(hint) = error.chain().find_map(hint) {
        let _ = writeln!(to, "hint: {hint}");
    }
}

fn hint(cause: &(dyn Error + 'static)) -> Option<&'static str> {
    let of_line = cause.downcast_ref::<OpenError>().map(OpenError::hint);
    of_line.or_else(|| cause.downcast_ref::<PcscError>().map(PcscError::hint))
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let broken = |cause: &(dyn Error + 'static)| {
        cause.downcast_ref::<io::Error>().is_some_and(|io| io.kind() == io::ErrorKind::BrokenPipe)
    };
    error.chain().any(broken)
}
