//! Nothing of a patient is left in the kiosk's memory when the visit is over.

#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

use std::process::Command;

use e2e_tests::memory::{Found, find, find_bytes};
use e2e_tests::{Hospital, card, eventually};
use xtask::demo::binaries::Binaries;
use xtask::demo::card_reader::{CardReader, ChipCard};
use xtask::demo::headless::SAMPLE_CARD;
use xtask::demo::touchscreen::Spot;

/// Letters and digits that occur nowhere else. The masked name on screen keeps the first and the last word.
const CARD: &str = "001049999977||VŨ THỊ XUÂN QUỲNH ANH|02031949|Nữ|Ngõ 1234, Đường Vô Danh, Xã Tưởng Tượng|01012022";
const NAME: &str = "VŨ THỊ XUÂN QUỲNH ANH";
const PERSONAL: [&str; 5] = ["001049999977", NAME, "XUÂN QUỲNH", "Ngõ 1234", "Xã Tưởng Tượng"];

fn in_kiosk(hospital: &Hospital) -> Vec<Found> {
    find(hospital.stack.kiosk_pid().unwrap(), &PERSONAL).unwrap()
}

fn found(needle: &str, all: &[Found]) -> bool {
    all.iter().any(|found| found.needle == needle)
}

#[test]
fn a_visit_leaves_nothing_of_its_patient_in_memory() {
    let hospital = Hospital::without_display().unwrap();
    assert_eq!(in_kiosk(&hospital), [], "before anybody came");
    hospital.hold_up(CARD.as_bytes());
    hospital.sees(&["choose-service"]).unwrap();
    let during = in_kiosk(&hospital);
    for needle in PERSONAL {
        assert!(found(needle, &during), "the finder does not see {needle} during the visit");
    }
    hospital.touches_first_service().unwrap();
    hospital.sees(&["number-take"]).unwrap();
    hospital.leaves().unwrap();
    // What the scanner's reader keeps to drop repeats goes some seconds later; time alone wipes it.
    let mut left = Vec::new();
    let gone = eventually("the patient to be forgotten", || {
        left = in_kiosk(&hospital);
        Ok(left.is_empty())
    });
    assert!(gone.is_ok(), "left behind: {left:#?}");

    // The next patient finds a kiosk that works, and the finder a process that lives.
    hospital.takes_number(&card(1)).unwrap();
}

/// The buttons "read the chip", "I agree", and "not me" above the services.
const READ_CHIP: Spot = Spot { x: 780, y: 1536 };
const AGREE: Spot = Spot { x: 540, y: 1332 };
const NOT_ME: Spot = Spot { x: 830, y: 218 };
/// Of the card that the dock's chip card belongs to: what its QR code and its chip say, and its zone.
const OF_THE_CHIP: [&str; 5] =
    ["001149999901", "NGUYỄN THỊ THUỲ DƯƠNG", "THỊ THUỲ", "Đường Mẫu, Phường Mẫu", "NGUYEN<<THI<THUY<DUONG"];
/// Bytes of a picture that are looked for: more than any other data has in common with it.
const PIECE_BYTES: usize = 48;
/// Different values in a piece, so that it is no background.
const PIECE_VALUES_MIN: usize = 12;

/// The face on the chip's card, as a technician's program reads it: the file, and its pixels.
fn face(reader: &CardReader) -> (Vec<u8>, Vec<u8>) {
    reader.insert(ChipCard::Cccd).unwrap();
    let mut kioskctl = Command::new(Binaries::build().unwrap().path("kioskctl"));
    kioskctl.args(["card", "read", "--json", "--show-personal", "--wait", "60", "--can", "999901"]);
    let output = kioskctl.env("PCSCLITE_CSOCK_NAME", reader.socket()).output().unwrap();
    reader.pull_out();
    let line: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let hex = line["personal"]["photo_hex"].as_str().unwrap();
    let file: Vec<u8> = (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect();
    let pixels = image::load_from_memory(&file).unwrap().to_rgb8().into_raw();
    (file, pixels)
}

/// A piece of a picture that is like no other, from its middle on.
fn piece(picture: &[u8]) -> &[u8] {
    let values = |piece: &&[u8]| piece.iter().collect::<std::collections::BTreeSet<_>>().len() >= PIECE_VALUES_MIN;
    picture[picture.len() / 2..].chunks(PIECE_BYTES).find(values).unwrap()
}

#[test]
fn a_visit_with_the_chip_leaves_nothing_of_it_in_memory() {
    let hospital = Hospital::with_card_reader().unwrap();
    let (reader, screen) = (hospital.stack.card_reader.as_ref().unwrap(), hospital.stack.kiosk_screen());
    let (file, pixels) = face(reader);
    let pieces = [("the photo's file", piece(&file)), ("the photo's pixels", piece(&pixels))];
    let in_kiosk = || {
        let pid = hospital.stack.kiosk_pid().unwrap();
        let (texts, bytes) = (find(pid, &OF_THE_CHIP).unwrap(), find_bytes(pid, &pieces).unwrap());
        [texts, bytes].concat()
    };
    assert_eq!(in_kiosk(), [], "before anybody came");
    hospital.sees(&["welcome"]).unwrap();
    hospital.hold_up(SAMPLE_CARD.as_bytes());
    hospital.sees(&["choose-service"]).unwrap();
    screen.touch(READ_CHIP).unwrap();
    hospital.sees(&["chip-consent"]).unwrap();
    screen.touch(AGREE).unwrap();
    hospital.sees(&["chip-insert"]).unwrap();
    reader.insert(ChipCard::Cccd).unwrap();
    eventually("the portrait to be read", || Ok(hospital.kiosk_said("result=Ok(())"))).unwrap();
    eventually("the portrait to be shown", || Ok(found("the photo's pixels", &in_kiosk()))).unwrap();
    for needle in ["001149999901", "NGUYỄN THỊ THUỲ DƯƠNG"] {
        assert!(found(needle, &in_kiosk()), "the finder does not see {needle} during the visit");
    }
    reader.pull_out();
    screen.touch(NOT_ME).unwrap();
    hospital.sees(&["welcome"]).unwrap();
    let mut left = Vec::new();
    let gone = eventually("the patient to be forgotten", || {
        left = in_kiosk();
        Ok(left.is_empty())
    });
    assert!(gone.is_ok(), "left behind: {left:#?}");
}
