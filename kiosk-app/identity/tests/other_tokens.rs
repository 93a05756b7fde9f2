//! What holds for health insurance codes, the MRZ, the chip and payment codes, whatever they say.

#![allow(
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    reason = "a test may fail by panicking and look at one case only"
)]

use proptest::prelude::*;
use vn_identity::mrz::{self, Checked, MrzRefusal};
use vn_identity::vietqr::{Additional, Amount, Beneficiary, Mode, Service, VietQr, VietQrRefusal};
use vn_identity::{Birth, Date, Document, Insurance, Provenance, Refusal, Sex, Token, chip, decode};

fn hex(text: &str) -> String {
    text.bytes().map(|byte| format!("{byte:02x}")).collect()
}

fn name() -> impl Strategy<Value = String> {
    proptest::collection::vec("[A-ZĐÂĂÊÔƠƯ][a-zđáàảãạâấầẩẫậăắằẳẵặêếềểễệôốồổỗộơớờởỡợưứừửữự]{1,8}", 1..5)
        .prop_map(|words| words.join(" "))
}

fn day(years: std::ops::Range<u16>) -> impl Strategy<Value = String> {
    (1u8..=28, 1u8..=12, years).prop_map(|(day, month, year)| format!("{day:02}/{month:02}/{year:04}"))
}

/// The fields of an insurance record up to the date of issue.
fn nine() -> impl Strategy<Value = Vec<String>> {
    let code = prop_oneof!["[A-Z]{2}[1-5](0[1-9]|[1-9][0-9])[0-9A-Z]{10}", "[0-9]{10}", "[0-9]{12}"];
    let birth = prop_oneof![day(1910..2010), "19[0-9]{2}"];
    let address = prop_oneof![name().prop_map(|text| hex(&text)), Just("-".to_owned()), Just(String::new())];
    (
        code,
        name(),
        birth,
        "[12]",
        address,
        "[0-9]{2}[ -]{0,3}[0-9A-Z]{3}",
        day(2011..2020),
        day(2020..2030),
        day(2011..2026),
    )
        .prop_map(|(code, name, birth, sex, address, facility, from, to, issued)| {
            vec![code, hex(&name), birth, sex, address, facility, from, to, issued]
        })
}

fn record() -> impl Strategy<Value = String> {
    let more =
        ("[0-9]{14}|", prop_oneof![Just("-".to_owned()), name().prop_map(|name| hex(&name))], "[4-7]", day(2011..2030));
    let end = prop_oneof![Just(None), name().prop_map(Some)];
    (nine(), proptest::option::of((more, end))).prop_map(|(mut fields, more)| {
        if let Some(((management, parent, area, five_years), end)) = more {
            fields.extend([management, parent, area, format!(" {five_years}"), "0123456789abcdef-7102".into()]);
            fields.extend(end.into_iter().flat_map(|place| ["4".to_owned(), hex(&place)]));
        }
        format!("{}|$", fields.join("|"))
    })
}

fn insurance(text: &str) -> Result<Insurance, Refusal> {
    match decode(text.as_bytes())?.document {
        Document::Insurance(insurance) => Ok(*insurance),
        other => panic!("{other:?} is no insurance"),
    }
}

/// Indices of the fields that are not read: management code and check string.
const UNREAD: [usize; 2] = [9, 13];
/// Index of the area, where `4` says as much as nothing.
const AREA: usize = 11;

