//! Plays sound with a program that reads a WAV file on its standard input, such as `aplay`.

use std::io;
use std::time::Duration;

use crate::child::{self, Cut};
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

/// How much of a sound was heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heard {
    /// All of it.
    Whole,
    /// It was cut off, because nobody wanted the rest.
    CutOff,
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
        self.play_unless(wave, || false).map(drop)
    }

    /// Returns when the sound has been heard, or soon after it is `unwanted`, which is asked again and again: what is
    /// heard ends then.
    ///
    /// # Errors
    /// [`PlayError`]; the next sound may well be heard.
    pub fn play_unless(&self, wave: &Wave, unwanted: impl Fn() -> bool) -> Result<Heard, PlayError> {
        let program = || self.command.first().cloned().unwrap_or_default();
        let finished = child::run(&self.command, wave.to_wav(), 0, wave.duration() + SPARE, unwanted)
            .map_err(|source| PlayError::Start { program: program(), source })?;
        let finished = match finished {
            Ok(finished) => finished,
            Err(Cut::Unwanted) => return Ok(Heard::CutOff),
            Err(Cut::TimeIsUp) => return Err(PlayError::Stuck { program: program() }),
        };
        if finished.status.success() {
            return Ok(Heard::Whole);
        }
        Err(PlayError::Failed { program: program(), status: finished.status, said: finished.said })
    }
}
