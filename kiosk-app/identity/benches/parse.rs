//! `cargo xtask bench identity`: what reading one token costs, beside splitting the same bytes at `|` into strings.

#![allow(clippy::print_stdout, reason = "a bench prints its table")]
#![allow(clippy::disallowed_methods, reason = "a bench reads the clock")]
#![allow(clippy::expect_used, reason = "a bench may fail by panicking")]

use std::hint::black_box;
use std::time::{Duration, Instant};

use allocation_counter::{AllocationInfo, measure};
use serde_json::Value;
use vn_identity::{Date, Token};

/// One of each kind of token, by the names of the samples.
const TOKENS: [(&str, &str); 8] = [
    ("CCCD, 7 fields", "cccd-ok-01"),
    ("CCCD, decomposed letters", "cccd-tricky-nfd"),
    ("Căn cước, 11 fields", "cancuoc-01"),
    ("BHYT, 15 fields", "bhyt15-ok-02"),
    ("BHYT, 17 fields", "bhyt10-ok-03"),
    ("MRZ, TD1", "mrz-02"),
    ("chip, DG13", "dg13-ok-01"),
    ("VietQR", "vietqr-ok-05-mcc"),
];

/// How long one measurement lasts, after as long again to warm up.
const SPAN: Duration = Duration::from_millis(200);

/// Measurements of each, the fastest of which counts: the others met something else on the machine.
const ROUNDS: usize = 5;

/// Bytes that reading may allocate, as a multiple of the token's own: "of the input's order", as a number.
const ALLOCATED_MAX: f64 = 10.0;

const TODAY: Date = Date { year: 2026, month: 11, day: 23 };

fn main() {
    let samples: Vec<Value> =
        serde_json::from_str(include_str!("../tests/identity-samples.json")).expect("the samples are JSON");
    println!("# Reading an identity token\n");
    println!(
        "Made by `cargo xtask bench identity`. *Reading* is `Token::read` with a date: text checks, NFC, every field"
    );
    println!("typed and checked. The *reference*, in the same run, makes the bytes a text and splits it at `|` into");
    println!("`Vec<String>`: it checks nothing. Times are the fastest of {ROUNDS} rounds; allocations are exact.\n");
    println!(
        "| token | bytes | reading, ns | reference, ns | ratio | allocations | bytes allocated | reference's allocations |"
    );
    println!("|---|--:|--:|--:|--:|--:|--:|--:|");
    let mut most = 0.0_f64;
    for (what, id) in TOKENS {
        let sample = samples.iter().find(|sample| sample["id"] == id).expect("the sample is there");
        most = most.max(row(what, &unhex(sample["bytes_hex"].as_str().expect("hexadecimal"))));
    }
    println!("\n## Targets\n\n| what | target | here | met |\n|---|---|---|---|");
    let met = if most <= ALLOCATED_MAX { "yes" } else { "no" };
    println!(
        "| bytes allocated, times those of the token, the most of all | ≤ {ALLOCATED_MAX:.0} | {most:.1} | {met} |"
    );
}

/// Prints what one token costs; bytes allocated for each of its own.
fn row(what: &str, bytes: &[u8]) -> f64 {
    let read = || drop(black_box(Token::read(black_box(bytes), Some(TODAY)).expect("a token")));
    let split = || drop(black_box(naive(black_box(bytes))));
    let (ours, reference) = (fastest_ns(read), fastest_ns(split));
    let (AllocationInfo { count_total, bytes_total, .. }, split) = (measure(read), measure(split));
    println!(
        "| {what} | {} | {ours:.0} | {reference:.0} | {:.1} | {count_total} | {bytes_total} | {} |",
        bytes.len(),
        ours / reference,
        split.count_total,
    );
    bytes_total as f64 / bytes.len() as f64
}

fn naive(bytes: &[u8]) -> Vec<String> {
    String::from_utf8_lossy(bytes).split('|').map(str::to_owned).collect()
}

fn fastest_ns(run: impl Fn()) -> f64 {
    once_ns(&run);
    (0..ROUNDS).map(|_| once_ns(&run)).fold(f64::INFINITY, f64::min)
}

/// Nanoseconds a call, over [`SPAN`].
fn once_ns(run: impl Fn()) -> f64 {
    let (start, mut calls) = (Instant::now(), 0_u32);
    while start.elapsed() < SPAN {
        (0..64).for_each(|_| run());
        calls += 64;
    }
    start.elapsed().as_secs_f64() * 1e9 / f64::from(calls)
}

fn unhex(text: &str) -> Vec<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16).expect("a hexadecimal digit") as u8;
    text.as_bytes().chunks(2).map(|pair| 16 * digit(pair[0]) + digit(pair[1])).collect()
}