proptest! {
    #[test]
    fn an_insurance_record_is_read_field_by_field(record in record()) {
        let read = insurance(&record).unwrap();
        let fields: Vec<&str> = record.split('|').collect();
        prop_assert_eq!(read.code.as_str(), fields[0]);
        prop_assert_eq!(hex(read.name.as_ref().unwrap().as_str()), fields[1]);
        let iso = |text: &str| text.split('/').rev().collect::<Vec<_>>().join("-");
        prop_assert_eq!(read.birth.to_string(), iso(fields[2]));
        prop_assert_eq!(read.sex == Sex::Male, fields[3] == "1");
        prop_assert_eq!(read.valid_from.unwrap().to_string(), iso(fields[6]));
        prop_assert_eq!(read.issued.unwrap().to_string(), iso(fields[8]));
    }

    #[test]
    fn a_cut_insurance_record_is_refused(record in record(), at in any::<prop::sample::Index>()) {
        let at = at.index(record.len() - 1);
        let cut = &record[..at];
        let whole_minimum = cut.split('|').count() == 4;
        prop_assert!(whole_minimum || decode(cut.as_bytes()).is_err(), "{}", cut);
    }

    /// One changed character is refused, or is in the claim, or is in a field that is not read, or changes nothing of
    /// what a field says (letter case of hexadecimal, separators of the facility, spaces around a field, the separator
    /// before the end mark).
    #[test]
    fn a_changed_character_of_an_insurance_record_never_goes_unseen(
        record in record(), at in any::<prop::sample::Index>(), to in prop_oneof!["[0-9a-f]", "[A-Z]", "[ |$/-]"]
    ) {
        let mut bytes = record.clone().into_bytes();
        let at = at.index(bytes.len());
        bytes[at] = to.as_bytes()[0];
        let changed = String::from_utf8(bytes).unwrap();
        if let (Ok(before), Ok(after)) = (insurance(&record), insurance(&changed)) && before == after {
            let field = record[..at].matches('|').count();
            let said = |text: &str| {
                let said = text.split('|').nth(field).unwrap_or_default().trim().to_lowercase();
                let nothing = said == "-" || (field == AREA && said == "4");
                if nothing { String::new() } else { said.replace([' ', '-', '$'], "") }
            };
            prop_assert!(UNREAD.contains(&field) || said(&record) == said(&changed), "{} as {}", record, changed);
        }
    }

    #[test]
    fn no_bytes_make_a_parser_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = chip::entries(&bytes);
        let _ = chip::parse(&bytes);
        let _ = mrz::from_data_group_1(&bytes);
        let text = String::from_utf8_lossy(&bytes);
        let _ = mrz::parse(&text);
        let _ = VietQr::parse(&text);
        let _ = VietQr::parse(&format!("000201{text}"));
    }

    #[test]
    fn a_payment_code_is_read_as_it_was_written(code in payment()) {
        let payload = code.encode().unwrap();
        prop_assert_eq!(VietQr::parse(&payload), Ok(code));
    }

    /// The CRC finds every change within 16 bits, and so of one character.
    #[test]
    fn a_changed_character_of_a_payment_code_is_refused(
        code in payment(), at in any::<prop::sample::Index>(), to in "[ -~]"
    ) {
        let payload = code.encode().unwrap();
        let mut changed = payload.clone().into_bytes();
        let at = at.index(changed.len());
        changed[at] = to.as_bytes()[0];
        let changed = String::from_utf8(changed).unwrap();
        prop_assert!(changed == payload || VietQr::parse(&changed).is_err(), "{}", changed);
    }

    /// Every field of a zone but the name and the sex has a check digit of its own or is part of one.
    #[test]
    fn a_changed_digit_of_a_zone_is_refused(number in "[0-9]{3}[0-9][0-9]{2}[0-9]{6}", at in any::<prop::sample::Index>(), to in 0u8..10) {
        let zone = zone(&number);
        prop_assert!(mrz::parse(&zone).is_ok());
        let digits: Vec<usize> = zone.bytes().enumerate().filter(|(_, byte)| byte.is_ascii_digit()).map(|(at, _)| at).collect();
        let at = digits[at.index(digits.len())];
        let mut changed = zone.clone().into_bytes();
        changed[at] = b'0' + to;
        let changed = String::from_utf8(changed).unwrap();
        prop_assert!(changed == zone || mrz::parse(&changed).is_err(), "{}", changed);
    }

    #[test]
    fn data_group_13_is_read_as_it_was_written(number in "[0-9]{12}", name in name(), residence in "[A-Z][a-z]{0,299}") {
        let bytes = data_group_13(&[(1, &number), (2, &name), (3, "14/05/1990"), (9, &residence)]);
        let claim = decode(&bytes).unwrap();
        prop_assert_eq!(claim.provenance, Provenance::Chip);
        let Document::Chip(read) = claim.document else { panic!("not a chip") };
        prop_assert_eq!(read.number.as_str(), number);
        prop_assert_eq!(read.name.as_str(), name);
        prop_assert!(read.residence.is_some_and(|read| read.as_str() == residence));
    }

    #[test]
    fn a_cut_data_group_is_refused(at in any::<prop::sample::Index>()) {
        let bytes = data_group_13(&[(1, "001090999980"), (2, "Nguyễn Văn Mẫu"), (3, "14/05/1990"), (9, &"Hà Nội ".repeat(40))]);
        prop_assert!(chip::parse(&bytes[..at.index(bytes.len())]).is_err());
    }
}

