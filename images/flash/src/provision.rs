//! What makes one kiosk out of an image: written to its EFI system partition, read at its first boot.

use std::fmt;
use std::io::{self, Cursor, Read, Seek, SeekFrom, Write};

use fatfs::{FileSystem, FsOptions};
use gpt::GptConfig;
use gpt::disk::LogicalBlockSize;
use gpt::partition_types;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::medium::Medium;
use crate::update::Address;

/// The only form of provisioning there is.
pub const FORMAT: u32 = 1;
/// The folder and the file on the EFI system partition.
pub const FOLDER: &str = "tiep-don";
/// In [`FOLDER`].
pub const FILE: &str = "provisioning.toml";
/// The file is at most this long.
pub const BYTES_MAX: usize = 16 << 10;
/// A name of a hospital or a kiosk has at most this many characters.
const NAME_CHARS_MAX: usize = 80;
/// A link to a device is at most this long.
const LINK_BYTES_MAX: usize = 256;
/// Sectors of an image: the partition tables of ours count in these.
const SECTOR_BYTES: u64 = 512;

/// One machine's own settings.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Provisioning {
    /// [`FORMAT`].
    pub format: u32,
    /// As it stands on tickets, for example `Bệnh viện Đa khoa Mẫu`.
    pub hospital: String,
    /// The kiosk's own name in the hospital, for example `K01`.
    pub kiosk: String,
    /// The queue service, for example `https://queue.hospital.example`.
    pub service: String,
    /// Given out by the queue service, good for one enrolment.
    pub enrolment_code: Secret,
    pub language: Language,
    /// The waiting area of a display, for example `khu-b`. A kiosk has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
    /// The key of the marks by which the queue service recognises a person: 64 hexadecimal digits, the same at all kiosks of
    /// a hospital. Without it nobody is recognised.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person_key: Option<Secret>,
    /// Where a technician at the kiosk fetches updates from, for example `https://updates.hospital.example/kiosk.raucb`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub updates: Option<String>,
    /// The certificate of the hospital's CA, in PEM: by it the queue service and the server of updates are trusted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ca: Option<String>,
    /// Certificates of those who issue identity cards, in PEM: by them a chip is vouched for. Without any none is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub card_anchors: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub devices: Option<Devices>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wifi: Option<Wifi>,
}

/// What is attached to a kiosk, in the words of `kiosk.toml`; `kioskctl devices` finds them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Devices {
    /// For example `serial:/dev/ttyACM0@9600`.
    pub scanner: String,
    /// For example `usblp:/dev/usb/lp0`.
    pub printer: String,
    /// For example `epson-80mm`.
    pub printer_profile: String,
    /// A part of the chip-card reader's name, or `any`. Without it the kiosk reads no chips.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub card_reader: Option<String>,
}

/// A wireless network.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wifi {
    /// 1 to 32 bytes.
    pub ssid: String,
    /// 8 to 63 printable ASCII characters, or 64 hexadecimal digits.
    pub passphrase: Secret,
}

/// The language of the first screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    Vi,
    En,
    Zh,
}

/// Text that is in no log and no error, and wiped when it is dropped.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct Secret(Zeroizing<String>);

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(Zeroizing::new(text))
    }
}

impl From<Secret> for String {
    fn from(secret: Secret) -> Self {
        secret.0.as_str().to_owned()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secret({} bytes)", self.0.len())
    }
}

