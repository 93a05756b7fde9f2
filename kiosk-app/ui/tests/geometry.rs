//! Every control of every screen, in every language, type size and reach: large enough, whole, labelled, in its place.

#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

mod kiosk;
mod scenes;

use std::collections::HashSet;

use i_slint_backend_testing::{AccessibleRole, ElementHandle, ElementQuery};
use kiosk::{buttons, is_drawn, kiosk, show};
use kiosk_core::look::{Look, Reach};
use kiosk_core::view::Screen;
use kiosk_ui::KioskUi;
use scenes::{Scene, layouts};

/// Of the 21.5 inch panel: 476.1 mm on 1,920 pixels.
const MILLIMETRES_A_PIXEL: f32 = 0.248;
const TARGET_MILLIMETRES_MIN: f32 = 20.0;
const WIDTH: f32 = 1080.0;
const HEIGHT: f32 = 1920.0;
/// In reach mode no control begins above this.
const MIDDLE: f32 = HEIGHT / 2.0;

#[derive(Debug, Clone)]
struct Area {
    #[expect(dead_code, reason = "printed by Debug")]
    what: String,
    left: f32,
    top: f32,
    right: f32,
    bottom: f32,
}

impl Area {
    fn of(element: &ElementHandle, what: String) -> Self {
        let (at, size) = (element.absolute_position(), element.size());
        Self { what, left: at.x, top: at.y, right: at.x + size.width, bottom: at.y + size.height }
    }

    fn is_inside(&self, other: &Self) -> bool {
        let slack = 0.6;
        self.left >= other.left - slack
            && self.top >= other.top - slack
            && self.right <= other.right + slack
            && self.bottom <= other.bottom + slack
    }

    fn shares_a_pixel(&self, other: &Self) -> bool {
        self.left < other.right && other.left < self.right && self.top < other.bottom && other.top < self.bottom
    }

    /// More than a line's empty edge.
    fn overlaps(&self, other: &Self) -> bool {
        let slack = 14.0;
        self.left + slack < other.right
            && other.left + slack < self.right
            && self.top + slack < other.bottom
            && other.top + slack < self.bottom
    }
}

fn panel() -> Area {
    Area { what: "panel".into(), left: 0.0, top: 0.0, right: WIDTH, bottom: HEIGHT }
}

fn controls(ui: &KioskUi) -> Vec<Area> {
    let area = |button: &ElementHandle| Area::of(button, button.accessible_label().unwrap_or_default().into());
    buttons(ui).iter().map(area).collect()
}

/// What the technician's layer takes touches with while it is closed.
fn corners(ui: &KioskUi) -> Vec<Area> {
    let found = ElementQuery::from_root(ui.component()).match_inherits("Corner").find_all();
    found.iter().map(|corner| Area::of(corner, "corner".into())).collect()
}

fn texts(ui: &KioskUi) -> Vec<Area> {
    let found = ElementQuery::from_root(ui.component()).match_inherits("Text").find_all();
    found.iter().filter(|text| is_drawn(text)).map(|text| Area::of(text, format!("{:?}", text.id()))).collect()
}

/// Shows each of `scenes` in each layout and asks `complain` what is wrong with it.
fn walk(scenes: Vec<Scene>, complain: impl Fn(&KioskUi, Look) -> Vec<String>) {
    let ui = kiosk();
    let mut complaints = Vec::new();
    for look in layouts() {
        for (name, scene) in &scenes {
            show(&ui, &Screen { look, ..scene.clone() });
            complaints.extend(complain(&ui, look).into_iter().map(|said| format!("{name} {look:?}: {said}")));
        }
    }
    assert!(complaints.is_empty(), "{} complaints:\n{}", complaints.len(), complaints.join("\n"));
}

/// Targets of at least 20 mm, whole on the panel, in the lower half in reach mode, none on top of another.
fn about_controls(ui: &KioskUi, look: Look) -> Vec<String> {
    let controls = controls(ui);
    let mut said = Vec::new();
    for (place, control) in controls.iter().enumerate() {
        let least = (control.right - control.left).min(control.bottom - control.top) * MILLIMETRES_A_PIXEL;
        if least < TARGET_MILLIMETRES_MIN {
            said.push(format!("{control:?} is {least} mm"));
        }
        if !control.is_inside(&panel()) {
            said.push(format!("{control:?} is not whole on the panel"));
        }
        if look.reach == Reach::Low && control.top < MIDDLE - 1.0 {
            said.push(format!("{control:?} is out of reach"));
        }
        for other in &controls[..place] {
            if control.overlaps(other) || control.is_inside(other) {
                said.push(format!("{control:?} is on {other:?}"));
            }
        }
    }
    said
}

