//! Has readers that are not ours read the virtual card, so that card and reader cannot share a mistake.
//!
//! `cargo run --manifest-path drivers/chip-card/peers/Cargo.toml` prints a Markdown table; status 1 when a line differs
//! from what the card holds. `dmrtd` (crates.io) opens by PACE and BAC, judges the SOD against the anchor and the chip by
//! Active Authentication, over the card's bytes in memory. `emrtd` (crates.io) opens by BAC through a real `pcscd`.

mod by_dmrtd;
mod by_emrtd;

use std::error::Error;
use std::process::ExitCode;

use device_sim::card::person::Person;
use device_sim::card::plan::Issuer;

/// Cards for each way in, each with other keys and random values.
const CARDS: u64 = 5;

type Outcome<T> = Result<T, Box<dyn Error>>;

/// How many cards of a line were read right, and what was wrong first.
struct Line {
    reader: &'static str,
    name: String,
    right: u64,
    of: u64,
    first: String,
}

impl Line {
    /// Reads `of` cards, each with its own seed.
    fn of(reader: &'static str, name: String, of: u64, mut read: impl FnMut(u64) -> Outcome<()>) -> Self {
        let mut line = Self { reader, name, right: 0, of, first: String::new() };
        for seed in 0..of {
            match read(seed) {
                Ok(()) => line.right += 1,
                Err(error) if line.first.is_empty() => line.first = error.to_string(),
                Err(_) => {}
            }
        }
        line
    }
}

fn main() -> ExitCode {
    let issuer = Issuer::sample(1);
    let lines = match by_emrtd::inner_lines(&issuer, &Person::sample()) {
        // This is the process that has the reader service in its environment.
        Some(lines) => lines,
        None => {
            println!("| reader | card | cards read right | first difference |\n|---|---|---:|---|");
            by_dmrtd::lines(&issuer)
        }
    };
    let mut all_right = true;
    for line in &lines {
        all_right &= line.right == line.of;
        println!("| {} | {} | {} of {} | {} |", line.reader, line.name, line.right, line.of, line.first);
    }
    let outer = lines.iter().any(|line| line.reader == by_dmrtd::READER);
    if outer {
        match by_emrtd::in_a_process_with_a_service() {
            Ok(right) => all_right &= right,
            Err(error) => {
                eprintln!("no reader service: {error}");
                all_right = false;
            }
        }
    }
    if all_right { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// The three fields of the zone that open the chip: number, birth and expiry, `YYMMDD`.
fn zone_fields(person: &Person) -> (String, String, String) {
    let information = person.mrz_information();
    let part = |from: usize, to: usize| information.get(from..to).unwrap_or_default().to_owned();
    (part(0, 9), part(10, 16), part(17, 23))
}
