//! A reader in memory with virtual time: the card's and the line's seconds cost no test time.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use kiosk_hal::link::{ApduLink, LinkError};
use kiosk_hal::uptime::Uptime;

use super::VirtualCard;
use super::levers::Reply;
use super::line::{Line, Overhead};

/// A handle on a card that a link or a service talks to. Clones reach the same card.
#[derive(Debug, Clone)]
pub struct SharedCard(Arc<Mutex<VirtualCard>>);

impl SharedCard {
    /// Puts `card` where several may reach it.
    #[must_use]
    pub fn new(card: VirtualCard) -> Self {
        Self(Arc::new(Mutex::new(card)))
    }

    /// Pulls a lever or looks at the card.
    pub fn with<T>(&self, act: impl FnOnce(&mut VirtualCard) -> T) -> T {
        act(&mut self.locked())
    }

    fn locked(&self) -> MutexGuard<'_, VirtualCard> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An exchange with a card over a modelled line. Its clock moves only while it transmits.
pub struct CardLink {
    card: SharedCard,
    line: Line,
    overhead: Overhead,
    now: Uptime,
}

impl fmt::Debug for CardLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CardLink").field("line", &self.line).field("now", &self.now).finish_non_exhaustive()
    }
}

impl CardLink {
    /// Powers the card and talks to it over `line`.
    #[must_use]
    pub fn new(card: SharedCard, line: Line, overhead: Overhead) -> Self {
        card.with(VirtualCard::power);
        Self { card, line, overhead, now: Uptime::ZERO }
    }
}

impl ApduLink for CardLink {
    fn now(&self) -> Uptime {
        self.now
    }

    fn transmit(&mut self, command: &[u8], until: Uptime) -> Result<Vec<u8>, LinkError> {
        let (reply, heavy) = self.card.with(|card| {
            let before = card.work().heavy_operations;
            let reply = card.transmit(command);
            (reply, card.work().heavy_operations.saturating_sub(before))
        });
        let Reply::Answer { bytes, late } = reply else { return Err(LinkError::Gone) };
        let arrives = self.now + self.line.exchange(self.overhead, command.len(), bytes.len(), heavy) + late;
        if arrives > until {
            self.now = until.max(self.now);
            return Err(LinkError::TimedOut);
        }
        self.now = arrives;
        Ok(bytes)
    }
}
