//! `kiosk-flash list`.

use std::io::{self, Write};

use anyhow::{Context, Result};
use clap::Args;
use kiosk_flash::drive::Drive;

use super::Machine;

#[derive(Debug, Args)]
pub struct Arguments {
    /// Print JSON instead of lines.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    machine: Machine,
}

pub fn run(arguments: &Arguments) -> Result<()> {
    let drives = arguments.machine.removable()?;
    let text = if arguments.json { json_text(&drives)? } else { plain_text(&drives) };
    io::stdout().write_all(text.as_bytes()).context("cannot write the list")
}

fn json_text(drives: &[Drive]) -> Result<String> {
    let mut text = serde_json::to_string_pretty(drives).context("cannot write the list as JSON")?;
    text.push('\n');
    Ok(text)
}

fn plain_text(drives: &[Drive]) -> String {
    if drives.is_empty() {
        return "no removable drive found: plug one in and list again\n".to_owned();
    }
    drives.iter().map(|drive| format!("{drive}\n")).collect()
}
