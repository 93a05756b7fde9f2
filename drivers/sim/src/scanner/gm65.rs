//! Serial commands of the GM65 family: `7E 00`, type, length, address (2), data, check (2).

use super::Trigger;
use super::make::{Command, Heard};

/// "Accepted": sent in the same stream as the codes, before the code a trigger asked for.
const ACCEPTED: [u8; 7] = [0x02, 0x00, 0x00, 0x01, 0x00, 0x33, 0x31];
/// How a reply begins: success, length high, length low.
const REPLY: [u8; 4] = [0x02, 0x00, 0x00, 0x01];

const READ: u8 = 0x07;
const WRITE: u8 = 0x08;
const SAVE: u8 = 0x09;
const ADDRESS_MODE: [u8; 2] = [0x00, 0x00];
const ADDRESS_TRIGGER: [u8; 2] = [0x00, 0x02];
/// The check bytes that mean "do not check".
const UNCHECKED: [u8; 2] = [0xAB, 0xCD];
/// Head, type, length and address.
const FIXED_BYTES: usize = 6;
const CHECK_BYTES: usize = 2;
/// Lowest two bits of the mode register (GM65 manual, register 0x0000): 1 = command, 2 = continuous, 3 = sensing.
const MODE_MASK: u8 = 0b11;

/// Mode register as delivered: light and aim on while reading, continuous mode.
const MODE_AS_DELIVERED: u8 = 0xD6;

/// The registers, and one command at a time, at most 263 bytes: the length field is one byte.
#[derive(Debug)]
pub(super) struct Registers {
    bytes: Vec<u8>,
    mode: u8,
}

impl Default for Registers {
    fn default() -> Self {
        Self { bytes: Vec::new(), mode: MODE_AS_DELIVERED }
    }
}

impl Registers {
    /// The mode register, whole.
    pub(super) const fn mode(&self) -> u8 {
        self.mode
    }

    /// Forgets a command half received, as without power.
    pub(super) fn forget(&mut self) {
        self.bytes.clear();
    }

    /// Takes one byte; a command comes out with its last byte. A byte that begins no command is unknown by itself.
    pub(super) fn push(&mut self, byte: u8) -> Option<Heard> {
        self.bytes.push(byte);
        let whole = match *self.bytes.as_slice() {
            [0x7E] | [0x7E, 0x00] | [_, _, _] => return None,
            [_] | [_, _] => true,
            [_, _, _, length, ..] => self.bytes.len() >= FIXED_BYTES + usize::from(length) + CHECK_BYTES,
            [] => false,
        };
        whole.then(|| {
            let bytes = std::mem::take(&mut self.bytes);
            self.decode(&bytes)
        })
    }

    fn decode(&mut self, bytes: &[u8]) -> Heard {
        let [0x7E, 0x00, checked @ .., high, low] = bytes else { return Heard::unknown() };
        let check = [*high, *low];
        if check != UNCHECKED && check != crc_ccitt(checked).to_be_bytes() {
            return Heard::unknown();
        }
        let accepted = |command| Heard { command, answer: ACCEPTED.to_vec() };
        match *checked {
            [WRITE, 1, a, b, 1] if [a, b] == ADDRESS_TRIGGER => accepted(Command::Start),
            [WRITE, 1, a, b, 0] if [a, b] == ADDRESS_TRIGGER => accepted(Command::Stop),
            [WRITE, 1, a, b, mode] if [a, b] == ADDRESS_MODE => {
                self.mode = mode;
                let by_command = mode & MODE_MASK == 1;
                accepted(Command::Mode(if by_command { Trigger::Command } else { Trigger::Always }))
            }
            [READ, 1, a, b, 1] if [a, b] == ADDRESS_MODE => {
                let [high, low] = crc_ccitt(&[REPLY.as_slice(), &[self.mode]].concat()).to_be_bytes();
                Heard { command: Command::Query, answer: [REPLY.as_slice(), &[self.mode, high, low]].concat() }
            }
            [SAVE, 1, 0, 0, 0] => accepted(Command::Save),
            _ => Heard::unknown(),
        }
    }
}

/// CRC-16 with the polynomial x^16 + x^12 + x^5 + 1, start 0, high bit first.
fn crc_ccitt(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0, |crc, byte| {
        (0..8).fold(crc ^ (u16::from(*byte) << 8), |crc: u16, _| {
            let shifted = crc << 1;
            if crc & 0x8000 == 0 { shifted } else { shifted ^ 0x1021 }
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> Vec<Command> {
        let mut reader = Registers::default();
        bytes.iter().filter_map(|byte| reader.push(*byte)).map(|heard| heard.command).collect()
    }

    #[test]
    fn the_makers_own_commands_are_understood_with_and_without_check() {
        assert_eq!(read(&[0x7E, 0, 8, 1, 0, 2, 1, 0xAB, 0xCD]), [Command::Start]);
        assert_eq!(read(&[0x7E, 0, 9, 1, 0, 0, 0, 0xDE, 0xC8]), [Command::Save]);
    }

    #[test]
    fn a_wrong_check_is_refused() {
        assert_eq!(read(&[0x7E, 0, 9, 1, 0, 0, 0, 0xDE, 0xC9]), [Command::Unknown]);
    }

    #[test]
    fn a_stray_byte_does_not_swallow_the_command_after_it() {
        assert_eq!(read(&[0x41, 0x7E, 0, 8, 1, 0, 2, 1, 0xAB, 0xCD]), [Command::Unknown, Command::Start]);
    }
}
