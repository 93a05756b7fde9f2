//! `cargo xtask bench queue`: numbers a second and their waits through HTTP, calls to displays, and memory, beside what
//! the disk and one writer allow in the same run.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a measurement talks to its reader and may fail loudly"
)]

mod calls;
mod floor;
mod load;
#[path = "../../../store/tests/both/postgres_server.rs"]
mod postgres_server;
mod server;

use load::Served;
use postgres_server::{Durability, Server as Postgres};
use server::Service;

/// Each figure is the median of so many rounds; floor and service take turns, so that both see the same machine.
const ROUNDS: usize = 3;
const CLIENTS: [usize; 3] = [1, 16, 64];

fn main() {
    println!("# Numbers, calls and memory of the queue service");
    println!();
    println!("`cargo xtask bench queue` writes this page. SQLite with `synchronous=FULL`, PostgreSQL with `fsync=on`,");
    println!("HTTP over loopback on kept connections, everything on one machine: service, database and load. Median");
    println!(
        "of {ROUNDS} rounds [least–most]. A machine that does other work at the same time is slower in every row:"
    );
    println!("compare rows, not pages.");
    println!();
    issue();
    println!();
    displays();
    println!();
    println!("Load average at the end: {}", std::fs::read_to_string("/proc/loadavg").unwrap().trim());
}

/// A row of the table of numbers: one column a count of clients.
struct Row {
    name: String,
    rounds: Vec<[Served; 3]>,
}

impl Row {
    fn print(&self) {
        print!("| {} |", self.name);
        for at in 0..CLIENTS.len() {
            let of = |figure: fn(&Served) -> f64| spread(self.rounds.iter().map(|round| figure(&round[at])).collect());
            let (rate, p50, p99) = (of(|s| s.per_second), of(|s| s.p50_ms), of(|s| s.p99_ms));
            print!(
                " {:.0} [{:.0}–{:.0}] | {:.2} | {:.1} [{:.1}–{:.1}] |",
                rate.1, rate.0, rate.2, p50.1, p99.1, p99.0, p99.2
            );
        }
        println!();
    }
}

/// Least, median and most.
fn spread(mut values: Vec<f64>) -> (f64, f64, f64) {
    values.sort_by(f64::total_cmp);
    (values[0], values[values.len() / 2], values[values.len() - 1])
}

fn issue() {
    let row = |name: &str| Row { name: name.to_owned(), rounds: Vec::new() };
    let mut rows = [
        row("floor: one SQLite writer, group commit, no HTTP"),
        row("the service on SQLite"),
        row("the service on PostgreSQL, 1 process"),
        row("the service on PostgreSQL, 3 processes"),
    ];
    let mut syncs = Vec::new();
    let postgres = Postgres::start_with(Durability::Durable);
    for _ in 0..ROUNDS {
        syncs.push(floor::syncs_per_second());
        rows[0].rounds.push(CLIENTS.map(floor::group_commit));
        rows[1].rounds.push(CLIENTS.map(|clients| load::issue(&[Service::sqlite()], clients)));
        rows[2].rounds.push(CLIENTS.map(|clients| {
            let database = postgres.database();
            load::issue(&[Service::postgres(&postgres, &database)], clients)
        }));
        rows[3].rounds.push(CLIENTS.map(|clients| {
            let database = postgres.database();
            load::issue(&[(); 3].map(|()| Service::postgres(&postgres, &database)), clients)
        }));
    }
    println!("## Numbers");
    println!();
    let (least, median, most) = spread(syncs);
    println!(
        "One fdatasync after a 4 KiB overwrite: {median:.0}/s [{least:.0}–{most:.0}], {:.2} ms each.",
        1_000.0 / median
    );
    println!("Every number of every round is different from all others of its round.");
    println!();
    println!(
        "| | 1 client, /s | p50 ms | p99 ms | 16 clients, /s | p50 ms | p99 ms | 64 clients, /s | p50 ms | p99 ms |"
    );
    println!("|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|");
    rows.iter().for_each(Row::print);
}

fn displays() {
    println!("## Calls to displays, and memory");
    println!();
    println!("From the first byte of the request *call next* to the moment at which the last display has its event.");
    println!();
    println!("| | displays | calls | p50 ms | p99 ms | memory of the service, MB |");
    println!("|---|---:|---:|---:|---:|---:|");
    let idle = Service::sqlite();
    println!("| idle | 0 | 0 | | | {:.1} |", idle.resident_mb());
    drop(idle);
    for (displays, calls) in [(50, 200), (1_000, 60)] {
        let service = Service::sqlite();
        let told = calls::to_the_last(&service, displays, calls);
        println!(
            "| call → last display | {displays} | {calls} | {:.1} | {:.1} | {:.1} |",
            told.p50_ms, told.p99_ms, told.resident_mb
        );
    }
}
