//! A visit at the real window, by the words on it, with a card in a real reader service.

use std::cell::RefCell;
use std::rc::Rc;

use device_sim::card::curve::{Curve, Hash, Naming};
use device_sim::card::issuer::{Signing, Validity};
use device_sim::card::plan::Forgery;
use i_slint_backend_testing::{ElementHandle, ElementQuery, TestingBackend, TestingBackendOptions};
use kiosk_core::effect::Effect;
use kiosk_core::event::{Moment, Offer, Offered, Touch, Ways};
use kiosk_core::session::Session;
use kiosk_hal::printer::{Paper, PrinterStatus};
use kiosk_hal::scanner::Scan;
use kiosk_ui::{KioskUi, screen_name};
use queue_protocol::model::{ServiceFacts, ServiceId, ServiceOffer};
use slint::ComponentHandle;
use slint::platform::PointerEventButton;

use super::*;

/// The rows of "staff need to look at this card": read, unchanged, issuer known, genuine chip.
const YES: &str = "Có";
const NO: &str = "Không";
const EXPIRED: &str = "Hết hạn";

/// The window with the session behind it and the card's thread beside it.
struct Window {
    ui: KioskUi,
    session: Session,
    touches: Rc<RefCell<Vec<Touch>>>,
    bench: Bench,
    /// What a patient asked for that is not the chip's.
    asked: Vec<Effect>,
}

impl Window {
    fn new(anchors: Vec<Vec<u8>>) -> Self {
        let ui = KioskUi::new().unwrap();
        ui.component().show().unwrap();
        ui.component().window().set_size(slint::PhysicalSize::new(1080, 1920));
        let touches = Rc::new(RefCell::new(Vec::new()));
        let heard = Rc::clone(&touches);
        ui.on_touch(move |touch| heard.borrow_mut().push(touch));
        let mut window = Self { ui, session: Session::new(), touches, bench: bench(anchors), asked: Vec::new() };
        let ways = Ways { chip: Offered::Yes, ..Ways::default() };
        window.tell(Event::Offered(Offer { services: vec![service()], ways, ..Offer::default() }));
        window.tell(Event::PrinterChanged(Ok(PrinterStatus { fault: None, paper: Paper::Full })));
        window.tell(Event::ScannerChanged(Ok(())));
        window.tell(Event::ServiceChanged(Ok(())));
        window.card_thread_tells("the reader", |told| matches!(told, Event::ChipReaderChanged(Ok(()))));
        window
    }

    fn tell(&mut self, event: Event) {
        let moment =
            Moment { now: device_links::clock::now(), fresh: queue_client::new_request_id(), today: calendar::today() };
        for effect in self.session.handle(event, moment) {
            match effect {
                Effect::ReadChip { reading, number } => {
                    self.bench.commands.send(Command::Read { reading, number }).unwrap();
                }
                Effect::StopChip(reading) => self.bench.commands.send(Command::Stop(reading)).unwrap(),
                Effect::FindTickets { lookup, .. } => self.tell(Event::TicketsFound(lookup, Ok(Vec::new()))),
                Effect::Record(..)
                | Effect::Void(_)
                | Effect::Issue { .. }
                | Effect::Print { .. }
                | Effect::Rejoin { .. }
                | Effect::CallHelp(_) => self.asked.push(effect),
            }
        }
        self.ui.show_view(&self.session.screen());
        i_slint_backend_testing::mock_elapsed_time(Duration::ZERO);
    }

    /// Passes on what the card's thread tells, one by one, up to one that `last` takes.
    fn card_thread_tells(&mut self, what: &str, last: impl Fn(&Event) -> bool) {
        loop {
            let event = self.bench.events.recv_timeout(SOON).unwrap_or_else(|_| panic!("{what} is never told"));
            let is_last = last(&event);
            self.tell(event);
            if is_last {
                return;
            }
        }
    }

