//! The kiosk's surroundings: disk, printer, chip reader and staff, with delays, losses and power cuts.

use std::time::Duration;

use kiosk_core::chip::{Checked, ChipEvent, ChipFailure, ChipStep};
use kiosk_core::effect::Effect;
use kiosk_core::event::{Event, HelpFailure, IssueFailure, Moment};
use kiosk_core::ledger::{Entry, Ledger};
use kiosk_core::look::Look;
use kiosk_core::view::View;
use kiosk_hal::fault::Fault;
use kiosk_hal::printer::PrintOutcome;
use kiosk_hal::uptime::Uptime;
use queue_protocol::model::RequestId;
use vn_identity::Date;

use crate::oracle::{Broken, Oracle, disk_key};
use crate::people::{Person, trust};
use crate::planted::Planted;
use crate::queue_service::{Asked, QueueService, offer};
use crate::rng::Rng;
use crate::tally::Tally;

/// Steps one patient may take before the next one steps up.
const STEPS_MAX: u64 = 40;
/// Steps within which time alone must lead back to Welcome.
const STEPS_TO_WELCOME_MAX: u64 = 300;

/// How long a walk is.
#[derive(Debug, Clone, Copy)]
pub struct Length {
    /// Visits, one after another.
    pub visits: u64,
    /// People who come, some of them again and again.
    pub people: u64,
}

/// Something on its way.
pub enum Due {
    ToKiosk(Box<Event>),
    Disk(RequestId, Entry),
    QueueService(Asked),
    PrinterEnds(RequestId),
}

pub struct World {
    pub rng: Rng,
    pub now_ms: u64,
    make: Box<dyn Fn() -> Planted>,
    pub kiosk: Planted,
    pub due: Vec<(u64, Due)>,
    pub ledger: Ledger,
    pub oracle: Oracle,
    pub tally: Tally,
    pub service: QueueService,
    pub people: u64,
    requests: u64,
}

/// Walks one world to its end.
pub fn walk(seed: u64, length: Length, make: impl Fn() -> Planted + 'static) -> Result<Tally, Broken> {
    let mut world = World {
        rng: Rng::new(seed),
        now_ms: 0,
        kiosk: make(),
        make: Box::new(make),
        due: Vec::new(),
        ledger: Ledger::default(),
        oracle: Oracle::default(),
        tally: Tally::default(),
        service: QueueService::default(),
        people: length.people,
        requests: 0,
    };
    world.starts()?;
    for _ in 0..length.visits {
        world.visit()?;
    }
    world.settle()?;
    world.oracle.at_rest()?;
    Ok(world.tally)
}

impl World {
    fn visit(&mut self) -> Result<(), Broken> {
        self.tally.visits += 1;
        self.service.day_goes_on(&mut self.rng);
        let person = Person(self.rng.below(self.people));
        for _ in 0..self.rng.below(STEPS_MAX) {
            match self.rng.below(100) {
                0..=34 => self.acts(person)?,
                35..=89 => self.time_passes()?,
                90..=97 => self.now_ms += self.rng.below(2_000),
                _ if self.rng.chance(20) => self.power_cut()?,
                _ => {}
            }
        }
        Ok(())
    }

    /// Moves to the next thing that is due and lets it happen.
    pub fn time_passes(&mut self) -> Result<(), Broken> {
        let next_due = self.due.iter().enumerate().min_by_key(|(_, (at, _))| *at).map(|(place, (at, _))| (*at, place));
        let deadline = self.kiosk.deadline().map(|at| at.since_start().as_millis() as u64);
        match (next_due, deadline) {
            (Some((at, place)), deadline) if deadline.is_none_or(|deadline| at <= deadline) => {
                self.now_ms = self.now_ms.max(at);
                let (_, due) = self.due.swap_remove(place);
                self.happens(due)
            }
            (_, Some(deadline)) => {
                self.now_ms = self.now_ms.max(deadline);
                self.tell(Event::Tick)
            }
            (_, None) => Ok(()),
        }
    }

