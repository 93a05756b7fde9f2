//! `kiosk-network`: changes the network of a machine in place, for a technician at the kiosk's screen.
//!
//! Runs as root for one question on its standard input, which systemd has connected to the kiosk's program
//! (kiosk-network.socket). One line of JSON in, one out. It trusts nothing that it is asked, and logs no secret.

use std::fs;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use clap::Parser;
use kiosk_flash::first_boot::SETTINGS;
use kiosk_flash::network::keeping::{self, ChangeError, Machine};
use kiosk_flash::network::{QUESTION_BYTES_MAX, Question, Touches};
use serde_json::{Value, json};
use zeroize::Zeroizing;

/// Longest wait for the question.
const QUESTION_WAIT: Duration = Duration::from_secs(5);
/// Longest run of a program that takes note.
const PROGRAM_WAIT: Duration = Duration::from_secs(20);
/// Longest wait for a connection to the queue service.
const CONNECT_WAIT: Duration = Duration::from_secs(2);
/// Between two looks at whether a program has ended.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// Answers one question about the network on standard input.
#[derive(Parser)]
struct Arguments {
    /// The root of the machine.
    #[arg(long, value_name = "DIR", default_value = "/")]
    root: PathBuf,
}

fn main() -> ExitCode {
    let Arguments { root } = Arguments::parse();
    let answer = match question() {
        Ok(question) => answer(&question, &root),
        // What was asked is not repeated: a passphrase may be in it.
        Err(_) => json!({ "ok": false, "error": "not_understood" }),
    };
    match io::stdout().write_all(format!("{answer}\n").as_bytes()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

fn question() -> io::Result<Question> {
    let stdin = io::stdin();
    let wait =
        rustix::net::sockopt::set_socket_timeout(&stdin, rustix::net::sockopt::Timeout::Recv, Some(QUESTION_WAIT));
    // A file or a pipe has no deadline: somebody asks by hand.
    let _not_a_socket = wait.is_err();
    let mut line = Zeroizing::new(String::new());
    BufReader::new(stdin.lock().take(QUESTION_BYTES_MAX)).read_line(&mut line)?;
    Ok(serde_json::from_str(&line)?)
}

fn answer(question: &Question, root: &Path) -> Value {
    match keeping::answer(question, root, &System { service: service(root) }) {
        Ok(outcome) => outcome.told(),
        Err(error) => failed(error),
    }
}

fn failed(error: ChangeError) -> Value {
    let code = error.code();
    let text = format!("{:#}", anyhow::Error::from(error));
    say(&text);
    json!({ "ok": false, "error": code, "detail": text })
}

/// Host and port of the queue service, as the machine was provisioned with it.
fn service(root: &Path) -> Option<String> {
    let text = fs::read_to_string(root.join(SETTINGS).join("enrol.env")).ok()?;
    let (scheme, rest) = text.lines().find_map(|line| line.strip_prefix("QUEUE_URL="))?.split_once("://")?;
    let host = rest.split('/').next().filter(|host| !host.is_empty())?;
    let has_port = host.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok());
    let usual = if scheme == "https" { 443 } else { 80 };
    Some(if has_port { host.to_owned() } else { format!("{host}:{usual}") })
}

/// The machine this program runs on.
struct System {
    service: Option<String>,
}

impl Machine for System {
    fn take_note(&self, touches: Touches) -> io::Result<()> {
        match touches {
            Touches::Addresses => run("networkctl", &["reload"]),
            // It leaves a network that is no more among those it knows only when it starts, and runs only when it knows one.
            Touches::Wireless => run("systemctl", &["restart", "iwd.service"]),
        }
    }

    fn reaches_service(&self) -> bool {
        let Some(service) = &self.service else { return false };
        let Ok(mut addresses) = service.to_socket_addrs() else { return false };
        addresses.next().is_some_and(|address| TcpStream::connect_timeout(&address, CONNECT_WAIT).is_ok())
    }

    fn pause(&self, time: Duration) {
        thread::sleep(time);
    }
}

fn run(program: &str, arguments: &[&str]) -> io::Result<()> {
    let mut command = Command::new(program);
    // Standard output is the answer's.
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null());
    let mut child = command.spawn()?;
    let give_up_at = Instant::now() + PROGRAM_WAIT;
    loop {
        match child.try_wait()? {
            Some(status) if status.success() => return Ok(()),
            Some(status) => return Err(io::Error::other(format!("{program} ended with {status}"))),
            None if Instant::now() < give_up_at => thread::sleep(LOOK_EVERY),
            None => return Err(stopped(&mut child, program)),
        }
    }
}

fn stopped(child: &mut Child, program: &str) -> io::Error {
    // It may have ended by itself meanwhile.
    let _ended = child.kill();
    let _reaped = child.wait();
    io::Error::new(io::ErrorKind::TimedOut, format!("{program} did not end in {} s", PROGRAM_WAIT.as_secs()))
}

fn say(line: &str) {
    // Nobody is left to tell when standard error is closed.
    let _ = writeln!(io::stderr(), "kiosk-network: {line}");
}
