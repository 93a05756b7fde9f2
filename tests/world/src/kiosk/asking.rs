//! What the kiosk's queue thread does (`kiosk-app/src/queue_thread.rs`), played in one thread: voids before anything is
//! asked, one call at a time, patience and then a number of the kiosk's own, settling when the service is back. The
//! provisional numbers themselves and their journal are the shipped ones.

use std::collections::{BTreeSet, VecDeque};
use std::ops::Bound;

use kiosk_core::event::{Event, IssueFailure, Offer};
use kiosk_core::ledger::Entry;
use queue_protocol::model::{RequestId, Ticket};
use queue_protocol::v1::{HandOver, HandedOver, IssueTicket, ProblemCode, SeriesLease, Services, TicketVoided};

use super::Running;
use crate::calls::Outcome;
use crate::context::Context;
use crate::wire::{Party, Request};

/// As in the queue thread, in milliseconds.
const OFFER_EVERY_MS: u64 = 5_000;
const PATIENCE_MS: u64 = 5_000;
const PATIENCE_AWAY_MS: u64 = 1_500;
const VOID_AGAIN_AFTER_MS: u64 = 3_000;
/// How often a kiosk asks that has nothing to settle and nobody before it: the shipped one asks every 5 s all the time.
const IDLE_OFFER_EVERY_MS: u64 = 600_000;

