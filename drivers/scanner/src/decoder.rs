//! What the pure half of each family does.

use std::fmt;
use std::time::Duration;

use kiosk_hal::uptime::Uptime;

use crate::record::Framed;

/// Bytes and moments in, records and answers out: everything a family's driver does, without a wire or a clock.
///
/// Results wait until [`Decoder::next`]; there is at most one for each byte pushed. `Debug` shows no bytes.
pub trait Decoder: Send + fmt::Debug {
    /// Takes bytes that arrived at `now`.
    fn push(&mut self, bytes: &[u8], now: Uptime);

    /// Ends what silence has ended by `now`. Call it when a read found nothing.
    fn poll(&mut self, now: Uptime);

    /// When to [`poll`](Self::poll) next; `None` while nothing waits for silence.
    fn wake(&self) -> Option<Uptime>;

    /// The oldest result that was not taken yet.
    fn next(&mut self) -> Option<Framed>;

    /// The oldest answer the engine waits for, in the bytes of the wire.
    fn answer(&mut self) -> Option<Vec<u8>> {
        None
    }

    /// Forgets everything unfinished, as after an unplugged cable.
    fn reset(&mut self);
}

/// Which pauses mean something. Longer ones suit a line behind a network or a machine that stands still at times.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pauses {
    /// Silence that ends what has no other end: a record without a suffix, a packet or report cut short.
    pub idle_gap: Duration,
    /// Longest time between two packets or reports of one code. Parts that come later are not put together.
    pub part_gap: Duration,
}

impl Pauses {
    /// For engines on a wire of their own. 80 ms: at 9600 baud a byte takes 1 ms, and USB polling adds a few; a record
    /// of 300 bytes takes 0.3 s, so it is the pause that counts and not the whole. One second: engines send the next
    /// part as soon as the one before is acknowledged.
    pub const USUAL: Self = Self { idle_gap: Duration::from_millis(80), part_gap: Duration::from_secs(1) };
}

impl Default for Pauses {
    fn default() -> Self {
        Self::USUAL
    }
}
