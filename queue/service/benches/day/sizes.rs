//! More and more such hospitals on one service, until it is too many; on SQLite, and on PostgreSQL with one process and
//! with three.

use crate::drive::{Plan, Played, Until, percentile, play};
use crate::hospital::clinic;
use crate::keep;
use crate::plot::{Axis, Curve, Scale, marks, svg};
use crate::postgres_server::{Durability, Server as Postgres};
use crate::server::Machine;

const SIZES: [usize; 4] = [1, 4, 16, 64];
/// Seconds of the day in one second of the run, and the part of the day: the rush.
const FACTOR: f64 = 60.0;
const RUSH_MINUTES: [f64; 2] = [420.0, 430.0];
/// A size is served while 99 of 100 numbers are there within this.
const SERVED_MS: f64 = 1_000.0;

/// One store with its processes.
struct Store {
    name: &'static str,
    /// On PostgreSQL with so many processes; on SQLite, if absent.
    processes: Option<usize>,
    /// With how many hospitals, and how it went.
    played: Vec<(usize, Played)>,
}

/// Prints the table and keeps the plots; the most hospitals that one service on SQLite serves.
pub fn print() -> usize {
    let postgres = Postgres::start_with(Durability::Durable);
    let mut stores = [
        Store { name: "SQLite", processes: None, played: Vec::new() },
        Store { name: "PostgreSQL, 1 process", processes: Some(1), played: Vec::new() },
        Store { name: "PostgreSQL, 3 processes", processes: Some(3), played: Vec::new() },
    ];
    // In turn, so that all see the same machine.
    for hospitals in SIZES {
        for store in &mut stores {
            let clinic = clinic(hospitals);
            let machine = match store.processes {
                None => Machine::sqlite(&clinic),
                Some(processes) => Machine::postgres(&postgres, processes, &clinic),
            };
            let [from, to] = RUSH_MINUTES;
            let plan = Plan { hospitals, factor: FACTOR, from, to, until: Until::TheTimeIsOver };
            store.played.push((hospitals, play(&machine, plan)));
        }
    }
    println!("## One machine, more hospitals\n");
    println!(
        "From 7:00 to 7:10, the rush, {FACTOR} times as fast: each hospital in a row stands for {FACTOR} at their own"
    );
    println!(
        "pace. The service's processes together have the same two cores; PostgreSQL, which syncs each commit, and"
    );
    println!("the load have the others. A service has at most 2,000 displays, so more than 31 hospitals have fewer");
    println!("than 60 each. \"Not now\" are answers 503, sent again with the same id.\n");
    print!("| store | hospitals | displays | requests/s | numbers/s | number p99 ms | call p99 ms | display p99 ms |");
    println!(" not now | service, % of 2 cores | database, % of a core | memory MB |\n|---|{}", "---:|".repeat(11));
    stores.iter().for_each(print_rows);
    println!("\n![Requests answered a second, by hospitals](day-requests.svg)\n");
    println!("![How long a number takes, by hospitals](day-sizes.svg)\n");
    plot(&stores);
    let is_served = |played: &Played| played.wait("issue", 99.0) < SERVED_MS && played.refused == 0;
    let served = stores[0].played.iter().take_while(|(_, played)| is_served(played));
    served.last().map_or(0, |(hospitals, _)| *hospitals)
}

fn print_rows(store: &Store) {
    for (hospitals, played) in &store.played {
        let issued = f64::from(u32::try_from(played.issued).unwrap()) / played.lasted_s;
        print!("| {} | {hospitals} | {} |", store.name, played.displays);
        print!(" {:.0} | {issued:.0} |", played.answered_each_second());
        print!(" {:.1} | {:.1} |", played.wait("issue", 99.0), played.wait("call-next", 99.0));
        print!(" {:.1} | {} |", percentile(&played.told, 99.0), played.refused);
        print!(" {:.0} |", 100.0 * played.service_cpu_s / (2.0 * played.lasted_s));
        println!(" {:.0} | {:.1} |", 100.0 * played.database_cpu_s / played.lasted_s, played.memory_mb);
    }
}

fn plot(stores: &[Store]) {
    let sizes = SIZES.map(|size| f64::from(u32::try_from(size).unwrap()));
    let across = Axis {
        name: "hospitals of 8,000 outpatients, at 60 times their pace",
        scale: Scale::Logarithmic,
        from: 1.0,
        to: 64.0,
        marks: marks(&sizes),
    };
    let curves = |figure: fn(&Played) -> f64| -> Vec<Curve> {
        let size = |hospitals: usize| f64::from(u32::try_from(hospitals).unwrap());
        let points = |store: &Store| store.played.iter().map(|(n, played)| (size(*n), figure(played))).collect();
        stores.iter().map(|store| Curve { name: store.name.into(), points: points(store) }).collect()
    };
    let up = Axis {
        name: "ms until 99 of 100 numbers are there",
        scale: Scale::Logarithmic,
        from: 1.0,
        to: 100_000.0,
        marks: marks(&[1.0, 10.0, 100.0, 1_000.0, 10_000.0, 100_000.0]),
    };
    let title = "How long a number takes";
    keep("day-sizes.svg", &svg(title, &across, &up, &curves(|played| played.wait("issue", 99.0))));
    let up = Axis {
        name: "requests answered a second",
        scale: Scale::Logarithmic,
        from: 10.0,
        to: 10_000.0,
        marks: marks(&[10.0, 100.0, 1_000.0, 10_000.0]),
    };
    keep("day-requests.svg", &svg("What one machine answers", &across, &up, &curves(Played::answered_each_second)));
}
