//! A visit, step by step: one test a promise.

#![allow(
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    reason = "a test may fail by panicking and look at one case only"
)]

use std::time::Duration;

use kiosk_core::effect::Effect;
use kiosk_core::event::{Event, IssueFailure, Moment, Offer, Touch};
use kiosk_core::ledger::Entry;
use kiosk_core::session::{APOLOGY_WAIT, CHOOSE_WAIT, ISSUE_WAIT, PRINT_WAIT, RECORD_WAIT, Session, TAKE_WAIT};
use kiosk_core::view::{Apology, Notice, PaperAdvice, View};
use kiosk_hal::fault::Fault;
use kiosk_hal::printer::{Paper, PrintOutcome, PrinterStatus};
use kiosk_hal::scanner::Scan;
use kiosk_hal::uptime::Uptime;
use queue_protocol::model::{RequestId, ServiceId, ServiceOffer, Standing, Ticket, UnixMillis};
use vn_identity::{Date, PriorityGroup, PriorityHint, Sureness, Validity};

/// The day of every visit.
const TODAY: Option<Date> = Date::new(2026, 11, 23);

const CARD: &str = "001049999901||NGUYỄN VĂN MẪU|02031949|Nam|Số 1 Đường Mẫu, Phường Mẫu|01012022";
/// "Mẫu Thử", born in 1950.
const INSURANCE: &str = "0199990001|4de1baab75205468e1bbad|1950|1";
const OTHER_CARD: &str = "001190999902||TRẦN THỊ THỬ|05061990|Nữ|Số 2 Đường Mẫu, Phường Mẫu|01012022";

#[test]
fn one_scan_and_one_touch_lead_to_a_number_on_paper() {
    let mut kiosk = Kiosk::new();
    kiosk.scan(CARD);
    let View::ChooseService { patient, services } = kiosk.view() else { panic!("{:?}", kiosk.view()) };
    assert_eq!((patient.as_str(), services.len()), ("NGUYỄN V* MẪU", 2));

    let effects = kiosk.choose("noi");
    assert_eq!(effects, [Effect::Record(id(1), Entry::Requested)]);
    let effects = kiosk.tell(Event::Recorded(id(1), Entry::Requested));
    assert_eq!(effects, [Effect::Issue { request: id(1), service: service("noi") }]);
    let effects = kiosk.tell(Event::Issued(ticket(1, "A-042")));
    assert_eq!(effects, [Effect::Record(id(1), Entry::Shown)]);
    assert_eq!(kiosk.number_on_screen(), Some(("A-042".into(), PaperAdvice::Printing)));
    let effects = kiosk.tell(Event::Recorded(id(1), Entry::Shown));
    let [Effect::Print { request, face }] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!((*request, face.number.as_str(), face.patient.as_str()), (id(1), "A-042", "NGUYỄN VĂN MẪU (1949)"));

    kiosk.tell(Event::Printed(id(1), PrintOutcome::Confirmed));
    assert_eq!(kiosk.number_on_screen(), Some(("A-042".into(), PaperAdvice::Take)));
    kiosk.wait(TAKE_WAIT);
    assert_eq!(kiosk.view(), View::Welcome { notices: vec![] });
}

#[test]
fn no_paper_still_gives_the_number() {
    for outcome in [PrintOutcome::Failed(Fault::PaperOut), PrintOutcome::Uncertain(Fault::Offline)] {
        let mut kiosk = Kiosk::at_printing();
        let effects = kiosk.tell(Event::Printed(id(1), outcome));
        assert_eq!(effects, []);
        assert_eq!(kiosk.number_on_screen(), Some(("A-042".into(), PaperAdvice::WriteDown)));
    }
}

#[test]
fn a_printer_that_never_answers_still_gives_the_number_and_gets_no_second_job() {
    let mut kiosk = Kiosk::at_printing();
    kiosk.wait(PRINT_WAIT);
    assert_eq!(kiosk.number_on_screen(), Some(("A-042".into(), PaperAdvice::WriteDown)));
    kiosk.tell(Event::Touched(Touch::Done));

    let effects = kiosk.visit_up_to_printing(OTHER_CARD, 2, "A-043");
    assert_eq!(effects, [], "the first job may still come out");
    assert_eq!(kiosk.number_on_screen(), Some(("A-043".into(), PaperAdvice::WriteDown)));

    kiosk.tell(Event::Printed(id(1), PrintOutcome::Confirmed));
    assert_eq!(kiosk.number_on_screen(), Some(("A-043".into(), PaperAdvice::WriteDown)), "not this patient's paper");
    kiosk.tell(Event::Touched(Touch::Done));
    assert_eq!(kiosk.visit_up_to_printing(CARD, 3, "A-044").len(), 1, "the printer is free again");
}

