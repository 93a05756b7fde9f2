//! Who is here: a token held up, a number typed, or no card at all.

use kiosk_hal::scanner::Scan;
use kiosk_hal::uptime::Uptime;
use queue_protocol::model::{RequestId, Ticket};
use vn_identity::{Claim, Provenance, Refusal};

use super::state::State;
use super::{Hearing, Session};
use crate::effect::Effect;
use crate::event::{FindFailure, Moment, Touch};
use crate::patient::Patient;
use crate::typing::{Key, TypedDigits};
use crate::view::{Advice, Apology, Presence, Purpose};

impl Session {
    pub(super) fn scanned(&mut self, scan: &Scan, moment: Moment) -> Vec<Effect> {
        let decoded = match moment.today {
            Some(today) => vn_identity::decode_on(scan.as_bytes(), today),
            None => vn_identity::decode(scan.as_bytes()),
        };
        match decoded {
            Ok(claim) => self.shown(claim, moment),
            Err(refusal) => self.not_an_identity(refusal, moment.now),
        }
    }

    /// Takes an identity that somebody has shown. Whoever holds up a card last owns the visit: nobody goes on in
    /// another's name. From the choice to the end readers are not listened to.
    pub(super) fn shown(&mut self, claim: Claim, moment: Moment) -> Vec<Effect> {
        let Some(purpose) = self.state.purpose() else { return Vec::new() };
        if self.state.undecided().is_some_and(|patient| patient.is(&claim)) {
            // The same card, still held up: what its owner has chosen so far stays.
            if self.presence == Presence::Asked {
                self.rest(moment.now);
            }
            return Vec::new();
        }
        self.identified(Patient::new(claim, moment.today), purpose, moment)
    }

    fn not_an_identity(&mut self, refusal: Refusal, now: Uptime) -> Vec<Effect> {
        // A stray code does not throw a patient out of their visit.
        if self.state.undecided().is_none() && self.state.purpose().is_some() {
            self.enter(State::Apology(apology_for(refusal)), now);
        }
        Vec::new()
    }

    pub(super) fn touched_to_identify(&mut self, touch: Touch, moment: Moment) -> Vec<Effect> {
        let Some(purpose) = self.state.purpose() else { return Vec::new() };
        let ways = self.offer.ways;
        match (touch, &mut self.state) {
            (Touch::Begin, State::Welcome) => {
                self.enter(State::PresentCard { purpose: Purpose::TakeNumber }, moment.now);
            }
            (Touch::FindTicket, State::Welcome | State::PresentCard { .. }) if ways.held_tickets.is_yes() => {
                self.enter(State::PresentCard { purpose: Purpose::FindTicket }, moment.now);
            }
            (Touch::TypeNumber, State::Welcome | State::PresentCard { .. } | State::Apology(_))
                if ways.typed.is_yes() =>
            {
                self.enter(State::Typing { purpose, digits: TypedDigits::new(), problem: None }, moment.now);
            }
            (Touch::NoCard, State::Welcome | State::PresentCard { .. } | State::Typing { .. } | State::Apology(_))
                if ways.no_card.is_yes() =>
            {
                return self.identified(Patient::without_card(), Purpose::TakeNumber, moment);
            }
            (Touch::Key(key), State::Typing { digits, problem, .. }) => match key {
                Key::Digit(digit) => {
                    *problem = None;
                    digits.push(digit);
                }
                Key::Erase => {
                    *problem = None;
                    digits.erase();
                }
                Key::Clear => {
                    *problem = None;
                    digits.clear();
                }
                Key::Enter => return self.entered(moment),
            },
            // A finger that comes late, from the screen before: it means nothing on this one.
            (_, _) => {}
        }
        Vec::new()
    }

    /// The typed number is whole, if it is one.
    fn entered(&mut self, moment: Moment) -> Vec<Effect> {
        let State::Typing { purpose, digits, problem } = &mut self.state else { return Vec::new() };
        match digits.claim() {
            Ok((_, Some(odd))) if *problem != Some(odd) => *problem = Some(odd),
            Ok((claim, _)) => {
                let purpose = *purpose;
                return self.identified(Patient::new(claim, moment.today), purpose, moment);
            }
            Err(wrong) => *problem = Some(wrong),
        }
        Vec::new()
    }

