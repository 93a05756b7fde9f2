//! How a code travels down the line, with the faults seen on real ones.

use std::time::Duration;

/// Bits on the line for one byte (8N1).
const BITS_PER_BYTE: u64 = 10;

/// Longest code [`Delivery::Overlong`] makes, in bytes.
pub const OVERLONG_BYTES_MAX: usize = 65_536;

/// How codes travel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivery {
    /// All bytes at one moment, as over USB.
    AtOnce,
    /// Byte after byte at this line rate, 8N1.
    Baud(u32),
    /// Each byte by itself with a pause before the next.
    Bytewise {
        /// Pause between two bytes.
        gap: Duration,
    },
    /// Two pieces with a pause between them.
    Split {
        /// Bytes in the first piece.
        at: usize,
        /// Pause between the pieces.
        gap: Duration,
    },
    /// Two codes back to back at one moment; a code waits until a second is held up.
    Merged,
    /// The first half of what the engine had to say: it lost power there.
    Half,
    /// Noise, then the code.
    Noisy,
    /// The code repeated up to this many bytes (at most [`OVERLONG_BYTES_MAX`]), then the suffix.
    Overlong {
        /// Length without the suffix.
        bytes: usize,
    },
}

/// Bytes and how long after the start of the delivery they have arrived.
pub(super) type Chunk = (Duration, Vec<u8>);

impl Delivery {
    /// Codes that must be before the window for one delivery.
    pub(super) const fn codes_needed(self) -> usize {
        match self {
            Self::Merged => 2,
            Self::AtOnce
            | Self::Baud(_)
            | Self::Bytewise { .. }
            | Self::Split { .. }
            | Self::Half
            | Self::Noisy
            | Self::Overlong { .. } => 1,
        }
    }

    /// The code as the engine reads it: an overlong one repeats itself.
    pub(super) fn code(self, code: &[u8]) -> Vec<u8> {
        match self {
            Self::Overlong { bytes } => code.iter().copied().cycle().take(bytes.min(OVERLONG_BYTES_MAX)).collect(),
            Self::AtOnce
            | Self::Merged
            | Self::Baud(_)
            | Self::Bytewise { .. }
            | Self::Split { .. }
            | Self::Half
            | Self::Noisy => code.to_vec(),
        }
    }

    /// What the engine has to say as it comes down the line, in order of time.
    pub(super) fn chunks(self, said: &[u8], noise: &[u8]) -> Vec<Chunk> {
        match self {
            Self::AtOnce | Self::Merged | Self::Overlong { .. } => vec![(Duration::ZERO, said.to_vec())],
            Self::Baud(rate) => bytewise(said, byte_time(rate)),
            Self::Bytewise { gap } => bytewise(said, gap),
            Self::Split { at, gap } => {
                let (first, second) = said.split_at(at.min(said.len()));
                vec![(Duration::ZERO, first.to_vec()), (gap, second.to_vec())]
            }
            Self::Half => vec![(Duration::ZERO, said.iter().copied().take(said.len() / 2).collect())],
            Self::Noisy => vec![(Duration::ZERO, [noise, said].concat())],
        }
    }
}

fn bytewise(bytes: &[u8], gap: Duration) -> Vec<Chunk> {
    (1..).zip(bytes).map(|(place, byte)| (gap.saturating_mul(place), vec![*byte])).collect()
}

/// Time of one byte on a line of `rate` baud; a rate of 0 counts as 1.
fn byte_time(rate: u32) -> Duration {
    Duration::from_nanos(BITS_PER_BYTE * 1_000_000_000 / u64::from(rate.max(1)))
}
