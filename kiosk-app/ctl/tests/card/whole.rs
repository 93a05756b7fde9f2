//! Whole readings: the four results, with every kind of key, and with everything a forger does.

use std::sync::LazyLock;

use chip_card::{
    ChipChecks, ChipProof, ChipVerdict, DataGroup, Document, GroupIntegrity, IntegrityVerdict, Issuer, IssuerRejection,
    Lengths, NotChecked, ProofFailure, Trust,
};
use device_sim::card::cipher::Suite;
use device_sim::card::curve::{Curve, Hash, Naming};
use device_sim::card::issuer::{Signing, Validity};
use device_sim::card::person::Person;
use device_sim::card::plan::{ActiveKey, CardPlan, ChipKey, Forgery, Issuer as SigningIssuer, Lengths as CardLengths};
use device_sim::card::rsa::{RsaBits, Trailer};
use device_sim::card::{VirtualCard, link::SharedCard};

use crate::table::{ISSUER, can_of, card, in_memory, read_all, today};

static RSA_ISSUER: LazyLock<SigningIssuer> = LazyLock::new(|| {
    let signing = Signing::RsaPkcs1(RsaBits::B2048, Hash::Sha256);
    SigningIssuer::new(signing, signing, Validity::LONG, 2)
});

fn cccd(seed: u64) -> CardPlan {
    CardPlan::cccd(Person::sample(), seed)
}

fn trust(issuer: &SigningIssuer) -> Trust {
    let mut trust = Trust::new(today());
    trust.add_anchor(issuer.anchor()).unwrap();
    trust
}

fn document_of(plan: CardPlan, signer: &SigningIssuer, trust: &Trust) -> Document {
    let keys = can_of(&plan.person);
    let shared = SharedCard::new(VirtualCard::new(plan, signer).unwrap());
    read_all(&mut in_memory(&shared), &keys, trust, ChipChecks::All, Lengths::Short).unwrap()
}

fn results(document: &Document) -> (IntegrityVerdict, &'static str, ChipVerdict) {
    (document.integrity.verdict(), document.issuer.code(), document.chip.verdict())
}

const INTACT: IntegrityVerdict = IntegrityVerdict::Intact;
const GENUINE: ChipVerdict = ChipVerdict::Genuine;

#[test]
fn a_genuine_card_has_all_four_results_and_its_portrait() {
    let document = document_of(cccd(1), &ISSUER, &trust(&ISSUER));
    assert_eq!(results(&document), (INTACT, "verified", GENUINE));
    let details = document.data.details.get().unwrap();
    let person = Person::sample();
    assert_eq!(details.name.as_ref().unwrap().as_str(), person.name);
    assert_eq!(details.residence.as_ref().unwrap().as_str(), person.residence);
    assert_eq!(details.number.as_ref().unwrap().as_str(), person.number);
    let picture = document.data.portrait.get().unwrap().decode().unwrap();
    assert_eq!((picture.width, picture.height), (240, 320));
}

#[test]
fn without_an_anchor_the_issuer_is_not_checked_and_nothing_else_changes() {
    let document = document_of(cccd(2), &ISSUER, &Trust::new(today()));
    assert_eq!(results(&document), (INTACT, "not_checked_no_anchor", GENUINE));
    assert_eq!(document.issuer, Issuer::NotChecked(NotChecked::NoAnchor));
}

#[test]
fn a_tampered_group_is_changed_and_the_others_are_intact() {
    for tampered in [1, 2, 13] {
        let plan = CardPlan { forgery: Forgery::TamperedGroup(tampered), ..cccd(3) };
        let document = document_of(plan, &ISSUER, &trust(&ISSUER));
        assert_eq!(results(&document), (IntegrityVerdict::Changed, "verified", GENUINE), "DG{tampered}");
        for (group, state) in document.integrity.groups() {
            let expected = if group.number() == tampered { GroupIntegrity::Changed } else { GroupIntegrity::Intact };
            assert_eq!(state, expected, "{group}");
        }
    }
}

#[test]
fn a_tampered_signature_is_a_wrong_signature() {
    let document = document_of(CardPlan { forgery: Forgery::TamperedSignature, ..cccd(4) }, &ISSUER, &trust(&ISSUER));
    assert_eq!(results(&document), (INTACT, "rejected_wrong_signature", GENUINE));
}

#[test]
fn a_signer_of_another_authority_is_a_wrong_signer() {
    let document = document_of(cccd(5), &SigningIssuer::sample(99), &trust(&ISSUER));
    assert_eq!(results(&document), (INTACT, "rejected_wrong_signer", GENUINE));
}

#[test]
fn an_expired_signer_is_told_from_a_wrong_one() {
    let signing = Signing::Ecdsa(Curve::Brainpool256, Naming::Explicit, Hash::Sha256);
    let expired = ISSUER.with_signer(signing, Validity::EXPIRED, 6);
    let document = document_of(cccd(6), &expired, &trust(&ISSUER));
    assert_eq!(results(&document), (INTACT, "rejected_signer_expired", GENUINE));
    assert!(matches!(document.issuer, Issuer::Rejected(IssuerRejection::SignerExpired { .. })));
}

#[test]
fn a_clone_without_the_chips_keys_is_not_genuine_and_its_portrait_is_still_read() {
    let document = document_of(CardPlan { forgery: Forgery::Clone, ..cccd(7) }, &ISSUER, &trust(&ISSUER));
    assert_eq!(results(&document), (INTACT, "verified", ChipVerdict::Failed));
    let wrong_key = ChipProof::Failed(ProofFailure::WrongKey);
    assert_eq!((document.chip.chip_authentication, document.chip.active_authentication), (wrong_key, wrong_key));
    assert!(document.data.portrait.get().is_some());
}

