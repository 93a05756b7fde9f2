//! The queue service as the kiosk meets it: one live number a person and service, answers late or lost, voids for good.

use kiosk_core::effect::{Arriving, PersonKey};
use kiosk_core::event::{Event, FindFailure, IssueFailure, Offer, Offered, RejoinFailure, Ways};
use kiosk_core::ledger::Entry;
use queue_protocol::model::{
    AppointmentTime, RequestId, Series, ServiceFacts, ServiceId, ServiceOffer, Standing, Ticket, TicketNumber,
    TicketState, UnixMillis,
};

use crate::oracle::Broken;
use crate::rng::Rng;
use crate::world::{Due, World};

/// The one time for which there are appointments.
pub const APPOINTMENT: UnixMillis = UnixMillis(1_795_397_400_000);

/// What the service is asked.
pub enum Asked {
    Issue(RequestId, ServiceId, Box<Arriving>),
    Void(RequestId),
    Find(RequestId, PersonKey),
    Rejoin(RequestId, TicketNumber),
}

/// A number somebody has.
struct Held {
    person: Option<PersonKey>,
    ticket: Ticket,
    state: TicketState,
}

#[derive(Default)]
pub struct QueueService {
    held: Vec<Held>,
    issued: u16,
    issued_by_kiosk: u16,
}

impl QueueService {
    /// Others are called: some come, some do not.
    pub fn day_goes_on(&mut self, rng: &mut Rng) {
        self.held.retain(|_| !rng.chance(5));
        for held in &mut self.held {
            if rng.chance(50) {
                held.state = TicketState::Missed;
            }
        }
    }

    fn of(&self, person: &PersonKey) -> impl Iterator<Item = &Held> {
        self.held.iter().filter(move |held| held.person.as_ref() == Some(person))
    }

    fn next_number(&mut self) -> TicketNumber {
        self.issued += 1;
        numbered(["A", "B", "C", "D"][usize::from(self.issued / 9_999)], self.issued % 9_999 + 1)
    }
}

impl World {
    pub fn is_asked(&mut self, asked: Asked) -> Result<(), Broken> {
        match asked {
            Asked::Void(request) => {
                self.voids(request);
                Ok(())
            }
            Asked::Issue(request, service, arriving) => self.issue_arrives(request, &service, &arriving),
            Asked::Find(lookup, person) => self.find_arrives(lookup, &person),
            Asked::Rejoin(request, number) => self.rejoin_arrives(request, number),
        }
    }

    fn voids(&mut self, request: RequestId) {
        self.oracle.voided.insert(request);
        self.ledger.apply(request, Entry::Voided);
        self.service.held.retain(|held| held.ticket.request != request);
        self.tally.count("void");
    }

    /// The shell asks nothing of the service before the service has confirmed what was taken back.
    fn void_what_waits(&mut self) {
        while let Some(place) = self.due.iter().position(|(_, due)| matches!(due, Due::QueueService(Asked::Void(_)))) {
            if let (_, Due::QueueService(Asked::Void(request))) = self.due.swap_remove(place) {
                self.voids(request);
            }
        }
    }

    fn issue_arrives(&mut self, request: RequestId, service: &ServiceId, arriving: &Arriving) -> Result<(), Broken> {
        let away = self.rng.chance(12);
        if away && !self.oracle.voided.contains(&request) {
            return self.service_is_away(request, service);
        }
        self.void_what_waits();
        if self.oracle.voided.contains(&request) || self.rng.chance(5) {
            let why = if self.rng.chance(50) { IssueFailure::Closed } else { IssueFailure::Refused };
            return self.tell(Event::IssueFailed(request, why));
        }
        let ticket = self.ticket_for(request, service, arriving);
        if self.rng.chance(8) {
            self.tally.count("lost reply");
            let failure = Event::IssueFailed(request, IssueFailure::Unreachable);
            self.later(9_000, Due::ToKiosk(Box::new(failure)));
            return Ok(());
        }
        let late_ms = self.rng.delay_ms(300, 30_000, 30);
        if late_ms > 10_000 {
            self.tally.count("late reply");
        }
        self.later(late_ms, Due::ToKiosk(Box::new(Event::Issued(ticket))));
        Ok(())
    }

