//! hidraw and event nodes, found in a sysfs made of files. A FIFO stands for an open node: there is no device to make one
//! of the kernel's own, so what is not tested here is the grab itself and the kernel's boundaries between reports.

use std::error::Error;
use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::time::Duration;

use device_links::{HidCandidate, KeyboardCandidate, NodeAddress, Nodes, OpenError, UsbId, clock};
use kiosk_hal::fault::Fault;
use kiosk_hal::link::{ByteLink, LinkError};
use rustix::fs::{CWD, FileType, Mode, mknodat};

type Checked = Result<(), Box<dyn Error>>;

/// Far enough away never to be the reason for anything.
const SOON: Duration = Duration::from_secs(20);

const SCANNER: UsbId = UsbId { vendor: 0x0C2E, product: 0x0B61 };
const DESCRIPTOR: [u8; 4] = [0x05, 0x8C, 0x09, 0x02];

struct Machine {
    nodes: Nodes,
    _folder: tempfile::TempDir,
}

impl Machine {
    fn new() -> Result<Self, Box<dyn Error>> {
        let folder = tempfile::tempdir()?;
        let root = fs::canonicalize(folder.path())?;
        let nodes = Nodes { sys: root.join("sys"), dev: root.join("dev") };
        fs::create_dir_all(nodes.dev.join("input/by-id"))?;
        Ok(Self { nodes, _folder: folder })
    }

    /// A HID device, and the side of its node from which the kernel fills it.
    fn plug_hid(&self, node: &str, usb: &str, descriptor: &[u8]) -> Result<File, Box<dyn Error>> {
        let device = self.nodes.sys.join("class/hidraw").join(node).join("device");
        fs::create_dir_all(&device)?;
        fs::write(device.join("uevent"), format!("DRIVER=hid-generic\nHID_ID=0003:{usb}\nHID_NAME=Example Scanner\n"))?;
        fs::write(device.join("report_descriptor"), descriptor)?;
        fifo(&self.nodes.dev.join(node))
    }

    fn unplug_hid(&self, node: &str) -> Checked {
        fs::remove_file(self.nodes.dev.join(node))?;
        Ok(fs::remove_dir_all(self.nodes.sys.join("class/hidraw").join(node))?)
    }

    fn plug_input(&self, node: &str, name: &str, keys: &str) -> Result<PathBuf, Box<dyn Error>> {
        let device = self.nodes.sys.join("class/input").join(node).join("device");
        fs::create_dir_all(device.join("capabilities"))?;
        fs::create_dir_all(device.join("id"))?;
        for (file, text) in [("name", name), ("capabilities/key", keys), ("id/vendor", "0c2e"), ("id/product", "0b41")]
        {
            fs::write(device.join(file), format!("{text}\n"))?;
        }
        let path = self.nodes.dev.join("input").join(node);
        fs::write(&path, "")?;
        Ok(path)
    }
}

/// A FIFO, held open for writing so that reading it is silence and not its end.
fn fifo(path: &Path) -> Result<File, Box<dyn Error>> {
    mknodat(CWD, path, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0)?;
    Ok(OpenOptions::new().read(true).write(true).open(path)?)
}

/// Words of this machine's size, the highest first: every key of a keyboard.
const ALL_KEYS: &str = "fffffffffffffffe";

#[test]
fn hid_devices_are_listed_with_what_they_say_of_themselves() -> Checked {
    let machine = Machine::new()?;
    let _filled = machine.plug_hid("hidraw3", "00000C2E:00000B61", &DESCRIPTOR)?;
    let found = machine.nodes.hid_candidates()?;
    let path = machine.nodes.dev.join("hidraw3");
    let expected = HidCandidate { path, name: "Example Scanner".into(), usb: SCANNER, descriptor: DESCRIPTOR.into() };
    assert_eq!(found, [expected]);
    Ok(())
}

#[test]
fn keyboards_are_listed_with_their_lasting_names_and_mice_are_not() -> Checked {
    let machine = Machine::new()?;
    let path = machine.plug_input("event4", "Example Scanner", ALL_KEYS)?;
    machine.plug_input("event5", "Example Mouse", "1f0000 0 0 0 0")?;
    let by_id = machine.nodes.dev.join("input/by-id/usb-Example_Scanner-event-kbd");
    symlink("../event4", &by_id)?;
    let usb = UsbId { vendor: 0x0C2E, product: 0x0B41 };
    let expected = KeyboardCandidate { path, by_id: Some(by_id), name: "Example Scanner".into(), usb };
    assert_eq!(machine.nodes.keyboard_candidates()?, [expected]);
    Ok(())
}

#[test]
fn a_machine_without_such_devices_has_none() -> Checked {
    let machine = Machine::new()?;
    assert_eq!(machine.nodes.hid_candidates()?, []);
    assert_eq!(machine.nodes.keyboard_candidates()?, []);
    Ok(())
}

