//! Replays what the fuzz targets begin with: no input may panic.
#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

use chip_card::fuzzing;

/// Each line of a corpus is one input in hex.
fn replay(corpus: &str, target: fn(&[u8]) -> bool) -> usize {
    let inputs = corpus.lines().map(|line| {
        let digits = line.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).unwrap());
        digits.map(|byte| u8::from_str_radix(byte, 16).unwrap()).collect::<Vec<u8>>()
    });
    let mut accepted = 0;
    for input in inputs {
        // Every beginning of an input is an input of its own: cards are pulled out.
        for end in 0..=input.len() {
            accepted += usize::from(target(&input[..end]));
        }
    }
    accepted
}

#[test]
fn tlv_of_any_kind_is_read_or_refused() {
    assert!(replay(include_str!("../fuzz/corpus/tlv.hex"), fuzzing::tlv) > 0);
}

#[test]
fn data_groups_of_any_kind_are_read_or_refused() {
    assert!(replay(include_str!("../fuzz/corpus/data_groups.hex"), fuzzing::data_groups) > 0);
}

#[test]
fn security_objects_of_any_kind_are_read_or_refused() {
    assert!(replay(include_str!("../fuzz/corpus/sod.hex"), fuzzing::sod) > 0);
}

#[test]
fn protected_answers_of_any_kind_are_opened_or_refused() {
    replay(include_str!("../fuzz/corpus/secure_messaging.hex"), fuzzing::secure_messaging);
}
