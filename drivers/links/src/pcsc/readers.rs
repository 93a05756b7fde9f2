use std::ffi::CString;
use std::fmt;
use std::sync::mpsc::Receiver;
use std::thread;
use std::time::Duration;

use kiosk_hal::uptime::Uptime;
use pcsc::{Context, Error, PNP_NOTIFICATION, ReaderState, Scope, State};

use super::atr::Atr;
use super::card::PcscCard;
use super::error::PcscError;
use super::worker::{NoAnswer, Reply, Worker};
use crate::clock;

/// Longest wait inside the service, so that its thread is free again soon after a deadline.
const WAIT_TURN: Duration = Duration::from_secs(1);

/// Between two looks for a service that does not run: starting it takes longer.
const SERVICE_LOOK: Duration = Duration::from_millis(250);

/// Tries before a refusal is believed, and the pause between two: together longer than a process takes to end.
const REFUSED_TRIES: usize = 10;
const REFUSED_PAUSE: Duration = Duration::from_millis(50);

/// The service's name of a reader, such as `ACS ACR39U ICC Reader 00 00`. Names no person.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReaderName(String);

impl ReaderName {
    /// A name as a person has written it.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self(name.to_owned())
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub(super) fn to_c(&self) -> Result<CString, PcscError> {
        CString::new(self.0.as_str()).map_err(|_| PcscError::NoReader(self.clone()))
    }
}

impl fmt::Display for ReaderName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What is known of all readers at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReaderService {
    /// `pcscd` does not run: nobody knows what is attached.
    Down,
    /// It runs, with these readers in its order; there may be none.
    Up(Vec<Reader>),
}

impl ReaderService {
    /// The readers; none when the service is down.
    #[must_use]
    pub fn readers(&self) -> &[Reader] {
        match self {
            Self::Down => &[],
            Self::Up(readers) => readers,
        }
    }
}

/// One reader.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reader {
    /// Its name.
    pub name: ReaderName,
    /// What is in it.
    pub slot: CardSlot,
}

/// What is in a reader.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CardSlot {
    /// Nothing.
    Empty,
    /// A card that has answered.
    Card(Atr),
    /// Something that does not answer.
    Mute,
    /// The reader is known and cannot be asked: just unplugged, or broken.
    Unknown,
}

/// The service's readers, watched.
#[derive(Debug)]
pub struct PcscReaders {
    service: Worker<Job>,
}

enum Job {
    /// What there is at this moment.
    Look(Reply<Result<ReaderService, PcscError>>),
    /// The same once it is no longer `known`, or after so long.
    Wait { known: ReaderService, wait: Duration, reply: Reply<Result<ReaderService, PcscError>> },
}

impl PcscReaders {
    /// Starts the thread that talks to the service. Asks for nothing yet.
    ///
    /// # Errors
    /// [`PcscError::NoThread`].
    pub fn new() -> Result<Self, PcscError> {
        Worker::start("pcsc", serve).map(|service| Self { service }).map_err(PcscError::NoThread)
    }

    /// The clock deadlines refer to.
    #[must_use]
    pub fn now(&self) -> Uptime {
        clock::now()
    }

    /// What there is at this moment. A service that does not run is a value.
    ///
    /// # Errors
    /// [`PcscError::Refused`], [`PcscError::TimedOut`], [`PcscError::Failed`].
    pub fn look(&mut self, until: Uptime) -> Result<ReaderService, PcscError> {
        self.service.call(until, Job::Look).map_err(no_answer)?
    }

    /// Waits until what there is differs from `known`: a reader or a card came or went, the service came or went. At
    /// most until `until`; then what there is equals `known`.
    ///
    /// # Errors
    /// As [`PcscReaders::look`].
    pub fn wait_for_change(&mut self, known: &ReaderService, until: Uptime) -> Result<ReaderService, PcscError> {
        loop {
            let left = until.saturating_since(clock::now());
            if left.is_zero() {
                return Ok(known.clone());
            }
            let seen = match known {
                ReaderService::Down => self.look(until)?,
                ReaderService::Up(_) => {
                    let (known, wait) = (known.clone(), left.min(WAIT_TURN));
                    // The thread is given time beyond the wait itself.
                    let patience = until + WAIT_TURN;
                    self.service.call(patience, |reply| Job::Wait { known, wait, reply }).map_err(no_answer)??
                }
            };
            if seen != *known {
                return Ok(seen);
            }
            if seen == ReaderService::Down {
                thread::sleep(SERVICE_LOOK.min(left));
            }
        }
    }

