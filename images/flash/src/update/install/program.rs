//! Programs of the system, each with a deadline.

use std::collections::VecDeque;
use std::ffi::OsStr;
use std::io::{self, BufRead, BufReader, PipeReader, Read};
use std::process::{Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

/// Most that is read of what a program says, in bytes.
const SAID_BYTES_MAX: u64 = 1 << 20;
/// Newest lines of it that are kept.
const LINES_KEPT_MAX: usize = 200;
/// Lines that may wait to be handed on.
const LINES_WAITING_MAX: usize = 64;

/// A program that has ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ran {
    pub is_success: bool,
    /// On standard output and standard error.
    pub said: String,
}

/// Runs a program to its end; `each` hears every line as it comes.
///
/// # Errors
/// It cannot be started, or has not ended within `limit`.
pub fn run(program: &str, arguments: &[&OsStr], limit: Duration, each: &mut dyn FnMut(&str)) -> io::Result<Ran> {
    let (read, write) = io::pipe()?;
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(write.try_clone()?).stderr(write);
    let mut child = command.spawn()?;
    // It holds this end of the pipe, which must not stay open.
    drop(command);
    let lines = lines_of(read);
    let give_up_at = Instant::now() + limit;
    let mut said = VecDeque::new();
    loop {
        match lines.recv_timeout(give_up_at.saturating_duration_since(Instant::now())) {
            Ok(line) => {
                each(&line);
                said.push_back(line);
                if said.len() > LINES_KEPT_MAX {
                    said.pop_front();
                }
            }
            Err(RecvTimeoutError::Disconnected) => break,
            Err(RecvTimeoutError::Timeout) => {
                // It may have ended by itself meanwhile.
                let _ended = child.kill();
                let _reaped = child.wait();
                let text = format!("{program} did not end in {} s", limit.as_secs());
                return Err(io::Error::new(io::ErrorKind::TimedOut, text));
            }
        }
    }
    let is_success = child.wait()?.success();
    Ok(Ran { is_success, said: Vec::from(said).join("\n") })
}

/// The lines of a pipe, read by a thread that ends with it.
fn lines_of(pipe: PipeReader) -> Receiver<String> {
    let (line, lines) = sync_channel(LINES_WAITING_MAX);
    thread::spawn(move || hand_on(pipe, &line));
    lines
}

fn hand_on(pipe: PipeReader, to: &SyncSender<String>) {
    let mut pipe = BufReader::new(pipe.take(SAID_BYTES_MAX));
    let mut bytes = Vec::new();
    while pipe.read_until(b'\n', &mut bytes).is_ok_and(|count| count > 0) {
        let line = String::from_utf8_lossy(&bytes).trim_end().to_owned();
        if to.send(line).is_err() {
            return;
        }
        bytes.clear();
    }
}
