//! `cargo xtask demo`: the product on virtual devices.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::console::say;
use crate::system_packages::{self, TO_BUILD_AND_TEST, TO_OPEN_WINDOWS};

pub mod binaries;
pub mod card_reader;
pub mod clinic;
pub mod dock;
pub mod enrolment;
pub mod headless;
pub mod levers;
pub mod picture;
pub mod process;
pub mod queue;
pub mod reading;
pub mod recorder;
pub mod run_dir;
pub mod stack;
pub mod touchscreen;
pub mod windows;

use headless::Outcome;
use stack::Percents;

/// How the demo is played.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mode {
    /// One visit, without a display.
    Headless {
        /// What the scanner sends; an invented card when absent.
        scan: Option<PathBuf>,
    },
    /// Windows and the dev dock, until a person closes them.
    Windows(Percents),
}

/// Installs what is missing, builds the programs and plays. `path` is the caller's PATH.
///
/// # Errors
/// What went wrong, in words for a person; above all a number that is not the same everywhere.
pub fn run(mode: &Mode, out: &Path, path: &str) -> Result<()> {
    match mode {
        Mode::Windows(percents) => {
            system_packages::ensure(TO_BUILD_AND_TEST, path)?;
            system_packages::ensure(TO_OPEN_WINDOWS, path)?;
            say("Building kiosk, queue service and display; the first time takes some minutes.");
            windows::play(*percents, say)
        }
        Mode::Headless { scan } => {
            let scan = match scan {
                Some(file) => fs::read(file).with_context(|| format!("cannot read {}", file.display()))?,
                None => headless::SAMPLE_CARD.as_bytes().to_vec(),
            };
            system_packages::ensure(TO_BUILD_AND_TEST, path)?;
            say("Building kiosk, queue service and display; the first time takes some minutes.");
            report(&headless::play(out, &scan)?, out);
            Ok(())
        }
    }
}

fn report(visit: &headless::Visit, out: &Path) {
    match (visit.outcome, &visit.number) {
        (Outcome::Ticket, Some(numbers)) => {
            let number = numbers.agreed().unwrap_or("?");
            say(&format!("Number {number}: the same on screen, on paper, in the store and on the display."));
        }
        (Outcome::Ticket | Outcome::Refused, _) => say("Refused: what was held up is no identity token."),
    }
    say(&format!("Pictures and visit.json are in {}", out.display()));
}
