//! Scanners that act as a USB keyboard.
//!
//! Such a scanner presses keys, so only what a US keyboard can type arrives: letters with Vietnamese marks are dropped or
//! replaced without a trace. A record that names a person in clear text is therefore refused
//! ([`Framed::LettersLost`]); all-ASCII records (health insurance cards in hexadecimal, numbers) are taken.
//!
//! The stream is `struct input_event` of the kernel, one after the other: what an event node delivers. Key codes come
//! from the key's place, so the layout of the machine does not matter; the scanner itself must be set to "US keyboard".

mod keys;

use std::collections::BTreeSet;
use std::fmt;
use std::time::Duration;

use kiosk_hal::scanner::{SCAN_BYTES_MAX, Scan};
use kiosk_hal::uptime::Uptime;
use zeroize::Zeroize;

use crate::decoder::{Decoder, Pauses};
use crate::record::{Framed, Records};
use keys::Key;

/// Bytes of one `struct input_event` on this machine: two long words of time, type, code and value.
pub const EVENT_BYTES: usize = TIME_BYTES + 8;
const TIME_BYTES: usize = 2 * size_of::<usize>();

/// Least silence that ends a record without Enter: scanners can be set to pause up to 100 ms between two keys.
pub const KEY_GAP: Duration = Duration::from_millis(250);

/// Modifier keys that can be held at once; more are no hands.
const HELD_MAX: usize = 16;

/// A card's text is number, old number, name, birth date, sex, address and often an issue date, separated by this.
const SEPARATOR: u8 = b'|';
const SEPARATORS_OF_A_CARD: usize = 5;
const NUMBER_DIGITS: usize = 12;

const EV_SYN: u16 = 0;
const EV_KEY: u16 = 1;
const SYN_DROPPED: u16 = 3;

/// Key events in, records out.
pub struct Keyboard {
    key_gap: Duration,
    event: Vec<u8>,
    held: BTreeSet<u16>,
    caps_lock: bool,
    record: Vec<u8>,
    /// Something was pressed that is no ASCII text, or the kernel dropped events.
    lost: bool,
    overlong: bool,
    last_byte: Uptime,
    records: Records,
}

impl Keyboard {
    /// A decoder with all keys up and Caps Lock off.
    #[must_use]
    pub fn new(pauses: Pauses) -> Self {
        Self {
            key_gap: pauses.idle_gap.max(KEY_GAP),
            event: Vec::with_capacity(EVENT_BYTES),
            held: BTreeSet::new(),
            caps_lock: false,
            record: Vec::with_capacity(SCAN_BYTES_MAX),
            lost: false,
            overlong: false,
            last_byte: Uptime::ZERO,
            records: Records::default(),
        }
    }

    fn event(&mut self, now: Uptime) {
        let event = Event::of(&self.event);
        self.event.zeroize();
        match event {
            Some(Event { kind: EV_KEY, code, value: 1 }) => self.pressed(code, now),
            Some(Event { kind: EV_KEY, code, value: 0 }) => {
                self.held.remove(&code);
            }
            Some(Event { kind: EV_SYN, code: SYN_DROPPED, .. }) => {
                self.held.clear();
                self.lost = true;
            }
            // Repeats of a held key, scan codes, lights: nothing of the code.
            Some(_) | None => {}
        }
    }

    fn pressed(&mut self, code: u16, now: Uptime) {
        let shift = self.held.iter().any(|held| Key::of(*held) == Key::Shift);
        let chord = self.held.iter().any(|held| Key::of(*held) == Key::Other);
        match Key::of(code) {
            Key::End => self.end_of_record(now),
            Key::Silent => {}
            Key::CapsLock => self.caps_lock = !self.caps_lock,
            Key::Shift => self.hold(code),
            Key::Other => {
                self.hold(code);
                self.lost = true;
            }
            Key::Letter(_) | Key::Sign(..) if chord => self.lost = true,
            Key::Letter(plain) if shift != self.caps_lock => self.text(plain.to_ascii_uppercase()),
            Key::Letter(plain) => self.text(plain),
            Key::Sign(_, shifted) if shift => self.text(shifted),
            Key::Sign(plain, _) => self.text(plain),
        }
    }

    fn hold(&mut self, code: u16) {
        if self.held.len() < HELD_MAX {
            self.held.insert(code);
        }
    }

    fn text(&mut self, letter: u8) {
        if self.overlong {
            return;
        }
        if self.record.len() >= SCAN_BYTES_MAX {
            self.record.zeroize();
            self.overlong = true;
            self.records.report(Framed::Overrun);
            return;
        }
        self.record.push(letter);
    }

    fn end_of_record(&mut self, now: Uptime) {
        let overlong = std::mem::take(&mut self.overlong);
        let lost = std::mem::take(&mut self.lost) || names_a_person(&self.record);
        if lost && !overlong {
            self.records.report(Framed::LettersLost);
        } else if let Some(scan) = Scan::new(self.record.clone()) {
            self.records.deliver(scan, now);
        }
        self.record.zeroize();
    }
}

/// Whether a record has the form of an identity card's text, whose name and address need more letters than came.
fn names_a_person(record: &[u8]) -> bool {
    let separators = record.iter().filter(|byte| **byte == SEPARATOR).count();
    let number = record.split(|byte| *byte == SEPARATOR).next().unwrap_or_default();
    separators >= SEPARATORS_OF_A_CARD && number.len() == NUMBER_DIGITS && number.iter().all(u8::is_ascii_digit)
}

/// The part of an event that matters.
struct Event {
    kind: u16,
    code: u16,
    value: i32,
}

impl Event {
    fn of(bytes: &[u8]) -> Option<Self> {
        let (kind, rest) = bytes.get(TIME_BYTES..)?.split_first_chunk()?;
        let (code, rest) = rest.split_first_chunk()?;
        let value = rest.first_chunk()?;
        Some(Self {
            kind: u16::from_ne_bytes(*kind),
            code: u16::from_ne_bytes(*code),
            value: i32::from_ne_bytes(*value),
        })
    }
}

impl Decoder for Keyboard {
    fn push(&mut self, bytes: &[u8], now: Uptime) {
        for byte in bytes {
            self.event.push(*byte);
            if self.event.len() >= EVENT_BYTES {
                self.event(now);
            }
        }
        self.last_byte = now;
    }

    fn poll(&mut self, now: Uptime) {
        if self.wake().is_some_and(|wake| now >= wake) {
            self.event.zeroize();
            self.end_of_record(now);
        }
        self.records.forget_repeats(now);
    }

    fn wake(&self) -> Option<Uptime> {
        let unfinished = !self.record.is_empty() || !self.event.is_empty() || self.lost || self.overlong;
        unfinished.then(|| self.last_byte + self.key_gap)
    }

    fn next(&mut self) -> Option<Framed> {
        self.records.next()
    }

    fn reset(&mut self) {
        self.event.zeroize();
        self.record.zeroize();
        self.held.clear();
        self.lost = false;
        self.overlong = false;
    }
}

impl Drop for Keyboard {
    fn drop(&mut self) {
        self.reset();
    }
}

impl fmt::Debug for Keyboard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keyboard")
            .field("record_bytes", &self.record.len())
            .field("records", &self.records)
            .finish_non_exhaustive()
    }
}
