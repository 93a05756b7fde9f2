//! Sessions broken on purpose.

use std::collections::VecDeque;

use kiosk_core::chip::ChipEvent;
use kiosk_core::effect::{Arriving, Effect};
use kiosk_core::event::{Event, Moment};
use kiosk_core::ledger::Entry;
use kiosk_core::session::Session;
use kiosk_core::view::Screen;
use kiosk_hal::printer::{Edition, PrintOutcome, TicketFace};
use kiosk_hal::uptime::Uptime;
use queue_protocol::model::{GroupClaim, RequestId, ServiceId};
use vn_identity::{Provenance, decode};

/// One way to be wrong, each an error a person could write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Slip {
    /// A reply is taken for the request that waits, whatever id it carries.
    AnyReplyIsMine,
    /// Tickets found are taken for the question that waits, whatever id they carry.
    AnyTicketsAreMine,
    /// What was given up is not taken back.
    NeverVoids,
    /// The request is sent without waiting for the disk.
    SendsBeforeRecorded,
    /// Deadlines never fire.
    IgnoresTime,
    /// A print job counts as ended as soon as it is handed over.
    PrintsOverAJob,
    /// The ticket goes to the printer before it is on disk that it was shown.
    PrintsBeforeRecorded,
    /// The further paper of a number is not marked as one.
    ReprintsAsFirstPaper,
    /// Whose chip is in the slot is not compared with who was scanned.
    AnyChipIsMine,
    /// A reading goes on when its visit has ended.
    NeverStopsTheChip,
    /// What one patient has declared goes with the next one's request.
    KeepsPriority,
}

/// The real session, with at most one slip.
pub struct Planted {
    session: Session,
    slip: Option<Slip>,
    waiting: Option<RequestId>,
    asking: Option<RequestId>,
    service: Option<ServiceId>,
    /// Groups of the requests before the last one, which the slip has mixed up.
    groups: VecDeque<Vec<GroupClaim>>,
}

impl Planted {
    pub fn none() -> Self {
        Self {
            session: Session::new(),
            slip: None,
            waiting: None,
            asking: None,
            service: None,
            groups: VecDeque::new(),
        }
    }

    pub fn with(slip: Slip) -> Self {
        Self { slip: Some(slip), ..Self::none() }
    }

    pub fn screen(&self) -> Screen {
        self.session.screen()
    }

    pub fn deadline(&self) -> Option<Uptime> {
        self.session.deadline()
    }

    pub fn handle(&mut self, event: Event, moment: Moment) -> Vec<Effect> {
        let Some(event) = self.bend_event(event) else { return Vec::new() };
        let effects = self.session.handle(event, moment);
        self.bend_effects(effects, moment)
    }

    fn bend_event(&mut self, event: Event) -> Option<Event> {
        if let Event::Touched(kiosk_core::event::Touch::Choose(service)) = &event {
            self.service = Some(service.clone());
        }
        match (self.slip, event) {
            (Some(Slip::IgnoresTime), Event::Tick) => None,
            (Some(Slip::AnyReplyIsMine), Event::Issued(mut ticket)) => {
                ticket.request = self.waiting.unwrap_or(ticket.request);
                Some(Event::Issued(ticket))
            }
            (Some(Slip::AnyTicketsAreMine), Event::TicketsFound(lookup, found)) => {
                Some(Event::TicketsFound(self.asking.unwrap_or(lookup), found))
            }
            (Some(Slip::AnyChipIsMine), Event::Chip(reading, ChipEvent::Form(mut form))) => {
                let number = self.session.patient().and_then(|patient| patient.claim.as_ref()?.personal_number());
                if let (Some(number), Some(name)) = (number, form.claim.name()) {
                    let text = format!("{}||{}|01011990|Nam|Số 1|01012022", number.as_str(), name.as_str());
                    form.claim = decode(text.as_bytes()).unwrap().from_source(Provenance::Chip);
                }
                Some(Event::Chip(reading, ChipEvent::Form(form)))
            }
            (_, event) => Some(event),
        }
    }

    fn bend_effects(&mut self, mut effects: Vec<Effect>, moment: Moment) -> Vec<Effect> {
        for effect in &effects {
            match effect {
                Effect::Issue { request, .. } => self.waiting = Some(*request),
                Effect::FindTickets { lookup, .. } => self.asking = Some(*lookup),
                _ => {}
            }
        }
        match self.slip {
            Some(Slip::NeverVoids) => effects.retain(|effect| !matches!(effect, Effect::Void(_))),
            Some(Slip::NeverStopsTheChip) => effects.retain(|effect| !matches!(effect, Effect::StopChip(_))),
            Some(Slip::SendsBeforeRecorded) => self.send_at_once(&mut effects),
            Some(Slip::PrintsOverAJob) => {
                if let Some(Effect::Print { request, .. }) = effects.first() {
                    let ended = Event::Printed(*request, PrintOutcome::Confirmed);
                    self.session.handle(ended, moment);
                }
            }
            Some(Slip::PrintsBeforeRecorded) => print_at_once(&mut effects),
            Some(Slip::ReprintsAsFirstPaper) => {
                for effect in &mut effects {
                    if let Effect::Print { face, .. } = effect {
                        face.edition = Edition::Original;
                    }
                }
            }
            Some(Slip::KeepsPriority) => self.mix_priorities(&mut effects),
            Some(Slip::AnyReplyIsMine | Slip::AnyTicketsAreMine | Slip::AnyChipIsMine | Slip::IgnoresTime) | None => {}
        }
        effects
    }

    fn mix_priorities(&mut self, effects: &mut [Effect]) {
        for effect in effects {
            if let Effect::Issue { arriving, .. } = effect {
                self.groups.push_back(arriving.groups.clone());
                if self.groups.len() > 1 {
                    arriving.groups = self.groups.pop_front().unwrap_or_default();
                }
            }
        }
    }

    fn send_at_once(&self, effects: &mut Vec<Effect>) {
        let requested = effects.iter().find_map(|effect| match effect {
            Effect::Record(request, Entry::Requested) => Some(*request),
            _ => None,
        });
        if let (Some(request), Some(service)) = (requested, self.service.clone()) {
            let arriving = Box::new(Arriving { person: None, groups: Vec::new(), booked_for: None });
            effects.push(Effect::Issue { request, service, arriving });
        }
    }
}

fn print_at_once(effects: &mut Vec<Effect>) {
    let shown = effects.iter().find_map(|effect| match effect {
        Effect::Record(request, Entry::Shown) => Some(*request),
        _ => None,
    });
    if let Some(request) = shown {
        effects.push(Effect::Print { request, face: Box::new(blank_face()) });
    }
}

fn blank_face() -> TicketFace {
    TicketFace {
        hospital: String::new(),
        address: String::new(),
        title: String::new(),
        number: String::new(),
        notice: String::new(),
        department: String::new(),
        service: String::new(),
        place: String::new(),
        patient: String::new(),
        priority: String::new(),
        ahead: String::new(),
        wait: String::new(),
        issued_at: String::new(),
        qr: String::new(),
        footer: Vec::new(),
        edition: Edition::Original,
    }
}
