//! What became of each request, folded from the journal, so that a power cut loses no number silently.

use std::collections::BTreeMap;

use queue_protocol::model::RequestId;

/// One line of the journal about one request. A request's lines only ever move downwards in this list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Entry {
    /// It is about to be sent.
    Requested,
    /// Its number was on screen for its patient: it is valid, whatever happens to the kiosk.
    Shown,
    /// It must be taken back, until the queue service has confirmed.
    VoidWanted,
    /// The queue service has confirmed that nothing of it is valid.
    Voided,
}

/// The newest entry of every request that still matters.
///
/// A voided request is forgotten at once; a shown one by [`Ledger::forget_shown`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ledger {
    open: BTreeMap<RequestId, Entry>,
}

impl Ledger {
    /// Folds one line in. A line that arrives twice or after a later one changes nothing.
    pub fn apply(&mut self, request: RequestId, entry: Entry) {
        let known = self.open.get(&request).copied();
        match (known, entry) {
            (_, Entry::Voided) => {
                self.open.remove(&request);
            }
            (_, Entry::VoidWanted) | (None | Some(Entry::Requested), Entry::Shown) | (None, Entry::Requested) => {
                self.open.insert(request, entry);
            }
            (Some(_), Entry::Requested) | (Some(Entry::Shown | Entry::VoidWanted | Entry::Voided), Entry::Shown) => {}
        }
    }

    /// Requests to take back after a restart: asked for and never shown, or wanted void and not confirmed.
    #[must_use]
    pub fn to_void(&self) -> Vec<RequestId> {
        let never_shown = |entry: &Entry| matches!(entry, Entry::Requested | Entry::VoidWanted);
        self.open.iter().filter(|(_, entry)| never_shown(entry)).map(|(request, _)| *request).collect()
    }

    /// The lines that must survive when the journal is written anew.
    pub fn lines(&self) -> impl Iterator<Item = (RequestId, Entry)> + '_ {
        self.open.iter().map(|(request, entry)| (*request, *entry))
    }

    /// Drops requests whose number was shown: their ticket lives on in the queue service alone.
    pub fn forget_shown(&mut self) {
        self.open.retain(|_, entry| *entry != Entry::Shown);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: RequestId = RequestId::from_bytes([1; 16]);
    const B: RequestId = RequestId::from_bytes([2; 16]);

    fn ledger(lines: &[(RequestId, Entry)]) -> Ledger {
        let mut ledger = Ledger::default();
        for (request, entry) in lines {
            ledger.apply(*request, *entry);
        }
        ledger
    }

    #[test]
    fn a_request_never_shown_is_taken_back_after_a_restart() {
        assert_eq!(ledger(&[(A, Entry::Requested), (B, Entry::Requested), (B, Entry::Shown)]).to_void(), [A]);
    }

    #[test]
    fn a_void_is_wanted_until_it_is_confirmed() {
        let mut ledger = ledger(&[(A, Entry::Requested), (A, Entry::VoidWanted)]);
        assert_eq!(ledger.to_void(), [A]);
        ledger.apply(A, Entry::Voided);
        assert_eq!(ledger.to_void(), []);
    }

    #[test]
    fn a_void_outlives_a_late_shown() {
        assert_eq!(ledger(&[(A, Entry::Requested), (A, Entry::VoidWanted), (A, Entry::Shown)]).to_void(), [A]);
    }

    #[test]
    fn a_rewritten_journal_says_the_same() {
        let mut before = ledger(&[(A, Entry::Requested), (B, Entry::Requested), (B, Entry::Shown)]);
        before.forget_shown();
        let lines: Vec<_> = before.lines().collect();
        assert_eq!(ledger(&lines).to_void(), [A]);
        assert_eq!(lines.len(), 1);
    }
}
