//! A number on screen, its paper, and its way back into the line.

use kiosk_hal::printer::{Edition, PrintOutcome};
use kiosk_hal::uptime::Uptime;
use queue_protocol::model::RequestId;

use super::Session;
use super::state::{Number, PaperStep, State};
use crate::effect::Effect;
use crate::event::{Moment, RejoinFailure, Touch};
use crate::face;
use crate::view::{Apology, NumberStanding};

impl Session {
    /// That the number was shown is on disk: a new one is printed, one from before when its person asks.
    pub(super) fn number_is_safe(&mut self, mut number: Box<Number>, now: Uptime) -> Vec<Effect> {
        if number.standing == NumberStanding::New {
            let job = number.ticket.request;
            return self.print(number, job, now);
        }
        number.paper = PaperStep::OnRequest;
        self.enter(State::Number(number), now);
        Vec::new()
    }

    pub(super) fn touched_for_number(&mut self, touch: &Touch, moment: Moment) -> Vec<Effect> {
        match (touch, std::mem::replace(&mut self.state, State::Welcome)) {
            (Touch::PrintAgain, State::Number(number))
                if number.paper == PaperStep::OnRequest && number.rejoin.is_none() =>
            {
                self.print(number, moment.fresh, moment.now)
            }
            (Touch::BackIn, State::Number(mut number)) if number.may_come_back() && number.is_settled() => {
                let (request, name) = (moment.fresh, number.number());
                number.standing = NumberStanding::ComingBack;
                number.rejoin = Some(request);
                self.enter(State::Number(number), moment.now);
                vec![Effect::Rejoin { request, number: name }]
            }
            // A finger that comes late, from the screen before: it means nothing on this one.
            (_, unchanged) => {
                self.state = unchanged;
                Vec::new()
            }
        }
    }

    pub(super) fn print(&mut self, mut number: Box<Number>, job: RequestId, now: Uptime) -> Vec<Effect> {
        if self.printing.is_some() {
            // An earlier job has not ended: its paper may still come, so nothing is sent behind it.
            number.paper = PaperStep::WriteDown;
            self.enter(State::Number(number), now);
            return Vec::new();
        }
        let edition = if number.standing == NumberStanding::New { Edition::Original } else { Edition::Reprint };
        let face = Box::new(face::of(&number.ticket, &number.patient, &number.marks(), &self.offer, edition));
        self.printing = Some(job);
        number.job = Some(job);
        number.paper = PaperStep::Printing;
        self.enter(State::Number(number), now);
        vec![Effect::Print { request: job, face }]
    }

    pub(super) fn printed(&mut self, ended: RequestId, outcome: PrintOutcome, now: Uptime) -> Vec<Effect> {
        self.printing.take_if(|job| *job == ended);
        let State::Number(number) = &mut self.state else { return Vec::new() };
        if number.job != Some(ended) {
            return Vec::new();
        }
        number.paper = match outcome {
            PrintOutcome::Confirmed => PaperStep::Take,
            PrintOutcome::Uncertain(_) | PrintOutcome::Failed(_) => PaperStep::WriteDown,
        };
        self.rest(now);
        Vec::new()
    }

    pub(super) fn rejoined(
        &mut self,
        request: RequestId,
        answer: Result<(), RejoinFailure>,
        now: Uptime,
    ) -> Vec<Effect> {
        let State::Number(number) = &mut self.state else { return Vec::new() };
        if number.rejoin == Some(request) {
            number.rejoin = None;
            number.standing = answer.map_or_else(NumberStanding::NotBackIn, |()| NumberStanding::BackIn);
            self.rest(now);
        }
        Vec::new()
    }

    /// Nothing came within the time of a number on screen.
    pub(super) fn number_waited(&mut self, request: RequestId, now: Uptime) -> Vec<Effect> {
        let State::Number(number) = &mut self.state else { return Vec::new() };
        if number.rejoin.take().is_some() {
            number.standing = NumberStanding::NotBackIn(RejoinFailure::Unreachable);
            self.rest(now);
            return Vec::new();
        }
        match number.paper {
            PaperStep::AwaitingRecord => return self.give_up(request, Apology::NoNumberNow, now),
            PaperStep::Printing => {
                number.paper = PaperStep::WriteDown;
                self.rest(now);
            }
            PaperStep::Take | PaperStep::WriteDown | PaperStep::OnRequest => self.welcome(),
        }
        Vec::new()
    }
}

impl Number {
    /// Whether nothing of it is on its way to disk or paper.
    const fn is_settled(&self) -> bool {
        matches!(self.paper, PaperStep::Take | PaperStep::WriteDown | PaperStep::OnRequest)
    }
}
