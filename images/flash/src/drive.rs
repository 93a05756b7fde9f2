//! Which drives may be written to, and why the others may not.

use std::fmt;
use std::path::Path;

use serde::Serialize;

use crate::mounts::Mounts;
use crate::sysfs::{Block, SysfsError, Transport, blocks};

/// A drive that can be taken out of the machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Drive {
    /// Where it is opened, for example `/dev/sdb`.
    pub path: String,
    /// As the drive says; empty when it says nothing.
    pub vendor: String,
    /// As the drive says; empty when it says nothing.
    pub model: String,
    pub size_bytes: u64,
    pub transport: Transport,
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
}

/// Where the running system is mounted from; a drive with one of these is never written to.
const SYSTEM_MOUNTS: &[&str] = &["/", "/boot", "/boot/efi", "/boot/firmware", "/efi", "/usr", "/var", "/home"];

/// All drives on USB and all whose medium can be removed, in the order of their names.
///
/// Fixed disks, optical drives and the kernel's own devices (loop, RAM, device mapper) are not in the list at all.
pub fn removable(sysfs: &Path, mounts: &Mounts) -> Result<Vec<Drive>, SysfsError> {
    let blocks = blocks(sysfs)?;
    let listed = blocks.into_iter().filter(|block| block.removable || block.transport == Transport::Usb);
    Ok(listed.map(|block| judged(block, mounts)).collect())
}

fn judged(block: Block, mounts: &Mounts) -> Drive {
    let refused = refusals(&block, mounts);
    let Block { name, vendor, model, size_bytes, transport, .. } = block;
    Drive { path: format!("/dev/{name}"), vendor, model, size_bytes, transport, refused }
}

fn refusals(block: &Block, mounts: &Mounts) -> Vec<Refusal> {
    let mounted = block.parts.iter().flat_map(|part| mounts.of(part)).map(|at| {
        let mounted_at = at.to_owned();
        if SYSTEM_MOUNTS.contains(&at) { Refusal::SystemDisk { mounted_at } } else { Refusal::Mounted { mounted_at } }
    });
    let read_only = block.read_only.then_some(Refusal::ReadOnly);
    let no_medium = (block.size_bytes == 0).then_some(Refusal::NoMedium);
    mounted.chain(read_only).chain(no_medium).collect()
}

impl fmt::Display for Drive {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path, vendor, model, size_bytes, transport, refused } = self;
        let named = format!("{vendor} {model}");
        write!(f, "{path}  {}  {transport}  {}", decimal_size(*size_bytes), named.trim())?;
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
        }
    }
}

/// In the maker's units: 1 GB is 1,000,000,000 bytes, as on the label.
fn decimal_size(bytes: u64) -> String {
    const MEGABYTE: u64 = 1_000_000;
    let tenths_of_gigabytes = bytes / (100 * MEGABYTE);
    if tenths_of_gigabytes == 0 {
        return format!("{} MB", bytes / MEGABYTE);
    }
    format!("{}.{} GB", tenths_of_gigabytes / 10, tenths_of_gigabytes % 10)
}
