//! What a machine is after its first boot.
#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use kiosk_flash::first_boot::{Applied, apply, name_machine};

const PROVISIONING: &str = r#"
format = 1
hospital = "Bệnh viện Mẫu"
kiosk = "K01"
service = "http://queue.example:7070"
enrolment_code = "secret-code-1"
language = "vi"
zone = "khu-b"
person_key = "5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a"

updates = "https://updates.example/kiosk.raucb"
ca = """
-----BEGIN CERTIFICATE-----
TWF1
-----END CERTIFICATE-----
"""
card_anchors = """
-----BEGIN CERTIFICATE-----
b25l
-----END CERTIFICATE-----

-----BEGIN CERTIFICATE-----
dHdv
-----END CERTIFICATE-----
"""

[devices]
scanner = "serial:/dev/ttyUSB0@9600"
printer = "serial:/dev/ttyUSB1@115200"
printer_profile = "epson-80mm"
card_reader = "any"

[wifi]
ssid = "Bệnh viện"
passphrase = "eight \\ letters"
"#;

/// A machine with an EFI system partition at `efi` that holds `provisioning`.
fn machine(provisioning: &str) -> tempfile::TempDir {
    let root = tempfile::tempdir().unwrap();
    for folder in ["efi/tiep-don", "etc", "proc/sys/kernel"] {
        fs::create_dir_all(root.path().join(folder)).unwrap();
    }
    fs::write(root.path().join("efi/tiep-don/provisioning.toml"), provisioning).unwrap();
    let group = fs::metadata(root.path()).map(|metadata| std::os::unix::fs::MetadataExt::gid(&metadata)).unwrap();
    fs::write(root.path().join("etc/group"), format!("root:x:0:\nkiosk-serial:x:7:\nkiosk:x:{group}:\n")).unwrap();
    fs::write(root.path().join("proc/sys/kernel/hostname"), "").unwrap();
    root
}

fn text(root: &Path, path: &str) -> String {
    fs::read_to_string(root.join(path)).unwrap()
}

#[test]
fn the_first_boot_writes_every_setting_and_keeps_no_secret_on_the_system_partition() {
    let root = machine(PROVISIONING);
    assert_eq!(apply(&root.path().join("efi"), root.path()).unwrap(), Applied::New);
    name_machine(root.path()).unwrap();

    let kiosk: toml::Table = toml::from_str(&text(root.path(), "var/lib/tiep-don/kiosk.toml")).unwrap();
    assert_eq!(kiosk["kiosk"].as_str(), Some("k01"));
    assert_eq!(kiosk["screen"].as_str(), Some("device"));
    assert_eq!(kiosk["scanner"]["link"].as_str(), Some("serial:/dev/ttyUSB0@9600"));
    assert_eq!(kiosk["card"].as_table().unwrap().len(), 1, "any reader");
    assert_eq!(kiosk["card"]["anchors"].as_str(), Some("/var/lib/tiep-don/anchors"));
    let anchor = |name: &str| text(root.path(), &format!("var/lib/tiep-don/anchors/{name}"));
    assert_eq!(anchor("1.pem"), "-----BEGIN CERTIFICATE-----\nb25l\n-----END CERTIFICATE-----\n");
    assert_eq!(anchor("2.pem"), "-----BEGIN CERTIFICATE-----\ndHdv\n-----END CERTIFICATE-----\n");
    assert_eq!(kiosk["queue"]["url"].as_str(), Some("http://queue.example:7070"));
    assert_eq!(kiosk["queue"]["key_file"].as_str(), Some("/var/lib/kiosk/queue.key"));
    assert_eq!(kiosk["queue"]["person_key_file"].as_str(), Some("/var/lib/tiep-don/person.key"));
    assert_eq!(text(root.path(), "var/lib/tiep-don/person.key"), "5a".repeat(32));
    let enrolment = text(root.path(), "var/lib/tiep-don/enrol.env");
    assert_eq!(
        enrolment,
        "QUEUE_URL=http://queue.example:7070\nDEVICE=k01\nCA_OPTIONS=--ca-file /var/lib/tiep-don/ca.pem\n"
    );
    assert_eq!(kiosk["updates"].as_str(), Some("https://updates.example/kiosk.raucb"));
    assert_eq!(kiosk["queue"]["ca_file"].as_str(), Some("/var/lib/tiep-don/ca.pem"));
    let ca = text(root.path(), "var/lib/tiep-don/ca.pem");
    assert_eq!(ca, "-----BEGIN CERTIFICATE-----\nTWF1\n-----END CERTIFICATE-----\n");
    assert_eq!(text(root.path(), "proc/sys/kernel/hostname"), "k01");
    assert!(text(root.path(), "var/lib/tiep-don/display.env").contains("ZONE=khu-b\n"));
    // "Bệnh viện" in UTF-8: iwd reads names of other letters in hexadecimal.
    let network = text(root.path(), "var/lib/iwd/=42e1bb876e68207669e1bb876e.psk");
    assert_eq!(network, "[Security]\nPassphrase=eight \\\\ letters\n");
    assert!(!root.path().join("efi/tiep-don/provisioning.toml").exists());
    let public = text(root.path(), "var/lib/tiep-don/provisioned.toml");
    assert!(
        public.contains("Bệnh viện Mẫu") && !public.contains("secret-code-1") && !public.contains("5a5a"),
        "{public}"
    );
}

