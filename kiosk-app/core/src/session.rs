//! The visit as a state machine.

mod state;

use std::time::Duration;

use kiosk_hal::fault::Fault;
use kiosk_hal::printer::{Paper, PrintOutcome, PrinterStatus};
use kiosk_hal::scanner::Scan;
use kiosk_hal::uptime::Uptime;
use queue_protocol::model::{RequestId, ServiceId, Ticket};
use vn_identity::Claim;

use crate::effect::Effect;
use crate::event::{Event, IssueFailure, Moment, Offer, Touch};
use crate::face;
use crate::ledger::Entry;
use crate::view::{Apology, MaskedName, Notice, PaperAdvice, View};
use state::{PaperStep, State};

/// How long the kiosk waits for a card after "get a number".
pub const PRESENT_CARD_WAIT: Duration = Duration::from_secs(30);
/// How long a patient may look at the services.
pub const CHOOSE_WAIT: Duration = Duration::from_secs(60);
/// How long the journal may take to reach the disk.
pub const RECORD_WAIT: Duration = Duration::from_secs(3);
/// How long the queue service may take, retries included. Longer than the client's own deadline.
pub const ISSUE_WAIT: Duration = Duration::from_secs(10);
/// How long the printer driver may take. Longer than its own bound for the longest ticket at 9600 baud, with a
/// question for its state before it: no paper comes after its number has left the screen.
pub const PRINT_WAIT: Duration = Duration::from_secs(200);
/// How long "take your ticket" stays.
pub const TAKE_WAIT: Duration = Duration::from_secs(8);
/// How long a number that must be written down stays.
pub const WRITE_DOWN_WAIT: Duration = Duration::from_secs(45);
/// How long an apology stays.
pub const APOLOGY_WAIT: Duration = Duration::from_secs(15);

/// One kiosk's visits, one after the other.
///
/// Promises, checked by the random walk in `tests/`:
/// - nothing is sent before its request id is on disk, and no reply counts unless it carries the id of this visit;
/// - a number that comes too late, or whose showing cannot be recorded, is taken back;
/// - a ticket is printed only while its own number is on screen, and one at a time;
/// - from every state time alone leads back to Welcome.
#[derive(Debug)]
pub struct Session {
    state: State,
    deadline: Option<Uptime>,
    offer: Offer,
    health: Health,
    /// The job the printer driver has not ended yet; perhaps of an earlier visit.
    printing: Option<RequestId>,
}

/// What is known of the devices and the service. What has not been heard of yet counts as gone.
#[derive(Debug)]
struct Health {
    printer_gone: bool,
    scanner_gone: bool,
    service_gone: bool,
}

impl Default for Session {
    fn default() -> Self {
        Self::new()
    }
}

impl Session {
    /// A kiosk at its welcome screen that has heard of no device and no service yet.
    #[must_use]
    pub fn new() -> Self {
        let health = Health { printer_gone: true, scanner_gone: true, service_gone: true };
        Self { state: State::Welcome, deadline: None, offer: Offer::default(), health, printing: None }
    }

    /// Takes one event in and returns what the shell must do, in order.
    pub fn handle(&mut self, event: Event, moment: Moment) -> Vec<Effect> {
        let now = moment.now;
        match event {
            Event::Scanned(scan) => self.scanned(&scan, now),
            Event::Touched(touch) => self.touched(touch, moment),
            Event::Tick => self.tick(now),
            Event::Recorded(request, entry) => self.recorded(request, entry, now),
            Event::RecordFailed(request, entry) => self.record_failed(request, entry, now),
            Event::Issued(ticket) => self.issued(ticket, now),
            Event::IssueFailed(request, failure) => self.issue_failed(request, failure, now),
            Event::Printed(request, outcome) => self.printed(request, outcome, now),
            Event::Offered(offer) => self.offered(offer),
            Event::PrinterChanged(status) => self.printer_changed(status),
            Event::ScannerChanged(state) => self.health_changed(|health| health.scanner_gone = state.is_err()),
            Event::ServiceChanged(state) => self.health_changed(|health| health.service_gone = state.is_err()),
        }
    }

    /// When to send the next [`Event::Tick`]; `None` = never, as far as this visit is concerned.
    #[must_use]
    pub const fn deadline(&self) -> Option<Uptime> {
        self.deadline
    }

    /// The hospital's name for the head of every screen; empty until the queue service has told it.
    #[must_use]
    pub fn hospital(&self) -> &str {
        &self.offer.hospital
    }

    /// What the patient sees.
    #[must_use]
    pub fn view(&self) -> View {
        match &self.state {
            State::Welcome => View::Welcome { notices: self.notices() },
            State::PresentCard => View::PresentCard,
            State::Choosing { claim } => View::ChooseService {
                patient: MaskedName::of(claim.name.as_str()),
                services: self.offer.services.clone(),
            },
            State::Recording { service, .. } | State::Issuing { service, .. } => {
                View::Issuing { service: service.name.clone() }
            }
            State::Number { ticket, paper, .. } => View::Number {
                number: ticket.number,
                service: ticket.service_name.clone(),
                place: ticket.place.clone(),
                ahead: ticket.ahead,
                paper: paper.advice(),
            },
            State::Apology(why) => View::Apology(*why),
        }
    }

