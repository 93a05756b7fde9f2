//! Whole readings on the test card: the four results, the cost, and what cards do wrong.
#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

use kiosk_hal::uptime::Uptime;
use vn_identity::{Birth, Date, Sex};

use crate::dg2;
use crate::test_card::{CARD_ACCESS, Card, CardAccess, Extended, Levers};
use crate::test_document::{CertificateSpec, Issued, issue, issue_saying, issue_valid, issue_without, key};
use crate::tlv::encode;
use crate::vectors::{SeededRng, hex, number};
use crate::{
    Access, AccessError, AccessKeys, Can, CardSession, ChipChecks, ChipProof, ChipVerdict, DataGroup, Document,
    ElementaryFile, GroupIntegrity, IntegrityVerdict, Issuer, IssuerRejection, Lengths, MrzKey, NotChecked, PaceOffer,
    PaceParameters, Part, Password, Progress, ProofFailure, ReadFileError, ReadingStep, Trust, Wish,
};

const FACE_BYTES: usize = 15_000;
const UNTIL: Uptime = Uptime::from_millis(1_000_000);

fn mrz_key() -> MrzKey {
    let day = |year| Date::new(year, 1, 15).unwrap();
    MrzKey::of_identity_card(&number(), day(1999), day(2034)).unwrap()
}

fn card(issued: Issued, levers: Levers) -> Card {
    Card::new(issued, Can::of(&number()), mrz_key(), levers)
}

fn by_can() -> AccessKeys {
    AccessKeys { can: Some(Can::of(&number())), mrz: None }
}

fn trust(anchor: &[u8]) -> Trust {
    let mut trust = Trust::new(Date::new(2026, 11, 23).unwrap());
    trust.add_anchor(anchor).unwrap();
    trust
}

fn go_on(_: Progress) -> Wish {
    Wish::Continue
}

/// Everything the reader reads, or the first error as text.
fn read_all(card: &mut Card, lengths: Lengths, trust: &Trust) -> Result<Document, String> {
    let mut session = CardSession::new(card, lengths);
    let mut rng = SeededRng(7);
    session.open(&by_can(), &mut rng, UNTIL, &mut go_on).map_err(|cause| cause.to_string())?;
    let mut document = session.read_form(trust, UNTIL, &mut go_on).map_err(|cause| cause.to_string())?;
    session.prove_chip(&mut document, &mut rng, UNTIL, &mut go_on).map_err(|cause| cause.to_string())?;
    session.read_portrait(&mut document, UNTIL, &mut go_on).map_err(|cause| cause.to_string())?;
    Ok(document)
}

fn read(issued: Issued) -> Document {
    let trust = trust(&issued.anchor);
    read_all(&mut card(issued, Levers::default()), Lengths::Short, &trust).unwrap()
}

#[test]
fn a_genuine_card_passes_all_four() {
    let document = read(issue(FACE_BYTES));
    let mrz = document.data.mrz.get().unwrap();
    assert_eq!((mrz.issuer.as_str(), mrz.name.as_ref().unwrap().as_str()), ("VNM", "NGUYEN VAN AN"));
    assert_eq!((mrz.sex, mrz.oddities.len()), (Some(Sex::Male), 0));
    assert_eq!((mrz.number.as_ref(), mrz.birth), (Some(&number()), Date::new(1999, 1, 15).map(Birth::Day)));
    assert_eq!(mrz.expiry, Date::new(2034, 1, 15));
    let details = document.data.details.get().unwrap();
    assert_eq!(details.name.as_ref().unwrap().as_str(), "Nguyễn Văn An");
    assert_eq!(details.issued, Date::new(2021, 5, 20));
    assert!(details.residence.as_ref().unwrap().as_str().len() > 200);
    assert!(document.data.portrait.get().is_some());
    assert_eq!(document.integrity.verdict(), IntegrityVerdict::Intact);
    assert_eq!(document.issuer, Issuer::Verified);
    assert_eq!(document.chip.chip_authentication, ChipProof::Proved);
    assert_eq!(document.chip.verdict(), ChipVerdict::Genuine);
}