    /// The button a patient would look for by its words.
    fn press(&mut self, label: &str) {
        let labels = |found: &ElementHandle| found.accessible_label().is_some_and(|found| found == label);
        let all = ElementQuery::from_root(self.ui.component())
            .match_accessible_role(i_slint_backend_testing::AccessibleRole::Button)
            .find_all();
        let button = all.into_iter().find(labels).unwrap_or_else(|| panic!("no {label:?} on {}", self.name()));
        button.mock_single_click(PointerEventButton::Left);
        i_slint_backend_testing::mock_elapsed_time(Duration::ZERO);
        let touched = self.touches.take();
        for touch in touched {
            self.tell(Event::Touched(touch));
        }
    }

    /// The words of all elements with this id, from top to bottom.
    fn reads(&self, id: &'static str) -> Vec<String> {
        let has_id = move |found: &ElementHandle| found.accessible_id().is_some_and(|found| found == id);
        let all = ElementQuery::from_root(self.ui.component()).match_predicate(has_id).find_all();
        all.iter().filter_map(ElementHandle::accessible_label).map(Into::into).collect()
    }

    fn name(&self) -> &'static str {
        screen_name(&self.session.screen())
    }

    /// From the scan of the card to the slot for its chip.
    fn scans_and_agrees(&mut self, person: &Person) {
        let Person { number, name, .. } = person;
        let card = format!("{number}||{name}|02011990|Nam|Số 1, Đường Mẫu|01012022");
        self.tell(Event::Scanned(Scan::new(card.into_bytes()).unwrap()));
        assert_eq!(self.name(), "choose-service");
        self.press("Đọc chip trên thẻ");
        assert_eq!(self.name(), "chip-consent");
        self.press("Tôi đồng ý");
        assert_eq!(self.name(), "chip-insert");
    }

    fn reads_the_form(&mut self) {
        self.card_thread_tells("the form", |told| matches!(told, Event::Chip(_, ChipEvent::Form(_))));
    }

    fn ends_the_reading(&mut self) {
        self.card_thread_tells("the end", |told| matches!(told, Event::Chip(_, ChipEvent::Ended(_))));
    }
}

fn service() -> ServiceOffer {
    ServiceOffer {
        id: ServiceId::new("noi").unwrap(),
        name: "Nội tổng quát".into(),
        place: "Phòng 101".into(),
        open: true,
        waiting: 3,
        facts: ServiceFacts::default(),
    }
}

fn on_testing_backend() {
    let options = TestingBackendOptions { mock_time: true, threading: false, renderer_name: Some("software".into()) };
    slint::platform::set_platform(Box::new(TestingBackend::new(options))).unwrap();
}

fn cccd(person: &Person) -> CardPlan {
    CardPlan::cccd(person.clone(), 31)
}

#[test]
fn from_the_scan_to_the_form_and_then_the_photo() {
    let Ok(port) = std::env::var(PORT) else {
        let dir = tempfile::tempdir().unwrap();
        let service = PrivateService::start(dir.path()).unwrap();
        let port = service.port(Slot::First);
        return run_again("window::from_the_scan_to_the_form_and_then_the_photo", &service.socket(), Some(port));
    };
    on_testing_backend();
    let (issuer, person) = (Issuer::sample(1), Person::sample());
    let card = SharedCard::new(VirtualCard::new(cccd(&person), &issuer).unwrap());
    let mut window = Window::new(vec![issuer.anchor().to_vec()]);
    window.scans_and_agrees(&person);
    let _mount = VpcdMount::new(card, port.parse().unwrap()).unwrap();
    window.card_thread_tells("the opening", |told| matches!(told, Event::Chip(_, ChipEvent::Step(ChipStep::Opening))));
    assert_eq!((window.name(), window.reads("lead")), ("chip-reading", vec!["Mở chip".into()]));
    window.reads_the_form();
    assert_eq!((window.name(), window.reads("patient")), ("choose-service", vec!["NGUYỄN V* MẪU".into()]));
    assert_eq!(window.reads("chip-verdict"), ["Thẻ thật, đã kiểm tra chip"]);
    assert_eq!(window.reads("portrait"), ["Đang đọc ảnh, để yên thẻ"]);
    assert_eq!(window.reads("photo"), [""; 0]);
    window.ends_the_reading();
    assert_eq!((window.reads("portrait"), window.reads("photo")), (Vec::new(), vec!["Ảnh trên chip".into()]));
    window.press("Không phải tôi");
    assert_eq!((window.name(), window.reads("photo")), ("welcome", Vec::new()));

    // Who does not wait for the photo has the form all the same; what of the reading comes later belongs to nobody.
    window.scans_and_agrees(&person);
    window.reads_the_form();
    window.press("Nội tổng quát");
    assert!(matches!(window.asked.last(), Some(Effect::Record(..))), "{}", window.name());
    window.ends_the_reading();
    assert_eq!(window.reads("photo"), [""; 0]);
}

