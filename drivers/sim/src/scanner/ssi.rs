//! A Zebra scanner set to SSI with packeted data: it sends a packet and waits for its acknowledgement.

use std::collections::VecDeque;
use std::time::Duration;

use kiosk_hal::uptime::Uptime;

use super::delivery::Delivery;
use super::make::LINE_NOISE;
use super::ssi_packet::{
    ACK, CAUSE_CHECKSUM, CAUSE_UNEXPECTED, CONTINUED, DECODE_DATA, NAK, PacketReader, REPLY_REVISION, REQUEST_REVISION,
    RESENT, SCAN_DISABLE, SCAN_ENABLE, START_SESSION, STOP_SESSION, Said, packet,
};
use super::{CODES_MAX, PAYLOAD_BYTES_MAX, TRIGGER_MS, Trigger};
use crate::wire::Device;

/// How long it waits for an acknowledgement, in milliseconds ("Serial response time-out").
pub const RESPONSE_MS: u64 = 2_000;

/// How often it sends a packet before it gives a code up ("Retries": twice more).
pub const SSI_SENDS_MAX: usize = 3;

/// Bytes of a code in one packet.
const PART_BYTES: usize = 240;

/// Bytes taken from the host at a time.
const ACCEPTS_BYTES: usize = 256;

/// "QR code" in the guide's table of bar code types.
const TYPE_QR: u8 = 0x1C;

/// A packet that was sent and not acknowledged.
#[derive(Debug)]
struct Unacknowledged {
    status: u8,
    data: Vec<u8>,
    sends: usize,
    again_at: Uptime,
}

/// The virtual SSI scanner.
pub struct VirtualSsiScanner {
    delivery: Delivery,
    trigger: Trigger,
    triggered_until: Option<Uptime>,
    disabled: bool,
    shown: VecDeque<Vec<u8>>,
    /// Status and data of the packets of the code being sent.
    parts: VecDeque<(u8, Vec<u8>)>,
    unacknowledged: Option<Unacknowledged>,
    line: VecDeque<(Uptime, Vec<u8>)>,
    line_free_at: Uptime,
    reader: PacketReader,
    type_in_each_part: bool,
    damage_next: usize,
    deaf_to: usize,
    plugged: bool,
    answering: bool,
    codes_sent: usize,
    codes_given_up: usize,
    packets_resent: usize,
    unknown_commands: usize,
}

/// Prints no payload.
impl std::fmt::Debug for VirtualSsiScanner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("VirtualSsiScanner")
            .field("delivery", &self.delivery)
            .field("codes_waiting", &self.shown.len())
            .finish_non_exhaustive()
    }
}

impl VirtualSsiScanner {
    /// A scanner that always looks.
    #[must_use]
    pub fn new(delivery: Delivery) -> Self {
        Self {
            delivery,
            trigger: Trigger::Always,
            triggered_until: None,
            disabled: false,
            shown: VecDeque::new(),
            parts: VecDeque::new(),
            unacknowledged: None,
            line: VecDeque::new(),
            line_free_at: Uptime::ZERO,
            reader: PacketReader::default(),
            type_in_each_part: false,
            damage_next: 0,
            deaf_to: 0,
            plugged: true,
            answering: true,
            codes_sent: 0,
            codes_given_up: 0,
            packets_resent: 0,
            unknown_commands: 0,
        }
    }

    /// Holds a code up.
    pub fn present(&mut self, payload: &[u8]) {
        if self.plugged && self.shown.len() < CODES_MAX {
            self.shown.push_back(payload.iter().copied().take(PAYLOAD_BYTES_MAX).collect());
        }
    }

    /// Chooses how packets travel from here on. [`Delivery::Merged`] sends two codes without waiting, as with
    /// acknowledgements switched off.
    pub fn set_delivery(&mut self, delivery: Delivery) {
        self.delivery = delivery;
    }

    /// Chooses what makes it look.
    pub fn set_trigger(&mut self, trigger: Trigger) {
        self.trigger = trigger;
        self.triggered_until = None;
    }

    /// Puts the bar code type into each packet of a code, not only the first.
    pub const fn repeat_type(&mut self) {
        self.type_in_each_part = true;
    }

