//! What the tests put on the table: issuers and cards.

use std::sync::LazyLock;
use std::time::Duration;

use chip_card::{
    Access, AccessError, AccessKeys, Can, CardSession, ChipChecks, DataGroup, Document, ElementaryFile, Lengths,
    MrzKey, MrzKeyFields, ProveChipError, ReadFileError, Trust, Wish,
};
use device_sim::card::VirtualCard;
use device_sim::card::line::{Line, Overhead};
use device_sim::card::link::{CardLink, SharedCard};
use device_sim::card::person::Person;
use device_sim::card::plan::{CardPlan, Issuer};
use kiosk_hal::fault::Fault;
use kiosk_hal::link::ApduLink;
use vn_identity::Date;

use crate::seeded::SeededRng;

/// Far beyond anything on a virtual line.
pub const PATIENCE: Duration = Duration::from_secs(600);

/// The issuer of most cards. Made once in a process.
pub static ISSUER: LazyLock<Issuer> = LazyLock::new(|| Issuer::sample(1));

pub fn card(plan: CardPlan) -> SharedCard {
    SharedCard::new(VirtualCard::new(plan, &ISSUER).unwrap())
}

pub fn in_memory(card: &SharedCard) -> CardLink {
    CardLink::new(card.clone(), Line::Instant, Overhead::QUICK)
}

pub fn can_of(person: &Person) -> AccessKeys {
    AccessKeys { can: Can::from_digits(person.can()), mrz: None }
}

pub fn mrz_of(person: &Person) -> AccessKeys {
    let information = person.mrz_information();
    let fields =
        MrzKeyFields { document_number: &information[..9], birth: &information[10..16], expiry: &information[17..23] };
    AccessKeys { can: None, mrz: MrzKey::new(&fields) }
}

/// Opens the chip and reads the three files of the form, comparing each with what is on the card.
pub fn read_form(
    link: &mut impl ApduLink,
    person: &Person,
    keys: &AccessKeys,
    seed: u64,
) -> Result<Access, AccessError> {
    let until = link.now() + PATIENCE;
    let mut session = CardSession::new(link, Lengths::Short);
    let mut go_on = |_| Wish::Continue;
    let access = session.open(keys, &mut SeededRng::new(seed), until, &mut go_on)?;
    for (group, expected) in [(1, person.dg1()), (13, person.dg13())] {
        let file = ElementaryFile::Group(DataGroup::new(group).unwrap());
        assert_eq!(*session.read_file(file, until, &mut go_on).unwrap(), expected, "DG{group}");
    }
    assert_eq!(session.read_file(ElementaryFile::Sod, until, &mut go_on).unwrap()[0], 0x77);
    Ok(access)
}

/// Which part of a reading failed, and why.
#[derive(Debug)]
pub enum NotRead {
    Access(AccessError),
    File(ReadFileError),
    Proof(ProveChipError),
}

impl NotRead {
    pub fn card_removed(&self) -> bool {
        match self {
            Self::Access(cause) => cause.card_removed(),
            Self::File(cause) => cause.card_removed(),
            Self::Proof(cause) => cause.card_removed(),
        }
    }

    pub fn is_offline(&self) -> bool {
        let fault = match self {
            Self::Access(cause) => cause.fault(),
            Self::File(cause) => cause.fault(),
            Self::Proof(cause) => cause.fault(),
        };
        fault == Some(Fault::Offline)
    }
}

/// Opens the chip and reads everything.
pub fn read_all(
    link: &mut impl ApduLink,
    keys: &AccessKeys,
    trust: &Trust,
    checks: ChipChecks,
    lengths: Lengths,
) -> Result<Document, NotRead> {
    read_seeded(link, keys, trust, checks, lengths, 1).map(|(_, document)| document)
}

/// The same with the reader's random values from `seed`.
pub fn read_seeded(
    link: &mut impl ApduLink,
    keys: &AccessKeys,
    trust: &Trust,
    checks: ChipChecks,
    lengths: Lengths,
    seed: u64,
) -> Result<(Access, Document), NotRead> {
    let until = link.now() + PATIENCE;
    let mut rng = SeededRng::new(seed);
    let mut session = CardSession::new(link, lengths);
    session.set_chip_checks(checks);
    let mut go_on = |_| Wish::Continue;
    let access = session.open(keys, &mut rng, until, &mut go_on).map_err(NotRead::Access)?;
    let mut document = session.read_form(trust, until, &mut go_on).map_err(NotRead::File)?;
    session.prove_chip(&mut document, &mut rng, until, &mut go_on).map_err(NotRead::Proof)?;
    session.read_portrait(&mut document, until, &mut go_on).map_err(NotRead::File)?;
    Ok((access, document))
}

/// A day within the validity of what issuers here make, whatever day it is.
pub fn today() -> Date {
    Date::new(2026, 11, 23).unwrap()
}
