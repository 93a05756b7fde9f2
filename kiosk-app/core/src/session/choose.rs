//! What the patient wants: a service, a group, an appointment, or a number they have already.

use kiosk_hal::uptime::Uptime;
use queue_protocol::model::{ServiceId, ServiceOffer, Ticket, TicketNumber, UnixMillis};

use super::Session;
use super::state::{Number, Order, State};
use crate::effect::Effect;
use crate::event::{Answer, Moment, Touch};
use crate::ledger::Entry;
use crate::patient::Patient;
use crate::view::{Apology, Purpose};

impl Session {
    /// The services, after the one question that only the patient can answer.
    pub(super) fn offer_services(&mut self, patient: Patient, now: Uptime) {
        if self.offer.services.is_empty() {
            self.enter(State::Apology(Apology::NoNumberNow), now);
        } else if let Some(group) = patient.age_to_ask() {
            self.enter(State::AskingAge { patient, group }, now);
        } else {
            self.enter(State::Choosing { patient }, now);
        }
    }

    pub(super) fn touched_to_choose(&mut self, touch: Touch, moment: Moment) -> Vec<Effect> {
        let now = moment.now;
        match (touch, std::mem::replace(&mut self.state, State::Welcome)) {
            (Touch::Age(answer), State::AskingAge { mut patient, .. }) => {
                patient.confirm_age(answer == Answer::Yes);
                self.offer_services(patient, now);
            }
            (Touch::DeclarePriority, State::Choosing { patient }) => self.enter(State::Declaring { patient }, now),
            (Touch::Declare(group), State::Declaring { mut patient }) => {
                patient.declare(group);
                self.enter(State::Declaring { patient }, now);
            }
            (Touch::Choose(service), State::Choosing { patient }) => return self.chosen(&service, patient, moment),
            (Touch::Appointment(time), State::AskingAppointment { patient, service }) => {
                return self.appointed(time, service, patient, moment);
            }
            (Touch::TakeAnother, State::ChoosingTicket { patient, .. }) => self.offer_services(patient, now),
            (Touch::ShowTicket(number), State::ChoosingTicket { purpose, patient, tickets }) => {
                return self.ticket_chosen(number, tickets, (purpose, patient), moment);
            }
            // A finger that comes late, from the screen before: it means nothing on this one.
            (_, unchanged) => self.state = unchanged,
        }
        Vec::new()
    }

    fn chosen(&mut self, service: &ServiceId, patient: Patient, moment: Moment) -> Vec<Effect> {
        let has_numbers = |offered: &ServiceOffer| offered.open && offered.facts.numbers_left != Some(0);
        let open = |offered: &&ServiceOffer| offered.id == *service && has_numbers(offered);
        let Some(service) = self.offer.services.iter().find(open).cloned() else {
            self.enter(State::Choosing { patient }, moment.now);
            return Vec::new();
        };
        if service.facts.appointments.is_empty() {
            return self.ask_for(Order { service, patient, booked_for: None }, moment);
        }
        self.enter(State::AskingAppointment { patient, service }, moment.now);
        Vec::new()
    }

    fn appointed(
        &mut self,
        time: Option<UnixMillis>,
        service: ServiceOffer,
        patient: Patient,
        moment: Moment,
    ) -> Vec<Effect> {
        let known = |at: &UnixMillis| service.facts.appointments.iter().any(|offered| offered.at == *at);
        if time.as_ref().is_some_and(|at| !known(at)) {
            self.enter(State::AskingAppointment { patient, service }, moment.now);
            return Vec::new();
        }
        self.ask_for(Order { service, patient, booked_for: time }, moment)
    }

    fn ask_for(&mut self, order: Order, moment: Moment) -> Vec<Effect> {
        let request = moment.fresh;
        self.enter(State::Recording { request, order }, moment.now);
        vec![Effect::Record(request, Entry::Requested)]
    }

    fn ticket_chosen(
        &mut self,
        number: TicketNumber,
        tickets: Vec<Ticket>,
        asked: (Purpose, Patient),
        moment: Moment,
    ) -> Vec<Effect> {
        let (purpose, patient) = asked;
        if tickets.iter().any(|ticket| ticket.number == number) {
            let chosen = tickets.into_iter().filter(|ticket| ticket.number == number).collect();
            return self.show_held(chosen, purpose, patient, moment);
        }
        self.enter(State::ChoosingTicket { purpose, patient, tickets }, moment.now);
        Vec::new()
    }

    /// Shows the first of `tickets`, which its person has from before; whoever lost the paper gets another. It needs no
    /// journal: it is valid already, and nothing here takes it back.
    pub(super) fn show_held(
        &mut self,
        tickets: Vec<Ticket>,
        purpose: Purpose,
        patient: Patient,
        moment: Moment,
    ) -> Vec<Effect> {
        let Some(ticket) = tickets.into_iter().next() else {
            self.offer_services(patient, moment.now);
            return Vec::new();
        };
        let number = Box::new(Number::from_before(ticket, patient));
        match purpose {
            Purpose::FindTicket => self.print(number, moment.fresh, moment.now),
            Purpose::TakeNumber => {
                self.enter(State::Number(number), moment.now);
                Vec::new()
            }
        }
    }
}
