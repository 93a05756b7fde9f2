//! What patients do at the kiosk: what the screen asks, one time in ten something else, and sometimes they walk away.

use kiosk_core::event::{Answer, Event, Touch};
use kiosk_core::look::Language;
use kiosk_core::view::{PaperAdvice, View};
use kiosk_hal::scanner::Scan;

use super::Running;
use crate::agenda::{Due, KioskDue};
use crate::context::Context;
use crate::people::Person;

/// Most things one patient does before giving up.
const ACTS_MAX: u32 = 40;
/// A visit that nobody touches any more has ended by itself after this: the longest chain of waits is a choice, the
/// question, and a print that does not end.
const GONE_MS: u64 = 400_000;

/// Somebody at the kiosk.
#[derive(Debug, Clone)]
pub struct Visit {
    /// Which visit.
    pub count: u64,
    person: Option<Person>,
    acts: u32,
    has_number: bool,
}

impl Running {
    /// Whether nobody is here.
    #[must_use]
    pub fn is_free(&self) -> bool {
        self.visit.is_none() && matches!(self.session.view(), View::Welcome { .. })
    }

    /// Somebody comes; without a person they have no card.
    pub fn comes(&mut self, context: &mut Context, person: Person) {
        let count = context.fresh();
        context.tally.visits += 1;
        self.last_visit = count;
        self.visit = Some(Visit { count, person: Some(person), acts: 0, has_number: false });
        self.asks_for_offer(context);
        self.looks_at_printer(context);
        self.acts_soon(context);
        self.wakes(context);
    }

    fn acts_soon(&mut self, context: &mut Context) {
        if let Some(visit) = &self.visit {
            let pause = context.rng.between(600, 4_000);
            context.later(pause, Due::AtKiosk(self.at, self.boot, KioskDue::Acts(visit.count)));
        }
    }

    pub(super) fn patient_acts(&mut self, context: &mut Context, count: u64) {
        let Some(visit) = self.visit.as_mut().filter(|visit| visit.count == count) else { return };
        visit.acts += 1;
        let (acts, has_number, person) = (visit.acts, visit.has_number, visit.person);
        let walks_away = context.rng.below(120) == 0;
        let is_over = has_number && matches!(self.session.view(), View::Welcome { .. });
        if acts > ACTS_MAX || walks_away || is_over {
            return self.walks_away(context, count);
        }
        if let Some(person) = person {
            self.does(context, person);
        }
        self.acts_soon(context);
    }

    fn walks_away(&mut self, context: &mut Context, count: u64) {
        self.visit = None;
        context.later(GONE_MS, Due::AtKiosk(self.at, self.boot, KioskDue::Gone(count)));
    }

    fn does(&mut self, context: &mut Context, person: Person) {
        if context.rng.chance(8) {
            return self.does_oddly(context, person);
        }
        match self.session.view() {
            View::Welcome { .. } | View::PresentCard { .. } => self.holds_up(context, person),
            View::AskAge { .. } => {
                let answer = if context.rng.chance(70) { Answer::Yes } else { Answer::No };
                self.touches(context, Touch::Age(answer));
            }
            View::ChooseService { services, .. } if self.scanned != Some(person) => {
                // Somebody else's visit is on screen: they hold up their own card.
                drop(services);
                self.holds_up(context, person);
            }
            View::ChooseService { services, .. } => {
                if context.rng.chance(15) {
                    return self.touches(context, Touch::DeclarePriority);
                }
                let at = context.rng.place(services.len());
                if let Some(service) = services.get(at) {
                    self.touches(context, Touch::Choose(service.id.clone()));
                }
            }
            View::DeclarePriority { groups, .. } => {
                let at = context.rng.place(groups.len());
                match groups.get(at).filter(|_| context.rng.chance(60)) {
                    Some(group) => self.touches(context, Touch::Declare(*group)),
                    None => self.touches(context, Touch::Done),
                }
            }
            View::Number { paper, .. } => self.has_number(context, paper),
            View::Apology(_) => {
                self.touches(context, Touch::Done);
                if context.rng.chance(40) {
                    self.ends_visit();
                }
            }
            View::AskAppointment { .. } => self.touches(context, Touch::Appointment(None)),
            View::TypeNumber { .. } | View::Chip { .. } | View::ChooseTicket { .. } => {
                self.touches(context, Touch::Leave);
            }
            View::Issuing { .. } | View::AwaitingOffer | View::FindingTickets | View::OutOfService => {}
        }
    }

    fn has_number(&mut self, context: &mut Context, paper: PaperAdvice) {
        if let Some(visit) = &mut self.visit {
            visit.has_number = true;
        }
        match paper {
            PaperAdvice::Printing => {}
            PaperAdvice::Take | PaperAdvice::WriteDown | PaperAdvice::OnRequest => {
                if context.rng.chance(60) {
                    self.touches(context, Touch::Done);
                }
            }
        }
    }

    fn ends_visit(&mut self) {
        if let Some(visit) = &mut self.visit {
            visit.has_number = true;
        }
    }

    fn does_oddly(&mut self, context: &mut Context, person: Person) {
        match context.rng.below(9) {
            0 => self.touches(context, Touch::Leave),
            1 => self.touches(context, Touch::Done),
            2 => self.touches(context, Touch::Begin),
            3 => self.touches(context, Touch::Back),
            4 => self.touches(context, Touch::CallHelp),
            5 => self.touches(context, Touch::Language(Language::English)),
            6 => self.touches(context, Touch::StillHere),
            7 => {
                if let Some(scan) = self.hands.scan(b"https://example.vn/menu") {
                    self.tell(context, Event::Scanned(scan));
                }
            }
            _ => self.holds_up(context, person),
        }
    }

    fn touches(&mut self, context: &mut Context, touch: Touch) {
        self.tell(context, Event::Touched(touch));
    }

    fn holds_up(&mut self, context: &mut Context, person: Person) {
        let Some(scan) = self.hands.scan(&person.code()) else { return };
        self.scans(context, person, scan);
    }

    /// The one who held a card up last owns the visit, unless readers are not listened to.
    fn scans(&mut self, context: &mut Context, person: Person, scan: Scan) {
        let listens = !matches!(
            self.session.view(),
            View::Issuing { .. } | View::Number { .. } | View::OutOfService | View::FindingTickets
        );
        if listens {
            self.scanned = Some(person);
        }
        context.tally.scans += 1;
        self.tell(context, Event::Scanned(scan));
    }
}
