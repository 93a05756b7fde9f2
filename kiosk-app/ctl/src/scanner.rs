use std::io::Write;
use std::time::Duration;

use anyhow::Context;
use clap::{Args, Subcommand};
use device_links::LinkAddress;
use kiosk_hal::scanner::{Scan, ScanError, Scanner};
use kiosk_hal::uptime::Uptime;
use qr_scanner::SerialScanner;
use serde_json::{Value, json};
use vn_identity::decode_on;

use crate::identity::{described, kind, refused, today_in_viet_nam};

/// Longest single wait for a code.
const TURN: Duration = Duration::from_secs(1);

#[derive(Subcommand)]
pub enum Command {
    /// Print one JSON object for each code held up
    Listen(Listen),
}

#[derive(Args)]
pub struct Listen {
    /// Where the scanner is, such as serial:/dev/ttyACM0@9600
    #[arg(long)]
    link: LinkAddress,
    /// Stop after this many seconds [default: never]
    #[arg(long)]
    seconds: Option<u64>,
    /// Print what the codes say, too
    #[arg(long)]
    show_personal: bool,
}

/// Runs one command on a scanner.
pub fn run(command: &Command, out: &mut impl Write) -> anyhow::Result<()> {
    let Command::Listen(listen) = command;
    let link = device_links::open(&listen.link).context("opening the scanner")?;
    listen_to(&mut SerialScanner::new(link), listen.seconds, listen.show_personal, out)
}

/// Prints one line for each code, for `seconds` or for ever.
pub fn listen_to(
    scanner: &mut impl Scanner,
    seconds: Option<u64>,
    show_personal: bool,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let end = seconds.map(|seconds| scanner.now() + Duration::from_secs(seconds));
    while end.is_none_or(|end| scanner.now() < end) {
        if let Some(line) = next_line(scanner, end, show_personal)? {
            writeln!(out, "{line}")?;
            out.flush()?;
        }
    }
    Ok(())
}

/// What the next code is, `None` when none came for a while.
fn next_line(scanner: &mut impl Scanner, end: Option<Uptime>, show_personal: bool) -> anyhow::Result<Option<Value>> {
    let turn = scanner.now() + TURN;
    match scanner.next_scan(end.map_or(turn, |end| end.min(turn))) {
        Ok(Some(scan)) => Ok(Some(line(&scan, show_personal)?)),
        Ok(None) => Ok(None),
        Err(ScanError::Overrun) => Ok(Some(refused("overrun"))),
        Err(error) => Err(error).context("reading the scanner"),
    }
}

fn line(scan: &Scan, show_personal: bool) -> anyhow::Result<Value> {
    let outcome = decode_on(scan.as_bytes(), today_in_viet_nam()?);
    let mut value = match (&outcome, show_personal) {
        (Ok(claim), false) => json!({ "ok": true, "kind": kind(claim.layout) }),
        (Ok(_) | Err(_), true) | (Err(_), false) => described(&outcome),
    };
    value["bytes"] = scan.as_bytes().len().into();
    if show_personal {
        value["payload"] = String::from_utf8_lossy(scan.as_bytes()).into();
    }
    Ok(value)
}
