//! A machine with one program: Debian's kernel, and an initramfs of the program, its libraries, what else it starts and a
//! few drivers.
//!
//! What needs a kernel's own devices is tried in it in seconds, without an image.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result};

use super::build_root::mmdebstrap;
use super::sources::{Line, RELEASE};
use crate::timed_process;

/// A slow mirror.
const MAKE_LIMIT: Duration = Duration::from_mins(20);
/// The kernel, and the libraries that programs are started with.
const PACKAGES: &str = "linux-image-amd64,libc6,libgcc-s1,libpcsclite1";
const LOADER: &str = "ld-linux-x86-64.so.2";
const LIBRARIES: [&str; 4] = ["libc.so.6", "libm.so.6", "libgcc_s.so.1", "libpcsclite.so.1"];
/// Where the loader looks for them.
const LIBRARY_FOLDER: &str = "usr/lib/x86_64-linux-gnu";
/// Drivers of the virtual panel, touch and keyboard, each after those it needs.
pub const PANEL_DRIVERS: &[&str] = &[
    "drivers/gpu/drm/drm.ko.xz",
    "drivers/gpu/drm/drm_kms_helper.ko.xz",
    "drivers/gpu/drm/drm_shmem_helper.ko.xz",
    "drivers/virtio/virtio_dma_buf.ko.xz",
    "drivers/gpu/drm/virtio/virtio-gpu.ko.xz",
    "drivers/virtio/virtio_input.ko.xz",
    "drivers/input/evdev.ko.xz",
];
/// Drivers that make scanners and cameras out of nothing, and those of their nodes, likewise.
pub const NODE_DRIVERS: &[&str] = &[
    "drivers/input/evdev.ko.xz",
    "drivers/hid/hid.ko.xz",
    "drivers/hid/hid-generic.ko.xz",
    "drivers/hid/uhid.ko.xz",
    "drivers/media/mc/mc.ko.xz",
    "drivers/media/v4l2-core/videodev.ko.xz",
    "drivers/media/common/videobuf2/videobuf2-common.ko.xz",
    "drivers/media/common/videobuf2/videobuf2-v4l2.ko.xz",
    "drivers/media/common/videobuf2/videobuf2-memops.ko.xz",
    "drivers/media/common/videobuf2/videobuf2-vmalloc.ko.xz",
    "drivers/media/common/videobuf2/videobuf2-dma-contig.ko.xz",
    "drivers/media/common/v4l2-tpg/v4l2-tpg.ko.xz",
    "drivers/media/v4l2-core/v4l2-dv-timings.ko.xz",
    "drivers/media/rc/rc-core.ko.xz",
    "drivers/media/cec/core/cec.ko.xz",
    "drivers/media/test-drivers/vivid/vivid.ko.xz",
];

/// What QEMU starts.
#[derive(Debug, Clone)]
pub struct Guest {
    pub kernel: PathBuf,
    pub initramfs: PathBuf,
}

/// What a guest is for.
#[derive(Debug, Clone, Copy)]
pub struct Purpose<'a> {
    /// Its process 1.
    pub program: &'a Path,
    /// What that starts, at the root under their file names.
    pub beside: &'a [PathBuf],
    /// Below the kernel's modules, each after those it needs; process 1 loads them in this order.
    pub drivers: &'a [&'a str],
}

impl Guest {
    /// For one purpose. Kept in `folder`; the kernel's packages are unpacked once.
    ///
    /// # Errors
    /// mmdebstrap failed, or the kernel has other drivers.
    pub fn make(folder: &Path, sources: &[Line], purpose: &Purpose<'_>) -> Result<Self> {
        let root = folder.join("kernel-root");
        let stamp = root.with_extension("stamp");
        if !fs::read_to_string(&stamp).is_ok_and(|found| found == PACKAGES) {
            if root.exists() {
                fs::remove_dir_all(&root).with_context(|| format!("cannot remove {}", root.display()))?;
            }
            let mut command = mmdebstrap(&root, sources)?;
            // The last one wins: the packages are unpacked and nothing of them is run.
            command.args(["--variant=extract", &format!("--include={PACKAGES}"), RELEASE]);
            timed_process::run(command.arg(&root).args(sources), MAKE_LIMIT)?;
            fs::write(&stamp, PACKAGES)?;
        }
        let initramfs = folder.join("guest.cpio");
        fs::write(&initramfs, archive(&root, purpose)?)?;
        Ok(Self { kernel: only_in(&root.join("boot"), "vmlinuz-")?, initramfs })
    }
}