#[test]
fn nothing_personal_is_shown_by_debug() {
    let shown = format!("{:?}", read(issue(1_000)));
    let number = number();
    for personal in ["NGUYEN", "Nguyễn", number.as_str(), &number.as_str()[3..], "Tràng"] {
        assert!(!shown.contains(personal), "{personal} in {shown}");
    }
}

/// Commands after access for the form and for everything.
fn cost(levers: Levers, lengths: Lengths) -> (usize, usize, Lengths) {
    let mut card = card(issue(FACE_BYTES), levers);
    let trust = Trust::new(Date::new(2026, 11, 23).unwrap());
    let mut session = CardSession::new(&mut card, lengths);
    let mut rng = SeededRng(7);
    session.open(&by_can(), &mut rng, UNTIL, &mut go_on).unwrap();
    let opened = session.traffic().apdus;
    let mut document = session.read_form(&trust, UNTIL, &mut go_on).unwrap();
    let form = session.traffic().apdus - opened;
    session.prove_chip(&mut document, &mut rng, UNTIL, &mut go_on).unwrap();
    session.read_portrait(&mut document, UNTIL, &mut go_on).unwrap();
    assert!(document.data.portrait.get().is_some());
    let counted: usize = session.steps().iter().map(|record| record.traffic.apdus).sum();
    assert_eq!(counted, session.traffic().apdus);
    (form, session.traffic().apdus - opened, session.lengths())
}

#[test]
fn the_form_costs_at_most_20_short_commands_and_the_whole_card_80() {
    let (form, all, _) = cost(Levers::default(), Lengths::Short);
    assert!(form <= 20 && all <= 80, "{form} and {all} commands");
}

#[test]
fn the_form_costs_at_most_8_extended_commands_and_the_whole_card_25() {
    let levers = Levers { extended: Extended::Works(4_096), ..Levers::default() };
    let (form, all, learned) = cost(levers, Lengths::Unknown);
    assert!(form <= 8 && all <= 25, "{form} and {all} commands");
    assert_eq!(learned, Lengths::Extended);
}

#[test]
fn a_card_without_extended_length_is_asked_for_it_once() {
    for extended in [Extended::Refuses, Extended::BreaksOff] {
        let levers = Levers { extended, ..Levers::default() };
        let (form, all, learned) = cost(levers, Lengths::Unknown);
        assert_eq!(learned, Lengths::Short);
        assert!(form <= 20 && all <= 80, "{form} and {all} commands");
    }
}

#[test]
fn a_changed_group_is_changed_and_nothing_else() {
    let mut issued = issue(1_000);
    let details = issued.files.get_mut(&ElementaryFile::Group(DataGroup::DG13).identifier()).unwrap();
    *details.last_mut().unwrap() ^= 1;
    let document = read(issued);
    assert_eq!(document.integrity.of(DataGroup::DG13), Some(GroupIntegrity::Changed));
    assert_eq!(document.integrity.of(DataGroup::DG1), Some(GroupIntegrity::Intact));
    assert_eq!(document.integrity.verdict(), IntegrityVerdict::Changed);
    assert_eq!((document.issuer, document.chip.verdict()), (Issuer::Verified, ChipVerdict::Genuine));
}

#[test]
fn changed_hashes_are_not_what_the_signer_signed() {
    let mut issued = issue(1_000);
    let sod = issued.files.get_mut(&ElementaryFile::Sod.identifier()).unwrap();
    *sod.last_mut().unwrap() ^= 1;
    assert_eq!(read(issued).issuer, Issuer::Rejected(IssuerRejection::WrongSignature));
}

#[test]
fn a_missing_anchor_is_not_checked() {
    let issued = issue(1_000);
    let trust = Trust::new(Date::new(2026, 11, 23).unwrap());
    let document = read_all(&mut card(issued, Levers::default()), Lengths::Short, &trust).unwrap();
    assert_eq!(document.issuer, Issuer::NotChecked(NotChecked::NoAnchor));
    assert_eq!(document.integrity.verdict(), IntegrityVerdict::Intact);
}

#[test]
fn a_signer_of_somebody_else_is_the_wrong_signer() {
    let issued = issue(1_000);
    let other = key(9);
    for name in ["Country", "Elsewhere"] {
        let anchor = CertificateSpec { subject: (name, &other), issuer: (name, &other), valid: ("220101", "370101") };
        let trust = trust(&anchor.encode());
        let document = read_all(&mut card(issued.clone(), Levers::default()), Lengths::Short, &trust).unwrap();
        assert_eq!(document.issuer, Issuer::Rejected(IssuerRejection::WrongSigner));
    }
}

