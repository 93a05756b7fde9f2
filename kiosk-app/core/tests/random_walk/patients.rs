//! What patients do at the kiosk.

use kiosk_core::event::{Answer, Event, Technician, Touch};
use kiosk_core::look::{Guidance, Language, Loudness, TextSize};
use kiosk_core::typing::{Digit, Key};
use kiosk_core::view::{ChipOffer, ChipStage, PaperAdvice, View};
use kiosk_hal::scanner::Scan;
use queue_protocol::model::{PriorityGroup, UnixMillis};

use crate::oracle::Broken;
use crate::people::Person;
use crate::queue_service::{APPOINTMENT, services};
use crate::world::{Due, World};

impl World {
    /// The patient does what the screen asks, and one time in six something else.
    pub fn acts(&mut self, person: Person) -> Result<(), Broken> {
        if self.rng.chance(16) {
            return self.acts_oddly(person);
        }
        match self.kiosk.screen().view {
            View::Welcome { .. } => self.begins(person),
            View::PresentCard { .. } if self.rng.chance(20) => self.touch(Touch::TypeNumber),
            View::PresentCard { .. } => self.holds_up(person),
            View::TypeNumber { .. } => self.types(person),
            View::AwaitingOffer | View::FindingTickets | View::Issuing { .. } => self.time_passes(),
            View::ChooseTicket { tickets, .. } => {
                let pick = self.rng.below(tickets.len() as u64 + 1) as usize;
                self.touch(tickets.get(pick).map_or(Touch::TakeAnother, |ticket| Touch::ShowTicket(ticket.number)))
            }
            View::AskAge { group, .. } => self.says_age(group),
            View::ChooseService { .. } if self.oracle.holder.is_some_and(|holder| holder != person) => {
                self.holds_up(person)
            }
            View::ChooseService { services, chip, .. } => match self.rng.below(100) {
                0..=14 => self.touch(Touch::DeclarePriority),
                15..=49 if chip == ChipOffer::Available => self.touch(Touch::UseChip),
                _ => {
                    let pick = self.rng.below(services.len() as u64) as usize;
                    self.touch(Touch::Choose(services[pick].id.clone()))
                }
            },
            View::DeclarePriority { .. } if self.rng.chance(50) => self.touch(Touch::Done),
            View::DeclarePriority { groups, .. } => {
                let pick = self.rng.below(groups.len() as u64) as usize;
                self.declares(groups[pick])
            }
            View::AskAppointment { .. } => {
                let time = self.rng.chance(50).then_some(APPOINTMENT);
                self.touch(Touch::Appointment(time))
            }
            View::Chip { stage, .. } => self.acts_at_chip(stage),
            View::Number { paper, .. } => self.acts_at_number(paper),
            View::Apology(_) => self.touch(Touch::Done),
            View::OutOfService => self.tell(Event::Technician(Technician::Gone)),
        }
    }

    fn begins(&mut self, person: Person) -> Result<(), Broken> {
        match self.rng.below(10) {
            0 | 1 => self.touch(Touch::Begin),
            2 => self.touch(Touch::FindTicket),
            3 => self.touch(Touch::TypeNumber),
            4 => self.has_no_card(),
            5 => self.touch(Touch::Language(Language::English)),
            _ => self.holds_up(person),
        }
    }

    fn acts_at_chip(&mut self, stage: ChipStage) -> Result<(), Broken> {
        match stage {
            ChipStage::Consent => self.touch(Touch::Consent),
            ChipStage::Insert | ChipStage::Reading(_) => self.time_passes(),
            ChipStage::Trouble(_) if self.rng.chance(50) => self.touch(Touch::TryAgain),
            ChipStage::Trouble(_) => self.touch(Touch::WithoutChip),
        }
    }