fn payment() -> impl Strategy<Value = VietQr> {
    let text = || proptest::option::of("[A-Z0-9][A-Z0-9 ]{0,10}");
    let additional = (text(), text(), text(), text()).prop_map(|(bill_number, reference, terminal, purpose)| {
        Additional { bill_number, reference, terminal, purpose, ..Additional::default() }
    });
    let beneficiary = ("[0-9]{6}", "[A-Z0-9]{1,19}", any::<bool>()).prop_map(|(bin, account, card)| Beneficiary {
        bin,
        account,
        service: if card { Service::Card } else { Service::Account },
    });
    let mode = prop_oneof![Just(None), Just(Some(Mode::Static)), Just(Some(Mode::Dynamic))];
    (mode, beneficiary, proptest::option::of("[0-9]{4}"), 1u64..10_000_000_000_000, text(), text(), additional)
        .prop_map(|(mode, beneficiary, merchant_category, dong, merchant_name, city, additional)| VietQr {
            mode,
            beneficiary,
            merchant_category,
            amount: Amount::dong(dong),
            merchant_name,
            city,
            additional,
        })
}

/// A card's zone, its check digits computed here by the rule of ICAO 9303-3, 4.9.
fn zone(number: &str) -> String {
    let check = |text: &str| {
        let values =
            text.bytes().map(|byte| u32::from(byte.checked_sub(b'0').filter(|digit| *digit < 10).unwrap_or(0)));
        char::from_digit(
            values.zip([7, 3, 1].into_iter().cycle()).map(|(value, weight)| value * weight).sum::<u32>() % 10,
            10,
        )
        .unwrap()
    };
    let document = &number[3..];
    let first = format!("IDVNM{document}{}{number}<<{}", check(document), check(number));
    let (birth, expiry) = ("851203", "351203");
    let (b, e) = (check(birth), check(expiry));
    let whole = check(&format!("{}{birth}{b}{expiry}{e}<<<<<<<<<<<", &first[5..]));
    format!("{first}\n{birth}{b}F{expiry}{e}VNM<<<<<<<<<<<{whole}\nTRAN<<THI<THU<<<<<<<<<<<<<<<<<")
}

/// DER of data group 13 with these entries, lengths in their shortest form.
fn data_group_13(entries: &[(u8, &str)]) -> Vec<u8> {
    let set: Vec<u8> = entries
        .iter()
        .flat_map(|(number, text)| tlv(0x30, &[tlv(0x02, &[*number]), tlv(0x0C, text.as_bytes())].concat()))
        .collect();
    let head = [tlv(0x02, &[1]), tlv(0x06, &[0x28, 0xD3, 0x16, 0x01, 0x00, 0x08])].concat();
    tlv(0x6D, &tlv(0x30, &[head, tlv(0x31, &set)].concat()))
}

fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len();
    let head = match length {
        0..=0x7F => vec![tag, length as u8],
        0x80..=0xFF => vec![tag, 0x81, length as u8],
        _ => vec![tag, 0x82, (length >> 8) as u8, length as u8],
    };
    [head, content.to_vec()].concat()
}

#[test]
fn what_is_told_twice_or_is_unknown_on_a_chip_is_refused() {
    let twice = data_group_13(&[(1, "001090999980"), (1, "001090999981")]);
    assert_eq!(decode(&twice), Err(Refusal::Chip(chip::ChipRefusal::Twice { entry: 1 })));
    let nameless = data_group_13(&[(1, "001090999980"), (3, "14/05/1990")]);
    assert_eq!(decode(&nameless), Err(Refusal::Chip(chip::ChipRefusal::Missing { entry: 2 })));
    let hidden = data_group_13(&[(1, "001090999980"), (2, "Mẫu\u{202e}"), (3, "14/05/1990")]);
    assert_eq!(decode(&hidden), Err(Refusal::BidiCharacter));
    let mut other_type = data_group_13(&[(1, "001090999980"), (2, "Mẫu"), (3, "1990")]);
    assert_eq!(decode(&other_type).unwrap().birth(), Some(Birth::Year(1990)));
    let at = other_type.windows(2).position(|pair| pair == [0x28, 0xD3]).unwrap();
    other_type[at] = 0x29;
    assert_eq!(decode(&other_type), Err(Refusal::Chip(chip::ChipRefusal::UnknownContent)));
}

#[test]
fn what_is_odd_on_a_chip_costs_itself_and_no_more() {
    let odd = |refusal: chip::ChipRefusal| Refusal::Chip(refusal);
    let good: &[(u8, &str)] = &[(1, "001090999980"), (2, "Mẫu"), (3, "14/05/1990"), (4, "Nữ"), (5, "Việt Nam")];
    let plain = chip::details(&data_group_13(good)).unwrap();
    assert_eq!((plain.oddities.len(), plain.sex), (0, Some(Sex::Female)));
    assert_eq!(plain.nationality.unwrap().as_str(), "Việt Nam");

    for birth in ["+5/+1/1999", "05/01/+199", "31/02/1990"] {
        let details = chip::details(&data_group_13(&[(1, "001090999980"), (2, "Mẫu"), (3, birth)])).unwrap();
        assert_eq!((details.birth, details.number.is_some()), (None, true), "{birth}");
        assert_eq!(details.oddities, [odd(chip::ChipRefusal::NotADate { entry: 3 })]);
    }
    let mut other_type = data_group_13(good);
    let at = other_type.windows(2).position(|pair| pair == [0x28, 0xD3]).unwrap();
    other_type[at] = 0x29;
    let details = chip::details(&other_type).unwrap();
    assert_eq!((details.name, details.oddities), (plain.name, vec![odd(chip::ChipRefusal::UnknownContent)]));

    let mut not_text = data_group_13(good);
    let at = not_text.windows(3).position(|three| three == [0x0C, 5, b'M']).unwrap();
    not_text[at] = 0x04;
    let details = chip::details(&not_text).unwrap();
    assert_eq!((details.name, details.birth), (None, plain.birth));
    assert_eq!(details.oddities, [odd(chip::ChipRefusal::NotText { entry: 2 })]);
    assert_eq!(chip::parse(&not_text), Err(odd(chip::ChipRefusal::NotText { entry: 2 })));
}

