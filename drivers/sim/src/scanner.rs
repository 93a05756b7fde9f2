//! Bar-code engines of every family, by the makers' manuals.

mod delivery;
mod gm65;
mod hid_pos;
mod honeywell;
mod keyboard;
mod make;
mod newland;
mod ssi;
mod ssi_packet;

use std::collections::VecDeque;
use std::time::Duration;

use kiosk_hal::uptime::Uptime;

use crate::wire::Device;
pub use delivery::{Delivery, OVERLONG_BYTES_MAX};
pub use hid_pos::HID_POS_DESCRIPTOR;
pub use make::Make;
use make::{Command, Ear, Heard};
pub use ssi::{RESPONSE_MS, SSI_SENDS_MAX, VirtualSsiScanner};

/// Codes held up one after the other that the engine keeps; further ones are missed.
pub const CODES_MAX: usize = 64;

/// Longest payload that can be presented, in bytes; the rest is cut off. More than any symbol holds, so that faults fit.
pub const PAYLOAD_BYTES_MAX: usize = 16_384;

/// Bytes the engine takes at a time.
const ACCEPTS_BYTES: usize = 256;

/// How long one trigger keeps the engine looking, in milliseconds (GM65 default single read time: 5 s).
pub const TRIGGER_MS: u64 = 5_000;

/// What makes the engine look for a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Trigger {
    /// It always looks (continuous, presentation).
    Always,
    /// It looks for [`TRIGGER_MS`] after its trigger command or until its stop command, and for one code.
    Command,
}

/// A code that stays before the window.
struct Lying {
    payload: Vec<u8>,
    every: Duration,
    read_next: Uptime,
}

/// The virtual scanner of any make that waits for no acknowledgement.
pub struct VirtualScanner {
    make: Make,
    delivery: Delivery,
    suffix: Vec<u8>,
    trigger: Trigger,
    triggered_until: Option<Uptime>,
    shown: VecDeque<Vec<u8>>,
    lying: Option<Lying>,
    line: VecDeque<(Uptime, Vec<u8>)>,
    line_free_at: Uptime,
    ear: Ear,
    plugged: bool,
    answering: bool,
    codes_sent: usize,
    codes_missed: usize,
    unknown_commands: usize,
    saves: usize,
}

/// Prints no payload: a code usually holds an identity.
impl std::fmt::Debug for VirtualScanner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("VirtualScanner")
            .field("make", &self.make)
            .field("delivery", &self.delivery)
            .field("trigger", &self.trigger)
            .field("codes_waiting", &self.shown.len())
            .finish_non_exhaustive()
    }
}

impl VirtualScanner {
    /// A GM65 in continuous mode with the suffix CR.
    #[must_use]
    pub fn new(delivery: Delivery) -> Self {
        Self::of(Make::Gm65, delivery)
    }

    /// A scanner of this make in continuous mode, with the suffix CR where it has one.
    #[must_use]
    pub fn of(make: Make, delivery: Delivery) -> Self {
        Self {
            make,
            delivery,
            suffix: vec![b'\r'],
            trigger: Trigger::Always,
            triggered_until: None,
            shown: VecDeque::new(),
            lying: None,
            line: VecDeque::new(),
            line_free_at: Uptime::ZERO,
            ear: Ear::of(make),
            plugged: true,
            answering: true,
            codes_sent: 0,
            codes_missed: 0,
            unknown_commands: 0,
            saves: 0,
        }
    }

    /// Holds a code up. It stays before the window until it is read; codes are read in the order held up.
    pub fn present(&mut self, payload: &[u8]) {
        if self.shown.len() >= CODES_MAX || !self.plugged {
            self.codes_missed += 1;
            return;
        }
        self.shown.push_back(payload.iter().copied().take(PAYLOAD_BYTES_MAX).collect());
    }

    /// Leaves a code lying before the window: an engine in continuous mode reads it again each time `every` has passed.
    pub fn lay_down(&mut self, payload: &[u8], every: Duration) {
        let payload = payload.iter().copied().take(PAYLOAD_BYTES_MAX).collect();
        self.lying = Some(Lying { payload, every, read_next: Uptime::ZERO });
    }

    /// Takes away every code that has not been read, and the one that lies there.
    pub fn withdraw(&mut self) {
        self.shown.clear();
        self.lying = None;
    }

    /// Puts raw bytes on the line as they are, without suffix: a recording, or noise.
    pub fn inject(&mut self, bytes: &[u8]) {
        let bytes: Vec<u8> = bytes.iter().copied().take(PAYLOAD_BYTES_MAX).collect();
        if self.line.len() < CODES_MAX {
            self.line.push_back((self.line_free_at, bytes));
        }
    }

    /// Chooses how codes travel from here on.
    pub fn set_delivery(&mut self, delivery: Delivery) {
        self.delivery = delivery;
    }

    /// Chooses what follows each code; empty = nothing (the end is a pause only).
    pub fn set_suffix(&mut self, suffix: &[u8]) {
        self.suffix = suffix.iter().copied().take(ACCEPTS_BYTES).collect();
    }