#[test]
fn an_expired_signer_is_named_with_its_days() {
    for valid in [("240101", "260101"), ("240401", "340101")] {
        let document = read(issue_valid(1_000, valid));
        assert!(
            matches!(document.issuer, Issuer::Rejected(IssuerRejection::SignerExpired { .. })),
            "{}",
            document.issuer
        );
    }
}

#[test]
fn a_copy_without_the_key_fails_and_its_face_is_still_read() {
    let mut issued = issue(1_000);
    issued.agreement_key = vec![5; 32];
    let document = read(issued);
    assert_eq!(document.chip.chip_authentication, ChipProof::Failed(ProofFailure::WrongKey));
    assert_eq!((document.chip.verdict(), document.issuer), (ChipVerdict::Failed, Issuer::Verified));
    assert!(document.data.portrait.get().is_some());
}

#[test]
fn a_copy_with_a_key_of_its_own_fails_because_that_was_not_signed() {
    let mut issued = issue(1_000);
    let other = Issued { agreement_key: vec![6; 32], ..issue(1_000) };
    let domain = crate::Domain::standardised(13).unwrap();
    let public = domain.agree(&other.agreement_key, &domain.generator().unwrap()).unwrap();
    let group = issued.files.get_mut(&ElementaryFile::Group(DataGroup::DG14).identifier()).unwrap();
    let at = group.len() - public.len();
    group[at..].copy_from_slice(&public);
    issued.agreement_key = other.agreement_key;
    let document = read(issued);
    assert_eq!(document.chip.chip_authentication, ChipProof::Failed(ProofFailure::KeyNotSigned));
    assert_eq!(document.integrity.of(DataGroup::DG14), Some(GroupIntegrity::Changed));
}

/// Reads with both protocols.
fn prove(issued: Issued) -> Document {
    prove_on(card(issued, Levers::default()))
}

fn prove_on(mut card: Card) -> Document {
    let mut session = CardSession::new(&mut card, Lengths::Short);
    session.set_chip_checks(ChipChecks::All);
    let mut rng = SeededRng(11);
    session.open(&by_can(), &mut rng, UNTIL, &mut go_on).unwrap();
    let trust = Trust::new(Date::new(2026, 11, 23).unwrap());
    let mut document = session.read_form(&trust, UNTIL, &mut go_on).unwrap();
    session.prove_chip(&mut document, &mut rng, UNTIL, &mut go_on).unwrap();
    document
}

#[test]
fn a_signature_over_a_challenge_proves_the_chip_or_shows_the_copy() {
    let document = prove(issue(1_000));
    assert_eq!(document.chip.active_authentication, ChipProof::Proved);
    let mut copy = issue(1_000);
    copy.signing_key = [8; 32];
    let document = prove(copy);
    assert_eq!(document.chip.active_authentication, ChipProof::Failed(ProofFailure::WrongKey));
    assert_eq!(document.chip.verdict(), ChipVerdict::Failed);
}

#[test]
fn what_a_card_offers_is_compared_with_what_was_signed() {
    let shown = hex(CARD_ACCESS);
    let same = &shown[2..];
    let mut other = same.to_vec();
    *other.last_mut().unwrap() = 12;
    for (signed, place, expected) in [
        (&[][..], CardAccess::MasterFile, PaceOffer::NotSigned),
        (same, CardAccess::MasterFile, PaceOffer::Agrees),
        (same, CardAccess::Application, PaceOffer::Agrees),
        (same, CardAccess::Nowhere, PaceOffer::NotShown),
        (&other, CardAccess::MasterFile, PaceOffer::Differs),
    ] {
        let levers = Levers { card_access: place, ..Levers::default() };
        let document = prove_on(card(issue_saying(signed), levers));
        assert_eq!(document.offer, expected);
        assert_eq!(document.chip.verdict(), ChipVerdict::Genuine, "{expected}");
    }
    let mut changed = issue_saying(same);
    changed.files.get_mut(&ElementaryFile::Group(DataGroup::DG14).identifier()).unwrap()[9] ^= 1;
    assert_eq!(prove(changed).offer, PaceOffer::NotCompared);
}

