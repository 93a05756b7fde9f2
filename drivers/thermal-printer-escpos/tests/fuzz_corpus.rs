//! What the fuzzer found interesting, read again. Not in the published package, which has no corpus.

use thermal_printer_escpos::reply::check_any_bytes;

#[test]
fn the_corpus_of_the_fuzzer_is_read_without_a_surprise() {
    for line in include_str!("../fuzz/corpus/replies.hex").lines() {
        let digits: Vec<u8> = line.chars().filter_map(|digit| digit.to_digit(16)).map(|digit| digit as u8).collect();
        let bytes: Vec<u8> =
            digits.chunks(2).map(|pair| pair.iter().fold(0, |byte, digit| byte << 4 | digit)).collect();
        check_any_bytes(&bytes);
    }
}
