//! The technician's layer: how it is reached, what is touched on it, and how it looks.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test may fail by panicking")]

mod kiosk;
mod picture;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use i_slint_backend_testing::mock_elapsed_time;
use kiosk::{kiosk, press, show};
use kiosk_core::view::{Screen, View};
use kiosk_ui::{KioskUi, ServiceLine, ServicePage, ServiceTone, ServiceTouch};
use picture::Picture;
use slint::platform::{PointerEventButton, WindowEvent};
use slint::{ComponentHandle, LogicalPosition};

/// Longer than a corner must be held.
const HELD: Duration = Duration::from_millis(2_100);
const LEFT: f32 = 40.0;
const RIGHT: f32 = 1_040.0;

fn hold(ui: &KioskUi, x: f32, time: Duration) {
    let (position, button) = (LogicalPosition::new(x, 40.0), PointerEventButton::Left);
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

#[test]
fn the_closed_layer_is_in_nobodys_way() {
    let (ui, _) = welcome();
    let touched = Rc::new(RefCell::new(0));
    let told = Rc::clone(&touched);
    ui.on_touch(move |_| *told.borrow_mut() += 1);
    press(&ui, "English");
    assert_eq!(*touched.borrow(), 1);
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
