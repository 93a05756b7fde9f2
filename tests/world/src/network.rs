//! The hospital's network: latency, loss, repeats, and cables that are cut.

use std::collections::BTreeMap;

use crate::rng::Rng;
use crate::wire::Party;

/// Slowest message of a network that is well, in milliseconds.
pub const LATENCY_MAX_MS: u64 = 1_200;

/// Who is on which cable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cable {
    /// Of a kiosk.
    Kiosk(usize),
    /// Of a room.
    Room(usize),
    /// Of a display.
    Wall(usize),
    /// Of the service: nobody reaches it without.
    Service,
}

/// What becomes of one message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// It arrives after so many milliseconds, each time.
    Arrives(Vec<u64>),
    /// It does not.
    Lost,
}

/// The network as it is now.
#[derive(Debug, Default)]
pub struct Network {
    cut: BTreeMap<Cable, u64>,
    healed_at: BTreeMap<Cable, u64>,
    /// Of a hundred messages so many are lost.
    pub loss_percent: u64,
    /// Of a hundred messages so many come twice.
    pub repeat_percent: u64,
    /// Slowest message now, in milliseconds.
    pub latency_max_ms: u64,
}

/// The cable of a party.
#[must_use]
pub const fn cable(party: Party) -> Cable {
    match party {
        Party::Kiosk(at, _) => Cable::Kiosk(at),
        Party::Room(at) => Cable::Room(at),
        Party::Wall(at) => Cable::Wall(at),
        Party::Desk => Cable::Service,
    }
}

impl Network {
    /// Cuts a cable.
    pub fn cut(&mut self, cable: Cable, now: u64) {
        self.cut.entry(cable).or_insert(now);
    }

    /// Joins it again.
    pub fn join(&mut self, cable: Cable, now: u64) {
        if self.cut.remove(&cable).is_some() {
            self.healed_at.insert(cable, now);
        }
    }

    /// Joins all.
    pub fn join_all(&mut self, now: u64) {
        for cable in std::mem::take(&mut self.cut).into_keys() {
            self.healed_at.insert(cable, now);
        }
        self.calm();
    }

    /// The network is well again.
    pub fn calm(&mut self) {
        (self.loss_percent, self.repeat_percent, self.latency_max_ms) = (0, 0, LATENCY_MAX_MS);
    }

    /// Whether a party reaches the service.
    #[must_use]
    pub fn reaches(&self, party: Party) -> bool {
        !self.cut.contains_key(&Cable::Service) && !self.cut.contains_key(&cable(party))
    }

    /// Since when a party is cut off.
    #[must_use]
    pub fn cut_since(&self, party: Party) -> Option<u64> {
        [Cable::Service, cable(party)].iter().filter_map(|cable| self.cut.get(cable)).min().copied()
    }

    /// When the last cut of a party's way ended.
    #[must_use]
    pub fn joined_at(&self, party: Party) -> u64 {
        [Cable::Service, cable(party)].iter().filter_map(|cable| self.healed_at.get(cable)).max().copied().unwrap_or(0)
    }

    /// Whether the network loses, repeats or delays more than usual.
    #[must_use]
    pub const fn is_noisy(&self) -> bool {
        self.loss_percent > 0 || self.repeat_percent > 0 || self.latency_max_ms > LATENCY_MAX_MS
    }

    /// What becomes of a message that is sent now.
    pub fn fate(&self, party: Party, rng: &mut Rng) -> Fate {
        if !self.reaches(party) || rng.chance(self.loss_percent) {
            return Fate::Lost;
        }
        let copies = if rng.chance(self.repeat_percent) { 2 } else { 1 };
        Fate::Arrives((0..copies).map(|_| self.latency(rng)).collect())
    }

    /// How long one message takes: mostly short.
    pub fn latency(&self, rng: &mut Rng) -> u64 {
        if rng.chance(90) { rng.between(2, 80) } else { rng.between(80, self.latency_max_ms.max(81)) }
    }
}