/// Sentences with a sign stand apart from each other and from every control, and are whole on the panel.
fn about_sentences(ui: &KioskUi, _look: Look) -> Vec<String> {
    let found = ElementQuery::from_root(ui.component()).match_inherits("Panel").find_all();
    let sentences: Vec<Area> = found
        .iter()
        .filter(|sentence| is_drawn(sentence))
        .map(|sentence| Area::of(sentence, format!("{:?}", sentence.id())))
        .collect();
    let controls = if sentences.is_empty() { Vec::new() } else { controls(ui) };
    let mut said = Vec::new();
    for (place, sentence) in sentences.iter().enumerate() {
        let others = controls.iter().chain(&sentences[..place]);
        let below = others.filter(|other| other.shares_a_pixel(sentence));
        said.extend(below.map(|other| format!("{sentence:?} is on {other:?}")));
        if !sentence.is_inside(&panel()) {
            said.push(format!("{sentence:?} is not whole on the panel"));
        }
    }
    said
}

/// Texts are whole on the panel; each is in a control or beside it; none is on another.
fn about_texts(ui: &KioskUi, _look: Look) -> Vec<String> {
    let (controls, texts) = (controls(ui), texts(ui));
    let mut said = Vec::new();
    for (place, text) in texts.iter().enumerate() {
        if !text.is_inside(&panel()) {
            said.push(format!("{text:?} is not whole on the panel"));
        }
        for control in &controls {
            if text.overlaps(control) && !text.is_inside(control) {
                said.push(format!("{text:?} leaves {control:?}"));
            }
        }
        for other in &texts[..place] {
            if text.overlaps(other) {
                said.push(format!("{text:?} is on {other:?}"));
            }
        }
    }
    said
}

/// Each control has a label and an id, and no two have the same.
fn about_labels(ui: &KioskUi, _look: Look) -> Vec<String> {
    let (mut labels, mut ids) = (HashSet::new(), HashSet::new());
    let mut said = Vec::new();
    for button in buttons(ui) {
        let (label, id) = (button.accessible_label().unwrap_or_default(), button.accessible_id().unwrap_or_default());
        if label.is_empty() || id.is_empty() {
            said.push(format!("a control without label or id: {label:?} {id:?}"));
        }
        if !labels.insert(label.clone()) || !ids.insert(id.clone()) {
            said.push(format!("a control is there twice: {label:?} {id:?}"));
        }
    }
    let areas = ElementHandle::find_by_element_type_name(ui.component(), "TouchArea").filter(is_drawn).count();
    let all = ElementQuery::from_root(ui.component()).match_accessible_role(AccessibleRole::Button).find_all();
    let (controls, corners) = (all.iter().filter(|button| is_drawn(button)).count(), corners(ui).len());
    if areas != controls + corners {
        said.push(format!("{areas} places to touch, {controls} controls and {corners} corners"));
    }
    said
}

/// The corners that a technician holds take no touch that was meant for a control.
fn about_corners(ui: &KioskUi, _look: Look) -> Vec<String> {
    let (controls, corners) = (controls(ui), corners(ui));
    let taken = |corner: &Area| controls.iter().filter(|control| control.shares_a_pixel(corner)).cloned().collect();
    let taken = corners.iter().flat_map(|corner| -> Vec<Area> { taken(corner) });
    taken.map(|control| format!("{control:?} is below a corner")).collect()
}

fn about_all(ui: &KioskUi, look: Look) -> Vec<String> {
    let mut said = about_controls(ui, look);
    said.extend(about_corners(ui, look));
    said.extend(about_texts(ui, look));
    said.extend(about_sentences(ui, look));
    said.extend(about_labels(ui, look));
    said
}

#[test]
fn beginnings_are_in_their_place() {
    walk(scenes::beginnings(), about_all);
}

#[test]
fn screens_of_people_are_in_their_place() {
    walk(scenes::people(), about_all);
}

#[test]
fn screens_of_numbers_are_in_their_place() {
    walk(scenes::numbers(), about_all);
}

#[test]
fn apologies_are_in_their_place() {
    walk(scenes::apologies(), about_all);
}

#[test]
fn an_overlap_and_a_small_target_would_be_noticed() {
    let area = |left, right| Area { what: String::new(), left, top: 0.0, right, bottom: 100.0 };
    assert!(area(0.0, 100.0).overlaps(&area(50.0, 150.0)));
    assert!(!area(0.0, 100.0).overlaps(&area(100.0, 200.0)));
    assert!(!area(1000.0, 1100.0).is_inside(&panel()));
}
