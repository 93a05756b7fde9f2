//! What everybody in the world shares: time, chance, the network, the agenda and who looks on.

use std::collections::{BTreeSet, VecDeque};

use queue_protocol::model::{RequestId, UnixMillis};

use crate::agenda::{Agenda, Due};
use crate::network::Network;
use crate::oracle::Oracle;
use crate::rng::Rng;
use crate::slip::Slip;
use crate::tally::Tally;
use crate::wire::Party;

/// 2026-11-23T00:00:00+07:00, in milliseconds since 1970: the world begins at a midnight of its hospital.
pub const BEGIN: i64 = 1_795_366_800_000;

/// Steps that are kept to be told when a promise is broken.
pub const STEPS_KEPT: usize = 60;

/// The common ground.
pub struct Context {
    /// Milliseconds since the world began.
    pub now: u64,
    /// Chance.
    pub rng: Rng,
    /// What is wrong.
    pub slip: Slip,
    /// The network.
    pub net: Network,
    /// Who looks on.
    pub oracle: Oracle,
    /// What was counted.
    pub tally: Tally,
    /// Kiosks that lose their power soon after their next request.
    pub traps: BTreeSet<usize>,
    agenda: Agenda,
    ids: u64,
    steps: VecDeque<String>,
}

impl Context {
    /// A world at its beginning.
    #[must_use]
    pub fn new(seed: u64, slip: Slip, oracle: Oracle) -> Self {
        let mut net = Network::default();
        net.calm();
        Self {
            now: 0,
            rng: Rng::new(seed),
            slip,
            net,
            oracle,
            tally: Tally::default(),
            traps: BTreeSet::new(),
            agenda: Agenda::default(),
            ids: 0,
            steps: VecDeque::new(),
        }
    }

    /// The true time.
    #[must_use]
    pub fn wall(&self) -> UnixMillis {
        UnixMillis(BEGIN.saturating_add_unsigned(self.now))
    }

    /// Puts something down for later.
    pub fn later(&mut self, in_ms: u64, due: Due) {
        self.agenda.put(self.now + in_ms, due);
    }

    /// Moves time on to the next thing.
    pub fn next(&mut self, end: u64) -> Option<Due> {
        let (at, due) = self.agenda.take_next(end)?;
        self.now = self.now.max(at);
        Some(due)
    }

    /// A number nobody has used.
    pub fn fresh(&mut self) -> u64 {
        self.ids += 1;
        self.ids
    }

    /// A request id nobody has used.
    pub fn request(&mut self) -> RequestId {
        RequestId::from_bytes(self.rng.sixteen())
    }

    /// Sends bytes to where `due` says, if the network lets them through.
    pub fn send(&mut self, party: Party, due: Due) {
        match self.net.fate(party, &mut self.rng) {
            crate::network::Fate::Lost => self.tally.messages_lost += 1,
            crate::network::Fate::Arrives(times) => {
                self.tally.messages += 1;
                self.tally.messages_twice += u64::from(times.len() > 1);
                for time in times {
                    self.later(time, due.clone());
                }
            }
        }
    }

    /// Keeps a step to be told later.
    pub fn note(&mut self, step: impl FnOnce() -> String) {
        if self.steps.len() >= STEPS_KEPT {
            self.steps.pop_front();
        }
        let at = self.now;
        self.steps.push_back(format!("{:>9}.{:03} s  {}", at / 1_000, at % 1_000, step()));
    }

    /// The last steps, oldest first.
    #[must_use]
    pub fn last_steps(&self) -> Vec<String> {
        self.steps.iter().cloned().collect()
    }
}
