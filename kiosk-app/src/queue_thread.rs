//! The queue service, on a thread with a small tokio runtime of its own.

use std::collections::BTreeSet;
use std::ops::Bound;
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
    /// Voids take turns: one that the service cannot take back keeps no other waiting.
    voided_last: Option<RequestId>,
    try_voids_at: Instant,
    offers: Interval,
}

impl Background {
    fn void_in_turn(&self) -> Option<RequestId> {
        let after = self.voided_last.map_or(Bound::Unbounded, Bound::Excluded);
        let mut later = self.unconfirmed.range((after, Bound::Unbounded));
        later.next().or_else(|| self.unconfirmed.first()).copied()
    }
}

impl QueueThread {
    /// Works until the visit or the journal has ended. Voids `to_void` first, as the journal says after a restart.
    pub async fn work(self, mut commands: Receiver<Command>, to_void: Vec<RequestId>) {
        let mut offers = interval(OFFER_EVERY);
        offers.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let unconfirmed = to_void.into_iter().collect();
        let mut background = Background { unconfirmed, voided_last: None, try_voids_at: Instant::now(), offers };
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
        tokio::select! {
            () = sleep_until(background.try_voids_at), if !background.unconfirmed.is_empty() => {
                let confirmed = self.void_next(background).await?;
                background.try_voids_at = Instant::now() + if confirmed { Duration::ZERO } else { VOID_AGAIN_AFTER };
                Ok(())
            }
            _ = background.offers.tick() => self.refresh_offer().await,
        }
    }

    async fn issue(&self, request: RequestId, service: ServiceId) -> Result<(), Ended> {
        let ticket = IssueTicket::new(request, self.kiosk.clone(), service);
        let event = match self.client.issue(&ticket).await {
            Ok(ticket) => Event::Issued(ticket),
            Err(error) => {
                tracing::warn!(%request, "no number issued: {}", Chain(&error));
                Event::IssueFailed(request, failure(&error))
            }
        };
        self.tell(event)
    }

    /// Voids the request whose turn it is; `true` when the service has confirmed.
    async fn void_next(&self, background: &mut Background) -> Result<bool, Ended> {
        let Some(request) = background.void_in_turn() else { return Ok(true) };
        background.voided_last = Some(request);
        match self.client.void(request).await {
            Ok(outcome) => {
                tracing::info!(%request, ?outcome, "request voided");
                background.unconfirmed.remove(&request);
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
        Some(ProblemCode::SeriesExhausted | ProblemCode::QuotaReached) => IssueFailure::Exhausted,
        Some(
            ProblemCode::BadRequest
            | ProblemCode::UnknownService
            | ProblemCode::UnknownRoom
            | ProblemCode::UnknownZone
            | ProblemCode::UnknownNumber
            | ProblemCode::StepNotAllowed
            | ProblemCode::NotAtThisRoom
            | ProblemCode::RejoinedTooOften
            | ProblemCode::BookingTooEarly
            | ProblemCode::UnknownDevice
            | ProblemCode::UnknownUser
            | ProblemCode::NameTaken
            | ProblemCode::RequestSpent,
        ) => IssueFailure::Refused,
        // Nothing is issued without a key that fits; the patient is helped as when nobody answers.
        Some(
            ProblemCode::NotAuthenticated
            | ProblemCode::NotAllowed
            | ProblemCode::TooManyAttempts
            | ProblemCode::StoreUnavailable
            | ProblemCode::Internal,
        )
        | None => IssueFailure::Unreachable,
    }
}

/// Runs the thread's work on a runtime of this thread alone.
pub fn block_on(work: impl Future<Output = ()>) {
    match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime.block_on(work),
        Err(error) => tracing::error!("no runtime for the queue thread: {}", Chain(&error)),
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::{TcpListener, TcpStream};
    use std::sync::mpsc::{self, sync_channel};

    use queue_client::Deadlines;
    use queue_protocol::v1::TicketVoided;

    use super::*;

    const A: RequestId = RequestId::from_bytes([1; 16]);
    const B: RequestId = RequestId::from_bytes([2; 16]);
    const SOON: Duration = Duration::from_secs(30);
    const DEADLINES: Deadlines =
        Deadlines { connect: Duration::from_secs(1), attempt: Duration::from_secs(1), total: Duration::from_secs(2) };

    struct Bench {
        commands: tokio::sync::mpsc::Sender<Command>,
        events: mpsc::Receiver<Event>,
        lines: mpsc::Receiver<Line>,
    }

    fn bench(url: &str, to_void: Vec<RequestId>) -> Bench {
        let (visit, events) = sync_channel(64);
        let (journal, lines) = sync_channel(64);
        let (commands, queue) = tokio::sync::mpsc::channel(64);
        let client = QueueClient::new(url, DEADLINES).unwrap();
        let kiosk = KioskId::new("k1").unwrap();
        std::thread::spawn(move || block_on(QueueThread { kiosk, client, visit, journal }.work(queue, to_void)));
        Bench { commands, events, lines }
    }

    /// A service that confirms each void but that of `A`, which it cannot take back.
    fn service_that_fails_a() -> String {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        std::thread::spawn(move || listener.incoming().flatten().for_each(answer));
        url
    }

    fn answer(mut client: TcpStream) {
        let mut request = [0; 4_096];
        let count = client.read(&mut request).unwrap_or(0);
        let text = String::from_utf8_lossy(request.get(..count).unwrap_or_default()).into_owned();
        let (status, body) = if text.contains(&A.to_string()) {
            ("500 Internal Server Error", String::new())
        } else {
            ("200 OK", serde_json::to_string(&TicketVoided::Voided).unwrap())
        };
        let length = body.len();
        let head = format!("HTTP/1.1 {status}\r\ncontent-type: application/json\r\nconnection: close\r\n");
        // A client that has hung up needs no answer.
        write!(client, "{head}content-length: {length}\r\n\r\n{body}").ok();
    }

    #[test]
    fn a_void_that_cannot_be_confirmed_keeps_no_other_waiting() {
        let bench = bench(&service_that_fails_a(), vec![A, B]);
        assert_eq!(bench.lines.recv_timeout(SOON).unwrap(), (B, Entry::Voided));
    }

    #[test]
    fn a_service_that_is_away_is_told_to_the_visit_within_the_deadline() {
        let bench = bench("http://127.0.0.1:9", Vec::new());
        bench.commands.blocking_send(Command::Issue(A, ServiceId::new("noi").unwrap())).unwrap();
        let failed = |event: &Event| matches!(event, Event::IssueFailed(A, IssueFailure::Unreachable));
        assert!((0..4).any(|_| failed(&bench.events.recv_timeout(SOON).unwrap())));
    }

    #[test]
    fn the_thread_ends_with_the_visit() {
        let bench = bench("http://127.0.0.1:9", vec![A]);
        drop(bench.commands);
        let ended = (0..64).find_map(|_| bench.events.recv_timeout(SOON).err());
        assert_eq!(ended, Some(mpsc::RecvTimeoutError::Disconnected));
    }
}
