//! What the patient sees of a state.

use queue_protocol::model::{GroupClaim, Ticket};

use super::state::{ChipState, Number, Origin, PaperStep, State};
use super::{Health, Session};
use crate::view::{ChipOffer, ChipStage, HeldTicket, KnownBy, Mark, Notice, NumberStanding, PaperAdvice, Screen, View};

impl Session {
    /// The whole screen: the view and what surrounds it.
    #[must_use]
    pub fn screen(&self) -> Screen {
        Screen {
            hospital: self.offer.hospital.clone(),
            look: self.look,
            ways: self.offer.ways,
            help: self.help.shown(),
            presence: self.presence,
            slot: self.slot,
            view: self.view(),
        }
    }

    /// What the patient sees.
    #[must_use]
    pub fn view(&self) -> View {
        match &self.state {
            State::Welcome => View::Welcome { notices: self.notices() },
            State::OutOfService => View::OutOfService,
            State::PresentCard { purpose } => View::PresentCard { purpose: *purpose },
            State::Typing { purpose, digits, problem } => {
                View::TypeNumber { purpose: *purpose, digits: digits.clone(), problem: *problem }
            }
            State::AwaitingOffer { .. } => View::AwaitingOffer,
            State::Finding { .. } => View::FindingTickets,
            State::ChoosingTicket { patient, tickets, .. } => {
                View::ChooseTicket { who: patient.who(), tickets: tickets.iter().map(held).collect() }
            }
            State::AskingAge { patient, group } => View::AskAge { who: patient.who(), group: *group },
            State::Choosing { patient } => View::ChooseService {
                who: patient.who(),
                services: self.offer.services.clone(),
                chip: self.chip_offer(patient),
            },
            State::Declaring { patient } => View::DeclarePriority { who: patient.who(), groups: patient.declarable() },
            State::AskingAppointment { service, .. } => {
                View::AskAppointment { service: service.name.clone(), times: service.facts.appointments.clone() }
            }
            State::Chip { patient, step } => View::Chip { name: patient.masked(), stage: step.stage() },
            State::Recording { order, .. } | State::Issuing { order, .. } => {
                View::Issuing { service: order.service.name.clone() }
            }
            State::Number(number) => number.view(),
            State::Apology(why) => View::Apology(*why),
        }
    }

    fn chip_offer(&self, patient: &crate::patient::Patient) -> ChipOffer {
        if self.reading.is_some() {
            ChipOffer::ReadingPortrait
        } else if self.may_read_chip(patient) {
            ChipOffer::Available
        } else {
            ChipOffer::None
        }
    }

    fn notices(&self) -> Vec<Notice> {
        let Health { printer_gone, scanner_gone, service_gone, chip_reader_gone: _ } = self.health;
        [(service_gone, Notice::NoService), (scanner_gone, Notice::NoScanner), (printer_gone, Notice::NoPrinter)]
            .into_iter()
            .filter_map(|(present, notice)| present.then_some(notice))
            .collect()
    }
}

fn held(ticket: &Ticket) -> HeldTicket {
    HeldTicket {
        number: ticket.number,
        service: ticket.service_name.clone(),
        place: ticket.place.clone(),
        state: ticket.standing.held_before.unwrap_or(queue_protocol::model::TicketState::Waiting),
    }
}

impl Number {
    fn view(&self) -> View {
        View::Number {
            number: self.number(),
            service: self.ticket.service_name.clone(),
            place: self.ticket.place.clone(),
            ahead: self.ticket.ahead,
            paper: self.paper.advice(),
            standing: self.standing,
            marks: self.marks(),
        }
    }

    /// What holds for the number, for screen and paper alike. Of one from before only staff know what held then.
    pub(super) fn marks(&self) -> Vec<Mark> {
        let provisional = (self.origin == Origin::OwnSeries).then_some(Mark::Provisional);
        if self.standing != NumberStanding::New {
            return provisional.into_iter().collect();
        }
        let unknown = matches!(self.patient.known_by(), KnownBy::NoCard).then_some(Mark::IdentityToCheck);
        let groups: Vec<GroupClaim> = self.patient.groups();
        let booked = self.booked.then_some(Mark::Appointment);
        provisional.into_iter().chain(unknown).chain(groups.into_iter().map(Mark::Priority)).chain(booked).collect()
    }
}

impl PaperStep {
    const fn advice(self) -> PaperAdvice {
        match self {
            Self::AwaitingRecord | Self::Printing => PaperAdvice::Printing,
            Self::Take => PaperAdvice::Take,
            Self::WriteDown => PaperAdvice::WriteDown,
            Self::OnRequest => PaperAdvice::OnRequest,
        }
    }
}

impl ChipState {
    const fn stage(self) -> ChipStage {
        match self {
            Self::Consent => ChipStage::Consent,
            Self::Insert { .. } => ChipStage::Insert,
            Self::Reading { step, .. } => ChipStage::Reading(step),
            Self::Trouble(trouble) => ChipStage::Trouble(trouble),
        }
    }
}
