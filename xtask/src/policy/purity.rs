//! Pure crates decide and do nothing: no clock, files, network, environment or randomness. Time is an argument.

use toml::{Table, Value};

use super::Complaint;
use super::source::{SourceFile, each_rust_file};
use super::tokens::{Named, names, without_tests};

struct Ban {
    path: &'static [&'static str],
    instead: &'static str,
}

const TIME: &str = "take the time as an argument";
const FILES: &str = "return an effect, and let the program around it do the I/O";
const CHANCE: &str = "take the id or the seed as an argument";

const BANS: &[Ban] = &[
    Ban { path: &["Instant"], instead: TIME },
    Ban { path: &["SystemTime"], instead: TIME },
    Ban { path: &["Timestamp", "now"], instead: TIME },
    Ban { path: &["Zoned", "now"], instead: TIME },
    Ban { path: &["TimeZone", "system"], instead: "take the time zone as an argument" },
    Ban { path: &["thread", "sleep"], instead: "return a deadline" },
    Ban { path: &["std", "env"], instead: "take the setting as an argument" },
    Ban { path: &["std", "fs"], instead: FILES },
    Ban { path: &["std", "net"], instead: FILES },
    Ban { path: &["std", "process"], instead: FILES },
    Ban { path: &["rand"], instead: CHANCE },
    Ban { path: &["getrandom"], instead: CHANCE },
    Ban { path: &["Uuid", "new_v4"], instead: CHANCE },
    Ban { path: &["Uuid", "now_v7"], instead: CHANCE },
];

const PRINTING: &[&str] = &["print", "println", "eprint", "eprintln", "dbg"];

/// What every pure crate's `clippy.toml` bans, so that the editor says it before this check does.
pub const DISALLOWED_METHODS: &[&str] = &[
    "std::time::Instant::now",
    "std::time::SystemTime::now",
    "std::thread::sleep",
    "std::env::var",
    "std::env::var_os",
];

/// The shipped code of pure crates; their tests may do as they like.
pub fn check(files: &[SourceFile]) -> Vec<Complaint> {
    each_rust_file(files.iter().filter(|file| !file.is_test()), |file, tokens| {
        names(without_tests(tokens)).iter().filter_map(|named| impure(file, named)).collect()
    })
}

/// A crate's `clippy.toml` replaces the one at the root, so it must repeat what stands there.
pub fn check_clippy_toml(root: &str, folder: &str, own: Option<&str>) -> Vec<Complaint> {
    let place = format!("{folder}/clippy.toml");
    let Some(own) = own else {
        let text = "is missing: a pure crate bans the clock there; copy it from another pure crate";
        return vec![Complaint::new(place, text)];
    };
    match (root.parse::<Table>(), own.parse::<Table>()) {
        (Ok(root), Ok(own)) => not_repeated(&place, &root, &own).chain(not_banned(&place, &own)).collect(),
        (Err(error), _) => vec![Complaint::new("clippy.toml", format!("cannot be read: {}", error.message()))],
        (_, Err(error)) => vec![Complaint::new(place, format!("cannot be read: {}", error.message()))],
    }
}

fn impure(file: &SourceFile, named: &Named) -> Option<Complaint> {
    if named.is_macro && PRINTING.contains(&named.written().as_str()) {
        let text = format!("calls {}!, but a pure crate prints nothing: return a value", named.written());
        return Some(Complaint::new(file.at(named.line), text));
    }
    let ban = BANS.iter().find(|ban| named.contains(ban.path))?;
    let text = format!("names {} in a pure crate: {}", named.written(), ban.instead);
    Some(Complaint::new(file.at(named.line), text))
}

fn not_repeated(place: &str, root: &Table, own: &Table) -> impl Iterator<Item = Complaint> {
    root.iter().filter(|(key, value)| own.get(*key) != Some(value)).map(move |(key, value)| {
        Complaint::new(place, format!("must repeat `{key} = {value}` of the root's clippy.toml, which it replaces"))
    })
}

fn not_banned(place: &str, own: &Table) -> impl Iterator<Item = Complaint> {
    let banned: Vec<&str> = own
        .get("disallowed-methods")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.as_str().or_else(|| entry.get("path").and_then(Value::as_str)))
        .collect();
    DISALLOWED_METHODS.iter().filter(move |method| !banned.contains(method)).map(move |method| {
        Complaint::new(place, format!("must list {method} in disallowed-methods, with what to do instead"))
    })
}
