//! The kiosk's voice: one thread that reads out the screen, and stops in the middle of a word when another comes.
//!
//! What is spoken is decided by [`kiosk_ui::spoken`] and is nothing of a person. The visit never waits for the voice; a
//! missing engine or sound card is a fault that staff see, and nothing else.

pub mod volume;

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use kiosk_core::look::{Guidance, Language, Loudness};
use kiosk_core::view::{Screen, View};
use kiosk_hal::fault::Fault;
use kiosk_ui::{FocusWords, Listeners, echo, loudness, spoken};
use queue_voice::loudspeaker::{Heard, Loudspeaker, PlayError};
use queue_voice::speech::{Engine, SpeechError, TEXT_CHARS_MAX, Voice as EngineVoice};
use queue_voice::wave::Wave;

use crate::chain::Chain;
use crate::config::VoiceConfig;
use crate::pulse::Pulse;
use crate::states::{Device, States};
use volume::Sound;

/// Sentences of one screen that are spoken; no screen has as many.
const SENTENCES_MAX: usize = 32;
/// Longest sleep without anything to say, so that the thread shows that it lives.
const IDLE_MAX: Duration = Duration::from_secs(5);
/// The rate of the silence by which the loudspeaker is tried.
const TRIAL_RATE: u32 = 22_050;

/// Has screens and controls read out. Clones speak with the same voice.
#[derive(Debug, Clone)]
pub struct Voice {
    shared: Arc<Shared>,
    listeners: Listeners,
}

#[derive(Debug, Default)]
struct Shared {
    said: Mutex<ToSay>,
    more: Condvar,
    /// Rises with whatever makes the sentence being spoken unwanted.
    turn: AtomicU64,
}

/// What is to be said, and what the screen is as far as the voice must know.
#[derive(Debug, Default)]
struct ToSay {
    sentences: VecDeque<(String, Language)>,
    focus: FocusWords,
    /// The words of the screen that was read out last.
    screen: String,
    guidance: Guidance,
    loudness: Loudness,
    has_number: bool,
    /// How many digits of a number were typed.
    digits: usize,
}

impl Voice {
    /// A voice and its thread's work.
    #[must_use]
    pub fn new(config: &VoiceConfig, sound: Sound, states: States) -> (Self, Speaker) {
        let shared = Arc::new(Shared::default());
        let voice = Self { shared: Arc::clone(&shared), listeners: config.output.into() };
        let player = config.player.split_whitespace().map(str::to_owned).collect();
        let (engine, loudspeaker) = (Engine::new(&config.speech), Loudspeaker::new(player));
        (voice, Speaker { shared, engine, loudspeaker, sound, states })
    }

    /// A screen is shown: what was being said of another one ends, and this one is read out if the patient wants it.
    pub fn screen(&self, screen: &Screen) {
        let mut said = self.shared.lock();
        let is_wanted = screen.look.guidance == Guidance::Spoken;
        let is_number = matches!(screen.view, View::Number { .. });
        // Who turns the voice on in front of the number asks for the number.
        let asks = is_number && said.has_number && is_wanted && said.guidance == Guidance::Silent;
        let is_heard_by_anybody = self.listeners == Listeners::Anybody;
        let listeners = if asks && is_heard_by_anybody { Listeners::AnybodyAsAsked } else { self.listeners };
        let words = if is_wanted { spoken(screen, listeners) } else { String::new() };
        let is_changed = std::mem::replace(&mut said.loudness, screen.look.loudness) != screen.look.loudness;
        let louder = is_changed.then(|| loudness(screen.look)).flatten();
        let echoed = echo(said.digits, screen, self.listeners).or(louder);
        said.digits = digits(&screen.view);
        said.focus = FocusWords::of(screen, self.listeners);
        said.guidance = screen.look.guidance;
        said.has_number = is_number;
        if said.screen != words {
            let language = screen.look.language;
            said.sentences = sentences(&words).map(|text| (text, language)).collect();
            said.screen = words;
            self.shared.next_turn(said);
        } else if let Some(echoed) = echoed {
            // A key cuts off whatever was being said: who types has heard enough of it.
            said.sentences = VecDeque::from([(echoed, screen.look.language)]);
            self.shared.next_turn(said);
        }
    }

