//! Newland's serial commands: `~`, SOH, `0000`, `#` or `@`, the command, `;`, ETX. Replies repeat the command with its
//! result before the semicolon.

use super::make::{Command, Heard};

const HEAD: [u8; 6] = *b"~\x010000";
const REPLY_HEAD: [u8; 6] = *b"\x02\x010000";
const TAIL: [u8; 2] = *b";\x03";
const ACK: u8 = 0x06;
/// "No such tag".
const ENQ: u8 = 0x05;

/// Longest command kept, in bytes.
const COMMAND_BYTES_MAX: usize = 256;

/// One command at a time. What does not begin like one is passed over.
#[derive(Debug, Default)]
pub(super) struct Reader {
    bytes: Vec<u8>,
}

impl Reader {
    pub(super) fn push(&mut self, byte: u8) -> Option<Heard> {
        self.bytes.push(byte);
        let head = self.bytes.len().min(HEAD.len());
        if self.bytes.get(..head) != HEAD.get(..head) || self.bytes.len() > COMMAND_BYTES_MAX {
            self.bytes.clear();
            return None;
        }
        let command = self.bytes.strip_prefix(&HEAD)?.strip_suffix(&TAIL)?;
        let heard = obeyed(command);
        self.bytes.clear();
        Some(heard)
    }
}

fn obeyed(command: &[u8]) -> Heard {
    let replied = |meant, result: &[u8]| Heard {
        command: meant,
        answer: [REPLY_HEAD.as_slice(), command, result, TAIL.as_slice()].concat(),
    };
    match command {
        b"#SCNTRG1" | b"@SCNTRG1" => replied(Command::Start, &[ACK]),
        b"#SCNTRG0" | b"@SCNTRG0" => replied(Command::Stop, &[ACK]),
        b"#QRYSYS" => replied(Command::Query, b"\x06Product: VIRTUAL-HR\nFirmware: 0.00"),
        _ => replied(Command::Unknown, &[ENQ]),
    }
}
