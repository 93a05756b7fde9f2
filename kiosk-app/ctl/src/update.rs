//! Updates of the machine, by way of the running kiosk: what RAUC says, what is there, and installing it.

use std::io::Write;
use std::process::ExitCode;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::ensure;
use clap::{Args, Subcommand};
use serde_json::{Value, json};

use crate::running::{self, Kiosk, Plain};

/// Longest installation; the machine's own limit is shorter.
const INSTALL_WAIT: Duration = Duration::from_secs(4_200);
/// Between two looks at how far it is.
const LOOK_EVERY: Duration = Duration::from_millis(500);

#[derive(Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Update {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    plain: Plain,
}

#[derive(Subcommand)]
enum Command {
    /// What runs, which updates are on USB sticks, and the configured address
    Look(Plain),
    /// Install an update: lines of progress, then the answer. Exits with 3 when it was refused. Restarts nothing
    #[command(subcommand)]
    Install(From),
}

#[derive(Subcommand)]
enum From {
    /// From a USB stick, as "look" lists it
    Stick {
        /// Its partition, such as sdb1
        stick: String,
        /// The bundle's name, such as kiosk-1.2.raucb
        bundle: String,
        #[command(flatten)]
        kiosk: Kiosk,
    },
    /// From the address in the kiosk's configuration
    Address {
        #[command(flatten)]
        kiosk: Kiosk,
    },
}

pub fn run(update: &Update, out: &mut impl Write) -> anyhow::Result<ExitCode> {
    match &update.command {
        None => running::plain("update", &update.plain, out),
        Some(Command::Look(plain)) => running::plain("look_for_updates", plain, out),
        Some(Command::Install(From::Address { kiosk })) => install(kiosk, &json!({ "ask": "install_address" }), out),
        Some(Command::Install(From::Stick { stick, bundle, kiosk })) => {
            install(kiosk, &json!({ "ask": "install_stick", "stick": stick, "bundle": bundle }), out)
        }
    }
}

/// Each line that differs from the one before is printed. The kiosk goes on when this program ends.
fn install(kiosk: &Kiosk, from: &Value, out: &mut impl Write) -> anyhow::Result<ExitCode> {
    let give_up_at = Instant::now() + INSTALL_WAIT;
    let mut answer = running::asked(kiosk, &json!({ "ask": "install_update", "from": from }))?;
    loop {
        writeln!(out, "{answer}")?;
        out.flush()?;
        if answer["update"] != "installing" {
            return Ok(running::well(&answer));
        }
        let before = answer;
        loop {
            ensure!(Instant::now() < give_up_at, "the update has not ended in {} s", INSTALL_WAIT.as_secs());
            thread::sleep(LOOK_EVERY);
            answer = running::asked(kiosk, &json!({ "ask": "update_progress" }))?;
            if answer != before {
                break;
            }
        }
    }
}
