//! How long people wait under each policy, as a table and as plots.

use queue_protocol::model::PriorityPolicy;

use crate::drive::percentile;
use crate::hospital::{FIRST_HALF_HOUR_MINUTE, Kind, PATIENTS, day};
use crate::keep;
use crate::plot::{Axis, Curve, Scale, marks, svg};
use crate::waiting::{Waited, play};

/// Days of each policy, the same ones for all.
const DAYS: u64 = 10;
/// Half hours of a day in which somebody comes, for the plot by hour.
const HALF_HOURS: u32 = 21;

const POLICIES: [(&str, PriorityPolicy); 4] = [
    ("by arrival", PriorityPolicy::Ageing { head_start_minutes: 0 }),
    ("2 : 1 (default)", PriorityPolicy::Ratio { priority: 2, normal: 1 }),
    ("30 min head start", PriorityPolicy::Ageing { head_start_minutes: 30 }),
    ("strict", PriorityPolicy::Strict),
];
const DEFAULT: usize = 1;

/// Whether a wait is of a group.
type Belongs = fn(&Waited) -> bool;

/// Who is looked at.
const GROUPS: [(&str, Belongs); 4] = [
    ("normal", |waited| waited.kind == Kind::Normal && !waited.is_back),
    ("priority", |waited| waited.kind == Kind::Priority && !waited.is_back),
    ("emergency", |waited| waited.kind == Kind::Emergency && !waited.is_back),
    ("back from tests", |waited| waited.is_back),
];
const NORMAL: usize = 0;
const PRIORITY: usize = 1;

/// Prints the table and keeps the plots; what 9 of 10 priority patients wait at most under the default policy.
pub fn print() -> f64 {
    println!("## Waiting, under each priority policy\n");
    println!("The shipped rules (`queue-core`) on virtual time: {DAYS} days of {PATIENTS} patients, the same days for");
    println!("each policy. Minutes from arrival, or from the return, to the call.\n");
    println!("| policy | who | calls | half | 9 of 10 | 99 of 100 | the longest |\n|---|---|---:|---:|---:|---:|---:|");
    let days: Vec<_> = (1..=DAYS).map(day).collect();
    let waits = POLICIES.map(|(_, policy)| days.iter().flat_map(|patients| play(policy, patients)).collect::<Vec<_>>());
    for ((policy, _), waited) in POLICIES.iter().zip(&waits) {
        for (who, is_one) in GROUPS {
            let minutes = of(waited, is_one);
            let at = |percent: f64| percentile(&minutes, percent);
            print!("| {policy} | {who} | {} | {:.0} | {:.0} |", minutes.len(), at(50.0), at(90.0));
            println!(" {:.0} | {:.0} |", at(99.0), at(100.0));
        }
    }
    plot(&waits);
    println!("\n![How many waited at most so long, by policy](day-waits.svg)\n");
    println!("![How long half of those wait who come at an hour, by policy](day-by-hour.svg)\n");
    println!(
        "As long as fewer than two of three who come are in the priority line, 2 : 1 holds none of them back: it is"
    );
    println!(
        "then as good as strict priority to them and as hard on the others. Between these and calling by arrival lies"
    );
    println!("a head start. Who comes as an emergency hardly waits, but while the rooms are closed or rest.\n");
    percentile(&of(&waits[DEFAULT], GROUPS[PRIORITY].1), 90.0)
}

fn of(waited: &[Waited], is_one: Belongs) -> Vec<f64> {
    waited.iter().filter(|waited| is_one(waited)).map(|waited| waited.minutes).collect()
}

fn plot(waits: &[Vec<Waited>; 4]) {
    let across = Axis {
        name: "minutes waited",
        scale: Scale::Linear,
        from: 0.0,
        to: 240.0,
        marks: marks(&[0.0, 30.0, 60.0, 90.0, 120.0, 150.0, 180.0, 210.0, 240.0]),
    };
    let up = Axis {
        name: "of 100 patients",
        scale: Scale::Linear,
        from: 0.0,
        to: 100.0,
        marks: marks(&[0.0, 25.0, 50.0, 75.0, 100.0]),
    };
    let curves = each_curve(waits, |minutes| {
        let mut sorted: Vec<f64> = minutes.iter().map(|(_, minutes)| *minutes).collect();
        sorted.sort_by(f64::total_cmp);
        let count = count_of(sorted.len());
        (0..=240)
            .map(f64::from)
            .map(|at| (at, 100.0 * count_of(sorted.partition_point(|m| *m <= at)) / count))
            .collect()
    });
    keep("day-waits.svg", &svg("How many waited at most so long", &across, &up, &curves));

    let across = Axis {
        name: "hour of arrival",
        scale: Scale::Linear,
        from: FIRST_HALF_HOUR_MINUTE,
        to: FIRST_HALF_HOUR_MINUTE + 30.0 * f64::from(HALF_HOURS),
        marks: (6..=16).map(|hour| (f64::from(hour) * 60.0, hour.to_string())).collect(),
    };
    let up = Axis {
        name: "minutes waited by half of them",
        scale: Scale::Linear,
        from: 0.0,
        to: 240.0,
        marks: marks(&[0.0, 60.0, 120.0, 180.0, 240.0]),
    };
    let curves = each_curve(waits, |minutes| {
        let begins = (0..HALF_HOURS).map(|n| FIRST_HALF_HOUR_MINUTE + 30.0 * f64::from(n));
        let medians = begins.map(|begin| {
            let come = minutes.iter().filter(|(came, _)| (begin..begin + 30.0).contains(came));
            (begin + 15.0, percentile(&come.map(|(_, minutes)| *minutes).collect::<Vec<_>>(), 50.0))
        });
        medians.collect()
    });
    keep("day-by-hour.svg", &svg("How long half of those wait who come at an hour", &across, &up, &curves));
}

/// A curve for each policy and each of the two lines; `points` gets when each came and what each waited.
fn each_curve(waits: &[Vec<Waited>; 4], points: impl Fn(&[(f64, f64)]) -> Vec<(f64, f64)>) -> Vec<Curve> {
    let group = |group: usize| {
        let (who, is_one) = GROUPS[group];
        let points = &points;
        POLICIES.iter().zip(waits).map(move |((policy, _), waited)| {
            let minutes: Vec<_> =
                waited.iter().filter(|waited| is_one(waited)).map(|waited| (waited.came, waited.minutes)).collect();
            Curve { name: format!("{who}: {policy}"), points: points(&minutes) }
        })
    };
    group(NORMAL).chain(group(PRIORITY)).collect()
}

fn count_of(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap())
}
