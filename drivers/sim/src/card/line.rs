//! How long a talk takes on a real line: a model, not a measurement.

use std::time::Duration;

/// The air or the contacts between reader and card.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Line {
    /// No time at all.
    Instant,
    /// Contactless type A at 106 kbit/s.
    Contactless106,
    /// At 424 kbit/s.
    Contactless424,
    /// At 848 kbit/s.
    Contactless848,
    /// Contacts with T=1 at 115,200 bit/s.
    Contact115k,
}

/// What the reader and the chip add to each exchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Overhead {
    /// For each APDU: driver, reader and the chip's dispatch. 4 ms for a quick reader and 15 ms for a slow one bracket
    /// the 10 to 24 ms that a log of a CCCD in a phone shows.
    pub per_apdu: Duration,
    /// For each byte that is encrypted and authenticated.
    pub per_byte: Duration,
    /// For each multiplication of a point or RSA operation. A guess: PACE has five and takes 0.3 to 1 s.
    pub per_heavy_operation: Duration,
}

impl Overhead {
    /// A quick reader.
    pub const QUICK: Self = Self::of(4);
    /// A slow reader.
    pub const SLOW: Self = Self::of(15);

    const fn of(per_apdu_ms: u64) -> Self {
        Self {
            per_apdu: Duration::from_millis(per_apdu_ms),
            per_byte: Duration::from_micros(8),
            per_heavy_operation: Duration::from_millis(100),
        }
    }
}

/// Largest contactless frame, its three bytes of protocol included (FSD and FSC of 256, ISO 14443-4).
const FRAME_BYTES_MAX: usize = 256;
/// Prologue and CRC of a contactless block.
const CONTACTLESS_BLOCK_BYTES: usize = 3;
/// Largest information field of a contact block (ISO 7816-3, T=1).
const CONTACT_FIELD_BYTES_MAX: usize = 254;
/// Prologue and LRC of a contact block.
const CONTACT_BLOCK_BYTES: usize = 4;

impl Line {
    /// How long one exchange takes, and with it `heavy_operations` of the chip.
    #[must_use]
    pub fn exchange(self, overhead: Overhead, command: usize, response: usize, heavy_operations: usize) -> Duration {
        if self == Self::Instant {
            return Duration::ZERO;
        }
        let bytes = u32::try_from(command + response).unwrap_or(u32::MAX);
        let heavy = u32::try_from(heavy_operations).unwrap_or(u32::MAX);
        self.transfer(command)
            + self.transfer(response)
            + overhead.per_apdu
            + overhead.per_byte * bytes
            + overhead.per_heavy_operation * heavy
    }

    /// Blocks of one APDU, and an acknowledgement for each but the last.
    fn transfer(self, bytes: usize) -> Duration {
        let (field, frame) = match self {
            Self::Instant => return Duration::ZERO,
            Self::Contactless106 | Self::Contactless424 | Self::Contactless848 => {
                (FRAME_BYTES_MAX - CONTACTLESS_BLOCK_BYTES, CONTACTLESS_BLOCK_BYTES)
            }
            Self::Contact115k => (CONTACT_FIELD_BYTES_MAX, CONTACT_BLOCK_BYTES),
        };
        let blocks = bytes.div_ceil(field).max(1);
        let all = bytes + frame * (2 * blocks - 1);
        self.per_byte() * u32::try_from(all).unwrap_or(u32::MAX)
    }

    /// Type A has a parity bit to each byte, at 13.56 MHz / 128 and its multiples; T=1 takes 11 bit times to a byte.
    const fn per_byte(self) -> Duration {
        match self {
            Self::Instant => Duration::ZERO,
            Self::Contactless106 => Duration::from_nanos(84_956),
            Self::Contactless424 => Duration::from_nanos(21_239),
            Self::Contactless848 => Duration::from_nanos(10_619),
            Self::Contact115k => Duration::from_nanos(95_486),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The figures of the reference: 74 reads of 223 bytes with AES, 4 ms an APDU.
    #[test]
    fn a_whole_card_takes_what_others_have_modelled() {
        let seconds = |line: Line| (line.exchange(Overhead::QUICK, 19, 244, 0) * 74).as_secs_f64();
        for (line, expected) in [
            (Line::Contactless106, 2.2),
            (Line::Contactless424, 0.9),
            (Line::Contactless848, 0.7),
            (Line::Contact115k, 2.4),
        ] {
            assert!((seconds(line) - expected).abs() < 0.1, "{line:?}: {}", seconds(line));
        }
    }
}
