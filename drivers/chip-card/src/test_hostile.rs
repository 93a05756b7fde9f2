//! Cards that withhold, drip, break off or answer what they should not.
#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

use crypto_bigint::U256;
use kiosk_hal::link::LinkError;
use kiosk_hal::uptime::Uptime;
use vn_identity::Date;

use crate::chip_proof::chip_authentication::ChipKey;
use crate::crypto::curve::NamedCurve;
use crate::picture::too_much_to_decode;
use crate::test_card::{Card, Extended, Levers};
use crate::test_document::{CertificateSpec, Issued, issue, issue_without, key, key_info, object, sequence};
use crate::tlv::encode;
use crate::vectors::{SeededRng, hex, number};
use crate::{
    AccessError, AccessKeys, Can, CardSession, ChipChecks, ChipProof, ChipVerdict, DataGroup, Document,
    DocumentVerdict, Domain, ElementaryFile, ExchangeError, Lengths, MrzKey, Password, PictureError, Progress,
    ProofFailure, ProofUnsupported, ReadFileError, Trust, Wish, dg2, oid,
};

const UNTIL: Uptime = Uptime::from_millis(1_000_000);

fn go_on(_: Progress) -> Wish {
    Wish::Continue
}

fn mrz_key(birth_year: u16) -> MrzKey {
    let day = |year| Date::new(year, 1, 15).unwrap();
    MrzKey::of_identity_card(&number(), day(birth_year), day(2034)).unwrap()
}

fn card(issued: Issued, levers: Levers) -> Card {
    Card::new(issued, Can::of(&number()), mrz_key(1999), levers)
}

fn by_can() -> AccessKeys {
    AccessKeys { can: Some(Can::of(&number())), mrz: None }
}

fn today() -> Date {
    Date::new(2026, 11, 23).unwrap()
}

fn prove(issued: Issued, trust: &Trust) -> Document {
    let mut card = card(issued, Levers::default());
    let mut session = CardSession::new(&mut card, Lengths::Short);
    session.set_chip_checks(ChipChecks::All);
    let mut rng = SeededRng(7);
    session.open(&by_can(), &mut rng, UNTIL, &mut go_on).unwrap();
    let mut document = session.read_form(trust, UNTIL, &mut go_on).unwrap();
    session.prove_chip(&mut document, &mut rng, UNTIL, &mut go_on).unwrap();
    document
}

#[test]
fn a_copy_that_withholds_its_keys_is_not_one_without() {
    let mut issued = issue(1_000);
    for group in [DataGroup::DG14, DataGroup::DG15] {
        issued.files.remove(&ElementaryFile::Group(group).identifier());
    }
    let document = prove(issued, &Trust::new(today()));
    assert_eq!(document.chip.chip_authentication, ChipProof::Failed(ProofFailure::KeyWithheld));
    assert_eq!(document.chip.active_authentication, ChipProof::Failed(ProofFailure::KeyWithheld));
    assert_eq!(document.chip.verdict(), ChipVerdict::Failed);
}

#[test]
fn a_copy_with_a_group_that_names_no_key_fails_because_that_was_not_signed() {
    let mut issued = issue(1_000);
    for (group, file) in [(DataGroup::DG14, "6E023100"), (DataGroup::DG15, "6F023000")] {
        issued.files.insert(ElementaryFile::Group(group).identifier(), hex(file));
    }
    let document = prove(issued, &Trust::new(today()));
    assert_eq!(document.chip.chip_authentication, ChipProof::Failed(ProofFailure::KeyNotSigned));
    assert_eq!(document.chip.active_authentication, ChipProof::Failed(ProofFailure::KeyNotSigned));
}

#[test]
fn a_document_is_genuine_only_when_all_four_results_say_so() {
    let issued = issue(1_000);
    let trusting = |anchor: &[u8]| {
        let mut trust = Trust::new(today());
        trust.add_anchor(anchor).unwrap();
        trust
    };
    let ours = trusting(&issued.anchor);
    assert_eq!(prove(issued.clone(), &ours).verdict(), DocumentVerdict::Genuine);
    assert_eq!(prove(issued.clone(), &Trust::new(today())).verdict(), DocumentVerdict::NotVouchedFor);

    let keyless = issue_without(&[DataGroup::DG14, DataGroup::DG15]);
    assert_eq!(prove(keyless, &ours).verdict(), DocumentVerdict::Issued);

    let other = key(9);
    let spec =
        CertificateSpec { subject: ("Country", &other), issuer: ("Country", &other), valid: ("220101", "370101") };
    assert_eq!(prove(issued.clone(), &trusting(&spec.encode())).verdict(), DocumentVerdict::Doubtful);

    let mut changed = issued.clone();
    *changed.files.get_mut(&ElementaryFile::Group(DataGroup::DG13).identifier()).unwrap().last_mut().unwrap() ^= 1;
    assert_eq!(prove(changed, &ours).verdict(), DocumentVerdict::Doubtful);

    let copy = Issued { agreement_key: vec![5; 32], ..issued };
    assert_eq!(prove(copy, &ours).verdict(), DocumentVerdict::Doubtful);
}

