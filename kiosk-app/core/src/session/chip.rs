//! The chip: an upgrade of a claim with consent, and never in the way of a number.

use kiosk_hal::uptime::Uptime;
use queue_protocol::model::RequestId;

use super::Session;
use super::state::{ChipState, State};
use crate::chip::{ChipEvent, ChipFailure, ChipForm, ChipStep, ChipVerdict};
use crate::effect::Effect;
use crate::event::{Moment, Touch};
use crate::patient::Patient;
use crate::view::ChipTrouble;

impl Session {
    /// Whether the chip of this patient's card can be read: the hospital wants it, the reader is there, the number that
    /// opens it is known, and it has not been read.
    pub(super) fn may_read_chip(&self, patient: &Patient) -> bool {
        let has_number = patient.claim.as_ref().is_some_and(|claim| claim.personal_number().is_some());
        self.offer.ways.chip.is_yes() && !self.health.chip_reader_gone && has_number && patient.trust.is_none()
    }

    pub(super) fn touched_for_chip(&mut self, touch: &Touch, moment: Moment) -> Vec<Effect> {
        match (touch, std::mem::replace(&mut self.state, State::Welcome)) {
            (Touch::UseChip, State::Choosing { patient }) if self.may_read_chip(&patient) => {
                self.enter(State::Chip { patient, step: ChipState::Consent }, moment.now);
            }
            (Touch::Consent, State::Chip { patient, step: ChipState::Consent })
            | (Touch::TryAgain, State::Chip { patient, step: ChipState::Trouble(_) }) => {
                return self.read_chip(patient, moment);
            }
            (Touch::WithoutChip, State::Chip { patient, .. }) => self.enter(State::Choosing { patient }, moment.now),
            // A finger that comes late, from the screen before: it means nothing on this one.
            (_, unchanged) => self.state = unchanged,
        }
        Vec::new()
    }

    fn read_chip(&mut self, patient: Patient, moment: Moment) -> Vec<Effect> {
        let number = patient.claim.as_ref().and_then(|claim| claim.personal_number()).cloned();
        let Some(number) = number.filter(|_| self.may_read_chip(&patient)) else {
            let step = ChipState::Trouble(ChipTrouble::ReaderGone);
            self.enter(State::Chip { patient, step }, moment.now);
            return Vec::new();
        };
        let reading = moment.fresh;
        self.reading = Some(reading);
        self.enter(State::Chip { patient, step: ChipState::Insert { reading } }, moment.now);
        vec![Effect::ReadChip { reading, number }]
    }

    pub(super) fn chip_tells(&mut self, reading: RequestId, told: ChipEvent, moment: Moment) -> Vec<Effect> {
        if self.reading != Some(reading) {
            // Of a reading that was stopped: nothing of it belongs to whoever is here.
            return Vec::new();
        }
        match told {
            ChipEvent::Step(step) => self.chip_goes_on(reading, step, moment.now),
            ChipEvent::Form(form) => self.chip_form(*form, moment),
            ChipEvent::Portrait(portrait, trust) => {
                if let Some(patient) = self.state.undecided().filter(|patient| patient.trust.is_some()) {
                    patient.set_portrait(portrait, trust);
                }
            }
            ChipEvent::NoPortrait(trust) => {
                if let Some(patient) = self.state.undecided().filter(|patient| patient.trust.is_some()) {
                    patient.trust = Some(trust);
                }
            }
            ChipEvent::Ended(result) => self.chip_ended(result, moment.now),
        }
        Vec::new()
    }

    fn chip_goes_on(&mut self, reading: RequestId, step: ChipStep, now: Uptime) {
        let State::Chip { step: state, .. } = &mut self.state else { return };
        match state {
            ChipState::Insert { .. } => {
                *state = ChipState::Reading { reading, step };
                self.rest(now);
            }
            // The whole reading has one deadline: progress does not move it.
            ChipState::Reading { step: current, .. } => *current = step,
            ChipState::Consent | ChipState::Trouble(_) => {}
        }
    }

    /// The card's own data: only of the person who was scanned, and only if nothing speaks against it.
    fn chip_form(&mut self, form: ChipForm, moment: Moment) {
        let Some(patient) = self.patient_at_reader() else { return };
        let scanned = patient.claim.as_ref().and_then(|claim| claim.personal_number());
        if scanned.is_none() || scanned != form.claim.personal_number() {
            self.chip_trouble(patient, ChipTrouble::OtherPerson, moment.now);
        } else if form.trust.verdict() == ChipVerdict::Doubtful {
            self.chip_trouble(patient, ChipTrouble::Doubtful(form.trust), moment.now);
        } else {
            self.offer_services(patient.with_chip(form, moment.today), moment.now);
        }
    }

    fn chip_ended(&mut self, result: Result<(), ChipFailure>, now: Uptime) {
        self.reading = None;
        let trouble = match result {
            Ok(()) | Err(ChipFailure::Unreadable) => ChipTrouble::Unreadable,
            Err(ChipFailure::OtherCard) => ChipTrouble::OtherPerson,
            Err(ChipFailure::ReaderGone | ChipFailure::Stopped) if self.health.chip_reader_gone => {
                ChipTrouble::ReaderGone
            }
            // A reader that is there again, or was never gone, has lost its card: that can be tried once more.
            Err(ChipFailure::PulledOut | ChipFailure::ReaderGone | ChipFailure::Stopped) => ChipTrouble::PulledOut,
        };
        // Where the form is there, whether the portrait followed changes nothing.
        if let Some(patient) = self.patient_at_reader() {
            self.chip_trouble(patient, trouble, now);
        }
    }

    pub(super) fn chip_took_too_long(&mut self, now: Uptime) {
        if let Some(patient) = self.patient_at_reader() {
            self.chip_trouble(patient, ChipTrouble::Unreadable, now);
        }
    }

    /// The patient whose form fields are waited for, taken out of the state: the caller enters the next one.
    fn patient_at_reader(&mut self) -> Option<Patient> {
        let state = std::mem::replace(&mut self.state, State::Welcome);
        let State::Chip { patient, step: ChipState::Insert { .. } | ChipState::Reading { .. } } = state else {
            self.state = state;
            return None;
        };
        Some(patient)
    }

    fn chip_trouble(&mut self, patient: Patient, trouble: ChipTrouble, now: Uptime) {
        self.enter(State::Chip { patient, step: ChipState::Trouble(trouble) }, now);
    }
}
