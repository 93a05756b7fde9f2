//! `kiosk-provision`: runs at every boot of a kiosk, before everything that reads a setting.

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use kiosk_flash::boot_environment::{self, Found};
use kiosk_flash::first_boot::{self, Applied};
use kiosk_flash::missing::Known;
use kiosk_flash::network::keeping;

/// Makes the boot environment whole, applies what kiosk-flash left on the EFI system partition, and gives the machine its
/// name.
#[derive(Parser)]
struct Arguments {
    /// Where the EFI system partition is mounted.
    #[arg(long, value_name = "DIR", default_value = "/efi")]
    system_partition: PathBuf,
    /// The root of the machine.
    #[arg(long, value_name = "DIR", default_value = "/")]
    root: PathBuf,
    /// Only keep the boot environment as it is: the running slot was confirmed.
    #[arg(long)]
    keep_boot_environment: bool,
    /// Only say what the machine still lacks, after an enrolment that ended with this exit status; empty = with none.
    #[arg(long, value_name = "STATUS")]
    enrolment_ended: Option<String>,
}

fn main() -> ExitCode {
    let Arguments { system_partition, root, keep_boot_environment, enrolment_ended } = Arguments::parse();
    if let Some(status) = enrolment_ended {
        let text = Known::of(&root, status.parse().ok()).text();
        return if io::stdout().write_all(text.as_bytes()).is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE };
    }
    if keep_boot_environment {
        return match boot_environment::keep(&system_partition) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => said(error),
        };
    }
    match boot_environment::restore(&system_partition) {
        Ok(Found::Whole) => {}
        Ok(Found::Restored) => say("the boot environment was cut off: it is what was kept at the last confirmation"),
        // Whoever this machine is stays to be found out.
        Err(error) => drop(said(error)),
    }
    // The power went while a technician changed the network: nobody has seen it work.
    match keeping::settle(&root) {
        Ok(()) => {}
        Err(error) => drop(said(error)),
    }
    let applied = first_boot::apply(&system_partition, &root);
    let named = first_boot::name_machine(&root);
    match applied.and_then(|applied| named.map(|()| applied)) {
        Ok(Applied::New) => say("new provisioning applied"),
        Ok(Applied::None) => {}
        Err(error) => return said(error),
    }
    ExitCode::SUCCESS
}

fn said(error: impl Into<anyhow::Error>) -> ExitCode {
    say(&format!("{:#}", error.into()));
    ExitCode::FAILURE
}

fn say(line: &str) {
    // Nobody is left to tell when standard error is closed.
    let _ = writeln!(io::stderr(), "kiosk-provision: {line}");
}
