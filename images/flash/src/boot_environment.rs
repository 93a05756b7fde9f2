//! GRUB's environment block, which counts boots and names the slot that boots next, and a second one beside it.
//!
//! The tool that writes the block empties the file first (grub-editenv, grub_util_write_file), so a power cut can leave
//! one that nobody can read. GRUB then boots by the second one (`images/boot/grub.cfg`), which is what the block was when
//! a slot was last confirmed, and the machine puts it back.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// The block, on the EFI system partition.
pub const BLOCK: &str = "grub/grubenv";
/// The second one.
pub const KEPT: &str = "grub/grubenv.kept";
/// Every block has this length in bytes and begins with this line (GRUB manual, "Environment block").
const BYTES: usize = 1024;
const SIGNATURE: &[u8] = b"# GRUB Environment Block\n";

/// What [`restore`] found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// The block can be read.
    Whole,
    /// It could not be read, and is what the second one was.
    Restored,
}

/// Why there is no block that can be read, or no second one.
#[derive(Debug, thiserror::Error)]
pub enum BootEnvironmentError {
    #[error("neither {BLOCK} nor {KEPT} is an environment block")]
    NoBlock,
    #[error("cannot write {}", path.display())]
    Write { path: PathBuf, source: io::Error },
}

/// Puts the second block in place of one that cannot be read.
///
/// # Errors
/// [`BootEnvironmentError`]; then both are as they were.
pub fn restore(system_partition: &Path) -> Result<Found, BootEnvironmentError> {
    if block(&system_partition.join(BLOCK)).is_some() {
        return Ok(Found::Whole);
    }
    let kept = block(&system_partition.join(KEPT)).ok_or(BootEnvironmentError::NoBlock)?;
    write(&system_partition.join(BLOCK), &kept)?;
    Ok(Found::Restored)
}

/// Makes the second block what the first one is.
///
/// # Errors
/// [`BootEnvironmentError`]; then the second one is as it was.
pub fn keep(system_partition: &Path) -> Result<(), BootEnvironmentError> {
    let found = block(&system_partition.join(BLOCK)).ok_or(BootEnvironmentError::NoBlock)?;
    write(&system_partition.join(KEPT), &found)
}

fn block(path: &Path) -> Option<Vec<u8>> {
    fs::read(path).ok().filter(|bytes| bytes.len() == BYTES && bytes.starts_with(SIGNATURE))
}

/// The whole block or the one before it, whenever the power goes.
fn write(path: &Path, bytes: &[u8]) -> Result<(), BootEnvironmentError> {
    let part = path.with_extension("part");
    let written = || -> io::Result<()> {
        let mut file = File::create(&part)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&part, path)?;
        path.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all())
    };
    written().map_err(|source| BootEnvironmentError::Write { path: path.to_owned(), source })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A system partition with these two files.
    fn partition(first: &[u8], second: &[u8]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("grub")).unwrap();
        fs::write(folder.path().join(BLOCK), first).unwrap();
        fs::write(folder.path().join(KEPT), second).unwrap();
        folder
    }

    fn of(text: &str) -> Vec<u8> {
        let mut bytes = [SIGNATURE, text.as_bytes()].concat();
        bytes.resize(BYTES, b'#');
        bytes
    }

    #[test]
    fn a_block_that_the_power_cut_off_is_what_it_was_at_the_last_confirmation() {
        let (whole, kept) = (of("ORDER=B A\n"), of("ORDER=A B\n"));
        for torn in [&b""[..], &whole[..512], &[0; BYTES]] {
            let folder = partition(torn, &kept);
            assert_eq!(restore(folder.path()).unwrap(), Found::Restored);
            assert_eq!(fs::read(folder.path().join(BLOCK)).unwrap(), kept);
        }
        let folder = partition(&whole, &kept);
        assert_eq!(restore(folder.path()).unwrap(), Found::Whole);
        assert_eq!(fs::read(folder.path().join(BLOCK)).unwrap(), whole);
    }

    #[test]
    fn a_torn_block_is_never_kept() {
        let kept = of("ORDER=A B\n");
        let folder = partition(b"", &kept);
        assert!(matches!(keep(folder.path()), Err(BootEnvironmentError::NoBlock)));
        assert_eq!(fs::read(folder.path().join(KEPT)).unwrap(), kept);
        let folder = partition(&kept, b"");
        keep(folder.path()).unwrap();
        assert_eq!(fs::read(folder.path().join(KEPT)).unwrap(), kept);
    }
}