    fn acts_at_number(&mut self, paper: PaperAdvice) -> Result<(), Broken> {
        match paper {
            PaperAdvice::Printing => self.time_passes(),
            PaperAdvice::OnRequest if self.rng.chance(30) => self.touch(Touch::PrintAgain),
            PaperAdvice::Take | PaperAdvice::WriteDown | PaperAdvice::OnRequest if self.rng.chance(70) => {
                self.touch(Touch::BackIn)
            }
            PaperAdvice::Take | PaperAdvice::WriteDown | PaperAdvice::OnRequest => self.touch(Touch::Done),
        }
    }

    fn acts_oddly(&mut self, person: Person) -> Result<(), Broken> {
        match self.rng.below(22) {
            0 => self.touch(Touch::Leave),
            1 => self.touch(Touch::Done),
            2 => self.touch(Touch::Begin),
            3 => self.touch(Touch::Choose(services()[0].id.clone())),
            4 => self.tell(Event::Scanned(Scan::new(b"https://example.vn/menu".to_vec()).unwrap())),
            5 => self.touch(Touch::Back),
            6 => self.touch(Touch::CallHelp),
            7 => self.touch(Touch::StillHere),
            8 => self.touch(Touch::Text(TextSize::Large)),
            9 => self.touch(Touch::UseChip),
            10 => self.touch(Touch::Consent),
            11 => self.touch(Touch::PrintAgain),
            12 => self.touch(Touch::BackIn),
            13 => self.touch(Touch::Appointment(Some(UnixMillis(1)))),
            14 => self.declares(PriorityGroup::Pregnant),
            15 => self.has_no_card(),
            16 => self.types(person),
            17 if self.rng.chance(30) => {
                self.later(self.now_ms % 90_000, Due::ToKiosk(Box::new(Event::Technician(Technician::Gone))));
                self.tell(Event::Technician(Technician::AtWork))
            }
            18 => self.touch(Touch::Guidance(Guidance::Spoken)),
            19 => self.touch(Touch::Loudness(Loudness::Loudest)),
            _ => self.holds_up(person),
        }
    }

    fn touch(&mut self, touch: Touch) -> Result<(), Broken> {
        self.tell(Event::Touched(touch))
    }

    fn holds_up(&mut self, person: Person) -> Result<(), Broken> {
        let busy = matches!(self.kiosk.screen().view, View::Issuing { .. } | View::Number { .. } | View::OutOfService);
        if !busy {
            self.oracle.takes(Some(person));
        }
        self.tell(Event::Scanned(person.token()))
    }

    fn has_no_card(&mut self) -> Result<(), Broken> {
        let listens = matches!(
            self.kiosk.screen().view,
            View::Welcome { .. } | View::PresentCard { .. } | View::TypeNumber { .. } | View::Apology(_)
        );
        if listens {
            self.oracle.takes(None);
        }
        self.touch(Touch::NoCard)
    }

    /// Types the number from the first digit on, sometimes not to the end.
    fn types(&mut self, person: Person) -> Result<(), Broken> {
        let key = person.key();
        let count = if self.rng.chance(20) { self.rng.below(key.len() as u64) as usize } else { key.len() };
        self.touch(Touch::Key(Key::Clear))?;
        for digit in key.bytes().take(count) {
            self.touch(Touch::Key(Key::Digit(Digit::new(digit - b'0').unwrap())))?;
        }
        let whole = [10, 12].contains(&count) && count == key.len();
        if whole && matches!(self.kiosk.screen().view, View::TypeNumber { .. }) {
            self.oracle.takes(Some(person));
        }
        // Ten digits of a longer number are somebody else's.
        if count == key.len() || count < 10 { self.touch(Touch::Key(Key::Enter)) } else { Ok(()) }
    }

    fn says_age(&mut self, group: PriorityGroup) -> Result<(), Broken> {
        let answer = if self.rng.chance(50) { Answer::Yes } else { Answer::No };
        if answer == Answer::Yes {
            self.oracle.said.insert(group);
        }
        self.touch(Touch::Age(answer))
    }

    fn declares(&mut self, group: PriorityGroup) -> Result<(), Broken> {
        self.oracle.said.insert(group);
        self.touch(Touch::Declare(group))
    }
}
