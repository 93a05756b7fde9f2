//! The units: what they may do, and that what one names is there.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use crate::definition;

/// `systemd-analyze security` counts in tenths from 0 (closed) to 100 (open). "OK" ends below 50.
const EXPOSURE_MAX: u32 = 49;

fn units() -> Vec<(String, String)> {
    let entries = fs::read_dir(definition("units")).unwrap().map(|entry| entry.unwrap().path());
    let is_unit = |path: &std::path::PathBuf| path.extension().is_some_and(|extension| extension == "service");
    let named = |path: std::path::PathBuf| {
        (path.file_name().unwrap().to_str().unwrap().to_owned(), fs::read_to_string(path).unwrap())
    };
    entries.filter(is_unit).map(named).collect()
}

/// The values of every line `NAME=…` of a unit.
fn values<'a>(unit: &'a str, name: &str) -> Vec<&'a str> {
    let value = |line: &'a str| line.strip_prefix(name)?.strip_prefix('=');
    unit.lines().filter_map(value).flat_map(str::split_whitespace).collect()
}

/// systemd is on every Debian that a person sits at, and may be absent from a container that builds.
#[test]
fn every_unit_is_rated_ok_or_better() {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in units() {
        // A template is rated as its instance.
        let name = name.replace("@.", "@kiosk-app.");
        let file = folder.path().join(&name);
        fs::write(&file, text).unwrap();
        let rated = Command::new("systemd-analyze")
            .args(["security", "--no-pager", "--offline=true", &format!("--threshold={EXPOSURE_MAX}")])
            .arg(&file)
            .output();
        let Ok(rated) = rated else {
            assert!(!std::path::Path::new("/usr/bin/systemd-analyze").exists());
            eprintln!("no systemd-analyze here: the units' exposure is not rated");
            return;
        };
        assert!(
            rated.status.success(),
            "{name} is too exposed:\n{}{}",
            String::from_utf8_lossy(&rated.stdout),
            String::from_utf8_lossy(&rated.stderr)
        );
    }
}

#[test]
fn a_unit_runs_only_programs_that_an_image_has() {
    let ours = [
        "kiosk-app",
        "queue-display",
        "kiosk-provision",
        "kiosk-network",
        "kiosk-update",
        "kiosk-flash",
        "kioskctl",
        "queuectl",
    ];
    let debian = ["cat", "sleep", "systemctl", "touch", "rauc", "rm", "setfont", "udevadm"];
    for (name, text) in units() {
        for key in ["ExecCondition", "ExecStart", "ExecStartPre", "ExecStartPost"] {
            for program in text.lines().filter_map(|line| line.strip_prefix(key)?.strip_prefix('=')) {
                let path = program.split(' ').next().unwrap_or_default();
                let program = path.trim_start_matches(['+', '-']).strip_prefix("/usr/bin/").unwrap_or_default();
                assert!(ours.contains(&program) || debian.contains(&program), "{name} runs {path}");
            }
        }
    }
}

#[test]
fn a_units_groups_are_made_by_the_image_and_filled_by_udev() {
    let made = fs::read_to_string(definition("rootfs/usr/lib/sysusers.d/tiep-don.conf")).unwrap();
    for line in made.lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
        let id = line.split_whitespace().nth(2);
        assert_eq!(id, Some("-"), "systemd-sysusers skips a line it cannot parse: {line}");
    }
    let made: BTreeSet<&str> = made.lines().filter_map(|line| line.split_whitespace().nth(1)).collect();
    let rules = fs::read_to_string(definition("units/60-tiep-don.rules")).unwrap();
    for (name, text) in units() {
        for group in values(&text, "SupplementaryGroups") {
            // Debian's own: the panel's and the sound card's.
            if group == "video" || group == "audio" {
                continue;
            }
            assert!(made.contains(group), "{name}: nobody makes the group {group}");
            assert!(rules.contains(&format!("GROUP=\"{group}\"")), "{name}: no device is given to {group}");
        }
        for user in values(&text, "User") {
            assert!(made.contains(user), "{name}: nobody makes the user {user}");
        }
    }
}

#[test]
fn what_a_unit_waits_for_or_wants_is_there() {
    let ours: BTreeSet<String> = units().into_iter().map(|(name, _)| name).collect();
    for (name, text) in units() {
        for key in ["After", "Before", "Requires", "Wants", "OnFailure", "OnSuccess"] {
            for other in values(&text, key).into_iter().filter(|other| other.starts_with("kiosk-")) {
                let template = other.split_once('@').map_or(other.to_owned(), |(name, _)| format!("{name}@.service"));
                assert!(ours.contains(&template), "{name} names {other}, which is not there");
            }
        }
    }
}

/// The key's place stands in three files; one that differs would leave a machine without its program for ever.
#[test]
fn a_program_starts_once_its_machine_has_the_key_it_waits_for() {
    let units = units();
    let unit = |name: &str| &units.iter().find(|(found, _)| found == name).unwrap().1;
    for (enrol, program) in
        [("kiosk-enrol.service", "kiosk-app.service"), ("display-enrol.service", "queue-display.service")]
    {
        let words = values(unit(enrol), "ExecStart");
        let key = words[words.iter().position(|word| *word == "--to").unwrap() + 1];
        assert!(values(unit(program), "ConditionPathExists").contains(&key), "{program} does not wait for {key}");
        assert!(values(unit("kiosk-unenrolled.service"), "ConditionPathExists").contains(&format!("!{key}").as_str()));
        assert_eq!(values(unit(enrol), "OnSuccess"), [program]);
        assert_eq!(values(unit(enrol), "OnFailure"), ["kiosk-unenrolled.service"]);
        let waits = values(unit(program), "After").contains(&enrol) || values(unit(enrol), "Before").contains(&program);
        assert!(!waits, "{program} of a machine that has its key would wait for the network with {enrol}");
        assert_eq!(values(unit(enrol), "User"), values(unit(program), "User"), "the key is its user's alone");
    }
    let settings = fs::read_to_string(definition("flash/src/first_boot.rs")).unwrap();
    assert!(settings.contains("\"/var/lib/kiosk/queue.key\""), "kiosk.toml names another key");
}

#[test]
fn both_slots_have_one_size_and_the_data_the_rest() {
    let text = |name: &str| fs::read_to_string(definition("partitions").join(name)).unwrap();
    let (a, b, data) = (text("20-rootfs-a.conf"), text("30-rootfs-b.conf"), text("40-data.conf"));
    for key in ["SizeMinBytes", "SizeMaxBytes", "Type"] {
        assert_eq!(values(&a, key), values(&b, key), "{key}");
    }
    assert_eq!(values(&a, "SizeMinBytes"), ["768M"], "xtask::image::rootfs::BYTES_MAX says so as well");
    assert_eq!(xtask::image::rootfs::BYTES_MAX, 768 << 20);
    assert!(values(&data, "SizeMaxBytes").is_empty());
    assert_eq!(values(&text("10-esp.conf"), "SizeMinBytes"), ["300M"], "firmware sees no smaller FAT32");
}