#[test]
fn nothing_is_sent_in_the_clear_after_the_protected_conversation_broke() {
    let mut whole = card(issue(1_000), Levers::default());
    CardSession::new(&mut whole, Lengths::Short).open(&by_can(), &mut SeededRng(7), UNTIL, &mut go_on).unwrap();
    let broken_at = whole.commands + 1;
    let mut card = card(issue(1_000), Levers { answer_at: Some((broken_at, vec![0x69, 0x88])), ..Levers::default() });
    let mut session = CardSession::new(&mut card, Lengths::Short);
    session.open(&by_can(), &mut SeededRng(7), UNTIL, &mut go_on).unwrap();
    let file = ElementaryFile::Group(DataGroup::DG1);
    session.read_file(file, UNTIL, &mut go_on).unwrap_err();
    let error = session.read_file(file, UNTIL, &mut go_on).unwrap_err();
    assert!(matches!(error, ReadFileError::Exchange { cause: ExchangeError::Closed, .. }), "{error:?}");
    assert_eq!(session.traffic().apdus, broken_at);
    session.open(&by_can(), &mut SeededRng(8), UNTIL, &mut go_on).unwrap();
    session.read_file(file, UNTIL, &mut go_on).unwrap();
}

#[test]
fn a_card_that_breaks_down_while_it_is_opened_has_no_wrong_password() {
    let mut whole = card(issue(600), Levers::default());
    CardSession::new(&mut whole, Lengths::Short).open(&by_can(), &mut SeededRng(7), UNTIL, &mut go_on).unwrap();
    for at in 1..=whole.commands {
        let mut card = card(issue(600), Levers { answer_at: Some((at, vec![0x6F, 0x00])), ..Levers::default() });
        let outcome = CardSession::new(&mut card, Lengths::Short).open(&by_can(), &mut SeededRng(7), UNTIL, &mut go_on);
        assert!(!matches!(outcome, Err(AccessError::WrongPassword(_))), "command {at}: {outcome:?}");
    }
}

#[test]
fn a_wrong_zone_is_not_tried_again_by_the_old_way() {
    let mut card = card(issue(600), Levers::default());
    let keys = AccessKeys { can: None, mrz: Some(mrz_key(1998)) };
    let outcome = CardSession::new(&mut card, Lengths::Short).open(&keys, &mut SeededRng(7), UNTIL, &mut go_on);
    assert!(matches!(outcome, Err(AccessError::WrongPassword(Password::Mrz))), "{outcome:?}");
    assert!(card.challenge.is_empty(), "a second guess was spent on the same zone");
}

/// The test card's clock moves 10 ms a command, and it never minds a deadline itself.
#[test]
fn a_card_that_goes_on_answering_is_left_at_the_deadline() {
    let mut card = card(issue(15_000), Levers::default());
    let mut session = CardSession::new(&mut card, Lengths::Short);
    session.open(&by_can(), &mut SeededRng(7), UNTIL, &mut go_on).unwrap();
    let before = session.traffic().apdus;
    let until = Uptime::from_millis(u64::try_from(before + 5).unwrap() * 10);
    let error = session.read_file(ElementaryFile::Group(DataGroup::DG2), until, &mut go_on).unwrap_err();
    let timed_out = ReadFileError::Exchange {
        file: ElementaryFile::Group(DataGroup::DG2),
        cause: ExchangeError::Link(LinkError::TimedOut),
    };
    assert_eq!(format!("{error:?}"), format!("{timed_out:?}"));
    assert_eq!(session.traffic().apdus, before + 5);
}

#[test]
fn a_nonce_above_the_order_is_taken_modulo_the_order() {
    let domain = Domain::standardised(13).unwrap();
    let shared = domain.key_pair(&domain.generator().unwrap(), &mut SeededRng(1)).unwrap().public;
    let order = U256::from_be_hex(NamedCurve::BrainpoolP256r1.parameters().n);
    let rest = U256::MAX.wrapping_sub(&order).to_be_bytes();
    let mapped = domain.map(&[0xFF; 32], &shared).unwrap();
    assert_eq!(mapped, domain.map(rest.as_slice(), &shared).unwrap());
}

#[test]
fn points_that_are_not_on_the_curve_agree_on_nothing() {
    for number in [12, 13, 15, 16, 18] {
        let domain = Domain::standardised(number).unwrap();
        let good = domain.key_pair(&domain.generator().unwrap(), &mut SeededRng(1)).unwrap();
        let mut off = good.public.clone();
        *off.last_mut().unwrap() ^= 1;
        let mut zero = vec![0; good.public.len()];
        zero[0] = 4;
        for bad in [off, zero, vec![0], Vec::new()] {
            assert!(domain.agree(&good.secret, &bad).is_err(), "{domain}: {} bytes", bad.len());
        }
    }
}

