//! `kiosk-provision`: runs at every boot of a kiosk, before everything that reads a setting.

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use kiosk_flash::first_boot::{self, Applied, FirstBootError};

/// Applies what kiosk-flash left on the EFI system partition, and gives the machine its name.
#[derive(Parser)]
struct Arguments {
    /// Where the EFI system partition is mounted.
    #[arg(long, value_name = "DIR", default_value = "/efi")]
    system_partition: PathBuf,
    /// The root of the machine.
    #[arg(long, value_name = "DIR", default_value = "/")]
    root: PathBuf,
}

fn main() -> ExitCode {
    let Arguments { system_partition, root } = Arguments::parse();
    let applied = first_boot::apply(&system_partition, &root);
    let named = first_boot::name_machine(&root);
    match applied.and_then(|applied| named.map(|()| applied)) {
        Ok(Applied::New) => say("new provisioning applied", ExitCode::SUCCESS),
        Ok(Applied::None) => ExitCode::SUCCESS,
        Err(error) => said(error),
    }
}

fn said(error: FirstBootError) -> ExitCode {
    say(&format!("{:#}", anyhow::Error::from(error)), ExitCode::FAILURE)
}

fn say(line: &str, exit: ExitCode) -> ExitCode {
    // Nobody is left to tell when standard error is closed.
    let _ = writeln!(io::stderr(), "kiosk-provision: {line}");
    exit
}
