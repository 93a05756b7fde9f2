//! The number: from the disk to the queue service and back.

use kiosk_hal::uptime::Uptime;
use queue_protocol::model::{RequestId, Ticket};

use super::Session;
use super::state::{Number, Order, Origin, PaperStep, State};
use crate::effect::{Arriving, Effect};
use crate::event::IssueFailure;
use crate::ledger::Entry;
use crate::view::Apology;

impl Session {
    pub(super) fn recorded(&mut self, request: RequestId, entry: Entry, now: Uptime) -> Vec<Effect> {
        match (entry, std::mem::replace(&mut self.state, State::Welcome)) {
            (Entry::Requested, State::Recording { request: current, order }) if current == request => {
                let effect =
                    Effect::Issue { request, service: order.service.id.clone(), arriving: Box::new(order.arriving()) };
                self.enter(State::Issuing { request, order }, now);
                vec![effect]
            }
            (Entry::Shown, State::Number(number))
                if number.ticket.request == request && number.paper == PaperStep::AwaitingRecord =>
            {
                self.number_is_safe(number, now)
            }
            (Entry::Requested | Entry::Shown | Entry::VoidWanted | Entry::Voided, unchanged) => {
                self.state = unchanged;
                Vec::new()
            }
        }
    }

    pub(super) fn record_failed(&mut self, request: RequestId, entry: Entry, now: Uptime) -> Vec<Effect> {
        let current = match (&self.state, entry) {
            (State::Recording { request: current, .. }, Entry::Requested) => *current == request,
            (State::Number(number), Entry::Shown) => {
                number.ticket.request == request && number.paper == PaperStep::AwaitingRecord
            }
            (_, Entry::Requested | Entry::Shown | Entry::VoidWanted | Entry::Voided) => false,
        };
        if current { self.give_up(request, Apology::NoNumberNow, now) } else { Vec::new() }
    }

    pub(super) fn issued(&mut self, ticket: Ticket, origin: Origin, now: Uptime) -> Vec<Effect> {
        let state = std::mem::replace(&mut self.state, State::Welcome);
        let State::Issuing { request, order } = state else {
            // Too late: the request was given up, and giving up takes back whatever it issues.
            self.state = state;
            return Vec::new();
        };
        if request != ticket.request {
            self.state = State::Issuing { request, order };
            return Vec::new();
        }
        self.enter(State::Number(Box::new(Number::new(ticket, order, origin))), now);
        vec![Effect::Record(request, Entry::Shown)]
    }

    pub(super) fn issue_failed(&mut self, request: RequestId, failure: IssueFailure, now: Uptime) -> Vec<Effect> {
        let current = matches!(&self.state, State::Issuing { request: current, .. } if *current == request);
        if !current {
            return Vec::new();
        }
        let why = match failure {
            IssueFailure::Closed => Apology::ServiceClosed,
            IssueFailure::Exhausted => Apology::NumbersExhausted,
            IssueFailure::TooEarly => Apology::AppointmentLater,
            IssueFailure::Unreachable | IssueFailure::Refused => Apology::NoNumberNow,
        };
        self.give_up(request, why, now)
    }
}

impl Order {
    fn arriving(&self) -> Arriving {
        Arriving { person: self.patient.key(), groups: self.patient.groups(), booked_for: self.booked_for }
    }
}
