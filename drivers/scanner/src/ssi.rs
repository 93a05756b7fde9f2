//! Zebra's Simple Serial Interface (Programmer's Guide 72E-40451): packets with a checksum, each acknowledged.
//!
//! A packet is length, opcode, source, status, data, checksum (2, high byte first). The length counts itself up to the
//! end of the data; the checksum is the two's complement of the sum of all bytes before it.

use std::collections::VecDeque;
use std::fmt;
use std::time::Duration;

use kiosk_hal::uptime::Uptime;
use zeroize::Zeroize;

use crate::decoder::{Decoder, Pauses};
use crate::reassembly::{Part, Reassembly};
use crate::record::{Framed, Records};

/// `START_SESSION` from the host: look for a code.
pub const START: &[u8] = &[0x04, 0xE4, 0x04, 0x00, 0xFF, 0x14];

/// `STOP_SESSION` from the host: end what [`START`] began.
pub const STOP: &[u8] = &[0x04, 0xE5, 0x04, 0x00, 0xFF, 0x13];

/// `REQUEST_REVISION` from the host; changes nothing.
pub const ASK_REVISION: &[u8] = &[0x04, 0xA3, 0x04, 0x00, 0xFF, 0x55];

/// `CMD_ACK` from the host.
pub const ACK: &[u8] = &[0x04, 0xD0, 0x04, 0x00, 0xFF, 0x28];

/// `CMD_NAK` from the host with the cause "checksum failure": send the packet again.
pub const NAK_RESEND: &[u8] = &[0x05, 0xD1, 0x04, 0x00, 0x01, 0xFF, 0x25];

/// Longest packet with its checksum, in bytes: the length field is one byte.
pub const PACKET_BYTES_MAX: usize = 257;

/// Time after which the packet before can come again no more: an engine sends twice more, 2 s apart ("Serial response
/// time-out", "Retries").
const RESEND_FOR: Duration = Duration::from_secs(8);

/// Length, opcode, source and status.
const HEADER_BYTES: usize = 4;
const CHECKSUM_BYTES: usize = 2;

/// Source of a packet: 0 is the engine, 4 the host.
const FROM_ENGINE: u8 = 0;
const RETRANSMITTED: u8 = 0b01;
const MORE_FOLLOWS: u8 = 0b10;

const CMD_ACK: u8 = 0xD0;
const CMD_NAK: u8 = 0xD1;
const DECODE_DATA: u8 = 0xF3;
const REPLY_REVISION: u8 = 0xA4;

/// Every opcode an engine sends: with the source, the mark by which a packet is told from noise.
const ENGINE_OPCODES: [u8; 9] = [CMD_ACK, CMD_NAK, DECODE_DATA, REPLY_REVISION, 0xF6, 0xC6, 0xD4, 0xB1, 0xB4];

/// What stands at the beginning of some bytes.
enum Front<'a> {
    /// Not enough to tell.
    Unfinished,
    /// No packet begins here.
    Foreign,
    /// A packet of this many bytes whose checksum is wrong.
    Damaged,
    /// A whole packet of this many bytes.
    Packet(Packet<'a>, usize),
}

struct Packet<'a> {
    opcode: u8,
    status: u8,
    data: &'a [u8],
}

fn front(bytes: &[u8]) -> Front<'_> {
    let header_fits = match *bytes {
        [] => return Front::Unfinished,
        [length, ref rest @ ..] => {
            usize::from(length) >= HEADER_BYTES
                && rest.first().is_none_or(|opcode| ENGINE_OPCODES.contains(opcode))
                && rest.get(1).is_none_or(|source| *source == FROM_ENGINE)
        }
    };
    if !header_fits {
        return Front::Foreign;
    }
    let length = bytes.first().map_or(0, |length| usize::from(*length));
    let Some((whole, checksum)) = bytes.split_at_checked(length) else { return Front::Unfinished };
    let Some(checksum) = checksum.first_chunk::<CHECKSUM_BYTES>() else { return Front::Unfinished };
    match *whole {
        [_, opcode, _, status, ref data @ ..] if u16::from_be_bytes(*checksum) == sum_complement(whole) => {
            Front::Packet(Packet { opcode, status, data }, length + CHECKSUM_BYTES)
        }
        _ => Front::Damaged,
    }
}

