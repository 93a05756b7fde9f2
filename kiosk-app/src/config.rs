//! `kiosk.toml`, checked before anything is opened. Every key is described in `kiosk.sample.toml`.

mod card;
mod error;
mod printer;
mod queue;
mod scanner;
mod screen;
mod updates;
pub(crate) mod voice;
mod ways;

use std::path::{Path, PathBuf};

use kiosk_core::event::{Offered, Ways};
use queue_client::QueueClient;
use queue_protocol::model::KioskId;
use serde::Deserialize;

pub use card::CardConfig;
pub use error::ConfigError;
pub use printer::{PrinterConfig, Printing};
pub use queue::{HospitalKey, QueueConfig};
pub use scanner::{ScannerAddress, ScannerConfig};
pub use screen::ScreenConfig;
pub use updates::UpdateAddress;
pub use voice::VoiceConfig;
pub use ways::{ScreenLanguage, WaysConfig};

use crate::technician::check_trust;

/// Largest file that a key may name, in bytes.
const FILE_BYTES_MAX: u64 = 65_536;
/// As kiosk-network.socket has it (images/units).
const NETWORK_SOCKET: &str = "/run/kiosk-network.sock";

/// As kiosk-update.socket has it (images/units).
const UPDATER_SOCKET: &str = "/run/kiosk-update.sock";

/// Everything that differs between two kiosks. See `kiosk.sample.toml` for each key.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// This kiosk's id in the queue service.
    pub kiosk: KioskId,
    /// Where the journals and the counters live. It must survive a power cut.
    pub state_dir: PathBuf,
    /// Where Slint draws.
    pub screen: ScreenConfig,
    /// The language of the screens until a patient chooses another.
    #[serde(default)]
    pub language: ScreenLanguage,
    /// Ways into a visit besides a card held up.
    #[serde(default)]
    pub ways: WaysConfig,
    /// The socket for `kioskctl`; without it `control.sock` in `state_dir`.
    pub control: Option<PathBuf>,
    /// The socket of the machine's program that changes the network; without it the one that images have.
    pub network: Option<PathBuf>,
    /// Where updates of the machine lie, by `https`: the machine's program for updates reads it.
    pub updates: Option<UpdateAddress>,
    /// The socket of the machine's program that installs updates; without it the one that images have.
    pub updater: Option<PathBuf>,
    /// Whom the hospital trusts to sign service tokens; without it only the PIN opens the service mode.
    pub service_trust: Option<PathBuf>,
    /// The bar-code scanner, or the camera in its place.
    pub scanner: ScannerConfig,
    /// The ticket printer.
    pub printer: PrinterConfig,
    /// The chip-card reader; without it the kiosk reads no chips.
    pub card: Option<CardConfig>,
    /// The voice; without it the kiosk is silent.
    pub voice: Option<VoiceConfig>,
    /// The queue service.
    pub queue: QueueConfig,
}

/// A configuration whose files are all there.
#[derive(Debug)]
pub struct Checked {
    /// What the file says.
    pub config: Config,
    /// What the printer can do, and the logo.
    pub printing: Printing,
    /// The client of the queue service, with this kiosk's key.
    pub queue: QueueClient,
    /// The key of the marks by which the queue service recognises a person.
    pub person_key: Option<HospitalKey>,
    /// Certificates (DER or PEM) of the issuing authorities trusted to have signed chips.
    pub anchors: Vec<Vec<u8>>,
}

impl Config {
    /// Reads and checks the file, and every file it names.
    ///
    /// # Errors
    /// [`ConfigError`]: file, line and key, what is wrong and what is allowed.
    pub fn read(path: &Path) -> Result<Checked, ConfigError> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| ConfigError::Unreadable { path: path.to_owned(), source })?;
        Self::check(path, &text)
    }

    fn check(path: &Path, text: &str) -> Result<Checked, ConfigError> {
        let config: Self = toml::from_str(text).map_err(|error| ConfigError::parsed(path, text, &error))?;
        let wrong = |key: &'static str| move |message: String| ConfigError::at_key(path, text, key, message);
        let queue = config.queue.client().map_err(|(key, what)| wrong(key)(what))?;
        let profile = config.printer.profile().map_err(wrong("printer.proven"))?;
        let logo = config.printer.logo().map_err(wrong("printer.logo"))?;
        let person_key = config.queue.person_key().map_err(wrong("queue.person_key_file"))?;
        if let Some(path) = &config.service_trust {
            check_trust(path).map_err(wrong("service_trust"))?;
        }
        let anchors = match &config.card {
            Some(card) => card.anchors().map_err(wrong("card.anchors"))?,
            None => Vec::new(),
        };
        Ok(Checked { printing: Printing { profile, logo }, queue, person_key, anchors, config })
    }

    /// What the hospital offers at this kiosk besides a number for a card held up.
    #[must_use]
    pub fn offered_ways(&self) -> Ways {
        let chip = if self.card.is_some() { Offered::Yes } else { Offered::No };
        // Without the key of the marks nobody can be asked for.
        let held_tickets = if self.queue.person_key_file.is_some() { Offered::Yes } else { Offered::No };
        Ways { typed: self.ways.typed.into(), no_card: self.ways.no_card.into(), held_tickets, chip }
    }

    /// Where the machine's program that changes the network is reached.
    #[must_use]
    pub fn network_socket(&self) -> PathBuf {
        self.network.clone().unwrap_or_else(|| NETWORK_SOCKET.into())
    }

    /// Where the machine's program that installs updates is reached.
    #[must_use]
    pub fn updater_socket(&self) -> PathBuf {
        self.updater.clone().unwrap_or_else(|| UPDATER_SOCKET.into())
    }

    /// Where `kioskctl` reaches the running kiosk.
    #[must_use]
    pub fn control_socket(&self) -> PathBuf {
        self.control.clone().unwrap_or_else(|| self.state_dir.join("control.sock"))
    }
}

/// Reads a text that a key names.
pub(crate) fn bounded_text(path: &Path) -> Result<String, String> {
    String::from_utf8(bounded_file(path)?).map_err(|_| format!("{} is no text", path.display()))
}

/// Reads a file that a key names.
fn bounded_file(path: &Path) -> Result<Vec<u8>, String> {
    let said = |error: std::io::Error| format!("cannot read {}: {error}", path.display());
    let bytes = std::fs::metadata(path).map_err(said)?.len();
    if bytes > FILE_BYTES_MAX {
        return Err(format!("{} has {bytes} bytes, at most {FILE_BYTES_MAX} are allowed", path.display()));
    }
    std::fs::read(path).map_err(said)
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
mod tests;