#[test]
fn a_service_that_is_away_is_an_apology_and_a_void() {
    let mut kiosk = Kiosk::at_issuing();
    let effects = kiosk.tell(Event::IssueFailed(id(1), IssueFailure::Unreachable));
    assert_eq!(effects, [Effect::Void(id(1))]);
    assert_eq!(kiosk.view(), View::Apology(Apology::NoNumberNow));
    kiosk.wait(APOLOGY_WAIT);
    assert_eq!(kiosk.view(), View::Welcome { notices: vec![] });
}

#[test]
fn each_refusal_has_its_own_apology() {
    for (failure, apology) in [
        (IssueFailure::Closed, Apology::ServiceClosed),
        (IssueFailure::Exhausted, Apology::NumbersExhausted),
        (IssueFailure::Refused, Apology::NoNumberNow),
    ] {
        let mut kiosk = Kiosk::at_issuing();
        kiosk.tell(Event::IssueFailed(id(1), failure));
        assert_eq!(kiosk.view(), View::Apology(apology));
    }
}

#[test]
fn a_number_that_comes_too_late_is_never_shown_and_was_taken_back() {
    let mut kiosk = Kiosk::at_issuing();
    assert_eq!(kiosk.wait(ISSUE_WAIT), [Effect::Void(id(1))]);
    kiosk.scan(OTHER_CARD);
    kiosk.choose("noi");
    kiosk.tell(Event::Recorded(id(2), Entry::Requested));
    assert_eq!(kiosk.tell(Event::Issued(ticket(1, "A-042"))), []);
    assert_eq!(kiosk.view(), View::Issuing { service: "Nội tổng quát".into() });
}

#[test]
fn nothing_is_sent_when_the_disk_does_not_take_the_request() {
    let mut kiosk = Kiosk::new();
    kiosk.scan(CARD);
    kiosk.choose("noi");
    assert_eq!(kiosk.tell(Event::RecordFailed(id(1), Entry::Requested)), [Effect::Void(id(1))]);
    assert_eq!(kiosk.tell(Event::Recorded(id(1), Entry::Requested)), []);
    assert_eq!(kiosk.view(), View::Apology(Apology::NoNumberNow));
}

#[test]
fn a_number_whose_showing_cannot_be_recorded_is_taken_back_before_it_is_on_paper() {
    let mut failing = Kiosk::at_number();
    assert_eq!(failing.tell(Event::RecordFailed(id(1), Entry::Shown)), [Effect::Void(id(1))]);
    let mut silent = Kiosk::at_number();
    assert_eq!(silent.wait(RECORD_WAIT), [Effect::Void(id(1))]);
    assert_eq!(silent.tell(Event::Recorded(id(1), Entry::Shown)), []);
}

#[test]
fn what_is_no_identity_token_gets_an_apology_and_the_next_card_a_new_try() {
    let mut kiosk = Kiosk::new();
    kiosk.scan("https://example.vn/menu");
    assert_eq!(kiosk.view(), View::Apology(Apology::NotAnIdentityToken));
    kiosk.scan(CARD);
    assert!(matches!(kiosk.view(), View::ChooseService { .. }));
}

#[test]
fn an_insurance_card_leads_to_a_number_as_an_identity_card_does() {
    let mut kiosk = Kiosk::new();
    let effects = kiosk.visit_up_to_printing(INSURANCE, 1, "A-042");
    let [Effect::Print { face, .. }] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!(face.patient, "Mẫu Thử (1950)");
}

#[test]
fn a_token_without_a_name_is_known_by_the_end_of_its_number() {
    let mut kiosk = Kiosk::new();
    kiosk.scan("0199990001||14/05/1990|2");
    let View::ChooseService { patient, .. } = kiosk.view() else { panic!("{:?}", kiosk.view()) };
    assert_eq!(patient.as_str(), "******0001");
    let effects = kiosk.visit_up_to_printing("0199990001||14/05/1990|2", 1, "A-042");
    let [Effect::Print { face, .. }] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!(face.patient, "******0001 (1990)");
}

#[test]
fn what_another_device_has_read_enters_the_visit_as_a_scan_does() {
    let mut kiosk = Kiosk::new();
    let claim = vn_identity::typed("001190999902").unwrap();
    assert_eq!(kiosk.tell(Event::Identified(Box::new(claim.clone()))), []);
    assert!(matches!(kiosk.view(), View::ChooseService { .. }));
    let mut busy = Kiosk::at_printing();
    busy.tell(Event::Identified(Box::new(claim)));
    assert_eq!(busy.number_on_screen(), Some(("A-042".into(), PaperAdvice::Printing)));
}

