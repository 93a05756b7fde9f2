//! What is looked at inside the machine: its journal, and a shell.
//!
//! The image has neither. systemd takes units from the firmware (SMBIOS type 11, `systemd.extra-unit.`), so the image
//! that is tried is the image that is shipped, byte for byte.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, bail};

/// A command inside may unpack and write hundreds of megabytes.
const COMMAND_LIMIT: Duration = Duration::from_mins(5);
/// Ends the output of a command; the shell never echoes.
const END: &str = "#hil-end";

/// From when on a machine is looked into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Watched {
    /// As soon as there is something to see.
    FromTheStart,
    /// Once its slot is confirmed: nothing of ours takes time from a boot that is measured.
    OnceItIsGood,
}

const JOURNAL: &str = "[Unit]
After=systemd-journal-flush.service
[Service]
Restart=always
ExecStart=/usr/bin/journalctl -b -f -n all -o short-monotonic --no-hostname
StandardOutput=file:/dev/ttyS0
";
const SHELL: &str = "[Service]
ExecStart=/bin/sh
StandardInput=tty
StandardOutput=tty
StandardError=tty
TTYPath=/dev/ttyS1
TTYReset=yes
Environment=PATH=/usr/sbin:/usr/bin
Restart=always
";
/// What the journal of requests holds before the program of this boot has changed it.
const REQUESTS: &str = "[Unit]
RequiresMountsFor=/var/lib
Before=kiosk-app.service
[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=-/usr/bin/cp /var/lib/kiosk/requests.journal /run/hil-requests
";
/// What keeps a unit of ours from starting before the slot is confirmed.
const LATE: &str = "[Unit]
After=kiosk-good@kiosk-app.service
";
const WANTED: &str = "[Unit]
Wants=hil-journal.service hil-shell.service hil-requests.service
";

/// The credentials, as values of QEMU's `-smbios`.
pub fn credentials(watched: Watched) -> Vec<String> {
    let always = [
        ("systemd.extra-unit.hil-journal.service", JOURNAL),
        ("systemd.extra-unit.hil-shell.service", SHELL),
        ("systemd.unit-dropin.multi-user.target", WANTED),
        ("systemd.unit-dropin.tiep-don-install.target", WANTED),
    ];
    let more: &[_] = match watched {
        Watched::FromTheStart => &[("systemd.extra-unit.hil-requests.service", REQUESTS)],
        Watched::OnceItIsGood => {
            &[("systemd.unit-dropin.hil-journal.service", LATE), ("systemd.unit-dropin.hil-shell.service", LATE)]
        }
    };
    always.iter().chain(more).map(|(name, text)| credential(name, text)).collect()
}

/// One credential, as the value of QEMU's `-smbios`.
pub fn credential(name: &str, text: &str) -> String {
    format!("type=11,value=io.systemd.credential:{name}={}", text.replace(',', ",,"))
}

/// What is typed to run a command and to be told how it ended, on a line of its own.
fn typed(command: &str) -> String {
    format!("{{ {command}; }} 2>&1; ended=$?; echo; echo \"{END}\"$ended\n")
}

/// A root shell inside.
#[derive(Debug)]
pub struct Shell {
    lines: BufReader<UnixStream>,
}

impl Shell {
    /// Connects to the machine's second serial line.
    ///
    /// # Errors
    /// QEMU does not serve it.
    pub fn connect(socket: &Path) -> Result<Self> {
        let stream = UnixStream::connect(socket).context("no second serial line")?;
        stream.set_read_timeout(Some(COMMAND_LIMIT))?;
        let mut shell = Self { lines: BufReader::new(stream) };
        shell.run("stty -echo; PS1=")?;
        Ok(shell)
    }

    /// Runs a command; its output, unless it fails.
    ///
    /// # Errors
    /// It fails, or says nothing for a long time.
    pub fn run(&mut self, command: &str) -> Result<String> {
        let (output, status) = self.try_run(command)?;
        if status == 0 { Ok(output) } else { bail!("{command}: exit status {status}: {output}") }
    }

    /// Runs a command; its output and its exit status.
    ///
    /// # Errors
    /// It says nothing for a long time.
    pub fn try_run(&mut self, command: &str) -> Result<(String, i32)> {
        self.lines.get_mut().write_all(typed(command).as_bytes())?;
        let mut output = String::new();
        loop {
            // What is on a console is in no encoding.
            let mut bytes = Vec::new();
            if self.lines.read_until(b'\n', &mut bytes).with_context(|| format!("no answer to {command}"))? == 0 {
                bail!("the machine has ended at {command}");
            }
            let line = String::from_utf8_lossy(&bytes);
            let line = line.trim_end();
            match line.strip_prefix(END) {
                Some(status) => return Ok((output.trim().to_owned(), status.parse()?)),
                // The echo of what was typed before the echo was switched off.
                None if line.contains(END) => {}
                None => output = output + line + "\n",
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_exit_status_of_a_command_is_told_and_not_that_of_what_tells_it() {
        for (command, status) in [("true", 0), ("false", 1), ("printf unfinished; (exit 3)", 3)] {
            let output = std::process::Command::new("sh").arg("-c").arg(typed(command)).output().unwrap();
            let said = String::from_utf8(output.stdout).unwrap();
            assert_eq!(said.lines().last(), Some(format!("{END}{status}").as_str()), "{command}: {said}");
        }
    }
}