    /// Goes on with a patient: their tickets are looked up first, where somebody can tell them. Before the first word of
    /// the hospital they are kept waiting, with their claim.
    ///
    /// Not for a typed number: whoever knows it would see where its owner waits. The queue service still gives that
    /// person the same number again for the same service.
    fn identified(&mut self, mut patient: Patient, purpose: Purpose, moment: Moment) -> Vec<Effect> {
        if self.hearing == Hearing::Nothing {
            self.enter(State::AwaitingOffer { purpose, patient }, moment.now);
            return Vec::new();
        }
        let in_hand = patient.claim.as_ref().is_some_and(|claim| claim.provenance != Provenance::Typed);
        let can_find = self.offer.ways.held_tickets.is_yes() && !self.health.service_gone;
        if let (true, true, Some(person)) = (in_hand, can_find, patient.key()) {
            let lookup = moment.fresh;
            self.enter(State::Finding { lookup, purpose, patient }, moment.now);
            return vec![Effect::FindTickets { lookup, person }];
        }
        if purpose == Purpose::FindTicket {
            patient.advise(Advice::ChooseSameService);
        }
        self.offer_services(patient, moment.now);
        Vec::new()
    }

    /// Whoever waited for it chooses from what the hospital offers.
    pub(super) fn goes_on_with_offer(&mut self, moment: Moment) -> Vec<Effect> {
        let state = std::mem::replace(&mut self.state, State::Welcome);
        let State::AwaitingOffer { purpose, patient } = state else {
            self.state = state;
            return Vec::new();
        };
        self.identified(patient, purpose, moment)
    }

    pub(super) fn tickets_found(
        &mut self,
        lookup: RequestId,
        found: Result<Vec<Ticket>, FindFailure>,
        moment: Moment,
    ) -> Vec<Effect> {
        let current = matches!(&self.state, State::Finding { lookup: current, .. } if *current == lookup);
        if current { self.found(found, moment) } else { Vec::new() }
    }

    fn found(&mut self, found: Result<Vec<Ticket>, FindFailure>, moment: Moment) -> Vec<Effect> {
        let Some((purpose, mut patient)) = self.patient_looked_up() else { return Vec::new() };
        match (found, purpose) {
            (Ok(tickets), Purpose::FindTicket) if tickets.len() == 1 => {
                return self.show_held(tickets, purpose, patient, moment);
            }
            (Ok(tickets), _) if !tickets.is_empty() => {
                self.enter(State::ChoosingTicket { purpose, patient, tickets }, moment.now);
                return Vec::new();
            }
            (Ok(_), Purpose::FindTicket) => patient.advise(Advice::NoTicketFound),
            (Err(_), Purpose::FindTicket) => patient.advise(Advice::ChooseSameService),
            (Ok(_) | Err(_), Purpose::TakeNumber) => {}
        }
        self.offer_services(patient, moment.now);
        Vec::new()
    }

    /// Nobody has told the person's tickets in time.
    pub(super) fn nothing_found(&mut self, now: Uptime) -> Vec<Effect> {
        if let Some((purpose, mut patient)) = self.patient_looked_up() {
            if purpose == Purpose::FindTicket {
                patient.advise(Advice::ChooseSameService);
            }
            self.offer_services(patient, now);
        }
        Vec::new()
    }

    /// The patient whose tickets are looked up, taken out of the state: the caller enters the next one.
    fn patient_looked_up(&mut self) -> Option<(Purpose, Patient)> {
        let state = std::mem::replace(&mut self.state, State::Welcome);
        let State::Finding { purpose, patient, .. } = state else {
            self.state = state;
            return None;
        };
        Some((purpose, patient))
    }
}

/// What the patient is told of a code that is no identity.
const fn apology_for(refusal: Refusal) -> Apology {
    if matches!(refusal, Refusal::UnknownToken) {
        Apology::UnknownPhoneCode
    } else if matches!(refusal, Refusal::OtherCode | Refusal::PaymentCode | Refusal::Empty) {
        Apology::NotAnIdentityToken
    } else {
        // Every other refusal names what is wrong with a token that was recognised as one.
        Apology::DamagedCode
    }
}
