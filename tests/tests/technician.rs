//! A technician without a screen: `kioskctl` asks the running kiosk.

#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

use std::io::Write;
use std::process::{Command, Stdio};

use e2e_tests::{Hospital, card, eventually};
use serde_json::Value;
use xtask::demo::binaries::Binaries;
use xtask::demo::enrolment::{code, key_file};
use xtask::demo::picture::Grey;
use xtask::demo::queue::KIOSK;
use xtask::demo::reading::largest_number;

struct Desk {
    hospital: Hospital,
    kioskctl: std::path::PathBuf,
}

impl Desk {
    fn open() -> Self {
        let hospital = Hospital::without_display().unwrap();
        Self { hospital, kioskctl: Binaries::build().unwrap().path("kioskctl") }
    }

    /// The answer and the exit status.
    fn ask(&self, arguments: &[&str]) -> (Value, Option<i32>) {
        self.ask_with(arguments, "")
    }

    /// As `ask`, with a text on standard input.
    fn ask_with(&self, arguments: &[&str], text: &str) -> (Value, Option<i32>) {
        let socket = self.hospital.stack.journal().with_file_name("control.sock");
        let mut command = Command::new(&self.kioskctl);
        command.args(arguments).arg("--socket").arg(socket).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        // A command that reads nothing may have ended by now.
        if !text.is_empty() {
            stdin.write_all(text.as_bytes()).unwrap();
        }
        drop(stdin);
        let output = child.wait_with_output().unwrap();
        (serde_json::from_slice(&output.stdout).unwrap(), output.status.code())
    }

    fn state_of(&self, device: &str) -> Value {
        let (status, _) = self.ask(&["status"]);
        status["devices"].as_array().unwrap().iter().find(|one| one["device"] == device).unwrap().clone()
    }
}

#[test]
fn a_technician_without_a_screen_sees_tests_and_counts_everything() {
    let desk = Desk::open();
    let (status, exit) = desk.ask(&["status", "--json"]);
    assert_eq!((&status["ok"], exit), (&Value::Bool(true), Some(0)), "{status}");

    desk.hospital.takes_number(&card(1)).unwrap();
    desk.hospital.leaves().unwrap();
    let (printed, exit) = desk.ask(&["selftest", "print"]);
    assert_eq!((&printed["outcome"], exit), (&Value::from("confirmed"), Some(0)), "{printed}");
    let (counted, _) = desk.ask(&["counters"]);
    assert_eq!((&counted["tickets_confirmed"], &counted["scans"]), (&Value::from(2), &Value::from(1)), "{counted}");
    assert!(counted["paper_mm"].as_u64().unwrap() > 60, "{counted}");

    let (reported, exit) = desk.ask(&["selftest", "report"]);
    assert_eq!((&reported["outcome"], exit), (&Value::from("confirmed"), Some(0)), "{reported}");
    let papers = desk.hospital.stack.printer.with(|printer| printer.papers());
    let report = Grey::of_png(&papers.last().unwrap().to_png()).unwrap();
    assert_eq!((papers.len(), largest_number(&report)), (3, None), "a report is no number of a patient's");

    desk.hospital.stack.printer.with(|printer| printer.paper_out());
    eventually("the missing paper to be told", || Ok(desk.state_of("printer")["fault"] == "paper_out")).unwrap();
    let printer = desk.state_of("printer");
    assert_eq!((&printer["state"], &printer["paper"]), (&Value::from("online"), &Value::from("out")));
    assert!(printer["fix"].as_str().unwrap().contains("giấy"), "{printer}");
    assert_eq!(desk.ask(&["status"]).1, Some(3));
    assert_eq!(desk.ask(&["selftest", "print"]).0["fault"], "paper_out");

    let (service, exit) = desk.ask(&["selftest", "service"]);
    assert_eq!((&service["ok"], exit), (&Value::Bool(true), Some(0)), "{service}");
    assert_eq!(desk.ask(&["selftest", "card"]).0["error"], "not_configured");
    assert_eq!(desk.ask_with(&["pin", "set"], "271828\n"), (serde_json::json!({ "ok": true }), Some(0)));
    assert!(desk.ask(&["network"]).0["interfaces"].is_array());
    let (network, _) = desk.ask(&["network", "show"]);
    assert!(network["clock"]["time"].is_string() && network["set"].is_null(), "{network}");
    let change = ["network", "set", "static", "--on", "wired", "--address", "10.1.2.3/24", "--gateway", "10.1.2.1"];
    let (changed, exit) = desk.ask(&change);
    assert_eq!((&changed["error"], exit), (&Value::from("not_on_this_machine"), Some(3)), "{changed}");
    let (wifi, _) = desk.ask_with(&["network", "set", "wifi", "--ssid", "BV"], "invented secret\n");
    assert_eq!(wifi["error"], "not_on_this_machine", "{wifi}");
    assert_eq!(desk.ask(&["sound", "volume", "60"]).0["error"], "no_voice_configured");
    assert!(desk.ask(&["update"]).0["update"].is_string());
    let (log, _) = desk.ask(&["logs", "--lines", "500"]);
    let log = log["lines"].to_string();
    assert!(log.contains("kiosk starting") && !log.contains("invented secret"), "{log}");
}

