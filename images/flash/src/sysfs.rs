//! Block devices as the kernel shows them under `/sys/block` (Documentation/ABI/stable/sysfs-block).

use std::fmt;
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use serde::Serialize;

/// sysfs counts in these, whatever the drive's own blocks are.
const SECTOR_BYTES: u64 = 512;
/// An attribute is one page at most.
const ATTRIBUTE_BYTES_MAX: u64 = 4096;
/// Encryption on a volume on a RAID is 3; deeper than this is no stick.
const HOLDER_DEPTH_MAX: usize = 8;
/// SCSI peripheral type of a CD or DVD drive.
const OPTICAL_TYPE: &str = "5";

/// A whole drive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// The kernel's name, for example `sdb`.
    pub name: String,
    pub vendor: String,
    pub model: String,
    pub serial: String,
    pub size_bytes: u64,
    pub removable: bool,
    pub read_only: bool,
    pub transport: Transport,
    /// The drive itself, its partitions, and what is built on them (encryption, volumes).
    pub parts: Vec<Part>,
}

/// One partition, as a technician knows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Content {
    /// Where it is opened, for example `/dev/sdb1`.
    pub path: String,
    /// What it is called; empty when it has no name.
    pub label: String,
}

/// The names of file systems and partitions, as udev keeps them under `/dev/disk`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Contents {
    /// The kernel's name of the partition, and its label.
    labels: Vec<(String, String)>,
}

impl Contents {
    /// Reads `by-label` and `by-partlabel` in `folder`; a folder that is not there has no names. The first name found
    /// of a partition is its name, and the file system's comes first.
    pub fn read(folder: &Path) -> Self {
        let mut labels: Vec<(String, String)> = Vec::new();
        for kind in ["by-label", "by-partlabel"] {
            for label in entries(&folder.join(kind)).unwrap_or_default() {
                let target = fs::read_link(folder.join(kind).join(&label)).ok();
                let name = target.as_deref().and_then(Path::file_name).map(|name| name.to_string_lossy().into_owned());
                if let Some(name) = name.filter(|name| labels.iter().all(|(known, _)| known != name)) {
                    labels.push((name, printable(&label.replace("\\x20", " "))));
                }
            }
        }
        Self { labels }
    }

    /// The partitions among `parts`, without the drive itself.
    pub(crate) fn of(&self, parts: &[Part]) -> Vec<Content> {
        let label = |name: &str| self.labels.iter().find(|(known, _)| known == name).map(|(_, label)| label.clone());
        let inner = parts.iter().skip(1);
        inner
            .map(|part| Content { path: format!("/dev/{}", part.name), label: label(&part.name).unwrap_or_default() })
            .collect()
    }
}

/// Something of a drive that can be mounted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// The kernel's name, for example `sdb1`.
    pub name: String,
    /// `major:minor`.
    pub device: String,
}

/// How a drive is connected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Transport {
    Usb,
    /// An SD or eMMC slot.
    Mmc,
    Other,
}

impl fmt::Display for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Usb => "usb",
            Self::Mmc => "mmc",
            Self::Other => "other",
        })
    }
}

/// Why the drives could not be listed.
#[derive(Debug, thiserror::Error)]
pub enum SysfsError {
    #[error("cannot read {}", path.display())]
    Read { path: PathBuf, source: io::Error },
    #[error("{} says \"{found}\", expected a number", path.display())]
    NotANumber { path: PathBuf, found: String },
}

/// All drives that are devices, by name. A drive pulled out while it is read is left out.
pub fn blocks(sysfs: &Path) -> Result<Vec<Block>, SysfsError> {
    // The kernel's own devices (loop, ram, dm) have no `device`.
    listed(sysfs, |at| Ok(at.join("device").exists() && attribute(at, "device/type")?.as_deref() != Some(OPTICAL_TYPE)))
}

/// All loop devices that have a file behind them, by name.
pub fn loops(sysfs: &Path) -> Result<Vec<Block>, SysfsError> {
    listed(sysfs, |at| Ok(at.join("loop/backing_file").exists()))
}

fn listed(sysfs: &Path, wanted: impl Fn(&Path) -> Result<bool, SysfsError>) -> Result<Vec<Block>, SysfsError> {
    let folder = sysfs.join("block");
    let mut names = entries(&folder)?;
    names.sort();
    let mut blocks = Vec::new();
    for name in names {
        let at = folder.join(&name);
        if wanted(&at)? {
            blocks.extend(block(sysfs, &at, name)?);
        }
    }
    Ok(blocks)
}