    /// Chooses what makes the engine look.
    pub fn set_trigger(&mut self, trigger: Trigger) {
        self.trigger = trigger;
        self.triggered_until = None;
    }

    /// Answers no command from here on. Codes are still read.
    pub const fn silent(&mut self) {
        self.answering = false;
    }

    /// Answers commands again.
    pub const fn truthful(&mut self) {
        self.answering = true;
    }

    /// Pulls the plug: the line is gone and what was on it is lost.
    pub fn unplug(&mut self) {
        self.plugged = false;
        self.shown.clear();
        self.line.clear();
        self.triggered_until = None;
        self.ear.forget();
    }

    /// Puts the plug back.
    pub fn replug(&mut self) {
        self.plugged = true;
    }

    /// Codes put on the line so far, also those cut short by a fault.
    #[must_use]
    pub const fn codes_sent(&self) -> usize {
        self.codes_sent
    }

    /// Codes held up that the engine could not keep.
    #[must_use]
    pub const fn codes_missed(&self) -> usize {
        self.codes_missed
    }

    /// Codes still before the window.
    #[must_use]
    pub fn codes_waiting(&self) -> usize {
        self.shown.len()
    }

    /// What makes the engine look.
    #[must_use]
    pub const fn trigger(&self) -> Trigger {
        self.trigger
    }

    /// Commands from the host that this engine does not know.
    #[must_use]
    pub const fn unknown_commands(&self) -> usize {
        self.unknown_commands
    }

    /// The mode register of a GM65, light and aim bits included; `None` for other makes.
    #[must_use]
    pub const fn mode_register(&self) -> Option<u8> {
        match &self.ear {
            Ear::Gm65(registers) => Some(registers.mode()),
            Ear::Deaf | Ear::Honeywell(_) | Ear::Newland(_) => None,
        }
    }

    /// Times the settings were saved.
    #[must_use]
    pub const fn saves(&self) -> usize {
        self.saves
    }

    fn obey(&mut self, heard: Heard, now: Uptime) {
        match heard.command {
            Command::Start => self.triggered_until = Some(now + Duration::from_millis(TRIGGER_MS)),
            Command::Stop => self.triggered_until = None,
            Command::Mode(trigger) => self.set_trigger(trigger),
            Command::Save => self.saves += 1,
            Command::Query => {}
            Command::Unknown => self.unknown_commands += 1,
        }
        if self.answering && !heard.answer.is_empty() && self.line.len() < CODES_MAX {
            let at = self.line_free_at.max(now);
            self.line.push_back((at, heard.answer));
        }
    }

    fn looks(&self, now: Uptime) -> bool {
        match self.trigger {
            Trigger::Always => true,
            Trigger::Command => self.triggered_until.is_some_and(|until| now <= until),
        }
    }

    fn see_what_lies_there(&mut self, now: Uptime) {
        let looks = self.plugged && self.looks(now);
        if let Some(lying) = self.lying.as_mut().filter(|lying| looks && lying.read_next <= now) {
            lying.read_next = now + lying.every;
            let payload = lying.payload.clone();
            self.present(&payload);
        }
    }

    /// Whether enough codes are before the window for one delivery.
    fn ready(&self, now: Uptime) -> bool {
        self.plugged && self.looks(now) && self.shown.len() >= self.delivery.codes_needed()
    }

    /// Reads codes until the line is busy past `now`.
    fn read_codes(&mut self, now: Uptime) {
        while self.ready(now) && self.line_free_at <= now {
            let codes: Vec<_> = self.shown.drain(..self.delivery.codes_needed()).collect();
            self.codes_sent += codes.len();
            let wrapped = |code: &Vec<u8>| self.make.wrapped(&self.delivery.code(code), &self.suffix);
            let said: Vec<u8> = codes.iter().flat_map(wrapped).collect();
            for (after, bytes) in self.delivery.chunks(&said, &self.make.noise()) {
                self.line_free_at = now + after;
                self.line.push_back((self.line_free_at, bytes));
            }
            self.triggered_until = None;
        }
    }
}

impl Device for VirtualScanner {
    fn receive(&mut self, bytes: &[u8], now: Uptime) {
        for byte in bytes {
            if let Some(heard) = self.ear.push(*byte) {
                self.obey(heard, now);
            }
        }
    }

    fn transmit(&mut self, now: Uptime) -> Vec<u8> {
        self.see_what_lies_there(now);
        self.read_codes(now);
        let due = self.line.iter().take_while(|(at, _)| *at <= now).count();
        self.line.drain(..due).flat_map(|(_, bytes)| bytes).collect()
    }

    fn wake(&self, now: Uptime) -> Option<Uptime> {
        let line = self.line.front().map(|(at, _)| *at);
        let code = self.ready(now).then(|| self.line_free_at.max(now));
        let lying = self.lying.as_ref().filter(|_| self.plugged && self.looks(now)).map(|lying| lying.read_next);
        [line, code, lying].into_iter().flatten().min()
    }

    fn accepts(&self, _now: Uptime) -> usize {
        ACCEPTS_BYTES
    }

    fn attached(&self) -> bool {
        self.plugged
    }
}
