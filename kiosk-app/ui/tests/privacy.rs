//! A screen shows its own patient, and nothing of the one before.

#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

mod kiosk;
mod scenes;

use i_slint_backend_testing::ElementQuery;
use kiosk::{kiosk, labelled, show};
use kiosk_ui::KioskUi;
use scenes::welcome;

/// All words on screen, for eyes or for a voice.
fn all_words(ui: &KioskUi) -> String {
    let all = ElementQuery::from_root(ui.component()).find_all();
    let words = all.iter().flat_map(|found| [found.accessible_label(), found.accessible_description()]);
    words.flatten().map(|words| format!("{words}\n")).collect()
}

#[test]
fn nothing_of_a_patient_is_left_on_the_next_screen() {
    let ui = kiosk();
    for (name, scene) in scenes::all() {
        show(&ui, &scene);
        show(&ui, &welcome());
        let words = all_words(&ui);
        for secret in ["MẪU", "DƯƠNG", "A-042", "9 9 9", "Phòng", "Nội"] {
            assert!(!words.contains(secret), "{name} leaves {secret:?} behind: {words}");
        }
    }
}

#[test]
fn the_secrets_are_found_while_their_screen_is_shown() {
    let ui = kiosk();
    for (wanted, secret) in [("choose-service", "DƯƠNG"), ("number-take", "A-042"), ("type-number-typed", "9 9 9")] {
        let scene = scenes::all().into_iter().find(|(name, _)| *name == wanted).unwrap().1;
        show(&ui, &scene);
        assert!(all_words(&ui).contains(secret), "{wanted}");
    }
    assert!(labelled(&ui, "typed").is_some());
}
