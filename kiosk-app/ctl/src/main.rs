//! The technician's command line: every driver by hand.
//!
//! Results are JSON on standard output, one object a line; errors go to standard error with their whole chain of
//! causes and a hint. Personal data appears only where the command is for it or `--show-personal` is given.

#![forbid(unsafe_code)]

mod camera;
mod card;
mod chosen;
mod devices;
mod enrol;
mod face;
mod identity;
mod network;
mod printer;
mod running;
mod scanner;
mod selftest;
mod ticket;
mod token;
mod update;

use std::error::Error;
use std::io::{self, Write};
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use device_links::pcsc::PcscError;
use device_links::{CameraError, Nodes, OpenError};

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
    /// Chip cards in PC/SC readers
    #[command(subcommand)]
    Card(card::Command),
    /// Turn a one-time code of the queue service into this kiosk's key. Exits with 3 when the code can never work
    Enrol(enrol::Enrol),
    /// How the running kiosk and its devices are. Exits with 3 when something is not well
    Status(running::Plain),
    /// Try a device of the running kiosk
    Selftest(running::SelfTest),
    /// What the kiosk has counted: tickets, paper, faults
    Counters(running::Plain),
    /// The newest lines of the kiosk's log
    Logs(running::Logs),
    /// The network interfaces, whether the queue service can be reached, and changes of the network
    Network(network::Network),
    /// Service tokens: signed QR codes that open the service mode without the PIN
    #[command(subcommand)]
    Token(token::Command),
    /// Updates of the machine: what RAUC says; or what is there, and installing it
    Update(update::Update),
    /// Restart the machine
    Reboot(running::Reboot),
    /// Stop serving patients while a technician is at work, or begin again
    Visits(running::OutOfService),
    /// The PIN of the service mode
    #[command(subcommand)]
    Pin(running::Pin),
    /// How loud the running kiosk's voice is
    #[command(subcommand)]
    Sound(running::Sound),
    /// The configuration of a kiosk
    #[command(subcommand)]
    Config(running::Config),
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
        Command::Camera(command) => return camera::run(command, out),
        Command::Card(command) => return card::run(command, out),
        Command::Identity(command) => identity::run(command, &mut io::stdin().lock(), out),
        Command::Scanner(command) => scanner::run(command, out),
        Command::Ticket(command) => ticket::run(command, out),
        Command::Printer(command) => return printer::run(command, out),
        Command::Enrol(enrol) => return enrol::run(enrol, out),
        Command::Status(plain) => return running::plain("status", plain, out),
        Command::Counters(plain) => return running::plain("counters", plain, out),
        Command::Network(network) => return network::run(network, &mut io::stdin().lock(), out),
        Command::Token(token) => return token::run(token, &mut io::stdin().lock(), out),
        Command::Update(update) => return update::run(update, out),
        Command::Selftest(test) => return running::selftest(test, out),
        Command::Logs(logs) => return running::logs(logs, out),
        Command::Reboot(reboot) => return running::reboot(reboot, out),
        Command::Visits(asked) => return running::visits(asked, out),
        Command::Pin(pin) => return running::pin(pin, &mut io::stdin().lock(), out),
        Command::Sound(sound) => return running::sound(sound, out),
        Command::Config(config) => return running::config(config, std::env::current_exe().ok().as_deref(), out),
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
    let of_reader = || cause.downcast_ref::<PcscError>().map(PcscError::hint);
    of_line.or_else(of_reader).or_else(|| cause.downcast_ref::<CameraError>().map(CameraError::hint))
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let broken = |cause: &(dyn Error + 'static)| {
        cause.downcast_ref::<io::Error>().is_some_and(|io| io.kind() == io::ErrorKind::BrokenPipe)
    };
    error.chain().any(broken)
}
