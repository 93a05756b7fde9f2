//! What differs between the makes of scanner: the commands they know and how they wrap a code.

use super::gm65::Registers;
use super::{Trigger, hid_pos, honeywell, keyboard, newland};

/// What a serial line picks up when a plug is touched.
pub(super) const LINE_NOISE: [u8; 7] = [0x00, 0xFF, 0x80, 0x1B, 0x10, 0xFE, 0x00];

/// Makes of scanner that send a code once and wait for nothing. One that waits for acknowledgements is a
/// [`VirtualSsiScanner`](super::VirtualSsiScanner).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Make {
    /// Knows no command: the code and a suffix.
    Plain,
    /// GM65 module and its relatives.
    Gm65,
    /// Honeywell, serial.
    Honeywell,
    /// Newland hand-held, serial.
    Newland,
    /// Any in HID Point of Sale mode: input reports of 64 bytes ([`HID_POS_DESCRIPTOR`](super::HID_POS_DESCRIPTOR)).
    HidPos,
    /// Any in keyboard mode, set to "US keyboard": key events of the kernel. Bytes over 127 are dropped, as the real
    /// ones do.
    Keyboard,
}

/// What an engine makes of a command.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Command {
    Start,
    Stop,
    Mode(Trigger),
    Save,
    /// A question that changes nothing.
    Query,
    Unknown,
}

/// A command and what the engine answers.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Heard {
    pub(super) command: Command,
    pub(super) answer: Vec<u8>,
}

impl Heard {
    pub(super) const fn unknown() -> Self {
        Self { command: Command::Unknown, answer: Vec::new() }
    }
}

/// The host's side of the line, as this make understands it.
#[derive(Debug)]
pub(super) enum Ear {
    Deaf,
    Gm65(Registers),
    Honeywell(honeywell::Reader),
    Newland(newland::Reader),
}

impl Ear {
    pub(super) fn of(make: Make) -> Self {
        match make {
            Make::Plain | Make::HidPos | Make::Keyboard => Self::Deaf,
            Make::Gm65 => Self::Gm65(Registers::default()),
            Make::Honeywell => Self::Honeywell(honeywell::Reader::default()),
            Make::Newland => Self::Newland(newland::Reader::default()),
        }
    }

    /// Takes one byte; a command comes out with its last byte.
    pub(super) fn push(&mut self, byte: u8) -> Option<Heard> {
        match self {
            Self::Deaf => None,
            Self::Gm65(registers) => registers.push(byte),
            Self::Honeywell(reader) => reader.push(byte),
            Self::Newland(reader) => reader.push(byte),
        }
    }

    /// Forgets a command half received, as without power.
    pub(super) fn forget(&mut self) {
        match self {
            Self::Deaf => {}
            Self::Gm65(registers) => registers.forget(),
            Self::Honeywell(reader) => *reader = honeywell::Reader::default(),
            Self::Newland(reader) => *reader = newland::Reader::default(),
        }
    }
}

impl Make {
    /// A code as this make puts it on its wire.
    pub(super) fn wrapped(self, code: &[u8], suffix: &[u8]) -> Vec<u8> {
        match self {
            Self::Plain | Self::Gm65 | Self::Honeywell | Self::Newland => [code, suffix].concat(),
            Self::HidPos => hid_pos::reports(code),
            Self::Keyboard => keyboard::typed(&[code, suffix].concat()),
        }
    }

    /// What comes down its wire and is no code.
    pub(super) fn noise(self) -> Vec<u8> {
        match self {
            Self::Plain | Self::Gm65 | Self::Honeywell | Self::Newland => LINE_NOISE.to_vec(),
            Self::HidPos => hid_pos::other_reports(),
            Self::Keyboard => keyboard::other_events(),
        }
    }
}