#[test]
fn a_card_without_keys_does_not_support_a_proof() {
    assert_eq!(read(issue_without(&[DataGroup::DG14, DataGroup::DG15])).chip.verdict(), ChipVerdict::NotSupported);
}

fn open(card: &mut Card, keys: &AccessKeys) -> Result<Access, AccessError> {
    CardSession::new(card, Lengths::Short).open(keys, &mut SeededRng(3), UNTIL, &mut go_on)
}

#[test]
fn the_parameters_are_found_wherever_the_card_has_them() {
    for (card_access, expected) in [
        (CardAccess::MasterFile, PaceParameters::MasterFile),
        (CardAccess::Application, PaceParameters::Application),
        (CardAccess::Nowhere, PaceParameters::Assumed),
    ] {
        let levers = Levers { card_access, ..Levers::default() };
        match open(&mut card(issue(1_000), levers), &by_can()).unwrap() {
            Access::Pace { parameters, password, .. } => assert_eq!((parameters, password), (expected, Password::Can)),
            Access::Bac => panic!("PACE opens this card"),
        }
    }
}

#[test]
fn a_wrong_number_is_a_wrong_password_and_no_fault() {
    let keys = AccessKeys { can: Can::from_digits("000000"), mrz: None };
    let error = open(&mut card(issue(1_000), Levers::default()), &keys).unwrap_err();
    assert!(matches!(error, AccessError::WrongPassword(Password::Can)), "{error}");
    assert_eq!(error.fault(), None);
}

#[test]
fn the_zone_opens_what_a_wrong_number_does_not() {
    let keys = AccessKeys { can: Can::from_digits("000000"), mrz: Some(mrz_key()) };
    let access = open(&mut card(issue(1_000), Levers::default()), &keys).unwrap();
    assert!(matches!(access, Access::Pace { password: Password::Mrz, .. }));
}

#[test]
fn an_old_card_is_opened_by_bac_and_read() {
    let levers = Levers { pace: false, card_access: CardAccess::Nowhere, ..Levers::default() };
    let mut card = card(issue(1_000), levers);
    let keys = AccessKeys { can: None, mrz: Some(mrz_key()) };
    let mut session = CardSession::new(&mut card, Lengths::Short);
    let access = session.open(&keys, &mut SeededRng(3), UNTIL, &mut go_on).unwrap();
    assert_eq!(access.to_string(), "BAC");
    let dg1 = session.read_file(ElementaryFile::Group(DataGroup::DG1), UNTIL, &mut go_on).unwrap();
    assert_eq!(dg1.len(), 95);
}

#[test]
fn cards_that_are_particular_about_reading_are_read() {
    for (short_identifiers, exact_lengths) in [(false, false), (true, true), (false, true)] {
        let levers = Levers { short_identifiers, exact_lengths, ..Levers::default() };
        let issued = issue(1_000);
        let trust = trust(&issued.anchor);
        let document = read_all(&mut card(issued, levers), Lengths::Short, &trust).unwrap();
        assert_eq!(document.integrity.verdict(), IntegrityVerdict::Intact);
    }
}

#[test]
fn a_file_beyond_32_kilobytes_is_read_whole() {
    for lengths in [Lengths::Short, Lengths::Extended] {
        let levers = Levers { extended: Extended::Works(3_000), ..Levers::default() };
        let issued = issue(40_000);
        let trust = trust(&issued.anchor);
        let document = read_all(&mut card(issued, levers), lengths, &trust).unwrap();
        assert_eq!(document.integrity.of(DataGroup::DG2), Some(GroupIntegrity::Intact));
    }
}

#[test]
fn a_card_pulled_out_at_any_command_is_a_value() {
    let issued = issue(1_000);
    let trust = trust(&issued.anchor);
    let mut whole = card(issued.clone(), Levers::default());
    read_all(&mut whole, Lengths::Unknown, &trust).unwrap();
    for pulled_out_at in 1..=whole.commands {
        let mut card = card(issued.clone(), Levers { pulled_out_at, ..Levers::default() });
        assert!(read_all(&mut card, Lengths::Unknown, &trust).is_err());
    }
}

