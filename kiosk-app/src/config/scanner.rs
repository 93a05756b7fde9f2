//! The scanner's keys.

use std::fmt;
use std::str::FromStr;

use device_links::{AddressError, CameraAddress, CameraAddressError, LinkAddress};
use qr_scanner::{Family, LineFamily};
use serde::Deserialize;

use super::from_text;

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
    /// It is a printer's link.
    #[error(
        "usblp: is a printer's link, and a scanner never answers on it; allowed are serial:PATH@BAUD, hidraw:VVVV:PPPP, \
         keyboard:VVVV:PPPP, tcp:HOST:PORT and camera:PATH"
    )]
    Printers,
}

impl FromStr for ScannerAddress {
    type Err = ScannerAddressError;

    fn from_str(text: &str) -> Result<Self, ScannerAddressError> {
        if text.starts_with("camera:") {
            return Ok(Self::Camera(text.parse()?));
        }
        match text.parse()? {
            LinkAddress::UsbLp(_) => Err(ScannerAddressError::Printers),
            link @ (LinkAddress::Serial(_)
            | LinkAddress::Tcp(_)
            | LinkAddress::Hidraw(_)
            | LinkAddress::Keyboard(_)) => Ok(Self::Engine(link)),
        }
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