#[test]
fn secrets_are_for_root_and_the_kiosks_settings_for_the_kiosk() {
    let root = machine(PROVISIONING);
    apply(&root.path().join("efi"), root.path()).unwrap();
    let mode = |path: &str| fs::metadata(root.path().join(path)).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode("var/lib/tiep-don/enrolment-code"), 0o600);
    assert_eq!(mode("var/lib/iwd/=42e1bb876e68207669e1bb876e.psk"), 0o600);
    assert_eq!(mode("var/lib/tiep-don/kiosk.toml"), 0o640);
    assert_eq!(mode("var/lib/tiep-don/person.key"), 0o640);
    assert_eq!(mode("var/lib/tiep-don/hostname"), 0o644);
    assert_eq!(mode("var/lib/tiep-don/ca.pem"), 0o644, "RAUC reads it as nobody");
}

#[test]
fn another_provisioning_takes_the_issuers_of_the_one_before_away() {
    let root = machine(PROVISIONING);
    apply(&root.path().join("efi"), root.path()).unwrap();
    let folder = root.path().join("var/lib/tiep-don/anchors");
    assert_eq!(fs::metadata(&folder).unwrap().permissions().mode() & 0o777, 0o755, "the kiosk's program looks into it");
    let begin = PROVISIONING.find("card_anchors").unwrap();
    let end = PROVISIONING.find("[devices]").unwrap();
    let without = [&PROVISIONING[..begin], &PROVISIONING[end..]].concat();
    fs::write(root.path().join("efi/tiep-don/provisioning.toml"), without).unwrap();
    apply(&root.path().join("efi"), root.path()).unwrap();
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 0);
    assert!(!text(root.path(), "var/lib/tiep-don/kiosk.toml").contains("anchors"));
}

#[test]
fn a_later_boot_changes_nothing() {
    let root = machine(PROVISIONING);
    apply(&root.path().join("efi"), root.path()).unwrap();
    let before = text(root.path(), "var/lib/tiep-don/kiosk.toml");
    assert_eq!(apply(&root.path().join("efi"), root.path()).unwrap(), Applied::None);
    assert_eq!(text(root.path(), "var/lib/tiep-don/kiosk.toml"), before);
}

#[test]
fn provisioning_that_is_wrong_stays_and_is_not_quoted() {
    let root = machine(&PROVISIONING.replace("format = 1", "format = 2"));
    let error = apply(&root.path().join("efi"), root.path()).unwrap_err();
    let said = format!("{:#}", anyhow::Error::from(error));
    assert!(said.contains("format 2") && !said.contains("secret"), "{said}");
    assert!(root.path().join("efi/tiep-don/provisioning.toml").exists());
    assert!(!root.path().join("var/lib/tiep-don/kiosk.toml").exists());
}

#[test]
fn a_power_cut_before_the_end_is_made_good_by_the_next_boot() {
    let root = machine(PROVISIONING);
    let part = root.path().join("var/lib/tiep-don/kiosk.toml.part");
    fs::create_dir_all(part.parent().unwrap()).unwrap();
    fs::write(&part, "kiosk = \"k").unwrap();
    assert_eq!(apply(&root.path().join("efi"), root.path()).unwrap(), Applied::New);
    assert!(!part.exists());
    assert!(text(root.path(), "var/lib/tiep-don/kiosk.toml").starts_with("kiosk = \"k01\""));
}

#[test]
fn updates_by_http_and_a_key_in_place_of_a_certificate_are_refused() {
    let refused = |from: &str, to: &str| {
        let root = machine(&PROVISIONING.replace(from, to));
        let error = apply(&root.path().join("efi"), root.path()).unwrap_err();
        format!("{:#}", anyhow::Error::from(error))
    };
    let said = refused("https://updates", "http://updates");
    assert!(said.contains("updates: an address such as https://"), "{said}");
    let said = refused("TWF1", "-----BEGIN PRIVATE KEY-----");
    assert!(said.contains("ca: a certificate in PEM"), "{said}");
    let said = refused("card_reader = \"any\"", "");
    assert!(said.contains("card_anchors: certificates in PEM, of a kiosk with a devices.card_reader"), "{said}");
}
