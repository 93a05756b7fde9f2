//! `kiosk.toml`, checked before anything is opened.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use device_links::{AddressError, CameraAddress, CameraAddressError, LinkAddress};
use kiosk_screen::ScreenTarget;
use qr_scanner::{Family, LineFamily};
use queue_protocol::model::KioskId;
use serde::Deserialize;

/// Why the configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read {}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The file is not what it should be; the source names line and key.
    #[error("{} is not a valid kiosk configuration", path.display())]
    Invalid {
        /// The file.
        path: PathBuf,
        /// Where and why.
        #[source]
        source: Box<toml::de::Error>,
    },
}

/// Everything that differs between two kiosks. See `kiosk.sample.toml` for each key.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// This kiosk's id in the queue service.
    pub kiosk: KioskId,
    /// Where the journal lives. It must survive a power cut.
    pub state_dir: PathBuf,
    /// Where Slint draws.
    #[serde(deserialize_with = "from_text")]
    pub screen: ScreenTarget,
    /// The bar-code scanner, or the camera in its place.
    pub scanner: ScannerConfig,
    /// The ticket printer.
    pub printer: PrinterConfig,
    /// The queue service.
    pub queue: QueueConfig,
}

/// The ticket printer.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PrinterConfig {
    /// Where it is attached.
    #[serde(deserialize_with = "from_text")]
    pub link: LinkAddress,
    /// What it can do.
    pub profile: PrinterProfile,
}

/// What a printer can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[expect(clippy::enum_variant_names, reason = "the width of the paper is part of a profile's name")]
pub enum PrinterProfile {
    /// Epson TM-T20/T82/T88 of the last ten years and clones with its command set, 80 mm: confirms each ticket.
    #[serde(rename = "epson-80mm")]
    Epson80Mm,
    /// Kiosk printers with a presenter, such as Custom's VKP80 and KPM: confirm by the ticket they feel at the mouth.
    #[serde(rename = "presenter-80mm")]
    Presenter80Mm,
    /// Printers that count tickets in their status, as Star's do, with Epson's commands otherwise.
    #[serde(rename = "counter-80mm")]
    Counter80Mm,
    /// Any ESC/POS printer on 80 mm paper: its tickets are never confirmed, so the number stays on screen.
    #[serde(rename = "unknown-80mm")]
    Unknown80Mm,
}

/// The scanner.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScannerConfig {
    /// Where it is attached.
    #[serde(deserialize_with = "from_text")]
    pub link: ScannerAddress,
    /// What is on a serial line or behind a network; other links say it themselves.
    #[serde(default = "plain", deserialize_with = "from_text")]
    pub family: LineFamily,
}

/// Any engine that ends its codes with a character or a pause, and nothing is sent to it.
const fn plain() -> LineFamily {
    LineFamily::Is(Family::Plain)
}

/// Where codes are read: by a bar-code engine on a link, or by a camera.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ScannerAddress {
    /// `serial:…`, `tcp:…`, `hidraw:…` or `keyboard:…`.
    Engine(LinkAddress),
    /// `camera:…`.
    Camera(CameraAddress),
}

/// A text that is no address of a scanner.
#[derive(Debug, thiserror::Error)]
pub enum ScannerAddressError {
    /// It does not begin with `camera:` and is no link.
    #[error(transparent)]
    Link(#[from] AddressError),
    /// It begins with `camera:` and is no camera.
    #[error(transparent)]
    Camera(#[from] CameraAddressError),
}

impl FromStr for ScannerAddress {
    type Err = ScannerAddressError;

    fn from_str(text: &str) -> Result<Self, ScannerAddressError> {
        if text.starts_with("camera:") {
            return Ok(Self::Camera(text.parse()?));
        }
        Ok(Self::Engine(text.parse()?))
    }
}

impl fmt::Display for ScannerAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Engine(link) => link.fmt(f),
            Self::Camera(camera) => camera.fmt(f),
        }
    }
}

/// The queue service.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QueueConfig {
    /// Its address, such as `http://127.0.0.1:7070`.
    pub url: String,
    /// Where this kiosk's key is, as `queuectl enrol` writes it; without it only an open service answers.
    #[serde(default)]
    pub key_file: Option<PathBuf>,
    /// The certificate of the CA that an `https` service is trusted by, in PEM.
    #[serde(default)]
    pub ca_file: Option<PathBuf>,
}

impl Config {
    /// Reads and checks the file.
    ///
    /// # Errors
    /// [`ConfigError`], with the line and the key in its source.
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| ConfigError::Unreadable { path: path.to_owned(), source })?;
        toml::from_str(&text).map_err(|source| ConfigError::Invalid { path: path.to_owned(), source: Box::new(source) })
    }
}

fn from_text<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: serde::Deserializer<'de>,
    T: std::str::FromStr,
    T::Err: std::error::Error,
{
    let text = String::deserialize(deserializer)?;
    text.parse().map_err(serde::de::Error::custom)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAMPLE: &str = include_str!("../kiosk.sample.toml");

    fn refusal(text: &str) -> String {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("kiosk.toml");
        std::fs::write(&path, text).unwrap();
        let error = anyhow::Error::from(Config::read(&path).unwrap_err());
        format!("{error:#}")
    }

    #[test]
    fn the_sample_configuration_is_valid() {
        assert_eq!(toml::from_str::<Config>(SAMPLE).unwrap().kiosk.as_str(), "k1");
    }

    #[test]
    fn a_wrong_key_is_named_with_its_line() {
        let text = refusal(&SAMPLE.replace("state_dir", "stat_dir"));
        assert!(text.contains("stat_dir") && text.contains("line "), "{text}");
    }

    #[test]
    fn without_a_family_nothing_is_sent_to_the_scanner() {
        let text = SAMPLE.replace("family = \"auto\"\n", "");
        assert_ne!(text, SAMPLE);
        let config = toml::from_str::<Config>(&text).unwrap();
        assert_eq!(config.scanner.family, LineFamily::Is(Family::Plain));
    }

    #[test]
    fn a_wrong_family_is_named_with_its_line() {
        let text = refusal(&SAMPLE.replace("\"auto\"", "\"zebra\""));
        assert!(text.contains("line ") && text.contains("zebra-ssi"), "{text}");
    }

    #[test]
    fn a_camera_may_stand_in_the_scanners_place() {
        let text = SAMPLE.replace("serial:/dev/ttyACM0@9600", "camera:/dev/video0");
        let scanner = toml::from_str::<Config>(&text).unwrap().scanner;
        assert!(matches!(&scanner.link, ScannerAddress::Camera(_)), "{scanner:?}");
        assert_eq!(scanner.link.to_string(), "camera:/dev/video0");
    }

    #[test]
    fn a_wrong_link_is_named_with_its_line() {
        let text = refusal(&SAMPLE.replace("serial:/dev/ttyACM0@9600", "ttyACM0"));
        assert!(text.contains("line ") && text.contains("ttyACM0"), "{text}");
    }
}