    /// Turns a bit of the data in each of the next `packets` on their way.
    pub const fn damage(&mut self, packets: usize) {
        self.damage_next = packets;
    }

    /// Loses the next `answers` of the host.
    pub const fn lose_answers(&mut self, answers: usize) {
        self.deaf_to = answers;
    }

    /// Answers no command from here on; codes are still read.
    pub const fn silent(&mut self) {
        self.answering = false;
    }

    /// Puts raw bytes on the line as they are.
    pub fn inject(&mut self, bytes: &[u8]) {
        if self.line.len() < CODES_MAX {
            self.line.push_back((self.line_free_at, bytes.iter().copied().take(PAYLOAD_BYTES_MAX).collect()));
        }
    }

    /// Pulls the plug.
    pub fn unplug(&mut self) {
        self.plugged = false;
        self.shown.clear();
        self.parts.clear();
        self.line.clear();
        self.unacknowledged = None;
        self.reader = PacketReader::default();
    }

    /// Puts the plug back.
    pub const fn replug(&mut self) {
        self.plugged = true;
    }

    /// Codes of which every packet was acknowledged, or sent without waiting.
    #[must_use]
    pub const fn codes_sent(&self) -> usize {
        self.codes_sent
    }

    /// Codes the host never acknowledged.
    #[must_use]
    pub const fn codes_given_up(&self) -> usize {
        self.codes_given_up
    }

    /// Packets sent a further time.
    #[must_use]
    pub const fn packets_resent(&self) -> usize {
        self.packets_resent
    }

    /// Packets from the host that mean nothing here.
    #[must_use]
    pub const fn unknown_commands(&self) -> usize {
        self.unknown_commands
    }

    /// Whether the host has switched reading off.
    #[must_use]
    pub const fn is_disabled(&self) -> bool {
        self.disabled
    }

    fn looks(&self, now: Uptime) -> bool {
        let wanted = match self.trigger {
            Trigger::Always => true,
            Trigger::Command => self.triggered_until.is_some_and(|until| now <= until),
        };
        self.plugged && !self.disabled && wanted
    }

    fn ready(&self, now: Uptime) -> bool {
        let idle = self.unacknowledged.is_none() && self.parts.is_empty();
        idle && self.looks(now) && self.shown.len() >= self.delivery.codes_needed()
    }

    fn parts_of(&self, code: &[u8]) -> Vec<(u8, Vec<u8>)> {
        let code = self.delivery.code(code);
        let last = code.len().div_ceil(PART_BYTES).saturating_sub(1);
        code.chunks(PART_BYTES)
            .enumerate()
            .map(|(place, data)| {
                let head: &[u8] = if place == 0 || self.type_in_each_part { &[TYPE_QR] } else { &[] };
                (if place < last { CONTINUED } else { 0 }, [head, data].concat())
            })
            .collect()
    }

    fn read_code(&mut self, now: Uptime) {
        if !self.ready(now) || self.line_free_at > now {
            return;
        }
        let codes: Vec<_> = self.shown.drain(..self.delivery.codes_needed()).collect();
        self.triggered_until = None;
        let parts: Vec<_> = codes.iter().flat_map(|code| self.parts_of(code)).collect();
        match self.delivery {
            Delivery::Merged => {
                self.codes_sent += codes.len();
                let all: Vec<u8> = parts.iter().flat_map(|(status, data)| packet(DECODE_DATA, *status, data)).collect();
                self.put(&all, now);
            }
            Delivery::Half => {
                self.codes_sent += 1;
                if let Some((status, data)) = parts.first() {
                    self.put(&packet(DECODE_DATA, *status, data), now);
                }
            }
            Delivery::AtOnce
            | Delivery::Baud(_)
            | Delivery::Bytewise { .. }
            | Delivery::Split { .. }
            | Delivery::Noisy
            | Delivery::Overlong { .. } => {
                self.parts = parts.into();
                self.send_next(now);
            }
        }
    }

