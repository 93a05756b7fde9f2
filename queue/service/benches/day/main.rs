//! `cargo xtask bench day`: a day of 8,000 outpatients, on virtual time under each priority policy, and through HTTP
//! against the shipped service on two cores; then more and more such hospitals on one machine.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a measurement talks to its reader and may fail loudly"
)]

#[path = "../queue/cpu.rs"]
#[allow(dead_code, reason = "another bench's code, of which this one uses a part")]
mod cpu;
mod drive;
mod hospital;
mod plot;
#[path = "../../../store/tests/both/postgres_server.rs"]
mod postgres_server;
mod server;
mod sizes;
mod waiting;
mod waits;

use drive::{Plan, Played, Until, percentile, play};
use hospital::{DISPLAYS, FIRST_HALF_HOUR_MINUTE, KIOSKS, PATIENTS, ROOMS, clinic};
use server::Machine;

/// Seconds of the day in one second of the run, for the whole day.
const DAY_FACTOR: f64 = 600.0;
/// When the last patients come, in minutes since midnight.
const DAY_ENDS_MINUTE: f64 = 990.0;

const HEAD: &str = "# A day of 8,000 outpatients

`cargo xtask bench day` writes this page and its plots. The hospital is of the size of Bạch Mai: 8,000 outpatients, half
of whom come from 6:30 to 8:30; 10 services with 4 rooms each; 20 kiosks, 60 displays. Of 100 patients 30 belong to a
group that the law puts first, 0.5 are emergencies, 35 are sent for tests, are away for 40 to 120 minutes and come back
to the same line. A first visit takes 1.6 minutes on average, one after tests 0.9. Rooms work from 6:30, rest from 11:45
to 13:00 and stay until everybody was seen. These are assumptions, the same for every row; whoever knows better figures
of a hospital puts them into `queue/service/benches/day/hospital.rs`.
";

/// What is compared with a target.
struct Measured {
    is_everybody_seen: bool,
    worst_p99_ms: f64,
    told_p99_ms: f64,
    memory_mb: f64,
    hospitals: usize,
    priority_p90_minutes: f64,
}

fn main() {
    println!("{HEAD}");
    let priority_p90_minutes = waits::print();
    let day = whole_day();
    let hospitals = sizes::print();
    let worst = day.waits.keys().map(|what| day.wait(what, 99.0)).fold(0.0, f64::max);
    targets(&Measured {
        is_everybody_seen: day.seen == PATIENTS && day.issued == PATIENTS,
        worst_p99_ms: worst,
        told_p99_ms: percentile(&day.told, 99.0),
        memory_mb: day.memory_mb,
        hospitals,
        priority_p90_minutes,
    });
}

/// All of the day through the service; prints what each request took.
fn whole_day() -> Played {
    let machine = Machine::sqlite(&clinic(1));
    let plan = Plan {
        hospitals: 1,
        factor: DAY_FACTOR,
        from: FIRST_HALF_HOUR_MINUTE,
        to: DAY_ENDS_MINUTE,
        until: Until::EverybodyIsSeen,
    };
    let played = play(&machine, plan);
    println!("## The whole day through HTTP, {DAY_FACTOR} times as fast\n");
    println!("One service on SQLite, on two cores (`taskset`), {KIOSKS} kiosks and {ROOMS} rooms each with its key,");
    println!("{DISPLAYS} displays that follow. The load is on the other cores. A number is asked for when its patient");
    println!("comes, however long the one before took. {} of {PATIENTS} patients were seen to the end in", played.seen);
    println!("{:.0} s; {} answers were \"not now\".\n", played.lasted_s, played.refused);
    println!("| request | answered | p50 ms | p99 ms | the longest, ms |\n|---|---:|---:|---:|---:|");
    for (what, waits) in &played.waits {
        let of = |percent: f64| percentile(waits, percent);
        println!("| {what} | {} | {:.1} | {:.1} | {:.0} |", waits.len(), of(50.0), of(99.0), of(100.0));
    }
    let told = |percent: f64| percentile(&played.told, percent);
    let count = played.told.len();
    println!("| call on a display | {count} | {:.1} | {:.1} | {:.0} |\n", told(50.0), told(99.0), told(100.0));
    let busy = 100.0 * played.service_cpu_s / (2.0 * played.lasted_s);
    println!("Processor: {:.1} s of the service, {busy:.0} % of its two cores, which is", played.service_cpu_s);
    println!(
        "{:.2} % of them in a day at its own pace. Memory: {:.1} MB at most.\n",
        busy / DAY_FACTOR,
        played.memory_mb
    );
    played
}

fn targets(measured: &Measured) {
    println!("## Targets\n\n| what | target | here | met |\n|---|---|---|---|");
    let row = |what: &str, target: &str, here: String, met: bool| {
        println!("| {what} | {target} | {here} | {} |", if met { "yes" } else { "no" });
    };
    let seen = measured.is_everybody_seen;
    row("patients of the day with a number, called and seen", "all", if seen { "all" } else { "not all" }.into(), seen);
    let worst = measured.worst_p99_ms;
    row("slowest kind of request, ms, 99 of 100, at 600 times the pace", "< 100", format!("{worst:.1}"), worst < 100.0);
    let told = measured.told_p99_ms;
    row("call → each display, ms, 99 of 100, at 600 times the pace", "< 100", format!("{told:.1}"), told < 100.0);
    let memory = measured.memory_mb;
    row("memory on the day, MB", "< 100", format!("{memory:.1}"), memory < 100.0);
    let hospitals = measured.hospitals;
    row("hospitals on one machine at 60 times the pace, 99 of 100 < 1 s", "≥ 4", hospitals.to_string(), hospitals >= 4);
    let minutes = measured.priority_p90_minutes;
    row(
        "priority patients under the default policy, minutes, 9 of 10",
        "< 30",
        format!("{minutes:.0}"),
        minutes < 30.0,
    );
}

/// Keeps a plot beside the page.
fn keep(name: &str, svg: &str) {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/benchmarks");
    std::fs::write(format!("{folder}/{name}"), svg).unwrap();
}
