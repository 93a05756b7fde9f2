//! Rust as tokens: the paths a file names, and the file without its tests.
//!
//! Tokens rather than syntax trees, because a path inside a macro's arguments counts as well.

use std::iter::Peekable;

use proc_macro2::token_stream::IntoIter;
use proc_macro2::{Delimiter, Group, Ident, TokenStream, TokenTree};

/// A path as written, `use` trees written out: `use std::time::{Duration, Instant}` names two.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    pub segments: Vec<String>,
    pub line: usize,
    /// Whether it is called as a macro, with `!`.
    pub is_macro: bool,
}

impl Named {
    /// Whether `wanted` stands somewhere in the path, segment by segment.
    pub fn contains(&self, wanted: &[&str]) -> bool {
        self.segments.windows(wanted.len()).any(|window| window.iter().zip(wanted).all(|(have, want)| have == want))
    }

    pub fn written(&self) -> String {
        self.segments.join("::")
    }
}

/// Every path in the tokens, in order, macro arguments included. Names in comments and in text are not paths.
pub fn names(tokens: TokenStream) -> Vec<Named> {
    let mut found = Vec::new();
    collect(tokens, &mut found);
    found
}

/// The tokens without items under `#[test]` or `#[cfg(test)]`.
pub fn without_tests(tokens: TokenStream) -> TokenStream {
    let mut kept = Vec::new();
    let mut rest = tokens.into_iter().peekable();
    while let Some(token) = rest.next() {
        if is_punct(Some(&token), '#')
            && let Some(TokenTree::Group(attribute)) = rest.peek()
            && is_test_attribute(attribute)
        {
            skip_item(&mut rest);
            continue;
        }
        kept.push(match token {
            TokenTree::Group(group) => TokenTree::Group(rebuilt(&group)),
            TokenTree::Ident(_) | TokenTree::Punct(_) | TokenTree::Literal(_) => token,
        });
    }
    kept.into_iter().collect()
}

/// Words of the tokens at every depth: identifiers and literals, with their lines.
pub fn words(tokens: TokenStream) -> Vec<(String, usize)> {
    tokens
        .into_iter()
        .flat_map(|token| match token {
            TokenTree::Group(group) => words(group.stream()),
            TokenTree::Ident(ident) => vec![(ident.to_string(), ident.span().start().line)],
            TokenTree::Literal(literal) => vec![(literal.to_string(), literal.span().start().line)],
            TokenTree::Punct(_) => Vec::new(),
        })
        .collect()
}

pub fn is_punct(token: Option<&TokenTree>, wanted: char) -> bool {
    matches!(token, Some(TokenTree::Punct(punct)) if punct.as_char() == wanted)
}

type Rest = Peekable<IntoIter>;

fn collect(tokens: TokenStream, found: &mut Vec<Named>) {
    let mut rest = tokens.into_iter().peekable();
    while let Some(token) = rest.next() {
        match token {
            TokenTree::Ident(first) => path(Vec::new(), &first, &mut rest, found),
            TokenTree::Group(group) => collect(group.stream(), found),
            TokenTree::Punct(_) | TokenTree::Literal(_) => {}
        }
    }
}

/// Reads on from the first segment of a path to its end, through the braces of a `use` tree.
fn path(prefix: Vec<String>, first: &Ident, rest: &mut Rest, found: &mut Vec<Named>) {
    let line = first.span().start().line;
    let mut segments = prefix;
    segments.push(first.to_string());
    while double_colon(rest) {
        match rest.peek().cloned() {
            Some(TokenTree::Ident(next)) => {
                rest.next();
                segments.push(next.to_string());
            }
            Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace => {
                rest.next();
                return branches(&segments, &group, found);
            }
            Some(TokenTree::Group(_) | TokenTree::Punct(_) | TokenTree::Literal(_)) | None => break,
        }
    }
    let is_macro = bang_and_group(rest);
    found.push(Named { segments, line, is_macro });
}

fn branches(prefix: &[String], group: &Group, found: &mut Vec<Named>) {
    let mut rest = group.stream().into_iter().peekable();
    while let Some(token) = rest.next() {
        if let TokenTree::Ident(first) = token {
            if first == "self" {
                found.push(Named { segments: prefix.to_vec(), line: first.span().start().line, is_macro: false });
            } else {
                path(prefix.to_vec(), &first, &mut rest, found);
            }
            skip_to_comma(&mut rest);
        }
    }
}

/// Takes `::` if it comes next. A single `:` (a field, a type) is taken too, which ends the path all the same.
fn double_colon(rest: &mut Rest) -> bool {
    if !is_punct(rest.peek(), ':') {
        return false;
    }
    rest.next();
    let double = is_punct(rest.peek(), ':');
    if double {
        rest.next();
    }
    double
}

/// `!` directly before brackets; in `a != b` the `!` stands before `=`.
fn bang_and_group(rest: &Rest) -> bool {
    let mut ahead = rest.clone();
    is_punct(ahead.next().as_ref(), '!') && matches!(ahead.next(), Some(TokenTree::Group(_)))
}

fn skip_to_comma(rest: &mut Rest) {
    while rest.next_if(|token| !is_punct(Some(token), ',')).is_some() {}
}

fn is_test_attribute(attribute: &Group) -> bool {
    let all: Vec<String> = words(attribute.stream()).into_iter().map(|(word, _)| word).collect();
    let has = |wanted: &str| all.iter().any(|word| word == wanted);
    match all.first().map(String::as_str) {
        Some("test") => all.len() == 1,
        Some("cfg") => has("test") && !has("not"),
        Some(_) | None => false,
    }
}

/// Drops the attribute's brackets and the item behind them, which ends with its body or with `;`.
fn skip_item(rest: &mut Rest) {
    for token in rest.by_ref() {
        let body = matches!(&token, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace);
        if body || is_punct(Some(&token), ';') {
            return;
        }
    }
}

fn rebuilt(group: &Group) -> Group {
    let mut kept = Group::new(group.delimiter(), without_tests(group.stream()));
    kept.set_span(group.span());
    kept
}
