//! All measurements on one page: the targets of each, what was measured, and whether it is enough.
//!
//! A page of `docs/benchmarks` has a section `## Targets` whose table has the columns *what*, *target*, *here*, *met*,
//! and ends with a line that says where it was measured. This module turns such pages into `docs/benchmarks.md`. It
//! judges nothing: *met* is what the bench itself has printed.

use std::fmt::Write;

/// The heading below which a page states its targets.
const SECTION: &str = "## Targets";
/// The header of the table there.
const COLUMNS: [&str; 4] = ["what", "target", "here", "met"];
/// How the line starts that says where a page was measured.
pub const PLACE: &str = "Measured at ";

/// A page of `docs/benchmarks`.
#[derive(Debug, Clone, Copy)]
pub struct Page<'a> {
    /// The name of the bench.
    pub name: &'a str,
    /// The Markdown it has printed, with the line of its place; `None` when it was never run.
    pub text: Option<&'a str>,
}

/// What a page must have, and has not.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SummaryError {
    #[error("the page {name} has no section `{SECTION}`")]
    NoTargets { name: String },
    #[error("the targets of {name} have the columns `{found}`; wanted `| what | target | here | met |`")]
    Columns { name: String, found: String },
    #[error("the page {name} has a row of {found} cells among its targets: `{row}`")]
    Row { name: String, found: usize, row: String },
    #[error("the page {name} has no line that starts with `{PLACE}`")]
    NoPlace { name: String },
}

/// The page of all benches.
///
/// # Errors
/// A page without targets, with a table of another shape, or without the place of its measurement.
pub fn summary(pages: &[Page<'_>]) -> Result<String, SummaryError> {
    let mut rows = String::new();
    let mut places = String::new();
    for Page { name, text } in pages {
        let Some(text) = text else {
            let _ = writeln!(rows, "| {name} | everything | see its code | not measured so far | no |");
            continue;
        };
        for [what, target, here, met] in targets(name, text)? {
            let _ = writeln!(rows, "| [{name}](benchmarks/{name}.md) | {what} | {target} | {here} | {met} |");
        }
        let _ = writeln!(places, "- *{name}*: {}", place(name, text)?);
    }
    Ok(format!(
        "# Benchmarks\n\n\
         `cargo xtask bench` runs every measurement and writes this page; `cargo xtask bench NAME` runs one and\n\
         writes it anew. Each has a page of its own with all figures, the reference measured in the same run, and how it was\n\
         done. Seconds are those of one shared machine: ratios, counts and bytes say more.\n\n\
         | bench | what | target | here | met |\n|---|---|---|---|---|\n{rows}\n\
         ## Where\n\n{places}"
    ))
}

fn targets<'a>(name: &str, text: &'a str) -> Result<Vec<[&'a str; 4]>, SummaryError> {
    let name = || name.to_owned();
    let section = text.split_once(SECTION).ok_or_else(|| SummaryError::NoTargets { name: name() })?.1;
    let mut table = section.lines().skip_while(|line| !line.starts_with('|')).take_while(|line| line.starts_with('|'));
    let header = table.next().unwrap_or_default();
    if cells(header) != COLUMNS {
        return Err(SummaryError::Columns { name: name(), found: header.to_owned() });
    }
    table
        .skip(1)
        .map(|row| {
            let cells = cells(row);
            let found = cells.len();
            cells.try_into().map_err(|_| SummaryError::Row { name: name(), found, row: row.to_owned() })
        })
        .collect()
}

fn cells(row: &str) -> Vec<&str> {
    row.trim().trim_start_matches('|').trim_end_matches('|').split('|').map(str::trim).collect()
}

fn place<'a>(name: &str, text: &'a str) -> Result<&'a str, SummaryError> {
    let line = text.lines().rev().find_map(|line| line.strip_prefix(PLACE));
    line.ok_or_else(|| SummaryError::NoPlace { name: name.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "# Printing\n\n## Targets\n\nOf one ticket.\n\n| what | target | here | met |\n|---|---|---|---|\n\
                        | bytes on USB | ≤ 29000 | 28339 | yes |\n\nMeasured at 1234567 on a machine.\n";

    #[test]
    fn every_target_of_every_page_is_on_the_page_of_all() {
        let all = summary(&[Page { name: "print", text: Some(GOOD) }]).unwrap();
        assert!(all.contains("| [print](benchmarks/print.md) | bytes on USB | ≤ 29000 | 28339 | yes |"), "{all}");
        assert!(all.contains("- *print*: 1234567 on a machine."), "{all}");
    }

    #[test]
    fn a_bench_that_was_never_run_meets_nothing() {
        let all = summary(&[Page { name: "image", text: None }]).unwrap();
        assert!(all.contains("| image | everything | see its code | not measured so far | no |"), "{all}");
    }

    #[test]
    fn a_page_that_hides_its_targets_is_refused() {
        let without = GOOD.replace("## Targets", "## Other");
        let error = summary(&[Page { name: "print", text: Some(&without) }]).unwrap_err();
        assert_eq!(error, SummaryError::NoTargets { name: "print".to_owned() });
    }

    #[test]
    fn a_table_of_another_shape_is_refused() {
        let swapped = GOOD.replace("| target | here |", "| here | target |");
        let error = summary(&[Page { name: "print", text: Some(&swapped) }]).unwrap_err();
        assert!(matches!(error, SummaryError::Columns { .. }), "{error}");
        let short = GOOD.replace(" | yes |", " |");
        let error = summary(&[Page { name: "print", text: Some(&short) }]).unwrap_err();
        assert!(matches!(error, SummaryError::Row { found: 3, .. }), "{error}");
    }

    #[test]
    fn a_page_that_does_not_say_where_is_refused() {
        let nowhere = GOOD.replace("Measured at", "Seen at");
        let error = summary(&[Page { name: "print", text: Some(&nowhere) }]).unwrap_err();
        assert_eq!(error, SummaryError::NoPlace { name: "print".to_owned() });
    }
}
