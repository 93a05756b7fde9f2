//! `kiosk-flash install` on a made-up machine: what it offers, and that it ends with nothing written when nobody can answer.
//! The whole of it runs on a virtual machine (tests/hil/install.rs).

#![expect(clippy::unwrap_used, reason = "functions shared by the tests fail as the tests do")]

use std::fs;
use std::io::Write;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

const PROVISIONING: &str = "format = 1\nhospital = \"Bệnh viện Mẫu\"\nkiosk = \"K01\"\n\
                            service = \"https://queue.hospital.example\"\nenrolment_code = \"ABCD-1234\"\n\
                            language = \"vi\"\n";

/// A machine with a disk of its own and a stick that it was started from, which holds a release.
struct Machine {
    folder: TempDir,
}

impl Machine {
    fn new() -> Self {
        let machine = Self { folder: tempfile::tempdir().unwrap() };
        machine.plug("pci0000:00/nvme0/nvme0n1", "259:0", "0");
        machine.plug("pci0000:00/usb2/2-1/host6/sdb", "8:16", "1");
        fs::write(machine.path("mountinfo"), "22 1 8:16 / / ro - squashfs /dev/sdb ro\n").unwrap();
        fs::write(machine.path("provisioning.toml"), PROVISIONING).unwrap();
        fs::write(machine.path("disk.img"), vec![1; 1 << 20]).unwrap();
        let pack = ["pack", "disk.img", "--product", "kiosk", "--machine", "x86_64", "--version", "1.0"];
        let packed = machine.flasher().args(pack).args(["--out", "release", "--level", "1"]).output().unwrap();
        assert!(packed.status.success());
        machine
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn plug(&self, place: &str, device: &str, removable: &str) {
        let name = Path::new(place).file_name().unwrap();
        let folder = self.path("sys/devices").join(place);
        fs::create_dir_all(folder.join("device")).unwrap();
        for (attribute, value) in [("dev", device), ("size", "62333952"), ("removable", removable), ("ro", "0")] {
            fs::write(folder.join(attribute), value).unwrap();
        }
        fs::create_dir_all(self.path("sys/block")).unwrap();
        symlink(&folder, self.path("sys/block").join(name)).unwrap();
    }

    fn flasher(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_kiosk-flash"));
        command.current_dir(self.folder.path());
        command
    }

    /// Runs it with `answers`, from no terminal: what it said. It must end with exit code 1.
    fn install(&self, answers: &str) -> String {
        let mut command = self.flasher();
        command.args(["install", "--from", "release", "--provisioning", "provisioning.toml"]);
        command.args(["--sysfs", "sys", "--mountinfo", "mountinfo", "--disks", "no-disks"]);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        // It may have ended without asking.
        child.stdin.take().unwrap().write_all(answers.as_bytes()).ok();
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{said}");
        said
    }
}

#[test]
fn the_machines_own_disk_is_offered_and_the_stick_it_runs_from_is_not() {
    let said = Machine::new().install("1\n");
    assert!(said.contains("NOT SIGNED"), "{said}");
    assert!(said.contains("This machine becomes K01 of Bệnh viện Mẫu."), "{said}");
    assert!(said.contains("1  /dev/nvme0n1  31.9 GB"), "{said}");
    assert!(!said.contains("nvme0n1  31.9 GB  REFUSED") && !said.contains("built into"), "{said}");
    assert!(said.contains("-  /dev/sdb  31.9 GB") && said.contains("REFUSED: system disk"), "{said}");
    assert!(!said.contains("ABCD-1234"), "a secret was shown: {said}");
}

#[test]
fn nothing_is_written_when_nobody_is_at_the_keyboard() {
    let machine = Machine::new();
    let said = machine.install("1\n");
    assert!(said.contains("no terminal to ask at"), "{said}");
    assert!(machine.path("provisioning.toml").is_file(), "the provisioning is lost");
    let said = machine.install("7\n");
    assert!(said.contains("\"7\" is no number of this list"), "{said}");
}

#[test]
fn a_stick_without_a_release_or_with_two_says_so() {
    let machine = Machine::new();
    let manifest = machine.path("release/kiosk-x86_64-1.0.json");
    fs::copy(&manifest, machine.path("release/other.json")).unwrap();
    assert!(machine.install("").contains("several files .json"));
    fs::remove_dir_all(machine.path("release")).unwrap();
    fs::create_dir(machine.path("release")).unwrap();
    assert!(machine.install("").contains("there is no release in release"));
}

#[test]
fn a_cut_or_unsigned_release_is_refused_before_a_disk_is_chosen() {
    let machine = Machine::new();
    let image = machine.path("release/kiosk-x86_64-1.0.img.zst");
    let bytes = fs::read(&image).unwrap();
    fs::write(&image, &bytes[..bytes.len() - 1]).unwrap();
    assert!(machine.install("1\n").contains("damaged or cut short"));
    fs::write(&image, bytes).unwrap();
    let pair = minisign::KeyPair::generate_unencrypted_keypair().unwrap();
    fs::write(machine.path("release/hospital.pub"), pair.pk.to_box().unwrap().into_string()).unwrap();
    let said = machine.install("1\n");
    assert!(said.contains("minisig") && !said.contains("Number of the drive"), "{said}");
}
