use std::io::Write;
use std::path::Path;

use anyhow::Context;
use device_links::{HidCandidate, KeyboardCandidate, Nodes, SerialCandidate, UsbId, serial_candidates};
use qr_scanner::Family;
use qr_scanner::hid_pos::Layout;
use serde_json::{Value, json};

/// Makers of scanners, by the vendor of their USB id.
const SCANNER_MAKERS: [(u16, &str); 8] = [
    (0x0536, "Honeywell (Hand Held Products)"),
    (0x05E0, "Zebra (Symbol)"),
    (0x05F9, "Datalogic (PSC)"),
    (0x065A, "Opticon"),
    (0x080C, "Datalogic"),
    (0x0C2E, "Honeywell (Metrologic)"),
    (0x1EAB, "Newland"),
    (0x2DD6, "Zebra"),
];

/// Makers of USB adapters for serial lines: their id tells nothing of what is at the other end.
const ADAPTER_MAKERS: [(u16, &str); 4] =
    [(0x0403, "FTDI"), (0x067B, "Prolific"), (0x10C4, "Silicon Labs"), (0x1A86, "QinHeng (CH340)")];

/// Words in a device's name by which scanners of other makers are known.
const SCANNER_WORDS: [&str; 6] = ["scan", "barcode", "bar code", "imager", "qr code", "2d code"];

const FIX_GROUP: &str = "add the user to the group that owns the line (dialout)";
const FIX_NODE: &str = "install a udev rule that gives the kiosk's user this node";
const FIX_MODE: &str = "set the scanner to USB serial (CDC) or HID-POS with the bar code from its manual: in keyboard mode \
    it loses Vietnamese letters, and identity cards are refused";
const FIX_INTERFACE: &str = "this interface reports no bar codes; see the others of the same USB id, or set the scanner \
    to HID-POS";
const FIX_ASK: &str = "if a scanner is on it, `kioskctl scanner detect --link …` asks which; never ask a printer";

/// Prints the candidates as one JSON object.
pub fn run(nodes: &Nodes, out: &mut impl Write) -> anyhow::Result<()> {
    let reading = |place: &Path| format!("listing {}", place.display());
    let serial = serial_candidates(&nodes.dev).with_context(|| reading(&nodes.dev))?;
    let hid = nodes.hid_candidates().with_context(|| reading(&nodes.sys))?;
    let keyboards = nodes.keyboard_candidates().with_context(|| reading(&nodes.sys))?;
    let found = json!({
        "serial": serial.iter().map(|found| serial_line(found, nodes.usb_of_serial(&found.path))).collect::<Vec<_>>(),
        "hid": hid.iter().filter_map(hid_device).collect::<Vec<_>>(),
        "keyboards": keyboards.iter().map(keyboard).collect::<Vec<_>>(),
    });
    writeln!(out, "{found}")?;
    Ok(())
}

/// `link` is what a configuration should say: the lasting name if there is one, at the speed scanners have by default.
fn serial_line(candidate: &SerialCandidate, usb: Option<UsbId>) -> Value {
    let lasting = candidate.by_id.as_ref().unwrap_or(&candidate.path);
    let scanner = usb.and_then(|id| maker(&SCANNER_MAKERS, id));
    let adapter = usb.and_then(|id| maker(&ADAPTER_MAKERS, id));
    let what = match (scanner, adapter) {
        (Some(maker), _) => format!("USB serial line of a scanner by {maker}"),
        (None, Some(maker)) => format!("USB adapter by {maker} for a serial line"),
        (None, None) => "USB serial line".to_owned(),
    };
    json!({
        "path": text(&candidate.path),
        "by_id": candidate.by_id.as_deref().map(text),
        "usb": usb.map(|id| id.to_string()),
        "what": what,
        "family": scanner.and(usb).and_then(serial_family).map(Family::name),
        "link": format!("serial:{}@9600", lasting.display()),
        "fix": if Nodes::may_use(&candidate.path) { scanner.is_none().then_some(FIX_ASK) } else { Some(FIX_GROUP) },
    })
}

/// The family a maker's scanners speak on a serial line as delivered. Zebra's send plain text until they are set to SSI.
const fn serial_family(usb: UsbId) -> Option<Family> {
    match usb.vendor {
        0x0C2E | 0x0536 => Some(Family::Honeywell),
        0x1EAB => Some(Family::Newland),
        _ => None,
    }
}

/// `None` for a device that is neither a HID-POS scanner nor made by a maker of scanners.
fn hid_device(candidate: &HidCandidate) -> Option<Value> {
    let layout = Layout::parse(&candidate.descriptor);
    let maker = maker(&SCANNER_MAKERS, candidate.usb);
    if layout.is_err() && maker.is_none() {
        return None;
    }
    let fix = match layout {
        Err(_) => Some(FIX_INTERFACE),
        Ok(_) if !Nodes::may_read(&candidate.path) => Some(FIX_NODE),
        Ok(_) => None,
    };
    Some(json!({
        "path": text(&candidate.path),
        "name": candidate.name,
        "usb": candidate.usb.to_string(),
        "what": match &layout {
            Ok(_) => "scanner in HID-POS mode".to_owned(),
            Err(why) => format!("interface of a scanner: {why}"),
        },
        "family": layout.is_ok().then_some(Family::HidPos.name()),
        "link": layout.is_ok().then(|| format!("hidraw:{}", candidate.usb)),
        "fix": fix,
    }))
}

