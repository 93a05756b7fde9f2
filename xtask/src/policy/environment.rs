//! Only a `main.rs` reads the environment, so that a program's settings can be seen in one place.

use super::Complaint;
use super::source::{SourceFile, each_rust_file};
use super::table::MAY_READ_ENVIRONMENT;
use super::tokens::{names, without_tests};

pub fn check(files: &[SourceFile]) -> Vec<Complaint> {
    let bound = |file: &&SourceFile| {
        let excepted = MAY_READ_ENVIRONMENT.iter().any(|(owner, _)| *owner == file.owner);
        !excepted && !file.is_test() && !matches!(file.file_name(), "main.rs" | "build.rs")
    };
    each_rust_file(files.iter().filter(bound), |file, tokens| {
        names(without_tests(tokens))
            .iter()
            .filter(|named| named.contains(&["std", "env"]))
            .map(|named| {
                let text = format!("names {}: only a main.rs reads the environment and passes it on", named.written());
                Complaint::new(file.at(named.line), text)
            })
            .collect()
    })
}
