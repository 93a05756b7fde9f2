//! USB sticks with updates: which there are, and what udev knows of their file systems.

use std::fs;
use std::path::{Path, PathBuf};

use super::PartName;
use crate::drive::SYSTEM_MOUNTS;
use crate::mounts::Mounts;
use crate::sysfs::{self, Block, Part, SysfsError, Transport};

/// Most partitions that are looked at.
const STICKS_MAX: usize = 8;
/// File systems that are taken, each with its own mount options.
const FILE_SYSTEMS: &[(&str, &str)] = &[("vfat", ""), ("exfat", ""), ("ext4", ",noload")];
/// How every stick is mounted. With `noload` no journal is played back: nothing is written to a stick.
const OPTIONS: &str = "ro,nosuid,nodev,noexec";

/// A partition of a USB stick, or a stick without partitions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stick {
    pub name: PartName,
    /// The name of its file system; empty when it has none.
    pub label: String,
    /// As udev found it, such as `vfat`; `None` when there is none.
    pub file_system: Option<String>,
    /// Where something else has mounted it.
    pub mounted_at: Vec<String>,
}

impl Stick {
    /// Type and options to mount it with; `None` for a file system that is not taken.
    #[must_use]
    pub fn mounting(&self) -> Option<(&'static str, String)> {
        let found = self.file_system.as_deref()?;
        let (name, more) = FILE_SYSTEMS.iter().find(|(name, _)| *name == found)?;
        Some((name, format!("{OPTIONS}{more}")))
    }

    /// Where it is opened.
    #[must_use]
    pub fn device(&self) -> PathBuf {
        Path::new("/dev").join(self.name.as_str())
    }
}

/// The sticks of the machine below `root`, by name. What the running system is on is none.
///
/// # Errors
/// sysfs cannot be read.
pub fn sticks(root: &Path) -> Result<Vec<Stick>, SysfsError> {
    let table = fs::read_to_string(root.join("proc/self/mountinfo")).unwrap_or_default();
    let mounts = Mounts::parse(&table);
    let is_system =
        |block: &Block| block.parts.iter().flat_map(|part| mounts.of(part)).any(|place| SYSTEM_MOUNTS.contains(&place));
    let blocks = sysfs::blocks(&root.join("sys"))?;
    let usb = blocks.iter().filter(|block| block.transport == Transport::Usb && block.size_bytes > 0);
    let parts = usb.filter(|block| !is_system(block)).flat_map(with_file_system);
    let sticks = parts.filter_map(|part| stick(root, part, &mounts)).take(STICKS_MAX);
    Ok(sticks.collect())
}

/// The partitions of a drive, or the drive itself where it has none.
fn with_file_system(block: &Block) -> &[Part] {
    match block.parts.as_slice() {
        [_, partitions @ ..] if !partitions.is_empty() => partitions,
        whole => whole,
    }
}

fn stick(root: &Path, part: &Part, mounts: &Mounts) -> Option<Stick> {
    // udev's own database, which libudev reads as well: lines such as `E:ID_FS_TYPE=vfat`.
    let known = fs::read_to_string(root.join("run/udev/data").join(format!("b{}", part.device))).unwrap_or_default();
    let value =
        |key: &str| known.lines().find_map(|line| line.strip_prefix("E:")?.strip_prefix(key)?.strip_prefix('='));
    Some(Stick {
        name: PartName::try_from(part.name.clone()).ok()?,
        label: value("ID_FS_LABEL").unwrap_or_default().chars().filter(|letter| !letter.is_control()).collect(),
        file_system: value("ID_FS_TYPE").map(str::to_owned),
        mounted_at: mounts.of(part).map(str::to_owned).collect(),
    })
}
