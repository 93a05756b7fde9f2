//! How loud the voice is: what is set for the hour, what a technician chose instead, and what the patient wants.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::civil::Time;
use kiosk_core::look::Loudness;
use kiosk_screen::device::jack::Headphones;
use queue_voice::volume::{InvalidVolume, Volume};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::calendar;
use crate::config::VoiceConfig;
use crate::config::voice::VoiceOutput;
use crate::technician::write_private;

/// What a technician chose, in the kiosk's own state.
const FILE: &str = "sound.volume";
/// Percent for one step of a patient's.
const STEP_PERCENT: i16 = 20;
/// Percent below which a voice that is on is not heard beside other people.
const HEARD_LEAST: i16 = 10;
/// Percent below which it is not heard in headphones: nobody but the patient hears them, so no hour silences them.
const HEADPHONES_LEAST: i16 = 30;

/// Whether headphones are plugged in, as far as the sound card tells. Clones are one jack.
#[derive(Debug, Clone, Default)]
pub struct Jack(Arc<AtomicBool>);

impl Jack {
    /// A plug was put in or pulled out.
    pub fn tell(&self, headphones: Headphones) {
        self.0.store(headphones == Headphones::PluggedIn, Ordering::Relaxed);
    }

    fn is_used(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// A volume that a technician wants instead of the configured one.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "String")]
pub enum Choice {
    /// This, as the configuration's key is written.
    Own(String, Volume),
    /// The configured one again.
    Configured,
}

impl TryFrom<String> for Choice {
    type Error = InvalidVolume;

    fn try_from(text: String) -> Result<Self, InvalidVolume> {
        let text = text.trim();
        if text == "configured" { Ok(Self::Configured) } else { Ok(Self::Own(text.to_owned(), text.parse()?)) }
    }
}

/// The loudness of the voice. Clones share what is chosen.
#[derive(Debug, Clone)]
pub struct Sound {
    file: PathBuf,
    configured: Volume,
    output: VoiceOutput,
    chosen: Arc<Mutex<Option<(String, Volume)>>>,
    jack: Jack,
}

impl Sound {
    /// As configured, unless a technician's choice is kept in `state_dir`.
    #[must_use]
    pub fn open(config: &VoiceConfig, state_dir: &Path, jack: Jack) -> Self {
        let file = state_dir.join(FILE);
        let kept = fs::read_to_string(&file).ok().and_then(|text| Choice::try_from(text).ok());
        let chosen = match kept {
            Some(Choice::Own(text, volume)) => Some((text, volume)),
            Some(Choice::Configured) | None => None,
        };
        let chosen = Arc::new(Mutex::new(chosen));
        Self { file, configured: config.volume.clone(), output: config.output, chosen, jack }
    }

    fn lock(&self) -> MutexGuard<'_, Option<(String, Volume)>> {
        self.chosen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes and keeps what a technician chose.
    ///
    /// # Errors
    /// It cannot be kept: all is as before.
    pub fn choose(&self, choice: Choice) -> io::Result<()> {
        let (kept, chosen) = match choice {
            Choice::Own(text, volume) => (text.clone(), Some((text, volume))),
            Choice::Configured => ("configured".to_owned(), None),
        };
        write_private(&self.file, kept.as_bytes())?;
        *self.lock() = chosen;
        Ok(())
    }

    /// Percent of a sound's own loudness for a patient who wants it so, at this hour.
    #[must_use]
    pub fn percent(&self, wanted: Loudness) -> u8 {
        percent(self.at(calendar::time_of_day()), wanted, self.listeners())
    }

    /// Percent for a technician's test: as at this hour, or where that is silence, as at the loudest hour.
    #[must_use]
    pub fn percent_of_test(&self) -> u8 {
        let minutes = (0..24).flat_map(|hour| (0..60).map(move |minute| Time::constant(hour, minute, 0, 0)));
        match self.at(calendar::time_of_day()) {
            0 => minutes.map(|time| self.at(time)).max().unwrap_or(0),
            percent => percent,
        }
    }

    /// For the technician: what holds, who chose it, and what that is at this hour.
    #[must_use]
    pub fn described(&self) -> Value {
        json!({
            "ok": true,
            "volume": self.lock().as_ref().map_or("configured", |(text, _)| text.as_str()),
            "percent_now": self.percent(Loudness::Usual),
            "headphones": self.listeners() == Ears::WithHeadphones,
        })
    }

    fn at(&self, time: Time) -> u8 {
        self.lock().as_ref().map_or(&self.configured, |(_, volume)| volume).at(time)
    }

    fn listeners(&self) -> Ears {
        if self.output == VoiceOutput::Headphones || self.jack.is_used() { Ears::WithHeadphones } else { Ears::Free }
    }
}

/// Whose ears the sound is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ears {
    /// Everybody's near the loudspeaker.
    Free,
    /// One patient's.
    WithHeadphones,
}

/// `set` is for the hour. Who asks for a voice is never left without one but where the loudspeaker is silent at this hour
/// and the patient has not asked for more.
fn percent(set: u8, wanted: Loudness, ears: Ears) -> u8 {
    let least = match ears {
        Ears::WithHeadphones => HEADPHONES_LEAST,
        Ears::Free if set == 0 && wanted <= Loudness::Usual => 0,
        Ears::Free => HEARD_LEAST,
    };
    let percent = i16::from(set) + STEP_PERCENT * i16::from(wanted.steps());
    u8::try_from(percent.clamp(least, 100)).unwrap_or(100)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sound(dir: &Path, output: VoiceOutput, volume: &str) -> Sound {
        let config =
            VoiceConfig { output, volume: volume.parse().unwrap(), speech: "espeak-ng".into(), player: "aplay".into() };
        Sound::open(&config, dir, Jack::default())
    }

    fn choice(text: &str) -> Result<Choice, serde_json::Error> {
        serde_json::from_value(json!(text))
    }

    #[test]
    fn a_patient_hears_five_steps_and_none_of_them_is_silence() {
        let heard = |set, ears| Loudness::ALL.map(|wanted| percent(set, wanted, ears));
        assert_eq!(heard(60, Ears::Free), [20, 40, 60, 80, 100]);
        assert_eq!(heard(20, Ears::Free), [10, 10, 20, 40, 60]);
        assert_eq!(heard(100, Ears::Free), [60, 80, 100, 100, 100]);
        assert_eq!(heard(40, Ears::WithHeadphones), [30, 30, 40, 60, 80]);
    }

    #[test]
    fn an_hour_silences_the_loudspeaker_until_somebody_asks_for_more_and_headphones_never() {
        let heard = |ears| Loudness::ALL.map(|wanted| percent(0, wanted, ears));
        assert_eq!(heard(Ears::Free), [0, 0, 0, 20, 40]);
        assert_eq!(heard(Ears::WithHeadphones), [30, 30, 30, 30, 40]);
        let dir = tempfile::tempdir().unwrap();
        let speaker = sound(dir.path(), VoiceOutput::Loudspeaker, "0");
        assert_eq!(speaker.percent(Loudness::Usual), 0);
        speaker.jack.tell(Headphones::PluggedIn);
        assert_eq!(speaker.percent(Loudness::Usual), 30);
        speaker.jack.tell(Headphones::PulledOut);
        assert_eq!(speaker.percent(Loudness::Usual), 0);
        assert_eq!(sound(dir.path(), VoiceOutput::Headphones, "0").percent(Loudness::Quietest), 30);
    }

    #[test]
    fn what_a_technician_chose_holds_over_restarts_until_it_is_taken_back() {
        let dir = tempfile::tempdir().unwrap();
        let open = || sound(dir.path(), VoiceOutput::Loudspeaker, "80");
        open().choose(choice("45").unwrap()).unwrap();
        assert_eq!((open().percent(Loudness::Usual), open().described()["volume"].as_str()), (45, Some("45")));
        open().choose(choice("configured").unwrap()).unwrap();
        assert_eq!((open().percent(Loudness::Usual), open().described()["volume"].as_str()), (80, Some("configured")));
        fs::write(dir.path().join(FILE), "101").unwrap();
        assert_eq!(open().percent(Loudness::Usual), 80, "a file that says nothing");
        for text in ["", "101", "-1", "loud", "06:00="] {
            assert!(choice(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_test_is_heard_at_a_silent_hour_as_well() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(sound(dir.path(), VoiceOutput::Loudspeaker, "70").percent_of_test(), 70);
        // Silent in this hour, and not at every other.
        let volume = match calendar::time_of_day().hour() {
            0 => "00:00=0,12:00=55".to_owned(),
            hour => format!("00:00=55,{hour:02}:00=0"),
        };
        assert_eq!(sound(dir.path(), VoiceOutput::Loudspeaker, &volume).percent_of_test(), 55);
    }
}
