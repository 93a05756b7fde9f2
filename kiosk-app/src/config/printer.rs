//! The ticket printer's keys.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use device_links::{AddressError, LinkAddress};
use serde::Deserialize;
use thermal_printer_escpos::encode::means::TcvnPages;
use thermal_printer_escpos::profile::{Family, Profile, Wire};
use thermal_printer_escpos::ticket::Logo;

use super::{bounded_file, from_text};

/// The ticket printer.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PrinterConfig {
    /// Where it is attached.
    #[serde(deserialize_with = "from_text")]
    pub link: PrinterAddress,
    /// What it can do.
    #[serde(deserialize_with = "from_text")]
    pub profile: PrinterFamily,
    /// The file in which a technician's choice of code pages is kept (`kioskctl printer selftest --store`).
    pub proven: Option<PathBuf>,
    /// The hospital's logo, a PNG.
    pub logo: Option<PathBuf>,
}

/// What the printer thread needs besides the address.
#[derive(Debug, Clone)]
pub struct Printing {
    /// What the printer can do on its link.
    pub profile: Profile,
    /// The hospital's logo.
    pub logo: Option<Logo>,
}

/// A printer's family by its name.
#[derive(Debug, Clone, Copy)]
pub struct PrinterFamily(pub &'static Family);

/// A text that names no family.
#[derive(Debug, thiserror::Error)]
#[error("there is no profile {got:?}; allowed are {}", Family::names())]
pub struct UnknownFamily {
    got: String,
}

impl FromStr for PrinterFamily {
    type Err = UnknownFamily;

    fn from_str(name: &str) -> Result<Self, UnknownFamily> {
        Family::named(name).map(Self).ok_or_else(|| UnknownFamily { got: name.to_owned() })
    }
}

/// A link that a printer can be on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrinterAddress(pub LinkAddress);

/// A text that is no address of a printer.
#[derive(Debug, thiserror::Error)]
pub enum PrinterAddressError {
    /// It is no link.
    #[error(transparent)]
    Link(#[from] AddressError),
    /// It is a scanner's link.
    #[error("a printer is never on {got}; allowed are serial:PATH@BAUD, usblp:PATH and tcp:HOST:PORT")]
    Scanners {
        /// The text.
        got: String,
    },
}

impl FromStr for PrinterAddress {
    type Err = PrinterAddressError;

    fn from_str(text: &str) -> Result<Self, PrinterAddressError> {
        match text.parse()? {
            LinkAddress::Hidraw(_) | LinkAddress::Keyboard(_) => {
                Err(PrinterAddressError::Scanners { got: text.to_owned() })
            }
            link @ (LinkAddress::Serial(_) | LinkAddress::UsbLp(_) | LinkAddress::Tcp(_)) => Ok(Self(link)),
        }
    }
}

/// The file that `kioskctl printer selftest --store` writes.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ProvenFile {
    profile: String,
    pages: Option<String>,
}

impl PrinterConfig {
    /// What the printer can do on its link, with the code pages that were read on its own paper.
    pub(super) fn profile(&self) -> Result<Profile, String> {
        let wire = match &self.link.0 {
            LinkAddress::Serial(line) => Wire::Serial { baud: line.baud },
            LinkAddress::UsbLp(_) | LinkAddress::Tcp(_) | LinkAddress::Hidraw(_) | LinkAddress::Keyboard(_) => {
                Wire::Fast
            }
        };
        let profile = (self.profile.0.profile)(wire);
        let pages = self.proven.as_deref().map(|path| self.proven_pages(path)).transpose()?.flatten();
        Ok(pages.map_or(profile, |pages| profile.proven(pages)))
    }

    fn proven_pages(&self, path: &Path) -> Result<Option<TcvnPages>, String> {
        let said = |error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
        let text = String::from_utf8(bounded_file(path)?).map_err(|error| said(&error))?;
        let file: ProvenFile = toml::from_str(&text).map_err(|error| said(&error.message()))?;
        if file.profile != self.profile.0.name {
            let configured = self.profile.0.name;
            return Err(said(&format!("was proven on {}, and printer.profile is {configured}", file.profile)));
        }
        file.pages.map(|pages| pages.parse().map_err(|error| said(&error))).transpose()
    }

    pub(super) fn logo(&self) -> Result<Option<Logo>, String> {
        let Some(path) = &self.logo else { return Ok(None) };
        let refused = |error| format!("{}: {error}", path.display());
        Logo::from_png(&bounded_file(path)?).map(Some).map_err(refused)
    }
}
