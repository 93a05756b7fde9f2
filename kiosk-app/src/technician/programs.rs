//! Programs of the system that do what the kiosk cannot do itself, each with a deadline.

use std::io::Read;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::failed;

/// Longest run of a program.
const RUN_MAX: Duration = Duration::from_secs(20);
/// Longest output of a program kept, in bytes.
pub const OUTPUT_BYTES_MAX: u64 = 262_144;
/// Between two looks at whether a program has ended.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// Why a program gave nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoOutput {
    /// It is not on this machine.
    NotInstalled,
    /// It failed, or did not end in time.
    Failed,
}

/// What a program wrote to its standard output.
pub fn output(program: &str, arguments: &[&str]) -> Result<String, NoOutput> {
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().map_err(|error| {
        if error.kind() == std::io::ErrorKind::NotFound { NoOutput::NotInstalled } else { NoOutput::Failed }
    })?;
    let pipe = child.stdout.take().ok_or(NoOutput::Failed)?;
    let reader = thread::spawn(move || {
        let mut text = Vec::new();
        // What came until it broke off is still worth reading.
        let _cut_off = pipe.take(OUTPUT_BYTES_MAX).read_to_end(&mut text);
        String::from_utf8_lossy(&text).into_owned()
    });
    let give_up_at = Instant::now() + RUN_MAX;
    let status = loop {
        match child.try_wait() {
            Ok(Some(status)) => break Some(status),
            Ok(None) if Instant::now() < give_up_at => thread::sleep(LOOK_EVERY),
            Ok(None) | Err(_) => {
                // It may have ended by itself meanwhile.
                let _ended = child.kill();
                let _reaped = child.wait();
                break None;
            }
        }
    };
    let text = reader.join().map_err(|_| NoOutput::Failed)?;
    if status.is_some_and(|status| status.success()) { Ok(text) } else { Err(NoOutput::Failed) }
}

/// What RAUC says of the slots; it talks to its service by D-Bus.
pub fn update() -> Value {
    match output("rauc", &["status", "--output-format=json"]) {
        Ok(text) => match serde_json::from_str::<Value>(&text) {
            Ok(status) => json!({ "ok": true, "update": "rauc", "status": status }),
            Err(_) => failed("rauc_said_no_json"),
        },
        Err(NoOutput::NotInstalled) => json!({ "ok": true, "update": "not_installed" }),
        Err(NoOutput::Failed) => failed("rauc_failed"),
    }
}

/// Asks the system to restart.
pub fn reboot() -> Value {
    tracing::warn!("a technician restarts the machine");
    match output("systemctl", &["reboot"]) {
        Ok(_) => json!({ "ok": true }),
        Err(NoOutput::NotInstalled) => failed("systemctl_not_installed"),
        Err(NoOutput::Failed) => failed("systemctl_failed"),
    }
}

/// Says `text` over the loudspeaker.
pub fn say(text: &str) -> Value {
    match output("espeak-ng", &["-v", "vi", text]) {
        Ok(_) => json!({ "ok": true, "heard": "ask_yourself" }),
        Err(NoOutput::NotInstalled) => failed("espeak_ng_not_installed"),
        Err(NoOutput::Failed) => failed("no_sound_device"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_is_missing_fails_or_answers_is_told_apart() {
        assert_eq!(output("no-such-program-here", &[]), Err(NoOutput::NotInstalled));
        assert_eq!(output("false", &[]), Err(NoOutput::Failed));
        assert_eq!(output("echo", &["a"]), Ok("a\n".into()));
    }
}
