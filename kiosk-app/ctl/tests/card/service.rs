//! `kioskctl card …` as a technician runs it, through a real reader service.

use std::path::Path;
use std::process::{Command, Output};
use std::time::Duration;

use device_sim::card::VirtualCard;
use device_sim::card::curve::{Curve, Hash, Naming};
use device_sim::card::issuer::{Signing, Validity};
use device_sim::card::levers::{Mishap, Planned};
use device_sim::card::link::SharedCard;
use device_sim::card::person::Person;
use device_sim::card::plan::{CardPlan, Forgery, Issuer};
use device_sim::card::service::{PrivateService, Slot};
use device_sim::card::vpcd::VpcdMount;
use serde_json::Value;

use crate::table::ISSUER;

/// A reader service with one card, and the folder with its issuer's certificate.
struct Desk {
    card: SharedCard,
    _mount: VpcdMount,
    service: PrivateService,
    folder: tempfile::TempDir,
}

impl Desk {
    fn new(plan: CardPlan, signer: &Issuer) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let service = PrivateService::start(folder.path()).unwrap();
        let card = SharedCard::new(VirtualCard::new(plan, signer).unwrap());
        let mount = VpcdMount::new(card.clone(), service.port(Slot::First)).unwrap();
        let anchors = folder.path().join("anchors");
        std::fs::create_dir(&anchors).unwrap();
        std::fs::write(anchors.join("csca.der"), ISSUER.anchor()).unwrap();
        Self { card, _mount: mount, service, folder }
    }

    fn read(&self, arguments: &[&str]) -> (Value, Option<i32>) {
        let anchors = self.folder.path().join("anchors");
        let all = [
            &["card", "read", "--json", "--wait", "60", "--can", "999901", "--anchors"],
            &[anchors.to_str().unwrap()][..],
            arguments,
        ]
        .concat();
        let output = kioskctl(&all, &self.service.socket());
        let line = serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|_| panic!("no JSON; it said: {}", String::from_utf8_lossy(&output.stderr)));
        (line, output.status.code())
    }
}

fn kioskctl(arguments: &[&str], socket: &Path) -> Output {
    let program = env!("CARGO_BIN_EXE_kioskctl");
    Command::new(program).args(arguments).env("PCSCLITE_CSOCK_NAME", socket).output().unwrap()
}

fn cccd() -> CardPlan {
    CardPlan::cccd(Person::sample(), 31)
}

fn verdicts(line: &Value) -> [&str; 3] {
    let results = &line["results"];
    [&results["integrity"]["verdict"], &results["issuer"], &results["chip"]["verdict"]]
        .map(|word| word.as_str().unwrap_or("nothing"))
}

#[test]
fn a_genuine_card_is_read_and_nothing_personal_is_printed_unasked() {
    let desk = Desk::new(cccd(), &ISSUER);
    let (line, exit) = desk.read(&[]);
    assert_eq!((verdicts(&line), exit), (["intact", "verified", "genuine"], Some(0)), "{line}");
    assert_eq!(line["results"]["together"], "genuine");
    assert_eq!(line["access"]["protocol"], "pace");
    assert_eq!(line["photo"]["bytes"], 15_000);
    assert!(line["traffic"]["apdus"].as_u64().unwrap() > 20);
    let text = line.to_string();
    for personal in ["MẪU", "MAU", "999901", "Thử Nghiệm", "1990"] {
        assert!(!text.contains(personal), "{personal} in {text}");
    }
    let (line, _) = desk.read(&["--show-personal"]);
    assert_eq!(line["personal"]["full_name"], "NGUYỄN VĂN MẪU");
    assert_eq!(line["personal"]["photo_hex"].as_str().unwrap().len(), 30_000);
}

#[test]
fn each_forgery_has_its_own_result_and_exit_status() {
    let expired = Signing::Ecdsa(Curve::P256, Naming::Named, Hash::Sha256);
    let genuine = ISSUER.clone();
    for (forgery, signer, expected) in [
        (Forgery::TamperedGroup(13), genuine.clone(), ["changed", "verified", "genuine"]),
        (Forgery::TamperedSignature, genuine.clone(), ["intact", "rejected_wrong_signature", "genuine"]),
        (Forgery::Clone, genuine.clone(), ["intact", "verified", "failed"]),
        (Forgery::Genuine, Issuer::sample(77), ["intact", "rejected_wrong_signer", "genuine"]),
        (
            Forgery::Genuine,
            genuine.with_signer(expired, Validity::EXPIRED, 3),
            ["intact", "rejected_signer_expired", "genuine"],
        ),
    ] {
        let desk = Desk::new(CardPlan { forgery, ..cccd() }, &signer);
        let (line, exit) = desk.read(&["--without-photo"]);
        assert_eq!((verdicts(&line), exit), (expected, Some(4)), "{line}");
    }
}

#[test]
fn a_missing_anchor_is_named_and_is_no_doubt() {
    let desk = Desk::new(cccd(), &ISSUER);
    let arguments = ["card", "read", "--can", "999901", "--wait", "60", "--without-photo"];
    let output = kioskctl(&arguments, &desk.service.socket());
    let line: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(verdicts(&line), ["intact", "not_checked_no_anchor", "genuine"]);
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn a_wrong_access_number_is_told_and_not_repeated() {
    let desk = Desk::new(cccd(), &ISSUER);
    desk.card.with(|it| it.set_can("123456"));
    let (line, exit) = desk.read(&[]);
    assert_eq!((line["error"].as_str(), exit), (Some("wrong_access_number"), Some(3)), "{line}");
    assert!(!line.to_string().contains("999901"), "{line}");
}

#[test]
fn each_mishap_in_the_reader_ends_in_its_own_word() {
    let desk = Desk::new(cccd(), &ISSUER);
    for (mishap, word) in [
        (Mishap::Status(0x6F00), "card_broke_off"),
        (Mishap::WrongBit, "card_broke_off"),
        (Mishap::Cut(1), "card_broke_off"),
        (Mishap::Late(Duration::from_secs(7)), "no_answer"),
        (Mishap::PullOut, "card_removed"),
    ] {
        // The card counts anew when the program connects; its twelfth command is in the middle of the files.
        desk.card.with(|it| it.plan_mishap(Planned { at: 12, mishap }));
        let (line, exit) = desk.read(&["--without-photo"]);
        assert_eq!((line["error"].as_str(), exit), (Some(word), Some(3)), "{mishap:?}: {line}");
    }
    desk.card.with(VirtualCard::insert);
    let (line, exit) = desk.read(&["--without-photo"]);
    assert_eq!((verdicts(&line), exit), (["intact", "verified", "genuine"], Some(0)));
}

#[test]
fn an_empty_reader_and_a_service_that_is_down_are_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    let mut service = PrivateService::start(folder.path()).unwrap();
    let arguments = ["card", "read", "--can", "999901", "--wait", "0"];
    let output = kioskctl(&arguments, &service.socket());
    let line: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((line["error"].as_str(), output.status.code()), (Some("no_card"), Some(3)));
    service.crash();
    let output = kioskctl(&arguments, &service.socket());
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("the reader service (pcscd) does not run") && said.contains("hint: "), "{said}");
    assert_eq!(output.status.code(), Some(1));
}
