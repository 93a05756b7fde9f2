//! A room's page and who sits at it: calls, repeats, sends away, finishes; two browsers press together now and then.

use queue_protocol::model::{RoomId, ServiceId, TicketNumber};
use queue_protocol::v1::{CallNext, CallNextReply, NumberStep, RoomStep};

use crate::agenda::{DeskHelp, Due};
use crate::calls::{Calls, Outcome};
use crate::context::Context;
use crate::service::transfer;
use crate::wire::{Party, Request};

/// One room.
#[derive(Debug)]
pub struct Room {
    at: usize,
    id: RoomId,
    /// Where it may send somebody.
    others: Vec<ServiceId>,
    /// Its calls to the service.
    pub calls: Calls,
    busy: Option<TicketNumber>,
}

/// The desk, where numbers come back.
#[derive(Debug, Default)]
pub struct DeskPage {
    /// Its calls to the service.
    pub calls: Calls,
}

impl Room {
    /// A room with nobody in it.
    #[must_use]
    pub fn new(at: usize, id: RoomId, others: Vec<ServiceId>) -> Self {
        Self { at, id, others, calls: Calls::default(), busy: None }
    }

    /// Somebody looks at the page.
    pub fn looks(&mut self, context: &mut Context) {
        let pause = if self.busy.is_some() {
            context.rng.between(60_000, 360_000)
        } else {
            context.rng.between(120_000, 1_200_000)
        };
        context.later(pause, Due::RoomLooks(self.at));
        if !self.calls.is_empty() {
            return;
        }
        match self.busy {
            None => self.calls_next(context),
            Some(number) => match context.rng.below(100) {
                0..=9 => self.step(context, number, "recall"),
                10..=21 => self.misses(context, number),
                22..=29 => self.sends_away(context, number),
                30..=35 => self.transfers(context, number),
                36..=55 => self.step(context, number, "arrived"),
                56..=65 => self.finishes(context, number),
                _ => self.calls_next(context),
            },
        }
    }

    fn calls_next(&mut self, context: &mut Context) {
        let presses = if context.rng.chance(6) { 2 } else { 1 };
        for _ in 0..presses {
            let (request, press) = (context.request(), context.fresh());
            let route = format!("POST /v1/rooms/{}/call-next", self.id);
            self.calls.begin(context, Party::Room(self.at), Request::new(route, &CallNext { request }, press));
        }
    }

    fn step(&mut self, context: &mut Context, number: TicketNumber, step: &str) {
        let (request, press) = (context.request(), context.fresh());
        let route = format!("POST /v1/rooms/{}/{step}", self.id);
        let message = RoomStep { request, number };
        self.calls.begin(context, Party::Room(self.at), Request::new(route, &message, press));
    }

    fn finishes(&mut self, context: &mut Context, number: TicketNumber) {
        self.step(context, number, "finish");
        self.busy = None;
    }

    fn misses(&mut self, context: &mut Context, number: TicketNumber) {
        self.step(context, number, "missed");
        self.busy = None;
        if context.rng.chance(60) {
            let back = context.rng.between(120_000, 1_200_000);
            context.later(back, Due::Desk(number, DeskHelp::Rejoin));
        }
    }

    fn sends_away(&mut self, context: &mut Context, number: TicketNumber) {
        self.step(context, number, "away");
        self.busy = None;
        let back = context.rng.between(300_000, 2_400_000);
        context.later(back, Due::Desk(number, DeskHelp::Return));
    }

    fn transfers(&mut self, context: &mut Context, number: TicketNumber) {
        let at = context.rng.place(self.others.len());
        let Some(to) = self.others.get(at).cloned() else { return };
        let (request, press) = (context.request(), context.fresh());
        self.calls.begin(context, Party::Room(self.at), transfer(number, to, request, press));
        self.busy = None;
    }

    /// A call to the service has ended.
    pub fn ended(&mut self, context: &mut Context, outcome: &Outcome) {
        let Outcome::Answered(reply) = outcome else { return };
        if let Ok(CallNextReply::Called { call }) = reply.message::<CallNextReply>() {
            context.tally.calls += 1;
            self.busy = Some(call.number);
        }
    }
}

impl DeskPage {
    /// Helps the holder of a number.
    pub fn helps(&mut self, context: &mut Context, number: TicketNumber, help: DeskHelp) {
        let word = match help {
            DeskHelp::Rejoin => "rejoin",
            DeskHelp::Return => "return",
        };
        let (request, press) = (context.request(), context.fresh());
        let route = format!("POST /v1/numbers/{number}/{word}");
        self.calls.begin(context, Party::Desk, Request::new(route, &NumberStep { request }, press));
    }
}
