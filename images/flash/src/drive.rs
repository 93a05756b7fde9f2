//! Which drives may be written to, and why the others may not.

use std::fmt;
use std::path::Path;

use serde::Serialize;

use crate::mounts::Mounts;
use crate::sysfs::{Block, Content, Contents, SysfsError, Transport, blocks, loops};

/// A drive that can be taken out of the machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Drive {
    /// Where it is opened, for example `/dev/sdb`.
    pub path: String,
    /// As the drive says; empty when it says nothing.
    pub vendor: String,
    /// As the drive says; empty when it says nothing.
    pub model: String,
    /// As the drive says; empty when it says nothing.
    pub serial: String,
    pub size_bytes: u64,
    pub transport: Transport,
    /// `major:minor`, by which an opened drive is known to be this one.
    pub device: String,
    /// Its partitions, and what they are called.
    pub content: Vec<Content>,
    /// Why it may not be written to; empty when it may.
    pub refused: Vec<Refusal>,
}

/// One reason not to write to a drive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "reason", rename_all = "snake_case")]
pub enum Refusal {
    /// The running system is on it.
    SystemDisk { mounted_at: String },
    /// Something else on it is in use.
    Mounted { mounted_at: String },
    /// The kernel or a switch on the card protects it.
    ReadOnly,
    /// A card reader without a card.
    NoMedium,
    /// Built into the machine: only an installer writes to it.
    Internal,
}

impl Drive {
    /// Whether an installer may write to it: it is built into the machine, and nothing else speaks against it.
    pub fn is_for_an_installer(&self) -> bool {
        self.refused == [Refusal::Internal]
    }
}

/// Where the running system is mounted from; a drive with one of these is never written to.
pub(crate) const SYSTEM_MOUNTS: &[&str] =
    &["/", "/boot", "/boot/efi", "/boot/firmware", "/efi", "/usr", "/var", "/home"];

/// All drives on USB and all whose medium can be removed, in the order of their names.
///
/// Fixed disks, optical drives and the kernel's own devices (loop, RAM, device mapper) are not in the list at all.
pub fn removable(sysfs: &Path, mounts: &Mounts, contents: &Contents) -> Result<Vec<Drive>, SysfsError> {
    let drives = all(sysfs, mounts, contents)?;
    Ok(drives.into_iter().filter(|drive| !drive.refused.contains(&Refusal::Internal)).collect())
}

/// The removable drives, and the fixed disks as refused with [`Refusal::Internal`].
pub fn all(sysfs: &Path, mounts: &Mounts, contents: &Contents) -> Result<Vec<Drive>, SysfsError> {
    Ok(blocks(sysfs)?.into_iter().map(|block| judged(block, mounts, contents)).collect())
}

/// The loop devices that have a file behind them, for those who build and test images.
pub fn loop_devices(sysfs: &Path, mounts: &Mounts) -> Result<Vec<Drive>, SysfsError> {
    let mut drives: Vec<Drive> =
        loops(sysfs)?.into_iter().map(|block| judged(block, mounts, &Contents::default())).collect();
    drives.iter_mut().for_each(|drive| drive.refused.retain(|refusal| *refusal != Refusal::Internal));
    Ok(drives)
}

fn judged(block: Block, mounts: &Mounts, contents: &Contents) -> Drive {
    let refused = refusals(&block, mounts);
    let content = contents.of(&block.parts);
    let device = block.parts.first().map(|part| part.device.clone()).unwrap_or_default();
    let Block { name, vendor, model, serial, size_bytes, transport, .. } = block;
    Drive { path: format!("/dev/{name}"), vendor, model, serial, size_bytes, transport, device, content, refused }
}

fn refusals(block: &Block, mounts: &Mounts) -> Vec<Refusal> {
    let mounted = block.parts.iter().flat_map(|part| mounts.of(part)).map(|at| {
        let mounted_at = at.to_owned();
        if SYSTEM_MOUNTS.contains(&at) { Refusal::SystemDisk { mounted_at } } else { Refusal::Mounted { mounted_at } }
    });
    let read_only = block.read_only.then_some(Refusal::ReadOnly);
    let no_medium = (block.size_bytes == 0).then_some(Refusal::NoMedium);
    let internal = (!block.removable && block.transport != Transport::Usb).then_some(Refusal::Internal);
    mounted.chain(read_only).chain(no_medium).chain(internal).collect()
}

impl fmt::Display for Drive {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path, vendor, model, serial, size_bytes, transport, device: _, content, refused } = self;
        let named = format!("{vendor} {model}");
        write!(f, "{path}  {}  {transport}  {}", decimal_size(*size_bytes), named.trim())?;
        if !serial.is_empty() {
            write!(f, "  serial {serial}")?;
        }
        for Content { label, .. } in content.iter().filter(|content| !content.label.is_empty()) {
            write!(f, "  [{label}]")?;
        }
        match refused.as_slice() {
            [] => Ok(()),
            reasons => {
                let reasons: Vec<String> = reasons.iter().map(ToString::to_string).collect();
                write!(f, "  REFUSED: {}", reasons.join(", "))
            }
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SystemDisk { mounted_at } => write!(f, "system disk (mounted at {mounted_at})"),
            Self::Mounted { mounted_at } => write!(f, "mounted at {mounted_at}"),
            Self::ReadOnly => f.write_str("read-only"),
            Self::NoMedium => f.write_str("no medium"),
            Self::Internal => f.write_str("built into this machine"),
        }
    }
}

/// In the maker's units: 1 GB is 1,000,000,000 bytes, as on the label.
pub fn decimal_size(bytes: u64) -> String {
    const MEGABYTE: u64 = 1_000_000;
    let tenths_of_gigabytes = bytes / (100 * MEGABYTE);
    if tenths_of_gigabytes == 0 {
        return format!("{} MB", bytes / MEGABYTE);
    }
    format!("{}.{} GB", tenths_of_gigabytes / 10, tenths_of_gigabytes % 10)
}