#[test]
fn any_answer_at_any_command_ends_in_a_value() {
    let issued = issue(600);
    let trust = trust(&issued.anchor);
    let mut whole = card(issued.clone(), Levers::default());
    read_all(&mut whole, Lengths::Short, &trust).unwrap();
    let answers: [&[u8]; 7] =
        [&[], &[0x90], &[0x90, 0x00], &[0x6F, 0x00], &[0x69, 0x82], &[0x61, 0x00], &[0x7C, 0x00, 0x90, 0x00]];
    for at in 1..=whole.commands {
        // Two of them at each command: all would take a slow machine half a minute.
        for answer in [answers[at % answers.len()], answers[(at + 3) % answers.len()]] {
            let levers = Levers { answer_at: Some((at, answer.to_vec())), ..Levers::default() };
            // Some answers are harmless: a refused master file, a face that is not given.
            let _outcome = read_all(&mut card(issued.clone(), levers), Lengths::Short, &trust);
        }
    }
}

#[test]
fn a_stopped_face_leaves_the_form() {
    let issued = issue(FACE_BYTES);
    let trust = trust(&issued.anchor);
    let mut card = card(issued, Levers::default());
    let mut session = CardSession::new(&mut card, Lengths::Short);
    session.open(&by_can(), &mut SeededRng(7), UNTIL, &mut go_on).unwrap();
    let mut document = session.read_form(&trust, UNTIL, &mut go_on).unwrap();
    let mut seen = Vec::new();
    let mut watch = |progress| {
        seen.push(progress);
        if let Progress::Bytes { read: 1_000.., .. } = progress { Wish::Stop } else { Wish::Continue }
    };
    let error = session.read_portrait(&mut document, UNTIL, &mut watch).unwrap_err();
    assert!(matches!(error, ReadFileError::Stopped), "{error}");
    assert_eq!(seen.first(), Some(&Progress::Begun(ReadingStep::File(ElementaryFile::Group(DataGroup::DG2)))));
    assert!(seen.len() < 10);
    assert!(document.data.mrz.get().is_some() && matches!(document.data.portrait, Part::NotRead));
    session.read_portrait(&mut document, UNTIL, &mut go_on).unwrap();
    assert!(document.data.portrait.get().is_some());
}

#[test]
fn a_thousand_openings_succeed_or_a_share_of_them() {
    // The share of a thousand that an ordinary run has time for; leading zeros come about once in 256.
    let rounds = std::option_env!("CHIP_CARD_ROUNDS").and_then(|rounds| rounds.parse().ok()).unwrap_or(20);
    for round in 0..rounds {
        let mut card = card(issue(600), Levers::default());
        let mut rng = SeededRng(round << 16);
        CardSession::new(&mut card, Lengths::Short).open(&by_can(), &mut rng, UNTIL, &mut go_on).unwrap();
    }
}

/// Two halves, red above blue, as JPEG, as JPEG 2000 file and code stream, and as a grey JPEG 2000 file; made by Pillow.
#[test]
fn faces_in_every_format_are_decoded() {
    let pictures = include_str!("../tests/vectors/pictures.hex");
    for (picture, colours) in pictures.lines().zip([3, 3, 3, 1]) {
        let block = encode(0x7F60, &encode(0x5F2E, &hex(picture)));
        let portrait = dg2::parse(&encode(0x75, &encode(0x7F61, &block))).unwrap();
        let decoded = portrait.decode().unwrap();
        assert_eq!((decoded.width, decoded.height, decoded.rgb.len()), (16, 24, 16 * 24 * 3));
        let (above, below) = (&decoded.rgb[..3], &decoded.rgb[decoded.rgb.len() - 3..]);
        if colours == 3 {
            assert!(above[0] > 150 && above[2] < 100 && below[0] < 100 && below[2] > 150, "{above:?} {below:?}");
        } else {
            assert!(above[0] == above[1] && above != below);
        }
        for end in 0..picture.len() / 2 {
            let mut cut = hex(picture);
            cut.truncate(end);
            let block = encode(0x7F60, &encode(0x5F2E, &cut));
            // A cut picture may be decoded in part; it may not panic.
            let _outcome = dg2::parse(&encode(0x75, &encode(0x7F61, &block))).map(|portrait| portrait.decode());
        }
    }
}
