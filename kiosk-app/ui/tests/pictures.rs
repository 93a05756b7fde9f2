//! Each screen as a patient sees it, in each language, in normal and large type and in high contrast, compared exactly.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test may fail by panicking")]

mod kiosk;
mod picture;
mod scenes;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use kiosk::{kiosk, show};
use kiosk_core::look::{Guidance, Language, Look, Reach, TextSize};
use kiosk_core::view::Screen;
use kiosk_ui::KioskUi;
use picture::Picture;
use scenes::{LANGUAGES, Scene, modes};
use slint::ComponentHandle;

fn code(look: Look) -> String {
    let language = match look.language {
        Language::Vietnamese => "vi",
        Language::English => "en",
        Language::Chinese => "zh",
    };
    format!("{language}-{:?}-{:?}", look.text, look.contrast).to_lowercase()
}

/// Draws each screen of a group in each of `looks`, and fails on the first sheet that is not as committed.
fn assert_look(group: &str, scenes: Vec<Scene>, looks: &[Look]) {
    let ui = kiosk();
    let mut found = BTreeMap::new();
    let committed = picture::digests(group);
    let mut changed = Vec::new();
    for (name, scene) in scenes {
        let before = found.len();
        let pictures: Vec<Picture> =
            looks.iter().map(|look| draw(&ui, &Screen { look: *look, ..scene.clone() })).collect();
        for (look, picture) in looks.iter().zip(&pictures) {
            found.insert(format!("{name} {}", code(*look)).replace(' ', "/"), picture.digest());
        }
        assert_eq!(found.len(), before + looks.len(), "{name} is there twice");
        let is_same = found
            .iter()
            .filter(|(key, _)| key.split('/').next() == Some(name))
            .all(|(key, digest)| committed.get(key) == Some(digest));
        if picture::is_update() {
            picture::write_sheet(&pictures, 3, &picture::reference_folder().join(format!("{name}.png")));
        } else if !is_same {
            let actual = picture::actual_sheet(name);
            picture::write_sheet(&pictures, 3, &actual);
            changed.push(actual);
        }
    }
    if picture::is_update() {
        picture::write_digests(group, &found);
    }
    assert!(changed.is_empty(), "drawn otherwise than committed: {changed:#?}");
    assert_eq!(found, picture::digests(group), "a picture is committed that is not drawn");
}

fn draw(ui: &KioskUi, screen: &Screen) -> Picture {
    show(ui, screen);
    Picture::of(ui.component().window())
}

fn nine() -> Vec<Look> {
    let looks: Vec<[Look; 3]> = LANGUAGES.into_iter().map(modes).collect();
    (0..3).flat_map(|mode| looks.iter().map(move |looks| looks[mode])).collect()
}

/// Every `parts`-th scene, beginning with `part`: so that the machine's cores share the work.
fn share(scenes: Vec<Scene>, part: usize, parts: usize) -> Vec<Scene> {
    scenes.into_iter().skip(part).step_by(parts).collect()
}

#[test]
fn beginnings() {
    assert_look("beginnings", scenes::beginnings(), &nine());
}

#[test]
fn people_1() {
    assert_look("people-1", share(scenes::people(), 0, 3), &nine());
}

#[test]
fn people_2() {
    assert_look("people-2", share(scenes::people(), 1, 3), &nine());
}

#[test]
fn people_3() {
    assert_look("people-3", share(scenes::people(), 2, 3), &nine());
}

#[test]
fn numbers_1() {
    assert_look("numbers-1", share(scenes::numbers(), 0, 2), &nine());
}

#[test]
fn numbers_2() {
    assert_look("numbers-2", share(scenes::numbers(), 1, 2), &nine());
}

#[test]
fn apologies() {
    assert_look("apologies", scenes::apologies(), &nine());
}

/// Controls in the lower half, in normal and large type.
#[test]
fn reach() {
    let wanted = ["choose-service", "type-number-typed", "choose-ticket", "declare-priority", "ask-appointment"];
    let scenes = scenes::all().into_iter().filter(|(name, _)| wanted.contains(name));
    let names = ["reach-services", "reach-appointment", "reach-declare", "reach-tickets", "reach-typing"];
    let named = |(name, scene): Scene| match name {
        "choose-service" => (names[0], scene),
        "ask-appointment" => (names[1], scene),
        "declare-priority" => (names[2], scene),
        "choose-ticket" => (names[3], scene),
        _ => (names[4], scene),
    };
    let low = Look { reach: Reach::Low, ..Look::default() };
    let looks = [TextSize::Normal, TextSize::Large].map(|text| Look { text, ..low });
    assert_look("reach", scenes.map(named).collect(), &looks);
}

/// While the voice speaks there are two buttons more.
#[test]
fn voice() {
    let spoken = |look: &Look| Look { guidance: Guidance::Spoken, ..*look };
    let looks: Vec<Look> = nine().iter().map(spoken).collect();
    assert_look("voice", vec![("welcome-spoken", scenes::welcome())], &looks);
}

/// The card goes in, is read, comes out, and the other side of the other card follows. Between the moves nothing is drawn:
/// that is most of the time.
#[test]
fn the_picture_of_the_card_moves_now_and_then() {
    let ui = kiosk();
    let mut last = draw(&ui, &scenes::welcome()).digest();
    let mut seen = BTreeSet::from([last.clone()]);
    let mut after = |ms| {
        i_slint_backend_testing::mock_elapsed_time(Duration::from_millis(ms));
        let digest = Picture::of(ui.component().window()).digest();
        let has_moved = std::mem::replace(&mut last, digest.clone()) != digest;
        seen.insert(digest);
        has_moved
    };
    for _side in 0..2 {
        for rest in [3_600, 1_600] {
            assert!(!after(rest - 10), "at rest");
            assert!(after(10), "on its way");
            let moves = (0..7).filter(|_| after(80)).count();
            assert_eq!(moves, 7, "eight pictures a move");
        }
    }
    assert_eq!(seen.len(), 18, "each side in nine places");
}

/// A screen does not depend on the one before it.
#[test]
fn a_screen_looks_the_same_whatever_came_before() {
    let ui = kiosk();
    let services = scenes::all().into_iter().find(|(name, _)| *name == "choose-service").unwrap().1;
    let first = draw(&ui, &services).digest();
    for (_, other) in scenes::numbers() {
        draw(&ui, &other);
    }
    assert_eq!(draw(&ui, &services).digest(), first);
}
