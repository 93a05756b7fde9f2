//! What a patient's touch means, found by the words on the control.

#![expect(clippy::unwrap_used, reason = "a test that panics has failed")]

mod kiosk;

use std::cell::RefCell;
use std::rc::Rc;

use i_slint_backend_testing::{AccessibleRole, ElementHandle, ElementQuery};
use kiosk::{choosing, eight_services, kiosk, number, offer, show};
use kiosk_core::event::Touch;
use kiosk_core::view::{Apology, Notice, PaperAdvice, Purpose, View};
use kiosk_ui::KioskUi;
use queue_protocol::model::ServiceId;
use slint::ComponentHandle;
use slint::platform::PointerEventButton;

/// 20 mm at 4.03 px a millimetre.
const TOUCH_PIXELS_MIN: f32 = 80.6;

const PRESENT_CARD: View = View::PresentCard { purpose: Purpose::TakeNumber };

fn listening() -> (KioskUi, Rc<RefCell<Vec<Touch>>>) {
    let ui = kiosk();
    let touches = Rc::new(RefCell::new(Vec::new()));
    let heard = Rc::clone(&touches);
    ui.on_touch(move |touch| heard.borrow_mut().push(touch));
    (ui, touches)
}

fn button(ui: &KioskUi, label: &str) -> ElementHandle {
    let is_button = |found: &ElementHandle| found.accessible_role() == Some(AccessibleRole::Button);
    ElementHandle::find_by_accessible_label(ui.component(), label).find(is_button).unwrap()
}

fn press(ui: &KioskUi, label: &str) {
    button(ui, label).mock_single_click(PointerEventButton::Left);
}

fn labelled(ui: &KioskUi, id: &'static str) -> Option<String> {
    let has_id = move |found: &ElementHandle| found.accessible_id().is_some_and(|found| found == id);
    let found = ElementQuery::from_root(ui.component()).match_predicate(has_id).find_first()?;
    found.accessible_label().map(Into::into)
}

fn service(id: &str) -> Touch {
    Touch::Choose(ServiceId::new(id).unwrap())
}

fn eleven_services() -> View {
    let mut services = eight_services();
    services.extend([
        offer("da", "Da liễu", "P1", 1),
        offer("ung", "Ung bướu", "P2", 1),
        offer("than", "Thận", "P3", 1),
    ]);
    choosing("NGUYỄN VĂN MẪU", services)
}

fn every_view() -> Vec<View> {
    let notices = vec![Notice::NoPrinter, Notice::NoScanner, Notice::NoService];
    let apologies =
        [Apology::NotAnIdentityToken, Apology::ServiceClosed, Apology::NumbersExhausted, Apology::NoNumberNow];
    let papers = [PaperAdvice::Printing, PaperAdvice::Take, PaperAdvice::WriteDown];
    let mut views = vec![View::Welcome { notices }, PRESENT_CARD, eleven_services()];
    views.push(View::Issuing { service: "Nhi".into() });
    views.extend(apologies.map(View::Apology));
    views.extend(papers.map(|paper| number("A-042", paper)));
    views
}

#[test]
fn each_button_says_what_the_patient_wants() {
    let (ui, touches) = listening();
    show(&ui, View::Welcome { notices: Vec::new() });
    press(&ui, "Lấy số khám bệnh");
    show(&ui, PRESENT_CARD);
    press(&ui, "Quay lại");
    show(&ui, choosing("NGUYỄN VĂN MẪU", eight_services()));
    press(&ui, "Tai Mũi Họng");
    press(&ui, "Không phải tôi");
    show(&ui, number("A-042", PaperAdvice::Take));
    press(&ui, "Tôi đã lấy phiếu");
    show(&ui, number("A-042", PaperAdvice::WriteDown));
    press(&ui, "Tôi đã ghi lại số");
    show(&ui, View::Apology(Apology::NotAnIdentityToken));
    press(&ui, "Thử lại");
    show(&ui, View::Apology(Apology::NoNumberNow));
    press(&ui, "Tôi đã hiểu");
    let said = [Touch::Begin, Touch::Leave, service("tmh"), Touch::Leave, Touch::Done, Touch::Done, Touch::Done];
    assert_eq!(touches.borrow()[..7], said);
    assert_eq!(touches.borrow()[7..], [Touch::Done]);
}

