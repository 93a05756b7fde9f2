//! The network of a machine in place: what is set, and that nothing else can be.
#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

use std::cell::{Cell, RefCell};
use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use kiosk_flash::network::keeping::{ChangeError, Machine, Outcome, answer, settle};
use kiosk_flash::network::{Question, Shown, Touches};
use serde_json::{Value, json};

/// What is said between the kiosk's program and this one. The kiosk's tests read the same file.
const WORDS: &str = include_str!("network_words.json");
const STATIC: &str =
    r#"{"ask":"static","on":"wired","address":"10.1.2.3/24","gateway":"10.1.2.1","name_servers":["10.1.2.1"]}"#;
const DROP_IN: &str = "var/lib/tiep-don/network/20-wired.network.d/50-technician.conf";
const UNDO: &str = "var/lib/tiep-don/network-undo.json";

fn machine() -> tempfile::TempDir {
    let root = tempfile::tempdir().unwrap();
    fs::create_dir_all(root.path().join("var/lib/tiep-don")).unwrap();
    root
}

/// A machine that reaches its service only from one of the looks on, or never.
struct Paper<'a> {
    root: &'a Path,
    reached_from_look: Option<u32>,
    looks: Cell<u32>,
    waited: Cell<Duration>,
    notes: RefCell<Vec<(Touches, Option<String>)>>,
    takes_note: io::Result<()>,
}

impl<'a> Paper<'a> {
    fn new(root: &'a Path, reached_from_look: Option<u32>) -> Self {
        Self {
            root,
            reached_from_look,
            looks: Cell::new(0),
            waited: Cell::default(),
            notes: RefCell::default(),
            takes_note: Ok(()),
        }
    }
}

impl Machine for Paper<'_> {
    fn take_note(&self, touches: Touches) -> io::Result<()> {
        assert!(self.root.join(UNDO).exists(), "the power may go from here on");
        self.notes.borrow_mut().push((touches, fs::read_to_string(self.root.join(DROP_IN)).ok()));
        self.takes_note.as_ref().map(|&()| ()).map_err(|error| error.kind().into())
    }

    fn reaches_service(&self) -> bool {
        self.looks.set(self.looks.get() + 1);
        self.reached_from_look.is_some_and(|from| self.looks.get() >= from)
    }

    fn pause(&self, time: Duration) {
        self.waited.set(self.waited.get() + time);
    }
}

fn asked(text: &str) -> Question {
    serde_json::from_str(text).unwrap()
}

#[test]
fn an_address_that_reaches_the_service_stays_and_one_that_does_not_is_put_back() {
    let root = machine();
    let reaching = Paper::new(root.path(), Some(4));
    assert_eq!(answer(&asked(STATIC), root.path(), &reaching).unwrap(), Outcome::Reached);
    let first = fs::read_to_string(root.path().join(DROP_IN)).unwrap();
    assert_eq!(first, "[Network]\nDHCP=no\nAddress=10.1.2.3/24\nGateway=10.1.2.1\nDNS=10.1.2.1\n");
    let mode = fs::metadata(root.path().join(DROP_IN)).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o644, "systemd-networkd is not root");
    assert_eq!(reaching.looks.get(), 5, "reached twice in a row");

    let lost = Paper::new(root.path(), None);
    assert_eq!(answer(&asked(&STATIC.replace(".3/", ".4/")), root.path(), &lost).unwrap(), Outcome::PutBack);
    assert_eq!(fs::read_to_string(root.path().join(DROP_IN)).unwrap(), first);
    let notes = lost.notes.borrow();
    assert_eq!(notes.last().unwrap(), &(Touches::Addresses, Some(first)), "told of what was put back");
    assert!((60..=90).contains(&lost.waited.get().as_secs()), "{:?}", lost.waited.get());
    assert!(!root.path().join(UNDO).exists());

    let dhcp = asked(r#"{"ask":"dhcp","on":"wired","keep":"always"}"#);
    assert_eq!(
        answer(&dhcp, root.path(), &Paper::new(root.path(), None)).unwrap(),
        Outcome::KeptUnreached,
        "the service is not there yet"
    );
    assert!(!root.path().join(DROP_IN).exists());
}

#[test]
fn a_change_that_was_cut_off_is_undone_at_the_next_boot() {
    struct Cut;
    impl Machine for Cut {
        fn take_note(&self, _: Touches) -> io::Result<()> {
            Ok(())
        }
        fn reaches_service(&self) -> bool {
            panic!("the power goes")
        }
        fn pause(&self, _: Duration) {}
    }
    let root = machine();
    let cut = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| answer(&asked(STATIC), root.path(), &Cut)));
    assert!(cut.is_err() && root.path().join(DROP_IN).exists());
    settle(root.path()).unwrap();
    assert!(!root.path().join(DROP_IN).exists() && !root.path().join(UNDO).exists());
    settle(root.path()).unwrap();
}

