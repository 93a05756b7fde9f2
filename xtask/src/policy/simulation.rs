//! Simulate the wire, not the driver: nothing that is shipped may ask whether it is being simulated.

use proc_macro2::{Delimiter, TokenStream, TokenTree};

use super::Complaint;
use super::source::{SourceFile, each_rust_file};
use super::tokens::{is_punct, without_tests, words};

/// Where the rule holds: everything between the wire and the screen.
const FOLDERS: &[&str] = &["hal/", "drivers/", "kiosk-app/core/", "kiosk-app/ui/"];
const EXCEPT: &str = "drivers/sim/";

const WORDS: &[&str] = &["sim", "simulate", "simulated", "simulation", "simulator"];

pub fn check(files: &[SourceFile]) -> Vec<Complaint> {
    let bound = |file: &&SourceFile| {
        FOLDERS.iter().any(|folder| file.path.starts_with(folder)) && !file.path.starts_with(EXCEPT) && !file.is_test()
    };
    each_rust_file(files.iter().filter(bound), |file, tokens| {
        let mut lines = Vec::new();
        asking_lines(without_tests(tokens), &mut lines);
        lines.dedup();
        lines.into_iter().map(|line| complaint(file, line)).collect()
    })
}

fn complaint(file: &SourceFile, line: usize) -> Complaint {
    let text = "asks whether it is being simulated: a virtual device sits on the wire (device-sim), never in here";
    Complaint::new(file.at(line), text)
}

/// Lines of `#[cfg(…)]`, `cfg!(…)`, `if …` and `match …` whose condition has a word of [`WORDS`].
fn asking_lines(tokens: TokenStream, lines: &mut Vec<usize>) {
    let all: Vec<TokenTree> = tokens.into_iter().collect();
    for (at, token) in all.iter().enumerate() {
        let condition = match token {
            TokenTree::Ident(ident) if ident == "if" || ident == "match" => up_to_body(&all, at),
            TokenTree::Ident(ident) if ident == "cfg" || ident == "cfg_attr" => arguments(&all, at),
            TokenTree::Ident(_) | TokenTree::Punct(_) | TokenTree::Literal(_) | TokenTree::Group(_) => continue,
        };
        lines.extend(words(condition).iter().filter(|(word, _)| speaks_of_simulation(word)).map(|(_, line)| *line));
    }
    for token in all {
        if let TokenTree::Group(group) = token {
            asking_lines(group.stream(), lines);
        }
    }
}

fn up_to_body(all: &[TokenTree], at: usize) -> TokenStream {
    let body = |token: &&TokenTree| matches!(token, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace);
    all.iter().skip(at + 1).take_while(|token| !body(token)).cloned().collect()
}

fn arguments(all: &[TokenTree], at: usize) -> TokenStream {
    let after = if is_punct(all.get(at + 1), '!') { at + 2 } else { at + 1 };
    all.get(after).cloned().into_iter().collect()
}

fn speaks_of_simulation(word: &str) -> bool {
    let camel = word.strip_prefix("Sim").is_some_and(|rest| rest.starts_with(char::is_uppercase));
    camel || word.split(|c: char| !c.is_alphanumeric()).any(|part| WORDS.contains(&part.to_lowercase().as_str()))
}