#[test]
fn a_key_that_nobody_signed_proves_nothing() {
    for group in [14, 15] {
        let plan = CardPlan { forgery: Forgery::TamperedGroup(group), ..cccd(8) };
        let document = document_of(plan, &ISSUER, &trust(&ISSUER));
        assert_eq!(document.integrity.of(DataGroup::new(group).unwrap()), Some(GroupIntegrity::Changed));
        let (agreement, signature) = (document.chip.chip_authentication, document.chip.active_authentication);
        assert_ne!(if group == 14 { agreement } else { signature }, ChipProof::Proved, "DG{group}");
    }
}

#[test]
fn every_kind_of_signature_over_the_security_object_is_verified() {
    for (curve, naming, hash) in [
        (Curve::P256, Naming::Named, Hash::Sha256),
        (Curve::P256, Naming::Explicit, Hash::Sha1),
        (Curve::Brainpool256, Naming::Named, Hash::Sha224),
        (Curve::P384, Naming::Explicit, Hash::Sha384),
        (Curve::Brainpool384, Naming::Named, Hash::Sha512),
        (Curve::Brainpool512, Naming::Explicit, Hash::Sha512),
        (Curve::P521, Naming::Named, Hash::Sha512),
    ] {
        let signing = Signing::Ecdsa(curve, naming, hash);
        let issuer = SigningIssuer::new(signing, signing, Validity::LONG, 9);
        let document = document_of(CardPlan { photo_bytes: 0, ..cccd(9) }, &issuer, &trust(&issuer));
        assert_eq!(results(&document), (INTACT, "verified", GENUINE), "{signing:?}");
    }
}

#[test]
fn rsa_signatures_of_both_kinds_are_verified() {
    let mut signers = vec![RSA_ISSUER.clone()];
    for hash in [Hash::Sha256, Hash::Sha512] {
        signers.push(RSA_ISSUER.with_signer(Signing::RsaPss(RsaBits::B2048, hash), Validity::LONG, 10));
    }
    for signer in signers {
        let document = document_of(CardPlan { photo_bytes: 0, ..cccd(10) }, &signer, &trust(&RSA_ISSUER));
        assert_eq!(results(&document), (INTACT, "verified", GENUINE));
    }
}

#[test]
fn every_kind_of_chip_key_proves_the_chip() {
    let ec = |curve, naming, hash| Some(ActiveKey::Ec(curve, naming, hash));
    let rsa = |bits, trailer| Some(ActiveKey::Rsa(bits, trailer));
    for (active_key, curve, naming, suite, identifier) in [
        (ec(Curve::P256, Naming::Named, Hash::Sha256), Curve::P256, Naming::Named, Suite::Aes256, Some(1)),
        (ec(Curve::P384, Naming::Explicit, Hash::Sha384), Curve::P384, Naming::Explicit, Suite::Aes192, None),
        (ec(Curve::P521, Naming::Named, Hash::Sha512), Curve::P521, Naming::Named, Suite::Aes128, Some(7)),
        (rsa(RsaBits::B1024, Trailer::Sha1Implicit), Curve::Brainpool256, Naming::Named, Suite::TripleDes, None),
        (rsa(RsaBits::B1024, Trailer::Sha256), Curve::Brainpool384, Naming::Explicit, Suite::Aes128, Some(2)),
        (rsa(RsaBits::B2048, Trailer::Sha512), Curve::Brainpool256, Naming::Explicit, Suite::TripleDes, Some(1)),
    ] {
        let chip_key = Some(ChipKey { curve, naming, suite, identifier });
        let plan = CardPlan { chip_key, active_key, photo_bytes: 0, ..cccd(11) };
        let document = document_of(plan, &ISSUER, &trust(&ISSUER));
        let proofs = (document.chip.chip_authentication, document.chip.active_authentication);
        assert_eq!(proofs, (ChipProof::Proved, ChipProof::Proved), "{active_key:?} {chip_key:?}");
    }
}

#[test]
fn a_chip_without_keys_is_neither_genuine_nor_false() {
    let plan = CardPlan { chip_key: None, active_key: None, ..cccd(12) };
    let document = document_of(plan, &ISSUER, &trust(&ISSUER));
    assert_eq!(results(&document), (INTACT, "verified", ChipVerdict::NotSupported));
}

#[test]
fn extended_length_is_tried_and_taken_where_the_card_has_it() {
    for (lengths, learned, apdus_max) in [
        (CardLengths::Extended { response_max: 65_536 }, Lengths::Extended, 30),
        (CardLengths::Extended { response_max: 1_000 }, Lengths::Extended, 60),
        (CardLengths::Short, Lengths::Short, 110),
    ] {
        let plan = CardPlan { lengths, ..cccd(13) };
        let keys = can_of(&plan.person);
        let shared = card(plan);
        let mut link = in_memory(&shared);
        let document = read_all(&mut link, &keys, &trust(&ISSUER), ChipChecks::All, Lengths::Unknown).unwrap();
        assert_eq!(results(&document), (INTACT, "verified", GENUINE), "{lengths:?}");
        let apdus = shared.with(|it| it.work().commands);
        assert!(apdus <= apdus_max, "{lengths:?}: {apdus} APDUs, learned {learned:?}");
    }
}
