//! What the kiosk has done since it was set up: tickets, paper, faults. No patient data.
//!
//! One TOML file in `state_dir`, swapped whole, so that a power cut leaves the old one or the new one. A count that was
//! lost costs nobody a number: a file that cannot be read is begun anew, and one that cannot be written is logged.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use kiosk_hal::fault::Fault;
use kiosk_hal::printer::PrintOutcome;
use serde::{Deserialize, Serialize};

use crate::states::Device;

const FILE: &str = "counters.toml";

/// The counts.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Counts {
    /// Starts of the program.
    pub starts: u64,
    /// Tickets the printer confirmed.
    pub tickets_confirmed: u64,
    /// Tickets of which nobody knows whether they came out.
    pub tickets_uncertain: u64,
    /// Tickets that did not come out.
    pub tickets_failed: u64,
    /// Paper of confirmed and uncertain tickets, in mm.
    pub paper_mm: u64,
    /// Codes read.
    pub scans: u64,
    /// Chips read.
    pub chips: u64,
    /// How often each fault began, as `printer.paper_out`.
    pub faults: BTreeMap<String, u64>,
}

/// The counts and their file. Clones count together.
#[derive(Debug, Clone)]
pub struct Counters(Arc<Mutex<Open>>);

#[derive(Debug)]
struct Open {
    path: PathBuf,
    counts: Counts,
}

impl Counters {
    /// The counts in `dir`; one more start.
    pub fn open(dir: &Path) -> Self {
        let path = dir.join(FILE);
        let counts = fs::read_to_string(&path).ok().and_then(|text| toml::from_str(&text).ok()).unwrap_or_default();
        let counters = Self(Arc::new(Mutex::new(Open { path, counts })));
        counters.change(|counts| counts.starts += 1);
        counters
    }

    /// What was counted so far.
    pub fn counts(&self) -> Counts {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).counts.clone()
    }

    /// One job has ended; `paper_mm` of paper were printed for it.
    pub fn printed(&self, outcome: PrintOutcome, paper_mm: u64) {
        self.change(|counts| match outcome {
            PrintOutcome::Confirmed => {
                counts.tickets_confirmed += 1;
                counts.paper_mm += paper_mm;
            }
            PrintOutcome::Uncertain(_) => {
                counts.tickets_uncertain += 1;
                counts.paper_mm += paper_mm;
            }
            PrintOutcome::Failed(_) => counts.tickets_failed += 1,
        });
    }

    /// A fault has begun.
    pub fn fault(&self, device: Device, fault: Fault) {
        self.change(|counts| *counts.faults.entry(format!("{}.{}", device.word(), fault.code())).or_default() += 1);
    }

    /// A code was read.
    pub fn scanned(&self) {
        self.change(|counts| counts.scans += 1);
    }

    /// A chip was read.
    pub fn chip_read(&self) {
        self.change(|counts| counts.chips += 1);
    }

    fn change(&self, change: impl FnOnce(&mut Counts)) {
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut open.counts);
        if let Err(error) = open.save() {
            tracing::warn!("the counters are not on the disk: {error}");
        }
    }
}

impl Open {
    fn save(&self) -> io::Result<()> {
        let text = toml::to_string(&self.counts).map_err(io::Error::other)?;
        let new = self.path.with_extension("new");
        let mut file = File::create(&new)?;
        file.write_all(text.as_bytes())?;
        file.sync_data()?;
        fs::rename(&new, &self.path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_go_on_after_a_restart_and_a_broken_file_begins_anew() {
        let dir = tempfile::tempdir().unwrap();
        let counters = Counters::open(dir.path());
        counters.printed(PrintOutcome::Confirmed, 90);
        counters.printed(PrintOutcome::Uncertain(Fault::Offline), 90);
        counters.printed(PrintOutcome::Failed(Fault::PaperOut), 0);
        counters.fault(Device::Printer, Fault::PaperOut);
        let counts = Counters::open(dir.path()).counts();
        assert_eq!((counts.starts, counts.tickets_confirmed, counts.paper_mm), (2, 1, 180));
        assert_eq!((counts.tickets_uncertain, counts.tickets_failed), (1, 1));
        assert_eq!(counts.faults.get("printer.paper_out"), Some(&1));
        fs::write(dir.path().join(FILE), "not = [").unwrap();
        assert_eq!(Counters::open(dir.path()).counts(), Counts { starts: 1, ..Counts::default() });
    }
}
