//! Serial commands of the GM65 family (GM65, GM8xx, Newland EM30xx): `7E 00`, type, length, address (2), data, check
//! (2). Settings live in *zones*, bytes with an address.

use std::time::Duration;

use kiosk_hal::link::ByteLink;
use kiosk_hal::uptime::Uptime;

use crate::ask::{AskError, ask};

/// Makes an engine in command mode look for one code: bit 0 of zone 0x0002. It stops by itself after its single-read
/// time (5 s by default). The check bytes `AB CD` mean "do not check".
pub const TRIGGER: [u8; 9] = [0x7E, 0x00, 0x08, 0x01, 0x00, 0x02, 0x01, 0xAB, 0xCD];

/// Ends what [`TRIGGER`] began: the same bit, cleared.
pub const STOP: [u8; 9] = [0x7E, 0x00, 0x08, 0x01, 0x00, 0x02, 0x00, 0xAB, 0xCD];

/// Asks for one byte of zone 0x0000, the mode register; changes nothing.
pub const ASK_MODE: [u8; 9] = [0x7E, 0x00, 0x07, 0x01, 0x00, 0x00, 0x01, 0xAB, 0xCD];

/// Keeps the settings without power.
pub const SAVE: [u8; 9] = [0x7E, 0x00, 0x09, 0x01, 0x00, 0x00, 0x00, 0xDE, 0xC8];

/// The answer to a command that was taken. It comes in the same stream as the codes, just before the code it led to,
/// so the framing removes it wherever it appears.
pub const ACKNOWLEDGEMENT: [u8; 7] = [0x02, 0x00, 0x00, 0x01, 0x00, 0x33, 0x31];

/// Longest wait for each answer while settings are changed. Engines answer within 0.1 s; nobody waits at this moment.
pub const SETTING_WAIT: Duration = Duration::from_secs(5);

/// Lowest two bits of the mode register; the others are light and aim and stay as they are.
const MODE_MASK: u8 = 0b11;

/// What makes the engine look for a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// [`TRIGGER`].
    Command,
    /// Nothing: it always looks.
    Continuous,
    /// Something moving before the window.
    Sensing,
}

impl Mode {
    const fn bits(self) -> u8 {
        match self {
            Self::Command => 1,
            Self::Continuous => 2,
            Self::Sensing => 3,
        }
    }
}

/// Sets the mode of an engine and keeps it without power. Codes read meanwhile are lost.
///
/// # Errors
/// [`AskError`] when an answer did not come; the mode may have changed for as long as there is power.
pub fn set_mode(link: &mut impl ByteLink, mode: Mode, until: Uptime) -> Result<(), AskError> {
    let register = ask(link, &ASK_MODE, SETTING_WAIT, until, zone_value)?;
    let value = (register & !MODE_MASK) | mode.bits();
    ask(link, &write_zone(0x0000, value), SETTING_WAIT, until, acknowledged)?;
    ask(link, &SAVE, SETTING_WAIT, until, acknowledged)
}

/// The command that writes one zone, with its check.
#[must_use]
pub fn write_zone(zone: u16, value: u8) -> [u8; 9] {
    let [high, low] = zone.to_be_bytes();
    let [check_high, check_low] = crc_ccitt(&[0x08, 0x01, high, low, value]).to_be_bytes();
    [0x7E, 0x00, 0x08, 0x01, high, low, value, check_high, check_low]
}

/// The value in the reply to [`ASK_MODE`], wherever it stands: `02 00 00 01`, value, check (2).
pub(crate) fn zone_value(heard: &[u8]) -> Option<u8> {
    heard.windows(7).find_map(|window| match *window {
        [0x02, 0x00, 0x00, 0x01, value, _, _] => Some(value),
        _ => None,
    })
}

fn acknowledged(heard: &[u8]) -> Option<()> {
    heard.windows(ACKNOWLEDGEMENT.len()).any(|window| window == ACKNOWLEDGEMENT).then_some(())
}

/// CRC-CCITT, start 0, high bit first (maker's manual, "CRC check").
fn crc_ccitt(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0, |crc, byte| {
        (0..8).fold(
            crc ^ (u16::from(*byte) << 8),
            |crc: u16, _| {
                if crc & 0x8000 == 0 { crc << 1 } else { (crc << 1) ^ 0x1021 }
            },
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_check_is_the_one_in_the_makers_own_commands() {
        assert_eq!(crc_ccitt(&[0x09, 0x01, 0x00, 0x00, 0x00]), 0xDEC8);
        assert_eq!(crc_ccitt(&[0x07, 0x01, 0x00, 0x2A, 0x02]), 0xD80F);
        assert_eq!(write_zone(0x0002, 1)[..7], TRIGGER[..7]);
    }
}