    fn happens(&mut self, due: Due) -> Result<(), Broken> {
        match due {
            Due::ToKiosk(event) => self.tell(*event),
            Due::Disk(request, entry) => self.disk_has(request, entry),
            Due::QueueService(asked) => self.is_asked(asked),
            Due::PrinterEnds(job) => self.printer_ends(job),
        }
    }

    fn disk_has(&mut self, request: RequestId, entry: Entry) -> Result<(), Broken> {
        if self.rng.chance(3) {
            self.tally.count("disk failure");
            return self.tell(Event::RecordFailed(request, entry));
        }
        self.ledger.apply(request, entry);
        self.oracle.on_disk.insert((request, disk_key(entry)));
        self.tell(Event::Recorded(request, entry))
    }

    fn printer_ends(&mut self, job: RequestId) -> Result<(), Broken> {
        let outcome = match self.rng.below(10) {
            0 => PrintOutcome::Failed(Fault::PaperOut),
            1 => PrintOutcome::Uncertain(Fault::Offline),
            _ => PrintOutcome::Confirmed,
        };
        self.tally.count(if outcome == PrintOutcome::Confirmed { "paper" } else { "job unconfirmed" });
        self.oracle.job.take_if(|current| *current == job);
        self.tell(Event::Printed(job, outcome))
    }

    pub fn tell(&mut self, event: Event) -> Result<(), Broken> {
        self.requests += 1;
        let mut fresh = [0; 16];
        fresh[8..].copy_from_slice(&self.requests.to_be_bytes());
        let now = Uptime::new(Duration::from_millis(self.now_ms));
        if let Event::Chip(reading, ChipEvent::Ended(_)) = &event {
            self.oracle.reading.take_if(|current| current == reading);
        }
        let moment = Moment { now, fresh: RequestId::from_bytes(fresh), today: Date::new(2026, 11, 23) };
        let effects = self.kiosk.handle(event, moment);
        for effect in &effects {
            self.oracle.sees_effect(effect)?;
        }
        let screen = self.kiosk.screen();
        self.oracle.sees_screen(&screen)?;
        self.tally.sees(&screen);
        effects.into_iter().for_each(|effect| self.carry_out(effect));
        Ok(())
    }

    fn carry_out(&mut self, effect: Effect) {
        let (delay_ms, due) = match effect {
            Effect::Record(request, entry) => (self.rng.delay_ms(5, 8_000, 4), Due::Disk(request, entry)),
            Effect::Issue { request, service, arriving } => {
                let asked = Asked::Issue(request, service, arriving);
                (self.rng.delay_ms(200, 20_000, 8), Due::QueueService(asked))
            }
            Effect::Void(request) => {
                // The shell notes on disk that it wants the void before it says anything to the service.
                self.ledger.apply(request, Entry::VoidWanted);
                self.oracle.on_disk.insert((request, disk_key(Entry::VoidWanted)));
                (self.rng.delay_ms(200, 60_000, 20), Due::QueueService(Asked::Void(request)))
            }
            Effect::Print { request, .. } => (self.rng.delay_ms(3_000, 150_000, 10), Due::PrinterEnds(request)),
            Effect::FindTickets { lookup, person } => {
                (self.rng.delay_ms(200, 5_000, 15), Due::QueueService(Asked::Find(lookup, person)))
            }
            Effect::Rejoin { request, number } => {
                (self.rng.delay_ms(200, 20_000, 8), Due::QueueService(Asked::Rejoin(request, number)))
            }
            Effect::CallHelp(call) => {
                let answer = if self.rng.chance(20) { Err(HelpFailure::Unreachable) } else { Ok(()) };
                (self.rng.delay_ms(200, 20_000, 10), Due::ToKiosk(Box::new(Event::HelpAnswered(call, answer))))
            }
            Effect::ReadChip { reading, number } => return self.card_comes(reading, number.as_str()),
            Effect::StopChip(reading) => {
                let ended = Event::Chip(reading, ChipEvent::Ended(Err(ChipFailure::Stopped)));
                (self.rng.delay_ms(100, 2_000, 10), Due::ToKiosk(Box::new(ended)))
            }
        };
        self.later(delay_ms, due);
    }

