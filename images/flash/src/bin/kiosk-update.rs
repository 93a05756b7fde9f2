//! `kiosk-update`: looks for updates and installs them, for a technician at the kiosk's screen.
//!
//! Runs as root for one question on its standard input, which systemd has connected to the kiosk's program
//! (kiosk-update.socket). One line of JSON in; out come lines of progress and, last, the answer. It never restarts the
//! machine.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use kiosk_flash::update::install::Machine;
use kiosk_flash::update::{QUESTION_BYTES_MAX, Question, Refusal, refused};
use serde_json::Value;

/// Longest wait for the question, and for one line of the answer to be taken.
const CLIENT_WAIT: Duration = Duration::from_secs(5);

/// Answers one question about updates on standard input.
#[derive(Parser)]
struct Arguments {
    /// The root of the machine.
    #[arg(long, value_name = "DIR", default_value = "/")]
    root: PathBuf,
    /// The kiosk's settings, below the root: `updates` and `queue.ca_file` are read.
    #[arg(long, value_name = "FILE", default_value = "/var/lib/tiep-don/kiosk.toml")]
    config: PathBuf,
}

fn main() -> ExitCode {
    let Arguments { root, config } = Arguments::parse();
    let answer = match question() {
        Ok(question) => Machine::new(&root, &config).answer(&question, &mut |progress| {
            // Who asked may have gone. RAUC goes on all the same, and the stick must not be unmounted before.
            let _gone = say(&progress.told());
        }),
        Err(_) => refused(Refusal::NotUnderstood, ""),
    };
    log(&answer);
    if say(&answer).is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn question() -> io::Result<Question> {
    use rustix::net::sockopt::{Timeout, set_socket_timeout};
    let stdin = io::stdin();
    let waits = [Timeout::Recv, Timeout::Send].map(|wait| set_socket_timeout(&stdin, wait, Some(CLIENT_WAIT)));
    // A file or a pipe has no deadline: somebody asks by hand.
    let _not_a_socket = waits.iter().any(Result::is_err);
    let mut line = String::new();
    BufReader::new(stdin.lock().take(QUESTION_BYTES_MAX)).read_line(&mut line)?;
    Ok(serde_json::from_str(&line)?)
}

fn say(line: &Value) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(format!("{line}\n").as_bytes())?;
    out.flush()
}

/// What was installed or refused is in the machine's log; what was found is not.
fn log(answer: &Value) {
    if answer["runs"].is_null() {
        // Nobody is left to tell when standard error is closed.
        let _ = writeln!(io::stderr(), "kiosk-update: {answer}");
    }
}
