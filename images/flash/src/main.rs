//! `kiosk-flash`: the technician's flasher.
//!
//! It lists the removable drives an image may be written to, from facts of the kernel alone: sysfs and the mount table.
//! It writes nothing to any drive, and never opens one.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::{Parser, Subcommand};

mod drive;
mod mounts;
mod sysfs;

use drive::Drive;
use mounts::Mounts;

/// Lists the drives a kiosk image may be written to. It does not write images yet: no drive is ever changed or opened.
#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// List removable drives, and say which are refused and why. Writes nothing.
    List {
        /// Print JSON instead of lines.
        #[arg(long)]
        json: bool,
        /// Where sysfs is mounted.
        #[arg(long, value_name = "DIR", default_value = "/sys")]
        sysfs: PathBuf,
        /// The mount table, as proc(5) describes mountinfo.
        #[arg(long, value_name = "FILE", default_value = "/proc/self/mountinfo")]
        mountinfo: PathBuf,
    },
}

fn main() -> ExitCode {
    let Action::List { json, sysfs, mountinfo } = Arguments::parse().action;
    let listed = list(&sysfs, &mountinfo).and_then(|drives| print(&drives, if json { json_text } else { plain_text }));
    match listed {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Nobody is left to tell when standard error is closed.
            let _ = writeln!(io::stderr(), "kiosk-flash: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn list(sysfs: &Path, mountinfo: &Path) -> Result<Vec<Drive>> {
    let table = std::fs::read_to_string(mountinfo).with_context(|| format!("cannot read {}", mountinfo.display()))?;
    Ok(drive::removable(sysfs, &Mounts::parse(&table))?)
}

fn print(drives: &[Drive], text: fn(&[Drive]) -> Result<String>) -> Result<()> {
    io::stdout().write_all(text(drives)?.as_bytes()).context("cannot write the list")
}

fn json_text(drives: &[Drive]) -> Result<String> {
    let mut text = serde_json::to_string_pretty(drives).context("cannot write the list as JSON")?;
    text.push('\n');
    Ok(text)
}

fn plain_text(drives: &[Drive]) -> Result<String> {
    if drives.is_empty() {
        return Ok("no removable drive found: plug one in and list again\n".to_owned());
    }
    Ok(drives.iter().map(|drive| format!("{drive}\n")).collect())
}
