//! The screen's keys.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use device_links::{LinkAddress, NodeAddress};
use kiosk_screen::ScreenTarget;
use kiosk_screen::device::calibration::Calibration;
use kiosk_screen::device::geometry::Rotation;
use kiosk_screen::device::jack::Listener;
use kiosk_screen::device::modes::{ModeWish, Showing};
use kiosk_screen::device::schedule::Schedule;
use kiosk_screen::device::{LeftAlone, LocalTime, PanelSettings};
use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Error, MapAccess, Visitor};

use super::from_text;
use super::scanner::ScannerAddress;
use crate::calendar;

/// Longest pause after a key: a number of 12 digits with pairs in it must remain possible to type.
const SAME_KEY_PAUSE_MS_MAX: u64 = 2_000;

/// Where Slint draws, and how the machine's own panel is mounted. All but the backend is for `device` alone.
#[derive(Debug, Clone)]
pub struct ScreenConfig {
    /// `window`, `device`, `linuxkms` or `virtual:…`.
    pub backend: ScreenTarget,
    /// The machine's own panel.
    panel: Table,
}

/// The table `[screen]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    #[serde(deserialize_with = "from_text")]
    backend: ScreenTarget,
    #[serde(default, deserialize_with = "rotation")]
    rotation: Rotation,
    #[serde(default, deserialize_with = "calibration")]
    calibration: Calibration,
    #[serde(default, deserialize_with = "from_text")]
    brightness: Schedule,
    card: Option<PathBuf>,
    output: Option<String>,
    #[serde(default, deserialize_with = "some_from_text")]
    mode: Option<ModeWish>,
    show: Option<Show>,
    #[serde(default, deserialize_with = "same_key_pause")]
    same_key_pause_ms: Duration,
}

/// How frames get onto the panel.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Show {
    Flip,
    Send,
}

impl ScreenConfig {
    /// What the panel's driver is told. A scanner that types is left to the scanner's thread.
    #[must_use]
    pub fn panel(&self, scanner: &ScannerAddress) -> PanelSettings {
        let Table { backend: _, rotation, calibration, brightness, card, output, mode, show, same_key_pause_ms } =
            self.panel.clone();
        PanelSettings {
            card,
            output,
            mode,
            showing: show.map(|show| match show {
                Show::Flip => Showing::Flip,
                Show::Send => Showing::Send,
            }),
            rotation,
            calibration: calibration.into(),
            headphones: Listener::default(),
            brightness,
            local_time: LocalTime::new(calendar::minute),
            left_alone: typing(scanner).into_iter().collect(),
            same_key_pause: same_key_pause_ms,
        }
    }
}

fn typing(scanner: &ScannerAddress) -> Option<LeftAlone> {
    match scanner {
        ScannerAddress::Engine(LinkAddress::Keyboard(NodeAddress::Usb(id))) => {
            Some(LeftAlone::Usb { vendor: id.vendor, product: id.product })
        }
        ScannerAddress::Engine(LinkAddress::Keyboard(NodeAddress::Path(path))) => Some(LeftAlone::Node(path.clone())),
        ScannerAddress::Engine(_) | ScannerAddress::Camera(_) => None,
    }
}

impl<'de> Deserialize<'de> for ScreenConfig {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let panel = deserializer.deserialize_any(TextOrTable)?;
        Ok(Self { backend: panel.backend.clone(), panel })
    }
}

/// `screen = "window"` is short for a table with that backend.
struct TextOrTable;

impl<'de> Visitor<'de> for TextOrTable {
    type Value = Table;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a backend such as \"window\", or a table with one")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Table, E> {
        Ok(Table {
            backend: text.parse().map_err(E::custom)?,
            rotation: Rotation::default(),
            calibration: Calibration::default(),
            brightness: Schedule::default(),
            card: None,
            output: None,
            mode: None,
            show: None,
            same_key_pause_ms: Duration::ZERO,
        })
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Table, A::Error> {
        Table::deserialize(MapAccessDeserializer::new(map))
    }
}

fn rotation<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Rotation, D::Error> {
    Rotation::from_degrees(i64::deserialize(deserializer)?).map_err(D::Error::custom)
}

fn calibration<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Calibration, D::Error> {
    let numbers = <[f32; 6]>::deserialize(deserializer)?;
    Calibration::new(numbers).map_err(D::Error::custom)
}

fn same_key_pause<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    let ms = u64::deserialize(deserializer)?;
    if ms <= SAME_KEY_PAUSE_MS_MAX {
        return Ok(Duration::from_millis(ms));
    }
    Err(D::Error::custom(format!("expected at most {SAME_KEY_PAUSE_MS_MAX}, got {ms}")))
}

fn some_from_text<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<ModeWish>, D::Error> {
    from_text(deserializer).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize)]
    struct File {
        screen: ScreenConfig,
    }

    fn panel(text: &str, scanner: &str) -> PanelSettings {
        toml::from_str::<File>(text).unwrap().screen.panel(&scanner.parse().unwrap())
    }

    #[test]
    fn a_panel_is_told_how_it_is_mounted() {
        let text = "[screen]\nbackend = \"device\"\nrotation = 90\ncalibration = [-1.0, 0, 1.0, 0, 1.0, 0]\n\
                    brightness = \"06:00=100,22:00=off\"\noutput = \"HDMI-A-1\"\nmode = \"1920x1080@60\"\nshow = \"flip\"\n\
                    same_key_pause_ms = 500\n";
        let told = panel(text, "serial:/dev/ttyACM0@9600");
        assert_eq!((told.rotation, told.showing), (Rotation::Right, Some(Showing::Flip)));
        assert_eq!(told.calibration.get().numbers(), [-1.0, 0.0, 1.0, 0.0, 1.0, 0.0]);
        assert_eq!((told.output.as_deref(), told.mode), (Some("HDMI-A-1"), Some("1920x1080@60".parse().unwrap())));
        assert!(told.left_alone.is_empty());
        assert_eq!(told.same_key_pause, Duration::from_millis(500));
        assert_eq!(panel("screen = \"device\"", "serial:/dev/ttyACM0@9600").same_key_pause, Duration::ZERO);
    }

    #[test]
    fn a_scanner_that_types_is_left_to_its_thread() {
        let told = |scanner| panel("screen = \"device\"", scanner).left_alone;
        assert_eq!(told("keyboard:0c2e:0b61"), [LeftAlone::Usb { vendor: 0x0c2e, product: 0x0b61 }]);
        assert_eq!(told("keyboard:/dev/input/event7"), [LeftAlone::Node("/dev/input/event7".into())]);
    }

    #[test]
    fn what_no_panel_can_be_is_refused() {
        for bad in [
            "rotation = 45",
            "rotation = \"90\"",
            "calibration = [1.0]",
            "brightness = \"on\"",
            "mode = \"big\"",
            "same_key_pause_ms = 2001",
        ] {
            assert!(toml::from_str::<File>(&format!("[screen]\nbackend = \"device\"\n{bad}\n")).is_err(), "{bad}");
        }
    }
}
