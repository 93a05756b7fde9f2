//! The queue service, on a thread with a small tokio runtime of its own.

mod asks;

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::ops::Bound;
use std::sync::mpsc::SyncSender;
use std::time::Duration;

use kiosk_core::event::{Event, IssueFailure, Offer, Offered, Ways};
use kiosk_core::ledger::Entry;
use kiosk_core::look::Language;
use kiosk_hal::fault::Fault;
use queue_client::{ClientError, QueueClient};
use queue_protocol::model::{Arrival, KioskId, PersonMark, RequestId, ServiceId, Ticket, TicketNumber};
use queue_protocol::v1::{IssueTicket, ProblemCode, Services};
use tokio::sync::mpsc::Receiver;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval, sleep_until, timeout};

use crate::chain::Chain;
use crate::journal_thread::Line;
use crate::offline::{self, Offline};
use crate::states::Device;
use crate::wiring::Desk;

/// How often the kiosk asks what the hospital offers and whether the service is there.
const OFFER_EVERY: Duration = Duration::from_secs(5);
/// How long the service may take for a number before the kiosk gives one of its own, and how long when it was away just
/// before.
const PATIENCE: Duration = Duration::from_secs(5);
const PATIENCE_AWAY: Duration = Duration::from_millis(1_500);
/// How long a void that did not get through waits for its next try.
const VOID_AGAIN_AFTER: Duration = Duration::from_secs(3);

/// How often the service is told how the kiosk's devices are.
const REPORT_EVERY: Duration = Duration::from_secs(15);

/// What the queue thread is asked to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Get a number for whoever arrives; the request is on disk.
    Issue(RequestId, ServiceId, Box<Arrival>),
    /// Take back, until the service confirms.
    Void(RequestId),
    /// Find the live tickets of a person; of one without a mark nothing is known.
    Find(RequestId, Option<PersonMark>),
    /// Let a missed number wait again.
    Rejoin(RequestId, TicketNumber),
    /// Tell staff that help is wanted.
    Help(RequestId),
}

/// One kiosk's dealings with the queue service.
pub struct QueueThread {
    /// Who asks.
    pub kiosk: KioskId,
    /// The service, with the key of the moment. Borrowed between awaits only.
    pub client: RefCell<QueueClient>,
    /// The same with the key that the file has; `None` when it has none that can be used.
    pub reread: Box<dyn Fn() -> Option<QueueClient> + Send>,
    /// Whom it tells.
    pub desk: Desk,
    /// Ways into a visit that this kiosk offers.
    pub ways: Ways,
    /// The language of the screens until somebody chooses another.
    pub language: Language,
    /// To the journal.
    pub journal: SyncSender<Line>,
    /// Numbers while the service is away. Borrowed between awaits only.
    pub offline: RefCell<Offline>,
}

/// Whether the service answered last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Contact {
    Unknown,
    There,
    Lost,
}

