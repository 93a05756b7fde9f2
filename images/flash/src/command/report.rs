//! What a run of `write` says: lines for a person, or one JSON object a line for a program.

use std::io::{self, Write};
use std::time::{Duration, Instant};

use kiosk_flash::drive::decimal_size;
use kiosk_flash::flash::{DriveState, Progress, Step, Written};
use serde_json::json;

/// A terminal's line is drawn anew this often, a log's line written.
const TERMINAL_EVERY: Duration = Duration::from_millis(200);
const LOG_EVERY: Duration = Duration::from_secs(2);

/// Who reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reader {
    /// A person: one line that is drawn over.
    Terminal,
    /// A file or a pipe: a line now and then.
    Log,
    /// A program: one JSON object a line on standard output.
    Program,
}

/// Tells a reader how a drive is written.
pub struct Report {
    reader: Reader,
    every: Duration,
    step: Option<(Step, Instant)>,
    said: Option<Instant>,
}

impl Report {
    pub fn new(reader: Reader) -> Self {
        let every = if reader == Reader::Log { LOG_EVERY } else { TERMINAL_EVERY };
        Self { reader, every, step: None, said: None }
    }

    /// Something to know before the drive is written.
    pub fn note(&mut self, text: &str) {
        match self.reader {
            Reader::Terminal | Reader::Log => say(&format!("{text}\n")),
            Reader::Program => self.event(&json!({ "event": "note", "text": text })),
        }
    }

    pub fn progress(&mut self, Progress { step, done, total }: Progress) {
        let now = Instant::now();
        let started = match self.step {
            Some((current, started)) if current == step => started,
            Some(_) | None => {
                self.step = Some((step, now));
                self.said = None;
                now
            }
        };
        let due = self.said.is_none_or(|said| now.duration_since(said) >= self.every) || done == total;
        if !due {
            return;
        }
        self.said = Some(now);
        let seconds = now.duration_since(started).as_secs_f64();
        let speed = if seconds > 0.0 { done as f64 / seconds } else { 0.0 };
        let left = if speed > 0.0 { Some((total.saturating_sub(done)) as f64 / speed) } else { None };
        match self.reader {
            Reader::Program => self.event(&json!({
                "event": "progress", "step": step, "done_bytes": done, "total_bytes": total,
                "bytes_per_second": speed.round(), "seconds_left": left.map(f64::round),
            })),
            Reader::Terminal => say(&format!("\r\x1b[K{}{}", line(step, done, total, speed, left), end(done == total))),
            Reader::Log => say(&format!("{}\n", line(step, done, total, speed, left))),
        }
    }

    pub fn written(&mut self, drive: &str, written: &Written) {
        match self.reader {
            Reader::Program => self.event(&json!({ "event": "written", "drive": drive, "written": written })),
            Reader::Terminal | Reader::Log => say(&format!(
                "DONE: {drive} holds the image. {} written, all of it read back and equal. It may be taken out.\n",
                decimal_size(written.written_bytes)
            )),
        }
    }

    pub fn failed(&mut self, state: DriveState, error: &anyhow::Error) {
        match self.reader {
            Reader::Program => {
                self.event(&json!({ "event": "failed", "drive_state": state, "error": format!("{error:#}") }))
            }
            Reader::Terminal | Reader::Log => say(&format!("\nFAILED: {error:#}\n")),
        }
    }

    fn event(&self, event: &serde_json::Value) {
        // A reader that went away learns from the exit code.
        let _ = writeln!(io::stdout(), "{event}");
    }
}

fn line(step: Step, done: u64, total: u64, speed: f64, left: Option<f64>) -> String {
    let doing = match step {
        Step::CheckingImage => "checking the image",
        Step::Writing => "writing",
        Step::ReadingBack => "reading back",
        Step::Provisioning => "provisioning",
        Step::Finishing => "finishing",
    };
    let percent = (done * 100).checked_div(total).unwrap_or(100);
    let mut line = format!("{doing:<18} {percent:>3} %  {} of {}", decimal_size(done), decimal_size(total));
    if speed >= 1.0 {
        line.push_str(&format!("  {:.1} MB/s", speed / 1e6));
    }
    if let Some(left) = left.filter(|_| done < total) {
        let left = Duration::from_secs_f64(left.min(359_999.0)).as_secs();
        line.push_str(&format!("  {}:{:02} left", left / 60, left % 60));
    }
    line
}

fn end(last: bool) -> &'static str {
    if last { "\n" } else { "" }
}

fn say(text: &str) {
    // Nobody is left to tell when standard error is closed.
    let _ = io::stderr().lock().write_all(text.as_bytes());
}
