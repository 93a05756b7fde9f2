use qr_scanner::{Family, LineFamily};

use super::*;

const SAMPLE: &str = include_str!("../../kiosk.sample.toml");
const GUIDE: &str = include_str!("../../../docs/technician.md");

fn checked(text: &str) -> Result<Checked, String> {
    Config::check(Path::new("kiosk.toml"), text).map_err(|error| error.to_string())
}

fn refusal(from: &str, to: &str) -> String {
    let text = SAMPLE.replace(from, to);
    assert_ne!(text, SAMPLE);
    checked(&text).unwrap_err()
}

fn line_of(beginning: &str) -> usize {
    1 + SAMPLE.lines().position(|line| line.starts_with(beginning)).unwrap()
}

/// The sample with every optional key in use; the files they name do not exist.
fn everything() -> String {
    let optional = |line: &str| line.starts_with('#') && !line.starts_with("# ");
    SAMPLE.lines().map(|line| if optional(line) { &line[1..] } else { line }).collect::<Vec<_>>().join("\n")
}

/// The keys that the types have in a table, as the parser lists them when it meets one that they do not have.
fn keys_of(table: &str) -> Vec<String> {
    let head = if table.is_empty() { String::new() } else { format!("[{table}]\n") };
    let error = toml::from_str::<Config>(&format!("{head}no_such_key = 1")).unwrap_err();
    let keys: Vec<String> = error.message().split('`').skip(3).step_by(2).map(str::to_owned).collect();
    assert!(!keys.is_empty(), "{table}: {error}");
    keys
}

#[test]
fn the_sample_configuration_is_valid() {
    assert_eq!(checked(SAMPLE).unwrap().config.kiosk.as_str(), "k1");
}

#[test]
fn every_key_is_in_the_sample_and_in_the_guide() {
    let all = everything();
    let config = toml::from_str::<Config>(&all).unwrap();
    assert!(config.card.is_some() && config.printer.logo.is_some());
    let sample: toml::Table = toml::from_str(&all).unwrap();
    let mut described = Vec::new();
    for (key, value) in &sample {
        match value.as_table() {
            Some(table) => {
                assert_eq!(
                    table.keys().cloned().collect::<std::collections::BTreeSet<_>>(),
                    keys_of(key).into_iter().collect()
                );
                described.extend(table.keys().map(|inner| format!("{key}.{inner}")));
            }
            None => described.push(key.clone()),
        }
    }
    assert_eq!(sample.keys().cloned().collect::<std::collections::BTreeSet<_>>(), keys_of("").into_iter().collect());
    for key in described {
        assert!(GUIDE.contains(&format!("| `{key}` |")), "docs/technician.md has no row for {key}");
    }
}

#[test]
fn a_mistake_is_told_with_file_line_key_and_what_is_allowed() {
    for (from, to, line, key, allowed) in [
        ("state_dir", "stat_dir", "state_dir", "stat_dir", "`state_dir`"),
        ("\"k1\"", "\"Kiosk 1\"", "kiosk =", "kiosk", ""),
        ("\"window\"\n", "\"x11\"\n", "backend =", "screen.backend", "virtual:/path"),
        ("serial:/dev/ttyACM0@9600", "ttyACM0", "link = \"serial:/dev/ttyACM0", "scanner.link", "serial:PATH@BAUD"),
        (
            "serial:/dev/ttyACM0@9600",
            "usblp:/dev/usb/lp0",
            "link = \"serial:/dev/ttyACM0",
            "scanner.link",
            "camera:PATH",
        ),
        ("#family = \"auto\"", "family = \"zebra\"", "#family", "scanner.family", "zebra-ssi"),
        (
            "serial:/dev/ttyUSB0@115200",
            "hidraw:0c2e:0b61",
            "link = \"serial:/dev/ttyUSB0",
            "printer.link",
            "usblp:PATH",
        ),
        ("\"epson-80mm\"", "\"epson\"", "profile =", "printer.profile", "unknown-58mm"),
        ("\"http://127.0.0.1:7070\"", "\"queue\"", "url =", "queue.url", ""),
        ("\"http://127.0.0.1:7070\"", "7070", "url =", "queue.url", "string"),
    ] {
        let text = refusal(from, to);
        let place = format!("kiosk.toml:{}: {key}: ", line_of(line));
        assert!(text.starts_with(&place) && text.contains(allowed), "expected {place}… {allowed}, got {text}");
    }
}

#[test]
fn a_file_that_is_missing_or_wrong_is_told_where_it_is_named() {
    for (from, to, key) in [
        ("#logo", "logo", "printer.logo"),
        ("#proven", "proven", "printer.proven"),
        ("#person_key_file", "person_key_file", "queue.person_key_file"),
        ("#ca_file", "ca_file", "queue.ca_file"),
        ("#[card]\n", "[card]\nanchors = \"/nowhere\"\n", "card.anchors"),
    ] {
        let text = refusal(from, to);
        assert!(text.contains(&format!(": {key}: ")) && text.contains('/'), "{text}");
    }
    let broken = refusal("url =", "url");
    assert!(broken.starts_with(&format!("kiosk.toml:{}: ", line_of("url ="))), "{broken}");
}

