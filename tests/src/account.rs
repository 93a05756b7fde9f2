//! Every number accounted for: what patients saw, what came out on paper and what the service has, side by side.

use std::collections::BTreeSet;

use anyhow::{Result, ensure};
use xtask::demo::reading::largest_number;

use crate::database::{StoredTicket, tickets};
use crate::{Hospital, eventually, open_requests};

/// Screens with a number that its patient is meant to keep.
pub const NUMBER_SCREENS: [&str; 3] = ["number-printing", "number-take", "number-write-down"];

/// What patients have seen so far.
#[derive(Debug, Default)]
pub struct Account {
    /// Numbers read from screens.
    seen: BTreeSet<String>,
    /// Requests whose numbers the kiosk had on disk as shown.
    shown: BTreeSet<String>,
}

impl Account {
    /// Looks at the kiosk's screen and at its journal, such as in the moment before a kill.
    ///
    /// # Errors
    /// The screen cannot be read.
    pub fn look(&mut self, hospital: &Hospital) -> Result<()> {
        self.read_journal(hospital);
        // A kiosk that was killed has no screen.
        if let Ok(frame) = hospital.stack.kiosk_screen().look()
            && NUMBER_SCREENS.contains(&frame.glance.title.as_str())
        {
            self.seen.extend(largest_number(&frame.grey()));
        }
        Ok(())
    }

    /// A number that a patient has read.
    pub fn saw(&mut self, number: &str) {
        self.seen.insert(number.to_owned());
    }

    /// Reads what the journal says was shown.
    pub fn read_journal(&mut self, hospital: &Hospital) {
        self.shown.extend(hospital.journal().iter().filter_map(|line| line.strip_suffix(" shown")).map(str::to_owned));
    }

    /// Waits until the kiosk has settled and the queue has every number that was seen, and then compares.
    ///
    /// # Errors
    /// A number that was seen or printed is not in the queue, is there twice, is void, or came out on two papers; a
    /// number in the queue that nobody saw; a request that stays open.
    pub fn balance(&mut self, hospital: &Hospital) -> Result<()> {
        self.read_journal(hospital);
        let printed: Vec<String> = hospital.papers()?.into_iter().flatten().collect();
        let once: BTreeSet<&String> = printed.iter().collect();
        ensure!(once.len() == printed.len(), "a number came out on two papers: {printed:?}");
        let mut told = self.seen.clone();
        told.extend(printed);
        let database = hospital.stack.database();
        let settled = || {
            let stored = tickets(&database)?;
            let all_there = told.iter().all(|number| stored.iter().any(|ticket| ticket.number == *number));
            Ok(all_there && open_requests(&hospital.journal()).is_empty())
        };
        if let Err(error) = eventually("every number to be settled", settled) {
            return Err(error.context(format!("told {told:?}, stored {:?}", tickets(&database)?)));
        }
        self.compare(&told, &tickets(&database)?)
    }

    fn compare(&self, told: &BTreeSet<String>, stored: &[StoredTicket]) -> Result<()> {
        let numbers: BTreeSet<&String> = stored.iter().map(|ticket| &ticket.number).collect();
        ensure!(numbers.len() == stored.len(), "a number is there twice: {stored:?}");
        for ticket in stored {
            let is_void = ticket.state == "voided";
            let was_told = told.contains(&ticket.number);
            ensure!(!(is_void && was_told), "a patient has {ticket:?}, and it is void");
            ensure!(is_void || was_told || self.shown.contains(&ticket.request), "nobody saw {ticket:?}");
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stored(number: &str, state: &str) -> StoredTicket {
        StoredTicket { request: format!("request of {number}"), number: number.into(), state: state.into() }
    }

    #[test]
    fn each_way_in_which_a_number_goes_wrong_is_named() {
        let account = Account::default();
        let told = BTreeSet::from(["A-001".to_owned()]);
        let says = |stored: &[StoredTicket]| account.compare(&told, stored).map_err(|error| error.to_string());
        assert_eq!(says(&[stored("A-001", "called"), stored("A-002", "voided")]), Ok(()));
        assert!(says(&[stored("A-001", "voided")]).unwrap_err().contains("it is void"));
        assert!(says(&[stored("A-001", "called"), stored("A-002", "waiting")]).unwrap_err().contains("nobody saw"));
        assert!(says(&[stored("A-001", "called"), stored("A-001", "waiting")]).unwrap_err().contains("twice"));
    }
}
