//! The running kiosk, asked over its control socket; and its configuration, checked by the kiosk's own program.

use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Command as Program, ExitCode};
use std::time::Duration;

use anyhow::{Context, ensure};
use clap::{Args, Subcommand, ValueEnum};
use serde_json::{Value, json};

/// Exit status when the kiosk answered that something is not well.
const NOT_WELL: u8 = 3;
/// Longest wait for an answer: a test ticket may take as long as a patient's.
const ANSWER_WAIT: Duration = Duration::from_secs(240);
/// Longest answer, in bytes.
const ANSWER_BYTES_MAX: u64 = 1_048_576;

/// Where the running kiosk is.
#[derive(Args)]
pub struct Kiosk {
    /// The kiosk's control socket
    #[arg(long, default_value = "/var/lib/kiosk/control.sock")]
    socket: PathBuf,
    /// Print JSON; there is no other format
    #[arg(long)]
    json: bool,
}

/// A question without anything besides.
#[derive(Args)]
pub struct Plain {
    #[command(flatten)]
    kiosk: Kiosk,
}

#[derive(Args)]
pub struct SelfTest {
    /// What to try
    test: Test,
    #[command(flatten)]
    kiosk: Kiosk,
}

#[derive(Clone, Copy, ValueEnum)]
enum Test {
    /// Prints a ticket that is no number
    Print,
    /// Prints how the kiosk and its devices are, and what is missing
    Report,
    /// Waits for a code to be held up; what it says is not printed
    Scan,
    /// Looks what is in the chip-card readers
    Card,
    /// Says something over the loudspeaker
    Sound,
    /// Reaches the queue service
    Service,
}

#[derive(Args)]
pub struct Logs {
    /// How many starts of the machine ago; 0 = since this one
    #[arg(long, default_value_t = 0)]
    boot: u16,
    /// Newest lines
    #[arg(long, default_value_t = 100)]
    lines: u16,
    #[command(flatten)]
    kiosk: Kiosk,
}

#[derive(Args)]
pub struct Reboot {
    /// Really restart the machine, in the middle of a visit if there is one
    #[arg(long, required = true)]
    yes: bool,
    #[command(flatten)]
    kiosk: Kiosk,
}

#[derive(Args)]
pub struct OutOfService {
    /// off = no visits, a technician is at work; on = patients are served
    visits: Visits,
    #[command(flatten)]
    kiosk: Kiosk,
}

#[derive(Clone, Copy, ValueEnum)]
enum Visits {
    /// Patients are served
    On,
    /// A technician is at work
    Off,
}

#[derive(Subcommand)]
pub enum Pin {
    /// Set the PIN of the service mode; reads 6 to 12 digits from standard input
    Set(Plain),
}

#[derive(Subcommand)]
pub enum Sound {
    /// How loud screens are spoken; with a volume, be so from now on, over restarts as well
    Volume(Volume),
}

#[derive(Args)]
pub struct Volume {
    /// Percent such as 80, times and percent such as 06:00=80,20:00=0, or "configured"
    volume: Option<String>,
    #[command(flatten)]
    kiosk: Kiosk,
}

#[derive(Subcommand)]
pub enum Config {
    /// Check a configuration and every file it names, as kiosk-app does when it starts
    Check(Check),
}

#[derive(Args)]
pub struct Check {
    /// The configuration
    #[arg(long, default_value = "/etc/kiosk/kiosk.toml")]
    config: PathBuf,
    /// The kiosk's program; without it the one beside kioskctl
    #[arg(long)]
    program: Option<PathBuf>,
}

/// Asks something that needs nothing besides its name.
pub fn plain(ask: &str, plain: &Plain, out: &mut impl Write) -> anyhow::Result<ExitCode> {
    ask_kiosk(&plain.kiosk, &json!({ "ask": ask }), out)
}

pub fn selftest(test: &SelfTest, out: &mut impl Write) -> anyhow::Result<ExitCode> {
    let word = match test.test {
        Test::Print => "print",
        Test::Report => "report",
        Test::Scan => "scan",
        Test::Card => "card",
        Test::Sound => "sound",
        Test::Service => "service",
    };
    ask_kiosk(&test.kiosk, &json!({ "ask": "selftest", "test": word }), out)
}

