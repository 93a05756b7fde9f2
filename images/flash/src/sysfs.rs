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
    pub size_bytes: u64,
    pub removable: bool,
    pub read_only: bool,
    pub transport: Transport,
    /// The drive itself, its partitions, and what is built on them (encryption, volumes).
    pub parts: Vec<Part>,
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
    let folder = sysfs.join("block");
    let mut names = entries(&folder)?;
    names.sort();
    let mut blocks = Vec::new();
    for name in names {
        let at = folder.join(&name);
        // The kernel's own devices (loop, ram, dm) have no `device`.
        if !at.join("device").exists() || attribute(&at, "device/type")?.as_deref() == Some(OPTICAL_TYPE) {
            continue;
        }
        if let Some(block) = block(sysfs, &at, name)? {
            blocks.push(block);
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
    for inner in entries(at)? {
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
    let text: String = String::from_utf8_lossy(&bytes).chars().filter(|c| !c.is_control()).collect();
    Ok(Some(text.trim().to_owned()))
}