fn sum_complement(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0_u16, |sum, byte| sum.wrapping_add(u16::from(*byte))).wrapping_neg()
}

/// Whether an answer to [`ASK_REVISION`] stands anywhere in `heard`: the revision, or a refusal in good form.
pub(crate) fn answers(heard: &[u8]) -> bool {
    (0..heard.len()).any(|at| {
        let packet = front(heard.get(at..).unwrap_or_default());
        matches!(packet, Front::Packet(Packet { opcode: REPLY_REVISION | CMD_ACK | CMD_NAK, .. }, _))
    })
}

/// Packets in, records and acknowledgements out.
///
/// What is no packet is passed over byte by byte, so noise never takes a packet with it. A packet with a wrong
/// checksum, or cut short by a silence, is asked for again. A packet that comes again although it had been taken is
/// acknowledged and not used twice; nor is one whose first copy was sent before the line was opened.
pub struct Ssi {
    pauses: Pauses,
    buffer: Vec<u8>,
    last_byte: Uptime,
    /// Nothing was heard since the line was opened.
    fresh: bool,
    /// A packet was seen and could not be read.
    damaged: bool,
    /// Data of the last code packet taken, to know it when it comes again.
    taken: Vec<u8>,
    taken_at: Option<Uptime>,
    code_type: Option<u8>,
    code: Reassembly,
    records: Records,
    answers: VecDeque<&'static [u8]>,
}

impl Ssi {
    /// A decoder between packets.
    #[must_use]
    pub fn new(pauses: Pauses) -> Self {
        Self {
            pauses,
            buffer: Vec::with_capacity(PACKET_BYTES_MAX),
            last_byte: Uptime::ZERO,
            fresh: true,
            damaged: false,
            taken: Vec::with_capacity(PACKET_BYTES_MAX),
            taken_at: None,
            code_type: None,
            code: Reassembly::new(pauses.part_gap),
            records: Records::default(),
            answers: VecDeque::new(),
        }
    }

    /// Takes every packet that is whole.
    fn take_packets(&mut self, now: Uptime) {
        loop {
            let passed = match front(&self.buffer) {
                Front::Unfinished => return,
                Front::Foreign => 1,
                Front::Damaged => {
                    self.damaged = true;
                    1
                }
                Front::Packet(_, bytes) => bytes,
            };
            if passed > 1 {
                let mut packet = std::mem::replace(&mut self.buffer, Vec::with_capacity(PACKET_BYTES_MAX));
                self.buffer.extend_from_slice(packet.get(passed..).unwrap_or_default());
                if let Front::Packet(packet, _) = front(&packet) {
                    self.damaged = false;
                    self.take(&packet, now);
                }
                packet.zeroize();
            } else {
                pass_over(&mut self.buffer);
            }
            self.fresh = false;
        }
    }

    fn take(&mut self, packet: &Packet<'_>, now: Uptime) {
        match packet.opcode {
            // An answer is not answered.
            CMD_ACK | CMD_NAK => return,
            DECODE_DATA => self.take_code(packet, now),
            _ => {}
        }
        self.answers.push_back(ACK);
    }

    fn take_code(&mut self, packet: &Packet<'_>, now: Uptime) {
        self.forget_taken(now);
        let again = packet.status & RETRANSMITTED != 0 && self.taken_at.is_some() && self.taken == packet.data;
        self.taken_at = Some(now);
        if again {
            self.code.repeated(now);
            return;
        }
        let part = if packet.status & MORE_FOLLOWS == 0 { Part::Last } else { Part::More };
        self.taken.zeroize();
        self.taken.extend_from_slice(packet.data);
        self.code.forget_if_late(now);
        if packet.status & RETRANSMITTED != 0 {
            // Late because it had to come again, not because the engine began anew.
            self.code.repeated(now);
        }
        if self.fresh && packet.status & RETRANSMITTED != 0 {
            // Its first copy was sent before the line was opened, perhaps to us: the card of somebody who has gone.
            self.code.skip(part, now);
            return;
        }
        let data = self.without_type(packet.data);
        match self.code.part(data, part, now) {
            Some(Framed::Record(scan)) => self.records.deliver(scan, now),
            Some(other @ (Framed::Overrun | Framed::LettersLost)) => self.records.report(other),
            None => {}
        }
    }

