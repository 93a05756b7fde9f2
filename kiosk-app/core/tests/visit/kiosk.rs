//! A kiosk whose clock moves only when told, and what a patient does at it.

use std::time::Duration;

use kiosk_core::effect::Effect;
use kiosk_core::event::{Event, Moment, Offer, Offered, Touch, Ways};
use kiosk_core::ledger::Entry;
use kiosk_core::session::{STILL_THERE_WAIT, Session};
use kiosk_core::typing::{Digit, Key};
use kiosk_core::view::{Apology, PaperAdvice, Presence, Screen, View, Who};
use kiosk_hal::printer::{Paper, PrinterStatus};
use kiosk_hal::scanner::Scan;
use kiosk_hal::uptime::Uptime;
use queue_protocol::model::{
    RequestId, ServiceFacts, ServiceId, ServiceOffer, Standing, Ticket, TicketState, UnixMillis,
};
use vn_identity::Date;

/// The day of every visit.
pub const TODAY: Option<Date> = Date::new(2026, 11, 23);

pub const CARD: &str = "001049999901||NGUYỄN VĂN MẪU|02031949|Nam|Số 1 Đường Mẫu, Phường Mẫu|01012022";
pub const OTHER_CARD: &str = "001190999902||TRẦN THỊ THỬ|05061990|Nữ|Số 2 Đường Mẫu, Phường Mẫu|01012022";
/// "Mẫu Thử", born in 1960.
pub const INSURANCE: &str = "0199990001|4de1baab75205468e1bbad|1960|1";

pub const EVERYTHING: Ways =
    Ways { typed: Offered::Yes, no_card: Offered::Yes, held_tickets: Offered::Yes, chip: Offered::Yes };

pub struct Kiosk {
    pub session: Session,
    now_ms: u64,
    pub fresh: u8,
    pub today: Option<Date>,
}

impl Kiosk {
    /// A kiosk that has heard of nothing.
    pub fn silent() -> Self {
        Self { session: Session::new(), now_ms: 0, fresh: 1, today: TODAY }
    }

    /// A kiosk that offers a number for a card and nothing else.
    pub fn new() -> Self {
        Self::offering(Ways::default(), vec![offered("noi", "Nội tổng quát", true), offered("mat", "Mắt", false)])
    }

    pub fn with_everything() -> Self {
        Self::offering(EVERYTHING, vec![offered("noi", "Nội tổng quát", true), offered("mat", "Mắt", false)])
    }

    pub fn offering(ways: Ways, services: Vec<ServiceOffer>) -> Self {
        let mut kiosk = Self::silent();
        kiosk.tell(Event::PrinterChanged(Ok(PrinterStatus { fault: None, paper: Paper::Full })));
        kiosk.tell(Event::ScannerChanged(Ok(())));
        kiosk.tell(Event::ServiceChanged(Ok(())));
        kiosk.tell(Event::ChipReaderChanged(Ok(())));
        let hospital = "BỆNH VIỆN HƯƠNG SƠN".into();
        kiosk.tell(Event::Offered(Offer { hospital, services, ways, ..Offer::default() }));
        kiosk
    }

    /// The offer comes, of one service.
    pub fn offers(&mut self, ways: Ways) {
        let hospital = "BỆNH VIỆN HƯƠNG SƠN".into();
        let services = vec![offered("noi", "Nội tổng quát", true)];
        self.tell(Event::Offered(Offer { hospital, services, ways, ..Offer::default() }));
    }

    pub fn at_issuing() -> Self {
        let mut kiosk = Self::new();
        kiosk.scan(CARD);
        kiosk.choose("noi");
        kiosk.tell(Event::Recorded(id(1), Entry::Requested));
        kiosk
    }

    pub fn at_number() -> Self {
        let mut kiosk = Self::at_issuing();
        kiosk.tell(Event::Issued(ticket(1, "A-042")));
        kiosk
    }

    pub fn at_printing() -> Self {
        let mut kiosk = Self::at_number();
        kiosk.tell(Event::Recorded(id(1), Entry::Shown));
        kiosk
    }

    pub fn visit_up_to_printing(&mut self, card: &str, request: u8, number: &str) -> Vec<Effect> {
        self.fresh = request;
        self.scan(card);
        self.number_up_to_printing(request, ticket(request, number))
    }

