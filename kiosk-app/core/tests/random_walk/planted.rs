//! Sessions broken on purpose.

use kiosk_core::effect::Effect;
use kiosk_core::event::{Event, Moment, Offer};
use kiosk_core::ledger::Entry;
use kiosk_core::session::Session;
use kiosk_core::view::View;
use kiosk_hal::printer::{Edition, PrintOutcome, TicketFace};
use kiosk_hal::uptime::Uptime;
use queue_protocol::model::{RequestId, ServiceId};

/// One way to be wrong, each an error a person could write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Slip {
    /// A reply is taken for the request that waits, whatever id it carries.
    AnyReplyIsMine,
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
}

/// The real session, with at most one slip.
pub struct Planted {
    session: Session,
    slip: Option<Slip>,
    waiting: Option<RequestId>,
    service: Option<ServiceId>,
}

impl Planted {
    pub fn none() -> Self {
        Self { session: Session::new(), slip: None, waiting: None, service: None }
    }

    pub fn with(slip: Slip) -> Self {
        Self { slip: Some(slip), ..Self::none() }
    }

    pub fn view(&self) -> View {
        self.session.view()
    }

    pub fn deadline(&self) -> Option<Uptime> {
        self.session.deadline()
    }

    pub fn handle(&mut self, event: Event, moment: Moment) -> Vec<Effect> {
        let event = self.bend_event(event);
        let Some(event) = event else { return Vec::new() };
        let effects = self.session.handle(event, moment);
        self.bend_effects(effects, moment)
    }

    fn bend_event(&mut self, event: Event) -> Option<Event> {
        match (self.slip, event) {
            (Some(Slip::IgnoresTime), Event::Tick) => None,
            (Some(Slip::AnyReplyIsMine), Event::Issued(mut ticket)) => {
                ticket.request = self.waiting.unwrap_or(ticket.request);
                Some(Event::Issued(ticket))
            }
            (_, Event::Touched(touch)) => {
                if let kiosk_core::event::Touch::Choose(service) = &touch {
                    self.service = Some(service.clone());
                }
                Some(Event::Touched(touch))
            }
            (_, event) => Some(event),
        }
    }

    fn bend_effects(&mut self, mut effects: Vec<Effect>, moment: Moment) -> Vec<Effect> {
        for effect in &effects {
            if let Effect::Issue { request, .. } = effect {
                self.waiting = Some(*request);
            }
        }
        match self.slip {
            Some(Slip::NeverVoids) => effects.retain(|effect| !matches!(effect, Effect::Void(_))),
            Some(Slip::SendsBeforeRecorded) => self.send_at_once(&mut effects),
            Some(Slip::PrintsOverAJob) => {
                if let Some(Effect::Print { request, .. }) = effects.first() {
                    let ended = Event::Printed(*request, PrintOutcome::Confirmed);
                    self.session.handle(ended, moment);
                }
            }
            Some(Slip::PrintsBeforeRecorded) => self.print_at_once(&mut effects),
            Some(Slip::AnyReplyIsMine | Slip::IgnoresTime) | None => {}
        }
        effects
    }

    fn send_at_once(&self, effects: &mut Vec<Effect>) {
        let requested = effects.iter().find_map(|effect| match effect {
            Effect::Record(request, Entry::Requested) => Some(*request),
            _ => None,
        });
        if let (Some(request), Some(service)) = (requested, self.service.clone()) {
            effects.push(Effect::Issue { request, service });
        }
    }

    fn print_at_once(&self, effects: &mut Vec<Effect>) {
        let shown = effects.iter().find_map(|effect| match effect {
            Effect::Record(request, Entry::Shown) => Some(*request),
            _ => None,
        });
        if let Some(request) = shown {
            effects.push(Effect::Print { request, face: Box::new(blank_face()) });
        }
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

/// What the walk needs of the hospital.
pub fn offer(services: Vec<queue_protocol::model::ServiceOffer>) -> Event {
    Event::Offered(Offer { hospital: "BỆNH VIỆN HƯƠNG SƠN".into(), address: String::new(), services })
}
