//! Which printer a command is for: a family, and the code pages that were proven on its paper.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow};
use clap::{Args, ValueEnum};
use device_links::LinkAddress;
use serde::{Deserialize, Serialize};
use thermal_printer_escpos::encode::means::TcvnPages;
use thermal_printer_escpos::profile::{Family, Profile, Wire};

/// Largest file of a proven printer read, in bytes.
const FILE_BYTES_MAX: u64 = 4_096;
/// The speed of printers as they are delivered, for commands that only encode.
const BAUD: u32 = 9_600;

#[derive(Args)]
pub struct ChosenPrinter {
    /// The printer's family
    #[arg(long, default_value = "epson-80mm", value_parser = family_name)]
    profile: String,
    /// TCVN-3 pages that a person has read on this printer's paper, small letters and capitals, such as 30/31
    #[arg(long)]
    pages: Option<TcvnPages>,
    /// The file that `printer selftest --chosen` wrote, instead of --profile and --pages
    #[arg(long, conflicts_with_all = ["profile", "pages"])]
    proven: Option<PathBuf>,
}

/// How a printer is attached.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum WireKind {
    /// A slow line: as few bytes as the printer allows
    Serial,
    /// USB or Ethernet: everything as dots
    Usb,
}

/// The file in which a technician's choice is kept, one for each printer.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProvenFile {
    pub profile: String,
    /// Page numbers; left out = no page reads right, words travel as dots.
    pub pages: Option<String>,
}

impl ChosenPrinter {
    /// The profile on this kind of link, and its family's name.
    pub fn profile(&self, wire: WireKind) -> anyhow::Result<(String, Profile)> {
        self.profile_on(match wire {
            WireKind::Serial => Wire::Serial { baud: BAUD },
            WireKind::Usb => Wire::Fast,
        })
    }

    /// The profile on the link at `address`, and its family's name.
    pub fn profile_at(&self, address: &LinkAddress) -> anyhow::Result<(String, Profile)> {
        self.profile_on(wire(address))
    }

    fn profile_on(&self, wire: Wire) -> anyhow::Result<(String, Profile)> {
        let file = self.proven.as_deref().map(read).transpose()?;
        let (name, pages) = match &file {
            Some(file) => (file.profile.as_str(), file.pages.as_deref().map(str::parse).transpose()?),
            None => (self.profile.as_str(), self.pages),
        };
        let profile = (family(name)?.profile)(wire);
        Ok((name.to_owned(), pages.map_or(profile, |pages| profile.proven(pages))))
    }
}

/// How bytes travel on the link at `address`.
pub fn wire(address: &LinkAddress) -> Wire {
    match address {
        LinkAddress::Serial(serial) => Wire::Serial { baud: serial.baud },
        LinkAddress::UsbLp(_) | LinkAddress::Tcp(_) | LinkAddress::Hidraw(_) | LinkAddress::Keyboard(_) => Wire::Fast,
    }
}

fn read(path: &Path) -> anyhow::Result<ProvenFile> {
    let name = || format!("reading the proven printer {}", path.display());
    let bytes = fs::metadata(path).with_context(name)?.len();
    anyhow::ensure!(bytes <= FILE_BYTES_MAX, "{}: {bytes} bytes, at most {FILE_BYTES_MAX} allowed", name());
    toml::from_str(&fs::read_to_string(path).with_context(name)?).with_context(name)
}

/// The family of this name.
pub fn family(name: &str) -> anyhow::Result<&'static Family> {
    Family::named(name).ok_or_else(|| anyhow!("there is no profile {name}; there are: {}", Family::names()))
}

pub fn family_name(name: &str) -> Result<String, String> {
    family(name).map(|family| family.name.to_owned()).map_err(|error| error.to_string())
}
