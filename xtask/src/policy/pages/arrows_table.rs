//! The table under "Arrows" of ARCHITECTURE.md is the table the checks use.

use std::collections::{BTreeMap, BTreeSet};

use super::super::Complaint;
use super::super::committed::Committed;
use super::super::table::{Nature, Row};
use super::Page;

/// The section the table stands in.
pub const ARROWS: &str = "Arrows";
const PAGE: &str = "ARCHITECTURE.md";
/// A cell without any crate.
const NOTHING: &str = "nothing";

/// What one row says, whatever the order of its words.
#[derive(PartialEq, Eq)]
struct Said {
    nature: String,
    may_name: BTreeSet<String>,
    tests_may_name: BTreeSet<String>,
}

pub fn check(files: &[Committed], rows: &[Row]) -> Vec<Complaint> {
    let Some(page) = files.iter().find(|file| file.path == PAGE).map(Page::of) else {
        return vec![Complaint::new(PAGE, "is not there")];
    };
    let written = written(&page);
    let known: BTreeSet<&str> = rows.iter().map(|row| row.name).collect();
    let strangers = written.keys().filter(|name| !known.contains(name.as_str()));
    let mut complaints: Vec<Complaint> =
        strangers.map(|name| Complaint::new(PAGE, format!("has arrows of {name}, which table.rs has not"))).collect();
    complaints.extend(rows.iter().filter_map(|row| difference(row, written.get(row.name))));
    complaints
}

fn written(page: &Page) -> BTreeMap<String, Said> {
    let rows = page.section(ARROWS).filter_map(|line| {
        let cells = line.cells()?;
        let [name, nature, may_name, tests_may_name] = cells.as_slice() else { return None };
        let name = name.strip_prefix('`')?.strip_suffix('`')?;
        let said =
            Said { nature: (*nature).to_owned(), may_name: crates(may_name), tests_may_name: crates(tests_may_name) };
        Some((name.to_owned(), said))
    });
    rows.collect()
}

fn crates(cell: &str) -> BTreeSet<String> {
    cell.split(',').map(|name| name.trim().to_owned()).filter(|name| name != NOTHING).collect()
}

fn difference(row: &Row, written: Option<&Said>) -> Option<Complaint> {
    let expected = expected(row);
    let got = match written {
        Some(written) if *written == expected => return None,
        Some(written) => text(row.name, written),
        None => "no row".to_owned(),
    };
    Some(Complaint::new(PAGE, format!("under {ARROWS}: expected {}, got {got}", text(row.name, &expected))))
}

fn expected(row: &Row) -> Said {
    let nature = match row.nature {
        Nature::Pure => "pure",
        Nature::Plain => "plain",
        Nature::Slint => "Slint",
    };
    let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    Said { nature: nature.to_owned(), may_name: owned(row.may_name), tests_may_name: owned(row.tests_may_name) }
}

/// A row as it must be written.
fn text(name: &str, said: &Said) -> String {
    let joined = |names: &BTreeSet<String>| {
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        if names.is_empty() { NOTHING.to_owned() } else { names.join(", ") }
    };
    format!("| `{name}` | {} | {} | {} |", said.nature, joined(&said.may_name), joined(&said.tests_may_name))
}
