//! `cargo xtask bench queue`: numbers a second and their waits through HTTP, calls to displays, and memory, beside what
//! the disk and one writer allow in the same run.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a measurement talks to its reader and may fail loudly"
)]

mod calls;
mod cpu;
mod floor;
mod instructions;
mod load;
#[path = "../../../store/tests/both/postgres_server.rs"]
mod postgres_server;
mod server;
mod targets;

use cpu::Shares;
use load::{Loaded, Served};
use postgres_server::{Durability, Server as Postgres};
use server::Service;
use targets::Measured;

/// Each figure is the median of so many rounds; floor and service take turns, so that both see the same machine.
const ROUNDS: usize = 3;
const CLIENTS: [usize; 3] = [1, 16, 64];

const HEAD: &str = "# Numbers, calls and memory of the queue service

`cargo xtask bench queue` writes this page. SQLite with `synchronous=FULL`, PostgreSQL with `fsync=on`, HTTP over
loopback on kept connections, a key in each request, everything on one machine: service, database and load. Median of
the rounds [least–most]. A machine that does other work at the same time is slower in every row, so the figures to
compare with other pages are those per number and the part of the floor.
";

const TURNS: &str = "On PostgreSQL one process writes at a time: it holds a lock from the begin of its transaction to
its commit, so that events become visible in the order of their sequence numbers. The commit does not wait for the disk:
a second one after it does, while the next process writes, and the server makes one sync of what several wait for. A group
of numbers is two trips to the server, however many they are: one begins and asks, one writes and commits.";

fn main() {
    println!("{HEAD}");
    let cores = std::thread::available_parallelism().unwrap();
    println!("{ROUNDS} rounds, {cores} cores; load average at the start: {}", load_average());
    println!();
    let mut measured = Measured::default();
    issue(&mut measured);
    println!();
    displays(&mut measured);
    println!();
    targets::print(&measured);
    println!();
    println!("Load average at the end: {}", load_average());
}

fn load_average() -> String {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap();
    text.split_whitespace().take(3).collect::<Vec<_>>().join(" ")
}

/// A row of the table of numbers: one column a count of clients.
struct Row {
    name: &'static str,
    rounds: Vec<[Served; 3]>,
    /// Who did the work, for what is a service.
    work: Vec<[Loaded; 3]>,
}

impl Row {
    const fn new(name: &'static str) -> Self {
        Self { name, rounds: Vec::new(), work: Vec::new() }
    }

    fn add(&mut self, round: [Loaded; 3]) {
        self.rounds.push(round.each_ref().map(|loaded| loaded.served));
        self.work.push(round);
    }

    fn of(&self, at: usize, figure: fn(&Served) -> f64) -> (f64, f64, f64) {
        spread(self.rounds.iter().map(|round| figure(&round[at])).collect())
    }

    fn work_of(&self, at: usize, figure: fn(&Loaded) -> f64) -> f64 {
        spread(self.work.iter().map(|round| figure(&round[at])).collect()).1
    }

    fn print(&self, floor: &Self) {
        print!("| {} |", self.name);
        for at in 0..CLIENTS.len() {
            let (rate, p50, p99) =
                (self.of(at, |s| s.per_second), self.of(at, |s| s.p50_ms), self.of(at, |s| s.p99_ms));
            let part = rate.1 / floor.of(at, |s| s.per_second).1;
            print!(" {:.0} [{:.0}–{:.0}] | {part:.2} |", rate.1, rate.0, rate.2);
            print!(" {:.2} | {:.1} [{:.1}–{:.1}] |", p50.1, p99.1, p99.0, p99.2);
        }
        println!();
    }

    /// What one number took, and whose the machine was.
    fn print_work(&self) {
        for (at, clients) in CLIENTS.into_iter().enumerate() {
            let of = |figure: fn(&Loaded) -> f64| self.work_of(at, figure);
            let share = |figure: fn(&Shares) -> f64| {
                100.0 * spread(self.work.iter().map(|round| figure(&round[at].shares)).collect()).1
            };
            print!("| {} | {clients} | {:.1} |", self.name, of(|l| l.numbers / l.commits));
            print!(" {:.0} |", of(|l| 1e6 * l.shares.service.cpu_s / l.numbers));
            print!(" {:.0} |", of(|l| 1e6 * l.shares.database.cpu_s / l.numbers));
            print!(" {:.0} |", of(|l| 1e6 * l.shares.load.cpu_s / l.numbers));
            print!(" {:.1} |", of(|l| l.shares.service.writes / l.numbers));
            print!(" {:.1} |", of(|l| l.shares.service.disk_bytes / 1_024.0 / l.numbers));
            print!(" {:.0} | {:.0} |", share(|s| s.service_part), share(|s| s.database_part));
            println!(
                " {:.0} | {:.0} | {:.0} |",
                share(|s| s.load_part),
                share(Shares::others_part),
                share(|s| s.idle_part)
            );
        }
    }
}