    /// The keys have reached a control with these words.
    pub fn focus(&self, words: &str) {
        let mut said = self.shared.lock();
        if let Some(words) = said.focus.of_control(words) {
            let language = said.focus.language();
            said.sentences = sentences(&words).map(|text| (text, language)).collect();
            self.shared.next_turn(said);
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, ToSay> {
        self.said.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn next_turn(&self, said: MutexGuard<'_, ToSay>) {
        self.turn.fetch_add(1, Ordering::Relaxed);
        drop(said);
        self.more.notify_one();
    }
}

fn digits(view: &View) -> usize {
    if let View::TypeNumber { digits, .. } = view { digits.as_str().len() } else { 0 }
}

/// Sentence by sentence: the first is heard while the next is still text, and none is longer than the engine takes.
fn sentences(words: &str) -> impl Iterator<Item = String> {
    let cut = |sentence: &str| sentence.trim().chars().take(TEXT_CHARS_MAX).collect::<String>();
    let parts = words.split_inclusive(['.', '!', '?', '。', '！', '？']).map(cut);
    parts.filter(|part| part.chars().any(char::is_alphanumeric)).take(SENTENCES_MAX)
}

/// What the voice's thread works with.
#[derive(Debug)]
pub struct Speaker {
    shared: Arc<Shared>,
    engine: Engine,
    loudspeaker: Loudspeaker,
    sound: Sound,
    states: States,
}

/// Engine and loudspeaker, for a technician's test beside the voice.
#[derive(Debug, Clone)]
pub struct SoundCheck {
    engine: Engine,
    loudspeaker: Loudspeaker,
    /// How loud it is.
    pub sound: Sound,
}

impl SoundCheck {
    /// Of a configured voice.
    #[must_use]
    pub fn new(config: &VoiceConfig, sound: Sound) -> Self {
        let player = config.player.split_whitespace().map(str::to_owned).collect();
        Self { engine: Engine::new(&config.speech), loudspeaker: Loudspeaker::new(player), sound }
    }

    /// Says a sentence, as loud as screens are spoken.
    ///
    /// # Errors
    /// What is wrong with engine or loudspeaker.
    pub fn say(&self, sentence: &str) -> Result<(), Fault> {
        let said = self.engine.speak(sentence, EngineVoice::Vietnamese).map_err(NotHeard::from);
        let percent = self.sound.percent_of_test();
        let heard = said.and_then(|wave| Ok(self.loudspeaker.play(&wave.at_volume(percent))?));
        heard.map_err(|error| {
            tracing::warn!("the sound test is not heard: {}", Chain(&error));
            error.fault()
        })
    }
}

/// Why nothing was heard.
#[derive(Debug, thiserror::Error)]
enum NotHeard {
    #[error(transparent)]
    Speech(#[from] SpeechError),
    #[error(transparent)]
    Play(#[from] PlayError),
}

impl NotHeard {
    const fn fault(&self) -> Fault {
        match self {
            Self::Speech(SpeechError::Start { .. }) | Self::Play(PlayError::Start { .. }) => Fault::NoDevice,
            Self::Speech(SpeechError::TookTooLong { .. }) | Self::Play(PlayError::Stuck { .. }) => Fault::Offline,
            Self::Speech(SpeechError::Failed { .. } | SpeechError::NoSound { .. })
            | Self::Play(PlayError::Failed { .. }) => Fault::HardwareError,
        }
    }
}

/// What is said next.
struct Next {
    sentence: String,
    language: Language,
    loudness: Loudness,
    turn: u64,
}

impl Speaker {
    /// Speaks for ever.
    pub fn work(&self, pulse: &Pulse) {
        self.tell(&self.try_out());
        loop {
            pulse.beat();
            if let Some(next) = self.next() {
                self.say(&next);
            }
        }
    }

    /// Whether engine and loudspeaker are there, without a sound.
    fn try_out(&self) -> Result<(), NotHeard> {
        self.engine.speak("a", EngineVoice::Vietnamese)?;
        Ok(self.loudspeaker.play(&Wave::silence(TRIAL_RATE, 50))?)
    }

    fn next(&self) -> Option<Next> {
        let said = self.shared.lock();
        let waited = self.shared.more.wait_timeout_while(said, IDLE_MAX, |said| said.sentences.is_empty());
        let (mut said, _) = waited.unwrap_or_else(PoisonError::into_inner);
        let (sentence, language) = said.sentences.pop_front()?;
        Some(Next { sentence, language, loudness: said.loudness, turn: self.shared.turn.load(Ordering::Relaxed) })
    }

    fn say(&self, next: &Next) {
        let percent = self.sound.percent(next.loudness);
        if percent == 0 {
            return;
        }
        let is_unwanted = || self.shared.turn.load(Ordering::Relaxed) != next.turn;
        let said = self.engine.speak(&next.sentence, voice_of(next.language)).map_err(NotHeard::from);
        let heard = said.and_then(|wave| {
            if is_unwanted() {
                return Ok(Heard::CutOff);
            }
            Ok(self.loudspeaker.play_unless(&wave.at_volume(percent), is_unwanted)?)
        });
        self.tell(&heard.map(drop));
    }

    fn tell(&self, heard: &Result<(), NotHeard>) {
        if let Err(error) = heard {
            tracing::warn!("the voice is not heard: {}", Chain(error));
        }
        self.states.tell(Device::Voice, heard.as_ref().map(|&()| ()).map_err(NotHeard::fault));
    }
}

const fn voice_of(language: Language) -> EngineVoice {
    match language {
        Language::Vietnamese => EngineVoice::Vietnamese,
        Language::English => EngineVoice::English,
        Language::Chinese => EngineVoice::Chinese,
    }
}

#[cfg(test)]
mod tests;