#[test]
fn a_closed_service_cannot_be_chosen() {
    let (ui, touches) = listening();
    show(&ui, choosing("NGUYỄN VĂN MẪU", eight_services()));
    press(&ui, "Răng Hàm Mặt");
    button(&ui, "Răng Hàm Mặt").invoke_accessible_default_action();
    assert_eq!(*touches.borrow(), []);
    let told = button(&ui, "Răng Hàm Mặt").accessible_description().unwrap();
    assert!(told.contains("Đã đóng"), "{told}");
}

#[test]
fn a_service_on_the_second_page_can_be_chosen() {
    let (ui, touches) = listening();
    show(&ui, eleven_services());
    assert_eq!(labelled(&ui, "service-than"), None);
    press(&ui, "Trang sau");
    assert_eq!(labelled(&ui, "page").as_deref(), Some("Trang 2 trên 2"));
    press(&ui, "Thận");
    press(&ui, "Trang trước");
    press(&ui, "Nhi");
    assert_eq!(*touches.borrow(), [service("than"), service("nhi")]);
}

#[test]
fn the_page_stays_while_counts_change_and_falls_back_when_the_list_shrinks() {
    let (ui, _) = listening();
    show(&ui, eleven_services());
    press(&ui, "Trang sau");
    show(&ui, eleven_services());
    assert!(labelled(&ui, "service-than").is_some());
    show(&ui, choosing("NGUYỄN VĂN MẪU", eight_services()));
    assert!(labelled(&ui, "service-noi").is_some());
}

#[test]
fn the_next_patient_starts_on_the_first_page() {
    let (ui, _) = listening();
    show(&ui, eleven_services());
    press(&ui, "Trang sau");
    show(&ui, View::Welcome { notices: Vec::new() });
    show(&ui, eleven_services());
    assert!(labelled(&ui, "service-noi").is_some());
}

#[test]
fn nothing_of_a_patient_is_left_on_the_next_screen() {
    let (ui, _) = listening();
    show(&ui, choosing("NGUYỄN VĂN MẪU", eight_services()));
    assert_eq!(labelled(&ui, "patient").as_deref(), Some("NGUYỄN V* MẪU"));
    show(&ui, number("A-042", PaperAdvice::Take));
    assert_eq!(labelled(&ui, "patient"), None);
    assert_eq!(labelled(&ui, "number").as_deref(), Some("A-042"));
    show(&ui, PRESENT_CARD);
    assert_eq!(labelled(&ui, "number"), None);
}

#[test]
fn every_control_has_a_label_an_id_and_room_for_a_finger() {
    let (ui, _) = listening();
    for view in every_view() {
        show(&ui, view.clone());
        let buttons = ElementQuery::from_root(ui.component()).match_accessible_role(AccessibleRole::Button).find_all();
        for button in buttons {
            let label = button.accessible_label().unwrap();
            assert!(!label.is_empty() && !button.accessible_id().unwrap().is_empty(), "{view:?}");
            let size = button.size();
            assert!(size.width >= TOUCH_PIXELS_MIN && size.height >= TOUCH_PIXELS_MIN, "{label}: {size:?}");
            let (at, window) = (button.absolute_position(), ui.component().window().size());
            assert!(at.x >= 0.0 && at.x + size.width <= window.width as f32, "{label} is off the screen");
            assert!(at.y >= 0.0 && at.y + size.height <= window.height as f32, "{label} is off the screen");
        }
    }
}

#[test]
fn every_touch_area_is_a_labelled_control() {
    let (ui, _) = listening();
    for view in every_view() {
        show(&ui, view.clone());
        let areas = ElementHandle::find_by_element_type_name(ui.component(), "TouchArea").count();
        let buttons = ElementQuery::from_root(ui.component()).match_accessible_role(AccessibleRole::Button).find_all();
        assert_eq!(areas, buttons.len(), "{view:?}");
    }
}
