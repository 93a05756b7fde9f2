//! Runs a program to its end or to a time limit, whichever comes first.

use std::io;
use std::process::{Child, Command, ExitStatus};
use std::thread;
use std::time::{Duration, Instant};

/// How often a running program is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// Why a program did not do what it was started for.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    #[error("cannot start {program}")]
    Start { program: String, source: io::Error },
    #[error("cannot wait for {program}")]
    Wait { program: String, source: io::Error },
    #[error("{program} was stopped after {} s", limit.as_secs())]
    TookTooLong { program: String, limit: Duration },
    #[error("{program} failed ({status})")]
    Failed { program: String, status: ExitStatus },
}

/// Runs `command` and waits; at `limit` the program is killed. Programs it started itself are not.
pub fn run(command: &mut Command, limit: Duration) -> Result<(), RunError> {
    let program = command.get_program().to_string_lossy().into_owned();
    let mut child = command.spawn().map_err(|source| RunError::Start { program: program.clone(), source })?;
    match wait(&mut child, limit) {
        Ok(Some(status)) if status.success() => Ok(()),
        Ok(Some(status)) => Err(RunError::Failed { program, status }),
        Ok(None) => Err(RunError::TookTooLong { program, limit }),
        Err(source) => Err(RunError::Wait { program, source }),
    }
}

/// `None` when the limit passed and the program was killed.
fn wait(child: &mut Child, limit: Duration) -> io::Result<Option<ExitStatus>> {
    let started = Instant::now();
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if started.elapsed() >= limit {
            child.kill()?;
            child.wait()?;
            return Ok(None);
        }
        thread::sleep(LOOK_EVERY);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_past_its_limit_is_stopped() {
        let error = run(Command::new("sleep").arg("60"), Duration::from_millis(50)).unwrap_err();
        assert!(matches!(error, RunError::TookTooLong { .. }), "{error}");
    }

    #[test]
    fn a_failure_says_which_program_and_how_it_ended() {
        let error = run(&mut Command::new("false"), Duration::from_secs(10)).unwrap_err();
        assert_eq!(error.to_string(), "false failed (exit status: 1)");
    }

    #[test]
    fn a_program_that_is_not_there_is_named() {
        let error = run(&mut Command::new("no-such-program"), Duration::from_secs(10)).unwrap_err();
        assert_eq!(error.to_string(), "cannot start no-such-program");
    }
}
