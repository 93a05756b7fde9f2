//! The technician's command line: every driver by hand.
//!
//! Results are JSON on standard output, one object a line; errors go to standard error with their whole chain of
//! causes and a hint. Personal data appears only where the command is for it or `--show-personal` is given.

#![forbid(unsafe_code)]

mod camera;
mod devices;
mod identity;
mod printer;
mod scanner;
mod ticket;

use std::error::Error;
use std::io::{self, Write};
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use device_links::{CameraError, OpenError};

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
    /// QR codes in pictures, and a camera as the scanner
    #[command(subcommand)]
    Camera(camera::Command),
    /// The bar-code scanner
    #[command(subcommand)]
    Scanner(scanner::Command),
    /// Tickets, without a device
    #[command(subcommand)]
    Ticket(ticket::Command),
    /// The ticket printer
    #[command(subcommand)]
    Printer(printer::Command),
    /// List the serial lines a device could be on
    Devices,
}

fn main() -> ExitCode {
    match run(&Cli::parse().command, &mut io::stdout().lock()) {
        Ok(Ended::Well) => ExitCode::SUCCESS,
        Ok(Ended::WithErrors) => ExitCode::FAILURE,
        // `kioskctl … | head` is no failure.
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            report(&error, &mut io::stderr().lock());
            ExitCode::FAILURE
        }
    }
}

/// How a command ended that has printed its results.
enum Ended {
    Well,
    /// Some of the results say what went wrong.
    WithErrors,
}

fn run(command: &Command, out: &mut impl Write) -> anyhow::Result<Ended> {
    match command {
        Command::Camera(command) => return camera::run(command, out),
        Command::Identity(command) => identity::run(command, &mut io::stdin().lock(), out),
        Command::Scanner(command) => scanner::run(command, out),
        Command::Ticket(command) => ticket::run(command, out),
        Command::Printer(command) => printer::run(command, out),
        Command::Devices => devices::run(out),
    }?;
    Ok(Ended::Well)
}

/// Nothing can be done when standard error is closed too.
fn report(error: &anyhow::Error, to: &mut impl Write) {
    let _ = writeln!(to, "kioskctl: {error:#}");
    let hint = |cause: &(dyn Error + 'static)| {
        let link = cause.downcast_ref::<OpenError>().map(OpenError::hint);
        link.or_else(|| cause.downcast_ref::<CameraError>().map(CameraError::hint))
    };
    if let Some(hint) = error.chain().find_map(hint) {
        let _ = writeln!(to, "hint: {hint}");
    }
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let broken = |cause: &(dyn Error + 'static)| {
        cause.downcast_ref::<io::Error>().is_some_and(|io| io.kind() == io::ErrorKind::BrokenPipe)
    };
    error.chain().any(broken)
}
