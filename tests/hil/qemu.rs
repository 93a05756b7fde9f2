//! How QEMU is started: the machine's parts, as its arguments.

use std::ffi::OsString;
use std::fs;
use std::net::SocketAddr;
use std::path::Path;

use anyhow::Result;
use rustix::fs::{FlockOperation, fcntl_lock};
use rustix::io::Errno;

const MEMORY_MIB: &str = "1024";

/// The panel.
#[derive(Debug, Clone, Copy)]
pub enum Panel {
    /// A kiosk's, on its side.
    Upright,
    /// A waiting room's.
    Wide,
}

impl Panel {
    /// Width and height.
    pub const fn pixels(self) -> (u32, u32) {
        match self {
            Self::Upright => (1080, 1920),
            Self::Wide => (1920, 1080),
        }
    }
}

/// The switch on a stick.
#[derive(Debug, Clone, Copy)]
pub enum Switch {
    Writable,
    Protected,
}

/// What is in the machine's USB ports when it is switched on, besides its devices.
#[derive(Debug, Clone, Copy)]
pub enum Usb<'a> {
    Nothing,
    /// A stick that holds this.
    Stick(&'a Path),
    /// A stick that the machine starts from, and a keyboard.
    Installer(&'a Path),
}

/// Whether nobody holds a lock on a disk.
///
/// # Errors
/// It cannot be opened.
pub fn is_free(path: &Path) -> Result<bool> {
    let file = fs::File::options().write(true).open(path)?;
    match fcntl_lock(&file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(true),
        Err(Errno::ACCESS | Errno::AGAIN) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// The arguments for a machine with this disk. What belongs to it lies in `folder`.
pub fn arguments(folder: &Path, disk: &Path, panel: Panel, card: SocketAddr, usb: Usb<'_>) -> Vec<OsString> {
    let in_folder = |name: &str| folder.join(name).display().to_string();
    let mut arguments: Vec<OsString> = [
        "-machine",
        "q35,accel=tcg",
        "-cpu",
        "max",
        "-smp",
        "2",
        "-m",
        MEMORY_MIB,
        "-nodefaults",
        "-display",
        "none",
        "-no-user-config",
        "-rtc",
        "base=utc",
        "-device",
        "virtio-rng-pci",
        "-drive",
        "if=pflash,format=raw,readonly=on,file=/usr/share/OVMF/OVMF_CODE_4M.fd",
        "-drive",
        "if=pflash,format=raw,snapshot=on,file=/usr/share/OVMF/OVMF_VARS_4M.fd",
        "-device",
        "virtio-blk-pci,drive=os,bootindex=1",
        "-device",
        "qemu-xhci,id=usb",
        "-device",
        "virtio-multitouch-pci",
        "-netdev",
        "user,id=net",
        "-device",
        "virtio-net-pci,netdev=net,romfile=",
    ]
    .map(OsString::from)
    .to_vec();
    let (width, height) = panel.pixels();
    let mut add = |name: &str, value: String| arguments.extend([name.into(), value.into()]);
    add("-device", format!("bochs-display,xres={width},yres={height}"));
    // Written data reaches the file at once, so that a killed QEMU is a cut power and not a lost cache.
    add("-drive", format!("file={},format=raw,if=none,id=os,cache=writethrough", disk.display()));
    add("-qmp", format!("unix:{},server=on,wait=off", in_folder("qmp.sock")));
    add("-serial", format!("file:{}", in_folder("journal.log")));
    add("-serial", format!("unix:{},server=on,wait=off", in_folder("shell.sock")));
    let (host, port) = (card.ip(), card.port());
    add("-chardev", format!("socket,id=card-line,host={host},port={port},server=off,reconnect-ms=500"));
    add("-device", "usb-ccid,id=reader".to_owned());
    add("-device", "ccid-card-passthru,bus=reader.0,chardev=card-line".to_owned());
    match usb {
        Usb::Nothing => {}
        Usb::Stick(stick) => {
            add("-drive", format!("file={},format=raw,if=none,id=stick,readonly=on", stick.display()));
            add("-device", "usb-storage,drive=stick,removable=on".to_owned());
        }
        Usb::Installer(stick) => {
            add("-drive", format!("file={},format=raw,if=none,id=stick,cache=writethrough", stick.display()));
            add("-device", "usb-storage,drive=stick,removable=on,bootindex=0".to_owned());
            add("-device", "usb-kbd".to_owned());
        }
    }
    arguments
}
