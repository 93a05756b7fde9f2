//! `world --seeds A..B`: plays the worlds of these seeds, prints what was counted, and fails on a broken promise.

#![expect(clippy::print_stdout, reason = "the counts are what the command is for")]

use std::ops::Range;
use std::process::ExitCode;

use anyhow::Context;
use clap::Parser;
use world::slip::Slip;
use world::tally::Tally;
use world::world::Play;

/// Plays hospitals in one thread and checks every promise after every step.
#[derive(Parser)]
struct Arguments {
    /// Seeds, such as 0..100; the last one is not played.
    #[arg(long, value_parser = seeds)]
    seeds: Range<u64>,
    /// Hospital days a seed.
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u64).range(1..=60))]
    days: u64,
    /// Play worlds that are wired wrongly on purpose instead, each until a promise catches it.
    #[arg(long)]
    planted: bool,
    /// Tell every broken seed instead of ending at the first.
    #[arg(long)]
    go_on: bool,
}

fn seeds(text: &str) -> anyhow::Result<Range<u64>> {
    let (from, to) = text.split_once("..").context("expected two numbers such as 0..100")?;
    Ok(from.parse()?..to.parse()?)
}

fn main() -> anyhow::Result<ExitCode> {
    let Arguments { seeds, days, planted, go_on } = Arguments::parse();
    if planted {
        return catch_all(&seeds, days);
    }
    let mut all = Tally::default();
    let mut is_broken = false;
    for seed in seeds {
        match world::run(Play { seed, days, slip: Slip::None })? {
            Ok(tally) => all.add(&tally),
            Err(broken) => {
                is_broken = true;
                broken.steps.iter().for_each(|step| println!("{step}"));
                println!("BROKEN {broken}");
                println!("Again: cargo xtask world --seeds {seed}..{} --days {days}", seed + 1);
                if !go_on {
                    return Ok(ExitCode::FAILURE);
                }
            }
        }
    }
    for (name, count) in all.rows() {
        println!("{count:>12}  {name}");
    }
    Ok(if is_broken {
        ExitCode::FAILURE
    } else {
        println!("No promise was broken.");
        ExitCode::SUCCESS
    })
}

/// Which seed catches each slip, and by which promise.
fn catch_all(seeds: &Range<u64>, days: u64) -> anyhow::Result<ExitCode> {
    let mut missed = 0;
    for slip in Slip::PLANTED {
        match world::caught(slip, seeds.clone(), days)? {
            Some(broken) => println!("{slip:?} is caught: {broken}"),
            None => {
                missed += 1;
                println!("{slip:?} is NOT caught");
            }
        }
    }
    Ok(if missed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