    /// The number the person has for the service, or a new one.
    fn ticket_for(&mut self, request: RequestId, service: &ServiceId, arriving: &Arriving) -> Ticket {
        let person = arriving.person.as_ref();
        let held = person.and_then(|person| self.service.of(person).find(|held| held.ticket.service == *service));
        if let Some(held) = held {
            let standing = Standing { held_before: Some(held.state), ..Standing::default() };
            return Ticket { request, standing, ..held.ticket.clone() };
        }
        let ticket = ticket(request, service, self.service.next_number());
        self.oracle.issues(&ticket);
        let held = Held { person: person.cloned(), ticket: ticket.clone(), state: TicketState::Waiting };
        self.service.held.push(held);
        ticket
    }

    /// The kiosk issues from its own series, where it has one.
    fn service_is_away(&mut self, request: RequestId, service: &ServiceId) -> Result<(), Broken> {
        if self.rng.chance(50) {
            return self.tell(Event::IssueFailed(request, IssueFailure::Unreachable));
        }
        self.tally.count("offline number");
        self.service.issued_by_kiosk += 1;
        let ticket = ticket(request, service, numbered("K", self.service.issued_by_kiosk));
        self.oracle.issues(&ticket);
        let late_ms = self.rng.delay_ms(50, 20_000, 5);
        self.later(late_ms, Due::ToKiosk(Box::new(Event::IssuedOffline(ticket))));
        Ok(())
    }

    fn find_arrives(&mut self, lookup: RequestId, person: &PersonKey) -> Result<(), Broken> {
        if self.rng.chance(10) {
            return self.tell(Event::TicketsFound(lookup, Err(FindFailure::Unreachable)));
        }
        self.void_what_waits();
        let told = |held: &Held| {
            let standing = Standing { held_before: Some(held.state), ..Standing::default() };
            Ticket { standing, ..held.ticket.clone() }
        };
        let found = self.service.of(person).map(told).collect();
        let late_ms = self.rng.delay_ms(200, 4_000, 15);
        self.later(late_ms, Due::ToKiosk(Box::new(Event::TicketsFound(lookup, Ok(found)))));
        Ok(())
    }

    fn rejoin_arrives(&mut self, request: RequestId, number: TicketNumber) -> Result<(), Broken> {
        let held = self.service.held.iter_mut().find(|held| held.ticket.number == number);
        let answer = match held {
            Some(held) if held.state == TicketState::Missed => {
                held.state = TicketState::Waiting;
                Ok(())
            }
            Some(_) | None => Err(RejoinFailure::NotAllowed),
        };
        let late_ms = self.rng.delay_ms(200, 20_000, 8);
        self.later(late_ms, Due::ToKiosk(Box::new(Event::Rejoined(request, answer))));
        Ok(())
    }
}

/// What the hospital offers: everything.
pub fn offer() -> Event {
    let ways = Ways { typed: Offered::Yes, no_card: Offered::Yes, held_tickets: Offered::Yes, chip: Offered::Yes };
    let hospital = "BỆNH VIỆN HƯƠNG SƠN".into();
    Event::Offered(Offer { hospital, services: services(), ways, ..Offer::default() })
}

/// Three services, one of them with appointments.
pub fn services() -> Vec<ServiceOffer> {
    let appointments = vec![AppointmentTime { at: APPOINTMENT, local: "08:30".into() }];
    let with = ServiceFacts { appointments, ..ServiceFacts::default() };
    [("noi", ServiceFacts::default()), ("nhi", ServiceFacts::default()), ("mat", with)]
        .into_iter()
        .map(|(id, facts)| ServiceOffer {
            id: ServiceId::new(id).unwrap(),
            name: id.to_uppercase(),
            place: "Phòng 1".into(),
            open: true,
            waiting: 0,
            facts,
        })
        .collect()
}

fn numbered(series: &str, ordinal: u16) -> TicketNumber {
    TicketNumber::new(Series::new(series).unwrap(), ordinal).unwrap()
}

fn ticket(request: RequestId, service: &ServiceId, number: TicketNumber) -> Ticket {
    Ticket {
        request,
        day: "2026-11-23".parse().unwrap(),
        number,
        service: service.clone(),
        service_name: service.to_string(),
        place: "Phòng 1".into(),
        ahead: 0,
        issued_at: UnixMillis(0),
        issued_at_local: "07:00 23/11/2026".into(),
        standing: Standing::default(),
    }
}
