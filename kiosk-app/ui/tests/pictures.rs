//! Each screen as a patient sees it, compared exactly with its committed picture.

#![expect(clippy::unwrap_used, reason = "a test that panics has failed")]

mod kiosk;
mod picture;

use std::path::Path;
use std::time::Duration;

use kiosk::{HOSPITAL, choosing, closed, eight_services, kiosk, number, offer, show};
use kiosk_core::view::{Apology, Notice, NumberStanding, PaperAdvice, Purpose, Screen, View};
use kiosk_ui::KioskUi;
use picture::Picture;
use slint::ComponentHandle;

/// Sixty letters, the longest a hospital may configure.
const LONG_NAME: &str = "Khám chuyên khoa Răng Hàm Mặt và Phẫu thuật tạo hình hàm mặt";
const LONG_PLACE: &str = "Khu khám bệnh theo yêu cầu, nhà C, tầng 12, phòng C1204-C128";

const PRESENT_CARD: View = View::PresentCard { purpose: Purpose::TakeNumber };

fn assert_looks(ui: &KioskUi, name: &str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference");
    Picture::of(ui.component().window()).assert_is(&folder, name);
}

fn assert_view_looks(view: View, name: &str) {
    let ui = kiosk();
    show(&ui, view);
    assert_looks(&ui, name);
}

#[test]
fn welcome_shows_where_the_card_goes() {
    assert_view_looks(View::Welcome { notices: Vec::new() }, "welcome");
}

#[test]
fn welcome_shows_the_card_in_the_slot_after_a_while() {
    let ui = kiosk();
    show(&ui, View::Welcome { notices: Vec::new() });
    i_slint_backend_testing::mock_elapsed_time(Duration::from_millis(1_800));
    i_slint_backend_testing::mock_elapsed_time(Duration::from_millis(1_000));
    assert_looks(&ui, "welcome-card-in-slot");
}

#[test]
fn welcome_has_room_for_every_notice() {
    let notices = vec![Notice::NoPrinter, Notice::NoScanner, Notice::NoService];
    assert_view_looks(View::Welcome { notices }, "welcome-notices");
}

#[test]
fn a_long_hospital_name_is_whole() {
    let ui = kiosk();
    let hospital = format!("{HOSPITAL} tỉnh Thừa Thiên Huế cơ sở Phú Vang Quảng");
    ui.show_view(&Screen::plain(hospital, PRESENT_CARD));
    i_slint_backend_testing::mock_elapsed_time(Duration::ZERO);
    assert_looks(&ui, "present-card-long-hospital");
}

#[test]
fn present_card_asks_for_the_card() {
    assert_view_looks(PRESENT_CARD, "present-card");
}

#[test]
fn eight_services_fit_one_page() {
    assert_view_looks(choosing("NGUYỄN THỊ THÙY DƯƠNG", eight_services()), "choose-service");
}

#[test]
fn three_services_have_wide_tiles() {
    let services = eight_services().split_off(5);
    assert_view_looks(choosing("ĐỖ VĂN MẪU", services), "choose-service-few");
}

#[test]
fn more_than_eight_services_have_pages() {
    let mut services = eight_services();
    services.push(offer("da", "Da liễu", "Phòng 306, tầng 3", 4));
    services.push(closed(offer("ung", "Ung bướu", "Nhà C, tầng 2", 0)));
    let ui = kiosk();
    show(&ui, choosing("NGUYỄN THỊ THÙY DƯƠNG", services));
    assert_looks(&ui, "choose-service-paged");
}

#[test]
fn sixty_letters_are_whole_on_every_tile() {
    let mut services = eight_services();
    services[0] = offer("dai", LONG_NAME, LONG_PLACE, 101);
    services[1] = closed(offer("dai-dong", LONG_NAME, LONG_PLACE, 0));
    let patient = "CÔNG TẰNG TÔN NỮ NGUYỄN PHÚC HOÀNG THỊ THÙY NGHIÊNGNGHIÊNG";
    assert_view_looks(choosing(patient, services), "choose-service-long");
}

#[test]
fn issuing_asks_for_patience() {
    assert_view_looks(View::Issuing { service: "Nội tổng quát".into() }, "issuing");
}

#[test]
fn number_printing() {
    assert_view_looks(number("A-042", PaperAdvice::Printing), "number-printing");
}

#[test]
fn number_take() {
    assert_view_looks(number("A-042", PaperAdvice::Take), "number-take");
}

#[test]
fn number_write_down() {
    assert_view_looks(number("A-042", PaperAdvice::WriteDown), "number-write-down");
}

#[test]
fn the_longest_number_service_and_place_are_whole() {
    let view = View::Number {
        number: "WM-9999".parse().unwrap(),
        service: LONG_NAME.into(),
        place: LONG_PLACE.into(),
        ahead: 0,
        paper: PaperAdvice::WriteDown,
        standing: NumberStanding::New,
        marks: Vec::new(),
    };
    assert_view_looks(view, "number-long");
}

#[test]
fn apology_for_a_card_that_cannot_be_read() {
    assert_view_looks(View::Apology(Apology::NotAnIdentityToken), "apology-card");
}

#[test]
fn apology_for_a_closed_service() {
    assert_view_looks(View::Apology(Apology::ServiceClosed), "apology-closed");
}

#[test]
fn apology_for_no_more_numbers() {
    assert_view_looks(View::Apology(Apology::NumbersExhausted), "apology-exhausted");
}

#[test]
fn apology_for_no_number_now() {
    assert_view_looks(View::Apology(Apology::NoNumberNow), "apology-no-number");
}
