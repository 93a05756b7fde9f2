//! What holds for all inputs.

#![allow(clippy::wildcard_enum_match_arm, reason = "a test may look at one case only")]

use proptest::prelude::*;
use vn_identity::{Card, Claim, Date, Document, Layout, PAYLOAD_BYTES_MAX, Refusal, Sex, decode};

fn decode_card(bytes: &[u8]) -> Result<Card, Refusal> {
    match decode(bytes)?.document {
        Document::Card(card) => Ok(card),
        other => panic!("{other:?} is no card"),
    }
}

fn warnings(card: Card) -> Vec<vn_identity::Warning> {
    Claim { provenance: vn_identity::Provenance::Code, document: Document::Card(card) }.warnings()
}

/// A card in the form it is printed in: what `decode` must read back.
fn encode(claim: &Card) -> String {
    let date = |date: Date| format!("{:02}{:02}{:04}", date.day, date.month, date.year);
    let seven = [
        claim.number.as_str().to_owned(),
        claim.old_number.as_ref().map_or(String::new(), |number| number.as_str().to_owned()),
        claim.name.as_str().to_owned(),
        date(claim.birth),
        if claim.sex == Sex::Male { "Nam" } else { "Nữ" }.to_owned(),
        claim.residence.as_str().to_owned(),
        claim.issued.map_or(String::new(), date),
    ];
    let name =
        |name: &Option<vn_identity::PersonName>| name.as_ref().map_or(String::new(), |name| name.as_str().to_owned());
    let cancelled = claim.cancelled_number.as_ref().map_or(String::new(), |number| number.as_str().to_owned());
    match claim.layout {
        Layout::Cccd2021 => seven.join("|"),
        Layout::CanCuoc2024 => {
            [seven.join("|"), cancelled, name(&claim.father), name(&claim.mother), String::new()].join("|")
        }
    }
}

fn name() -> impl Strategy<Value = String> {
    proptest::collection::vec("[A-ZĐÂĂÊÔƠƯ][a-zđáàảãạâấầẩẫậăắằẳẵặêếềểễệôốồổỗộơớờởỡợưứừửữự]{1,8}", 1..5)
        .prop_map(|words| words.join(" "))
}

fn day(years: std::ops::Range<u16>) -> impl Strategy<Value = String> {
    (1u8..=28, 1u8..=12, years).prop_map(|(day, month, year)| format!("{day:02}{month:02}{year:04}"))
}

fn card() -> impl Strategy<Value = String> {
    let seven = (
        "[0-9]{12}",
        "([0-9]{9}|[0-9]{12})?",
        name(),
        day(1910..2010),
        prop_oneof![Just("Nam"), Just("Nữ")],
        "([A-ZĐ][a-zàáâãèéêìíòóôõùúýăđĩũơưạ]{1,9},? ?){0,6}[a-z]",
        day(2021..2030),
    )
        .prop_map(|(number, old, name, birth, sex, residence, issued)| {
            format!("{number}|{old}|{name}|{birth}|{sex}|{residence}|{issued}")
        });
    let further = prop_oneof![
        Just(String::new()),
        ("([0-9]{12})?", proptest::option::of(name()), proptest::option::of(name())).prop_map(
            |(cancelled, father, mother)| {
                format!("|{cancelled}|{}|{}|", father.unwrap_or_default(), mother.unwrap_or_default())
            }
        ),
    ];
    (seven, further).prop_map(|(seven, further)| seven + &further)
}

