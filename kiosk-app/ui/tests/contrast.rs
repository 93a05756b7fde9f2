//! Words can be read by weak eyes: at least 7:1 (WCAG 2.2, success criterion 1.4.6).

use std::collections::HashMap;

const CONTRAST_MIN: f64 = 7.0;

/// Which ink is used on which ground.
const PAIRS: [(&str, &str); 13] = [
    ("ink", "page"),
    ("ink", "card"),
    ("ink", "tint"),
    ("ink-soft", "page"),
    ("ink-soft", "card"),
    ("brand", "page"),
    ("brand", "card"),
    ("brand", "tint"),
    ("on-brand", "brand"),
    ("on-brand", "brand-pressed"),
    ("on-brand", "ink"),
    ("closed-ink", "closed"),
    ("care-ink", "care"),
];

fn colours() -> HashMap<String, u32> {
    let theme = include_str!("../ui/theme.slint");
    let colour = |line: &str| {
        let (name, value) = line.trim().strip_prefix("out property <color> ")?.split_once(": #")?;
        Some((name.to_owned(), u32::from_str_radix(value.strip_suffix(';')?, 16).ok()?))
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

#[test]
fn every_ink_stands_out_from_its_ground() {
    let colours = colours();
    for (ink, ground) in PAIRS {
        let ratio = contrast(colours[ink], colours[ground]);
        assert!(ratio >= CONTRAST_MIN, "{ink} on {ground}: {ratio:.2}:1");
    }
}

#[test]
fn grey_on_white_would_be_refused() {
    assert!(contrast(0x77_77_77, 0xff_ff_ff) < CONTRAST_MIN);
    assert!((contrast(0, 0xff_ff_ff) - 21.0).abs() < 0.01);
}