#[test]
fn a_chip_key_on_a_curve_is_not_used_by_the_protocol_modulo_a_prime() {
    let domain = Domain::standardised(13).unwrap();
    let public = domain.generator().unwrap();
    let info = |agreement, cipher| {
        sequence(&[object(&[oid::CHIP_AUTHENTICATION, &[agreement, cipher]].concat()), encode(0x02, &[1])])
    };
    let key = sequence(&[
        object(&[oid::CHIP_PUBLIC_KEY, &[2]].concat()),
        key_info(NamedCurve::BrainpoolP256r1.oid(), &public),
    ]);
    let group = encode(0x6E, &encode(0x31, &[info(1, 1), info(2, 4), key].concat()));
    assert_eq!(ChipKey::parse(&group).unwrap().suite(), crate::CipherSuite::Aes256);
}

#[test]
fn a_key_modulo_a_prime_is_not_supported_and_says_so() {
    // dhpublicnumber with parameters and a key that nothing here reads.
    let algorithm = sequence(&[object(&[0x2A, 0x86, 0x48, 0xCE, 0x3E, 2, 1]), sequence(&[encode(0x02, &[23])])]);
    let info = sequence(&[algorithm, encode(0x03, &[0, 0x02, 1, 5])]);
    let key = sequence(&[object(&[oid::CHIP_PUBLIC_KEY, &[1]].concat()), info]);
    let group = encode(0x6E, &encode(0x31, &key));
    let why = ChipKey::parse(&group).err().unwrap();
    assert_eq!((why, why.code()), (ProofUnsupported::DiffieHellman, "key_for_diffie_hellman_modulo_a_prime"));
}

/// What was remembered for an ATR may be wrong for a card or a reader: it is unlearned, and the next try succeeds.
#[test]
fn a_card_that_is_wrongly_remembered_for_extended_length_is_asked_in_the_short_form_next() {
    for extended in [Extended::Refuses, Extended::BreaksOff] {
        let mut card = card(issue(600), Levers { extended, ..Levers::default() });
        let mut session = CardSession::new(&mut card, Lengths::Extended);
        session.open(&by_can(), &mut SeededRng(7), UNTIL, &mut go_on).unwrap();
        let file = ElementaryFile::Group(DataGroup::DG2);
        let first = session.read_file(file, UNTIL, &mut go_on);
        assert_eq!(first.is_ok(), extended == Extended::Refuses);
        assert_eq!(session.lengths(), Lengths::Short);
        session.open(&by_can(), &mut SeededRng(8), UNTIL, &mut go_on).unwrap();
        session.read_file(file, UNTIL, &mut go_on).unwrap();
    }
}

/// The head of a picture of 2,000 by 2,000 pixels with square tiles of this size.
fn code_stream(components: u16, tile: u32) -> Vec<u8> {
    let mut stream = hex("FF4FFF51");
    stream.extend((38 + 3 * components).to_be_bytes());
    stream.extend([0, 0]);
    for number in [2_000, 2_000, 0, 0, tile, tile, 0, 0] {
        stream.extend(number.to_be_bytes());
    }
    stream.extend(components.to_be_bytes());
    (0..components).for_each(|_| stream.extend([7, 1, 1]));
    stream
}

/// Thousands of components or millions of tiles would take more memory than there is.
#[test]
fn a_face_with_more_components_or_tiles_than_faces_have_is_not_decoded() {
    let stream = code_stream(16_000, 2_000);
    let portrait = dg2::parse(&encode(0x75, &encode(0x7F61, &encode(0x7F60, &encode(0x5F2E, &stream))))).unwrap();
    assert_eq!(portrait.decode(), Err(PictureError::Colours(16_000)));
    for (tile, expected) in [(1, Some(PictureError::Damaged)), (0, Some(PictureError::Damaged)), (64, None)] {
        assert_eq!(too_much_to_decode(&code_stream(3, tile)), expected, "tiles of {tile}");
    }
}

/// One channel and a palette that would make thousands of planes of it.
#[test]
fn a_palette_is_not_unfolded() {
    let pictures = include_str!("../tests/vectors/pictures.hex");
    let mut file = hex(pictures.lines().nth(3).unwrap());
    let at = file.windows(4).position(|kind| kind == b"colr").unwrap() - 4;
    let boxed = |kind: &[u8], content: &[u8]| {
        let length = u32::try_from(content.len() + 8).unwrap();
        [&length.to_be_bytes()[..], kind, content].concat()
    };
    let palette = boxed(b"pclr", &[0, 2, 1, 7, 0, 255]);
    let mapping = boxed(b"cmap", &[0, 0, 1, 0].repeat(5));
    let added = palette.len() + mapping.len();
    file.splice(at..at, [palette, mapping].concat());
    let header = file.windows(4).position(|kind| kind == b"jp2h").unwrap() - 4;
    let length = u32::from_be_bytes(file[header..header + 4].try_into().unwrap()) + u32::try_from(added).unwrap();
    file[header..header + 4].copy_from_slice(&length.to_be_bytes());
    let portrait = dg2::parse(&encode(0x75, &encode(0x7F61, &encode(0x7F60, &encode(0x5F2E, &file))))).unwrap();
    assert!(portrait.decode().is_ok(), "five planes were made of one");
}