/// A card in the slot: what it is, who signed it, and what the window must say of it.
struct Case {
    what: &'static str,
    forgery: Forgery,
    signer: Issuer,
    /// Unchanged, issuer known, genuine chip.
    facts: [&'static str; 3],
}

#[test]
fn each_doubt_has_its_own_words_on_screen() {
    let Ok(port) = std::env::var(PORT) else {
        let dir = tempfile::tempdir().unwrap();
        let service = PrivateService::start(dir.path()).unwrap();
        let port = service.port(Slot::First);
        return run_again("window::each_doubt_has_its_own_words_on_screen", &service.socket(), Some(port));
    };
    on_testing_backend();
    let (issuer, person) = (Issuer::sample(1), Person::sample());
    let card = SharedCard::new(VirtualCard::new(cccd(&person), &issuer).unwrap());
    let _mount = VpcdMount::new(card.clone(), port.parse().unwrap()).unwrap();
    let mut window = Window::new(vec![issuer.anchor().to_vec()]);
    let p256 = Signing::Ecdsa(Curve::P256, Naming::Named, Hash::Sha256);
    let (tampered, genuine) = (Forgery::TamperedGroup(13), Forgery::Genuine);
    let expired = issuer.with_signer(p256, Validity::EXPIRED, 3);
    for Case { what, forgery, signer, facts } in [
        Case { what: "a changed group", forgery: tampered, signer: issuer.clone(), facts: [NO, YES, YES] },
        Case { what: "another signer", forgery: genuine, signer: Issuer::sample(77), facts: [YES, NO, YES] },
        Case { what: "an expired signer", forgery: genuine, signer: expired, facts: [YES, EXPIRED, YES] },
        Case { what: "a copy", forgery: Forgery::Clone, signer: issuer.clone(), facts: [YES, YES, NO] },
    ] {
        card.with(|it| *it = VirtualCard::new(CardPlan { forgery, ..cccd(&person) }, &signer).unwrap());
        window.scans_and_agrees(&person);
        window.reads_the_form();
        assert_eq!(window.reads("title"), ["Nhân viên cần xem thẻ này"], "{what}");
        assert_eq!(window.reads("fact-value"), [&[YES][..], &facts].concat(), "{what}");
        window.press("Không cần chip");
        window.ends_the_reading();
        window.press("Không phải tôi");
        assert_eq!(window.name(), "welcome", "{what}");
    }

    // A portrait that was changed comes after the form, and takes back what was said.
    let changed = CardPlan { forgery: Forgery::TamperedGroup(2), ..cccd(&person) };
    card.with(|it| *it = VirtualCard::new(changed, &issuer).unwrap());
    window.scans_and_agrees(&person);
    window.reads_the_form();
    assert_eq!(window.reads("chip-verdict"), ["Thẻ thật, đã kiểm tra chip"]);
    window.ends_the_reading();
    assert_eq!(window.reads("chip-verdict"), ["Nhân viên sẽ xem thẻ của bạn."]);

    // Without an anchor nothing speaks against the card, and nobody vouches for it.
    card.with(|it| *it = VirtualCard::new(cccd(&person), &issuer).unwrap());
    let mut without = Window::new(Vec::new());
    without.scans_and_agrees(&person);
    without.reads_the_form();
    assert_eq!(
        (without.name(), without.reads("chip-verdict")),
        ("choose-service", vec!["Đã đọc chip, chưa kiểm tra được.".to_owned()])
    );
}
