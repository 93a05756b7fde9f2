//! The families of engines and what each understands.

use std::fmt;
use std::str::FromStr;

use crate::{gm65, honeywell, newland, ssi};

/// Engines that speak alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Family {
    /// Any engine that ends a code with a character or a pause. Nothing is ever sent to it.
    Plain,
    /// GM65, GM8xx and Newland EM30xx modules.
    Gm65,
    /// Honeywell scanners with a serial line.
    Honeywell,
    /// Newland's hand-held scanners with a serial line.
    Newland,
    /// Zebra scanners set to SSI.
    ZebraSsi,
    /// Any scanner in HID Point of Sale mode.
    HidPos,
    /// Any scanner in keyboard mode: ASCII records only.
    Keyboard,
}

/// What an engine in command mode can be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    /// Look for one code.
    Start,
    /// Stop looking.
    Stop,
}

/// Why a text names no family.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected plain, gm65, honeywell, newland, zebra-ssi, hid-pos or keyboard, got {got:?}")]
pub struct UnknownFamily {
    /// The text.
    pub got: String,
}

impl Family {
    /// All of them.
    pub const ALL: [Self; 7] =
        [Self::Plain, Self::Gm65, Self::Honeywell, Self::Newland, Self::ZebraSsi, Self::HidPos, Self::Keyboard];

    /// Its name in configurations and JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Gm65 => "gm65",
            Self::Honeywell => "honeywell",
            Self::Newland => "newland",
            Self::ZebraSsi => "zebra-ssi",
            Self::HidPos => "hid-pos",
            Self::Keyboard => "keyboard",
        }
    }

    /// The bytes that make the engine do it; `None` when the family has no such command.
    #[must_use]
    pub const fn command(self, action: Action) -> Option<&'static [u8]> {
        let (start, stop): (&[u8], &[u8]) = match self {
            Self::Gm65 => (&gm65::TRIGGER, &gm65::STOP),
            Self::Honeywell => (honeywell::START, honeywell::STOP),
            Self::Newland => (newland::START, newland::STOP),
            Self::ZebraSsi => (ssi::START, ssi::STOP),
            Self::Plain | Self::HidPos | Self::Keyboard => return None,
        };
        Some(match action {
            Action::Start => start,
            Action::Stop => stop,
        })
    }
}

impl fmt::Display for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Family {
    type Err = UnknownFamily;

    fn from_str(text: &str) -> Result<Self, UnknownFamily> {
        Self::ALL.into_iter().find(|family| family.name() == text).ok_or_else(|| UnknownFamily { got: text.to_owned() })
    }
}