#[test]
fn an_expired_card_and_a_priority_are_known_in_the_visit_and_turn_nobody_away() {
    let mut kiosk = Kiosk::new();
    kiosk.scan(CARD);
    let patient = kiosk.session.patient().unwrap();
    let elderly = PriorityHint { group: PriorityGroup::SeventyFiveAndOver, sureness: Sureness::Certain };
    assert_eq!((patient.validity, patient.priority), (Validity::Valid, Some(elderly)));

    kiosk.scan("001096999902||TRẦN VĂN HẾT HẠN|15061996|Nam|Số 2 Đường Mẫu|14062019");
    let expired = Validity::Expired { on: Date { year: 2021, month: 6, day: 15 } };
    assert_eq!(kiosk.session.patient().map(|patient| patient.validity), Some(expired));
    assert!(matches!(kiosk.view(), View::ChooseService { .. }));
}

#[test]
fn a_card_from_the_future_is_refused_only_while_the_day_is_known() {
    let from_2027 = CARD.replace("01012022", "01012027");
    let mut kiosk = Kiosk::new();
    kiosk.scan(&from_2027);
    assert_eq!(kiosk.view(), View::Apology(Apology::NotAnIdentityToken));
    let mut dayless = Kiosk::new();
    dayless.today = None;
    dayless.scan(&from_2027);
    assert_eq!(dayless.session.patient().map(|patient| patient.validity), Some(Validity::Unknown));
}

#[test]
fn nothing_of_the_patient_is_left_when_the_visit_ends() {
    let mut kiosk = Kiosk::at_printing();
    assert!(kiosk.session.patient().is_some());
    kiosk.tell(Event::Printed(id(1), PrintOutcome::Confirmed));
    kiosk.wait(TAKE_WAIT);
    assert_eq!(kiosk.session.patient(), None);
}

#[test]
fn whoever_holds_up_a_card_last_owns_the_visit() {
    let mut kiosk = Kiosk::new();
    kiosk.scan(CARD);
    kiosk.scan("a stray code");
    kiosk.scan(OTHER_CARD);
    let View::ChooseService { patient, .. } = kiosk.view() else { panic!("{:?}", kiosk.view()) };
    assert_eq!(patient.as_str(), "TRẦN T* THỬ");
}

#[test]
fn a_card_held_up_while_a_number_is_on_screen_changes_nothing() {
    let mut kiosk = Kiosk::at_printing();
    kiosk.scan(OTHER_CARD);
    assert_eq!(kiosk.number_on_screen(), Some(("A-042".into(), PaperAdvice::Printing)));
}

#[test]
fn a_closed_service_cannot_be_chosen() {
    let mut kiosk = Kiosk::new();
    kiosk.scan(CARD);
    assert_eq!(kiosk.choose("mat"), []);
    assert!(matches!(kiosk.view(), View::ChooseService { .. }));
}

#[test]
fn a_patient_who_walks_away_leaves_nothing_on_screen() {
    let mut kiosk = Kiosk::new();
    kiosk.scan(CARD);
    assert_eq!(kiosk.wait(CHOOSE_WAIT), []);
    assert_eq!(kiosk.view(), View::Welcome { notices: vec![] });
}

#[test]
fn a_kiosk_that_has_heard_of_nothing_says_so() {
    let all = vec![Notice::NoService, Notice::NoScanner, Notice::NoPrinter];
    assert_eq!(Session::new().view(), View::Welcome { notices: all });
}

#[test]
fn the_welcome_screen_says_what_is_missing() {
    let mut kiosk = Kiosk::new();
    kiosk.tell(Event::PrinterChanged(Ok(PrinterStatus { fault: Some(Fault::CoverOpen), paper: Paper::Full })));
    kiosk.tell(Event::ScannerChanged(Err(Fault::NoDevice)));
    kiosk.tell(Event::ServiceChanged(Err(IssueFailure::Unreachable)));
    let all = vec![Notice::NoService, Notice::NoScanner, Notice::NoPrinter];
    assert_eq!(kiosk.view(), View::Welcome { notices: all });
    kiosk.tell(Event::PrinterChanged(Ok(PrinterStatus { fault: None, paper: Paper::Low })));
    kiosk.tell(Event::ScannerChanged(Ok(())));
    kiosk.tell(Event::ServiceChanged(Ok(())));
    assert_eq!(kiosk.view(), View::Welcome { notices: vec![] });
}