    /// The first packet of a code begins with its bar code type. The guide does not say whether the next ones do; a type
    /// is a control character for every code a patient holds (QR: 1C), and those never are in one.
    fn without_type<'a>(&mut self, data: &'a [u8]) -> &'a [u8] {
        let Some((first, rest)) = data.split_first() else { return data };
        if self.code.is_empty() {
            self.code_type = Some(*first);
            return rest;
        }
        if first.is_ascii_control() && self.code_type == Some(*first) { rest } else { data }
    }

    /// What is left after a silence is no whole packet, but one may be inside it.
    fn end_of_input(&mut self, now: Uptime) {
        while !self.buffer.is_empty() {
            self.damaged |= self.buffer.len() >= HEADER_BYTES;
            pass_over(&mut self.buffer);
            self.take_packets(now);
        }
        if std::mem::take(&mut self.damaged) {
            self.answers.push_back(NAK_RESEND);
        }
    }

    fn forget_taken(&mut self, now: Uptime) {
        if self.taken_at.is_some_and(|at| now.saturating_since(at) >= RESEND_FOR) {
            self.taken.zeroize();
            self.taken_at = None;
        }
    }
}

impl Decoder for Ssi {
    fn push(&mut self, bytes: &[u8], now: Uptime) {
        for byte in bytes {
            self.buffer.push(*byte);
            self.take_packets(now);
        }
        self.last_byte = now;
    }

    fn poll(&mut self, now: Uptime) {
        if now.saturating_since(self.last_byte) >= self.pauses.idle_gap {
            self.end_of_input(now);
        }
        self.forget_taken(now);
        self.code.forget_if_late(now);
        self.records.forget_repeats(now);
    }

    fn wake(&self) -> Option<Uptime> {
        let unfinished = !self.buffer.is_empty() || self.damaged;
        let silence = unfinished.then(|| self.last_byte + self.pauses.idle_gap);
        [silence, self.code.wake()].into_iter().flatten().min()
    }

    fn next(&mut self) -> Option<Framed> {
        self.records.next()
    }

    fn answer(&mut self) -> Option<Vec<u8>> {
        self.answers.pop_front().map(<[u8]>::to_vec)
    }

    fn reset(&mut self) {
        self.buffer.zeroize();
        self.taken.zeroize();
        self.taken_at = None;
        self.fresh = true;
        self.damaged = false;
        self.code.reset();
        self.answers.clear();
    }
}

impl Drop for Ssi {
    fn drop(&mut self) {
        self.reset();
    }
}

impl fmt::Debug for Ssi {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ssi")
            .field("buffer_bytes", &self.buffer.len())
            .field("code", &self.code)
            .field("records", &self.records)
            .finish_non_exhaustive()
    }
}

/// Removes the first byte and leaves no copy of the last one behind the end.
fn pass_over(buffer: &mut Vec<u8>) {
    buffer.rotate_left(1);
    if let Some(passed) = buffer.last_mut() {
        passed.zeroize();
    }
    buffer.truncate(buffer.len().saturating_sub(1));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_packet_of_the_host_has_its_length_and_checksum() {
        for packet in [START, STOP, ASK_REVISION, ACK, NAK_RESEND] {
            let (whole, checksum) = packet.split_at(packet.len() - CHECKSUM_BYTES);
            assert_eq!(usize::from(whole[0]), whole.len());
            assert_eq!(checksum, sum_complement(whole).to_be_bytes());
        }
    }
}
