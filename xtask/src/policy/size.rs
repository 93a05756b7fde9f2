//! How long a function and a file may be. Aim far lower: 10 lines, 150 to 300 lines.

use proc_macro2::Span;
use quote::ToTokens;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{ImplItemFn, ItemFn, ItemMod, Signature, TraitItemFn};

use super::Complaint;
use super::source::SourceFile;

/// From `fn` to the closing brace.
pub const FUNCTION_LINES_MAX: usize = 70;
/// Shipped code of one file; also the whole of a `.slint` file.
pub const FILE_LINES_MAX: usize = 500;
/// One file with the tests inside it, or a file of tests.
pub const FILE_LINES_WITH_TESTS_MAX: usize = 600;

pub fn check(files: &[SourceFile]) -> Vec<Complaint> {
    files.iter().flat_map(|file| if file.is_rust() { rust(file) } else { other(file) }).collect()
}

fn rust(file: &SourceFile) -> Vec<Complaint> {
    let syntax = match file.syntax() {
        Ok(syntax) => syntax,
        Err(complaint) => return vec![complaint],
    };
    let mut measured = Measured::default();
    measured.visit_file(&syntax);
    let all = file.text.lines().count();
    let shipped = if file.is_test() { 0 } else { all.saturating_sub(measured.test_lines) };
    let too_long = [
        (shipped > FILE_LINES_MAX).then(|| split(file, shipped, "without its tests", FILE_LINES_MAX)),
        (all > FILE_LINES_WITH_TESTS_MAX).then(|| split(file, all, "in all", FILE_LINES_WITH_TESTS_MAX)),
    ];
    let functions = measured.functions.iter().filter(|function| function.lines > FUNCTION_LINES_MAX);
    functions.map(|function| shorten(file, function)).chain(too_long.into_iter().flatten()).collect()
}

fn other(file: &SourceFile) -> Vec<Complaint> {
    let lines = file.text.lines().count();
    (lines > FILE_LINES_MAX).then(|| split(file, lines, "in all", FILE_LINES_MAX)).into_iter().collect()
}

fn split(file: &SourceFile, lines: usize, which: &str, limit: usize) -> Complaint {
    Complaint::new(&file.path, format!("has {lines} lines {which}, more than {limit}: split it by what it is about"))
}

fn shorten(file: &SourceFile, function: &Function) -> Complaint {
    let Function { name, lines, first } = function;
    let text = format!("`{name}` has {lines} lines, more than {FUNCTION_LINES_MAX}: give its steps names of their own");
    Complaint::new(file.at(*first), text)
}

struct Function {
    name: String,
    first: usize,
    lines: usize,
}

#[derive(Default)]
struct Measured {
    functions: Vec<Function>,
    test_lines: usize,
}

impl Measured {
    fn measure(&mut self, signature: &Signature, end: Span) {
        let first = signature.span().start().line;
        let lines = end.end().line.saturating_sub(first) + 1;
        self.functions.push(Function { name: signature.ident.to_string(), first, lines });
    }
}

impl<'ast> Visit<'ast> for Measured {
    fn visit_item_fn(&mut self, function: &'ast ItemFn) {
        self.measure(&function.sig, function.block.span());
        visit::visit_item_fn(self, function);
    }

    fn visit_impl_item_fn(&mut self, function: &'ast ImplItemFn) {
        self.measure(&function.sig, function.block.span());
        visit::visit_impl_item_fn(self, function);
    }

    fn visit_trait_item_fn(&mut self, function: &'ast TraitItemFn) {
        self.measure(&function.sig, function.span());
        visit::visit_trait_item_fn(self, function);
    }

    fn visit_item_mod(&mut self, module: &'ast ItemMod) {
        let is_tests = module.attrs.iter().any(|attribute| {
            attribute.path().is_ident("cfg") && attribute.meta.to_token_stream().to_string() == "cfg (test)"
        });
        if is_tests {
            let span = module.span();
            self.test_lines += span.end().line.saturating_sub(span.start().line) + 1;
        }
        visit::visit_item_mod(self, module);
    }
}