#[test]
fn the_usb_id_of_a_serial_line_is_found_above_it() -> Checked {
    let machine = Machine::new()?;
    let device = machine.nodes.sys.join("devices/usb1/1-2");
    fs::create_dir_all(device.join("1-2:1.0/ttyUSB0"))?;
    fs::write(device.join("idVendor"), "0c2e\n")?;
    fs::write(device.join("idProduct"), "0b61\n")?;
    fs::create_dir_all(machine.nodes.sys.join("class/tty/ttyUSB0"))?;
    symlink(device.join("1-2:1.0/ttyUSB0"), machine.nodes.sys.join("class/tty/ttyUSB0/device"))?;
    assert_eq!(machine.nodes.usb_of_serial(Path::new("/dev/ttyUSB0")), Some(SCANNER));
    assert_eq!(machine.nodes.usb_of_serial(Path::new("/dev/ttyS0")), None);
    Ok(())
}

#[test]
fn reports_are_read_and_a_scanner_that_left_is_gone() -> Checked {
    let machine = Machine::new()?;
    let mut filled = machine.plug_hid("hidraw0", "00000C2E:00000B61", &DESCRIPTOR)?;
    let mut link = machine.nodes.open_hidraw(&NodeAddress::Usb(SCANNER))?;
    let silent = link.now() + Duration::from_millis(40);
    assert!(matches!(link.read(&mut [0; 64], silent), Err(LinkError::TimedOut)));

    filled.write_all(&[7; 64])?;
    let mut report = [0; 64];
    assert_eq!(link.read(&mut report, clock::now() + SOON)?, 64);
    assert_eq!(report, [7; 64]);
    let refused = link.write(&[1], clock::now() + SOON).expect_err("read only");
    assert_eq!(refused.written, 0);

    drop(filled);
    assert!(matches!(link.read(&mut report, clock::now() + SOON), Err(LinkError::Gone)));
    Ok(())
}

#[test]
fn a_scanner_plugged_in_again_under_another_number_is_found_by_its_id() -> Checked {
    let machine = Machine::new()?;
    let address = NodeAddress::Usb(SCANNER);
    let filled = machine.plug_hid("hidraw0", "00000C2E:00000B61", &DESCRIPTOR)?;
    drop(machine.nodes.open_hidraw(&address)?);
    drop(filled);
    machine.unplug_hid("hidraw0")?;
    let gone = machine.nodes.open_hidraw(&address).expect_err("unplugged");
    assert_eq!(gone.fault(), Fault::NoDevice);

    let mut filled = machine.plug_hid("hidraw7", "00000C2E:00000B61", &DESCRIPTOR)?;
    let mut link = machine.nodes.open_hidraw(&address)?;
    filled.write_all(&[7; 64])?;
    assert_eq!(link.read(&mut [0; 64], clock::now() + SOON)?, 64);
    Ok(())
}

#[test]
fn of_two_interfaces_the_one_that_reports_bar_codes_is_opened() -> Checked {
    let machine = Machine::new()?;
    let _other = machine.plug_hid("hidraw0", "00000C2E:00000B61", &[0x06, 0x00, 0xFF])?;
    let mut filled = machine.plug_hid("hidraw1", "00000C2E:00000B61", &DESCRIPTOR)?;
    assert_eq!(machine.nodes.report_descriptor(&NodeAddress::Usb(SCANNER))?, DESCRIPTOR);
    let mut link = machine.nodes.open_hidraw(&NodeAddress::Usb(SCANNER))?;
    filled.write_all(&[7])?;
    assert_eq!(link.read(&mut [0; 64], clock::now() + SOON)?, 1);
    Ok(())
}

#[test]
fn a_node_is_read_by_one_program_and_found_through_a_link() -> Checked {
    let machine = Machine::new()?;
    let _filled = machine.plug_hid("hidraw0", "00000C2E:00000B61", &DESCRIPTOR)?;
    let lasting = machine.nodes.dev.join("kiosk-scanner");
    symlink("hidraw0", &lasting)?;
    let address = NodeAddress::Path(lasting);
    let first = machine.nodes.open_hidraw(&address)?;
    let second = machine.nodes.open_hidraw(&address).expect_err("held");
    assert!(matches!(second, OpenError::Busy { .. }), "{second:?}");
    drop(first);
    machine.nodes.open_hidraw(&address)?;
    Ok(())
}

#[test]
fn what_is_no_such_node_is_told_from_what_is_missing() -> Checked {
    let machine = Machine::new()?;
    let file = machine.plug_input("event4", "Example Scanner", ALL_KEYS)?;
    let plain = machine.nodes.open_keyboard(&NodeAddress::Path(file.clone())).expect_err("cannot be grabbed");
    assert!(matches!(plain, OpenError::WrongNode { .. }), "{plain:?}");
    let foreign = machine.nodes.open_hidraw(&NodeAddress::Path(file)).expect_err("no hidraw");
    assert!(matches!(foreign, OpenError::WrongNode { .. }), "{foreign:?}");
    let missing = machine.nodes.open_keyboard(&NodeAddress::Usb(SCANNER)).expect_err("missing");
    assert!(matches!(missing, OpenError::NotFound { .. }), "{missing:?}");
    assert!(missing.hint().contains("kioskctl devices"));
    Ok(())
}
