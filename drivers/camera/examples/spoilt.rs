//! The long run over damaged frames: `cargo run --release -p qr-camera --example spoilt -- 100000`.
//! A second number is that of the first frame, so that the run can be shared out.
//!
//! Each frame is read live and each twentieth also as a still. A panic ends the run; its last line says how many frames
//! there were and the most work and time one took.

#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "a program run by hand, which may fail by panicking")]

#[path = "../tests/corpus/mod.rs"]
mod corpus;

use std::time::Instant;

use qr_camera::{Reader, read_still};

fn main() {
    let argument = |at| std::env::args().nth(at).map(|text| text.parse::<u64>().unwrap());
    let (count, first) = (argument(1).unwrap_or(1_000), argument(2).unwrap_or(0));
    let wholes = corpus::spoil::whole_frames();
    let mut reader = Reader::new();
    let (mut work, mut live_ms, mut still_ms, mut codes) = (0, 0.0f64, 0.0f64, 0);
    for number in first..first + count {
        let frame = corpus::spoil::frame(&wholes, number);
        let begun = Instant::now();
        let outcome = reader.read(&frame);
        live_ms = live_ms.max(begun.elapsed().as_secs_f64() * 1e3);
        work = work.max(outcome.work);
        codes += outcome.codes.len();
        if number.is_multiple_of(20) {
            let begun = Instant::now();
            codes += read_still(&frame).codes.len();
            still_ms = still_ms.max(begun.elapsed().as_secs_f64() * 1e3);
        }
    }
    println!(
        "{count} frames, {codes} codes; most work live {work}, longest {live_ms:.0} ms live, {still_ms:.0} ms still"
    );
}