/// Least, median and most.
fn spread(mut values: Vec<f64>) -> (f64, f64, f64) {
    values.sort_by(f64::total_cmp);
    (values[0], values[values.len() / 2], values[values.len() - 1])
}

fn issue(measured: &mut Measured) {
    let mut rows = [
        Row::new("floor: one SQLite writer, group commit, no HTTP"),
        Row::new("the service on SQLite"),
        Row::new("the service on PostgreSQL, 1 process"),
        Row::new("the service on PostgreSQL, 3 processes"),
    ];
    let mut syncs = Vec::new();
    let postgres = Postgres::start_with(Durability::Durable);
    let on_postgres = |processes: usize, clients: usize| {
        let database = postgres.database();
        let services: Vec<_> = (0..processes).map(|_| Service::postgres(&postgres, &database)).collect();
        load::issue(&services, Some((&postgres, &database)), clients)
    };
    for _ in 0..ROUNDS {
        syncs.push(floor::syncs_per_second());
        rows[0].rounds.push(CLIENTS.map(floor::group_commit));
        rows[1].add(CLIENTS.map(|clients| load::issue(&[Service::sqlite()], None, clients)));
        rows[2].add(CLIENTS.map(|clients| on_postgres(1, clients)));
        rows[3].add(CLIENTS.map(|clients| on_postgres(3, clients)));
    }
    print_numbers(&rows, spread(syncs), measured);
    print_work(&rows);
}

fn print_numbers(rows: &[Row], (least, syncs, most): (f64, f64, f64), measured: &mut Measured) {
    let sync_ms = 1_000.0 / syncs;
    println!("## Numbers\n");
    println!("One fdatasync after a 4 KiB overwrite: {syncs:.0}/s [{least:.0}–{most:.0}], {sync_ms:.2} ms each.");
    println!("Every number of every round is different from all others of its round.\n");
    print!("|");
    CLIENTS.iter().for_each(|clients| print!(" | clients: {clients}, /s | of the floor | p50 ms | p99 ms"));
    println!(" |\n|---|{}", "---:|".repeat(4 * CLIENTS.len()));
    rows.iter().for_each(|row| row.print(&rows[0]));
    let beyond = rows[1].of(0, |s| s.p50_ms).1 - sync_ms;
    measured.beyond_sync_ms = beyond;
    measured.per_second = rows[1].of(1, |s| s.per_second).1;
    measured.p99_ms = rows[1].of(1, |s| s.p99_ms).1;
    println!("\nWith one client on SQLite, half of the numbers are there within {beyond:.2} ms beyond one fdatasync.");
}

fn print_work(rows: &[Row]) {
    println!("\n## What one number takes\n");
    println!("Writes are system calls that write, to sockets and files, and KiB what goes to the disk, both of the");
    println!("service alone. The last five columns are whose the processors were meanwhile, in percent.\n");
    print!("| | clients | numbers a commit | service, µs | database, µs | load, µs | writes | KiB |");
    println!(" service | database | load | others | idle |\n|---|{}", "---:|".repeat(12));
    rows.iter().filter(|row| !row.work.is_empty()).for_each(Row::print_work);
    println!("\n{TURNS}");
    match instructions::per_number() {
        Some(count) => println!("\nInstructions of the service for a number on SQLite, as valgrind counts: {count:.0}"),
        None => println!("\nInstructions are not counted: there is no valgrind on this machine."),
    }
}

fn displays(measured: &mut Measured) {
    println!("## Calls to displays, and memory\n");
    println!("From the first byte of the request *call next* to the moment at which the last display has its event.\n");
    print!("| | displays | calls | p50 ms | p99 ms | service, µs a display | memory of the service, MB |");
    println!(" service, % | others, % |\n|---|{}", "---:|".repeat(8));
    let idle = Service::sqlite();
    measured.idle_mb = idle.resident_mb();
    println!("| idle | 0 | 0 | | | | {:.1} | | |", measured.idle_mb);
    drop(idle);
    for (displays, calls) in [(50, 200), (1_000, 60)] {
        let service = Service::sqlite();
        let told = calls::to_the_last(&service, displays, calls);
        let heard = f64::from(u32::try_from(displays * calls).unwrap());
        let each = 1e6 * told.shares.service.cpu_s / heard;
        let (own, others) = (100.0 * told.shares.service_part, 100.0 * told.shares.others_part());
        println!(
            "| call → last display | {displays} | {calls} | {:.1} | {:.1} | {each:.0} | {:.1} | {own:.0} | {others:.0} |",
            told.p50_ms, told.p99_ms, told.resident_mb
        );
        if displays == 50 {
            measured.call_p99_ms = told.p99_ms;
        } else {
            measured.crowd_mb = told.resident_mb;
        }
    }
}