/// What the hospital signs with `kioskctl`, the kiosk's own program takes; a kiosk that trusts nobody takes nothing.
#[test]
fn a_token_that_the_hospital_signs_opens_the_kiosks_it_names() {
    let mut desk = Desk::open();
    let dir = desk.hospital.stack.journal().parent().unwrap().parent().unwrap().to_owned();
    let (key, svg) = (dir.join("token.key"), dir.join("token.svg"));
    let kioskctl = |arguments: &[&str]| -> Value {
        let output = Command::new(&desk.kioskctl).arg("token").args(arguments).output().unwrap();
        serde_json::from_slice(&output.stdout).unwrap()
    };
    let public = kioskctl(&["new-key", "--to", key.to_str().unwrap()])["public_key"].as_str().unwrap().to_owned();
    let make = |kiosk: &str| {
        let arguments = ["make", "--key", key.to_str().unwrap(), "--who", "Mau", "--kiosk", kiosk, "--svg"];
        kioskctl(&[&arguments[..], &[svg.to_str().unwrap()]].concat())["token"].as_str().unwrap().to_owned()
    };
    let (own, other) = (make(KIOSK), make("k99"));
    assert!(std::fs::read_to_string(&svg).unwrap().starts_with("<svg"));
    let check = |desk: &Desk, token: &str| desk.ask_with(&["token", "check"], &format!("{token}\n")).0;
    assert_eq!(check(&desk, &own)["error"], "nobody_trusted");

    std::fs::write(dir.join("service-trust.toml"), format!("keys = [\"{public}\"]\n")).unwrap();
    desk.hospital.stack.kill_kiosk();
    desk.hospital.stack.start_kiosk().unwrap();
    desk.hospital.sees(&["welcome"]).unwrap();
    let (taken, refused) = (check(&desk, &own), check(&desk, &other));
    assert_eq!((&taken["ok"], &taken["who"]), (&Value::Bool(true), &Value::from("Mau")), "{taken}");
    assert_eq!(refused["error"], "other_kiosk");
}

#[test]
fn a_scan_for_a_test_is_no_visit_and_visits_stop_while_a_technician_is_at_work() {
    let desk = Desk::open();
    std::thread::scope(|hands| {
        let test = hands.spawn(|| desk.ask(&["selftest", "scan"]));
        // A card that comes before the test listens starts a visit, as it should: hold up others until one is taken.
        let mut serial = 10;
        eventually("the test to take a code", || {
            desk.hospital.hold_up(&card(serial));
            serial += 1;
            std::thread::sleep(std::time::Duration::from_millis(300));
            Ok(test.is_finished())
        })
        .unwrap();
        let (answer, exit) = test.join().unwrap();
        assert_eq!((&answer["ok"], exit), (&Value::Bool(true), Some(0)), "{answer}");
        assert!(answer["bytes"].as_u64().unwrap() > 50 && answer.as_object().unwrap().len() == 2, "{answer}");
    });
    assert_eq!(desk.ask(&["visits", "off"]).1, Some(0));
    desk.hospital.sees(&["out-of-service"]).unwrap();
    assert_eq!(desk.ask(&["visits", "on"]).1, Some(0));
    desk.hospital.sees(&["welcome"]).unwrap();
}

#[test]
fn a_kiosk_without_a_key_is_enrolled_by_a_code_while_it_runs() {
    let mut desk = Desk::open();
    let dir = desk.hospital.stack.journal().parent().unwrap().parent().unwrap().to_owned();
    let key = key_file(&dir, KIOSK);
    desk.hospital.stack.kill_kiosk();
    std::fs::remove_file(&key).unwrap();
    desk.hospital.stack.start_kiosk().unwrap();
    desk.hospital.sees(&["welcome-limited"]).unwrap();
    assert_eq!(desk.ask(&["status"]).0["enrolled"], Value::Bool(false));

    let service = format!("http://{}", desk.hospital.stack.service_addr());
    let enrol = |code: &str| {
        let mut command = Command::new(&desk.kioskctl);
        command.args(["enrol", "--service", &service, "--kiosk", KIOSK, "--code", code]).arg("--to").arg(&key);
        command.output().unwrap().status.code()
    };
    assert_eq!((enrol("7KQM-2RTX"), key.exists()), (Some(3), false));
    let binaries = Binaries::build().unwrap();
    let store = ["--database".into(), dir.join("queue.db").into()];
    let display = code(&dir, &binaries, &store, "sanh-2", "display").unwrap();
    assert_eq!((enrol(display.trim()), key.exists()), (Some(1), false), "a display's code");
    let own = code(&dir, &binaries, &store, KIOSK, "kiosk").unwrap();
    assert_eq!(enrol(own.trim()), Some(0));
    assert_eq!(std::os::unix::fs::MetadataExt::mode(&std::fs::metadata(&key).unwrap()) & 0o777, 0o600);
    assert_eq!(enrol(own.trim()), Some(3), "the code is used up");

    desk.hospital.sees(&["welcome"]).unwrap();
    assert_eq!(desk.ask(&["status"]).0["enrolled"], Value::Bool(true));
    desk.hospital.takes_number(&card(1)).unwrap();
}
