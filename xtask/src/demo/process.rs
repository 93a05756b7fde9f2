//! A program started by the demo, ended with it.

use std::ffi::OsStr;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Error, Result, anyhow, bail};

/// How often a file or an exit is looked for.
const LOOK_EVERY: Duration = Duration::from_millis(20);
/// Lines of its log that are shown when a program fails.
const LAST_LINES: usize = 8;

/// A running program. Dropping it kills it.
#[derive(Debug)]
pub struct Process {
    name: &'static str,
    child: Child,
    log: PathBuf,
}

impl Process {
    /// Starts `program` with these arguments and variables beside the caller's own; what it writes goes to `log`. It is killed when the thread that starts it ends, however that
    /// ends: nobody is left to end it later.
    ///
    /// # Errors
    /// The program or the log cannot be opened.
    pub fn start<'a>(
        name: &'static str,
        program: &Path,
        arguments: impl IntoIterator<Item = &'a OsStr>,
        variables: impl IntoIterator<Item = (&'static str, PathBuf)>,
        log: &Path,
    ) -> Result<Self> {
        // setpriv sets PR_SET_PDEATHSIG (prctl(2)) and becomes the program, so the process number stays.
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "KILL", "--"]).arg(program).args(arguments).envs(variables);
        let output = File::options().create(true).append(true).open(log).with_context(|| log.display().to_string())?;
        command.stdin(Stdio::null()).stdout(output.try_clone()?).stderr(output);
        let child = command.spawn().with_context(|| format!("cannot start {name}"))?;
        Ok(Self { name, child, log: log.to_owned() })
    }

    /// Waits until `path` is there and returns what it says.
    ///
    /// # Errors
    /// The program ended first, or `patience` did.
    pub fn wait_for_file(&mut self, path: &Path, patience: Duration) -> Result<String> {
        let give_up_at = Instant::now() + patience;
        while Instant::now() < give_up_at {
            if let Ok(text) = std::fs::read_to_string(path) {
                return Ok(text);
            }
            if let Some(status) = self.child.try_wait()? {
                return Err(self.failure(status));
            }
            thread::sleep(LOOK_EVERY);
        }
        bail!("{} was not ready within {patience:?}; its log is {}", self.name, self.log.display())
    }

    /// Its number.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Kills it as `kill -9` does and waits until it is gone.
    pub fn kill(&mut self) {
        // It may have ended by itself: then there is nothing left to kill.
        self.child.kill().ok();
        self.child.wait().ok();
    }

    /// Its name, when it has ended as it should.
    ///
    /// # Errors
    /// It has failed; the error ends with what it said last.
    pub fn ended(&mut self) -> Result<Option<&'static str>> {
        match self.child.try_wait()? {
            None => Ok(None),
            Some(status) if status.success() => Ok(Some(self.name)),
            Some(status) => Err(self.failure(status)),
        }
    }

    fn failure(&self, status: ExitStatus) -> Error {
        let log = std::fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        let last = lines.get(lines.len().saturating_sub(LAST_LINES)..).unwrap_or_default().join("\n");
        anyhow!("{} ended with {status}; it said last:\n{last}", self.name)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str, log: &Path) -> Process {
        let arguments = ["-c", script].map(OsStr::new);
        Process::start("sh", Path::new("/bin/sh"), arguments, [], log).unwrap()
    }

    #[test]
    fn a_program_that_fails_is_shown_with_what_it_said_last() {
        let folder = tempfile::tempdir().unwrap();
        let mut process = shell("echo no desktop; exit 3", &folder.path().join("log"));
        let error = process.wait_for_file(&folder.path().join("never"), Duration::from_secs(10)).unwrap_err();
        assert_eq!(error.to_string(), "sh ended with exit status: 3; it said last:\nno desktop");
    }

    #[test]
    fn a_program_ends_with_the_thread_that_started_it() {
        let folder = tempfile::tempdir().unwrap();
        let (pid, log) = (folder.path().join("pid"), folder.path().join("log"));
        let script = format!("echo $$ > {0}.new; mv {0}.new {0}; exec sleep 60", pid.display());
        let starter = thread::spawn({
            let pid = pid.clone();
            move || {
                let mut process = shell(&script, &log);
                process.wait_for_file(&pid, Duration::from_secs(10)).unwrap();
                process
            }
        });
        let mut process = starter.join().unwrap();
        let status = process.child.wait().unwrap();
        assert_eq!(std::os::unix::process::ExitStatusExt::signal(&status), Some(9));
    }
}
