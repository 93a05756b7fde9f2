//! Which crate may name which: the table against the manifests, and the table against its own promises.

use std::collections::{BTreeMap, BTreeSet};

use super::Complaint;
use super::graph::{Crate, Use};
use super::source::{SourceFile, each_rust_file};
use super::table::{CLOSED_MODULES, END_TO_END, NEVER, NOT_BELOW_PURE, Nature, ONLY_IN, Row};
use super::tokens::names;

const WHERE_TO_READ: &str = "see ARCHITECTURE.md, Arrows";
const WHERE_TO_CHANGE: &str = "xtask/src/policy/table.rs";

/// Every dependency between crates of ours against the table, dev-dependencies included.
pub fn check(rows: &[Row], crates: &[Crate]) -> Vec<Complaint> {
    let rows: BTreeMap<&str, &Row> = rows.iter().map(|row| (row.name, row)).collect();
    let ours: BTreeSet<&str> = crates.iter().map(|one| one.name.as_str()).collect();
    let mut complaints = stale_rows(&rows, &ours);
    for one in crates {
        match rows.get(one.name.as_str()) {
            Some(row) => complaints.extend(needs_outside_row(row, one, &ours)),
            None if one.name == END_TO_END => {}
            None => complaints.push(no_row(one)),
        }
        complaints.extend(taken_crates(one));
    }
    complaints
}

/// Slint below a crate that is not meant to draw; the way there is shown.
pub fn check_slint(rows: &[Row], crates: &[Crate]) -> Vec<Complaint> {
    let may_draw = |one: &&Crate| rows.iter().any(|row| row.name == one.name && row.nature == Nature::Slint);
    crates.iter().filter(|one| !may_draw(one)).filter_map(reaches_slint).collect()
}

/// The shipped tree of one pure crate, as the crate alone asks for it.
///
/// Alone, because the workspace takes features together: a `v7` somewhere gives `uuid` its randomness everywhere.
pub fn check_pure_tree(folder: &str, tree: &BTreeSet<String>) -> Vec<Complaint> {
    NOT_BELOW_PURE
        .iter()
        .filter(|banned| tree.contains(**banned))
        .map(|banned| {
            let text = format!("is a pure crate and may not have `{banned}` below it: {WHERE_TO_READ}");
            Complaint::new(folder, text)
        })
        .collect()
}

/// Modules that stay closed to a crate although it may name the crate they are in.
pub fn check_modules(files: &[SourceFile]) -> Vec<Complaint> {
    each_rust_file(files, |file, tokens| {
        let closed = CLOSED_MODULES.iter().filter(|(ours, _, _)| *ours == file.owner);
        let named = names(tokens);
        closed
            .flat_map(|(_, path, why)| named.iter().filter(|named| named.contains(path)).map(move |named| (named, why)))
            .map(|(named, why)| Complaint::new(file.at(named.line), format!("names {}: {why}", named.written())))
            .collect()
    })
}

/// The promises no chain of allowed arrows may break.
pub fn check_table(rows: &[Row]) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    for (from, never) in NEVER {
        let reached = reachable(rows, from);
        for to in never.iter().filter(|to| reached.contains(**to)) {
            let text = format!("lets {from} reach {to}, in one step or several, which must stay impossible");
            complaints.push(Complaint::new(WHERE_TO_CHANGE, text));
        }
    }
    complaints
}

/// Slint's own crates, by name.
pub fn is_slint(package: &str) -> bool {
    package == "slint" || package.starts_with("i-slint-")
}

fn needs_outside_row(row: &Row, one: &Crate, ours: &BTreeSet<&str>) -> Vec<Complaint> {
    let allowed = |name: &str, used: Use| match used {
        Use::Shipped => row.may_name.contains(&name),
        Use::Tests => row.may_name.contains(&name) || row.tests_may_name.contains(&name),
    };
    one.needs
        .iter()
        .filter(|need| ours.contains(need.name.as_str()) && need.name != one.name && !allowed(&need.name, need.used))
        .map(|need| Complaint::new(&one.folder, refusal(&need.name, need.used)))
        .collect()
}

fn refusal(name: &str, used: Use) -> String {
    let whose = match used {
        Use::Shipped => "may not depend on",
        Use::Tests => "may not depend, even in its tests, on",
    };
    format!("{whose} {name}: {WHERE_TO_READ}")
}

fn stale_rows(rows: &BTreeMap<&str, &Row>, ours: &BTreeSet<&str>) -> Vec<Complaint> {
    rows.keys()
        .filter(|name| !ours.contains(**name))
        .map(|name| {
            Complaint::new(WHERE_TO_CHANGE, format!("has a row for {name}, which is no crate of the workspace"))
        })
        .collect()
}

fn no_row(one: &Crate) -> Complaint {
    let text = format!("{} has no row in {WHERE_TO_CHANGE}: add one, and its arrows to ARCHITECTURE.md", one.name);
    Complaint::new(&one.folder, text)
}

fn taken_crates(one: &Crate) -> Vec<Complaint> {
    ONLY_IN
        .iter()
        .filter(|(foreign, owner, _)| one.name != *owner && one.needs.iter().any(|need| need.name == *foreign))
        .map(|(foreign, _, why)| Complaint::new(&one.folder, format!("may not name {foreign}: {why}")))
        .collect()
}

fn reaches_slint(one: &Crate) -> Option<Complaint> {
    let (_, way) = one.linked.iter().find(|(name, _)| is_slint(name))?;
    let text = format!("may not link Slint, but does: {} → {}: {WHERE_TO_READ}", one.name, way.join(" → "));
    Some(Complaint::new(&one.folder, text))
}

fn reachable<'a>(rows: &[Row], from: &'a str) -> BTreeSet<&'a str>
where
    'static: 'a,
{
    let mut reached: BTreeSet<&str> = BTreeSet::new();
    let mut waiting = vec![from];
    while let Some(at) = waiting.pop() {
        let Some(row) = rows.iter().find(|row| row.name == at) else { continue };
        for next in row.may_name {
            if reached.insert(next) {
                waiting.push(next);
            }
        }
    }
    reached
}
