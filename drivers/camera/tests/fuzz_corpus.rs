//! The fuzz targets' corpus, replayed.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may fail by panicking")]

#[path = "../fuzz/check.rs"]
mod check;

/// Inputs there must be at least: an empty file must not pass.
const INPUTS_MIN: usize = 10;

fn replay(corpus: &str, check: fn(&[u8])) {
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
    let inputs: Vec<Vec<u8>> = corpus.lines().map(|line| line.as_bytes().chunks(2).map(byte).collect()).collect();
    assert!(inputs.len() >= INPUTS_MIN, "{} inputs", inputs.len());
    inputs.iter().for_each(|input| check(input));
}

#[test]
fn the_corpus_of_frames_holds() {
    replay(include_str!("../fuzz/corpus/frames.hex"), check::frames);
}

#[test]
fn the_corpus_of_pictures_holds() {
    replay(include_str!("../fuzz/corpus/pictures.hex"), check::pictures);
}