    fn scanned(&mut self, scan: &Scan, now: Uptime) -> Vec<Effect> {
        let decoded = vn_identity::decode(scan.as_bytes());
        match (&self.state, decoded) {
            // The scanner is ignored from the choice to the end: a card still lying there changes nothing.
            (State::Recording { .. } | State::Issuing { .. } | State::Number { .. }, _) => {}
            // A stray code does not throw a patient out of their visit.
            (State::Choosing { .. }, Err(_)) => {}
            (State::Welcome | State::PresentCard | State::Apology(_), Err(_)) => {
                self.apologise(Apology::NotAnIdentityToken, now);
            }
            // Whoever holds up a card last owns the visit: nobody goes on in another's name.
            (State::Welcome | State::PresentCard | State::Apology(_) | State::Choosing { .. }, Ok(claim)) => {
                self.offer_services(claim, now);
            }
        }
        Vec::new()
    }

    fn offer_services(&mut self, claim: Claim, now: Uptime) {
        if self.offer.services.is_empty() {
            self.apologise(Apology::NoNumberNow, now);
        } else {
            self.enter(State::Choosing { claim }, now + CHOOSE_WAIT);
        }
    }

    fn touched(&mut self, touch: Touch, moment: Moment) -> Vec<Effect> {
        match (touch, &self.state) {
            (Touch::Begin, State::Welcome) => self.enter(State::PresentCard, moment.now + PRESENT_CARD_WAIT),
            (Touch::Choose(service), State::Choosing { claim }) => {
                let claim = claim.clone();
                return self.chosen(&service, claim, moment);
            }
            (Touch::Leave, State::PresentCard | State::Choosing { .. } | State::Apology(_))
            | (Touch::Done, State::Apology(_)) => self.welcome(),
            (Touch::Done, State::Number { paper: PaperStep::Take | PaperStep::WriteDown, .. }) => self.welcome(),
            // A finger that comes late, from the screen before: it means nothing on this one.
            (Touch::Begin | Touch::Choose(_) | Touch::Leave | Touch::Done, _) => {}
        }
        Vec::new()
    }

    fn chosen(&mut self, service: &ServiceId, claim: Claim, moment: Moment) -> Vec<Effect> {
        let Some(offered) = self.offer.services.iter().find(|offered| offered.id == *service && offered.open) else {
            return Vec::new();
        };
        let (request, service) = (moment.fresh, offered.clone());
        self.enter(State::Recording { request, service, claim }, moment.now + RECORD_WAIT);
        vec![Effect::Record(request, Entry::Requested)]
    }

    fn recorded(&mut self, request: RequestId, entry: Entry, now: Uptime) -> Vec<Effect> {
        match (entry, std::mem::replace(&mut self.state, State::Welcome)) {
            (Entry::Requested, State::Recording { request: current, service, claim }) if current == request => {
                let effect = Effect::Issue { request, service: service.id.clone() };
                self.enter(State::Issuing { request, service, claim }, now + ISSUE_WAIT);
                vec![effect]
            }
            (Entry::Shown, State::Number { ticket, claim, paper: PaperStep::AwaitingRecord })
                if ticket.request == request =>
            {
                self.start_printing(ticket, claim, now)
            }
            (Entry::Requested | Entry::Shown | Entry::VoidWanted | Entry::Voided, unchanged) => {
                self.state = unchanged;
                Vec::new()
            }
        }
    }

    fn start_printing(&mut self, ticket: Ticket, claim: Claim, now: Uptime) -> Vec<Effect> {
        if self.printing.is_some() {
            // An earlier job has not ended: its paper may still come, so nothing is sent behind it.
            self.enter(State::Number { ticket, claim, paper: PaperStep::WriteDown }, now + WRITE_DOWN_WAIT);
            return Vec::new();
        }
        let request = ticket.request;
        self.printing = Some(request);
        let face = Box::new(face::of(&ticket, &claim, &self.offer));
        self.enter(State::Number { ticket, claim, paper: PaperStep::Printing }, now + PRINT_WAIT);
        vec![Effect::Print { request, face }]
    }

    fn record_failed(&mut self, request: RequestId, entry: Entry, now: Uptime) -> Vec<Effect> {
        let current = match &self.state {
            State::Recording { request, .. } if entry == Entry::Requested => Some(*request),
            State::Number { ticket, paper: PaperStep::AwaitingRecord, .. } if entry == Entry::Shown => {
                Some(ticket.request)
            }
            State::Welcome
            | State::PresentCard
            | State::Choosing { .. }
            | State::Recording { .. }
            | State::Issuing { .. }
            | State::Number { .. }
            | State::Apology(_) => None,
        };
        if current == Some(request) { self.give_up(request, Apology::NoNumberNow, now) } else { Vec::new() }
    }