pub fn logs(logs: &Logs, out: &mut impl Write) -> anyhow::Result<ExitCode> {
    ask_kiosk(&logs.kiosk, &json!({ "ask": "logs", "boot": logs.boot, "lines": logs.lines }), out)
}

pub fn reboot(reboot: &Reboot, out: &mut impl Write) -> anyhow::Result<ExitCode> {
    ensure!(reboot.yes, "--yes is missing");
    ask_kiosk(&reboot.kiosk, &json!({ "ask": "reboot" }), out)
}

pub fn visits(asked: &OutOfService, out: &mut impl Write) -> anyhow::Result<ExitCode> {
    let state = match asked.visits {
        Visits::On => "in",
        Visits::Off => "out",
    };
    ask_kiosk(&asked.kiosk, &json!({ "ask": "out_of_service", "state": state }), out)
}

pub fn pin(pin: &Pin, input: &mut impl BufRead, out: &mut impl Write) -> anyhow::Result<ExitCode> {
    let Pin::Set(plain) = pin;
    let mut digits = zeroize::Zeroizing::new(String::new());
    input.take(64).read_line(&mut digits).context("reading the PIN")?;
    ask_kiosk(&plain.kiosk, &json!({ "ask": "set_pin", "pin": digits.trim() }), out)
}

pub fn sound(sound: &Sound, out: &mut impl Write) -> anyhow::Result<ExitCode> {
    let Sound::Volume(asked) = sound;
    let question = match &asked.volume {
        None => json!({ "ask": "volume" }),
        Some(volume) => json!({ "ask": "set_volume", "volume": volume }),
    };
    ask_kiosk(&asked.kiosk, &question, out)
}

/// The answer goes to standard output as it came. Not well is no failure of the command: it has a status of its own.
pub fn ask_kiosk(kiosk: &Kiosk, question: &Value, out: &mut impl Write) -> anyhow::Result<ExitCode> {
    let answer = asked(kiosk, question)?;
    writeln!(out, "{answer}")?;
    Ok(well(&answer))
}

/// The exit status of an answer.
pub fn well(answer: &Value) -> ExitCode {
    if answer["ok"] == true { ExitCode::SUCCESS } else { ExitCode::from(NOT_WELL) }
}

/// The answer to one question.
pub fn asked(kiosk: &Kiosk, question: &Value) -> anyhow::Result<Value> {
    let name = || format!("asking the kiosk at {}: does it run, and is this its user or root?", kiosk.socket.display());
    let mut socket = UnixStream::connect(&kiosk.socket).with_context(name)?;
    socket.set_read_timeout(Some(ANSWER_WAIT)).with_context(name)?;
    socket.write_all(format!("{question}\n").as_bytes()).with_context(name)?;
    let mut line = String::new();
    BufReader::new(socket).take(ANSWER_BYTES_MAX).read_line(&mut line).with_context(name)?;
    serde_json::from_str(&line).context("the kiosk's answer is no JSON")
}

/// The kiosk's own program checks: there is one reader of the file, and it cannot disagree with itself. `own` is where
/// this program is.
pub fn config(config: &Config, own: Option<&Path>, out: &mut impl Write) -> anyhow::Result<ExitCode> {
    let Config::Check(check) = config;
    let beside = || Some(own?.with_file_name("kiosk-app"));
    let program = check.program.clone().or_else(beside).context("finding kiosk-app")?;
    let run = Program::new(&program).args(["--check", "--plain", "--config"]).arg(&check.config).output();
    let run = run.with_context(|| format!("running {}", program.display()))?;
    let said = String::from_utf8_lossy(&run.stderr);
    let error = said.lines().next_back().unwrap_or_default();
    let ok = run.status.success();
    writeln!(out, "{}", if ok { json!({ "ok": true }) } else { json!({ "ok": false, "error": error }) })?;
    Ok(if ok { ExitCode::SUCCESS } else { ExitCode::from(NOT_WELL) })
}
