//! One reading of one card: what was read of it, what that cost, and what ended it early.

use std::time::Duration;

use chip_card::{
    Access, AccessError, AccessKeys, CardSession, ChipChecks, Document, Lengths, ProveChipError, ReadFileError,
    StepRecord, Traffic, Trust, Wish,
};
use device_links::pcsc::{Atr, ExtendedLength};
use getrandom::SysRng;
use kiosk_hal::fault::Fault;
use kiosk_hal::link::ApduLink;
use kiosk_hal::uptime::Uptime;
use rand_core::UnwrapErr;

/// Longest reading. The slowest document known takes less than half of it.
const READING_MAX: Duration = Duration::from_secs(60);

/// Whether the portrait is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Portrait {
    /// It is.
    Wanted,
    /// It is not.
    LeftOut,
}

/// What came of it.
pub struct Reading {
    /// How the chip was opened.
    pub access: Option<Access>,
    /// What was read, and the four results.
    pub document: Option<Document>,
    /// What ended the reading early.
    pub stopped: Option<Stopped>,
    /// What all of it cost.
    pub traffic: Traffic,
    /// What each part cost.
    pub steps: Vec<StepRecord>,
    /// Whether extended length works.
    pub lengths: Lengths,
}

/// Why a reading ended early.
pub struct Stopped {
    /// A stable name for JSON.
    pub code: &'static str,
    /// The device's fault, if it is one.
    pub fault: Option<Fault>,
    /// The chain of causes, without anything personal.
    pub cause: String,
}

/// Opens the chip, reads the form, has the chip prove itself, and reads the portrait.
pub fn read(link: &mut impl ApduLink, atr: &Atr, keys: &AccessKeys, trust: &Trust, portrait: Portrait) -> Reading {
    let until = link.now() + READING_MAX;
    let mut session = CardSession::new(link, first_guess(atr));
    session.set_chip_checks(ChipChecks::All);
    let (mut access, mut document) = (None, None);
    let stopped = read_all(&mut session, until, keys, trust, portrait, (&mut access, &mut document)).err();
    let (traffic, steps, lengths) = (session.traffic(), session.steps().to_vec(), session.lengths());
    Reading { access, document, stopped, traffic, steps, lengths }
}

/// A card that lists what it can, and not extended length, is not tried with it.
fn first_guess(atr: &Atr) -> Lengths {
    match atr.extended_length() {
        ExtendedLength::Announced | ExtendedLength::Unsaid => Lengths::Unknown,
        ExtendedLength::NotAnnounced => Lengths::Short,
    }
}

fn read_all(
    session: &mut CardSession<'_, impl ApduLink>,
    until: Uptime,
    keys: &AccessKeys,
    trust: &Trust,
    portrait: Portrait,
    (access, document): (&mut Option<Access>, &mut Option<Document>),
) -> Result<(), Stopped> {
    let mut rng = UnwrapErr(SysRng);
    let mut go_on = |_| Wish::Continue;
    *access = Some(session.open(keys, &mut rng, until, &mut go_on).map_err(|error| Stopped::opening(&error))?);
    let document =
        document.insert(session.read_form(trust, until, &mut go_on).map_err(|error| Stopped::reading(&error))?);
    session.prove_chip(document, &mut rng, until, &mut go_on).map_err(|error| Stopped::proving(&error))?;
    match portrait {
        Portrait::LeftOut => Ok(()),
        Portrait::Wanted => {
            session.read_portrait(document, until, &mut go_on).map_err(|error| Stopped::reading(&error))
        }
    }
}

impl Stopped {
    fn opening(error: &AccessError) -> Self {
        let code = if error.card_removed() {
            "card_removed"
        } else if matches!(error, AccessError::NoApplication) {
            "no_identity_card"
        } else if matches!(error, AccessError::NoKey) {
            "no_key"
        } else if matches!(error, AccessError::WrongPassword(_)) {
            "wrong_access_number"
        } else {
            of_fault(error.fault())
        };
        Self { code, fault: error.fault(), cause: chain(error) }
    }

    fn reading(error: &ReadFileError) -> Self {
        let code = if error.card_removed() { "card_removed" } else { of_fault(error.fault()) };
        Self { code, fault: error.fault(), cause: chain(error) }
    }

    fn proving(error: &ProveChipError) -> Self {
        let code = if error.card_removed() { "card_removed" } else { of_fault(error.fault()) };
        Self { code, fault: error.fault(), cause: chain(error) }
    }
}

/// The link's own failures by their common names; everything else is the card's doing.
fn of_fault(fault: Option<Fault>) -> &'static str {
    match fault {
        Some(Fault::Offline) => "no_answer",
        Some(Fault::Protocol) => "card_broke_off",
        Some(other) => other.code(),
        None => "not_given",
    }
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text = format!("{text}: {inner}");
        cause = inner.source();
    }
    text
}
