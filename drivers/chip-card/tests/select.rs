//! Selecting the application on a scripted card.

use std::collections::VecDeque;

use chip_card::{Can, SelectError, Selected, StatusWord, select_emrtd};
use kiosk_hal::fault::Fault;
use kiosk_hal::link::{ApduLink, LinkError};
use kiosk_hal::uptime::Uptime;
use vn_identity::PersonalNumber;

type Answer = Result<&'static [u8], LinkError>;

/// Answers each expected command with its answer; anything else is the instruction the card does not have.
struct Card {
    script: VecDeque<(&'static [u8], Answer)>,
}

impl ApduLink for Card {
    fn now(&self) -> Uptime {
        Uptime::ZERO
    }

    fn transmit(&mut self, command: &[u8], _until: Uptime) -> Result<Vec<u8>, LinkError> {
        match self.script.pop_front() {
            Some((expected, answer)) if expected == command => answer.map(<[u8]>::to_vec),
            Some(_) | None => Ok(vec![0x6D, 0x00]),
        }
    }
}

/// `SELECT` of the application as JMRTD and the public CCCD readers send it.
const SELECT: &[u8] = &[0x00, 0xA4, 0x04, 0x0C, 0x07, 0xA0, 0x00, 0x00, 0x02, 0x47, 0x10, 0x01];

fn select(answer: Answer) -> Result<Selected, SelectError> {
    let mut card = Card { script: VecDeque::from([(SELECT, answer)]) };
    select_emrtd(&mut card, Uptime::from_millis(1_000))
}

#[test]
fn an_identity_card_has_the_application() {
    assert_eq!(select(Ok(&[0x90, 0x00])).unwrap().status, StatusWord::SUCCESS);
    assert_eq!(select(Ok(&[0x6F, 0x00, 0x61, 0x10])).unwrap().status.code(), 0x6110);
}

#[test]
fn a_bank_card_is_another_card_and_no_fault() {
    let error = select(Ok(&[0x6A, 0x82])).unwrap_err();
    assert!(matches!(error, SelectError::NoApplication));
    assert_eq!(error.fault(), None);
}

#[test]
fn a_card_pulled_out_is_a_value_and_no_fault() {
    let error = select(Err(LinkError::Gone)).unwrap_err();
    assert!(matches!(error, SelectError::CardRemoved));
    assert_eq!(error.fault(), None);
}

#[test]
fn a_silent_card_is_offline() {
    let error = select(Err(LinkError::TimedOut)).unwrap_err();
    assert_eq!(error.fault(), Some(Fault::Offline));
}

#[test]
fn an_answer_the_standard_does_not_have_is_named() {
    let error = select(Ok(&[0x69, 0x82])).unwrap_err();
    assert_eq!(error.to_string(), "expected status 9000, got 6982 (security status not satisfied)");
    assert_eq!(error.fault(), Some(Fault::Protocol));
    let error = select(Ok(&[0x90])).unwrap_err();
    assert_eq!(error.to_string(), "expected 2 bytes of status or more, got 1");
}

#[test]
fn the_access_number_is_the_end_of_the_personal_number_and_is_not_shown() {
    let can = Can::of(&PersonalNumber::parse("001090999901").unwrap());
    assert_eq!((can.as_str(), format!("{can:?}").as_str()), ("999901", "Can(…)"));
}
