//! The fuzz corpus replayed: one input a line, in hexadecimal.

#![expect(clippy::expect_used, reason = "a broken corpus is a failed test")]

#[path = "../fuzz/check.rs"]
mod check;

fn replay(corpus: &str, check: fn(&[u8])) {
    let mut seen = 0;
    for line in corpus.lines() {
        let digit = |byte: u8| char::from(byte).to_digit(16).expect("a hexadecimal digit") as u8;
        let bytes: Vec<u8> = line.as_bytes().chunks(2).map(|pair| 16 * digit(pair[0]) + digit(pair[1])).collect();
        check(&bytes);
        seen += 1;
    }
    assert!(seen >= 10, "{seen} inputs");
}

#[test]
fn the_corpus_of_decode_keeps_its_promises() {
    replay(include_str!("../fuzz/corpus/decode.hex"), check::decode_any);
}

#[test]
fn the_corpus_of_mrz_keeps_its_promises() {
    replay(include_str!("../fuzz/corpus/mrz.hex"), check::mrz);
}

#[test]
fn the_corpus_of_dg13_keeps_its_promises() {
    replay(include_str!("../fuzz/corpus/dg13.hex"), check::dg13);
}

#[test]
fn the_corpus_of_vietqr_keeps_its_promises() {
    replay(include_str!("../fuzz/corpus/vietqr.hex"), check::vietqr);
}