/// A command of the visit or the journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Get a number; the request is on disk.
    Issue(Box<IssueTicket>),
    /// Take back, until the service confirms.
    Void(RequestId),
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Doing {
    Nothing,
    /// Takes back what waits for it, before it asks for this number.
    VoidingFirst(Box<IssueTicket>, RequestId, Vec<RequestId>),
    Issuing(Box<IssueTicket>),
    Voiding(RequestId),
    Offering,
    Leasing,
    HandingOver(HandOver),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Contact {
    Unknown,
    There,
    Lost,
}

/// The thread's state.
#[derive(Debug)]
pub struct Asking {
    doing: Doing,
    call: Option<u64>,
    /// When patience ends.
    until: Option<u64>,
    commands: VecDeque<Command>,
    /// What the service has not confirmed to be void.
    pub unconfirmed: BTreeSet<RequestId>,
    voided_last: Option<RequestId>,
    void_at: u64,
    offer_at: u64,
    contact: Contact,
}

impl Asking {
    /// A thread that begins, with what the journal says must be taken back.
    #[must_use]
    pub const fn new(unconfirmed: BTreeSet<RequestId>, now: u64) -> Self {
        Self {
            doing: Doing::Nothing,
            call: None,
            until: None,
            commands: VecDeque::new(),
            unconfirmed,
            voided_last: None,
            void_at: now,
            offer_at: now,
            contact: Contact::Unknown,
        }
    }

    /// When it wants to be woken.
    #[must_use]
    pub fn wakes_at(&self) -> u64 {
        if self.doing != Doing::Nothing {
            return self.until.unwrap_or(u64::MAX);
        }
        let void_at = if self.unconfirmed.is_empty() { u64::MAX } else { self.void_at };
        void_at.min(self.offer_at)
    }
}

impl Running {
    /// Asks what is offered before long, as the shipped thread does at any time.
    pub(super) fn asks_for_offer(&mut self, context: &mut Context) {
        self.asking.offer_at = self.asking.offer_at.min(context.now + context.rng.below(OFFER_EVERY_MS));
    }

    /// Takes a command in. What is done between commands gives way to it.
    pub(super) fn ask(&mut self, context: &mut Context, command: Command) {
        self.asking.commands.push_back(command);
        self.goes_on_asking(context);
    }

    fn drops_call(&mut self) {
        if let Some(call) = self.asking.call.take() {
            self.calls.drop_call(call);
        }
        (self.asking.doing, self.asking.until) = (Doing::Nothing, None);
    }

    /// Looks what is to be done, and whether patience has ended.
    pub(super) fn goes_on_asking(&mut self, context: &mut Context) {
        if self.asking.until.is_some_and(|until| context.now >= until) {
            let doing = std::mem::replace(&mut self.asking.doing, Doing::Nothing);
            if let Doing::VoidingFirst(asked, ..) | Doing::Issuing(asked) = doing {
                self.drops_call();
                self.issues_here(context, &asked);
            } else {
                self.asking.doing = doing;
            }
        }
        let is_background =
            matches!(self.asking.doing, Doing::Voiding(_) | Doing::Offering | Doing::Leasing | Doing::HandingOver(_));
        if is_background && !self.asking.commands.is_empty() {
            self.drops_call();
        }
        while self.asking.doing == Doing::Nothing {
            match self.asking.commands.pop_front() {
                Some(Command::Void(request)) => {
                    self.asking.unconfirmed.insert(request);
                    self.asking.void_at = context.now;
                }
                Some(Command::Issue(asked)) => self.issues(context, asked),
                None => break,
            }
        }
        if self.asking.doing == Doing::Nothing {
            self.between_commands(context);
        }
    }

    fn between_commands(&mut self, context: &mut Context) {
        if !self.asking.unconfirmed.is_empty() && context.now >= self.asking.void_at {
            let after = self.asking.voided_last.map_or(Bound::Unbounded, Bound::Excluded);
            let next = self.asking.unconfirmed.range((after, Bound::Unbounded)).next();
            let Some(request) = next.or_else(|| self.asking.unconfirmed.first()).copied() else { return };
            self.asking.voided_last = Some(request);
            self.begins(context, Doing::Voiding(request), void_of(request));
        } else if context.now >= self.asking.offer_at {
            self.asking.offer_at = context.now + OFFER_EVERY_MS;
            self.begins(context, Doing::Offering, |press| Request::bare("GET /v1/services".into(), press));
        }
    }

    fn begins(&mut self, context: &mut Context, doing: Doing, request: impl FnOnce(u64) -> Request) {
        let press = context.fresh();
        let party = Party::Kiosk(self.at, self.boot);
        self.asking.call = Some(self.calls.begin(context, party, request(press)));
        self.asking.doing = doing;
    }

    fn issues(&mut self, context: &mut Context, asked: Box<IssueTicket>) {
        let left: Vec<RequestId> = self.asking.unconfirmed.iter().copied().collect();
        self.voids_first(context, asked, left);
    }

    fn voids_first(&mut self, context: &mut Context, asked: Box<IssueTicket>, mut left: Vec<RequestId>) {
        self.is_patient(context);
        if left.is_empty() {
            let message = asked.clone();
            self.begins(context, Doing::Issuing(asked), move |press| {
                Request::new("POST /v1/tickets".into(), &message, press)
            });
        } else {
            let request = left.remove(0);
            self.begins(context, Doing::VoidingFirst(asked, request, left), void_of(request));
        }
    }

    fn is_patient(&mut self, context: &Context) {
        let patience = if self.asking.contact == Contact::Lost { PATIENCE_AWAY_MS } else { PATIENCE_MS };
        // A kiosk that cannot issue by itself waits for a number until its client gives up; a void never longer.
        self.asking.until = self.offline.is_able().then_some(context.now + patience);
    }

    /// A call has ended.
    pub(super) fn call_ended(&mut self, context: &mut Context, outcome: Outcome) {
        (self.asking.call, self.asking.until) = (None, None);
        match std::mem::replace(&mut self.asking.doing, Doing::Nothing) {
            Doing::Nothing => {}
            Doing::VoidingFirst(asked, request, left) => self.voided_first(context, asked, request, (left, &outcome)),
            Doing::Issuing(asked) => self.issue_ended(context, &asked, &outcome),
            Doing::Voiding(request) => {
                let is_void = self.voided(request, &outcome);
                self.asking.void_at = context.now + if is_void { 0 } else { VOID_AGAIN_AFTER_MS };
            }
            Doing::Offering => self.offered(context, &outcome),
            Doing::Leasing => {
                if let Some(lease) = message::<SeriesLease>(&outcome)
                    && !self.disk_full
                    && self.offline.leased(lease.series).is_ok()
                {
                    self.settles(context);
                }
            }
            Doing::HandingOver(handed) => self.handed_over(context, &handed, &outcome),
        }
        self.goes_on_asking(context);
    }

    fn voided_first(
        &mut self,
        context: &mut Context,
        asked: Box<IssueTicket>,
        request: RequestId,
        (left, outcome): (Vec<RequestId>, &Outcome),
    ) {
        let is_answered = matches!(outcome, Outcome::Answered(reply) if reply.status != 503);
        if self.voided(request, outcome) || is_answered {
            self.voids_first(context, asked, left);
        } else {
            self.issues_here(context, &asked);
        }
    }

    fn voided(&mut self, request: RequestId, outcome: &Outcome) -> bool {
        let is_void = message::<TicketVoided>(outcome).is_some();
        if is_void {
            self.asking.unconfirmed.remove(&request);
            self.writes_line(request, Entry::Voided);
        }
        is_void
    }

    fn issue_ended(&mut self, context: &mut Context, asked: &IssueTicket, outcome: &Outcome) {
        let failure = match outcome {
            Outcome::Answered(reply) => match reply.message::<Ticket>() {
                Ok(ticket) => return self.is_issued(context, ticket),
                Err(code) => failure(code),
            },
            Outcome::GaveUp => IssueFailure::Unreachable,
        };
        if failure == IssueFailure::Unreachable {
            self.issues_here(context, asked);
        } else {
            self.tell(context, Event::IssueFailed(asked.request, failure));
        }
    }

    fn issues_here(&mut self, context: &mut Context, asked: &IssueTicket) {
        self.asking.contact = Contact::Lost;
        self.asking.offer_at = self.asking.offer_at.min(context.now + OFFER_EVERY_MS);
        self.sets_clocks(context);
        let issued = if self.disk_full { None } else { self.offline.issue(asked).ok() };
        match issued {
            Some(ticket) => {
                context.tally.provisional += 1;
                context.oracle.issued_offline(&ticket, asked, (self.at, context.now));
                self.last_ticket = Some(ticket.clone());
                self.tell(context, Event::IssuedOffline(ticket));
            }
            None => self.tell(context, Event::IssueFailed(asked.request, IssueFailure::Unreachable)),
        }
    }

    fn offered(&mut self, context: &mut Context, outcome: &Outcome) {
        if let Some(told) = message::<Services>(outcome) {
            self.offline.remember(&told);
            self.asking.contact = Contact::There;
            self.asking.offer_at = context.now + IDLE_OFFER_EVERY_MS;
            self.tell(context, Event::Offered(offer(told)));
            self.tell(context, Event::ServiceChanged(Ok(())));
            self.settles(context);
        } else {
            let kept = self.offline.offer().cloned();
            if let (Contact::Unknown, Some(kept)) = (self.asking.contact, kept) {
                self.tell(context, Event::Offered(offer(kept)));
            }
            self.offline.lost_contact();
            self.asking.contact = Contact::Lost;
            self.tell(context, Event::ServiceChanged(Err(IssueFailure::Unreachable)));
        }
    }

    /// Confirms the series and hands over what waits.
    fn settles(&mut self, context: &mut Context) {
        self.sets_clocks(context);
        let kiosk = self.id.clone();
        if let Some(lease) = self.offline.to_lease() {
            self.asking.offer_at = context.now + OFFER_EVERY_MS;
            self.begins(context, Doing::Leasing, move |press| {
                Request::new(format!("PUT /v1/kiosks/{kiosk}/series"), &lease, press)
            });
        } else if let Some(handed) = self.offline.to_hand_over() {
            self.asking.offer_at = context.now + OFFER_EVERY_MS;
            let message = handed.clone();
            self.begins(context, Doing::HandingOver(handed), move |press| {
                Request::new(format!("POST /v1/kiosks/{kiosk}/offline-tickets"), &message, press)
            });
        } else {
            self.asking.offer_at = context.now + IDLE_OFFER_EVERY_MS;
        }
    }

    fn handed_over(&mut self, context: &mut Context, handed: &HandOver, outcome: &Outcome) {
        let Some(taken) = message::<HandedOver>(outcome) else { return };
        if taken.outcomes.len() == handed.tickets.len()
            && !self.disk_full
            && self.offline.handed_over(handed, &taken.outcomes).is_ok()
        {
            self.settles(context);
        }
    }

    /// Whether nothing waits to be settled with the service.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        self.asking.unconfirmed.is_empty() && self.asking.commands.is_empty() && self.offline.to_hand_over().is_none()
    }
}

fn void_of(request: RequestId) -> impl FnOnce(u64) -> Request {
    move |press| Request::bare(format!("POST /v1/tickets/{request}/void"), press)
}

fn message<T: serde::de::DeserializeOwned>(outcome: &Outcome) -> Option<T> {
    match outcome {
        Outcome::Answered(reply) => reply.message().ok(),
        Outcome::GaveUp => None,
    }
}

fn offer(told: Services) -> Offer {
    let Services { hospital, address, services, .. } = told;
    Offer { hospital, address, services, ..Offer::default() }
}

/// As the queue thread maps them.
fn failure(code: ProblemCode) -> IssueFailure {
    if code == ProblemCode::ServiceClosed {
        IssueFailure::Closed
    } else if [ProblemCode::SeriesExhausted, ProblemCode::QuotaReached].contains(&code) {
        IssueFailure::Exhausted
    } else if [ProblemCode::StoreUnavailable, ProblemCode::Internal].contains(&code) {
        IssueFailure::Unreachable
    } else {
        IssueFailure::Refused
    }
}
