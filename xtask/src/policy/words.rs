//! Names that say nothing, and work left lying about.

use proc_macro2::{TokenStream, TokenTree};

use super::Complaint;
use super::source::{SourceFile, each_rust_file};
use super::tokens::{is_punct, names, words};

/// Modules are named after what they are about.
const EMPTY_NAMES: &[&str] = &["util", "utils", "common", "helper", "helpers", "manager"];

const UNFINISHED: &[&str] = &["todo", "unimplemented"];

/// Written in two parts, so that this file does not break its own rule.
const MARK: &str = concat!("FIX", "ME");

pub fn check(files: &[SourceFile]) -> Vec<Complaint> {
    let mut complaints: Vec<Complaint> = files.iter().filter_map(empty_file_name).collect();
    complaints.extend(files.iter().flat_map(marks));
    complaints.extend(each_rust_file(files, |file, tokens| {
        let mut found = unfinished(file, tokens.clone());
        in_every_group(file, &tokens, &mut found);
        found
    }));
    complaints
}

fn empty_file_name(file: &SourceFile) -> Option<Complaint> {
    let parts = file.inside.split('/').map(|part| part.split('.').next().unwrap_or(part));
    let name = parts.into_iter().find(|part| EMPTY_NAMES.contains(part))?;
    Some(Complaint::new(&file.path, says_nothing(name)))
}

fn says_nothing(name: &str) -> String {
    format!("`{name}` says nothing: name the module after what it is about")
}

fn marks(file: &SourceFile) -> Vec<Complaint> {
    let marked = file.text.lines().enumerate().filter(|(_, line)| line.contains(MARK));
    marked
        .map(|(at, _)| Complaint::new(file.at(at + 1), format!("has a {MARK}: finish it, or write down the limit")))
        .collect()
}

fn unfinished(file: &SourceFile, tokens: TokenStream) -> Vec<Complaint> {
    names(tokens)
        .iter()
        .filter(|named| named.is_macro && UNFINISHED.contains(&named.written().as_str()))
        .map(|named| {
            let text = format!("calls {}!: leave out what is not there yet", named.written());
            Complaint::new(file.at(named.line), text)
        })
        .collect()
}

fn in_every_group(file: &SourceFile, tokens: &TokenStream, found: &mut Vec<Complaint>) {
    let all: Vec<TokenTree> = tokens.clone().into_iter().collect();
    found.extend(all.windows(2).filter_map(|pair| bare_ignore(file, pair)));
    found.extend(all.windows(3).filter_map(|three| empty_module(file, three)));
    for token in &all {
        if let TokenTree::Group(group) = token {
            in_every_group(file, &group.stream(), found);
        }
    }
}

/// `#[ignore]`; with a reason it reads `#[ignore = "needs the bench with a real printer"]`.
fn bare_ignore(file: &SourceFile, pair: &[TokenTree]) -> Option<Complaint> {
    let [hash, TokenTree::Group(attribute)] = pair else { return None };
    let all = words(attribute.stream());
    let [(word, line)] = all.as_slice() else { return None };
    let text = "ignores a test without a reason: write #[ignore = \"which bench runs it\"]";
    (is_punct(Some(hash), '#') && word == "ignore").then(|| Complaint::new(file.at(*line), text))
}

/// `mod utils { … }`; a module in a file of its own is found by the file's name.
fn empty_module(file: &SourceFile, three: &[TokenTree]) -> Option<Complaint> {
    let [TokenTree::Ident(keyword), TokenTree::Ident(name), TokenTree::Group(_)] = three else { return None };
    let says_something = keyword != "mod" || !EMPTY_NAMES.contains(&name.to_string().as_str());
    (!says_something).then(|| Complaint::new(file.at(name.span().start().line), says_nothing(&name.to_string())))
}