/// What the service said of a void.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Voided {
    /// Nothing of the request is valid.
    Confirmed,
    /// It answered, and has not done it.
    Refused,
    /// Nothing.
    NoAnswer,
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
    report_at: Instant,
    contact: Contact,
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
        let mut background = Background {
            unconfirmed,
            voided_last: None,
            try_voids_at: Instant::now(),
            offers,
            report_at: Instant::now(),
            contact: Contact::Unknown,
        };
        loop {
            self.desk.pulse.beat();
            let done = tokio::select! {
                biased;
                command = commands.recv() => match command {
                    Some(command) => self.carry_out(command, &mut background).await,
                    None => Err(Ended),
                },
                done = self.between_commands(&mut background) => done,
            };
            if done.is_err() {
                return;
            }
        }
    }

    async fn carry_out(&self, command: Command, background: &mut Background) -> Result<(), Ended> {
        match command {
            Command::Issue(request, service, arrival) => {
                let ticket = IssueTicket { request, kiosk: self.kiosk.clone(), service, arrival: *arrival };
                self.issue(&ticket, background).await
            }
            Command::Void(request) => {
                background.unconfirmed.insert(request);
                background.try_voids_at = Instant::now();
                Ok(())
            }
            Command::Find(lookup, person) => self.find(lookup, person, background).await,
            Command::Rejoin(request, number) => self.rejoin(request, number).await,
            Command::Help(request) => self.call_help(request).await,
        }
    }

    async fn between_commands(&self, background: &mut Background) -> Result<(), Ended> {
        tokio::select! {
            () = sleep_until(background.try_voids_at), if !background.unconfirmed.is_empty() => {
                let confirmed = self.void_next(background).await?;
                background.try_voids_at = Instant::now() + if confirmed { Duration::ZERO } else { VOID_AGAIN_AFTER };
                Ok(())
            }
            _ = background.offers.tick() => self.refresh_offer(background).await,
        }
    }

    async fn issue(&self, ticket: &IssueTicket, background: &mut Background) -> Result<(), Ended> {
        let answer = if self.is_all_taken_back(background).await? {
            self.asked(ticket, background.contact).await
        } else {
            Err(IssueFailure::Unreachable)
        };
        let event = match answer {
            Ok(ticket) => Event::Issued(ticket),
            Err(IssueFailure::Unreachable) => {
                background.contact = Contact::Lost;
                self.issued_here(ticket)
            }
            Err(failure) => Event::IssueFailed(ticket.request, failure),
        };
        self.tell(event)
    }

    /// Takes back what waits for it, before anything is asked: the service would give whoever tries once more the very
    /// number that is being taken back. `false` when the service does not answer. A void that it answers and cannot
    /// carry out keeps nobody waiting.
    async fn is_all_taken_back(&self, background: &mut Background) -> Result<bool, Ended> {
        for request in background.unconfirmed.clone() {
            let patience = self.patience(background.contact).unwrap_or(PATIENCE);
            match timeout(patience, self.void(request, background)).await {
                Ok(voided) => match voided? {
                    Voided::Confirmed | Voided::Refused => {}
                    Voided::NoAnswer => return Ok(false),
                },
                Err(_) => return Ok(false),
            }
        }
        Ok(true)
    }

    /// How long the service may take when the kiosk has numbers of its own.
    fn patience(&self, contact: Contact) -> Option<Duration> {
        let patience = if contact == Contact::Lost { PATIENCE_AWAY } else { PATIENCE };
        self.offline.borrow().is_able().then_some(patience)
    }

    /// Asks the service, for as long as a patient waits who can get a number here.
    async fn asked(&self, ticket: &IssueTicket, contact: Contact) -> Result<Ticket, IssueFailure> {
        let request = ticket.request;
        let client = self.client();
        let asked = client.issue(ticket);
        let answer = if let Some(patience) = self.patience(contact) {
            timeout(patience, asked).await.map_err(|_| {
                tracing::warn!(%request, "no number issued within {} ms", patience.as_millis());
                IssueFailure::Unreachable
            })?
        } else {
            asked.await
        };
        answer.map_err(|error| {
            tracing::warn!(%request, "no number issued: {}", Chain(&error));
            failure(&error)
        })
    }

    /// The kiosk's own number. The service may have issued one whose answer was lost; it takes that back when this one
    /// is handed over.
    fn issued_here(&self, asked: &IssueTicket) -> Event {
        let request = asked.request;
        match self.offline.borrow_mut().issue(asked) {
            Ok(ticket) => {
                tracing::warn!(%request, number = %ticket.number, "a provisional number: the service is away");
                Event::IssuedOffline(ticket)
            }
            Err(error) => {
                tracing::warn!(%request, "no provisional number: {}", Chain(&error));
                Event::IssueFailed(request, IssueFailure::Unreachable)
            }
        }
    }

    /// Voids the request whose turn it is; `true` when the service has confirmed.
    async fn void_next(&self, background: &mut Background) -> Result<bool, Ended> {
        let Some(request) = background.void_in_turn() else { return Ok(true) };
        background.voided_last = Some(request);
        Ok(self.void(request, background).await? == Voided::Confirmed)
    }

    async fn void(&self, request: RequestId, background: &mut Background) -> Result<Voided, Ended> {
        match self.client().void(request).await {
            Ok(outcome) => {
                tracing::info!(%request, ?outcome, "request voided");
                background.unconfirmed.remove(&request);
                self.journal.send((request, Entry::Voided)).map_err(|_| Ended)?;
                Ok(Voided::Confirmed)
            }
            Err(error) => {
                tracing::warn!(%request, "not voided yet: {}", Chain(&error));
                Ok(if error.code().is_some() { Voided::Refused } else { Voided::NoAnswer })
            }
        }
    }

    async fn refresh_offer(&self, background: &mut Background) -> Result<(), Ended> {
        match self.client().services().await {
            Ok(told) => {
                self.offline.borrow_mut().remember(&told);
                background.contact = Contact::There;
                // Whoever waits for the offer is asked about at the service as soon as it is there.
                self.changed(Ok(()))?;
                self.tell(Event::Offered(self.offer(told)))?;
                if let Err(error) = offline::settle(&self.offline, &self.client(), &self.kiosk).await {
                    tracing::warn!("provisional numbers are not settled: {}", Chain(&error));
                }
                let now = Instant::now();
                if now >= background.report_at && self.report_devices().await {
                    background.report_at = now + REPORT_EVERY;
                }
                Ok(())
            }
            Err(error) => {
                tracing::debug!("services not known: {}", Chain(&error));
                if error.code() == Some(ProblemCode::NotAuthenticated) {
                    self.takes_another_key();
                }
                let kept = self.offline.borrow().offer().cloned();
                if let (Contact::Unknown, Some(kept)) = (background.contact, kept) {
                    self.tell(Event::Offered(self.offer(kept)))?;
                }
                self.offline.borrow_mut().lost_contact();
                background.contact = Contact::Lost;
                self.changed(Err(failure(&error)))
            }
        }
    }

    fn client(&self) -> QueueClient {
        self.client.borrow().clone()
    }

    /// The service does not know the key: the kiosk may have been enrolled meanwhile, or its key have been changed.
    fn takes_another_key(&self) {
        if let Some(client) = (self.reread)() {
            *self.client.borrow_mut() = client;
        }
    }

    fn offer(&self, told: Services) -> Offer {
        let Services { hospital, address, services, held_tickets, .. } = told;
        let held_tickets = if held_tickets { self.ways.held_tickets } else { Offered::No };
        let ways = Ways { held_tickets, ..self.ways };
        Offer { hospital, address, services, ways, language: self.language }
    }

    fn changed(&self, state: Result<(), IssueFailure>) -> Result<(), Ended> {
        self.desk.states.tell(Device::Queue, state.map_err(|_| Fault::Offline));
        self.tell(Event::ServiceChanged(state))
    }

    fn tell(&self, event: Event) -> Result<(), Ended> {
        self.desk.visit.send(event).map_err(|_| Ended)
    }
}