    /// Powers the card in `reader` and opens an exclusive exchange with it.
    ///
    /// # Errors
    /// [`PcscError::NoCard`], [`PcscError::MuteCard`], [`PcscError::InUse`], and those of [`PcscReaders::look`].
    pub fn connect(&mut self, reader: &ReaderName, until: Uptime) -> Result<PcscCard, PcscError> {
        PcscCard::connect(reader, until)
    }
}

pub(super) fn no_answer(why: NoAnswer) -> PcscError {
    match why {
        NoAnswer::Late => PcscError::TimedOut,
        // The thread panics only when the binding meets a code that it does not know.
        NoAnswer::Ended => PcscError::Failed(Error::UnknownError),
    }
}

fn serve(jobs: Receiver<Job>) {
    let mut service = Service { context: None };
    for job in jobs {
        match job {
            Job::Look(reply) => reply.give(service.ask(Service::look)),
            Job::Wait { known, wait, reply } => reply.give(service.ask(|it| it.wait(&known, wait))),
        }
    }
}

/// The connection to the service, made when first needed and again after the service came back.
struct Service {
    context: Option<Context>,
}

impl Service {
    /// Asks; a service that is gone is a value, and the next question makes a new connection.
    fn ask(&mut self, question: impl Fn(&Self) -> Result<ReaderService, Error>) -> Result<ReaderService, PcscError> {
        unless_hung_up(|| self.ask_once(&question))
    }

    fn ask_once(
        &mut self,
        question: &impl Fn(&Self) -> Result<ReaderService, Error>,
    ) -> Result<ReaderService, PcscError> {
        let outcome = self.connected().and_then(|()| question(self));
        let failed = match outcome.map_err(|error| PcscError::of(error, &ReaderName::new(""))) {
            Err(PcscError::ServiceDown) => Ok(ReaderService::Down),
            Err(PcscError::Refused) => Err(PcscError::Refused),
            other => return other,
        };
        self.context = None;
        failed
    }

    fn connected(&mut self) -> Result<(), Error> {
        if self.context.is_none() {
            self.context = Some(Context::establish(Scope::User)?);
        }
        Ok(())
    }

    fn context(&self) -> Result<&Context, Error> {
        self.context.as_ref().ok_or(Error::NoService)
    }

    fn look(&self) -> Result<ReaderService, Error> {
        let context = self.context()?;
        let mut states: Vec<ReaderState> =
            context.list_readers_owned()?.into_iter().map(|name| ReaderState::new(name, State::UNAWARE)).collect();
        if !states.is_empty() {
            context.get_status_change(Duration::ZERO, &mut states)?;
        }
        Ok(ReaderService::Up(states.iter().map(reader).collect()))
    }

    /// Lets the service wake us. It counts changes, so that one between two questions is not lost.
    fn wait(&self, known: &ReaderService, wait: Duration) -> Result<ReaderService, Error> {
        let context = self.context()?;
        let seen = self.look()?;
        if seen != *known {
            return Ok(seen);
        }
        let mut states = vec![ReaderState::new(PNP_NOTIFICATION(), State::UNAWARE)];
        for name in context.list_readers_owned()? {
            states.push(ReaderState::new(name, State::UNAWARE));
        }
        context.get_status_change(Duration::ZERO, &mut states).or_else(silence)?;
        states.iter_mut().for_each(ReaderState::sync_current_state);
        let at_this_moment = ReaderService::Up(states.iter().skip(1).map(reader).collect());
        if at_this_moment != *known {
            return Ok(at_this_moment);
        }
        context.get_status_change(wait, &mut states).or_else(silence)?;
        self.look()
    }
}

/// Tries again while it is refused: a service that is about to end hangs up, which looks the same as one that lets
/// nobody in.
pub(super) fn unless_hung_up<T>(mut ask: impl FnMut() -> Result<T, PcscError>) -> Result<T, PcscError> {
    for _ in 1..REFUSED_TRIES {
        match ask() {
            Err(PcscError::Refused) => thread::sleep(REFUSED_PAUSE),
            outcome => return outcome,
        }
    }
    ask()
}

/// Nothing happened: no error.
fn silence(error: Error) -> Result<(), Error> {
    if error == Error::Timeout { Ok(()) } else { Err(error) }
}

fn reader(state: &ReaderState) -> Reader {
    let flags = state.event_state();
    let slot = if flags.intersects(State::UNKNOWN | State::UNAVAILABLE) {
        CardSlot::Unknown
    } else if flags.contains(State::MUTE) {
        CardSlot::Mute
    } else if flags.contains(State::PRESENT) {
        CardSlot::Card(Atr::new(state.atr()))
    } else {
        CardSlot::Empty
    };
    Reader { name: ReaderName(state.name().to_string_lossy().into_owned()), slot }
}
