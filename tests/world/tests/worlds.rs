//! The share of the world that runs in continuous integration, and the seeds that once found something.

#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

use std::ops::Range;

use world::slip::Slip;
use world::tally::Tally;
use world::world::Play;

/// Seeds of worlds that broke a promise once.
const FOUND: &str = include_str!("../seeds.txt");

fn play(seed: u64, days: u64) -> Tally {
    match world::run(Play { seed, days, slip: Slip::None }).unwrap() {
        Ok(tally) => tally,
        Err(broken) => panic!("{}\n{broken}", broken.steps.join("\n")),
    }
}

fn keep_every_promise(seeds: Range<u64>) {
    let mut all = Tally::default();
    for seed in seeds {
        all.add(&play(seed, 2));
    }
    let counts: Vec<String> = all.rows().iter().map(|(name, count)| format!("{name}: {count}")).collect();
    assert!(all.calls > 0 && all.provisional > 0 && all.store_failures > 0, "{counts:#?}");
}

#[test]
fn forty_hospital_days_with_every_fault_keep_every_promise() {
    keep_every_promise(1_000..1_020);
}

#[test]
fn forty_other_hospital_days_keep_every_promise() {
    keep_every_promise(2_000..2_020);
}

#[test]
fn seeds_that_once_broke_a_promise_keep_them_all() {
    for line in FOUND.lines().filter(|line| !line.starts_with('#')) {
        let mut numbers = line.split_whitespace().take(2).map(|number| number.parse().unwrap());
        let (seed, days) = (numbers.next().unwrap(), numbers.next().unwrap());
        play(seed, days);
    }
}

#[test]
fn one_seed_is_one_world() {
    assert_eq!(play(7, 1), play(7, 1));
}
