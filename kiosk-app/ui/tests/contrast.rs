//! Words can be read by weak eyes: at least 7:1 (WCAG 2.2, success criterion 1.4.6), in normal colours and in high
//! contrast.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test may fail by panicking")]

use std::collections::HashMap;

const CONTRAST_MIN: f64 = 7.0;
/// What is no text and must be told from its ground (success criterion 1.4.11).
const LINE_CONTRAST_MIN: f64 = 3.0;

/// Which ink is used on which ground.
const PAIRS: [(&str, &str); 16] = [
    ("ink", "page"),
    ("ink", "card"),
    ("ink", "tint"),
    ("ink-soft", "page"),
    ("ink-soft", "card"),
    ("brand", "page"),
    ("brand", "card"),
    ("brand", "tint"),
    ("brand", "closed"),
    ("on-brand", "brand"),
    ("on-brand", "brand-pressed"),
    ("on-device", "device"),
    ("closed-ink", "closed"),
    ("care-ink", "care"),
    ("ink", "closed"),
    ("ink", "care"),
];

/// Frames that say something: where the keys are, what is a button, what is ticked.
const LINES: [(&str, &str); 4] = [("focus", "page"), ("focus", "card"), ("brand", "page"), ("brand", "card")];

/// Each colour in normal colours and in high contrast.
fn colours() -> HashMap<String, [u32; 2]> {
    let theme = include_str!("../ui/theme.slint");
    let colour = |line: &str| {
        let (name, value) = line.trim().strip_prefix("out property <color> ")?.split_once(": root.contrast ? #")?;
        let (high, normal) = value.strip_suffix(';')?.split_once(" : #")?;
        Some((name.to_owned(), [u32::from_str_radix(normal, 16).ok()?, u32::from_str_radix(high, 16).ok()?]))
    };
    theme.lines().filter_map(colour).collect()
}

/// Relative luminance as WCAG 2.2 defines it.
fn luminance(colour: u32) -> f64 {
    let channel = |shift: u32| {
        let value = f64::from((colour >> shift) & 0xff) / 255.0;
        if value <= 0.040_45 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * channel(16) + 0.7152 * channel(8) + 0.0722 * channel(0)
}

fn contrast(one: u32, other: u32) -> f64 {
    let (one, other) = (luminance(one) + 0.05, luminance(other) + 0.05);
    one.max(other) / one.min(other)
}

fn assert_contrast(pairs: &[(&str, &str)], least: f64) {
    let colours = colours();
    for (ink, ground) in pairs {
        for mode in [0, 1] {
            let ratio = contrast(colours[*ink][mode], colours[*ground][mode]);
            assert!(ratio >= least, "{ink} on {ground} in mode {mode}: {ratio:.2}:1");
        }
    }
}

#[test]
fn every_ink_stands_out_from_its_ground() {
    assert_contrast(&PAIRS, CONTRAST_MIN);
}

#[test]
fn every_frame_that_says_something_can_be_seen() {
    assert_contrast(&LINES, LINE_CONTRAST_MIN);
}

/// The screens name no colour of their own; the drawing of the card has the card's colours, and no text.
#[test]
fn no_screen_has_a_colour_that_is_not_measured() {
    let ui = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("ui");
    let mut stray = Vec::new();
    for folder in [ui.clone(), ui.join("parts"), ui.join("screens")] {
        for file in std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()) {
            let is_free = file.ends_with("theme.slint") || file.ends_with("id_card.slint");
            if is_free || file.extension().is_none_or(|ending| ending != "slint") {
                continue;
            }
            let text = std::fs::read_to_string(&file).unwrap();
            let has_colour = |line: &&str| line.contains(": #") || line.contains("? #");
            stray.extend(text.lines().filter(has_colour).map(|line| format!("{}: {line}", file.display())));
        }
    }
    // The light of the scanner is no text.
    stray.retain(|line| !line.contains("root.is-read"));
    assert!(stray.is_empty(), "{stray:#?}");
}

#[test]
fn grey_on_white_would_be_refused() {
    assert!(contrast(0x77_77_77, 0xff_ff_ff) < CONTRAST_MIN);
    assert!((contrast(0, 0xff_ff_ff) - 21.0).abs() < 0.01);
}

/// Pixels a millimetre of the 21.5 inch panel, and how high capitals and small letters of Noto Sans are in their type.
const PIXELS_A_MILLIMETRE: f64 = 4.032;
const CAPITAL_HEIGHT: f64 = 0.714;
const X_HEIGHT: f64 = 0.536;
const LETTER_MILLIMETRES_MIN: f64 = 8.0;

fn sizes(line: &str) -> Vec<f64> {
    let numbers = line.split("px").filter_map(|part| part.rsplit(|mark: char| !mark.is_ascii_digit()).next());
    numbers.filter_map(|number| number.parse().ok()).collect()
}

/// Capitals are at least 8 mm high in normal type, small letters in large type.
#[test]
fn the_smallest_letters_are_eight_millimetres_high() {
    let theme = include_str!("../ui/theme.slint");
    for line in theme.lines().filter(|line| line.contains("root.large ? ")) {
        let [large, normal] = sizes(line)[..] else { panic!("{line}") };
        assert!(normal * CAPITAL_HEIGHT / PIXELS_A_MILLIMETRE >= LETTER_MILLIMETRES_MIN, "{line}");
        assert!(large * X_HEIGHT / PIXELS_A_MILLIMETRE >= LETTER_MILLIMETRES_MIN - 0.05, "{line}");
    }
    let mut count = 0;
    let ui = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("ui");
    for folder in ["parts", "screens"] {
        for file in std::fs::read_dir(ui.join(folder)).unwrap().map(|file| file.unwrap().path()) {
            let text = std::fs::read_to_string(&file).unwrap();
            for line in text.lines().filter(|line| line.trim_start().starts_with("font-size:")) {
                let smallest = sizes(line).into_iter().fold(f64::INFINITY, f64::min);
                let height = smallest * CAPITAL_HEIGHT / PIXELS_A_MILLIMETRE;
                assert!(height >= LETTER_MILLIMETRES_MIN, "{}: {line}", file.display());
                count += 1;
            }
        }
    }
    assert!(count > 20, "{count} sizes found");
}