#[test]
fn a_kiosk_that_knows_no_services_apologises_at_once() {
    let mut kiosk = Kiosk { session: Session::new(), now_ms: 0, fresh: 1, today: TODAY };
    kiosk.scan(CARD);
    assert_eq!(kiosk.view(), View::Apology(Apology::NoNumberNow));
}

#[test]
fn no_debug_text_of_a_visit_names_its_patient() {
    let kiosk = Kiosk::at_printing();
    let text = format!("{:?}", kiosk.session);
    for private in ["MẪU", "NGUYỄN", "999901", "Đường"] {
        assert!(!text.contains(private), "{private} in {text}");
    }
}

struct Kiosk {
    session: Session,
    now_ms: u64,
    fresh: u8,
    today: Option<Date>,
}

impl Kiosk {
    fn new() -> Self {
        let mut kiosk = Self { session: Session::new(), now_ms: 0, fresh: 1, today: TODAY };
        kiosk.tell(Event::PrinterChanged(Ok(PrinterStatus { fault: None, paper: Paper::Full })));
        kiosk.tell(Event::ScannerChanged(Ok(())));
        kiosk.tell(Event::ServiceChanged(Ok(())));
        let services = vec![offered("noi", "Nội tổng quát", true), offered("mat", "Mắt", false)];
        kiosk.tell(Event::Offered(Offer {
            hospital: "BỆNH VIỆN HƯƠNG SƠN".into(), address: String::new(), services
        }));
        kiosk
    }

    fn at_issuing() -> Self {
        let mut kiosk = Self::new();
        kiosk.scan(CARD);
        kiosk.choose("noi");
        kiosk.tell(Event::Recorded(id(1), Entry::Requested));
        kiosk
    }

    fn at_number() -> Self {
        let mut kiosk = Self::at_issuing();
        kiosk.tell(Event::Issued(ticket(1, "A-042")));
        kiosk
    }

    fn at_printing() -> Self {
        let mut kiosk = Self::at_number();
        kiosk.tell(Event::Recorded(id(1), Entry::Shown));
        kiosk
    }

    fn visit_up_to_printing(&mut self, card: &str, request: u8, number: &str) -> Vec<Effect> {
        self.fresh = request;
        self.scan(card);
        self.choose("noi");
        self.tell(Event::Recorded(id(request), Entry::Requested));
        self.tell(Event::Issued(ticket(request, number)));
        self.tell(Event::Recorded(id(request), Entry::Shown))
    }

    fn scan(&mut self, text: &str) {
        let scan = Scan::new(text.as_bytes().to_vec()).unwrap();
        assert_eq!(self.tell(Event::Scanned(scan)), []);
    }

    fn choose(&mut self, id: &str) -> Vec<Effect> {
        let effects = self.tell(Event::Touched(Touch::Choose(service(id))));
        self.fresh += 1;
        effects
    }

    fn wait(&mut self, span: Duration) -> Vec<Effect> {
        let just_before = self.session.deadline().unwrap().since_start().as_millis() as u64 - 1;
        assert_eq!(just_before + 1, self.now_ms + span.as_millis() as u64);
        self.now_ms = just_before;
        assert_eq!(self.tell(Event::Tick), [], "a tick before the deadline does nothing");
        self.now_ms += 1;
        self.tell(Event::Tick)
    }

    fn tell(&mut self, event: Event) -> Vec<Effect> {
        let moment = Moment { now: Uptime::from_millis(self.now_ms), fresh: id(self.fresh), today: self.today };
        self.session.handle(event, moment)
    }

    fn view(&self) -> View {
        self.session.view()
    }

    fn number_on_screen(&self) -> Option<(String, PaperAdvice)> {
        match self.view() {
            View::Number { number, paper, .. } => Some((number.to_string(), paper)),
            View::Welcome { .. }
            | View::PresentCard
            | View::ChooseService { .. }
            | View::Issuing { .. }
            | View::Apology(_) => None,
        }
    }
}

fn id(byte: u8) -> RequestId {
    RequestId::from_bytes([byte; 16])
}

fn service(id: &str) -> ServiceId {
    ServiceId::new(id).unwrap()
}

fn offered(id: &str, name: &str, open: bool) -> ServiceOffer {
    ServiceOffer { id: service(id), name: name.into(), place: "Phòng 201".into(), open, waiting: 3 }
}

fn ticket(request: u8, number: &str) -> Ticket {
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
