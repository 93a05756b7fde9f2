//! SSI packets, seen from the engine (Programmer's Guide 72E-40451).

use std::time::Duration;

use kiosk_hal::uptime::Uptime;

pub(super) const ACK: u8 = 0xD0;
pub(super) const NAK: u8 = 0xD1;
pub(super) const DECODE_DATA: u8 = 0xF3;
pub(super) const REPLY_REVISION: u8 = 0xA4;
pub(super) const REQUEST_REVISION: u8 = 0xA3;
pub(super) const START_SESSION: u8 = 0xE4;
pub(super) const STOP_SESSION: u8 = 0xE5;
pub(super) const SCAN_ENABLE: u8 = 0xE9;
pub(super) const SCAN_DISABLE: u8 = 0xEA;

/// Status bits of a packet of the engine.
pub(super) const RESENT: u8 = 0x01;
pub(super) const CONTINUED: u8 = 0x02;

/// Causes of a refusal.
pub(super) const CAUSE_CHECKSUM: u8 = 1;
pub(super) const CAUSE_UNEXPECTED: u8 = 2;

const ENGINE: u8 = 0x00;
const HOST: u8 = 0x04;

/// Silence inside a packet after which the engine forgets what it has of it.
const HOST_CHARACTER_TIMEOUT: Duration = Duration::from_millis(200);

/// A packet of the engine.
pub(super) fn packet(opcode: u8, status: u8, data: &[u8]) -> Vec<u8> {
    let length = u8::try_from(4 + data.len()).unwrap_or(u8::MAX);
    let mut bytes = [&[length, opcode, ENGINE, status], data].concat();
    bytes.extend(checksum(&bytes));
    bytes
}

/// The two bytes that make the sum of all bytes zero, high byte first.
fn checksum(bytes: &[u8]) -> [u8; 2] {
    let sum: u32 = bytes.iter().map(|byte| u32::from(*byte)).sum();
    let [.., high, low] = (0x1_0000 - (sum & 0xFFFF)).to_be_bytes();
    [high, low]
}

/// What the host said.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Said {
    Packet {
        opcode: u8,
        data: Vec<u8>,
    },
    /// A packet whose checksum is wrong, or that is none of a host's.
    Garbage,
}

/// Collects one packet of the host at a time.
#[derive(Debug, Default)]
pub(super) struct PacketReader {
    bytes: Vec<u8>,
    latest: Uptime,
}

impl PacketReader {
    pub(super) fn push(&mut self, byte: u8, now: Uptime) -> Option<Said> {
        if now.saturating_since(self.latest) > HOST_CHARACTER_TIMEOUT {
            self.bytes.clear();
        }
        self.latest = now;
        self.bytes.push(byte);
        let length = self.bytes.first().map_or(0, |length| usize::from(*length));
        if length < 4 {
            self.bytes.clear();
            return None;
        }
        if self.bytes.len() < length + 2 {
            return None;
        }
        let whole = std::mem::take(&mut self.bytes);
        let (said, check) = whole.split_at(length);
        Some(match *said {
            [_, opcode, HOST, _, ref data @ ..] if check == checksum(said) => {
                Said::Packet { opcode, data: data.to_vec() }
            }
            _ => Said::Garbage,
        })
    }
}