    /// Somebody puts a card into the slot, now and then a wrong one, and it is read as far as it goes.
    fn card_comes(&mut self, reading: RequestId, number: &str) {
        let right = Person::of_card(number);
        let other = Person(self.rng.below(self.people));
        let person = right.filter(|_| !self.rng.chance(15)).unwrap_or(other);
        let trusted = if self.rng.chance(10) { Checked::No } else { Checked::Yes };
        let failure = match self.rng.below(12) {
            0 => Some(ChipFailure::PulledOut),
            1 => Some(ChipFailure::Unreadable),
            2 => Some(ChipFailure::ReaderGone),
            3 | 4 if right != Some(person) => Some(ChipFailure::OtherCard),
            _ => None,
        };
        let mut told = vec![
            ChipEvent::Step(ChipStep::Opening),
            ChipEvent::Step(ChipStep::Reading),
            ChipEvent::Form(Box::new(person.form(trusted))),
            ChipEvent::Portrait(person.portrait(), trust(trusted)),
            ChipEvent::Ended(Ok(())),
        ];
        if let Some(failure) = failure {
            told.truncate(self.rng.below(5) as usize);
            told.push(ChipEvent::Ended(Err(failure)));
        }
        let mut at_ms = self.rng.delay_ms(3_000, 90_000, 10);
        for event in told {
            self.later(at_ms, Due::ToKiosk(Box::new(Event::Chip(reading, event))));
            at_ms += self.rng.delay_ms(400, 40_000, 3);
        }
    }

    pub fn later(&mut self, delay_ms: u64, due: Due) {
        self.due.push((self.now_ms + delay_ms, due));
    }

    fn starts(&mut self) -> Result<(), Broken> {
        self.tell(Event::ChipReaderChanged(Ok(())))?;
        if self.rng.chance(60) {
            self.tell(Event::ServiceChanged(Ok(())))?;
            return self.tell(offer());
        }
        // Somebody may be there before the kiosk has heard of its hospital; and the first answer may be that none comes.
        let mut at_ms = self.rng.delay_ms(100, 12_000, 30);
        if self.rng.chance(20) {
            self.later(at_ms, Due::ToKiosk(Box::new(Event::ServiceChanged(Err(IssueFailure::Unreachable)))));
            at_ms += 5_000;
        }
        self.later(at_ms, Due::ToKiosk(Box::new(Event::ServiceChanged(Ok(())))));
        self.later(at_ms, Due::ToKiosk(Box::new(offer())));
        Ok(())
    }

    /// What was on its way inside the kiosk is gone; what had left it is not.
    fn power_cut(&mut self) -> Result<(), Broken> {
        self.tally.count("power cut");
        self.due.retain(|(_, due)| matches!(due, Due::QueueService(Asked::Issue(..))));
        self.oracle.power_cut();
        self.kiosk = (self.make)();
        for request in self.ledger.to_void() {
            self.carry_out(Effect::Void(request));
        }
        self.starts()
    }

    /// Nobody touches anything any more: time alone must lead to Welcome, and everything on its way arrives.
    fn settle(&mut self) -> Result<(), Broken> {
        for _ in 0..STEPS_TO_WELCOME_MAX {
            let screen = self.kiosk.screen();
            let is_welcome = matches!(screen.view, View::Welcome { .. });
            if is_welcome && self.due.is_empty() && self.kiosk.deadline().is_none() {
                let own_look = screen.look != Look::default();
                return if own_look { Err(Broken("a look outlived its visit".into())) } else { Ok(()) };
            }
            self.time_passes()?;
        }
        Err(Broken("no way back to Welcome".into()))
    }
}
