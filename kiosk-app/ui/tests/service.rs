//! The technician's layer: how it is reached, what is touched on it, and how it looks.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test may fail by panicking")]

mod kiosk;
mod picture;
mod scenes;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use i_slint_backend_testing::{ElementHandle, mock_elapsed_time};
use kiosk::{buttons, kiosk, press, show};
use kiosk_core::event::Touch;
use kiosk_core::view::{ChipOffer, Screen, View};
use kiosk_ui::{KioskUi, ServiceLine, ServicePage, ServiceTone, ServiceTouch, Spot};
use picture::Picture;
use queue_protocol::model::ServiceId;
use scenes::{choosing, eight_services, screen, who};
use slint::platform::{PointerEventButton, WindowEvent};
use slint::{ComponentHandle, LogicalPosition};

/// Longer than a corner must be held.
const HELD: Duration = Duration::from_millis(2_100);
const LEFT: f32 = 40.0;
const RIGHT: f32 = 1_040.0;

fn hold(ui: &KioskUi, x: f32, time: Duration) {
    touch(ui, LogicalPosition::new(x, 40.0), time);
}

fn touch(ui: &KioskUi, position: LogicalPosition, time: Duration) {
    let button = PointerEventButton::Left;
    let window = ui.component().window();
    window.dispatch_event(WindowEvent::PointerPressed { position, button });
    mock_elapsed_time(time);
    window.dispatch_event(WindowEvent::PointerReleased { position, button });
    mock_elapsed_time(Duration::ZERO);
}

fn welcome() -> (KioskUi, Rc<RefCell<Vec<ServiceTouch>>>) {
    let ui = kiosk();
    show(&ui, &Screen::plain("Bệnh viện Mẫu", View::Welcome { notices: Vec::new() }));
    let touched = Rc::new(RefCell::new(Vec::new()));
    let told = Rc::clone(&touched);
    ui.on_service(move |touch| told.borrow_mut().push(touch));
    (ui, touched)
}

fn line(text: &str, detail: &str, tone: ServiceTone) -> ServiceLine {
    ServiceLine { text: text.into(), detail: detail.into(), tone }
}

fn devices() -> ServicePage {
    ServicePage::List {
        title: "Thiết bị".into(),
        lines: vec![
            line("Có lỗi", "", ServiceTone::Bad),
            line("scanner: online", "", ServiceTone::Good),
            line("printer: online, paper out", "Lắp cuộn giấy mới, đóng nắp", ServiceTone::Bad),
            line("card_reader: offline", "Khởi động dịch vụ đầu đọc: systemctl start pcscd.socket", ServiceTone::Bad),
            line("queue: online", "", ServiceTone::Good),
            line("version", "0.1.0", ServiceTone::Plain),
        ],
        buttons: vec![
            ("status", "Thiết bị"),
            ("print", "In thử"),
            ("scan", "Quét thử"),
            ("card", "Đầu đọc thẻ"),
            ("network", "Mạng"),
            ("grid", "Màn cảm ứng"),
            ("reboot", "Khởi động lại"),
        ],
    }
}

fn updates() -> ServicePage {
    ServicePage::List {
        title: "Cập nhật".into(),
        lines: vec![
            line("Đang chạy: 0.1.0", "khe A, đã xác nhận", ServiceTone::Plain),
            line("1. kiosk-0.2.0.raucb", "0.2.0 mới hơn, USB sdb1 CAP NHAT", ServiceTone::Good),
            line(
                "la.raucb: Không phải của bệnh viện này (sai chữ ký)",
                "Lấy tệp từ người làm bản cập nhật",
                ServiceTone::Bad,
            ),
            line("2. https://updates.hospital.example/kiosk.raucb", "từ mạng", ServiceTone::Plain),
        ],
        buttons: vec![
            ("install-1", "Cài đặt 1"),
            ("install-2", "Cài đặt 2"),
            ("update", "Tìm lại"),
            ("menu", "Trở lại"),
        ],
    }
}

/// As many keys as a keyboard of signs has.
fn keys() -> ServicePage {
    const SIGNS: &str = "1234567890 !\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";
    let key = |(at, _): (usize, char)| (&SIGNS[at..=at], &SIGNS[at..=at]);
    let mut buttons: Vec<(&str, &str)> = SIGNS.char_indices().map(key).collect();
    buttons.extend([("layer", "đổi phím"), ("xóa", "xóa"), ("menu", "Không"), ("vào", "Tiếp")]);
    ServicePage::List {
        title: "Mật khẩu Wi-Fi".into(),
        lines: vec![line("mat khau_", "", ServiceTone::Plain)],
        buttons,
    }
}

#[test]
fn a_touch_beside_the_mark_is_told_where_it_was() {
    let (ui, touched) = welcome();
    ui.show_service_page(&ServicePage::Target { title: "x".into(), mark: Spot { x: 1_000, y: 1_000 } });
    mock_elapsed_time(Duration::ZERO);
    touch(&ui, LogicalPosition::new(540.0, 480.0), Duration::from_millis(80));
    assert_eq!(*touched.borrow(), [ServiceTouch::At(Spot { x: 5_000, y: 2_500 })]);
}

