use std::io::{BufRead as _, BufReader, Read as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::process::{Command, Stdio};
use std::time::Duration;

use device_links::{LinkAddress, Nodes, OpenError, clock};
use kiosk_hal::link::{ByteLink, LinkError};
use kiosk_hal::scanner::{ScanError, Scanner as _};
use kiosk_hal::uptime::Uptime;
use qr_scanner::decoder::Pauses;
use qr_scanner::{Family, LinkScanner};
use serde_json::Value;

use crate::uhid::Plugged;
use crate::{LIMIT, kept, listed, wait_for};

/// A card with every letter of the alphabet that keys do not have; longer than three reports.
const CARD: &str = "001190999906||Nguyễn Thị Ỷ Ngữ Ưỡn Ằng Ẵng Đậm|14051990|Nữ|Số 1 Đường Thử Nghiệm, Phường Mẫu Một, \
                    Quận Ví Dụ, Hà Nội|22042021";
/// A health insurance card: its text is in hexadecimal, and every character has a key.
const INSURANCE: &str = "GD4019999900001|4e677579e1bb856e2056c4836e204de1baab75|14/05/1990|1|4d61752031|01 - 999|01/01/2019|\
                         31/12/2023|20/12/2018|01999900000001|-|4|01/01/2025|15f2aa00cc11dd22-7102|$";

const HID_POS: (u16, u16) = (0x0c2e, 0x0b61);
const HID_POS_LINK: &str = "hidraw:0c2e:0b61";
const KEYBOARD: (u16, u16) = (0x1eab, 0x0c03);
const KEYBOARD_LINK: &str = "keyboard:1eab:0c03";

/// Nothing here ends by silence: a machine that stands still must not look like a scanner that has finished.
const PATIENT: Pauses = Pauses { idle_gap: Duration::from_secs(600), part_gap: Duration::from_secs(600) };

/// `O_NONBLOCK` of Linux.
const WAITS_FOR_NOTHING: i32 = 0o4000;

type Scanner = LinkScanner<Box<dyn ByteLink>>;

pub fn try_everything() {
    let nothing = listed();
    assert_eq!(nothing["hid"], Value::Array(Vec::new()), "{nothing}");
    kept("a machine without scanners lists none");
    hid_pos();
    keyboard();
}

fn plug_hid_pos() -> Plugged {
    Plugged::hid_pos("Example Imager", HID_POS.0, HID_POS.1)
}

fn plug_keyboard() -> Plugged {
    Plugged::keyboard("Example Barcode Reader", KEYBOARD.0, KEYBOARD.1)
}

fn address(link: &str) -> LinkAddress {
    link.parse().unwrap()
}

/// Opens the scanner as `kioskctl` and the kiosk do, once its node is there.
fn opened(link: &str) -> Scanner {
    let address = address(link);
    let wire = wait_for(link, || match device_links::open(&address) {
        Ok(wire) => Some(wire),
        Err(OpenError::NotFound { .. }) => None,
        Err(error) => panic!("{error}"),
    });
    match &address {
        LinkAddress::Hidraw(node) => {
            let descriptor = Nodes::system().report_descriptor(node).unwrap();
            LinkScanner::of(wire, Family::HidPos, Some(&descriptor), PATIENT).unwrap()
        }
        LinkAddress::Keyboard(_) => LinkScanner::of(wire, Family::Keyboard, None, PATIENT).unwrap(),
        LinkAddress::Serial(_) | LinkAddress::UsbLp(_) | LinkAddress::Tcp(_) => panic!("{address} is no node"),
    }
}

fn later() -> Uptime {
    clock::now() + LIMIT
}

fn reads(scanner: &mut Scanner, code: &str) {
    let scan = scanner.next_scan(later()).unwrap().unwrap();
    assert!(scan.as_bytes() == code.as_bytes(), "{} bytes instead of {}", scan.as_bytes().len(), code.len());
}

/// What has come so far is taken, and makes no record.
fn nothing_comes(scanner: &mut Scanner) {
    assert!(scanner.next_scan(clock::now()).unwrap().is_none());
}

fn is_gone(scanner: &mut Scanner, link: &str) {
    let error = scanner.next_scan(later()).unwrap_err();
    assert!(matches!(error, ScanError::Link(LinkError::Gone)), "{error:?}");
    wait_for("no node", || match device_links::open(&address(link)) {
        Err(OpenError::NotFound { .. }) => Some(()),
        Ok(_) | Err(_) => None,
    });
}

fn hid_pos() {
    let mut device = plug_hid_pos();
    let mut scanner = opened(HID_POS_LINK);
    device.scan(CARD.as_bytes());
    reads(&mut scanner, CARD);
    device.scan(INSURANCE.as_bytes());
    reads(&mut scanner, INSURANCE);
    kept("a card comes whole over a hidraw node, in several reports");

    assert!(matches!(device_links::open(&address(HID_POS_LINK)), Err(OpenError::Busy { .. })));
    kept("a second program is refused the node");

    let listed = listed();
    let (hid, link) = (&listed["hid"][0], Value::from(HID_POS_LINK));
    assert!(hid["family"] == "hid-pos" && hid["link"] == link && hid["fix"].is_null(), "{listed}");
    kept("kioskctl devices knows it by its report descriptor");

    device.pull_out();
    is_gone(&mut scanner, HID_POS_LINK);
    drop(scanner);
    kept("a hidraw scanner that is pulled out is gone at once, and not found");

    let mut device = plug_hid_pos();
    let mut scanner = opened(HID_POS_LINK);
    device.scan(CARD.as_bytes());
    reads(&mut scanner, CARD);
    drop(scanner);
    kept("plugged in again, it is found by the same address and read");

    listened_to(&mut device);
    kept("kioskctl scanner listen reads a card from the node");
    device.pull_out();
}

/// The technician's program, on the same node.
fn listened_to(device: &mut Plugged) {
    let mut command = Command::new("/kioskctl");
    command.args(["scanner", "listen", "--link", HID_POS_LINK]).stdout(Stdio::piped());
    let mut program = command.spawn().unwrap();
    wait_for("kioskctl to hold the node", || match device_links::open(&address(HID_POS_LINK)) {
        Err(OpenError::Busy { .. }) => Some(()),
        Ok(_) | Err(_) => None,
    });
    // Between the lock and the first read the kernel keeps what comes.
    device.scan(CARD.as_bytes());
    let mut line = String::new();
    BufReader::new(program.stdout.take().unwrap()).read_line(&mut line).unwrap();
    program.kill().unwrap();
    program.wait().unwrap();
    let read: Value = serde_json::from_str(&line).unwrap();
    assert!(read["ok"] == true && read["kind"] == "cccd" && read["bytes"] == CARD.len(), "{read}");
}

/// Each key is taken before the next one is pressed: the kernel keeps few.
fn typed(device: &mut Plugged, scanner: &mut Scanner, text: &str) {
    for character in text.chars() {
        device.type_character(character);
        nothing_comes(scanner);
    }
    device.type_character('\r');
}

fn keyboard() {
    let mut device = plug_keyboard();
    let mut scanner = opened(KEYBOARD_LINK);
    typed(&mut device, &mut scanner, INSURANCE);
    reads(&mut scanner, INSURANCE);
    kept("a health insurance card comes whole over an event node, key by key");

    typed(&mut device, &mut scanner, CARD);
    let error = scanner.next_scan(later()).unwrap_err();
    assert!(matches!(error, ScanError::LettersLost), "{error:?}");
    assert!(error.to_string().contains("set the scanner to USB serial (CDC) or HID-POS"), "{error}");
    kept("an identity card that was typed is refused, and the message says which mode to set");

    let listed = listed();
    // The machine has a keyboard of its own.
    let own = |keyboard: &&Value| keyboard["link"] == KEYBOARD_LINK;
    let keyboard = listed["keyboards"].as_array().unwrap().iter().find(own).unwrap();
    let fix = keyboard["fix"].as_str().unwrap_or_default();
    assert!(keyboard["family"] == "keyboard", "{listed}");
    assert!(fix.contains("HID-POS") && fix.contains("identity cards are refused"), "{listed}");
    kept("kioskctl devices knows it, and tells how to switch the mode");

    nobody_else_hears(&mut device, &mut scanner, keyboard["path"].as_str().unwrap());
    kept("what it types reaches nobody else while it is read");

    device.pull_out();
    is_gone(&mut scanner, KEYBOARD_LINK);
    drop(scanner);
    kept("a keyboard scanner that is pulled out is gone at once, and not found");

    let mut device = plug_keyboard();
    let mut scanner = opened(KEYBOARD_LINK);
    typed(&mut device, &mut scanner, INSURANCE);
    reads(&mut scanner, INSURANCE);
    kept("plugged in again, it is found and read");
    device.pull_out();
}

/// Another reader of the same node, as a console or a desktop is one.
fn nobody_else_hears(device: &mut Plugged, scanner: &mut Scanner, node: &str) {
    let mut other = std::fs::OpenOptions::new().read(true).custom_flags(WAITS_FOR_NOTHING).open(node).unwrap();
    typed(device, scanner, "0199990001");
    reads(scanner, "0199990001");
    let heard = other.read(&mut [0; 512]);
    assert!(heard.as_ref().is_err_and(|error| error.kind() == std::io::ErrorKind::WouldBlock), "{heard:?}");
}