    /// Puts bytes on the line in the chosen manner; returns when the last one has left.
    fn put(&mut self, bytes: &[u8], now: Uptime) -> Uptime {
        let start = self.line_free_at.max(now);
        for (after, chunk) in self.delivery.chunks(bytes, &LINE_NOISE) {
            self.line_free_at = start + after;
            self.line.push_back((self.line_free_at, chunk));
        }
        self.line_free_at
    }

    fn send_next(&mut self, now: Uptime) {
        if let Some((status, data)) = self.parts.pop_front() {
            self.send(Unacknowledged { status, data, sends: 0, again_at: now }, now);
        }
    }

    fn send(&mut self, mut what: Unacknowledged, now: Uptime) {
        if what.sends > 0 {
            self.packets_resent += 1;
            what.status |= RESENT;
        }
        let mut bytes = packet(DECODE_DATA, what.status, &what.data);
        if self.damage_next > 0 {
            self.damage_next -= 1;
            if let Some(byte) = bytes.get_mut(6) {
                *byte ^= 0x20;
            }
        }
        let left = self.put(&bytes, now);
        what.sends += 1;
        what.again_at = left + Duration::from_millis(RESPONSE_MS);
        self.unacknowledged = Some(what);
    }

    fn send_again(&mut self, now: Uptime) {
        let Some(what) = self.unacknowledged.take() else { return };
        if what.sends >= SSI_SENDS_MAX {
            self.codes_given_up += 1;
            self.parts.clear();
        } else {
            self.send(what, now);
        }
    }

    fn hear(&mut self, said: Said, now: Uptime) {
        if self.deaf_to > 0 {
            self.deaf_to -= 1;
            return;
        }
        let Said::Packet { opcode, data } = said else { return self.answer(NAK, &[CAUSE_CHECKSUM], now) };
        match opcode {
            ACK => self.acknowledged(now),
            NAK if data.first() == Some(&CAUSE_CHECKSUM) => self.send_again(now),
            NAK => {}
            START_SESSION => self.triggered_until = Some(now + Duration::from_millis(TRIGGER_MS)),
            STOP_SESSION => self.triggered_until = None,
            SCAN_ENABLE => self.disabled = false,
            SCAN_DISABLE => self.disabled = true,
            REQUEST_REVISION => return self.answer(REPLY_REVISION, b"VIRTUALSSI-R00 S 0000 0", now),
            _ => {
                self.unknown_commands += 1;
                return self.answer(NAK, &[CAUSE_UNEXPECTED], now);
            }
        }
        if !matches!(opcode, ACK | NAK) {
            self.answer(ACK, &[], now);
        }
    }

    fn acknowledged(&mut self, now: Uptime) {
        if self.unacknowledged.take().is_none() {
            return;
        }
        if self.parts.is_empty() {
            self.codes_sent += 1;
        }
        self.send_next(now);
    }

    fn answer(&mut self, opcode: u8, data: &[u8], now: Uptime) {
        if self.answering && self.line.len() < CODES_MAX {
            self.line.push_back((self.line_free_at.max(now), packet(opcode, 0, data)));
        }
    }
}

impl Device for VirtualSsiScanner {
    fn receive(&mut self, bytes: &[u8], now: Uptime) {
        for byte in bytes {
            if let Some(said) = self.reader.push(*byte, now) {
                self.hear(said, now);
            }
        }
    }

    fn transmit(&mut self, now: Uptime) -> Vec<u8> {
        if self.unacknowledged.as_ref().is_some_and(|what| what.again_at <= now) {
            self.send_again(now);
        }
        self.read_code(now);
        let due = self.line.iter().take_while(|(at, _)| *at <= now).count();
        self.line.drain(..due).flat_map(|(_, bytes)| bytes).collect()
    }

    fn wake(&self, now: Uptime) -> Option<Uptime> {
        let line = self.line.front().map(|(at, _)| *at);
        let code = self.ready(now).then(|| self.line_free_at.max(now));
        let again = self.unacknowledged.as_ref().map(|what| what.again_at);
        [line, code, again].into_iter().flatten().min()
    }

    fn accepts(&self, _now: Uptime) -> usize {
        ACCEPTS_BYTES
    }

    fn attached(&self) -> bool {
        self.plugged
    }
}
