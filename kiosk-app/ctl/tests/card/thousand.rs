//! Random cards and random talks through a real reader service: a few in continuous integration, a thousand by hand.

use std::env;
use std::process::Command;
use std::time::Duration;

use chip_card::{Access, AccessKeys, ChipChecks, ChipVerdict, IntegrityVerdict, Lengths, Trust};
use device_links::clock;
use device_links::pcsc::{CardSlot, PcscReaders};
use device_sim::card::cipher::Suite;
use device_sim::card::curve::Curve;
use device_sim::card::link::SharedCard;
use device_sim::card::person::Person;
use device_sim::card::plan::{CardPlan, Lengths as CardLengths};
use device_sim::card::service::{PrivateService, Slot};
use device_sim::card::vpcd::VpcdMount;
use device_sim::card::{Chance, Entropy, VirtualCard};

use crate::table::{ISSUER, can_of, mrz_of, read_seeded, today};

/// Readings of each way in that continuous integration does.
const SHARE: u64 = 12;

/// Readings of each way in by hand.
const THOUSAND: u64 = 1_000;

/// Longest wait for the service.
const PATIENCE: Duration = Duration::from_secs(60);

/// Where the second process of a test finds the virtual reader.
const PORT: &str = "TIEP_DON_TEST_VPCD_PORT";

#[derive(Debug, Clone, Copy)]
enum Way {
    Pace,
    Bac,
}

#[test]
fn random_cards_are_read_by_pace_through_a_real_service() {
    with_service("thousand::random_cards_are_read_by_pace_through_a_real_service", |port| many(Way::Pace, SHARE, port));
}

#[test]
fn random_cards_are_read_by_bac_through_a_real_service() {
    with_service("thousand::random_cards_are_read_by_bac_through_a_real_service", |port| many(Way::Bac, SHARE, port));
}

#[test]
#[ignore = "takes minutes: cargo test -p kioskctl --test card -- --ignored thousand"]
fn a_thousand_cards_are_read_by_pace_through_a_real_service() {
    with_service("thousand::a_thousand_cards_are_read_by_pace_through_a_real_service", |port| {
        many(Way::Pace, THOUSAND, port);
    });
}

#[test]
#[ignore = "takes minutes: cargo test -p kioskctl --test card -- --ignored thousand"]
fn a_thousand_cards_are_read_by_bac_through_a_real_service() {
    with_service("thousand::a_thousand_cards_are_read_by_bac_through_a_real_service", |port| {
        many(Way::Bac, THOUSAND, port);
    });
}

/// Runs `act` in a process of its own: libpcsclite reads where its service is once.
fn with_service(test: &str, act: impl FnOnce(&str)) {
    if let Ok(port) = env::var(PORT) {
        return act(&port);
    }
    let folder = tempfile::tempdir().unwrap();
    let service = PrivateService::start(folder.path()).unwrap();
    let status = Command::new(env::current_exe().unwrap())
        .args(["--exact", test, "--include-ignored", "--nocapture"])
        .env("PCSCLITE_CSOCK_NAME", service.socket())
        .env(PORT, service.port(Slot::First).to_string())
        .status()
        .unwrap();
    assert!(status.success(), "{test} failed in its own process");
}

/// Another card for each seed: holder, keys, curve, ciphers, lengths; every fourth draws values with leading zeros.
fn plan(way: Way, seed: u64) -> CardPlan {
    let mut entropy = Entropy::seeded(seed).branch("plan");
    let [curve, suite, lengths, chance] = entropy.array();
    // What the real card has, half of the time. With AES-256 a nonce may be above the order of a 256-bit curve.
    let (curve, suite) = match (curve % 8, suite % 4) {
        (0..4, _) => (Curve::Brainpool256, Suite::Aes128),
        (4, _) => (Curve::P256, Suite::Aes128),
        (5, 0 | 1) => (Curve::Brainpool384, Suite::Aes192),
        (5, _) => (Curve::P384, Suite::Aes256),
        (6, 0 | 1) => (Curve::P384, Suite::Aes192),
        (6, _) => (Curve::Brainpool256, Suite::Aes256),
        (_, _) => (Curve::Brainpool256, Suite::TripleDes),
    };
    let mut plan = CardPlan::cccd(Person::drawn(&mut entropy), seed);
    plan.pace = match way {
        Way::Pace => Some((curve, suite)),
        Way::Bac => None,
    };
    if lengths % 2 == 0 {
        plan.lengths = CardLengths::Extended { response_max: 65_536 };
    }
    if chance % 4 == 0 {
        plan.chance = Chance::LeadingZeros;
    }
    plan
}

fn many(way: Way, count: u64, port: &str) {
    let card = SharedCard::new(VirtualCard::new(plan(way, 0), &ISSUER).unwrap());
    let _mount = VpcdMount::new(card.clone(), port.parse().unwrap()).unwrap();
    let mut readers = PcscReaders::new().unwrap();
    let until = clock::now() + PATIENCE;
    let mut seen = readers.look(until).unwrap();
    while !seen.readers().first().is_some_and(|reader| matches!(reader.slot, CardSlot::Card(_))) {
        assert!(clock::now() < until, "no card came");
        seen = readers.wait_for_change(&seen, until).unwrap();
    }
    let mut trust = Trust::new(today());
    trust.add_anchor(ISSUER.anchor()).unwrap();
    for seed in 0..count {
        let plan = plan(way, seed);
        let keys = keys(way, &plan.person);
        // As the answer to reset would say.
        let lengths = if plan.lengths == CardLengths::Short { Lengths::Short } else { Lengths::Unknown };
        card.with(|it| *it = VirtualCard::new(plan, &ISSUER).unwrap());
        let mut link = readers.connect(&seen.readers()[0].name, clock::now() + PATIENCE).unwrap();
        let read = read_seeded(&mut link, &keys, &trust, ChipChecks::All, lengths, seed);
        let (access, document) = read.unwrap_or_else(|error| panic!("{way:?}, seed {seed}: {error:?}"));
        assert_eq!(matches!(access, Access::Bac), matches!(way, Way::Bac), "seed {seed}");
        let results = (document.integrity.verdict(), document.issuer.code(), document.chip.verdict());
        assert_eq!(results, (IntegrityVerdict::Intact, "verified", ChipVerdict::Genuine), "{way:?}, seed {seed}");
    }
}

fn keys(way: Way, person: &Person) -> AccessKeys {
    match way {
        Way::Pace => can_of(person),
        Way::Bac => mrz_of(person),
    }
}
