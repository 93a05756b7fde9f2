//! Another program, given bytes and a time limit.

use std::io::{self, Read, Write};
use std::process::{Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// How often a running program is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(10);
/// Of what a program says on standard error, this much is kept.
const SAID_MAX: u64 = 1_000;

/// What a program left.
pub struct Finished {
    pub status: ExitStatus,
    /// Its standard output, at most the asked length.
    pub output: Vec<u8>,
    /// The start of its standard error.
    pub said: String,
}

/// Why a program was ended before it had finished.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// Its time was up.
    TimeIsUp,
    /// Nobody wants the rest.
    Unwanted,
}

/// Runs `program` with `input` on its standard input. `Cut` when it was ended after `limit`, or as soon as `unwanted`.
pub fn run(
    program: &[String],
    input: Vec<u8>,
    output_max: u64,
    limit: Duration,
    unwanted: impl Fn() -> bool,
) -> io::Result<Result<Finished, Cut>> {
    let [name, arguments @ ..] = program else { return Err(io::ErrorKind::NotFound.into()) };
    let mut child = Command::new(name)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let stdin = child.stdin.take();
    // A program that does not read all of it ends with its own status, which says more than the broken pipe.
    thread::spawn(move || stdin.map(|mut stdin| stdin.write_all(&input)));
    let output = child.stdout.take().map(|stdout| collect(stdout, output_max));
    let said = child.stderr.take().map(|stderr| collect(stderr, SAID_MAX));
    let started = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        let cut = if started.elapsed() >= limit { Some(Cut::TimeIsUp) } else { unwanted().then_some(Cut::Unwanted) };
        if let Some(cut) = cut {
            child.kill()?;
            child.wait()?;
            return Ok(Err(cut));
        }
        thread::sleep(LOOK_EVERY);
    };
    // A grandchild may hold the pipes open; what came until the end of the limit is what there is.
    let rest = limit.saturating_sub(started.elapsed());
    let take = |collected: Option<std::sync::mpsc::Receiver<Vec<u8>>>| {
        collected.and_then(|collected| collected.recv_timeout(rest).ok()).unwrap_or_default()
    };
    let output = take(output);
    let said = String::from_utf8_lossy(&take(said)).trim().to_owned();
    Ok(Ok(Finished { status, output, said }))
}

/// Reads on a thread of its own: a program that fills one pipe while nobody reads it never ends.
fn collect(from: impl Read + Send + 'static, max: u64) -> std::sync::mpsc::Receiver<Vec<u8>> {
    let (give, taken) = std::sync::mpsc::channel();
    thread::spawn(move || {
        let mut from = from;
        let mut bytes = Vec::new();
        let read = from.by_ref().take(max).read_to_end(&mut bytes);
        // The rest is read and dropped, so that the program can end.
        let _ = read.and_then(|_| io::copy(&mut from, &mut io::sink()));
        let _ = give.send(bytes);
    });
    taken
}
