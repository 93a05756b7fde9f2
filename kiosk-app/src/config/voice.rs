//! The keys of the voice.

use kiosk_ui::Listeners;
use queue_voice::volume::Volume;
use serde::Deserialize;

use super::from_text;

/// The voice that reads screens out to whoever asks for it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VoiceConfig {
    /// Who hears it.
    pub output: VoiceOutput,
    /// How loud, by the hour.
    #[serde(default = "usual_volume", deserialize_with = "from_text")]
    pub volume: Volume,
    /// Turns text into sound: espeak-ng, or a program with its arguments.
    #[serde(default = "usual_speech")]
    pub speech: String,
    /// Plays a WAV file from its standard input; words are parted by spaces.
    #[serde(default = "usual_player")]
    pub player: String,
}

/// Who hears the voice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum VoiceOutput {
    /// Whoever stands near.
    Loudspeaker,
    /// The patient alone: the player plays into a jack and nowhere else.
    Headphones,
}

impl From<VoiceOutput> for Listeners {
    fn from(output: VoiceOutput) -> Self {
        match output {
            VoiceOutput::Loudspeaker => Self::Anybody,
            VoiceOutput::Headphones => Self::Patient,
        }
    }
}

/// Silent at night, when nobody but a patient in bed would hear it.
const USUAL_VOLUME: &str = "06:00=80,20:00=0";

fn usual_volume() -> Volume {
    USUAL_VOLUME.parse().unwrap_or_default()
}

fn usual_speech() -> String {
    "espeak-ng".to_owned()
}

fn usual_player() -> String {
    "aplay -q -".to_owned()
}
