use std::io;
use std::sync::mpsc::Receiver;
use std::time::Duration;

use kiosk_hal::link::{ApduLink, LinkError};
use kiosk_hal::uptime::Uptime;
use pcsc::{
    Card, Context, Disposition, Error, MAX_BUFFER_SIZE_EXTENDED, Protocols, ReaderState, Scope, ShareMode, State,
};

use super::atr::Atr;
use super::error::PcscError;
use super::readers::{ReaderName, no_answer, unless_hung_up};
use super::worker::{NoAnswer, Reply, Worker};
use crate::clock;

/// Longest wait for the service to notice that a card was pulled out: it asks its readers every 0.4 s.
const REMOVAL_SEEN: Duration = Duration::from_millis(1_500);

/// Longest wait for the service to take a card back. Until it has, nobody else gets the card.
const RELEASE: Duration = Duration::from_secs(1);

/// An exclusive exchange with the card in a reader. Dropping it resets the card, which forgets all that
/// was agreed, and gives it back.
#[derive(Debug)]
pub struct PcscCard {
    card: Worker<Job>,
    atr: Atr,
}

/// The card lost power or was reset in the middle of the talk. It has forgotten what was agreed; the exchange itself
/// goes on. The source of a [`LinkError::Io`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the card was reset: open it again")]
pub struct CardWasReset;

enum Job {
    Transmit(Vec<u8>, Reply<Result<Vec<u8>, LinkError>>),
    Reset(Reply<Result<(), LinkError>>),
    Connected(Reply<Result<Atr, PcscError>>),
}

impl PcscCard {
    pub(super) fn connect(reader: &ReaderName, until: Uptime) -> Result<Self, PcscError> {
        let name = reader.clone();
        let mut card = Worker::start("pcsc-card", move |jobs| serve(&name, jobs)).map_err(PcscError::NoThread)?;
        let atr = card.call(until, Job::Connected).map_err(no_answer)??;
        Ok(Self { card, atr })
    }

    /// Its answer to reset.
    #[must_use]
    pub const fn atr(&self) -> &Atr {
        &self.atr
    }

    /// Resets the card: it forgets all that was agreed, and a new talk can begin.
    ///
    /// # Errors
    /// As [`ApduLink::transmit`].
    pub fn reset(&mut self, until: Uptime) -> Result<(), LinkError> {
        self.card.call(until, Job::Reset).map_err(link_error)?
    }
}

impl Drop for PcscCard {
    fn drop(&mut self) {
        self.card.stop(clock::now() + RELEASE);
    }
}

impl ApduLink for PcscCard {
    fn now(&self) -> Uptime {
        clock::now()
    }

    /// After [`LinkError::TimedOut`] the command may still be at work in the card; its answer is thrown away before the
    /// next command is sent.
    fn transmit(&mut self, command: &[u8], until: Uptime) -> Result<Vec<u8>, LinkError> {
        let command = command.to_vec();
        self.card.call(until, |reply| Job::Transmit(command, reply)).map_err(link_error)?
    }
}

const fn link_error(why: NoAnswer) -> LinkError {
    match why {
        NoAnswer::Late => LinkError::TimedOut,
        NoAnswer::Ended => LinkError::Gone,
    }
}

/// A card's thread. It has a context of its own: a context lets one call in at a time, and this one's calls block.
fn serve(reader: &ReaderName, jobs: Receiver<Job>) {
    let mut open = open(reader);
    for job in jobs {
        match (job, &mut open) {
            (Job::Connected(reply), Ok(open)) => reply.give(Ok(open.atr.clone())),
            (Job::Connected(reply), Err(_)) => {
                let Err(error) = open else { return };
                return reply.give(Err(error));
            }
            (Job::Transmit(command, reply), Ok(open)) => reply.give(open.transmit(&command)),
            (Job::Reset(reply), Ok(open)) => {
                reply.give(open.renew(Disposition::ResetCard).map_err(|it| open.judge(it)))
            }
            (Job::Transmit(_, reply), Err(_)) => reply.give(Err(LinkError::Gone)),
            (Job::Reset(reply), Err(_)) => reply.give(Err(LinkError::Gone)),
        }
    }
}

fn open(reader: &ReaderName) -> Result<Open, PcscError> {
    unless_hung_up(|| open_once(reader))
}

fn open_once(reader: &ReaderName) -> Result<Open, PcscError> {
    let failed = |error| PcscError::of(error, reader);
    let context = Context::establish(Scope::User).map_err(failed)?;
    let card = context.connect(&reader.to_c()?, ShareMode::Exclusive, Protocols::ANY).map_err(failed)?;
    let atr = Atr::new(card.status2_owned().map_err(failed)?.atr());
    Ok(Open { context, reader: reader.clone(), card, atr, answer: vec![0; MAX_BUFFER_SIZE_EXTENDED] })
}

/// A card that nobody else may use. Dropping it resets the card.
struct Open {
    context: Context,
    reader: ReaderName,
    card: Card,
    atr: Atr,
    answer: Vec<u8>,
}

impl Open {
    /// One command in a transaction of its own: the exclusive connection keeps others out between two.
    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, LinkError> {
        let outcome = match self.card.transaction() {
            Ok(transaction) => transaction.transmit(command, &mut self.answer).map(<[u8]>::to_vec),
            Err(error) => Err(error),
        };
        // What the card said may be personal.
        self.answer.fill(0);
        match outcome {
            // Some drivers call it success when the card has gone.
            Ok(answer) if answer.is_empty() => Err(self.judge(Error::NotTransacted)),
            Ok(answer) => Ok(answer),
            Err(error) => Err(self.judge(error)),
        }
    }

    /// What an error means for the exchange. After a reset the connection is renewed.
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the binding's list of codes, most of which PC/SC lite never gives"
    )]
    fn judge(&mut self, error: Error) -> LinkError {
        match error {
            Error::ResetCard => match self.renew(Disposition::LeaveCard) {
                Ok(()) => LinkError::Io(io::Error::new(io::ErrorKind::ConnectionReset, CardWasReset)),
                Err(_) => LinkError::Gone,
            },
            Error::RemovedCard
            | Error::NoSmartcard
            | Error::UnpoweredCard
            | Error::UnknownReader
            | Error::ReaderUnavailable
            | Error::NoReadersAvailable
            | Error::NoService
            | Error::ServiceStopped
            | Error::Shutdown
            | Error::InvalidHandle
            | Error::SecurityViolation
            | Error::CommError => LinkError::Gone,
            // The driver lost the card, and the service may not have noticed that it is out.
            Error::NotTransacted | Error::UnresponsiveCard if self.is_out() => LinkError::Gone,
            other => LinkError::Io(io::Error::other(other)),
        }
    }

    fn renew(&mut self, initialization: Disposition) -> Result<(), Error> {
        self.card.reconnect(ShareMode::Exclusive, Protocols::ANY, initialization)
    }

    /// Gives the service time to notice; a question that fails counts as out.
    fn is_out(&self) -> bool {
        let Ok(name) = self.reader.to_c() else { return true };
        let mut states = [ReaderState::new(name, State::PRESENT | State::EXCLUSIVE | State::INUSE)];
        let deadline = clock::now() + REMOVAL_SEEN;
        loop {
            let left = deadline.saturating_since(clock::now());
            match self.context.get_status_change(left, &mut states) {
                Ok(()) => {}
                Err(Error::Timeout) => return false,
                Err(_) => return true,
            }
            let [state] = &mut states;
            if !state.event_state().contains(State::PRESENT) {
                return true;
            }
            if left.is_zero() {
                return false;
            }
            state.sync_current_state();
        }
    }
}