#[test]
fn a_zone_of_another_state_is_read_at_the_chip_and_refused_as_an_identity() {
    let good = zone("079185999972").replace('\n', "");
    let group = |zone: &str| [&[0x61, 0x5D, 0x5F, 0x1F, 0x5A], zone.as_bytes()].concat();
    let read = mrz::zone_of_data_group_1(&group(&good)).unwrap();
    assert_eq!((read.issuer.as_str(), read.oddities.len()), ("VNM", 0));
    assert_eq!(read.number.unwrap().as_str(), "079185999972");
    let other = mrz::zone_of_data_group_1(&group(&good.replacen("VNM", "LAO", 1))).unwrap();
    assert_eq!((other.number, other.oddities), (None, vec![MrzRefusal::NotVietNam]));
    assert_eq!(other.name, read.name);
    // Lengths need not be in their shortest form.
    let long = [&[0x61, 0x81, 0x5E, 0x5F, 0x1F, 0x81, 0x5A], good.as_bytes()].concat();
    assert!(mrz::from_data_group_1(&long).is_ok());
    assert_eq!(mrz::zone_of_data_group_1(&group(&good)[..60]), Err(MrzRefusal::DataGroup));
}

#[test]
fn zeros_to_the_end_of_the_file_are_no_damage_and_anything_else_is() {
    let bytes = data_group_13(&[(1, "001090999980"), (2, "Mẫu"), (3, "14/05/1990")]);
    assert!(chip::parse(&[&bytes[..], &[0; 40]].concat()).is_ok());
    assert!(chip::parse(&[&bytes[..], &[0x90, 0]].concat()).is_err());
}

#[test]
fn a_zone_is_read_with_any_line_ends_and_from_the_chip() {
    let zone = zone("079185999972");
    let bare = zone.replace('\n', "");
    for text in
        [zone.clone(), zone.replace('\n', "\r\n"), zone.replace('\n', "\r"), bare.clone(), format!("{zone}\r\n")]
    {
        let claim = decode(text.as_bytes()).unwrap();
        assert_eq!((claim.key(), claim.provenance), ("079185999972", Provenance::Code));
        assert_eq!(claim.name().unwrap().as_str(), "TRAN THI THU");
    }
    let group = [&[0x61, 0x5D, 0x5F, 0x1F, 0x5A], bare.as_bytes()].concat();
    assert_eq!(decode(&group).unwrap().provenance, Provenance::Chip);
}

#[test]
fn a_zone_is_refused_for_what_is_wrong_with_it() {
    let good = zone("079185999972");
    let refusal = |text: &str| match decode(text.as_bytes()) {
        Err(Refusal::Mrz(refusal)) => refusal,
        other => panic!("{other:?}"),
    };
    assert_eq!(refusal(&good.replace("851203", "851213")), MrzRefusal::CheckDigit { of: Checked::Birth });
    assert_eq!(
        refusal(&good.replacen("IDVNM185", "IDVNM186", 1)),
        MrzRefusal::CheckDigit { of: Checked::DocumentNumber }
    );
    assert_eq!(refusal(&good.replace("IDVNM", "IDLAO")), MrzRefusal::NotVietNam);
    assert_eq!(refusal(&good.replace("079185", "O79185")), MrzRefusal::LetterO { line: 1 });
    assert_eq!(refusal(good.lines().next().unwrap()), MrzRefusal::Shape { got: 30 });
}

#[test]
fn the_century_of_a_zone_is_that_of_its_number() {
    let mut young = zone("079203999972");
    young = young.replace("851203", "031203");
    assert!(mrz::parse(&young).is_err(), "the check digits are those of another birth");
    assert_eq!(mrz::parse(&zone("079185999972")).unwrap().birth.year(), 1985);
    assert_eq!(mrz::parse(&zone("079385999972")).unwrap().birth.year(), 2085, "the number says 2085");
    assert_eq!(mrz::parse(&zone("079199999972")).unwrap().birth.year(), 1985, "85 is after the expiry in 2035");
}

