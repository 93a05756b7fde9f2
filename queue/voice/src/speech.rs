//! Text to sound with espeak-ng, which has Vietnamese, English and Chinese and needs no network.

use std::io;
use std::time::Duration;

use crate::child;
use crate::phrase::Language;
use crate::wave::{SECONDS_MAX, Wave, WaveError};

/// Speech of a sentence takes some 50 ms; a machine that is busy starting up gets much longer.
const LIMIT: Duration = Duration::from_secs(20);
/// Words a minute: slower than espeak-ng's own 175, for old ears in a loud hall.
const WORDS_A_MINUTE: &str = "135";
/// A minute of 16-bit samples at the highest rate.
const OUTPUT_BYTES_MAX: u64 = SECONDS_MAX as u64 * 48_000 * 2;
/// Text of a room's name comes from the hospital; longer is cut.
pub const TEXT_CHARS_MAX: usize = 300;

/// Why nothing can be said.
#[derive(Debug, thiserror::Error)]
pub enum SpeechError {
    #[error("cannot start {program}: is the package espeak-ng installed?")]
    Start { program: String, source: io::Error },
    #[error("{program} did not end within {} s", LIMIT.as_secs())]
    TookTooLong { program: String },
    #[error("{program} failed ({status}): {said}")]
    Failed { program: String, status: std::process::ExitStatus, said: String },
    #[error("{program} gave no sound")]
    NoSound { program: String, source: WaveError },
}

/// Turns text into sound.
#[derive(Debug, Clone)]
pub struct Engine {
    program: String,
}

impl Engine {
    /// An espeak-ng, or a program that takes the same arguments.
    pub fn new(program: impl Into<String>) -> Self {
        Self { program: program.into() }
    }

    /// Says `text`.
    ///
    /// # Errors
    /// [`SpeechError`]; the next text may well be said.
    pub fn say(&self, text: &str, language: Language) -> Result<Wave, SpeechError> {
        let voice = match language {
            Language::Vietnamese => Voice::Vietnamese,
            Language::English => Voice::English,
        };
        self.speak(text, voice)
    }

    /// Says `text` with a voice of the engine.
    ///
    /// # Errors
    /// [`SpeechError`]; the next text may well be said.
    pub fn speak(&self, text: &str, voice: Voice) -> Result<Wave, SpeechError> {
        let program = || self.program.clone();
        let command = [&self.program, "-v", voice.name(), "-s", WORDS_A_MINUTE, "-b", "1", "--stdin", "--stdout"];
        let text: String = text.chars().filter(|c| !c.is_control()).take(TEXT_CHARS_MAX).collect();
        let finished = child::run(&command.map(str::to_owned), text.into_bytes(), OUTPUT_BYTES_MAX, LIMIT, || false)
            .map_err(|source| SpeechError::Start { program: program(), source })?
            .map_err(|_| SpeechError::TookTooLong { program: program() })?;
        if !finished.status.success() {
            return Err(SpeechError::Failed { program: program(), status: finished.status, said: finished.said });
        }
        Wave::from_wav(&finished.output).map_err(|source| SpeechError::NoSound { program: program(), source })
    }
}

/// A voice of the engine. Calls are spoken in fewer languages than screens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Voice {
    /// Vietnamese of the north.
    Vietnamese,
    /// English.
    English,
    /// Mandarin.
    Chinese,
}

impl Voice {
    const fn name(self) -> &'static str {
        match self {
            Self::Vietnamese => "vi",
            Self::English => "en",
            Self::Chinese => "cmn",
        }
    }
}
