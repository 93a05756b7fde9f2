//! One reading of one card, and its results as values of the visit.

use std::time::Duration;

use chip_card::{
    AccessError, AccessKeys, Can, CardSession, ChipChecks, ChipVerdict, Document, IntegrityVerdict, Issuer,
    IssuerRejection, Lengths, ProveChipError, ReadFileError, Trust, Wish,
};
use getrandom::SysRng;
use kiosk_core::chip::{Checked, ChipEvent, ChipFailure, ChipForm, ChipStep, ChipTrust, Portrait};
use kiosk_hal::fault::Fault;
use kiosk_hal::link::ApduLink;
use rand_core::UnwrapErr;
use vn_identity::chip::Chip;
use vn_identity::{Claim, PersonalNumber, Provenance};

/// Longest reading. The slowest document known takes less than half of it; a visit gives up earlier.
const READING_MAX: Duration = Duration::from_secs(60);

/// Whether the reading goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Going {
    /// It does.
    On,
    /// The visit asked for its end.
    Stop,
}

/// Reads the form, has the chip prove itself, tells both, then reads the portrait. What was learned of the card's lengths
/// is returned besides the result.
pub fn read(
    link: &mut impl ApduLink,
    lengths: Lengths,
    number: &PersonalNumber,
    trust: &Trust,
    tell: &mut impl FnMut(ChipEvent) -> bool,
    going: &mut impl FnMut() -> Going,
) -> (Lengths, Result<(), ChipFailure>) {
    let mut session = CardSession::new(link, lengths);
    session.set_chip_checks(ChipChecks::FirstThatProves);
    let result = read_all(&mut session, number, trust, tell, going);
    (session.lengths(), result)
}

fn read_all(
    session: &mut CardSession<'_, impl ApduLink>,
    number: &PersonalNumber,
    trust: &Trust,
    tell: &mut impl FnMut(ChipEvent) -> bool,
    going: &mut impl FnMut() -> Going,
) -> Result<(), ChipFailure> {
    let until = device_links::clock::now() + READING_MAX;
    let mut rng = UnwrapErr(SysRng);
    let mut watch = |_| if going() == Going::Stop { Wish::Stop } else { Wish::Continue };
    let mut step = |step| if tell(ChipEvent::Step(step)) { Ok(()) } else { Err(ChipFailure::Stopped) };

    step(ChipStep::Opening)?;
    let keys = AccessKeys { can: Some(Can::of(number)), mrz: None };
    session.open(&keys, &mut rng, until, &mut watch).map_err(|error| opening(&error))?;
    step(ChipStep::Reading)?;
    let mut document = session.read_form(trust, until, &mut watch).map_err(|error| reading(&error))?;
    step(ChipStep::Checking)?;
    session.prove_chip(&mut document, &mut rng, until, &mut watch).map_err(|error| proving(&error))?;
    let claim = claim(&document).ok_or(ChipFailure::Unreadable)?;
    tell(ChipEvent::Form(Box::new(ChipForm { claim, trust: worth(&document) })));
    tell(ChipEvent::Step(ChipStep::Portrait));
    session.read_portrait(&mut document, until, &mut watch).map_err(|error| reading(&error))?;
    let worth = worth(&document);
    tell(match portrait(&document) {
        Some(portrait) => ChipEvent::Portrait(portrait, worth),
        None => ChipEvent::NoPortrait(worth),
    });
    Ok(())
}

/// What the chip says; `None` when it does not even give number and name. DG13 has the diacritics and is preferred.
fn claim(document: &Document) -> Option<Claim> {
    let (details, zone) = (document.data.details.get(), document.data.mrz.get());
    let chip = Chip {
        number: details.and_then(|details| details.number.clone()).or_else(|| zone?.number.clone())?,
        name: details.and_then(|details| details.name.clone()).or_else(|| zone?.name.clone())?,
        birth: details.and_then(|details| details.birth).or_else(|| zone?.birth)?,
        sex: zone.and_then(|zone| zone.sex).or_else(|| details?.sex),
        residence: details.and_then(|details| details.residence.clone()),
        issued: details.and_then(|details| details.issued),
        expires: details.and_then(|details| details.expires).or_else(|| zone?.expiry),
        old_number: details.and_then(|details| details.old_number.clone()),
    };
    Some(Claim { provenance: Provenance::Chip, document: vn_identity::Document::Chip(chip) })
}

fn worth(document: &Document) -> ChipTrust {
    ChipTrust {
        intact: match document.integrity.verdict() {
            IntegrityVerdict::Intact => Checked::Yes,
            IntegrityVerdict::Changed => Checked::No,
            IntegrityVerdict::NotChecked => Checked::NotChecked,
        },
        issued: match document.issuer {
            Issuer::Verified => Checked::Yes,
            Issuer::Rejected(IssuerRejection::SignerExpired { .. } | IssuerRejection::AnchorExpired { .. }) => {
                Checked::Expired
            }
            Issuer::Rejected(_) => Checked::No,
            Issuer::NotChecked(_) | _ => Checked::NotChecked,
        },
        genuine: match document.chip.verdict() {
            ChipVerdict::Genuine => Checked::Yes,
            ChipVerdict::Failed => Checked::No,
            ChipVerdict::NotSupported | ChipVerdict::NotTried => Checked::NotChecked,
        },
    }
}

/// A face that cannot be decoded says nothing about the rest of the card.
fn portrait(document: &Document) -> Option<Portrait> {
    let mut picture = document.data.portrait.get()?.decode().ok()?;
    let (width, height) = (u32::try_from(picture.width).ok()?, u32::try_from(picture.height).ok()?);
    Portrait::new(width, height, std::mem::take(&mut *picture.rgb))
}

fn opening(error: &AccessError) -> ChipFailure {
    if matches!(error, AccessError::WrongPassword(_)) {
        ChipFailure::OtherCard
    } else if matches!(error, AccessError::Stopped) {
        ChipFailure::Stopped
    } else {
        broken(error.card_removed(), error.fault())
    }
}

fn reading(error: &ReadFileError) -> ChipFailure {
    if matches!(error, ReadFileError::Stopped) {
        ChipFailure::Stopped
    } else {
        broken(error.card_removed(), error.fault())
    }
}

fn proving(error: &ProveChipError) -> ChipFailure {
    if matches!(error, ProveChipError::Read(ReadFileError::Stopped) | ProveChipError::Access(AccessError::Stopped)) {
        ChipFailure::Stopped
    } else {
        broken(error.card_removed(), error.fault())
    }
}

const fn broken(card_removed: bool, fault: Option<Fault>) -> ChipFailure {
    if card_removed { ChipFailure::PulledOut } else { of_fault(fault) }
}

const fn of_fault(fault: Option<Fault>) -> ChipFailure {
    match fault {
        Some(Fault::NoDevice) => ChipFailure::ReaderGone,
        Some(_) | None => ChipFailure::Unreadable,
    }
}
