use std::fs;
use std::io::{self, Read};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, Mode, OFlags, flock};
use rustix::io::Errno;

use crate::address::{LinkAddress, NodeAddress, UsbId};
use crate::discover::by_id_names;
use crate::grab::grab;
use crate::node_link::NodeLink;
use crate::open_error::OpenError;

/// Longest report descriptor read, in bytes (`HID_MAX_DESCRIPTOR_SIZE` of the kernel).
pub const REPORT_DESCRIPTOR_BYTES_MAX: u64 = 4_096;

/// Levels between a serial line's folder in sysfs and its USB device's: port, interface, device.
const USB_LEVELS_MAX: usize = 4;

/// Keys that make an input device a keyboard scanners could type on: Q to P and Enter (linux/input-event-codes.h).
const KEYBOARD_KEYS: [usize; 11] = [16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 28];

/// Where the kernel shows its devices and their nodes.
#[derive(Debug, Clone)]
pub struct Nodes {
    /// Usually `/sys`.
    pub sys: PathBuf,
    /// Usually `/dev`.
    pub dev: PathBuf,
}

/// A HID device with a hidraw node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HidCandidate {
    /// The node, such as `/dev/hidraw0`. Changes with the order of plugging.
    pub path: PathBuf,
    /// What the device calls itself.
    pub name: String,
    /// Its USB id.
    pub usb: UsbId,
    /// Its report descriptor: tells whether it is a HID-POS scanner. Empty when the kernel would not show it.
    pub descriptor: Vec<u8>,
}

/// An input device that types.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyboardCandidate {
    /// The node, such as `/dev/input/event3`. Changes with the order of plugging.
    pub path: PathBuf,
    /// The name made of maker and model, if udev gave one.
    pub by_id: Option<PathBuf>,
    /// What the device calls itself.
    pub name: String,
    /// Its id; that of a USB device if it is one.
    pub usb: UsbId,
}

impl Nodes {
    /// Those of this machine.
    #[must_use]
    pub fn system() -> Self {
        Self { sys: PathBuf::from("/sys"), dev: PathBuf::from("/dev") }
    }

    /// Every HID device with a hidraw node, by path.
    ///
    /// # Errors
    /// When the folder of sysfs exists and cannot be read. A device that leaves meanwhile is left out.
    pub fn hid_candidates(&self) -> io::Result<Vec<HidCandidate>> {
        let mut found: Vec<_> =
            entries(&self.sys.join("class/hidraw"))?.iter().filter_map(|class| self.hid(class)).collect();
        found.sort_by(|one, other| one.path.cmp(&other.path));
        Ok(found)
    }

    /// Every input device that could be a scanner in keyboard mode, by path. Ordinary keyboards are among them.
    ///
    /// # Errors
    /// As [`hid_candidates`](Self::hid_candidates).
    pub fn keyboard_candidates(&self) -> io::Result<Vec<KeyboardCandidate>> {
        let names = by_id_names(&self.dev.join("input/by-id"));
        let mut found: Vec<_> = entries(&self.sys.join("class/input"))?
            .iter()
            .filter_map(|class| self.keyboard(class))
            .map(|found| {
                let by_id = fs::canonicalize(&found.path).ok().and_then(|target| names.get(&target).cloned());
                KeyboardCandidate { by_id, ..found }
            })
            .collect();
        found.sort_by(|one, other| one.path.cmp(&other.path));
        Ok(found)
    }

    /// The USB device a serial line belongs to; `None` for one that is not on USB.
    #[must_use]
    pub fn usb_of_serial(&self, line: &Path) -> Option<UsbId> {
        let device = fs::canonicalize(self.sys.join("class/tty").join(line.file_name()?).join("device")).ok()?;
        device.ancestors().take(USB_LEVELS_MAX).find_map(|folder| {
            let id = |file| u16::from_str_radix(&text(&folder.join(file))?, 16).ok();
            Some(UsbId { vendor: id("idVendor")?, product: id("idProduct")? })
        })
    }

    /// Whether this user may read the node, without opening it.
    #[must_use]
    pub fn may_read(node: &Path) -> bool {
        rustix::fs::access(node, rustix::fs::Access::READ_OK).is_ok()
    }

    /// Whether this user may read and write the serial line, without opening it.
    #[must_use]
    pub fn may_use(line: &Path) -> bool {
        rustix::fs::access(line, rustix::fs::Access::READ_OK | rustix::fs::Access::WRITE_OK).is_ok()
    }

    /// The report descriptor of the device an address names.
    ///
    /// # Errors
    /// [`OpenError`] when there is no such device.
    pub fn report_descriptor(&self, address: &NodeAddress) -> Result<Vec<u8>, OpenError> {
        let failed = |errno| OpenError::of_node(LinkAddress::Hidraw(address.clone()), errno);
        let path = self.hidraw_path(address).map_err(failed)?;
        self.descriptor(&path).map_err(|error| failed(Errno::from_io_error(&error).unwrap_or(Errno::IO)))
    }

    /// Opens a hidraw node to be read by this program alone.
    ///
    /// # Errors
    /// [`OpenError`] with the address, the cause and a hint.
    pub fn open_hidraw(&self, address: &NodeAddress) -> Result<NodeLink, OpenError> {
        self.hidraw_path(address)
            .and_then(|path| opened(&path))
            .and_then(linked)
            .map_err(|errno| OpenError::of_node(LinkAddress::Hidraw(address.clone()), errno))
    }