    /// From the services to the paper.
    pub fn number_up_to_printing(&mut self, request: u8, ticket: Ticket) -> Vec<Effect> {
        self.fresh = request;
        self.choose("noi");
        self.tell(Event::Recorded(id(request), Entry::Requested));
        self.tell(Event::Issued(ticket));
        self.tell(Event::Recorded(id(request), Entry::Shown))
    }

    pub fn scan(&mut self, text: &str) -> Vec<Effect> {
        self.tell(Event::Scanned(Scan::new(text.as_bytes().to_vec()).unwrap()))
    }

    pub fn touch(&mut self, touch: Touch) -> Vec<Effect> {
        self.tell(Event::Touched(touch))
    }

    pub fn types(&mut self, digits: &str) {
        for digit in digits.bytes() {
            self.touch(Touch::Key(Key::Digit(Digit::new(digit - b'0').unwrap())));
        }
    }

    pub fn choose(&mut self, id: &str) -> Vec<Effect> {
        let effects = self.touch(Touch::Choose(service(id)));
        self.fresh += 1;
        effects
    }

    /// Lets the visit's whole wait pass, which must be `span`.
    pub fn wait(&mut self, span: Duration) -> Vec<Effect> {
        let just_before = self.session.deadline().unwrap().since_start().as_millis() as u64 - 1;
        assert_eq!(just_before + 1, self.now_ms + span.as_millis() as u64);
        self.now_ms = just_before;
        assert_eq!(self.tell(Event::Tick), [], "a tick before the deadline does nothing");
        self.now_ms += 1;
        self.tell(Event::Tick)
    }

    /// Lets `span` pass until the patient is asked whether they are still there, and then the rest.
    pub fn wait_unanswered(&mut self, span: Duration) -> Vec<Effect> {
        assert_eq!(self.wait(span), []);
        assert_eq!(self.screen().presence, Presence::Asked);
        self.wait(STILL_THERE_WAIT)
    }

    pub fn tell(&mut self, event: Event) -> Vec<Effect> {
        let moment = Moment { now: Uptime::from_millis(self.now_ms), fresh: id(self.fresh), today: self.today };
        self.session.handle(event, moment)
    }

    pub fn view(&self) -> View {
        self.session.view()
    }

    pub fn screen(&self) -> Screen {
        self.session.screen()
    }

    /// Who the screen with the services names.
    pub fn chooser(&self) -> Who {
        match self.view() {
            View::ChooseService { who, .. } => who,
            other => panic!("{other:?}"),
        }
    }

    pub fn is_welcome(&self) -> bool {
        self.view() == View::Welcome { notices: vec![] }
    }

    pub fn apology(&self) -> Option<Apology> {
        match self.view() {
            View::Apology(why) => Some(why),
            _ => None,
        }
    }

    pub fn number_on_screen(&self) -> Option<(String, PaperAdvice)> {
        match self.view() {
            View::Number { number, paper, .. } => Some((number.to_string(), paper)),
            _ => None,
        }
    }
}

pub fn id(byte: u8) -> RequestId {
    RequestId::from_bytes([byte; 16])
}

pub fn service(id: &str) -> ServiceId {
    ServiceId::new(id).unwrap()
}

pub fn offered(id: &str, name: &str, open: bool) -> ServiceOffer {
    let facts = ServiceFacts::default();
    ServiceOffer { id: service(id), name: name.into(), place: "Phòng 201".into(), open, waiting: 3, facts }
}

pub fn ticket(request: u8, number: &str) -> Ticket {
    Ticket {
        request: id(request),
        day: "2026-11-23".parse().unwrap(),
        number: number.parse().unwrap(),
        service: service("noi"),
        service_name: "Nội tổng quát".into(),
        place: "Phòng 201".into(),
        ahead: 3,
        issued_at: UnixMillis(0),
        issued_at_local: "07:42 23/11/2026".into(),
        standing: Standing::default(),
    }
}

/// A ticket that its person has from before, where it is now.
pub fn held(request: u8, number: &str, state: TicketState) -> Ticket {
    let standing = Standing { held_before: Some(state), ..Standing::default() };
    Ticket { standing, ..ticket(request, number) }
}