fn keyboard(candidate: &KeyboardCandidate) -> Value {
    let name = candidate.name.to_lowercase();
    let known = maker(&SCANNER_MAKERS, candidate.usb).is_some() || SCANNER_WORDS.iter().any(|word| name.contains(word));
    json!({
        "path": text(&candidate.path),
        "by_id": candidate.by_id.as_deref().map(text),
        "name": candidate.name,
        "usb": candidate.usb.to_string(),
        "what": if known { "scanner in keyboard mode" } else { "keyboard, or a scanner that acts as one" },
        "family": known.then_some(Family::Keyboard.name()),
        "link": format!("keyboard:{}", candidate.usb),
        "fix": known.then_some(FIX_MODE),
    })
}

fn maker(makers: &[(u16, &'static str)], usb: UsbId) -> Option<&'static str> {
    makers.iter().find(|(vendor, _)| *vendor == usb.vendor).map(|(_, name)| *name)
}

fn text(path: &Path) -> String {
    path.display().to_string()
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use device_sim::scanner::HID_POS_DESCRIPTOR;

    use super::*;

    fn machine() -> (tempfile::TempDir, Nodes) {
        let folder = tempfile::tempdir().unwrap();
        let nodes = Nodes { sys: folder.path().join("sys"), dev: folder.path().join("dev") };
        fs::create_dir_all(nodes.dev.join("input")).unwrap();
        (folder, nodes)
    }

    fn found(nodes: &Nodes) -> Value {
        let mut out = Vec::new();
        run(nodes, &mut out).unwrap();
        serde_json::from_slice(&out).unwrap()
    }

    fn plug_hid(nodes: &Nodes, node: &str, id: &str, descriptor: &[u8]) {
        let device = nodes.sys.join("class/hidraw").join(node).join("device");
        fs::create_dir_all(&device).unwrap();
        fs::write(device.join("uevent"), format!("HID_ID=0003:{id}\nHID_NAME=Example\n")).unwrap();
        fs::write(device.join("report_descriptor"), descriptor).unwrap();
        fs::write(nodes.dev.join(node), "").unwrap();
    }

    fn plug_keyboard(nodes: &Nodes, node: &str, name: &str, vendor: &str) {
        let device = nodes.sys.join("class/input").join(node).join("device");
        fs::create_dir_all(device.join("capabilities")).unwrap();
        fs::create_dir_all(device.join("id")).unwrap();
        let keys = "f".repeat(usize::BITS as usize / 4);
        for (file, text) in
            [("capabilities/key", &*keys), ("name", name), ("id/vendor", vendor), ("id/product", "0001")]
        {
            fs::write(device.join(file), text).unwrap();
        }
    }

    #[test]
    fn a_machine_without_devices_has_empty_lists() {
        let (_folder, nodes) = machine();
        assert_eq!(found(&nodes), json!({ "serial": [], "hid": [], "keyboards": [] }));
    }

    #[test]
    fn a_hid_pos_scanner_is_told_from_another_interface_and_from_a_stranger() {
        let (_folder, nodes) = machine();
        plug_hid(&nodes, "hidraw0", "00000C2E:00000B61", HID_POS_DESCRIPTOR);
        plug_hid(&nodes, "hidraw1", "00000C2E:00000B61", &[0x06, 0x00, 0xFF]);
        plug_hid(&nodes, "hidraw2", "0000046D:0000C077", &[0x05, 0x01]);
        let hid = &found(&nodes)["hid"];
        assert_eq!(hid.as_array().unwrap().len(), 2);
        assert_eq!((&hid[0]["family"], &hid[0]["link"]), (&json!("hid-pos"), &json!("hidraw:0c2e:0b61")));
        assert_eq!(hid[0]["fix"], Value::Null);
        assert_eq!(hid[1]["family"], Value::Null);
        assert!(hid[1]["fix"].as_str().unwrap().contains("HID-POS"));
    }

    #[test]
    fn a_scanner_in_keyboard_mode_is_known_by_maker_or_name_and_told_how_to_switch() {
        let (_folder, nodes) = machine();
        plug_keyboard(&nodes, "event1", "Imaging device", "0c2e");
        plug_keyboard(&nodes, "event2", "USB Barcode Reader", "ffff");
        plug_keyboard(&nodes, "event3", "Logitech K120", "046d");
        let keyboards = &found(&nodes)["keyboards"];
        for known in [0, 1] {
            assert_eq!(keyboards[known]["family"], "keyboard");
            assert!(keyboards[known]["fix"].as_str().unwrap().contains("USB serial (CDC) or HID-POS"));
        }
        assert_eq!((&keyboards[2]["family"], &keyboards[2]["fix"]), (&Value::Null, &Value::Null));
    }

    #[test]
    fn a_serial_line_is_named_by_its_maker_and_an_adapter_by_what_it_hides() {
        let (_folder, nodes) = machine();
        for (node, vendor) in [("ttyACM0", "0c2e"), ("ttyUSB0", "1a86")] {
            let device = nodes.sys.join("devices").join(node);
            fs::create_dir_all(device.join("interface")).unwrap();
            fs::write(device.join("idVendor"), vendor).unwrap();
            fs::write(device.join("idProduct"), "0001").unwrap();
            fs::create_dir_all(nodes.sys.join("class/tty").join(node)).unwrap();
            symlink(device.join("interface"), nodes.sys.join("class/tty").join(node).join("device")).unwrap();
            fs::write(nodes.dev.join(node), "").unwrap();
        }
        let serial = &found(&nodes)["serial"];
        assert_eq!((&serial[0]["family"], &serial[0]["fix"]), (&json!("honeywell"), &Value::Null));
        assert!(serial[1]["what"].as_str().unwrap().contains("adapter"));
        assert!(serial[1]["fix"].as_str().unwrap().contains("never ask a printer"));
    }
}
