//! Honeywell's serial commands: SYN, one letter, CR; the letter M opens a menu command that ends with `.` or `!`.

use super::make::{Command, Heard};

const SYN: u8 = 0x16;
const ACK: u8 = 0x06;
/// "No such command".
const ENQ: u8 = 0x05;

/// Longest menu command kept, in bytes.
const MENU_BYTES_MAX: usize = 256;

/// One command at a time. Bytes outside a command are passed over.
#[derive(Debug, Default)]
pub(super) struct Reader {
    bytes: Vec<u8>,
}

impl Reader {
    pub(super) fn push(&mut self, byte: u8) -> Option<Heard> {
        if self.bytes.is_empty() && byte != SYN {
            return None;
        }
        self.bytes.push(byte);
        let quiet = |command| Some(Heard { command, answer: Vec::new() });
        let heard = match self.bytes.as_slice() {
            [_] | [_, _] | [SYN, b'M', b'\r'] => return None,
            [SYN, b'T', b'\r'] => quiet(Command::Start),
            [SYN, b'U', b'\r'] => quiet(Command::Stop),
            [SYN, b'M', b'\r', menu @ .., b'.' | b'!'] => Some(menu_command(menu)),
            [SYN, b'M', b'\r', ..] if self.bytes.len() < MENU_BYTES_MAX => return None,
            _ => Some(Heard::unknown()),
        };
        self.bytes.clear();
        heard
    }
}

fn menu_command(menu: &[u8]) -> Heard {
    if menu == b"REVINF" {
        let text = b"REVINFProduct Name: VIRTUAL 1900\r\nSoftware Revision: BN000000AAA\r\n";
        return Heard { command: Command::Query, answer: [text.as_slice(), &[ACK, b'.']].concat() };
    }
    Heard { command: Command::Unknown, answer: [menu, &[ENQ, b'.']].concat() }
}