#[test]
fn another_wireless_network_takes_the_place_of_the_one_before_or_does_not() {
    let root = machine();
    let networks = root.path().join("var/lib/iwd");
    fs::create_dir_all(&networks).unwrap();
    fs::write(networks.join("Cu.psk"), "[Security]\nPassphrase=old secret\n").unwrap();
    let wifi = asked(r#"{"ask":"wifi","wifi":{"ssid":"Moi","passphrase":"new secret"}}"#);
    assert!(!format!("{wifi:?}").contains("new secret"));

    assert_eq!(answer(&wifi, root.path(), &Paper::new(root.path(), None)).unwrap(), Outcome::PutBack);
    let text = |name: &str| fs::read_to_string(networks.join(name)).unwrap();
    assert_eq!(text("Cu.psk"), "[Security]\nPassphrase=old secret\n");
    assert!(!networks.join("Moi.psk").exists());

    let reaching = Paper::new(root.path(), Some(1));
    assert_eq!(answer(&wifi, root.path(), &reaching).unwrap(), Outcome::Reached);
    assert_eq!(reaching.notes.borrow()[0].0, Touches::Wireless);
    assert_eq!(text("Moi.psk"), "[Security]\nPassphrase=new secret\n");
    assert!(!networks.join("Cu.psk").exists());
    let mode = fs::metadata(networks.join("Moi.psk")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn a_program_that_takes_no_note_leaves_all_as_it_was() {
    let root = machine();
    let deaf = Paper { takes_note: Err(io::ErrorKind::NotFound.into()), ..Paper::new(root.path(), Some(1)) };
    assert!(matches!(answer(&asked(STATIC), root.path(), &deaf), Err(ChangeError::NoNote(_))));
    assert!(!root.path().join(DROP_IN).exists() && !root.path().join(UNDO).exists());
}

#[test]
fn what_no_machine_can_have_is_refused_and_changes_nothing() {
    let root = machine();
    let refused = |text: &str, code: &str| {
        let found = answer(&asked(text), root.path(), &Paper::new(root.path(), Some(1))).unwrap_err();
        assert_eq!(found.code(), code, "{text}");
    };
    refused(&STATIC.replace("\"10.1.2.1\",\"name", "\"10.1.3.1\",\"name"), "gateway_not_possible");
    refused(&STATIC.replace("\"10.1.2.1\",\"name", "\"10.1.2.3\",\"name"), "gateway_not_possible");
    refused(&STATIC.replace("[\"10.1.2.1\"]", "[\"224.0.0.1\"]"), "name_server_not_possible");
    refused(
        &STATIC.replace("[\"10.1.2.1\"]", "[\"10.1.2.1\",\"1.1.1.1\",\"8.8.8.8\",\"9.9.9.9\"]"),
        "name_server_not_possible",
    );
    refused(r#"{"ask":"wifi","wifi":{"ssid":"x","passphrase":"short"}}"#, "wifi_not_possible");
    refused(r#"{"ask":"wifi","wifi":{"ssid":"x\ny","passphrase":"long enough"}}"#, "wifi_not_possible");
    assert!(!root.path().join(DROP_IN).exists() && !root.path().join("var/lib/iwd").exists());
    for (good, bad) in [
        ("10.1.2.3/24", "10.1.2.0/24"),
        ("10.1.2.3/24", "10.1.2.255/24"),
        ("10.1.2.3/24", "10.1.2.3/31"),
        ("10.1.2.3/24", "127.0.0.1/8"),
        ("10.1.2.3/24", "10.1.2.3/24\\nDHCP=yes"),
        ("\"wired\"", "\"../../etc\""),
        ("\"static\"", "\"run\""),
        ("\"on\"", "\"file\""),
    ] {
        assert!(serde_json::from_str::<Question>(&STATIC.replace(good, bad)).is_err(), "{bad}");
    }
}

/// The name of its sample.
fn sample(question: &Question) -> &'static str {
    match question {
        Question::Show => "show",
        Question::Dhcp { .. } => "dhcp",
        Question::Static { gateway: None, .. } => "static_bare",
        Question::Static { .. } => "static",
        Question::Wifi { .. } => "wifi",
    }
}

#[test]
fn what_is_said_is_what_the_kiosks_program_says_and_hears() {
    let words: Value = serde_json::from_str(WORDS).unwrap();
    for (name, asked) in words["questions"].as_object().unwrap() {
        let question: Question = serde_json::from_value(asked.clone()).unwrap();
        assert_eq!(sample(&question), name);
        assert_eq!(&serde_json::to_value(&question).unwrap(), asked, "no word is ignored");
    }
    assert_eq!(words["questions"].as_object().unwrap().len(), 5);
    let root = machine();
    let shown = Outcome::Shown(Shown::of(root.path()));
    let outcomes = [
        ("shown", shown),
        ("reached", Outcome::Reached),
        ("kept_unreached", Outcome::KeptUnreached),
        ("put_back", Outcome::PutBack),
    ];
    for (name, outcome) in &outcomes {
        assert_eq!(outcome.told(), words["answers"][name], "{name}");
    }
    assert_eq!(run(root.path(), "sh -c reboot"), words["answers"]["not_understood"]);
    assert_eq!(run(root.path(), &json!({ "ask": "show" }).to_string()), words["answers"]["shown"]);
}

/// The shipped program, as systemd starts it.
fn run(root: &Path, question: &str) -> Value {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kiosk-network"));
    let mut child = command.arg("--root").arg(root).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(format!("{question}\n").as_bytes()).unwrap();
    serde_json::from_slice(&child.wait_with_output().unwrap().stdout).unwrap()
}

#[test]
fn the_program_answers_one_line_with_one_line_and_shows_no_secret() {
    let root = machine();
    let wifi = r#"{"ask":"wifi","wifi":{"ssid":"Moi","passphrase":"new secret"}}"#;
    answer(&asked(wifi), root.path(), &Paper::new(root.path(), Some(1))).unwrap();
    answer(&asked(STATIC), root.path(), &Paper::new(root.path(), Some(1))).unwrap();
    let shown = run(root.path(), r#"{"ask":"show"}"#);
    assert_eq!(shown["ok"], true);
    assert_eq!(shown["set"]["wired"][1], "Address=10.1.2.3/24");
    assert_eq!(shown["set"]["wifi"], json!(["Moi"]));
    assert!(!shown.to_string().contains("secret"));
    assert_eq!(run(root.path(), "sh -c reboot")["error"], "not_understood");
    assert_eq!(run(root.path(), &STATIC.replace("10.1.2.3/24", "10.1.2.3/33"))["error"], "not_understood");
}