/// Why a machine is not provisioned. No message holds a secret.
#[derive(Debug, thiserror::Error)]
pub enum ProvisionError {
    #[error("the provisioning is no TOML of the expected form: line {line}")]
    Toml { line: usize },
    #[error("the provisioning is {found} bytes, at most {BYTES_MAX} are possible")]
    TooLong { found: usize },
    #[error("the provisioning is of format {found}, this program knows {FORMAT}")]
    Format { found: u32 },
    #[error("{field}: {expected}")]
    Field { field: &'static str, expected: &'static str },
    #[error("the image has no readable partition table")]
    PartitionTable(#[source] gpt::GptError),
    #[error("the image has no EFI system partition")]
    NoPartition,
    #[error("the image has no folder {FOLDER} on its EFI system partition: it is no image of a kiosk or display")]
    NoFolder,
    #[error("the EFI system partition cannot be written")]
    FileSystem(#[source] io::Error),
    #[error("what was read back of the provisioning is not what was written: the drive is bad, use another")]
    Differs,
}

impl Provisioning {
    /// Reads and checks a provisioning file.
    pub fn parse(text: &str) -> Result<Self, ProvisionError> {
        if text.len() > BYTES_MAX {
            return Err(ProvisionError::TooLong { found: text.len() });
        }
        // The parser's own message quotes the line, which may hold a secret.
        let line_of = |error: toml::de::Error| {
            let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
            ProvisionError::Toml { line: before.matches('\n').count() + 1 }
        };
        let provisioning: Self = toml::from_str(text).map_err(line_of)?;
        provisioning.check()?;
        Ok(provisioning)
    }

    /// Checks every field; [`Self::parse`] has done so.
    pub fn check(&self) -> Result<(), ProvisionError> {
        if self.format != FORMAT {
            return Err(ProvisionError::Format { found: self.format });
        }
        let kiosk = |text: &str| {
            (1..=32).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        };
        let code = self.enrolment_code.0.as_str();
        let rules = [
            ("hospital", is_name(&self.hospital), "1 to 80 characters on one line"),
            ("kiosk", kiosk(&self.kiosk), "1 to 32 letters A to Z, digits and hyphens"),
            ("service", is_service(&self.service), "an address such as https://queue.hospital.example"),
            (
                "enrolment_code",
                (1..=64).contains(&code.len()) && code.bytes().all(|byte| byte.is_ascii_graphic()),
                "1 to 64 characters as shown by the queue service",
            ),
        ];
        let zone = self.zone.iter().map(|zone| ("zone", is_word(zone), "1 to 64 letters a to z, digits and hyphens"));
        let person_key =
            self.person_key.iter().map(|key| ("person_key", is_person_key(&key.0), "64 hexadecimal digits"));
        let (network, card) = (self.network_rules(), self.card_rules());
        let devices = self.devices.iter().flat_map(Devices::rules);
        let wifi = self.wifi.iter().flat_map(Wifi::rules);
        let more = zone.chain(person_key).chain(network).chain(card).chain(devices).chain(wifi);
        match rules.into_iter().chain(more).find(|(_, holds, _)| !holds) {
            Some((field, _, expected)) => Err(ProvisionError::Field { field, expected }),
            None => Ok(()),
        }
    }

    fn network_rules(&self) -> impl Iterator<Item = (&'static str, bool, &'static str)> {
        let is_address = |text: &String| Address::try_from(text.clone()).is_ok();
        let address = "an address such as https://updates.hospital.example/kiosk.raucb";
        let updates = self.updates.iter().map(move |text| ("updates", is_address(text), address));
        let ca = self.ca.iter().map(|pem| ("ca", is_certificate(pem), "a certificate in PEM"));
        updates.chain(ca)
    }

    fn card_rules(&self) -> impl Iterator<Item = (&'static str, bool, &'static str)> {
        let reads = self.devices.as_ref().is_some_and(|devices| devices.card_reader.is_some());
        let expected = "certificates in PEM, of a kiosk with a devices.card_reader";
        self.card_anchors.iter().map(move |pem| ("card_anchors", reads && is_certificate(pem), expected))
    }

    /// Writes the file into the EFI system partition that the partition table in `head` names, and reads it back.
    /// Gives the length of the file in bytes.
    pub(crate) fn write_to(&self, head: &[u8], medium: &mut dyn Medium) -> Result<u64, ProvisionError> {
        let text =
            Zeroizing::new(toml::to_string(self).map_err(|error| ProvisionError::FileSystem(io::Error::other(error)))?);
        let (start, bytes) = system_partition(head)?;
        let failed = ProvisionError::FileSystem;
        {
            let partition = Partition { medium, start, bytes, at: 0 };
            let fs = FileSystem::new(partition, FsOptions::new()).map_err(failed)?;
            // Images have the folder. One that fatfs makes would name the root's cluster as its parent, which fsck.fat
            // repairs and other systems may refuse.
            let folder = fs.root_dir().open_dir(FOLDER).map_err(|error| {
                if error.kind() == io::ErrorKind::NotFound { ProvisionError::NoFolder } else { failed(error) }
            })?;
            let mut file = folder.create_file(FILE).map_err(failed)?;
            file.truncate().map_err(failed)?;
            file.write_all(text.as_bytes()).map_err(failed)?;
            file.flush().map_err(failed)?;
            drop(file);
            drop(folder);
            fs.unmount().map_err(failed)?;
        }
        medium.flush().map_err(failed)?;
        let fs = FileSystem::new(Partition { medium, start, bytes, at: 0 }, FsOptions::new()).map_err(failed)?;
        let mut found = Zeroizing::new(Vec::new());
        let mut file = fs.root_dir().open_file(&format!("{FOLDER}/{FILE}")).map_err(failed)?;
        file.read_to_end(&mut found).map_err(failed)?;
        if *found == text.as_bytes() { Ok(text.len() as u64) } else { Err(ProvisionError::Differs) }
    }
}

impl Devices {
    fn rules(&self) -> [(&'static str, bool, &'static str); 4] {
        let link =
            |text: &str| (1..=LINK_BYTES_MAX).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
        [
            ("devices.scanner", link(&self.scanner), "a link such as serial:/dev/ttyACM0@9600"),
            ("devices.printer", link(&self.printer), "a link such as usblp:/dev/usb/lp0"),
            ("devices.printer_profile", is_word(&self.printer_profile), "a profile such as epson-80mm"),
            (
                "devices.card_reader",
                self.card_reader.as_deref().is_none_or(is_name),
                "a part of a reader's name, or any",
            ),
        ]
    }
}

impl Wifi {
    /// Gives the first field that cannot be, and what is expected there.
    pub(crate) fn check(&self) -> Result<(), (&'static str, &'static str)> {
        match self.rules().into_iter().find(|(_, holds, _)| !holds) {
            Some((field, _, expected)) => Err((field, expected)),
            None => Ok(()),
        }
    }

    fn rules(&self) -> [(&'static str, bool, &'static str); 2] {
        let phrase = self.passphrase.0.as_bytes();
        let printable = (8..=63).contains(&phrase.len()) && phrase.iter().all(|byte| (0x20..0x7f).contains(byte));
        let key = phrase.len() == 64 && phrase.iter().all(u8::is_ascii_hexdigit);
        let named = (1..=32).contains(&self.ssid.len()) && !self.ssid.chars().any(char::is_control);
        [
            ("wifi.ssid", named, "1 to 32 bytes"),
            ("wifi.passphrase", printable || key, "8 to 63 printable ASCII characters, or 64 hexadecimal digits"),
        ]
    }
}

/// What hospitals and readers are named with.
fn is_name(text: &str) -> bool {
    let count = text.chars().count();
    (1..=NAME_CHARS_MAX).contains(&count) && text.trim() == text && !text.chars().any(char::is_control)
}

/// What the queue service and the printer profiles are named with.
fn is_word(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=64).contains(&text.len()) && text.bytes().all(plain)
}

/// What `kiosk-app` reads of a file.
fn is_person_key(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// One certificate or several in PEM (RFC 7468), and no key.
fn is_certificate(pem: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_graphic() || byte == b' ' || byte == b'\n' || byte == b'\r';
    let pem = pem.trim();
    pem.starts_with("-----BEGIN CERTIFICATE-----")
        && pem.ends_with("-----END CERTIFICATE-----")
        && !pem.contains("PRIVATE KEY")
        && pem.bytes().all(plain)
}

/// `http` or `https`, a host, perhaps a port, and no path.
fn is_service(text: &str) -> bool {
    let Some(rest) = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://")) else { return false };
    let (host, port) = match rest.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (rest, None),
    };
    let host_ok = !host.is_empty()
        && host.len() <= 253
        && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-[]:".contains(&byte));
    host_ok && port.is_none_or(|port| port.parse::<u16>().is_ok_and(|port| port != 0))
}

/// Where the EFI system partition is, in bytes from the start of the image.
fn system_partition(head: &[u8]) -> Result<(u64, u64), ProvisionError> {
    let table = GptConfig::new()
        .writable(false)
        .logical_block_size(LogicalBlockSize::Lb512)
        .only_valid_headers(false)
        .open_from_device(Cursor::new(head.to_vec()))
        .map_err(ProvisionError::PartitionTable)?;
    let partition = table.partitions().values().find(|partition| partition.part_type_guid == partition_types::EFI);
    let partition = partition.ok_or(ProvisionError::NoPartition)?;
    let sectors = partition.last_lba.checked_sub(partition.first_lba).and_then(|sectors| sectors.checked_add(1));
    let bytes = sectors.and_then(|sectors| sectors.checked_mul(SECTOR_BYTES));
    match (partition.first_lba.checked_mul(SECTOR_BYTES), bytes) {
        (Some(start), Some(bytes)) if start >= crate::flash::HEAD_BYTES => Ok((start, bytes)),
        _ => Err(ProvisionError::NoPartition),
    }
}

/// A part of a medium as a stream of bytes.
struct Partition<'a> {
    medium: &'a mut dyn Medium,
    start: u64,
    bytes: u64,
    at: u64,
}

impl Partition<'_> {
    fn left(&self, wanted: usize) -> usize {
        usize::try_from(self.bytes.saturating_sub(self.at)).map_or(wanted, |left| wanted.min(left))
    }
}

impl Read for Partition<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.left(buffer.len());
        self.medium.read_back_at(self.start + self.at, &mut buffer[..count])?;
        self.at += count as u64;
        Ok(count)
    }
}

impl Write for Partition<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.left(bytes.len());
        self.medium.write_at(self.start + self.at, &bytes[..count])?;
        self.at += count as u64;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        // What was written must be seen by a read past the cache.
        self.medium.flush()
    }
}

impl Seek for Partition<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => self.bytes.checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        self.at = at.filter(|at| *at <= self.bytes).ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.at)
    }
}