    fn issued(&mut self, ticket: Ticket, now: Uptime) -> Vec<Effect> {
        let request = ticket.request;
        let claim = match &self.state {
            State::Issuing { request: current, claim, .. } if *current == request => claim.clone(),
            // Too late: the request was given up, and giving up takes back whatever it issues.
            State::Issuing { .. }
            | State::Welcome
            | State::PresentCard
            | State::Choosing { .. }
            | State::Recording { .. }
            | State::Number { .. }
            | State::Apology(_) => return Vec::new(),
        };
        self.enter(State::Number { ticket, claim, paper: PaperStep::AwaitingRecord }, now + RECORD_WAIT);
        vec![Effect::Record(request, Entry::Shown)]
    }

    fn issue_failed(&mut self, request: RequestId, failure: IssueFailure, now: Uptime) -> Vec<Effect> {
        let current = matches!(&self.state, State::Issuing { request: current, .. } if *current == request);
        if !current {
            return Vec::new();
        }
        let why = match failure {
            IssueFailure::Closed => Apology::ServiceClosed,
            IssueFailure::Exhausted => Apology::NumbersExhausted,
            IssueFailure::Unreachable | IssueFailure::Refused => Apology::NoNumberNow,
        };
        self.give_up(request, why, now)
    }

    fn printed(&mut self, ended: RequestId, outcome: PrintOutcome, now: Uptime) -> Vec<Effect> {
        if self.printing == Some(ended) {
            self.printing = None;
        }
        let State::Number { ticket, paper, .. } = &mut self.state else { return Vec::new() };
        if ticket.request != ended || *paper == PaperStep::AwaitingRecord {
            return Vec::new();
        }
        let (step, wait) = match outcome {
            PrintOutcome::Confirmed => (PaperStep::Take, TAKE_WAIT),
            PrintOutcome::Uncertain(_) | PrintOutcome::Failed(_) => (PaperStep::WriteDown, WRITE_DOWN_WAIT),
        };
        *paper = step;
        self.deadline = Some(now + wait);
        Vec::new()
    }

    fn tick(&mut self, now: Uptime) -> Vec<Effect> {
        if self.deadline.is_none_or(|deadline| now < deadline) {
            return Vec::new();
        }
        match &mut self.state {
            State::Recording { request, .. } | State::Issuing { request, .. } => {
                let request = *request;
                return self.give_up(request, Apology::NoNumberNow, now);
            }
            State::Number { ticket, paper: PaperStep::AwaitingRecord, .. } => {
                let request = ticket.request;
                return self.give_up(request, Apology::NoNumberNow, now);
            }
            State::Number { paper: paper @ PaperStep::Printing, .. } => {
                *paper = PaperStep::WriteDown;
                self.deadline = Some(now + WRITE_DOWN_WAIT);
            }
            State::Welcome
            | State::PresentCard
            | State::Choosing { .. }
            | State::Number { paper: PaperStep::Take | PaperStep::WriteDown, .. }
            | State::Apology(_) => self.welcome(),
        }
        Vec::new()
    }

    fn offered(&mut self, offer: Offer) -> Vec<Effect> {
        self.offer = offer;
        Vec::new()
    }

    fn printer_changed(&mut self, status: Result<PrinterStatus, Fault>) -> Vec<Effect> {
        let can_print = status.is_ok_and(|status| status.fault.is_none() && status.paper != Paper::Out);
        self.health_changed(|health| health.printer_gone = !can_print)
    }

    fn health_changed(&mut self, change: impl FnOnce(&mut Health)) -> Vec<Effect> {
        change(&mut self.health);
        Vec::new()
    }

    fn notices(&self) -> Vec<Notice> {
        let Health { printer_gone, scanner_gone, service_gone } = self.health;
        [(service_gone, Notice::NoService), (scanner_gone, Notice::NoScanner), (printer_gone, Notice::NoPrinter)]
            .into_iter()
            .filter_map(|(present, notice)| present.then_some(notice))
            .collect()
    }

    /// Ends the visit without a number; whatever the request has issued or may still issue is taken back.
    fn give_up(&mut self, request: RequestId, why: Apology, now: Uptime) -> Vec<Effect> {
        self.apologise(why, now);
        vec![Effect::Void(request)]
    }

    fn apologise(&mut self, why: Apology, now: Uptime) {
        self.enter(State::Apology(why), now + APOLOGY_WAIT);
    }

    /// Ends the visit. What it held of the patient is wiped as the old state is dropped.
    fn welcome(&mut self) {
        self.state = State::Welcome;
        self.deadline = None;
    }

    fn enter(&mut self, state: State, deadline: Uptime) {
        self.state = state;
        self.deadline = Some(deadline);
    }
}

impl PaperStep {
    const fn advice(self) -> PaperAdvice {
        match self {
            Self::AwaitingRecord | Self::Printing => PaperAdvice::Printing,
            Self::Take => PaperAdvice::Take,
            Self::WriteDown => PaperAdvice::WriteDown,
        }
    }
}
