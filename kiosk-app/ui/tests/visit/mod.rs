//! A whole kiosk for one patient: the real window before the real session, and a shell that answers as told.

#![allow(dead_code, reason = "each test uses its part")]

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use kiosk_core::effect::Effect;
use kiosk_core::event::{Event, HelpFailure, IssueFailure, Moment, Offer, Offered, Touch, Ways};
use kiosk_core::session::Session;
use kiosk_hal::fault::Fault;
use kiosk_hal::printer::{Paper, PrintOutcome, PrinterStatus};
use kiosk_hal::scanner::Scan;
use kiosk_hal::uptime::Uptime;
use kiosk_ui::{KioskUi, screen_name};
use queue_protocol::model::{RequestId, Standing, Ticket, TicketState, UnixMillis};

use crate::kiosk::{key, kiosk, labelled, press, show};
use crate::scenes::{HOSPITAL, eight_services};

pub const CARD: &str = "001049999901||NGUYỄN VĂN MẪU|02031980|Nam|Số 1 Đường Mẫu, Phường Mẫu|01012022";

/// What the devices and the queue service answer.
pub struct Answers {
    pub issue: Result<(), IssueFailure>,
    pub print: PrintOutcome,
    pub help: Result<(), HelpFailure>,
    /// The numbers that the patient has from before.
    pub held: Vec<Ticket>,
}

pub struct Visit {
    pub ui: KioskUi,
    session: Session,
    touches: Rc<RefCell<Vec<Touch>>>,
    spoken: Rc<RefCell<Vec<String>>>,
    now: Uptime,
    ids: u64,
    pub answers: Answers,
}

impl Visit {
    /// A kiosk in order, at its welcome screen, that offers everything.
    pub fn new() -> Self {
        let ui = kiosk();
        let (touches, spoken) = (Rc::new(RefCell::new(Vec::new())), Rc::new(RefCell::new(Vec::new())));
        let (heard, said) = (Rc::clone(&touches), Rc::clone(&spoken));
        ui.on_touch(move |touch| heard.borrow_mut().push(touch));
        ui.on_focus(move |words| said.borrow_mut().push(words));
        let answers = Answers { issue: Ok(()), print: PrintOutcome::Confirmed, help: Ok(()), held: Vec::new() };
        let now = Uptime::ZERO;
        let mut visit = Self { ui, session: Session::new(), touches, spoken, now, ids: 0, answers };
        let ways = Ways { typed: Offered::Yes, no_card: Offered::Yes, held_tickets: Offered::Yes, chip: Offered::Yes };
        let offer = Offer { hospital: HOSPITAL.into(), services: eight_services(), ways, ..Offer::default() };
        visit.tell(Event::Offered(offer));
        visit.tell(Event::PrinterChanged(Ok(PrinterStatus { fault: None, paper: Paper::Full })));
        visit.tell(Event::ScannerChanged(Ok(())));
        visit.tell(Event::ServiceChanged(Ok(())));
        visit.tell(Event::ChipReaderChanged(Ok(())));
        visit
    }

    pub fn tell(&mut self, event: Event) {
        self.ids += 1;
        let moment =
            Moment { now: self.now, fresh: RequestId::from_bytes(u128::from(self.ids).to_be_bytes()), today: None };
        for effect in self.session.handle(event, moment) {
            self.carry_out(effect);
        }
        show(&self.ui, &self.session.screen());
    }

    fn carry_out(&mut self, effect: Effect) {
        let answer = match effect {
            Effect::Record(request, entry) => Event::Recorded(request, entry),
            Effect::Issue { request, .. } => match self.answers.issue {
                Ok(()) => Event::Issued(ticket(request, "A-042", None)),
                Err(failure) => Event::IssueFailed(request, failure),
            },
            Effect::Print { request, .. } => Event::Printed(request, self.answers.print),
            Effect::FindTickets { lookup, .. } => Event::TicketsFound(lookup, Ok(self.answers.held.clone())),
            Effect::Rejoin { request, .. } => Event::Rejoined(request, Ok(())),
            Effect::CallHelp(request) => Event::HelpAnswered(request, self.answers.help),
            Effect::Void(_) | Effect::ReadChip { .. } | Effect::StopChip(_) => return,
        };
        self.tell(answer);
    }

    /// Gives the session what was touched.
    fn settle(&mut self) {
        let touches = std::mem::take(&mut *self.touches.borrow_mut());
        for touch in touches {
            self.tell(Event::Touched(touch));
        }
    }

    pub fn scan(&mut self, payload: &str) {
        self.tell(Event::Scanned(Scan::new(payload.into()).unwrap()));
    }

    pub fn press(&mut self, label: &str) {
        press(&self.ui, label);
        self.settle();
    }

    pub fn key(&mut self, pressed: impl Into<slint::SharedString>) {
        key(&self.ui, pressed);
        self.settle();
    }

    /// Moves the keys on until they are on the control with this label, as who hears the labels would, and uses it.
    pub fn use_by_keys(&mut self, label: &str) {
        for _ in 0..60 {
            self.key(slint::platform::Key::DownArrow);
            if self.spoken.borrow().last().is_some_and(|words| words.split(". ").next() == Some(label)) {
                self.key(slint::platform::Key::Return);
                return;
            }
        }
        panic!("the keys never reach {label:?}: {:?}", self.spoken.borrow());
    }

    /// Time passes until the session wants to be woken.
    pub fn wait(&mut self) {
        if let Some(deadline) = self.session.deadline() {
            self.now = deadline + Duration::from_millis(1);
            self.tell(Event::Tick);
        }
    }

    /// What the voice was told of controls so far is no matter any more.
    pub fn forget_spoken(&self) {
        self.spoken.borrow_mut().clear();
    }

    pub fn name(&self) -> &'static str {
        screen_name(&self.session.screen())
    }

    /// Steps above the usual.
    pub fn loudness(&self) -> i8 {
        self.session.screen().look.loudness.steps()
    }

    pub fn sees(&self, id: &'static str) -> Option<String> {
        labelled(&self.ui, id)
    }

    pub fn no_paper(&mut self) {
        self.answers.print = PrintOutcome::Failed(Fault::PaperOut);
        self.tell(Event::PrinterChanged(Ok(PrinterStatus { fault: Some(Fault::PaperOut), paper: Paper::Out })));
    }
}

pub fn ticket(request: RequestId, number: &str, held_before: Option<TicketState>) -> Ticket {
    Ticket {
        request,
        day: "2026-11-23".parse().unwrap(),
        number: number.parse().unwrap(),
        service: eight_services()[0].id.clone(),
        service_name: "Nội tổng quát".into(),
        place: "Phòng 101".into(),
        ahead: 3,
        issued_at: UnixMillis(0),
        issued_at_local: "07:42 23/11/2026".into(),
        standing: Standing { held_before, ..Standing::default() },
    }
}
