//! The kiosk's window on Slint's testing backend: real pixels, a clock that moves only when told.

use std::time::Duration;

use i_slint_backend_testing::{TestingBackend, TestingBackendOptions};
use kiosk_core::view::{ChipOffer, KnownBy, MaskedName, NumberStanding, PaperAdvice, Screen, View, Who};
use kiosk_ui::KioskUi;
use queue_protocol::model::{ServiceFacts, ServiceId, ServiceOffer};
use slint::ComponentHandle;

pub const HOSPITAL: &str = "Bệnh viện Đa khoa Mẫu";

pub fn kiosk() -> KioskUi {
    let options = TestingBackendOptions { mock_time: true, threading: false, renderer_name: Some("software".into()) };
    slint::platform::set_platform(Box::new(TestingBackend::new(options))).unwrap();
    let ui = KioskUi::new().unwrap();
    ui.component().show().unwrap();
    ui.component().window().set_size(slint::PhysicalSize::new(1080, 1920));
    ui
}

pub fn show(ui: &KioskUi, view: View) {
    ui.show_view(&Screen::plain(HOSPITAL, view));
    i_slint_backend_testing::mock_elapsed_time(Duration::ZERO);
}

pub fn offer(id: &str, name: &str, place: &str, waiting: u32) -> ServiceOffer {
    let facts = ServiceFacts::default();
    ServiceOffer { id: ServiceId::new(id).unwrap(), name: name.into(), place: place.into(), open: true, waiting, facts }
}

pub fn closed(offer: ServiceOffer) -> ServiceOffer {
    ServiceOffer { open: false, ..offer }
}

/// Eight services as a district hospital has them, one of them closed.
pub fn eight_services() -> Vec<ServiceOffer> {
    vec![
        offer("noi", "Nội tổng quát", "Phòng 101", 12),
        offer("nhi", "Nhi", "Phòng 102", 7),
        offer("san", "Sản phụ khoa", "Phòng 201", 3),
        offer("mat", "Mắt", "Phòng 205", 0),
        offer("tmh", "Tai Mũi Họng", "Phòng 206", 5),
        closed(offer("rhm", "Răng Hàm Mặt", "Phòng 207", 0)),
        offer("tim", "Tim mạch, huyết áp", "Phòng 305", 21),
        offer("yhct", "Y học cổ truyền", "Nhà B, tầng trệt", 2),
    ]
}

pub fn choosing(patient: &str, services: Vec<ServiceOffer>) -> View {
    let name = MaskedName::of(patient);
    let who = Who { name, known_by: KnownBy::Code, groups: Vec::new(), advice: Vec::new(), portrait: None };
    View::ChooseService { who, services, chip: ChipOffer::None }
}

pub fn number(text: &str, paper: PaperAdvice) -> View {
    View::Number {
        number: text.parse().unwrap(),
        service: "Nội tổng quát".into(),
        place: "Phòng 101, tầng 1".into(),
        ahead: 5,
        paper,
        standing: NumberStanding::New,
        marks: Vec::new(),
    }
}
