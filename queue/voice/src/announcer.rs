//! The one owner of a zone's loudspeaker: a thread that says calls one after another and outlives every failure.

use std::collections::VecDeque;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use queue_protocol::model::TicketNumber;

use crate::chime::chime;
use crate::loudspeaker::{Loudspeaker, PlayError};
use crate::phrase::{Language, announcement, provisional_announcement};
use crate::speech::{Engine, SpeechError};
use crate::turns::{Added, Spoken, Turns, WAITING_MAX};
use crate::wave::Wave;

/// A pause that lets a hall understand where one call ends and the next starts.
pub const PAUSE: Duration = Duration::from_millis(700);
/// Sentences kept as sound: repeats, and rooms that call the same number again.
const KEPT_MAX: usize = 32;

/// How calls are spoken.
pub struct Settings {
    pub engine: Engine,
    pub loudspeaker: Loudspeaker,
    /// One after another for each call.
    pub languages: Vec<Language>,
    /// After each call, unless another comes meanwhile: [`PAUSE`] for a hall.
    pub pause: Duration,
    /// Percent at this moment: asked before each call.
    pub volume: Box<dyn Fn() -> u8 + Send>,
}

enum Order {
    Say(Spoken),
    Forget(TicketNumber),
}

/// Hands calls to the thread. Dropped, it ends the thread after the sentence being said.
#[derive(Debug, Clone)]
pub struct Announcer {
    orders: SyncSender<Order>,
    healthy: Arc<AtomicBool>,
}

/// A call that will not be said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotSaid {
    #[error("more calls came than can be said")]
    TooMany,
    #[error("the announcer has ended")]
    Ended,
}

#[derive(Debug, thiserror::Error)]
enum SayError {
    #[error(transparent)]
    Speech(#[from] SpeechError),
    #[error(transparent)]
    Play(#[from] PlayError),
}

impl Announcer {
    /// Starts the thread.
    ///
    /// # Errors
    /// The thread cannot be started.
    pub fn start(settings: Settings) -> io::Result<Self> {
        let (orders, taken) = sync_channel(WAITING_MAX);
        let healthy = Arc::new(AtomicBool::new(true));
        let worker = Worker { settings, healthy: Arc::clone(&healthy), turns: Turns::default(), kept: VecDeque::new() };
        thread::Builder::new().name("voice".into()).spawn(move || worker.run(&taken))?;
        Ok(Self { orders, healthy })
    }

    /// Has a call said when its turn comes. Never waits.
    ///
    /// # Errors
    /// [`NotSaid`]; the call is still on the screen.
    pub fn say(&self, spoken: Spoken) -> Result<(), NotSaid> {
        self.send(Order::Say(spoken))
    }

    /// A number that is not to come any more.
    ///
    /// # Errors
    /// [`NotSaid`]; it may still be said.
    pub fn forget(&self, number: TicketNumber) -> Result<(), NotSaid> {
        self.send(Order::Forget(number))
    }

    /// Whether the last call was heard.
    pub fn is_healthy(&self) -> bool {
        self.healthy.load(Ordering::Relaxed)
    }

    fn send(&self, order: Order) -> Result<(), NotSaid> {
        self.orders.try_send(order).map_err(|error| match error {
            TrySendError::Full(_) => NotSaid::TooMany,
            TrySendError::Disconnected(_) => NotSaid::Ended,
        })
    }
}

struct Worker {
    settings: Settings,
    healthy: Arc<AtomicBool>,
    turns: Turns,
    kept: VecDeque<(String, Wave)>,
}

impl Worker {
    fn run(mut self, orders: &Receiver<Order>) {
        loop {
            while let Ok(order) = orders.try_recv() {
                self.take(order);
            }
            match self.turns.next(Instant::now()) {
                Some(spoken) => {
                    self.say(&spoken);
                    match orders.recv_timeout(self.settings.pause) {
                        Ok(order) => self.take(order),
                        Err(RecvTimeoutError::Timeout) => {}
                        Err(RecvTimeoutError::Disconnected) => return,
                    }
                }
                None => match orders.recv() {
                    Ok(order) => self.take(order),
                    Err(_) => return,
                },
            }
        }
    }

    fn take(&mut self, order: Order) {
        match order {
            Order::Say(spoken) => {
                if let Added::PushedOut(number) = self.turns.add(spoken, Instant::now()) {
                    tracing::warn!(%number, "too many calls wait to be said; the oldest is only on the screen");
                }
            }
            Order::Forget(number) => self.turns.forget(number),
        }
    }

    fn say(&mut self, spoken: &Spoken) {
        let said = self.sound(spoken).and_then(|sound| {
            let sound = sound.at_volume((self.settings.volume)());
            Ok(self.settings.loudspeaker.play(&sound)?)
        });
        self.healthy.store(said.is_ok(), Ordering::Relaxed);
        if let Err(error) = said {
            let error: &dyn std::error::Error = &error;
            tracing::error!(number = %spoken.number, error, "a call was not heard");
        }
    }

    /// Chime, then the call in each language. A language that fails is left out as long as another can be said.
    fn sound(&mut self, spoken: &Spoken) -> Result<Wave, SayError> {
        let mut failed = None;
        let mut sentences = Vec::new();
        for language in self.settings.languages.clone() {
            match self.sentence(spoken, language) {
                Ok(sentence) => sentences.push(sentence),
                Err(error) => failed = Some(error),
            }
        }
        let rate = sentences.first().map_or(22_050, |sentence| sentence.rate);
        if let Some(error) = failed {
            if sentences.is_empty() {
                return Err(error.into());
            }
            let error: &dyn std::error::Error = &error;
            tracing::warn!(error, "a call is said in fewer languages");
        }
        let mut sound = chime(rate);
        for sentence in &sentences {
            sound.append(sentence);
            sound.append(&Wave::silence(rate, 350));
        }
        Ok(sound)
    }

    fn sentence(&mut self, spoken: &Spoken, language: Language) -> Result<Wave, SpeechError> {
        let words = if spoken.provisional { provisional_announcement } else { announcement };
        let text = words(spoken.number, &spoken.room_name, spoken.occasion, language);
        if let Some((_, wave)) = self.kept.iter().find(|(kept, _)| *kept == text) {
            return Ok(wave.clone());
        }
        let wave = self.settings.engine.say(&text, language)?;
        if self.kept.len() >= KEPT_MAX {
            self.kept.pop_front();
        }
        self.kept.push_back((text, wave.clone()));
        Ok(wave)
    }
}
