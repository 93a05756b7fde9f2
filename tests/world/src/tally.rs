//! What happened, counted.

use std::collections::BTreeMap;

use kiosk_hal::printer::PrintOutcome;

/// Counts of one world, or of many.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "each field is what its name counts")]
pub struct Tally {
    pub worlds: u64,
    pub days: u64,
    pub events: u64,
    pub visits: u64,
    pub scans: u64,
    pub issued: u64,
    pub provisional: u64,
    pub voids: u64,
    pub hand_overs: u64,
    pub calls: u64,
    pub steps: u64,
    pub papers_confirmed: u64,
    pub papers_failed: u64,
    pub papers_uncertain: u64,
    pub messages: u64,
    pub messages_lost: u64,
    pub messages_twice: u64,
    pub retries: u64,
    pub frames: u64,
    pub connections: u64,
    pub store_failures: u64,
    pub lines_refused: u64,
    pub power_cuts: u64,
    /// Faults by kind.
    pub faults: BTreeMap<&'static str, u64>,
    /// How often each promise was looked at.
    pub checked: BTreeMap<&'static str, u64>,
}

impl Tally {
    /// Counts a print by its outcome.
    pub const fn prints(&mut self, outcome: PrintOutcome) {
        match outcome {
            PrintOutcome::Confirmed => self.papers_confirmed += 1,
            PrintOutcome::Failed(_) => self.papers_failed += 1,
            PrintOutcome::Uncertain(_) => self.papers_uncertain += 1,
        }
    }

    /// The counts with their names, in order.
    #[must_use]
    pub fn rows(&self) -> Vec<(String, u64)> {
        let plain = [
            ("worlds", self.worlds),
            ("hospital days", self.days),
            ("steps of the worlds", self.events),
            ("visits", self.visits),
            ("scans", self.scans),
            ("tickets of the service", self.issued),
            ("provisional tickets", self.provisional),
            ("voids", self.voids),
            ("hand-overs", self.hand_overs),
            ("calls", self.calls),
            ("steps of numbers", self.steps),
            ("papers confirmed", self.papers_confirmed),
            ("papers failed", self.papers_failed),
            ("papers uncertain", self.papers_uncertain),
            ("messages", self.messages),
            ("messages lost", self.messages_lost),
            ("messages that came twice", self.messages_twice),
            ("retries", self.retries),
            ("frames to displays", self.frames),
            ("connections of displays", self.connections),
            ("requests the store failed", self.store_failures),
            ("lines a kiosk's disk refused", self.lines_refused),
            ("kiosks that lost power", self.power_cuts),
        ];
        let faults = self.faults.iter().map(|(name, count)| (format!("fault: {name}"), *count));
        let checked = self.checked.iter().map(|(name, count)| (format!("promise: {name}"), *count));
        plain.into_iter().map(|(name, count)| (name.to_owned(), count)).chain(faults).chain(checked).collect()
    }

    /// Adds another world's counts.
    pub fn add(&mut self, other: &Self) {
        let pairs = [
            (&mut self.worlds, other.worlds),
            (&mut self.days, other.days),
            (&mut self.events, other.events),
            (&mut self.visits, other.visits),
            (&mut self.scans, other.scans),
            (&mut self.issued, other.issued),
            (&mut self.provisional, other.provisional),
            (&mut self.voids, other.voids),
            (&mut self.hand_overs, other.hand_overs),
            (&mut self.calls, other.calls),
            (&mut self.steps, other.steps),
            (&mut self.papers_confirmed, other.papers_confirmed),
            (&mut self.papers_failed, other.papers_failed),
            (&mut self.papers_uncertain, other.papers_uncertain),
            (&mut self.messages, other.messages),
            (&mut self.messages_lost, other.messages_lost),
            (&mut self.messages_twice, other.messages_twice),
            (&mut self.retries, other.retries),
            (&mut self.frames, other.frames),
            (&mut self.connections, other.connections),
            (&mut self.store_failures, other.store_failures),
            (&mut self.lines_refused, other.lines_refused),
            (&mut self.power_cuts, other.power_cuts),
        ];
        for (mine, theirs) in pairs {
            *mine += theirs;
        }
        for (mine, theirs) in [(&mut self.faults, &other.faults), (&mut self.checked, &other.checked)] {
            for (name, count) in theirs {
                *mine.entry(name).or_default() += count;
            }
        }
    }
}
