//! `dmrtd` 0.3.5 over the card's bytes in memory. It has no Chip Authentication, no PACE with 3DES, and no DG13 content.

use chrono::NaiveDate;
use device_sim::card::VirtualCard;
use device_sim::card::cipher::Suite;
use device_sim::card::curve::{Curve, Hash, Naming};
use device_sim::card::issuer::{Signing, Validity};
use device_sim::card::line::{Line as Wire, Overhead};
use device_sim::card::link::{CardLink, SharedCard};
use device_sim::card::person::Person;
use device_sim::card::plan::{ActiveKey, CardPlan, Forgery, Issuer, MasterFileAnswer};
use device_sim::card::rsa::{RsaBits, Trailer};
use dmrtd::auth::passive::{self, DataGroup, TrustAnchor};
use dmrtd::com::{TransceiveError, Transceiver};
use dmrtd::lds::ef::ElementaryFile;
use dmrtd::passport::Passport;
use dmrtd::proto::can_key::CanKey;
use dmrtd::proto::dba_key::DBAKey;
use kiosk_hal::link::ApduLink;
use kiosk_hal::uptime::Uptime;

use crate::{CARDS, Line, Outcome, zone_fields};

pub const READER: &str = "dmrtd 0.3.5";
/// Far beyond anything on a virtual line.
const UNTIL: Uptime = Uptime::from_millis(u64::MAX / 2);
const CHALLENGE: [u8; 8] = [1, 2, 3, 4, 5, 6, 7, 8];

/// The virtual card as the peer sees it.
struct Chip(CardLink);

impl Transceiver for &mut Chip {
    fn transceive(&mut self, apdu: &[u8]) -> Result<Vec<u8>, TransceiveError> {
        self.0.transmit(apdu, UNTIL).map_err(|error| TransceiveError::new(error.to_string()))
    }
}

#[derive(Clone, Copy)]
enum Way {
    PaceByCan(Curve, Suite),
    PaceByZone,
    Bac,
}

pub fn lines(issuer: &Issuer) -> Vec<Line> {
    let mut lines = ways(issuer);
    lines.extend(signers());
    lines.extend(forgeries(issuer));
    lines
}

fn ways(issuer: &Issuer) -> Vec<Line> {
    let mut ways =
        vec![("BAC".to_owned(), Way::Bac), ("PACE, zone, brainpoolP256r1, AES-128".to_owned(), Way::PaceByZone)];
    for (curve, suite) in [
        (Curve::Brainpool256, Suite::Aes128),
        (Curve::Brainpool256, Suite::Aes256),
        (Curve::P256, Suite::Aes192),
        (Curve::Brainpool384, Suite::Aes256),
        (Curve::P521, Suite::Aes256),
    ] {
        ways.push((format!("PACE, CAN, {curve:?}, {suite:?}"), Way::PaceByCan(curve, suite)));
    }
    let one = |(name, way): (String, Way)| {
        Line::of(READER, name, CARDS, |seed| expect_genuine(read(way, plan(seed), issuer)?))
    };
    ways.into_iter().map(one).collect()
}

/// Every kind of signature that a document signer may have.
fn signers() -> Vec<Line> {
    let ecdsa = |curve, naming, hash| Signing::Ecdsa(curve, naming, hash);
    let all = [
        ecdsa(Curve::P256, Naming::Named, Hash::Sha256),
        ecdsa(Curve::P384, Naming::Explicit, Hash::Sha384),
        ecdsa(Curve::Brainpool384, Naming::Named, Hash::Sha384),
        ecdsa(Curve::Brainpool512, Naming::Explicit, Hash::Sha512),
        Signing::RsaPkcs1(RsaBits::B2048, Hash::Sha256),
        Signing::RsaPss(RsaBits::B2048, Hash::Sha256),
    ];
    let one = |signing: Signing| {
        let issuer = Issuer::sample(2).with_signer(signing, Validity::LONG, 3);
        Line::of(READER, format!("signed by {signing:?}"), 1, |seed| {
            expect_genuine(read(Way::Bac, plan(seed), &issuer)?)
        })
    };
    all.into_iter().map(one).collect()
}

/// The peer must refuse what our reader refuses.
fn forgeries(issuer: &Issuer) -> Vec<Line> {
    let refused = |name: &str, forgery: Forgery, signer: Issuer, wanted: [bool; 3]| {
        Line::of(READER, name.to_owned(), 1, |seed| {
            let found = read(Way::Bac, CardPlan { forgery, ..plan(seed) }, &signer)?.against(issuer)?;
            if found == wanted { Ok(()) } else { Err(format!("intact, issued, genuine: {found:?}").into()) }
        })
    };
    vec![
        refused("a changed DG1", Forgery::TamperedGroup(1), issuer.clone(), [false, false, true]),
        refused("a changed signature", Forgery::TamperedSignature, issuer.clone(), [false, false, true]),
        refused("another authority", Forgery::Genuine, Issuer::sample(9), [true, false, true]),
        refused("a copy without its keys", Forgery::Clone, issuer.clone(), [true, true, false]),
    ]
}

