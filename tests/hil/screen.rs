//! Which screen a picture of the panel shows: the reference picture of the kiosk's tests that it is nearest to.

use std::fs;

use anyhow::{Context, Result};
use xtask::demo::binaries::workspace_root;
use xtask::demo::picture::Grey;

/// How far two pixels of the same screen may lie apart: the panel has fewer shades.
const SHADES: u8 = 32;
/// Pixels in a thousand that may differ from the reference: hospital, services and numbers are others.
pub const PERMILLE_MAX: usize = 150;
/// Where the reference pictures are.
const REFERENCES: &str = "kiosk-app/ui/tests/reference";
/// The screens of a visit.
const NAMES: &[&str] = &[
    "welcome",
    "welcome-notices",
    "present-card",
    "choose-service",
    "issuing",
    "number-printing",
    "number-take",
    "number-write-down",
    "apology-card",
    "apology-no-number",
];

/// The reference pictures.
pub struct Screens(Vec<(&'static str, Grey)>);

impl Screens {
    /// Reads them.
    ///
    /// # Errors
    /// One is missing.
    pub fn read() -> Result<Self> {
        let folder = workspace_root().join(REFERENCES);
        let picture = |name: &&'static str| -> Result<(&'static str, Grey)> {
            let path = folder.join(format!("{name}.png"));
            let bytes = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
            Ok((*name, Grey::of_png(&bytes)?))
        };
        NAMES.iter().map(picture).collect::<Result<_>>().map(Self)
    }

    /// The nearest one, and how many pixels in a thousand differ.
    pub fn nearest(&self, picture: &Grey) -> (&'static str, usize) {
        let far = ("no screen", 1_000);
        self.0.iter().map(|(name, one)| (*name, difference(one, picture))).min_by_key(|(_, by)| *by).unwrap_or(far)
    }
}

/// Pixels in a thousand that differ visibly.
fn difference(one: &Grey, other: &Grey) -> usize {
    if (one.width, one.height) != (other.width, other.height) {
        return 1_000;
    }
    let differs = one.pixels.iter().zip(&other.pixels).filter(|(one, other)| one.abs_diff(**other) > SHADES).count();
    differs * 1_000 / one.pixels.len().max(1)
}
