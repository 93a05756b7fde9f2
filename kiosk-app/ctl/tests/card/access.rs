//! Every way in, with every cipher and curve, and with the values that come once in 256 talks.

use chip_card::{Access, AccessError, PaceParameters, Password};
use device_sim::card::Chance;
use device_sim::card::cipher::Suite;
use device_sim::card::curve::Curve;
use device_sim::card::person::Person;
use device_sim::card::plan::{Bac, CardAccessPlace, CardPlan, MasterFileAnswer, ShortIdentifiers};

use crate::table::{can_of, card, in_memory, mrz_of, read_form};

fn cccd(seed: u64) -> CardPlan {
    CardPlan { photo_bytes: 0, ..CardPlan::cccd(Person::sample(), seed) }
}

fn opened(plan: CardPlan) -> Result<Access, AccessError> {
    let (keys, seed) = (can_of(&plan.person), plan.seed);
    read_form(&mut in_memory(&card(plan.clone())), &plan.person, &keys, seed)
}

#[test]
fn a_card_as_the_real_one_answers_opens_with_its_can() {
    let access = opened(cccd(1)).unwrap();
    let Access::Pace { password, parameters, .. } = access else { panic!("{access}") };
    assert_eq!((password, parameters), (Password::Can, PaceParameters::MasterFile));
}

#[test]
fn every_curve_and_cipher_of_pace_opens() {
    for curve in [Curve::P256, Curve::Brainpool256, Curve::P384, Curve::Brainpool384, Curve::P521] {
        for suite in [Suite::TripleDes, Suite::Aes128, Suite::Aes192, Suite::Aes256] {
            let access = opened(CardPlan { pace: Some((curve, suite)), ..cccd(2) });
            assert!(matches!(access, Ok(Access::Pace { .. })), "{curve:?} {suite:?}: {access:?}");
        }
    }
}

#[test]
fn the_machine_readable_zone_opens_by_pace_and_by_bac() {
    let plan = cccd(3);
    let keys = mrz_of(&plan.person);
    let by_pace = read_form(&mut in_memory(&card(plan.clone())), &plan.person, &keys, 3).unwrap();
    assert!(matches!(by_pace, Access::Pace { password: Password::Mrz, .. }), "{by_pace}");
    let without_pace = CardPlan { pace: None, ..plan };
    let by_bac = read_form(&mut in_memory(&card(without_pace.clone())), &without_pace.person, &keys, 3).unwrap();
    assert_eq!(by_bac, Access::Bac);
}

#[test]
fn leading_zeros_everywhere_open_by_pace_and_by_bac() {
    for seed in 0..12 {
        let plan = CardPlan { chance: Chance::LeadingZeros, ..cccd(seed) };
        let keys = can_of(&plan.person);
        read_form(&mut in_memory(&card(plan.clone())), &plan.person, &keys, seed).unwrap();
        let by_bac = CardPlan { pace: None, ..plan };
        let keys = mrz_of(&by_bac.person);
        read_form(&mut in_memory(&card(by_bac.clone())), &by_bac.person, &keys, seed).unwrap();
    }
}

#[test]
fn the_parameters_are_found_wherever_the_card_has_them() {
    for (place, master_file, expected) in [
        (CardAccessPlace::MasterFile, MasterFileAnswer::Selected, PaceParameters::MasterFile),
        (CardAccessPlace::MasterFile, MasterFileAnswer::NotSupported, PaceParameters::MasterFile),
        (CardAccessPlace::MasterFile, MasterFileAnswer::Refused, PaceParameters::MasterFile),
        (CardAccessPlace::Application, MasterFileAnswer::NotSupported, PaceParameters::Application),
        (CardAccessPlace::Nowhere, MasterFileAnswer::NotSupported, PaceParameters::Assumed),
        (CardAccessPlace::Nowhere, MasterFileAnswer::Refused, PaceParameters::Assumed),
    ] {
        let access = opened(CardPlan { card_access: place, master_file, ..cccd(4) }).unwrap();
        let Access::Pace { parameters, .. } = access else { panic!("{access}") };
        assert_eq!(parameters, expected, "{place:?} {master_file:?}");
    }
}

#[test]
fn a_card_without_short_identifiers_or_without_bac_is_read_all_the_same() {
    opened(CardPlan { short_identifiers: ShortIdentifiers::Refused, bac: Bac::Absent, ..cccd(5) }).unwrap();
}

#[test]
fn a_wrong_can_is_a_wrong_password() {
    let plan = cccd(6);
    let shared = card(plan.clone());
    shared.with(|it| it.set_can("000000"));
    let outcome = read_form(&mut in_memory(&shared), &plan.person, &can_of(&plan.person), 6);
    assert!(matches!(outcome, Err(AccessError::WrongPassword(Password::Can))), "{outcome:?}");
}
