//! The kiosk's window on Slint's testing backend: real pixels, a clock that moves only when told.

#![allow(dead_code, reason = "each test uses its part")]

use std::time::Duration;

use i_slint_backend_testing::{AccessibleRole, ElementHandle, ElementQuery, TestingBackend, TestingBackendOptions};
use kiosk_core::view::Screen;
use kiosk_ui::KioskUi;
use slint::ComponentHandle;
use slint::platform::{PointerEventButton, WindowEvent};

/// A window on the testing backend, as large as the panel.
pub fn kiosk() -> KioskUi {
    let options = TestingBackendOptions { mock_time: true, threading: false, renderer_name: Some("software".into()) };
    slint::platform::set_platform(Box::new(TestingBackend::new(options))).unwrap();
    let ui = KioskUi::new().unwrap();
    ui.component().show().unwrap();
    ui.component().window().set_size(slint::PhysicalSize::new(1080, 1920));
    ui
}

pub fn show(ui: &KioskUi, screen: &Screen) {
    ui.show_view(screen);
    i_slint_backend_testing::mock_elapsed_time(Duration::ZERO);
}

pub fn buttons(ui: &KioskUi) -> Vec<ElementHandle> {
    let found = ElementQuery::from_root(ui.component()).match_accessible_role(AccessibleRole::Button).find_all();
    found.into_iter().filter(is_drawn).collect()
}

/// The button a patient would look for by its words.
pub fn button(ui: &KioskUi, label: &str) -> ElementHandle {
    let has_label = |found: &ElementHandle| found.accessible_label().is_some_and(|found| found == label);
    let labels: Vec<_> = buttons(ui).iter().filter_map(ElementHandle::accessible_label).collect();
    buttons(ui).into_iter().find(has_label).unwrap_or_else(|| panic!("no {label:?} among {labels:?}"))
}

pub fn press(ui: &KioskUi, label: &str) {
    button(ui, label).mock_single_click(PointerEventButton::Left);
    i_slint_backend_testing::mock_elapsed_time(Duration::ZERO);
}

/// A key of the tactile keypad.
pub fn key(ui: &KioskUi, key: impl Into<slint::SharedString>) {
    let text = key.into();
    ui.component().window().dispatch_event(WindowEvent::KeyPressed { text: text.clone() });
    ui.component().window().dispatch_event(WindowEvent::KeyReleased { text });
    i_slint_backend_testing::mock_elapsed_time(Duration::ZERO);
}

/// The words of the element with this id, if it is on screen.
pub fn labelled(ui: &KioskUi, id: &'static str) -> Option<String> {
    let has_id = move |found: &ElementHandle| found.accessible_id().is_some_and(|found| found == id);
    let found = ElementQuery::from_root(ui.component()).match_predicate(has_id).find_first()?;
    found.accessible_label().map(Into::into)
}

/// Whether it is drawn at all: a hidden button keeps its place and has no opacity.
pub fn is_drawn(element: &ElementHandle) -> bool {
    element.size().width > 0.0 && element.size().height > 0.0 && element.computed_opacity() > 0.0
}