    /// Opens an event node and grabs it: what the device types reaches nobody else until the link is dropped.
    ///
    /// # Errors
    /// [`OpenError`] with the address, the cause and a hint.
    pub fn open_keyboard(&self, address: &NodeAddress) -> Result<NodeLink, OpenError> {
        self.keyboard_path(address)
            .and_then(|path| opened(&path))
            .and_then(|node| grab(&node).map(|()| node))
            .and_then(linked)
            .map_err(|errno| OpenError::of_node(LinkAddress::Keyboard(address.clone()), errno))
    }

    /// The node an address names. A node that sysfs does not know as hidraw is no such node.
    fn hidraw_path(&self, address: &NodeAddress) -> Result<PathBuf, Errno> {
        match address {
            NodeAddress::Usb(id) => {
                let found = self.hid_candidates().map_err(|error| Errno::from_io_error(&error).unwrap_or(Errno::IO))?;
                // A scanner may have more than one interface: the one that reports bar codes says so in its descriptor.
                let own: Vec<_> = found.into_iter().filter(|candidate| candidate.usb == *id).collect();
                let reports = own.iter().find(|candidate| names_the_bar_code_page(&candidate.descriptor));
                reports.or(own.first()).map(|candidate| candidate.path.clone()).ok_or(Errno::NODEV)
            }
            NodeAddress::Path(path) => {
                let node = fs::canonicalize(path).map_err(|error| Errno::from_io_error(&error).unwrap_or(Errno::IO))?;
                let name = node.file_name().ok_or(Errno::INVAL)?;
                if self.sys.join("class/hidraw").join(name).exists() { Ok(node) } else { Err(Errno::INVAL) }
            }
        }
    }

    fn keyboard_path(&self, address: &NodeAddress) -> Result<PathBuf, Errno> {
        match address {
            NodeAddress::Path(path) => Ok(path.clone()),
            NodeAddress::Usb(id) => self
                .keyboard_candidates()
                .map_err(|error| Errno::from_io_error(&error).unwrap_or(Errno::IO))?
                .into_iter()
                .find(|candidate| candidate.usb == *id)
                .map(|candidate| candidate.path)
                .ok_or(Errno::NODEV),
        }
    }

    fn hid(&self, class: &Path) -> Option<HidCandidate> {
        let path = self.dev.join(class.file_name()?);
        let uevent = text(&class.join("device/uevent"))?;
        let value = |key: &str| uevent.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix('='));
        // Bus, vendor and product, as in 0003:00000C2E:00000B61.
        let mut ids = value("HID_ID")?.split(':').skip(1).map(|part| u16::from_str_radix(part.get(4..)?, 16).ok());
        let usb = UsbId { vendor: ids.next()??, product: ids.next()?? };
        let name = value("HID_NAME").unwrap_or_default().to_owned();
        let descriptor = self.descriptor(&path).unwrap_or_default();
        Some(HidCandidate { path, name, usb, descriptor })
    }

    fn descriptor(&self, node: &Path) -> io::Result<Vec<u8>> {
        let name = node.file_name().ok_or(io::ErrorKind::InvalidInput)?;
        let file = fs::File::open(self.sys.join("class/hidraw").join(name).join("device/report_descriptor"))?;
        let mut descriptor = Vec::new();
        file.take(REPORT_DESCRIPTOR_BYTES_MAX).read_to_end(&mut descriptor)?;
        Ok(descriptor)
    }

    fn keyboard(&self, class: &Path) -> Option<KeyboardCandidate> {
        let node = class.file_name()?;
        if !node.to_str()?.starts_with("event") {
            return None;
        }
        let keys = text(&class.join("device/capabilities/key"))?;
        if !KEYBOARD_KEYS.iter().all(|key| has_key(&keys, *key)) {
            return None;
        }
        let id = |file| u16::from_str_radix(&text(&class.join("device/id").join(file))?, 16).ok();
        Some(KeyboardCandidate {
            path: self.dev.join("input").join(node),
            by_id: None,
            name: text(&class.join("device/name")).unwrap_or_default(),
            usb: UsbId { vendor: id("vendor")?, product: id("product")? },
        })
    }
}

/// One program reads a scanner: a second one is refused with `EWOULDBLOCK`.
fn opened(path: &Path) -> Result<OwnedFd, Errno> {
    let node = rustix::fs::open(path, OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC, Mode::empty())?;
    flock(&node, FlockOperation::NonBlockingLockExclusive)?;
    Ok(node)
}

fn linked(node: OwnedFd) -> Result<NodeLink, Errno> {
    NodeLink::new(node).map_err(|error| Errno::from_io_error(&error).unwrap_or(Errno::IO))
}

/// Whether a descriptor has the item "Usage Page (Bar Code Scanner)". A driver decides whether the rest fits.
fn names_the_bar_code_page(descriptor: &[u8]) -> bool {
    descriptor.windows(2).any(|item| item == [0x05, 0x8C])
}

/// Whether a bitmap of sysfs has this bit: words of the machine's size in hexadecimal, the highest first.
fn has_key(bitmap: &str, key: usize) -> bool {
    let word = bitmap.split_whitespace().rev().nth(key / usize::BITS as usize);
    let bits = word.and_then(|word| usize::from_str_radix(word, 16).ok()).unwrap_or(0);
    bits >> (key % usize::BITS as usize) & 1 == 1
}

/// What is in a folder of sysfs; a folder that is not there is empty.
fn entries(folder: &Path) -> io::Result<Vec<PathBuf>> {
    match fs::read_dir(folder) {
        Ok(entries) => Ok(entries.flatten().map(|entry| entry.path()).collect()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

/// A file of sysfs without its line end; `None` when it cannot be read.
fn text(file: &Path) -> Option<String> {
    Some(fs::read_to_string(file).ok()?.trim_end().to_owned())
}
