//! A whole visit through the shipped programs, as the demo plays it.

#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

use std::fs;

use xtask::demo::headless::{Outcome, SAMPLE_CARD, play};

#[test]
fn a_card_held_up_becomes_one_number_on_screen_on_paper_in_the_store_and_on_the_wall() {
    let out = tempfile::tempdir().unwrap();
    let visit = play(out.path(), SAMPLE_CARD.as_bytes()).unwrap();
    assert_eq!(visit.outcome, Outcome::Ticket);
    assert_eq!(visit.number.unwrap().agreed(), Some("A-001"));

    let report: serde_json::Value = serde_json::from_slice(&fs::read(out.path().join("visit.json")).unwrap()).unwrap();
    assert_eq!(report["outcome"], "ticket");
    let steps: Vec<&str> = visit.steps.iter().map(|step| step.step.as_str()).collect();
    let screens = ["welcome", "choose-service", "issuing", "number-printing", "number-take"];
    let mut seen = steps.iter();
    assert!(screens.iter().all(|screen| seen.any(|step| step == screen)), "{steps:?}");
    for name in ["ticket.png", "ticket.escpos", "display-before.png", "display-after.png", "kiosk-1-welcome.png"] {
        assert!(fs::metadata(out.path().join(name)).unwrap().len() > 1_000, "{name}");
    }
}

#[test]
fn what_is_no_identity_token_ends_in_an_apology_and_in_no_ticket() {
    let out = tempfile::tempdir().unwrap();
    let visit = play(out.path(), b"https://kham.example.vn/menu").unwrap();
    assert_eq!(visit.outcome, Outcome::Refused);
    let report: serde_json::Value = serde_json::from_slice(&fs::read(out.path().join("visit.json")).unwrap()).unwrap();
    assert_eq!(report["outcome"], "refused");
    assert!(report.get("number").is_none());
    assert!(out.path().join("kiosk-2-apology.png").exists());
    assert!(!out.path().join("ticket.png").exists());
}
