use std::io::Write;
use std::time::Duration;

use anyhow::Context;
use clap::{Args, Subcommand, ValueEnum};
use device_links::{LinkAddress, Nodes};
use kiosk_hal::link::ByteLink;
use kiosk_hal::scanner::{Scan, ScanError, Scanner};
use kiosk_hal::uptime::Uptime;
use qr_scanner::decoder::Pauses;
use qr_scanner::detect::{detect, detect_wait};
use qr_scanner::gm65::{self, Mode};
use qr_scanner::{Action, Family, LineFamily, LinkScanner, connect};
use serde_json::{Value, json};
use vn_identity::decode_on;

use crate::identity::{described, kind, refused, today_in_viet_nam};

/// Longest single wait for a code.
const TURN: Duration = Duration::from_secs(1);

/// Longest wait for a command to leave.
const COMMAND_WAIT: Duration = Duration::from_secs(3);

/// Longest wait until a setting is made and confirmed.
const SETTING_WAIT: Duration = gm65::SETTING_WAIT.saturating_mul(3);

#[derive(Subcommand)]
pub enum Command {
    /// Print one JSON object for each code held up
    Listen(Listen),
    /// Ask the engine on a line for its family. Never ask a printer
    Detect(Detect),
    /// Set what makes a GM65 or Newland EM30xx look for a code, and keep it without power
    SetMode(SetMode),
}

#[derive(Args)]
pub struct Target {
    /// Where the scanner is, such as serial:/dev/ttyACM0@9600
    #[arg(long)]
    link: LinkAddress,
}

#[derive(Args)]
pub struct Detect {
    #[command(flatten)]
    target: Target,
    /// Wait for each answer, in milliseconds; more for a line behind a network
    #[arg(long, default_value_t = 400, value_parser = clap::value_parser!(u64).range(250..))]
    wait_ms: u64,
}

#[derive(Args)]
pub struct Listen {
    #[command(flatten)]
    target: Target,
    /// What is on a serial line: auto, plain, gm65, honeywell, newland or zebra-ssi
    #[arg(long, default_value = "plain")]
    family: LineFamily,
    /// Tell an engine in command mode to look for a code, each second, and to stop at the end
    #[arg(long)]
    start: bool,
    /// Stop after this many seconds [default: never]
    #[arg(long)]
    seconds: Option<u64>,
    /// Print what the codes say, too
    #[arg(long)]
    show_personal: bool,
}

#[derive(Args)]
pub struct SetMode {
    #[command(flatten)]
    target: Target,
    /// What makes it look
    mode: EngineMode,
}

#[derive(Clone, Copy, ValueEnum)]
enum EngineMode {
    /// Nothing: it always looks. What a kiosk needs
    Continuous,
    /// Something moving before the window
    Sensing,
    /// The start command
    Command,
}

/// Runs one command on a scanner.
pub fn run(command: &Command, out: &mut impl Write) -> anyhow::Result<()> {
    match command {
        Command::Listen(listen) => self::listen(listen, out),
        Command::Detect(detect) => detect_family(detect, out),
        Command::SetMode(set) => set_mode(set, out),
    }
}

fn detect_family(command: &Detect, out: &mut impl Write) -> anyhow::Result<()> {
    let mut link = device_links::open(&command.target.link).context("opening the scanner")?;
    let wait = Duration::from_millis(command.wait_ms);
    let until = link.now() + detect_wait(wait);
    let family = detect(&mut link, wait, until).context("asking the scanner")?;
    writeln!(out, "{}", json!({ "family": family.map(Family::name), "answered": family.is_some() }))?;
    Ok(())
}

fn set_mode(command: &SetMode, out: &mut impl Write) -> anyhow::Result<()> {
    let mut link = device_links::open(&command.target.link).context("opening the scanner")?;
    let until = link.now() + SETTING_WAIT;
    let mode = match command.mode {
        EngineMode::Continuous => Mode::Continuous,
        EngineMode::Sensing => Mode::Sensing,
        EngineMode::Command => Mode::Command,
    };
    gm65::set_mode(&mut link, mode, until).context("setting the scanner's mode")?;
    writeln!(out, "{}", json!({ "ok": true }))?;
    Ok(())
}

fn listen(listen: &Listen, out: &mut impl Write) -> anyhow::Result<()> {
    let mut scanner = open(&listen.target.link, listen.family)?;
    let end = listen.seconds.map(|seconds| scanner.now() + Duration::from_secs(seconds));
    while end.is_none_or(|end| scanner.now() < end) {
        if listen.start {
            tell(&mut scanner, Action::Start)?;
        }
        if let Some(line) = next_line(&mut scanner, end, listen.show_personal)? {
            writeln!(out, "{line}")?;
            out.flush()?;
        }
    }
    if listen.start {
        tell(&mut scanner, Action::Stop)?;
    }
    Ok(())
}

/// A node says what it is by its kind; a line is asked or told.
fn open(address: &LinkAddress, family: LineFamily) -> anyhow::Result<LinkScanner<Box<dyn ByteLink>>> {
    let link = device_links::open(address).context("opening the scanner")?;
    Ok(match address {
        LinkAddress::Serial(_) | LinkAddress::UsbLp(_) | LinkAddress::Tcp(_) => connect(link, family, Pauses::USUAL)?,
        LinkAddress::Keyboard(_) => LinkScanner::of(link, Family::Keyboard, None, Pauses::USUAL)?,
        LinkAddress::Hidraw(node) => {
            let descriptor = Nodes::system().report_descriptor(node).context("reading what the scanner reports")?;
            LinkScanner::of(link, Family::HidPos, Some(&descriptor), Pauses::USUAL)?
        }
    })
}

fn tell(scanner: &mut LinkScanner<Box<dyn ByteLink>>, action: Action) -> anyhow::Result<()> {
    let until = scanner.now() + COMMAND_WAIT;
    scanner.command(action, until).context("commanding the scanner")
}

/// What the next code is, `None` when none came for a while.
fn next_line(scanner: &mut impl Scanner, end: Option<Uptime>, show_personal: bool) -> anyhow::Result<Option<Value>> {
    let turn = scanner.now() + TURN;
    match scanner.next_scan(end.map_or(turn, |end| end.min(turn))) {
        Ok(Some(scan)) => Ok(Some(line(&scan, show_personal)?)),
        Ok(None) => Ok(None),
        Err(ScanError::Overrun) => Ok(Some(refused("overrun"))),
        Err(error @ ScanError::LettersLost) => {
            let mut value = refused("letters_lost");
            value["fix"] = error.to_string().into();
            Ok(Some(value))
        }
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