#[test]
fn a_kiosk_that_is_yet_to_be_enrolled_starts_and_one_with_a_spoilt_key_does_not() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("queue.key");
    let configured = || checked(&format!("{SAMPLE}\nkey_file = {file:?}\n"));
    assert!(configured().is_ok());
    std::fs::write(&file, "not a key").unwrap();
    assert!(configured().unwrap_err().contains("queue.key_file"));
}

#[test]
fn a_missing_key_is_named_with_its_table() {
    let text = refusal("link = \"serial:/dev/ttyUSB0@115200\"", "");
    assert!(
        text.starts_with(&format!("kiosk.toml:{}: printer: ", line_of("[printer]"))) && text.contains("link"),
        "{text}"
    );
}

#[test]
fn every_family_of_printers_can_be_configured() {
    for family in thermal_printer_escpos::profile::FAMILIES {
        let text = SAMPLE.replace("\"epson-80mm\"", &format!("{:?}", family.name));
        assert_eq!(checked(&text).unwrap().config.printer.profile.0.name, family.name);
        assert!(SAMPLE.contains(family.name), "{} is not in the sample", family.name);
    }
}

#[test]
fn pages_proven_on_this_printers_paper_are_used_and_those_of_another_are_not() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("printer.toml");
    let configured = |profile: &str| {
        let proven = format!("proven = {file:?}\nprofile = {profile:?}");
        checked(&SAMPLE.replace("profile = \"epson-80mm\"", &proven))
    };
    std::fs::write(&file, "profile = \"epson-80mm\"\npages = \"30/31\"\n").unwrap();
    let letters = |checked: Checked| checked.printing.profile.slow_wire.letters;
    let pages = "30/31".parse().unwrap();
    assert_eq!(
        letters(configured("epson-80mm").unwrap()),
        thermal_printer_escpos::encode::means::Letters::Pages(pages)
    );
    let other = configured("bixolon-80mm").unwrap_err();
    assert!(other.contains("proven on epson-80mm"), "{other}");
    std::fs::write(&file, "profile = \"epson-80mm\"\npages = \"30\"\n").unwrap();
    assert!(configured("epson-80mm").unwrap_err().contains("such as 30/31"));
    std::fs::write(&file, "profile = \"epson-80mm\"\n").unwrap();
    assert_eq!(letters(configured("epson-80mm").unwrap()), thermal_printer_escpos::encode::means::Letters::Dots);
}

#[test]
fn the_key_of_the_marks_is_read_and_never_repeated() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("person.key");
    let configured = || checked(&format!("{SAMPLE}\nperson_key_file = {file:?}\n"));
    std::fs::write(&file, "0f".repeat(32) + "\n").unwrap();
    let key = configured().unwrap().person_key.unwrap();
    assert_eq!((key.0, format!("{key:?}")), ([0x0F; 32], "HospitalKey(…)".to_owned()));
    for bad in ["0f".repeat(31), "0f".repeat(33), "0g".repeat(32)] {
        std::fs::write(&file, &bad).unwrap();
        let text = configured().unwrap_err();
        assert!(text.contains("64 hexadecimal digits") && !text.contains(&bad), "{text}");
    }
}

#[test]
fn without_a_family_nothing_is_sent_to_the_scanner() {
    assert_eq!(checked(SAMPLE).unwrap().config.scanner.family, LineFamily::Is(Family::Plain));
}

#[test]
fn a_camera_may_stand_in_the_scanners_place() {
    let text = SAMPLE.replace("serial:/dev/ttyACM0@9600", "camera:/dev/video0");
    let scanner = checked(&text).unwrap().config.scanner;
    assert!(matches!(&scanner.link, ScannerAddress::Camera(_)), "{scanner:?}");
    assert_eq!(scanner.link.to_string(), "camera:/dev/video0");
}

#[test]
fn updates_come_by_https_alone() {
    let key = "#updates = \"https://updates.hospital.example/kiosk.raucb\"";
    let with = |address: &str| SAMPLE.replace(key, &format!("updates = \"{address}\""));
    let config = checked(&with("https://updates.example/kiosk.raucb")).unwrap().config;
    assert_eq!(config.updates.unwrap().as_str(), "https://updates.example/kiosk.raucb");
    for address in ["http://updates.example/kiosk.raucb", "https://user:word@updates.example/x", "/media/x.raucb"] {
        let said = checked(&with(address)).unwrap_err();
        assert!(said.contains(": updates: expected an address such as https://"), "{said}");
    }
}
