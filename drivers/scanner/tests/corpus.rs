//! The fuzz targets' corpus, replayed.
#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

use std::fs;
use std::path::Path;

#[path = "../fuzz/check.rs"]
mod check;

/// Inputs there must be at least: an empty file must not pass.
const INPUTS_MIN: usize = 10;

fn replay(file: &str, check: fn(&[u8])) {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(file)).unwrap();
    let inputs: Vec<Vec<u8>> = text
        .lines()
        .map(|line| {
            let byte = |at: usize| u8::from_str_radix(&line[at..at + 2], 16).unwrap();
            (0..line.len()).step_by(2).map(byte).collect()
        })
        .collect();
    assert!(inputs.len() >= INPUTS_MIN, "{} inputs in {file}", inputs.len());
    inputs.iter().for_each(|input| check(input));
}

#[test]
fn the_corpus_of_lines_holds() {
    replay("lines.hex", check::lines);
}

#[test]
fn the_corpus_of_packets_holds() {
    replay("packets.hex", check::packets);
}
