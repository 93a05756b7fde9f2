//! Plays sound with a program that reads a WAV file on its standard input, such as `aplay`.

use std::io;
use std::time::Duration;

use crate::child;
use crate::wave::Wave;

/// Added to a sound's own length before its player counts as stuck.
const SPARE: Duration = Duration::from_secs(10);

/// Why a sound was not heard.
#[derive(Debug, thiserror::Error)]
pub enum PlayError {
    #[error("cannot start the player {program}: is the package alsa-utils installed?")]
    Start { program: String, source: io::Error },
    #[error("the player {program} did not end in time: the sound device is stuck")]
    Stuck { program: String },
    #[error("the player {program} failed ({status}): {said}")]
    Failed { program: String, status: std::process::ExitStatus, said: String },
}

/// A player and its arguments.
#[derive(Debug, Clone)]
pub struct Loudspeaker {
    command: Vec<String>,
}

impl Loudspeaker {
    /// `command` reads one WAV file and ends when it has been heard.
    pub fn new(command: Vec<String>) -> Self {
        Self { command }
    }

    /// Returns when the sound has been heard.
    ///
    /// # Errors
    /// [`PlayError`]; the next sound may well be heard.
    pub fn play(&self, wave: &Wave) -> Result<(), PlayError> {
        let program = || self.command.first().cloned().unwrap_or_default();
        let finished = child::run(&self.command, wave.to_wav(), 0, wave.duration() + SPARE)
            .map_err(|source| PlayError::Start { program: program(), source })?
            .ok_or_else(|| PlayError::Stuck { program: program() })?;
        if finished.status.success() {
            return Ok(());
        }
        Err(PlayError::Failed { program: program(), status: finished.status, said: finished.said })
    }
}
