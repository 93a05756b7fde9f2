//! `kiosk-update` as systemd starts it, on a made-up machine whose RAUC and systemd are scripts that say what the real
//! ones say.
#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

use std::fs;
use std::io::Write;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::{Command, Stdio};

use kiosk_flash::update::{Address, Age, Progress, Question, Refusal, installed, refused};
use serde_json::{Value, json};

/// What is said between the kiosk's program and this one. The kiosk's tests read the same file.
const WORDS: &str = include_str!("update_words.json");
const STICK: &str = "pci0000:00/usb2/2-1/host6/block/sdb";
const DISK: &str = "pci0000:00/ata1/host0/block/sda";
const ADDRESS: &str = "https://updates.example/kiosk.raucb";

/// RAUC 1.13: a bundle here is a text whose first word says what is in it.
const RAUC: &str = r#"#!/bin/sh
echo "rauc $*" >> "$ROOT/ran"
for last; do :; done
case "$1" in
info)
    echo "rauc-Message: 12:00:00.000: Reading bundle: $last" >&2
    read -r kind compatible version < "$last"
    case "$kind" in
    foreign) echo "signature verification failed: Verify error: self-signed certificate" >&2; exit 1;;
    short) echo "Invalid bundle format: Signature size (1) exceeds bundle size" >&2; exit 1;;
    esac
    echo "{\"compatible\":\"$compatible\",\"version\":\"$version\",\"format\":\"verity\"}";;
install)
    echo installing
    echo "  0% Installing"
    echo " 90% Copying image to rootfs.1"
    if [ -e "$ROOT/on-install" ]; then . "$ROOT/on-install"; fi
    echo "100% Installing done."
    echo idle
    echo "Installing \`$last' succeeded";;
status)
    echo '{"booted":"A","slots":[{"rootfs.0":{"bootname":"A","slot_status":{"bundle":{"version":"0.1.0"}}}},{"rootfs.1":{"bootname":"B","slot_status":{"bundle":{"version":"0.3.0"}}}}]}';;
esac
"#;
const MOUNT: &str = r#"#!/bin/sh
echo "systemd-mount $*" >> "$ROOT/ran"
for last; do :; done
mkdir -p "$last" && cp -P "$ROOT/stick/"* "$last"
"#;
const UNMOUNT: &str = r#"#!/bin/sh
echo "systemd-umount $*" >> "$ROOT/ran"
rm -r "$1"
"#;

/// A machine with a stick of two partitions, the first of which has `stick/` on it.
struct Machine(tempfile::TempDir);

impl Machine {
    fn new() -> Self {
        let machine = Self(tempfile::tempdir().unwrap());
        for (path, text) in [
            ("usr/lib/os-release", "ID=debian\nIMAGE_VERSION=0.1.0\n"),
            ("etc/rauc/system.conf", "[system]\ncompatible=tiep-don-kiosk-x86-64\n"),
            ("proc/cmdline", "BOOT_IMAGE=/vmlinuz quiet rauc.slot=A ro\n"),
            ("proc/sys/kernel/random/boot_id", "1f0c\n"),
            ("proc/self/mountinfo", "22 1 8:2 / / rw - ext4 /dev/sda2 rw\n"),
            ("run/tiep-don/slot-good", ""),
            ("run/kiosk-update/lock", ""),
            ("run/udev/data/b8:17", "S:disk/by-label/x\nE:ID_FS_TYPE=vfat\nE:ID_FS_LABEL=CAP NHAT\n"),
            ("run/udev/data/b8:18", "E:ID_FS_TYPE=ntfs\n"),
            (
                "var/lib/tiep-don/kiosk.toml",
                &format!("kiosk = \"k1\"\nupdates = \"{ADDRESS}\"\n[queue]\nurl = \"x\"\n"),
            ),
            ("stick/kiosk-0.2.0.raucb", "good tiep-don-kiosk-x86-64 0.2.0\n"),
            ("stick/foreign.raucb", "foreign tiep-don-kiosk-x86-64 0.2.0\n"),
            ("stick/wall.raucb", "good tiep-don-display-x86-64 0.2.0\n"),
            ("stick/notes.txt", "nothing\n"),
        ] {
            machine.put(path, text);
        }
        symlink("/etc/passwd", machine.0.path().join("stick/link.raucb")).unwrap();
        machine.plug(DISK, "8:0", &[]);
        let parts = [("sdb1/partition", "1"), ("sdb1/dev", "8:17"), ("sdb2/partition", "2"), ("sdb2/dev", "8:18")];
        machine.plug(STICK, "8:16", &parts);
        for (name, script) in [("rauc", RAUC), ("systemd-mount", MOUNT), ("systemd-umount", UNMOUNT)] {
            machine.put(&format!("bin/{name}"), script);
            fs::set_permissions(machine.0.path().join("bin").join(name), PermissionsExt::from_mode(0o755)).unwrap();
        }
        machine
    }

