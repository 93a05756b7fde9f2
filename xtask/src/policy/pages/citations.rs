//! `path.rs::name` on a page names something that is there; an invariant names a test.

use super::super::Complaint;
use super::super::committed::Committed;
use super::{Line, Page, pages};

/// The section with a table of what holds and by which tests.
pub const INVARIANTS: &str = "Invariants";
/// How that table begins.
const HEAD: &str = "what holds";
/// The page whose tables of claims are held to the same.
pub const SECURITY: &str = "docs/security.md";
const CLAIM_HEAD: &str = "claim";
/// How the headings of its sections with claims begin.
const CLAIM_SECTIONS: &[&str] = &["What a ", "What the "];
/// How a claim that no test shows says so; or it names the page that has the tests.
const UNTESTED: &[&str] = &["not by a test of its own", "README.md` has"];

const KEYWORDS: &[&str] = &["fn", "struct", "enum", "trait", "const", "static", "type", "mod"];

pub fn check(files: &[Committed]) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    for page in pages(files) {
        for line in page.lines() {
            let cited = citations(line);
            complaints.extend(cited.iter().filter_map(|cited| refused(&page, line, cited, files)));
            if is_invariant(line) && cited.is_empty() {
                let text = "states an invariant without the test that holds it: cite path.rs::name";
                complaints.push(Complaint::new(page.at(line), text));
            }
            if is_claim(&page, line) && cited.is_empty() && !UNTESTED.iter().any(|word| line.text.contains(word)) {
                let text = "states a claim without the test that shows it: cite path.rs::name";
                complaints.push(Complaint::new(page.at(line), text));
            }
        }
    }
    complaints
}

struct Citation<'a> {
    path: String,
    name: &'a str,
}

fn citations(line: &Line) -> Vec<Citation<'_>> {
    let cited = line.code().filter_map(|code| code.split_once(".rs::"));
    cited.map(|(stem, name)| Citation { path: format!("{stem}.rs"), name }).collect()
}

fn refused(page: &Page, line: &Line, cited: &Citation<'_>, files: &[Committed]) -> Option<Complaint> {
    let Citation { path, name } = cited;
    let text = match files.iter().find(|file| file.path == *path) {
        None => format!("cites {path}, which git does not track"),
        Some(file) => match declared(&String::from_utf8_lossy(&file.content), name) {
            Declared::Nowhere => format!("cites {name}, which {path} does not have"),
            Declared::Plain if is_invariant(line) || is_claim(page, line) => {
                format!("cites {name} of {path} as a test, which it is not")
            }
            Declared::Plain | Declared::Test => return None,
        },
    };
    Some(Complaint::new(page.at(line), text))
}

enum Declared {
    Nowhere,
    Plain,
    Test,
}

/// Looks at lines instead of syntax: tests inside a macro's braces count as well.
fn declared(text: &str, name: &str) -> Declared {
    let lines: Vec<&str> = text.lines().map(str::trim_start).collect();
    match lines.iter().position(|line| declares(line, name)) {
        None => Declared::Nowhere,
        Some(at) if lines.iter().take(at).rev().take_while(|line| is_above(line)).any(|line| is_test(line)) => {
            Declared::Test
        }
        Some(_) => Declared::Plain,
    }
}

fn declares(line: &str, name: &str) -> bool {
    let words: Vec<&str> = line.split(|c: char| !(c.is_alphanumeric() || c == '_')).collect();
    !line.starts_with("//") && words.windows(2).any(|pair| KEYWORDS.contains(&pair[0]) && pair[1] == name)
}

/// An attribute or a comment, which belongs to what comes below it.
fn is_above(line: &str) -> bool {
    line.starts_with("#[") || line.starts_with("//")
}

fn is_test(line: &str) -> bool {
    line.starts_with("#[") && (line.contains("test]") || line.contains("test("))
}

/// A row of the table of invariants, neither its head nor the rule below that.
fn is_invariant(line: &Line) -> bool {
    let rule = |cell: &str| cell.bytes().all(|byte| matches!(byte, b'-' | b':'));
    let is_row = |cells: Vec<&str>| !rule(cells[0]) && cells[0] != HEAD;
    line.section == INVARIANTS && line.cells().is_some_and(is_row)
}

/// A row of a table of claims about what somebody can do, neither its head nor the rule below that.
fn is_claim(page: &Page, line: &Line) -> bool {
    let rule = |cell: &str| cell.bytes().all(|byte| matches!(byte, b'-' | b':'));
    let is_row = |cells: Vec<&str>| !rule(cells[0]) && cells[0] != CLAIM_HEAD;
    let of_claims = CLAIM_SECTIONS.iter().any(|start| line.section.starts_with(start));
    page.path == SECURITY && of_claims && line.cells().is_some_and(is_row)
}
