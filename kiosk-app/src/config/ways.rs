//! What the hospital offers at this kiosk.

use kiosk_core::event::Offered;
use kiosk_core::look::Language;
use serde::Deserialize;

/// Ways into a visit besides a card held up. What is left out is not offered.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WaysConfig {
    /// A number typed on the screen.
    #[serde(default)]
    pub typed: OnOff,
    /// A number without identity, for staff to check.
    #[serde(default)]
    pub no_card: OnOff,
}

/// `"on"` or `"off"`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OnOff {
    /// Offered.
    On,
    /// Not offered.
    #[default]
    Off,
}

impl From<OnOff> for Offered {
    fn from(switch: OnOff) -> Self {
        match switch {
            OnOff::On => Self::Yes,
            OnOff::Off => Self::No,
        }
    }
}

/// A language of the screens, by its code.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
pub enum ScreenLanguage {
    /// Tiếng Việt.
    #[default]
    #[serde(rename = "vi")]
    Vietnamese,
    /// English.
    #[serde(rename = "en")]
    English,
    /// 中文.
    #[serde(rename = "zh")]
    Chinese,
}

impl From<ScreenLanguage> for Language {
    fn from(language: ScreenLanguage) -> Self {
        match language {
            ScreenLanguage::Vietnamese => Self::Vietnamese,
            ScreenLanguage::English => Self::English,
            ScreenLanguage::Chinese => Self::Chinese,
        }
    }
}
