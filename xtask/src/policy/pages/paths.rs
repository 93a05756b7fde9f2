//! Every path a page names is tracked.

use std::collections::BTreeSet;

use super::super::Complaint;
use super::super::committed::Committed;
use super::{Line, Page, pages};

/// What the commands make: never tracked.
const MADE: &[&str] = &["target"];

/// What stands in front of a link's target.
const LINKS: &[&str] = &["](", "src=\"", "href=\""];

/// Links of every page, and paths in backticks of those at the top and below `docs`.
///
/// A page inside a crate is about that crate, so its paths in backticks begin there and are not looked at.
pub fn check(files: &[Committed]) -> Vec<Complaint> {
    let tracked = tracked(files);
    let mut complaints = Vec::new();
    for page in pages(files) {
        for line in page.lines() {
            let absent = |path: &&String| !tracked.contains(*path);
            let mut named: Vec<String> = links(line).map(|target| resolved(&page.path, target)).collect();
            if is_about_the_whole(&page) {
                named.extend(line.code().filter_map(path_in_code));
            }
            complaints.extend(named.iter().filter(absent).map(|path| complaint(&page, line, path)));
        }
    }
    complaints
}

fn complaint(page: &Page, line: &Line, path: &str) -> Complaint {
    Complaint::new(page.at(line), format!("names {path}, which git does not track"))
}

/// Files, and every folder that has one.
fn tracked(files: &[Committed]) -> BTreeSet<String> {
    let mut all = BTreeSet::from([String::new()]);
    for file in files {
        let mut path = file.path.as_str();
        all.insert(path.to_owned());
        while let Some((folder, _)) = path.rsplit_once('/') {
            all.insert(folder.to_owned());
            path = folder;
        }
    }
    all
}

fn is_about_the_whole(page: &Page) -> bool {
    !page.path.contains('/') || page.path.starts_with("docs/")
}

/// Targets of links to the tree, without their `#place`.
fn links(line: &Line) -> impl Iterator<Item = &str> {
    let ends = |c: char| matches!(c, ')' | '"' | '#');
    LINKS
        .iter()
        .flat_map(|start| line.text.split(start).skip(1))
        .filter_map(move |rest| rest.split(ends).next())
        .filter(|target| !target.is_empty() && !target.contains("://"))
}

/// The target seen from the top of the tree.
fn resolved(page: &str, target: &str) -> String {
    let mut parts: Vec<&str> = page.split('/').collect();
    parts.pop();
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            name => parts.push(name),
        }
    }
    parts.join("/")
}

/// `hal/src/link.rs`, or the path of `hal/src/link.rs::ByteLink`. Without a slash it may be any word.
fn path_in_code(code: &str) -> Option<String> {
    let path = code.split("::").next().unwrap_or(code).trim_end_matches('/');
    let is_path = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '.' | '-' | '_');
    let of_the_tree = code.contains('/') && !code.starts_with('/') && path.chars().all(is_path);
    let made = MADE.iter().any(|made| path.split('/').next() == Some(made));
    (of_the_tree && !made).then(|| path.to_owned())
}