#[test]
fn two_corners_held_in_their_order_open_the_layer_and_nothing_less() {
    let (ui, touched) = welcome();
    hold(&ui, RIGHT, HELD);
    hold(&ui, LEFT, Duration::from_millis(1_500));
    hold(&ui, RIGHT, HELD);
    assert_eq!(*touched.borrow(), [], "the wrong order, and too short");
    hold(&ui, LEFT, HELD);
    mock_elapsed_time(Duration::from_secs(11));
    hold(&ui, RIGHT, HELD);
    assert_eq!(*touched.borrow(), [], "too late");
    hold(&ui, LEFT, HELD);
    hold(&ui, RIGHT, HELD);
    assert_eq!(*touched.borrow(), [ServiceTouch::Gesture]);
}

/// Touches a control at its middle and close to each of its four corners: what each touch came to.
fn touches_of(ui: &KioskUi, control: &ElementHandle) -> Vec<Touch> {
    let told = Rc::new(RefCell::new(Vec::new()));
    let heard = Rc::clone(&told);
    ui.on_touch(move |touch| heard.borrow_mut().push(touch));
    let (at, size) = (control.absolute_position(), control.size());
    for (right, down) in [(0.5, 0.5), (0.01, 0.02), (0.99, 0.02), (0.01, 0.98), (0.99, 0.98)] {
        let position = LogicalPosition::new(at.x + right * size.width, at.y + down * size.height);
        touch(ui, position, Duration::from_millis(80));
    }
    told.take()
}

/// The service of a tile; `None` for any other control.
fn service(control: &ElementHandle) -> Option<ServiceId> {
    ServiceId::new(control.accessible_id()?.strip_prefix("service-")?).ok()
}

#[test]
fn the_closed_layer_lets_every_touch_on_a_tile_through() {
    let (ui, gestures) = welcome();
    show(&ui, &screen(choosing(who("NGUYỄN VĂN MẪU"), eight_services(), ChipOffer::Available)));
    for waited_for in ["first", "second"] {
        let open = buttons(&ui).into_iter().filter(|button| button.accessible_enabled() == Some(true));
        let tiles: Vec<(ServiceId, ElementHandle)> = open.filter_map(|tile| Some((service(&tile)?, tile))).collect();
        assert!(tiles.len() >= 3, "{}", tiles.len());
        for (id, tile) in &tiles {
            let expected = vec![Touch::Choose(id.clone()); 5];
            assert_eq!(touches_of(&ui, tile), expected, "while the layer waits for the {waited_for} corner");
        }
        hold(&ui, LEFT, HELD);
    }
    hold(&ui, RIGHT, HELD);
    assert_eq!(*gestures.borrow(), [ServiceTouch::Gesture], "the second corner was there");
}

#[test]
fn keys_and_buttons_of_the_layer_tell_what_was_touched() {
    let (ui, touched) = welcome();
    ui.show_service_page(&ServicePage::Pin { title: "PIN".into(), digits: 0 });
    mock_elapsed_time(Duration::ZERO);
    for label in ["7", "xóa", "vào"] {
        press(&ui, label);
    }
    ui.show_service_page(&devices());
    mock_elapsed_time(Duration::ZERO);
    press(&ui, "In thử");
    press(&ui, "Đóng");
    let expected = [
        ServiceTouch::Digit('7'),
        ServiceTouch::Erase,
        ServiceTouch::Enter,
        ServiceTouch::Button("print".into()),
        ServiceTouch::Close,
    ];
    assert_eq!(*touched.borrow(), expected);
}

#[test]
fn the_layer_looks_as_committed() {
    let (ui, _) = welcome();
    let pages = [
        ("pin", ServicePage::Pin { title: "Mã PIN kỹ thuật".into(), digits: 4 }),
        ("devices", devices()),
        ("grid", ServicePage::TouchGrid),
        ("target", ServicePage::Target { title: "Chạm đúng giữa dấu 2/5".into(), mark: Spot { x: 9_000, y: 1_000 } }),
        ("keys", keys()),
        ("update", updates()),
    ];
    let mut pictures = Vec::new();
    let mut found = BTreeMap::new();
    for (name, page) in pages {
        ui.show_service_page(&page);
        mock_elapsed_time(Duration::ZERO);
        let picture = Picture::of(ui.component().window());
        found.insert(name.to_owned(), picture.digest());
        pictures.push(picture);
    }
    if picture::is_update() {
        picture::write_sheet(&pictures, 3, &picture::reference_folder().join("service.png"));
        picture::write_digests("service", &found);
    }
    if found != picture::digests("service") {
        let actual = picture::actual_sheet("service");
        picture::write_sheet(&pictures, 3, &actual);
        panic!("drawn otherwise than committed: {}", actual.display());
    }
}