proptest! {
    #[test]
    fn any_bytes_end_in_a_claim_or_a_refusal(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = decode(&bytes);
    }

    #[test]
    fn any_fields_end_in_a_claim_or_a_refusal(fields in proptest::collection::vec("[0-9]{12}|[0-9]{8}|Nam|Nữ|\\PC{0,12}", 0..24)) {
        let _ = decode(fields.join("|").as_bytes());
    }

    #[test]
    fn a_card_cut_or_damaged_anywhere_never_panics(card in card(), at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut bytes = card.into_bytes();
        let at = at.index(bytes.len());
        let _ = decode(&bytes[..at]);
        bytes[at] = byte;
        let _ = decode(&bytes);
    }

    #[test]
    fn what_is_written_from_a_claim_is_read_back_as_the_same_claim(card in card()) {
        let claim = decode_card(card.as_bytes()).expect("a well-formed card");
        let again = decode_card(encode(&claim).as_bytes()).expect("a card written from a claim");
        prop_assert!(claim == again);
    }

    #[test]
    fn a_well_formed_card_is_read_field_by_field(card in card()) {
        let claim = decode_card(card.as_bytes()).expect("a well-formed card");
        let fields: Vec<&str> = card.split('|').collect();
        prop_assert_eq!(claim.number.as_str(), fields[0]);
        prop_assert_eq!(claim.name.as_str(), fields[2]);
        prop_assert_eq!(claim.residence.as_str(), fields[5].trim());
    }

    /// A card's code has no check digit: somebody who changes it changes the claim. What a reader must never do is take
    /// a changed text for the old one: what comes out, written again, is the changed text.
    #[test]
    fn a_changed_character_is_refused_or_in_the_claim(
        card in card(), at in any::<prop::sample::Index>(), to in prop_oneof!["[0-9]", "[a-zA-Z]", "[|$ ,./<>-]", "\\PC"]
    ) {
        let changed = changed(&card, at, &to);
        if let Ok(claim) = decode(changed.as_bytes()) {
            let Document::Card(read) = claim.document else { panic!("another kind of token") };
            // Where a card of seven fields has an issue date of the new law, it is written with its empty fields.
            let fields = |text: &str| {
                let mut fields: Vec<_> = text.split('|').map(single_spaced).collect();
                // The sex is read in either case, and a hyphen alone stands for nothing.
                fields[4] = fields[4].to_lowercase();
                fields.iter_mut().filter(|field| *field == "-").for_each(String::clear);
                fields.truncate(1 + fields.iter().rposition(|field| !field.is_empty()).unwrap_or_default());
                fields
            };
            let written = encode(&read);
            prop_assert!(read.unread_fields > 0 || fields(&written) == fields(&changed), "{} from {}", written, changed);
        }
    }

    #[test]
    fn nothing_of_the_card_is_in_a_debug_text_or_a_refusal(card in card(), at in any::<prop::sample::Index>()) {
        let number = card.get(..12).unwrap_or_default().to_owned();
        let shown = match decode(card.as_bytes()) {
            Ok(claim) => format!("{claim:?} {:?}", claim.warnings()),
            Err(refusal) => format!("{refusal} {refusal:?}"),
        };
        prop_assert!(!shown.contains(&number), "{}", shown);
        let cut = &card.as_bytes()[..at.index(card.len())];
        if let Err(refusal) = decode(cut) {
            let shown = format!("{refusal} {refusal:?}");
            prop_assert!(!shown.contains(&number), "{}", shown);
        }
    }
}

fn changed(text: &str, at: prop::sample::Index, to: &str) -> String {
    let mut characters: Vec<char> = text.chars().collect();
    let at = at.index(characters.len());
    characters[at] = to.chars().next().unwrap_or('x');
    characters.into_iter().collect()
}

fn single_spaced(text: &str) -> String {
    use unicode_normalization::UnicodeNormalization;
    text.trim()
        .nfc()
        .collect::<String>()
        .split([' ', '\u{A0}'])
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

const CARD: &str = "001090999901||Nguyễn Văn Mẫu|14051990|Nam|Số 1 Đường Thử Nghiệm|22042021";

#[test]
fn a_separator_in_the_residence_of_either_card_is_kept() {
    let old = decode_card("001090999916||Đinh Văn Gạch|14051990|Nam|Số 2|4 Ngõ Thử|22042021".as_bytes()).unwrap();
    assert_eq!((old.residence.as_str(), old.layout), ("Số 2|4 Ngõ Thử", Layout::Cccd2021));
    let new = decode_card("001090999916||Đinh Văn Gạch|14051990|Nam|Số 2|4 Ngõ|Thử|22042025||Võ Văn Cha||".as_bytes())
        .unwrap();
    assert_eq!((new.residence.as_str(), new.layout), ("Số 2|4 Ngõ|Thử", Layout::CanCuoc2024));
    assert_eq!(new.father.as_ref().map(|name| name.as_str()), Some("Võ Văn Cha"));
}

#[test]
fn dates_that_no_calendar_has_are_refused() {
    let with =
        |birth: &str, issued: &str| decode(CARD.replace("14051990", birth).replace("22042021", issued).as_bytes());
    assert_eq!(with("31021990", "22042021"), Err(Refusal::BirthNotADay));
    assert_eq!(with("1990", "22042021"), Err(Refusal::BirthFormat));
    assert_eq!(with("14051990", "31022021"), Err(Refusal::IssueNotADay));
    assert_eq!(with("14051990", "22/04/2021"), Err(Refusal::IssueFormat));
}

#[test]
fn eight_and_nine_fields_are_no_card() {
    for extra in ["|", "||"] {
        let record = format!("{CARD}{extra}");
        assert_eq!(decode(record.as_bytes()), Err(Refusal::FieldCount { got: 6 + extra.len() + 1 }));
    }
}

#[test]
fn text_in_an_unconfirmed_place_turns_no_child_away() {
    let claim =
        decode_card("001216999990||Lê Bé Mẫu|09032016|Nam|Hà Nội|01032025|Lê Văn Cha|Vũ Thị Mẹ||x".as_bytes()).unwrap();
    assert_eq!(claim.cancelled_number, None);
    assert_eq!(claim.unread_fields, 2);
    assert_eq!(warnings(claim), [vn_identity::Warning::UnreadFields]);
}

#[test]
fn two_new_cards_in_one_scan_are_two_records() {
    let new = "001090999931||Nguyễn Văn Thẻ Mới|14051990|Nam|Hà Nội|15072024||||";
    assert_eq!(decode(format!("{new}{new}").as_bytes()), Err(Refusal::TwoRecords));
}

#[test]
fn a_payload_no_symbol_can_hold_is_too_long() {
    let got = PAYLOAD_BYTES_MAX + 1;
    assert_eq!(decode(&vec![b'|'; got]), Err(Refusal::TooLong { max: PAYLOAD_BYTES_MAX, got }));
}
