//! The queue service, on a thread with a small tokio runtime of its own.

use std::collections::BTreeSet;
use std::sync::mpsc::SyncSender;
use std::time::Duration;

use kiosk_core::event::{Event, IssueFailure, Offer};
use kiosk_core::ledger::Entry;
use queue_client::{ClientError, QueueClient};
use queue_protocol::model::{KioskId, RequestId, ServiceId};
use queue_protocol::v1::{IssueTicket, ProblemCode};
use tokio::sync::mpsc::Receiver;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval, sleep_until};

use crate::chain::Chain;
use crate::journal_thread::Line;

/// How often the kiosk asks what the hospital offers and whether the service is there.
const OFFER_EVERY: Duration = Duration::from_secs(5);
/// How long a void that did not get through waits for its next try.
const VOID_AGAIN_AFTER: Duration = Duration::from_secs(3);

/// What the queue thread is asked to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Get a number; the request is on disk.
    Issue(RequestId, ServiceId),
    /// Take back, until the service confirms.
    Void(RequestId),
}

/// One kiosk's dealings with the queue service.
pub struct QueueThread {
    /// Who asks.
    pub kiosk: KioskId,
    /// The service.
    pub client: QueueClient,
    /// To the visit.
    pub visit: SyncSender<Event>,
    /// To the journal.
    pub journal: SyncSender<Line>,
}

/// The visit or the journal has ended.
struct Ended;

/// What the thread does between commands. A command may cut it off at any await: all of it can be asked again.
struct Background {
    unconfirmed: BTreeSet<RequestId>,
    try_voids_at: Instant,
    offers: Interval,
}

impl QueueThread {
    /// Works until the visit or the journal has ended. Voids `to_void` first, as the journal says after a restart.
    pub async fn work(self, mut commands: Receiver<Command>, to_void: Vec<RequestId>) {
        let mut offers = interval(OFFER_EVERY);
        offers.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let unconfirmed = to_void.into_iter().collect();
        let mut background = Background { unconfirmed, try_voids_at: Instant::now(), offers };
        loop {
            let done = tokio::select! {
                biased;
                command = commands.recv() => match command {
                    Some(Command::Issue(request, service)) => self.issue(request, service).await,
                    Some(Command::Void(request)) => {
                        background.unconfirmed.insert(request);
                        background.try_voids_at = Instant::now();
                        Ok(())
                    }
                    None => Err(Ended),
                },
                done = self.between_commands(&mut background) => done,
            };
            if done.is_err() {
                return;
            }
        }
    }

    async fn between_commands(&self, background: &mut Background) -> Result<(), Ended> {
        let Background { unconfirmed, try_voids_at, offers } = background;
        tokio::select! {
            () = sleep_until(*try_voids_at), if !unconfirmed.is_empty() => {
                let confirmed = self.void_first(unconfirmed).await?;
                *try_voids_at = Instant::now() + if confirmed { Duration::ZERO } else { VOID_AGAIN_AFTER };
                Ok(())
            }
            _ = offers.tick() => self.refresh_offer().await,
        }
    }

    async fn issue(&self, request: RequestId, service: ServiceId) -> Result<(), Ended> {
        let ticket = IssueTicket { request, kiosk: self.kiosk.clone(), service };
        let event = match self.client.issue(&ticket).await {
            Ok(ticket) => Event::Issued(ticket),
            Err(error) => {
                tracing::warn!(%request, "no number issued: {}", Chain(&error));
                Event::IssueFailed(request, failure(&error))
            }
        };
        self.tell(event)
    }

    /// Voids the oldest request; `true` when the service has confirmed.
    async fn void_first(&self, unconfirmed: &mut BTreeSet<RequestId>) -> Result<bool, Ended> {
        let Some(request) = unconfirmed.first().copied() else { return Ok(true) };
        match self.client.void(request).await {
            Ok(outcome) => {
                tracing::info!(%request, ?outcome, "request voided");
                unconfirmed.remove(&request);
                self.journal.send((request, Entry::Voided)).map_err(|_| Ended)?;
                Ok(true)
            }
            Err(error) => {
                tracing::warn!(%request, "not voided yet: {}", Chain(&error));
                Ok(false)
            }
        }
    }

    async fn refresh_offer(&self) -> Result<(), Ended> {
        match self.client.services().await {
            Ok(told) => {
                let offer = Offer { hospital: told.hospital, address: told.address, services: told.services };
                self.tell(Event::Offered(offer))?;
                self.tell(Event::ServiceChanged(Ok(())))
            }
            Err(error) => {
                tracing::debug!("services not known: {}", Chain(&error));
                self.tell(Event::ServiceChanged(Err(failure(&error))))
            }
        }
    }

    fn tell(&self, event: Event) -> Result<(), Ended> {
        self.visit.send(event).map_err(|_| Ended)
    }
}

fn failure(error: &ClientError) -> IssueFailure {
    match error.code() {
        Some(ProblemCode::ServiceClosed) => IssueFailure::Closed,
        Some(ProblemCode::SeriesExhausted) => IssueFailure::Exhausted,
        Some(
            ProblemCode::BadRequest
            | ProblemCode::UnknownService
            | ProblemCode::UnknownRoom
            | ProblemCode::UnknownZone
            | ProblemCode::RequestSpent,
        ) => IssueFailure::Refused,
        Some(ProblemCode::StoreUnavailable | ProblemCode::Internal) | None => IssueFailure::Unreachable,
    }
}

/// Runs the thread's work on a runtime of this thread alone.
pub fn block_on(work: impl Future<Output = ()>) {
    match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime.block_on(work),
        Err(error) => tracing::error!("no runtime for the queue thread: {}", Chain(&error)),
    }
}