#[test]
fn odd_marks_spaces_and_ends_of_an_insurance_record_are_read() {
    let record = |area: &str, end: &str| {
        format!(
            "GD4019999900001|{}|1950|2|–|01 – 9A9|01/01/2019||20/12/2018||-|{area}|  01/01/2025 |0123456789abcdef-7102{end}",
            hex("Mẫu")
        )
    };
    for end in ["|$", "|$\r\n", "$", " | $ ", "|$\0"] {
        let read = insurance(&record("7", end)).unwrap_or_else(|refusal| panic!("{end:?}: {refusal}"));
        assert_eq!((read.facility.unwrap().as_str(), read.valid_to, read.address), ("019A9", None, None));
        assert_eq!(read.five_years_from, Date::new(2025, 1, 1));
    }
    assert_eq!(insurance(&record("8", "|$")).unwrap_err().code(), "area_code");
    let decomposed = format!("0199990001|{}|14/05/1990|1", hex("Ma\u{302}\u{303}u  Thu\u{31b}\u{309}"));
    assert_eq!(insurance(&decomposed).unwrap().name.unwrap().as_str(), "Mẫu Thử");
    let hidden = format!("0199990001|{}|14/05/1990|1", hex("Mẫu\u{1b}@"));
    assert_eq!(insurance(&hidden), Err(Refusal::ControlCharacter));
}

#[test]
fn opaque_texts_are_unknown_and_codes_of_other_purposes_are_named() {
    let bare_number = "001090999960";
    for unknown in [
        bare_number,
        "0199990001",
        "GD4019999900001",
        "GD4019999900001|4de1baab75",
        "https://vneid.gov.vn/qr?token=MAU",
        "{\"cccd\":\"001090999960\",\"name\":\"Mẫu\"}",
        "MDAxMDkwOTk5OTYwfHxOZ3V54buFbg==",
        "001090999960|1763856000|MAUTHU",
        "HC1:6BFOXN*TS0BI",
        "VNEID|001090999960|Mẫu",
    ] {
        assert_eq!(decode(unknown.as_bytes()), Err(Refusal::UnknownToken), "{unknown}");
    }
    for other in
        ["8930000000017", "012999901", "wifi:S:MAU;;", "https://example.vn/menu", "BEGIN:VCARD\nFN:Mẫu", "tel:115"]
    {
        assert_eq!(decode(other.as_bytes()), Err(Refusal::OtherCode), "{other}");
    }
}

#[test]
fn a_payment_code_is_refused_for_what_is_wrong_with_it() {
    let good = VietQr {
        mode: Some(Mode::Dynamic),
        beneficiary: Beneficiary { bin: "999999".into(), account: "1".into(), service: Service::Account },
        merchant_category: None,
        amount: Amount::dong(1),
        merchant_name: None,
        city: None,
        additional: Additional::default(),
    };
    let with = |change: &dyn Fn(&mut VietQr)| {
        let mut code = good.clone();
        change(&mut code);
        code.encode()
    };
    assert!(with(&|_| {}).is_ok());
    assert_eq!(with(&|code| code.amount = None), Err(VietQrRefusal::DynamicWithoutAmount));
    assert_eq!(with(&|code| code.beneficiary.bin = "99999".into()), Err(VietQrRefusal::BinLength { got: 5 }));
    assert_eq!(with(&|code| code.city = Some("Hà Nội".into())), Err(VietQrRefusal::NotAscii));
    assert_eq!(with(&|code| code.city = Some(String::new())), Err(VietQrRefusal::Empty { tag: "60" }));
    let long = |code: &mut VietQr| code.additional.purpose = Some("A".repeat(26));
    assert_eq!(with(&long), Err(VietQrRefusal::FieldTooLong { max: 25, got: 26 }));
    let payload = good.encode().unwrap();
    assert_eq!(
        VietQr::parse(&payload.to_lowercase().replace("a000000727", "A000000727")),
        Err(VietQrRefusal::CrcMismatch)
    );
    assert_eq!(VietQr::parse(&format!("{payload}0500")), Err(VietQrRefusal::CrcNotLast));
    assert!(matches!(Token::read(payload.as_bytes(), None), Ok(Token::Payment(_))));
}