/// The keys of Active Authentication that the peer knows: RSA, and ECDSA on P-256 only.
fn plan(seed: u64) -> CardPlan {
    let key = match seed % 3 {
        0 => ActiveKey::Ec(Curve::P256, Naming::Named, Hash::Sha256),
        1 => ActiveKey::Rsa(RsaBits::B1024, Trailer::Sha1Implicit),
        // A signature of 2,048 bits fits into no short answer of secure messaging, and the peer has no other.
        _ => ActiveKey::Rsa(RsaBits::B1024, Trailer::Sha256),
    };
    CardPlan { active_key: Some(key), ..CardPlan::cccd(Person::sample(), seed) }
}

/// What the peer has read.
struct Files {
    dg1: Vec<u8>,
    dg2: Vec<u8>,
    sod: Vec<u8>,
    anchor: Vec<u8>,
    genuine: bool,
}

impl Files {
    /// The peer's judgement: intact, issued by `issuer`, a genuine chip.
    fn against(&self, issuer: &Issuer) -> Outcome<[bool; 3]> {
        let anchors = [TrustAnchor::from_certificate(issuer.anchor())?];
        let groups = [DataGroup { number: 1, bytes: &self.dg1 }, DataGroup { number: 2, bytes: &self.dg2 }];
        let verdict = passive::verify(&self.sod, &groups, &anchors);
        let issued = verdict.as_ref().is_ok_and(|verdict| verdict.is_authentic());
        Ok([verdict.is_ok(), issued, self.genuine])
    }
}

fn expect_genuine(files: Files) -> Outcome<()> {
    let anchors = [TrustAnchor::from_certificate(&files.anchor)?];
    let groups = [DataGroup { number: 1, bytes: &files.dg1 }, DataGroup { number: 2, bytes: &files.dg2 }];
    let verdict = passive::verify(&files.sod, &groups, &anchors)?;
    if !verdict.is_authentic() {
        return Err("the issuer is not found".into());
    }
    if files.genuine { Ok(()) } else { Err("the chip's signature is not taken".into()) }
}

/// Reads one card with the peer and compares what both know.
fn read(way: Way, plan: CardPlan, issuer: &Issuer) -> Outcome<Files> {
    let person = plan.person.clone();
    let pace = match way {
        Way::PaceByCan(curve, suite) => Some((curve, suite)),
        Way::PaceByZone | Way::Bac => plan.pace,
    };
    let tampered = !matches!(plan.forgery, Forgery::Genuine | Forgery::Clone | Forgery::TamperedSignature);
    // The peer takes nothing but 9000 for SELECT of the master file; the CCCD was seen to answer 6D00.
    let plan = CardPlan { pace, master_file: MasterFileAnswer::Selected, photo_bytes: 3_000, ..plan };
    let card = SharedCard::new(VirtualCard::new(plan, issuer).map_err(|error| error.to_string())?);
    let mut chip = Chip(CardLink::new(card, Wire::Instant, Overhead::QUICK));
    let mut passport = Passport::new(&mut chip);
    match way {
        Way::Bac => passport.start_session(zone_key(&person, false)?)?,
        Way::PaceByZone => {
            let offer = passport.read_ef_card_access()?;
            passport.start_session_pace(zone_key(&person, true)?, &offer)?;
        }
        Way::PaceByCan(..) => {
            let offer = passport.read_ef_card_access()?;
            passport.start_session_pace(CanKey::new(person.can())?, &offer)?;
        }
    }
    let zone = passport.read_ef_dg1()?;
    if !tampered && zone.mrz().to_bytes() != person.mrz().as_bytes() {
        return Err("DG1 differs".into());
    }
    let (dg1, dg2) = (zone.to_bytes().to_vec(), passport.read_ef_dg2()?.to_bytes().to_vec());
    let sod = passport.read_ef_sod()?.to_bytes().to_vec();
    let genuine = passport.verify_active_authentication(&CHALLENGE).is_ok();
    Ok(Files { dg1, dg2, sod, anchor: issuer.anchor().to_vec(), genuine })
}

fn zone_key(person: &Person, for_pace: bool) -> Outcome<DBAKey> {
    let (number, birth, expiry) = zone_fields(person);
    let day = |text: &str, century: i32| {
        let part = |from: usize| text.get(from..from + 2).and_then(|digits| digits.parse::<u32>().ok());
        let (year, month, day) = (part(0)?, part(2)?, part(4)?);
        NaiveDate::from_ymd_opt(century + i32::try_from(year).ok()?, month, day)
    };
    let (birth, expiry) = (day(&birth, 1900).ok_or("no birth")?, day(&expiry, 2000).ok_or("no expiry")?);
    Ok(DBAKey::new(&number, birth, expiry, for_pace)?)
}
