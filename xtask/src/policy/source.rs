//! One source file and what part of the workspace it belongs to.

use std::str::FromStr;

use proc_macro2::TokenStream;

use super::Complaint;

/// A Rust or Slint file of a crate of ours.
#[derive(Debug, Clone)]
pub struct SourceFile {
    /// Relative to the root of the workspace, with `/`.
    pub path: String,
    /// The crate it belongs to.
    pub owner: String,
    /// Relative to the folder of that crate.
    pub inside: String,
    pub text: String,
}

impl SourceFile {
    pub fn is_rust(&self) -> bool {
        self.path.ends_with(".rs")
    }

    /// Whether nothing of the file is shipped: integration tests, benches, examples, and modules called `tests`.
    pub fn is_test(&self) -> bool {
        self.inside.split('/').any(|part| matches!(part, "tests" | "tests.rs" | "benches" | "examples"))
    }

    pub fn file_name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }

    /// `Err` when the text does not lex; the compiler says it better, so the complaint only names the file.
    pub fn tokens(&self) -> Result<TokenStream, Complaint> {
        TokenStream::from_str(&self.text).map_err(|error| Complaint::new(&self.path, format!("is not Rust: {error}")))
    }

    /// `Err` as for [`Self::tokens`].
    pub fn syntax(&self) -> Result<syn::File, Complaint> {
        syn::parse_file(&self.text).map_err(|error| Complaint::new(&self.path, format!("is not Rust: {error}")))
    }

    pub fn at(&self, line: usize) -> String {
        format!("{}:{line}", self.path)
    }
}

/// Runs a check of tokens on the Rust files among `files`; a file that does not lex is itself a complaint.
pub fn each_rust_file<'a>(
    files: impl IntoIterator<Item = &'a SourceFile>,
    check: impl Fn(&SourceFile, TokenStream) -> Vec<Complaint>,
) -> Vec<Complaint> {
    let rust = files.into_iter().filter(|file| file.is_rust());
    rust.flat_map(|file| match file.tokens() {
        Ok(tokens) => check(file, tokens),
        Err(complaint) => vec![complaint],
    })
    .collect()
}
