//! QEMU's machine protocol: one JSON object a line on a Unix socket.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

/// QEMU answers at once unless the machine it runs on stands still.
const ANSWER_WITHIN: Duration = Duration::from_mins(1);
/// How often a socket is looked for that is not there yet.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// A connection.
#[derive(Debug)]
pub struct Qmp {
    lines: BufReader<UnixStream>,
}

impl Qmp {
    /// Connects to the socket that QEMU is about to make.
    ///
    /// # Errors
    /// It does not come, or nobody greets.
    pub fn connect(socket: &Path) -> Result<Self> {
        let give_up_at = Instant::now() + ANSWER_WITHIN;
        let stream = loop {
            match UnixStream::connect(socket) {
                Ok(stream) => break stream,
                Err(error) if Instant::now() > give_up_at => return Err(error).context("QEMU does not start"),
                Err(_) => thread::sleep(LOOK_EVERY),
            }
        };
        stream.set_read_timeout(Some(ANSWER_WITHIN))?;
        let mut qmp = Self { lines: BufReader::new(stream) };
        qmp.line().context("QEMU does not greet")?;
        qmp.execute("qmp_capabilities", json!({}))?;
        Ok(qmp)
    }

    /// Executes one command and returns what it returns.
    ///
    /// # Errors
    /// QEMU refuses or does not answer.
    pub fn execute(&mut self, command: &str, arguments: Value) -> Result<Value> {
        let text = json!({ "execute": command, "arguments": arguments }).to_string() + "\n";
        self.lines.get_mut().write_all(text.as_bytes()).with_context(|| command.to_owned())?;
        loop {
            let mut reply = self.line().with_context(|| command.to_owned())?;
            if let Some(error) = reply.get("error") {
                bail!("{command}: {error}");
            }
            if let Some(value) = reply.get_mut("return") {
                return Ok(value.take());
            }
        }
    }

    fn line(&mut self) -> Result<Value> {
        let mut line = String::new();
        if self.lines.read_line(&mut line)? == 0 {
            bail!("QEMU has ended");
        }
        Ok(serde_json::from_str(&line)?)
    }
}