    fn put(&self, path: &str, text: &str) {
        let path = self.0.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn plug(&self, place: &str, device: &str, attributes: &[(&str, &str)]) {
        let usual = [("dev", device), ("size", "62333952"), ("removable", "1"), ("ro", "0"), ("device/type", "0")];
        for (name, value) in usual.iter().chain(attributes) {
            self.put(&format!("sys/devices/{place}/{name}"), value);
        }
        let name = Path::new(place).file_name().unwrap();
        fs::create_dir_all(self.0.path().join("sys/block")).unwrap();
        symlink(format!("../devices/{place}"), self.0.path().join("sys/block").join(name)).unwrap();
    }

    /// Everything the shipped program answers, line by line.
    fn asked(&self, question: &str) -> Vec<Value> {
        let mut command = Command::new(env!("CARGO_BIN_EXE_kiosk-update"));
        command.arg("--root").arg(self.0.path()).env("ROOT", self.0.path());
        command.env("PATH", format!("{}:/usr/bin:/bin", self.0.path().join("bin").display()));
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(format!("{question}\n").as_bytes()).unwrap();
        let said = String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap();
        said.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    fn answer(&self, question: &str) -> Value {
        self.asked(question).pop().unwrap()
    }

    fn installs(&self, bundle: &str) -> Value {
        self.answer(&json!({ "ask": "install_stick", "stick": "sdb1", "bundle": bundle }).to_string())
    }

    /// What was run, and forgets it.
    fn ran(&self) -> String {
        let path = self.0.path().join("ran");
        let text = fs::read_to_string(&path).unwrap_or_default();
        fs::write(path, "").unwrap();
        text.replace(self.0.path().to_str().unwrap(), "")
    }
}

fn words() -> Value {
    serde_json::from_str(WORDS).unwrap()
}

#[test]
fn what_is_said_is_what_the_kiosks_program_says_and_hears() {
    let words = words();
    for (name, asked) in words["questions"].as_object().unwrap() {
        let question: Question = serde_json::from_value(asked.clone()).unwrap();
        assert_eq!(&serde_json::to_value(&question).unwrap(), asked, "no word is ignored: {name}");
    }
    assert_eq!(words["questions"].as_object().unwrap().len(), 4);
    let progress = Progress { percent: 90, step: "Copying image to rootfs.1".into() };
    let answers = &words["answers"];
    assert_eq!(progress.told(), answers["progress"]);
    assert_eq!(installed(Some("0.2.0")), answers["installed"]);
    assert_eq!(refused(Refusal::NotUnderstood, ""), answers["not_understood"]);
    let all: Vec<Refusal> = serde_json::from_value(words["refusals"].clone()).unwrap();
    assert_eq!(all.len(), Refusal::Rauc as usize + 1, "every refusal is among the words");

    let machine = Machine::new();
    assert_eq!(machine.asked(r#"{"ask":"show"}"#), [answers["shown"].clone()]);
    assert_eq!(machine.ran(), "", "no stick is mounted for that");
    assert_eq!(machine.asked(r#"{"ask":"look"}"#), [answers["looked"].clone()]);
    let lines = machine.asked(&words["questions"]["install_stick"].to_string());
    assert_eq!(lines[1], answers["progress"]);
    assert_eq!(lines.last(), Some(&answers["installed"]));
    machine.put("stick/kiosk-0.2.0.raucb", "short\n");
    assert_eq!(machine.installs("kiosk-0.2.0.raucb"), answers["refused"]);
    assert_eq!(machine.answer("sh -c reboot"), answers["not_understood"]);
}

#[test]
fn a_stick_is_mounted_to_be_read_and_unmounted_again() {
    let machine = Machine::new();
    machine.asked(r#"{"ask":"look"}"#);
    let ran = machine.ran();
    let mount = "systemd-mount --no-ask-password --quiet --collect --fsck=no --type=vfat \
                 --options=ro,nosuid,nodev,noexec /dev/sdb1 /run/sticks/sdb1\n";
    assert!(ran.starts_with(mount), "{ran}");
    assert!(ran.ends_with("systemd-umount /run/sticks/sdb1\n"), "{ran}");
    assert_eq!(ran.matches("systemd-mount").count(), 1, "neither the machine's disk nor a file system of another kind");

    machine.put("run/udev/data/b8:17", "E:ID_FS_TYPE=ext4\n");
    machine.put(
        "proc/self/mountinfo",
        &format!("30 22 8:17 / {}/run/sticks/sdb1 ro - ext4 /dev/sdb1 ro\n", machine.0.path().display()),
    );
    machine.asked(r#"{"ask":"look"}"#);
    let ran = machine.ran();
    assert!(ran.starts_with("systemd-umount /run/sticks/sdb1\n"), "an earlier question was cut off: {ran}");
    assert!(ran.contains("--options=ro,nosuid,nodev,noexec,noload"), "no journal is played back: {ran}");
}

#[test]
fn the_stick_that_the_machine_runs_from_is_none() {
    let machine = Machine::new();
    machine.put("proc/self/mountinfo", "22 1 8:18 / / ro - squashfs /dev/sdb2 ro\n");
    assert_eq!(machine.answer(r#"{"ask":"look"}"#)["sticks"], json!([]));
    assert_eq!(machine.installs("kiosk-0.2.0.raucb")["error"], "not_there");
    assert!(!machine.ran().contains("systemd-mount"));
}

#[test]
fn what_names_a_path_or_nothing_of_the_vocabulary_is_not_understood_and_runs_nothing() {
    let machine = Machine::new();
    for bundle in ["../etc/x.raucb", "a/b.raucb", "..", ".raucb", ".x.raucb", "x.img", "a\\nb.raucb", ""] {
        let question = json!({ "ask": "install_stick", "stick": "sdb1", "bundle": bundle }).to_string();
        assert_eq!(machine.answer(&question.replace("\\\\n", "\\n"))["error"], "not_understood", "{bundle}");
    }
    for question in [
        r#"{"ask":"install_stick","stick":"../sda1","bundle":"x.raucb"}"#,
        r#"{"ask":"install_stick","stick":"sdb1","bundle":"x.raucb","force":true}"#,
        r#"{"ask":"install_address","address":"https://other.example/x.raucb"}"#,
        r#"{"ask":"restart"}"#,
    ] {
        assert_eq!(machine.answer(question)["error"], "not_understood", "{question}");
    }
    assert_eq!(machine.ran(), "");
    assert_eq!(machine.installs("gone.raucb")["error"], "not_there");
    assert_eq!(machine.installs("link.raucb")["error"], "not_there", "a link leads out of the stick");
}

#[test]
fn a_bundle_of_another_key_or_another_machine_is_refused_before_it_is_installed() {
    let machine = Machine::new();
    let foreign = machine.installs("foreign.raucb");
    assert_eq!((&foreign["ok"], &foreign["error"]), (&json!(false), &json!("signature")));
    assert_eq!(machine.installs("wall.raucb")["error"], "other_machine");
    assert!(!machine.ran().contains("rauc install"));
    assert_eq!(machine.answer(r#"{"ask":"look"}"#)["update"], "idle");
}

#[test]
fn an_update_waits_for_a_restart_and_is_told_from_one_that_was_rolled_back() {
    let machine = Machine::new();
    let looked = |field: &str| machine.answer(r#"{"ask":"look"}"#)[field].clone();
    assert_eq!(machine.installs("kiosk-0.2.0.raucb")["restart"], "needed");
    assert_eq!((looked("update"), looked("installed")), (json!("restart_needed"), json!("0.2.0")));
    machine.put("on-install", "echo 'LastError: x'; exit 1");
    assert_eq!(machine.installs("kiosk-0.2.0.raucb")["ok"], false);
    assert_eq!(looked("update"), "idle", "the slot that waited was written over");
    machine.put("on-install", "");
    machine.installs("kiosk-0.2.0.raucb");
    machine.put("proc/sys/kernel/random/boot_id", "77ab\n");
    assert_eq!(looked("update"), "rolled_back", "the slot of before runs");
    machine.put("proc/cmdline", "rauc.slot=B\n");
    assert_eq!(looked("update"), "idle");
}

#[test]
fn why_rauc_refuses_is_told_in_its_words_and_ours() {
    let machine = Machine::new();
    let stick = |machine: &Machine| machine.installs("kiosk-0.2.0.raucb");
    let address = |machine: &Machine| machine.answer(r#"{"ask":"install_address"}"#);
    let fails = |text: &str| format!("echo 'LastError: {text}'; echo idle; echo 'Installing failed' >&2; exit 1");
    for (text, expected) in [
        ("Failed updating slot rootfs.1: failed to copy data: Input/output error", "damaged"),
        ("Compatible mismatch: Expected x but bundle manifest has y", "other_machine"),
        ("something else", "rauc"),
    ] {
        machine.put("on-install", &fails(text));
        let answer = stick(&machine);
        assert_eq!((answer["error"].as_str(), answer["detail"].as_str()), (Some(expected), Some(text)));
    }
    for (text, expected) in [
        ("Failed to stream bundle x: failed to configure streaming: server not responding", "no_connection"),
        ("Failed to stream bundle x: not found: unexpected HTTP error code 404", "not_on_server"),
        (
            "Failed to stream bundle x: failed to configure streaming: range requests not supported by server",
            "not_on_server",
        ),
        ("Failed updating slot rootfs.1: failed to copy data: Input/output error", "interrupted"),
        ("signature verification failed: Verify error: self-signed certificate", "signature"),
    ] {
        machine.put("on-install", &fails(text));
        assert_eq!(address(&machine)["error"], expected, "{text}");
    }
    let pulled = format!("rm -r \"$ROOT/sys/block/sdb\"; {}", fails("failed to copy data: Input/output error"));
    machine.put("on-install", &pulled);
    assert_eq!(stick(&machine)["error"], "stick_gone");
    assert_eq!(machine.answer(r#"{"ask":"look"}"#)["update"], "idle");
}

#[test]
fn the_configured_address_alone_is_installed_and_only_by_https() {
    let machine = Machine::new();
    assert_eq!(machine.answer(r#"{"ask":"install_address"}"#), installed(Some("0.3.0")));
    assert!(machine.ran().contains(&format!("rauc install -- {ADDRESS}\n")));
    let settings = |lines: &str| machine.put("var/lib/tiep-don/kiosk.toml", lines);
    settings(&format!("updates = \"{ADDRESS}\"\n[queue]\nca_file = \"/var/lib/tiep-don/ca.pem\"\n"));
    assert_eq!(machine.answer(r#"{"ask":"install_address"}"#)["ok"], true);
    assert!(machine.ran().contains("--tls-ca=/var/lib/tiep-don/ca.pem"));
    for none in ["", "updates = \"http://updates.example/kiosk.raucb\"", "updates = \"--tls-no-verify\""] {
        settings(none);
        assert_eq!(machine.answer(r#"{"ask":"install_address"}"#)["error"], "no_address", "{none}");
        assert_eq!(machine.answer(r#"{"ask":"look"}"#)["address"], json!(null));
    }
    assert!(!machine.ran().contains("rauc install"));
}

#[test]
fn a_server_that_is_there_and_speaks_no_tls_we_trust_is_told_from_one_that_is_away() {
    let machine = Machine::new();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("updates = \"https://{}/kiosk.raucb\"\n", listener.local_addr().unwrap());
    machine.put("var/lib/tiep-don/kiosk.toml", &address);
    machine.put("on-install", "echo 'LastError: failed to configure streaming: server not responding'; exit 1");
    assert_eq!(machine.answer(r#"{"ask":"install_address"}"#)["error"], "server_certificate");
    drop(listener);
    assert_eq!(machine.answer(r#"{"ask":"install_address"}"#)["error"], "no_connection");
}

#[test]
fn while_an_update_is_written_every_other_question_is_refused() {
    let machine = Machine::new();
    // The script goes on once the second question was answered.
    machine.put("on-install", "echo busy > \"$ROOT/installs\"; while [ ! -e \"$ROOT/go-on\" ]; do sleep 0.1; done");
    std::thread::scope(|scope| {
        let first = scope.spawn(|| machine.installs("kiosk-0.2.0.raucb"));
        while !machine.0.path().join("installs").exists() {
            assert!(!first.is_finished(), "it never came to writing");
            std::thread::yield_now();
        }
        let second = machine.installs("kiosk-0.2.0.raucb");
        let looked = machine.answer(r#"{"ask":"look"}"#);
        machine.put("go-on", "");
        assert_eq!((&second["error"], &looked["error"]), (&json!("busy"), &json!("busy")));
        assert_eq!(first.join().unwrap()["ok"], true);
    });
}

#[test]
fn a_version_is_newer_or_older_by_its_numbers() {
    for (version, running, expected) in [
        ("0.10.0", "0.9.3", Age::Newer),
        ("0.1.0", "0.1.0", Age::Same),
        ("2026.11.0", "2026.2.1", Age::Newer),
        ("0.2.0-rc1", "0.2.0", Age::Older),
        ("0.2.0", "0.2.0-rc1", Age::Newer),
        ("0.2.0.1", "0.2.0", Age::Newer),
        ("0.1", "0.2", Age::Older),
    ] {
        assert_eq!(Age::of(version, running), expected, "{version} beside {running}");
    }
}

#[test]
fn an_address_is_https_and_holds_no_password() {
    for bad in [
        "http://updates.example/x.raucb",
        "https:///x",
        "https://updates.example",
        "https://user:secret@updates.example/x",
        "https://updates.example/a b",
        "ftp://x/y",
        "/media/x.raucb",
    ] {
        assert!(Address::try_from(bad.to_owned()).is_err(), "{bad}");
    }
    let place = |text: &str| Address::try_from(text.to_owned()).unwrap().place();
    assert_eq!(place(ADDRESS), "updates.example:443");
    assert_eq!(place("https://10.0.2.2:8443/x"), "10.0.2.2:8443");
}
