//! `kiosk-flash list` as a technician runs it, on a made-up sysfs.

#![expect(clippy::unwrap_used, reason = "functions shared by the tests fail as the tests do")]

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::{Value, json};
use tempfile::TempDir;

const STICK: &str = "pci0000:00/usb2/2-1/host6/block/sdb";
const DISK: &str = "pci0000:00/ata1/host0/block/sda";

/// A machine with a fixed disk, a loop device and a DVD drive; tests plug in the rest.
struct Machine {
    folder: TempDir,
    mountinfo: String,
}

impl Machine {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("block")).unwrap();
        let machine = Self { folder, mountinfo: "22 1 8:2 / / rw - ext4 /dev/sda2 rw\n".to_owned() };
        machine.plug(DISK, "8:0", &[("size", "976773168"), ("removable", "0"), ("device/model", "FIXED")]);
        machine.plug("pci0000:00/ata2/host1/block/sr0", "11:0", &[("removable", "1"), ("device/type", "5")]);
        machine.attributes("virtual/block/loop0", &[("dev", "7:0"), ("size", "8"), ("removable", "1"), ("ro", "0")]);
        machine.link("virtual/block/loop0");
        machine
    }

    fn plug(&self, place: &str, device: &str, attributes: &[(&str, &str)]) {
        self.attributes(place, &[("dev", device), ("size", "62333952"), ("removable", "1"), ("ro", "0")]);
        self.attributes(place, &[("device/vendor", "ACME    "), ("device/model", "Stick 32"), ("device/type", "0")]);
        self.attributes(place, attributes);
        self.link(place);
    }

    fn attributes(&self, place: &str, attributes: &[(&str, &str)]) {
        for (name, value) in attributes {
            let path = self.folder.path().join("devices").join(place).join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, format!("{value}\n")).unwrap();
        }
    }

    fn link(&self, place: &str) {
        let name = Path::new(place).file_name().unwrap();
        symlink(format!("../devices/{place}"), self.folder.path().join("block").join(name)).unwrap();
    }

    fn label(&self, kind: &str, label: &str, name: &str) {
        let folder = self.folder.path().join("disk").join(kind);
        fs::create_dir_all(&folder).unwrap();
        symlink(format!("../../{name}"), folder.join(label)).unwrap();
    }

    fn mounted(&mut self, device: &str, source: &str, at: &str) {
        self.mountinfo.push_str(&format!("30 22 {device} / {at} rw,noatime shared:1 - vfat {source} rw\n"));
    }

    fn list(&self, more: &[&str]) -> Output {
        let mountinfo = self.folder.path().join("mountinfo");
        fs::write(&mountinfo, &self.mountinfo).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_kiosk-flash"));
        command.arg("list").arg("--sysfs").arg(self.folder.path()).arg("--mountinfo").arg(mountinfo);
        command.arg("--disks").arg(self.folder.path().join("disk"));
        command.args(more).output().unwrap()
    }

    fn lines(&self) -> String {
        let output = self.list(&[]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    fn json(&self) -> Value {
        serde_json::from_slice(&self.list(&["--json"]).stdout).unwrap()
    }
}

#[test]
fn fixed_disks_optical_drives_and_loop_devices_are_not_listed() {
    let machine = Machine::new();
    assert_eq!(machine.lines(), "no removable drive found: plug one in and list again\n");
    assert_eq!(machine.json(), json!([]));
}

#[test]
fn a_stick_is_listed_with_what_a_technician_reads_on_its_label() {
    let machine = Machine::new();
    machine.plug(STICK, "8:16", &[]);
    assert_eq!(machine.lines(), "/dev/sdb  31.9 GB  usb  ACME Stick 32\n");
    let expected = json!([{
        "path": "/dev/sdb", "vendor": "ACME", "model": "Stick 32", "size_bytes": 31_914_983_424_u64,
        "transport": "usb", "serial": "", "device": "8:16", "content": [], "refused": [],
    }]);
    assert_eq!(machine.json(), expected);
}

#[test]
fn a_stick_is_known_by_its_serial_and_by_what_is_on_it() {
    let machine = Machine::new();
    machine.plug(
        STICK,
        "8:16",
        &[("sdb1/partition", "1"), ("sdb1/dev", "8:17"), ("sdb2/partition", "2"), ("sdb2/dev", "8:18")],
    );
    machine.attributes("pci0000:00/usb2/2-1", &[("idVendor", "abcd"), ("serial", "0123\u{1b}4567")]);
    machine.label("by-label", "HOLIDAY\\x20PHOTOS", "sdb1");
    machine.label("by-partlabel", "first", "sdb1");
    machine.label("by-partlabel", "data", "sdb2");
    assert_eq!(machine.lines(), "/dev/sdb  31.9 GB  usb  ACME Stick 32  serial 01234567  [HOLIDAY PHOTOS]  [data]\n");
    let expected =
        json!([{ "path": "/dev/sdb1", "label": "HOLIDAY PHOTOS" }, { "path": "/dev/sdb2", "label": "data" }]);
    assert_eq!(machine.json()[0]["content"], expected);
}

#[test]
fn a_usb_disk_that_calls_itself_fixed_is_listed_all_the_same() {
    let machine = Machine::new();
    machine.plug(STICK, "8:16", &[("removable", "0")]);
    assert_eq!(machine.lines(), "/dev/sdb  31.9 GB  usb  ACME Stick 32\n");
}

#[test]
fn the_stick_the_system_runs_from_is_refused() {
    let mut machine = Machine::new();
    machine.plug(STICK, "8:16", &[("sdb2/partition", "2"), ("sdb2/dev", "8:18")]);
    machine.mounted("8:18", "/dev/root", "/");
    assert_eq!(machine.lines(), "/dev/sdb  31.9 GB  usb  ACME Stick 32  REFUSED: system disk (mounted at /)\n");
    assert_eq!(machine.json()[0]["refused"], json!([{ "reason": "system_disk", "mounted_at": "/" }]));
}

#[test]
fn a_system_on_an_encrypted_partition_is_found_through_its_holder() {
    let mut machine = Machine::new();
    machine.attributes("virtual/block/dm-0", &[("dev", "253:0")]);
    machine.link("virtual/block/dm-0");
    let parts = [("sdb1/partition", "1"), ("sdb1/dev", "8:17"), ("sdb1/holders/dm-0/dev", "253:0")];
    machine.plug(STICK, "8:16", &parts);
    machine.mounted("253:0", "/dev/mapper/root", "/");
    assert!(machine.lines().ends_with("REFUSED: system disk (mounted at /)\n"), "{}", machine.lines());
}

#[test]
fn a_btrfs_mount_is_found_by_its_source() {
    let mut machine = Machine::new();
    machine.plug(STICK, "8:16", &[("sdb1/partition", "1"), ("sdb1/dev", "8:17")]);
    machine.mounted("0:42", "/dev/sdb1", "/media/my\\040stick");
    assert!(machine.lines().ends_with("REFUSED: mounted at /media/my stick\n"), "{}", machine.lines());
}

#[test]
fn a_protected_card_and_an_empty_reader_are_refused() {
    let machine = Machine::new();
    machine.plug(STICK, "8:16", &[("size", "0")]);
    let card = "platform/mmc_host/mmc0/mmc0:0001/block/mmcblk0";
    machine.plug(card, "179:0", &[("ro", "1"), ("size", "1000000")]);
    let expected = "/dev/mmcblk0  0.5 GB  mmc  ACME Stick 32  REFUSED: read-only\n\
                    /dev/sdb  0 MB  usb  ACME Stick 32  REFUSED: no medium\n";
    assert_eq!(machine.lines(), expected);
}

#[test]
fn a_model_text_cannot_steer_the_terminal() {
    let machine = Machine::new();
    machine.plug(STICK, "8:16", &[("device/model", "Evil\u{1b}[2J")]);
    assert_eq!(machine.lines(), "/dev/sdb  31.9 GB  usb  ACME Evil[2J\n");
}

#[test]
fn a_size_that_is_no_number_is_an_error_with_its_file() {
    let machine = Machine::new();
    machine.plug(STICK, "8:16", &[("size", "many")]);
    let output = machine.list(&[]);
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.ends_with("block/sdb/size says \"many\", expected a number\n"), "{said}");
}

#[test]
fn help_names_the_commands_and_which_of_them_writes() {
    let help = Command::new(env!("CARGO_BIN_EXE_kiosk-flash")).arg("--help").output().unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    assert!(help.contains("list     List removable drives") && help.contains("Writes nothing"), "{help}");
    assert!(help.contains("write    Write an image to a drive, read it back"), "{help}");
}
