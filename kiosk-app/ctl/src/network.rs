//! The machine's network, by way of the running kiosk: shown, and changed.

use std::io::{BufRead, Read, Write};
use std::process::ExitCode;

use anyhow::Context;
use clap::{Args, Subcommand, ValueEnum};
use serde_json::{Value, json};
use zeroize::Zeroizing;

use crate::running::{self, Kiosk, Plain};

/// Longest passphrase that is read, in bytes; a wireless network has 64 at most.
const PASSPHRASE_BYTES_MAX: u64 = 80;

#[derive(Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Network {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    plain: Plain,
}

#[derive(Subcommand)]
enum Command {
    /// The interfaces with their addresses, whether the queue service can be reached, the clock, and what was set
    Show(Plain),
    /// Change it. What does not reach the queue service is put back after a minute and a quarter. Exits with 3 then
    #[command(subcommand)]
    Set(Change),
}

#[derive(Subcommand)]
enum Change {
    /// Addresses come from the network
    Dhcp {
        /// Of which kind of link
        #[arg(long)]
        on: Link,
        #[command(flatten)]
        how: How,
    },
    /// Addresses are these
    Static {
        /// Of which kind of link
        #[arg(long)]
        on: Link,
        /// With its prefix, such as 10.1.2.3/24
        #[arg(long)]
        address: String,
        /// The way out of the network
        #[arg(long)]
        gateway: Option<String>,
        /// At most three
        #[arg(long = "name-server")]
        name_servers: Vec<String>,
        #[command(flatten)]
        how: How,
    },
    /// The machine's one wireless network; reads the passphrase from standard input
    Wifi {
        /// Its name
        #[arg(long)]
        ssid: String,
        #[command(flatten)]
        how: How,
    },
}

#[derive(Args)]
struct How {
    /// Keep the change even when the queue service cannot be reached with it
    #[arg(long)]
    keep_unreached: bool,
    #[command(flatten)]
    kiosk: Kiosk,
}

#[derive(Clone, Copy, ValueEnum)]
enum Link {
    /// By cable
    Wired,
    /// By radio
    Wireless,
}

impl Link {
    const fn word(self) -> &'static str {
        match self {
            Self::Wired => "wired",
            Self::Wireless => "wireless",
        }
    }
}

impl How {
    const fn word(&self) -> &'static str {
        if self.keep_unreached { "always" } else { "when_reachable" }
    }
}

pub fn run(network: &Network, input: &mut impl BufRead, out: &mut impl Write) -> anyhow::Result<ExitCode> {
    match &network.command {
        None => running::plain("network", &network.plain, out),
        Some(Command::Show(plain)) => running::plain("network", plain, out),
        Some(Command::Set(change)) => set(change, input, out),
    }
}

fn set(change: &Change, input: &mut impl BufRead, out: &mut impl Write) -> anyhow::Result<ExitCode> {
    let (how, change): (&How, Value) = match change {
        Change::Dhcp { on, how } => (how, json!({ "ask": "dhcp", "on": on.word(), "keep": how.word() })),
        Change::Static { on, address, gateway, name_servers, how } => (
            how,
            json!({
                "ask": "static", "on": on.word(), "address": address, "gateway": gateway,
                "name_servers": name_servers, "keep": how.word(),
            }),
        ),
        Change::Wifi { ssid, how } => {
            let mut phrase = Zeroizing::new(String::new());
            input.take(PASSPHRASE_BYTES_MAX).read_line(&mut phrase).context("reading the passphrase")?;
            let wifi = json!({ "ssid": ssid, "passphrase": phrase.trim_end_matches(['\r', '\n']) });
            (how, json!({ "ask": "wifi", "wifi": wifi, "keep": how.word() }))
        }
    };
    running::ask_kiosk(&how.kiosk, &json!({ "ask": "set_network", "change": change }), out)
}