fn archive(root: &Path, purpose: &Purpose<'_>) -> Result<Vec<u8>> {
    let modules = only_in(&root.join("usr/lib/modules"), "")?.join("kernel");
    let mut archive = Archive::default();
    for folder in ["dev", "proc", "sys", "drivers", "lib64", "usr", "usr/lib", LIBRARY_FOLDER] {
        archive.folder(folder);
    }
    archive.file("init", &read(purpose.program)?);
    for program in purpose.beside {
        let name = program.file_name().and_then(|name| name.to_str()).context("a program without a name")?;
        archive.file(name, &read(program)?);
    }
    let libraries = root.join(LIBRARY_FOLDER);
    archive.file(&format!("lib64/{LOADER}"), &read(&libraries.join(LOADER))?);
    for library in LIBRARIES {
        archive.file(&format!("{LIBRARY_FOLDER}/{library}"), &read(&libraries.join(library))?);
    }
    let mut order = String::new();
    for driver in purpose.drivers {
        let name = driver.rsplit('/').next().unwrap_or(driver);
        archive.file(&format!("drivers/{name}"), &read(&modules.join(driver))?);
        order = order + name + "\n";
    }
    archive.file("drivers/order", order.as_bytes());
    Ok(archive.finish())
}

fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("cannot read {}", path.display()))
}

/// The one entry of `folder` whose name begins so.
fn only_in(folder: &Path, beginning: &str) -> Result<PathBuf> {
    let entries = fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?;
    let begins = |path: &PathBuf| {
        path.file_name().and_then(|name| name.to_str()).is_some_and(|name| name.starts_with(beginning))
    };
    let found = entries.flatten().map(|entry| entry.path()).find(begins);
    found.with_context(|| format!("{} has nothing that begins with {beginning:?}", folder.display()))
}

/// A cpio archive in the form `newc`: the kernel's documentation, *initramfs buffer format*.
#[derive(Debug, Default)]
struct Archive {
    bytes: Vec<u8>,
    entries: u32,
}

impl Archive {
    fn folder(&mut self, name: &str) {
        self.entry(name, 0o040_755, &[]);
    }

    fn file(&mut self, name: &str, content: &[u8]) {
        self.entry(name, 0o100_755, content);
    }

    fn entry(&mut self, name: &str, mode: u32, content: &[u8]) {
        self.entries += 1;
        let (size, name_size) = (content.len(), name.len() + 1);
        // Magic; inode, mode, owner, group, links, time, size; device and special device; size of the name; no checksum.
        let numbers = [self.entries, mode, 0, 0, 1, 0].map(|number| format!("{number:08x}")).concat();
        let rest = format!("{size:08x}{:032x}{name_size:08x}{:08x}{name}\0", 0, 0);
        self.bytes.extend(format!("070701{numbers}{rest}").bytes());
        self.pad();
        self.bytes.extend(content);
        self.pad();
    }

    /// Names and contents begin at multiples of four.
    fn pad(&mut self) {
        self.bytes.resize(self.bytes.len().next_multiple_of(4), 0);
    }

    fn finish(mut self) -> Vec<u8> {
        self.entry("TRAILER!!!", 0, &[]);
        self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_archive_has_heads_of_110_bytes_and_contents_at_multiples_of_four() {
        let mut archive = Archive::default();
        archive.file("init", b"abcde");
        let bytes = archive.finish();
        assert_eq!(bytes.len() % 4, 0);
        let text = String::from_utf8(bytes).unwrap();
        assert!(text.starts_with("07070100000001000081ed"), "{text}");
        assert_eq!(&text[54..62], "00000005", "the size of the content");
        assert_eq!(&text[94..102], "00000005", "the size of the name");
        assert_eq!(&text[110..121], "init\0\0abcde");
        assert!(text.contains("TRAILER!!!\0"));
    }
}
