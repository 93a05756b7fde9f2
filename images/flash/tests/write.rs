//! `kiosk-flash pack` and `write` as a technician runs them, onto files that stand for drives.

#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

use std::fs::{self, File};
use std::io::{Cursor, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use kiosk_flash::digest::Sha256Hex;
use minisign::KeyPair;
use serde_json::Value;
use tempfile::TempDir;

const MEBIBYTE: u64 = 1 << 20;
const DISK_BYTES: u64 = 48 * MEBIBYTE;
const PROVISIONING: &str = r#"format = 1
hospital = "Bệnh viện Đa khoa Mẫu"
kiosk = "K01"
service = "https://queue.hospital.example:8443"
enrolment_code = "ABCD-1234"
language = "vi"
wifi = { ssid = "Mẫu", passphrase = "not a real one" }
"#;

/// A folder with a disk image, a pair of keys, and a release of the image.
struct Bench {
    folder: TempDir,
}

impl Bench {
    fn new() -> Self {
        let bench = Self { folder: tempfile::tempdir().unwrap() };
        disk_image(&bench.path("disk.img"), &["tiep-don"]);
        bench.keys("release");
        let packed = bench.run(
            &["pack", "disk.img", "--product", "kiosk", "--machine", "x86_64"],
            &["--version", "1.0", "--out", "release", "--sign-with", "release.key", "--level", "1"],
        );
        assert!(packed.status.success(), "{}", said(&packed));
        bench
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn keys(&self, name: &str) {
        let pair = KeyPair::generate_unencrypted_keypair().unwrap();
        fs::write(self.path(&format!("{name}.pub")), pair.pk.to_box().unwrap().into_string()).unwrap();
        fs::write(self.path(&format!("{name}.key")), pair.sk.to_box(None).unwrap().into_string()).unwrap();
    }

    fn run(&self, arguments: &[&str], more: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_kiosk-flash"));
        command.current_dir(self.folder.path()).args(arguments).args(more).output().unwrap()
    }

    /// Writes the signed release to the file `drive.img`.
    fn write(&self, more: &[&str]) -> Output {
        let release = ["write", "release/kiosk-x86_64-1.0.json", "--key", "release.pub", "--to-file", "drive.img"];
        self.run(&release, more)
    }

    /// Writes an unsigned image to the file `drive.img`.
    fn write_unsigned(&self, image: &str) -> Output {
        self.run(&["write", image, "--unsigned", "--to-file", "drive.img"], &["--yes"])
    }

    fn change(&self, name: &str, from: &str, to: &str) {
        let text = fs::read_to_string(self.path(name)).unwrap();
        assert!(text.contains(from), "{from} is not in {name}");
        fs::write(self.path(name), text.replacen(from, to, 1)).unwrap();
    }

    fn assert_written(&self) {
        assert!(hash(&self.path("drive.img")) == hash(&self.path("disk.img")), "the drive is not the image");
    }

    fn assert_untouched(&self, output: &Output, expected: &str) {
        assert_eq!(output.status.code(), Some(1), "{}", said(output));
        assert!(said(output).contains(expected), "{}", said(output));
        assert!(!self.path("drive.img").exists(), "the drive was opened");
    }
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

fn hash(path: &Path) -> Sha256Hex {
    Sha256Hex::of(&fs::read(path).unwrap())
}

/// A disk with a partition table, an EFI system partition with a file and `folders`, and a second partition; the rest are holes.
fn disk_image(path: &Path, folders: &[&str]) {
    let mut file = File::create_new(path).unwrap();
    file.set_len(DISK_BYTES).unwrap();
    let protective = gpt::mbr::ProtectiveMBR::with_lb_size(u32::try_from(DISK_BYTES / 512 - 1).unwrap());
    protective.overwrite_lba0(&mut file).unwrap();
    let mut disk = gpt::GptConfig::new().writable(true).create_from_device(file, None).unwrap();
    disk.add_partition("esp", 33 * MEBIBYTE, gpt::partition_types::EFI, 0, Some(2048)).unwrap();
    disk.add_partition("root", 4 * MEBIBYTE, gpt::partition_types::LINUX_FS, 0, Some(2048)).unwrap();
    let mut file = disk.write().unwrap();
    let mut partition = Cursor::new(vec![0; usize::try_from(33 * MEBIBYTE).unwrap()]);
    fatfs::format_volume(&mut partition, fatfs::FormatVolumeOptions::new()).unwrap();
    {
        let fs = fatfs::FileSystem::new(&mut partition, fatfs::FsOptions::new()).unwrap();
        for folder in folders {
            fs.root_dir().create_dir(folder).unwrap();
        }
        fs.root_dir().create_file("BOOT.TXT").unwrap().write_all(b"starts the machine").unwrap();
    }
    file.seek(SeekFrom::Start(MEBIBYTE)).unwrap();
    // Only what is not zero, so that the image has holes.
    for (at, block) in (0_u64..).step_by(4096).zip(partition.get_ref().chunks(4096)) {
        if block.iter().any(|byte| *byte != 0) {
            file.seek(SeekFrom::Start(MEBIBYTE + at)).unwrap();
            file.write_all(block).unwrap();
        }
    }
    file.seek(SeekFrom::Start(36 * MEBIBYTE)).unwrap();
    file.write_all(&vec![0x5A; 300_000]).unwrap();
}

fn provisioned(drive: &Path) -> String {
    let bytes = fs::read(drive).unwrap();
    let start = usize::try_from(MEBIBYTE).unwrap();
    let partition = Cursor::new(bytes[start..start + usize::try_from(33 * MEBIBYTE).unwrap()].to_vec());
    let fs = fatfs::FileSystem::new(partition, fatfs::FsOptions::new()).unwrap();
    let mut text = String::new();
    fs.root_dir().open_file("tiep-don/provisioning.toml").unwrap().read_to_string(&mut text).unwrap();
    let mut boot = String::new();
    fs.root_dir().open_file("BOOT.TXT").unwrap().read_to_string(&mut boot).unwrap();
    assert_eq!(boot, "starts the machine");
    text
}

#[test]
fn a_signed_release_is_written_and_every_step_is_told_as_json() {
    let bench = Bench::new();
    let output = bench.write(&["--json"]);
    assert!(output.status.success(), "{}", said(&output));
    bench.assert_written();
    let stdout = String::from_utf8(output.stdout).unwrap();
    let events: Vec<Value> = stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let steps: Vec<&str> = events.iter().filter_map(|event| event["step"].as_str()).collect();
    for step in ["checking_image", "writing", "reading_back", "finishing"] {
        assert!(steps.contains(&step), "{steps:?}");
    }
    let written = &events.last().unwrap()["written"];
    assert_eq!(written["image_bytes"], DISK_BYTES);
    assert_eq!(written["written_bytes"], written["verified_bytes"]);
    assert!(written["written_bytes"].as_u64().unwrap() < 4 * MEBIBYTE, "holes were written: {written}");
}

#[test]
fn provisioning_is_on_the_drive_and_its_secrets_are_in_no_output() {
    let bench = Bench::new();
    fs::write(bench.path("k01.toml"), PROVISIONING).unwrap();
    let output = bench.write(&["--provisioning", "k01.toml"]);
    assert!(output.status.success(), "{}", said(&output));
    let text = provisioned(&bench.path("drive.img"));
    let expected: toml::Value = toml::from_str(PROVISIONING).unwrap();
    assert_eq!(toml::from_str::<toml::Value>(&text).unwrap(), expected);
    assert!(!said(&output).contains("ABCD-1234") && !said(&output).contains("not a real one"), "{}", said(&output));
}

#[test]
fn an_image_without_a_place_for_provisioning_is_named_and_never_looks_bootable() {
    let bench = Bench::new();
    disk_image(&bench.path("foreign.img"), &[]);
    fs::write(bench.path("k01.toml"), PROVISIONING).unwrap();
    let image = ["write", "foreign.img", "--unsigned", "--yes", "--to-file", "drive.img"];
    let output = bench.run(&image, &["--provisioning", "k01.toml"]);
    assert_eq!(output.status.code(), Some(3), "{}", said(&output));
    assert!(said(&output).contains("no folder tiep-don"), "{}", said(&output));
    let head = &fs::read(bench.path("drive.img")).unwrap()[..usize::try_from(MEBIBYTE).unwrap()];
    assert!(head.iter().all(|byte| *byte == 0), "something may start from the drive");
}

#[test]
fn provisioning_that_cannot_be_used_is_refused_before_the_drive_without_its_secrets() {
    let bench = Bench::new();
    for (from, to, expected) in [
        ("K01", "K 01", "kiosk: 1 to 32 letters"),
        ("https://", "ftp://", "service: an address"),
        (":8443", ":0", "service: an address"),
        ("not a real one", "short", "wifi.passphrase: 8 to 63"),
        ("ABCD-1234", "ABCD 1234", "enrolment_code: 1 to 64"),
        ("ABCD-1234\"", "ABCD-1234", "line 5"),
        ("format = 1", "format = 1\nperson_key = \"1234\"", "person_key: 64 hexadecimal digits"),
        ("format = 1", "format = 2", "format 2"),
        ("language = \"vi\"", "language = \"fr\"", "line 6"),
        ("kiosk =", "kisok =", "line 3"),
        ("Đa khoa", "\\u0007", "hospital: 1 to 80"),
    ] {
        assert!(PROVISIONING.contains(from));
        fs::write(bench.path("k01.toml"), PROVISIONING.replacen(from, to, 1)).unwrap();
        let output = bench.write(&["--provisioning", "k01.toml"]);
        bench.assert_untouched(&output, expected);
        assert!(!said(&output).contains("1234"), "{}", said(&output));
    }
}

#[test]
fn a_changed_manifest_and_another_hospitals_key_are_refused() {
    let bench = Bench::new();
    bench.keys("other");
    let other = ["write", "release/kiosk-x86_64-1.0.json", "--key", "other.pub", "--to-file", "drive.img"];
    bench.assert_untouched(&bench.run(&other, &[]), "is not signed with the key other.pub");
    bench.change("release/kiosk-x86_64-1.0.json", "\"version\": \"1.0\"", "\"version\": \"9.0\"");
    bench.assert_untouched(&bench.write(&[]), "is not signed with the key release.pub");
    fs::remove_file(bench.path("release/kiosk-x86_64-1.0.json.minisig")).unwrap();
    bench.assert_untouched(&bench.write(&[]), "cannot read release/kiosk-x86_64-1.0.json.minisig");
}

#[test]
fn a_cut_or_changed_image_is_refused_before_the_drive_is_opened() {
    let bench = Bench::new();
    let image = bench.path("release/kiosk-x86_64-1.0.img.zst");
    let good = fs::read(&image).unwrap();
    fs::write(&image, &good[..good.len() - 1]).unwrap();
    bench.assert_untouched(&bench.write(&[]), "the file is damaged or cut short");
    let mut changed = good.clone();
    changed[good.len() / 2] ^= 1;
    fs::write(&image, &changed).unwrap();
    bench.assert_untouched(&bench.write(&[]), "the file is damaged or cut short");
}

#[test]
fn an_image_is_not_taken_unsigned_unless_told_so() {
    let bench = Bench::new();
    let output = bench.run(&["write", "disk.img", "--to-file", "drive.img"], &[]);
    assert_eq!(output.status.code(), Some(2), "{}", said(&output));
    let output = bench.write_unsigned("disk.img");
    assert!(output.status.success() && said(&output).contains("NOT SIGNED"), "{}", said(&output));
    bench.assert_written();
}

#[test]
fn every_packing_is_unpacked_and_a_cut_one_leaves_nothing_that_starts() {
    let bench = Bench::new();
    let raw = fs::read(bench.path("disk.img")).unwrap();
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(&raw).unwrap();
    let mut xz = liblzma::write::XzEncoder::new(Vec::new(), 0);
    xz.write_all(&raw).unwrap();
    let zstd = zstd::encode_all(raw.as_slice(), 1).unwrap();
    for (name, packed) in
        [("a.img.gz", gzip.finish().unwrap()), ("a.img.xz", xz.finish().unwrap()), ("a.img.zst", zstd)]
    {
        fs::write(bench.path(name), &packed).unwrap();
        let output = bench.write_unsigned(name);
        assert!(output.status.success() && said(&output).contains("every byte is written"), "{}", said(&output));
        bench.assert_written();
        fs::remove_file(bench.path("drive.img")).unwrap();
        fs::write(bench.path(name), &packed[..packed.len() - 9]).unwrap();
        bench.assert_untouched(&bench.write_unsigned(name), "the file is damaged or cut short");
    }
}

#[test]
fn a_block_map_beside_the_image_is_used_and_a_wrong_one_leaves_nothing_that_starts() {
    let bench = Bench::new();
    let raw = fs::read(bench.path("disk.img")).unwrap();
    let hash = Sha256Hex::of(&raw);
    let bmap = format!(
        "<bmap version=\"2.0\"><ImageSize>{DISK_BYTES}</ImageSize><BlockSize>4096</BlockSize>\
         <ChecksumType>sha256</ChecksumType><BlockMap><Range chksum=\"{hash}\">0-{}</Range></BlockMap></bmap>",
        DISK_BYTES / 4096 - 1
    );
    fs::write(bench.path("disk.img.bmap"), &bmap).unwrap();
    fs::write(bench.path("disk.img.zst"), zstd::encode_all(raw.as_slice(), 1).unwrap()).unwrap();
    let output = bench.write_unsigned("disk.img.zst");
    assert!(output.status.success() && said(&output).contains("data by disk.img.bmap"), "{}", said(&output));
    bench.assert_written();
    fs::write(bench.path("disk.img.bmap"), bmap.replace(&hash.to_string(), &Sha256Hex::of(b"").to_string())).unwrap();
    let output = bench.write_unsigned("disk.img.zst");
    assert_eq!(output.status.code(), Some(3), "{}", said(&output));
    assert!(said(&output).contains("the drive is not bootable, write it again"), "{}", said(&output));
    let head = &fs::read(bench.path("drive.img")).unwrap()[..usize::try_from(MEBIBYTE).unwrap()];
    assert!(head.iter().all(|byte| *byte == 0), "something may start from the drive");
}

#[test]
fn a_drive_that_is_not_removable_or_not_there_is_refused() {
    let bench = Bench::new();
    let signed = ["write", "release/kiosk-x86_64-1.0.json", "--key", "release.pub", "--yes", "--to"];
    let output = bench.run(&signed, &["/dev/null"]);
    assert!(
        !output.status.success() && said(&output).contains("is no whole drive of this machine"),
        "{}",
        said(&output)
    );
    let output = bench.run(&signed, &["/dev/not-there"]);
    assert!(!output.status.success() && said(&output).contains("there is no /dev/not-there"), "{}", said(&output));
}