/// `None` when the drive was pulled out meanwhile.
fn block(sysfs: &Path, at: &Path, name: String) -> Result<Option<Block>, SysfsError> {
    let (Some(size), Some(removable), Some(read_only)) =
        (number(at, "size")?, number(at, "removable")?, number(at, "ro")?)
    else {
        return Ok(None);
    };
    let mut parts = Vec::new();
    collect_parts(sysfs, at, &name, HOLDER_DEPTH_MAX, &mut parts)?;
    Ok(Some(Block {
        vendor: attribute(at, "device/vendor")?.unwrap_or_default(),
        model: model(at)?,
        serial: serial(at)?,
        size_bytes: size.saturating_mul(SECTOR_BYTES),
        removable: removable != 0,
        read_only: read_only != 0,
        transport: transport(at),
        parts,
        name,
    }))
}

/// SCSI and USB drives have a model, SD cards a name.
fn model(at: &Path) -> Result<String, SysfsError> {
    match attribute(at, "device/model")? {
        Some(model) => Ok(model),
        None => Ok(attribute(at, "device/name")?.unwrap_or_default()),
    }
}

/// An SD card has its own; a USB stick's is the USB device's, some folders above the drive.
fn serial(at: &Path) -> Result<String, SysfsError> {
    if let Some(serial) = attribute(at, "device/serial")? {
        return Ok(serial);
    }
    let Ok(real) = at.canonicalize() else { return Ok(String::new()) };
    match real.ancestors().find(|folder| folder.join("idVendor").exists()) {
        Some(usb) => Ok(attribute(usb, "serial")?.unwrap_or_default()),
        None => Ok(String::new()),
    }
}

/// By the place in the tree of devices that `/sys/block/NAME` links to.
fn transport(at: &Path) -> Transport {
    let Ok(real) = at.canonicalize() else { return Transport::Other };
    let passes = |bus: &str| {
        real.components().filter_map(|component| component.as_os_str().to_str()).any(|part| {
            part.strip_prefix(bus).is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_digit()))
        })
    };
    match (passes("usb"), passes("mmc")) {
        (true, _) => Transport::Usb,
        (false, true) => Transport::Mmc,
        (false, false) => Transport::Other,
    }
}

fn collect_parts(sysfs: &Path, at: &Path, name: &str, depth: usize, parts: &mut Vec<Part>) -> Result<(), SysfsError> {
    let Some(device) = attribute(at, "dev")? else { return Ok(()) };
    parts.push(Part { name: name.to_owned(), device });
    if depth == 0 {
        return Ok(());
    }
    let mut inner = entries(at)?;
    inner.sort();
    for inner in inner {
        if at.join(&inner).join("partition").exists() {
            collect_parts(sysfs, &at.join(&inner), &inner, depth - 1, parts)?;
        }
    }
    let holders = at.join("holders");
    for holder in if holders.is_dir() { entries(&holders)? } else { Vec::new() } {
        collect_parts(sysfs, &sysfs.join("block").join(&holder), &holder, depth - 1, parts)?;
    }
    Ok(())
}

fn entries(folder: &Path) -> Result<Vec<String>, SysfsError> {
    let unreadable = |source| SysfsError::Read { path: folder.to_owned(), source };
    let names = fs::read_dir(folder).map_err(unreadable)?.map(|entry| Ok(entry?.file_name()));
    let names = names.collect::<io::Result<Vec<_>>>().map_err(unreadable)?;
    Ok(names.iter().map(|name| name.to_string_lossy().into_owned()).collect())
}

fn number(at: &Path, name: &str) -> Result<Option<u64>, SysfsError> {
    let parse = |found: String| {
        let number = found.parse();
        number.map_err(|_| SysfsError::NotANumber { path: at.join(name), found })
    };
    attribute(at, name)?.map(parse).transpose()
}

/// One attribute, trimmed; `None` when it is not there. A drive chooses its own model text, so that characters which
/// could steer a terminal are left out.
fn attribute(at: &Path, name: &str) -> Result<Option<String>, SysfsError> {
    let path = at.join(name);
    let file = match fs::File::open(&path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(SysfsError::Read { path, source }),
    };
    let mut bytes = Vec::new();
    file.take(ATTRIBUTE_BYTES_MAX).read_to_end(&mut bytes).map_err(|source| SysfsError::Read { path, source })?;
    Ok(Some(printable(&String::from_utf8_lossy(&bytes))))
}

fn printable(text: &str) -> String {
    let text: String = text.chars().filter(|c| !c.is_control()).collect();
    text.trim().to_owned()
}