fn failure(error: &ClientError) -> IssueFailure {
    match error.code() {
        Some(ProblemCode::ServiceClosed) => IssueFailure::Closed,
        Some(ProblemCode::BookingTooEarly) => IssueFailure::TooEarly,
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
            | ProblemCode::NoSeriesLeft
            | ProblemCode::TooManyDevices
            | ProblemCode::SettingsOutdated
            | ProblemCode::SettingsInvalid
            | ProblemCode::SettingsInUse
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

    use kiosk_core::event::FindFailure;
    use queue_client::Deadlines;
    use queue_protocol::v1::TicketVoided;

    use super::*;

    const A: RequestId = RequestId::from_bytes([1; 16]);
    const B: RequestId = RequestId::from_bytes([2; 16]);
    const C: RequestId = RequestId::from_bytes([3; 16]);
    const SOON: Duration = Duration::from_secs(30);
    const DEADLINES: Deadlines =
        Deadlines { connect: Duration::from_secs(1), attempt: Duration::from_secs(1), total: Duration::from_secs(2) };

    struct Bench {
        commands: tokio::sync::mpsc::Sender<Command>,
        events: mpsc::Receiver<Event>,
        lines: mpsc::Receiver<Line>,
        _state: tempfile::TempDir,
    }

    fn bench(url: &str, to_void: Vec<RequestId>) -> Bench {
        let (visit, events) = sync_channel(64);
        let (journal, lines) = sync_channel(64);
        let (commands, queue) = tokio::sync::mpsc::channel(64);
        let client = QueueClient::new(url, DEADLINES).unwrap();
        let kiosk = KioskId::new("k1").unwrap();
        let state = tempfile::tempdir().unwrap();
        let offline = RefCell::new(Offline::open(state.path(), offline::clocks()).unwrap());
        let desk = Desk::for_test(visit, state.path());
        let (ways, language) = (Ways::default(), Language::default());
        let (client, reread) = (RefCell::new(client), Box::new(|| None));
        let thread = QueueThread { kiosk, client, reread, desk, ways, language, journal, offline };
        std::thread::spawn(move || block_on(thread.work(queue, to_void)));
        Bench { commands, events, lines, _state: state }
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
        bench.commands.blocking_send(Command::Issue(A, ServiceId::new("noi").unwrap(), Box::default())).unwrap();
        let failed = |event: &Event| matches!(event, Event::IssueFailed(A, IssueFailure::Unreachable));
        assert!((0..4).any(|_| failed(&bench.events.recv_timeout(SOON).unwrap())));
    }

    #[test]
    fn nobody_is_given_the_number_that_is_being_taken_back() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (tell, asked) = mpsc::channel();
        // Hangs up on whoever voids.
        std::thread::spawn(move || {
            for mut client in listener.incoming().flatten() {
                let mut request = [0; 4_096];
                let count = client.read(&mut request).unwrap_or(0);
                let text = String::from_utf8_lossy(request.get(..count).unwrap_or_default()).into_owned();
                tell.send(text.lines().next().unwrap_or_default().to_owned()).ok();
            }
        });
        let bench = bench(&url, vec![A]);
        bench.commands.blocking_send(Command::Issue(B, ServiceId::new("noi").unwrap(), Box::default())).unwrap();
        let failed = |event: &Event| matches!(event, Event::IssueFailed(B, IssueFailure::Unreachable));
        assert!((0..8).any(|_| failed(&bench.events.recv_timeout(SOON).unwrap())));
        // Nor is anybody shown it who asks for the numbers they have.
        let mark = Some(PersonMark::from_bytes([7; 32]));
        bench.commands.blocking_send(Command::Find(C, mark)).unwrap();
        let unknown = |event: &Event| matches!(event, Event::TicketsFound(C, Err(FindFailure::Unreachable)));
        assert!((0..8).any(|_| unknown(&bench.events.recv_timeout(SOON).unwrap())));
        let asked: Vec<String> = asked.try_iter().collect();
        assert!(asked.iter().any(|line| line.contains("/void")), "{asked:?}");
        assert!(!asked.iter().any(|line| line.starts_with("POST /v1/tickets ")), "{asked:?}");
        assert!(!asked.iter().any(|line| line.contains("by-person")), "{asked:?}");
    }

    #[test]
    fn the_thread_ends_with_the_visit() {
        let bench = bench("http://127.0.0.1:9", vec![A]);
        drop(bench.commands);
        let ended = (0..64).find_map(|_| bench.events.recv_timeout(SOON).err());
        assert_eq!(ended, Some(mpsc::RecvTimeoutError::Disconnected));
    }
}
