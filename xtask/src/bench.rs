//! `cargo xtask bench`: one command for every measurement, each a bench target of the crate it measures.
//!
//! A bench prints a table (Markdown) on standard output: figures of ours beside a named reference measured in the same
//! run, as ratios, counts and bytes. The table is shown and kept as `docs/benchmarks/NAME.md`, and its targets go to
//! `docs/benchmarks.md`, the page of all.

pub mod place;
pub mod summary;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{fs, io};

use crate::console::say;
use crate::inner_cargo::cargo;

/// One measurement: what it is called, and where its code is.
#[derive(Debug, Clone, Copy)]
pub struct Bench {
    /// The name on the command line, and of the page in `docs/benchmarks`.
    pub name: &'static str,
    /// The package that holds it.
    pub package: &'static str,
    /// The target in that package's `benches` folder.
    pub target: &'static str,
    /// Features the target needs, comma-separated.
    pub features: &'static str,
}

/// Every measurement, by name.
pub const BENCHES: &[Bench] = &[
    Bench { name: "card", package: "kioskctl", target: "card", features: "" },
    Bench { name: "day", package: "queue-service", target: "day", features: "" },
    Bench { name: "flash", package: "kiosk-flash", target: "write", features: "" },
    Bench { name: "identity", package: "vn-identity", target: "parse", features: "" },
    Bench { name: "image", package: "e2e-tests", target: "image", features: "" },
    Bench { name: "kiosk", package: "e2e-tests", target: "kiosk", features: "" },
    Bench { name: "print", package: "thermal-printer-escpos", target: "print", features: "" },
    Bench { name: "queue", package: "queue-service", target: "queue", features: "" },
    Bench { name: "scan", package: "qr-camera", target: "scan", features: "" },
];

/// Why a measurement left no table.
#[derive(Debug, thiserror::Error)]
pub enum BenchError {
    #[error("there is no bench {name}; there are: {known}")]
    Unknown { name: String, known: String },
    #[error("cannot run cargo bench for {name}")]
    Run { name: &'static str, source: io::Error },
    #[error("the bench {name} failed; nothing was written")]
    Failed { name: &'static str },
    #[error("the bench {name} printed no table")]
    NoTable { name: &'static str },
    #[error("cannot write {}", path.display())]
    Write { path: PathBuf, source: io::Error },
    #[error("cannot put the pages of docs/benchmarks together")]
    Summary(#[from] summary::SummaryError),
    #[error("cannot read {}", path.display())]
    Read { path: PathBuf, source: io::Error },
}

/// Runs the bench `name`, or every one, in the release profile, and writes what was measured under `root`.
///
/// # Errors
/// A bench that is not there, that fails, or that prints no table or no targets; a page that cannot be written.
pub fn run(root: &Path, name: Option<&str>) -> Result<(), BenchError> {
    let benches = match name {
        Some(name) => std::slice::from_ref(named(name)?),
        None => BENCHES,
    };
    for bench in benches {
        measure(root, bench)?;
    }
    let path = root.join("docs/benchmarks.md");
    let all = all(root)?;
    write(&path, &all).map_err(|source| BenchError::Write { path, source })
}

/// The page of all benches, from the pages of each under `root`. A bench that was never run is named as such.
///
/// # Errors
/// A page that cannot be read, or that has no targets or no place.
pub fn all(root: &Path) -> Result<String, BenchError> {
    let mut texts = Vec::new();
    for bench in BENCHES {
        let path = page(root, bench);
        let text = match fs::read_to_string(&path) {
            Ok(text) => Some(text),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(source) => return Err(BenchError::Read { path, source }),
        };
        texts.push((bench.name, text));
    }
    let pages: Vec<_> = texts.iter().map(|(name, text)| summary::Page { name, text: text.as_deref() }).collect();
    Ok(summary::summary(&pages)?)
}

fn measure(root: &Path, bench: &'static Bench) -> Result<(), BenchError> {
    let load = place::load_average();
    let output = command(bench)
        .current_dir(root)
        .stderr(Stdio::inherit())
        .output()
        .map_err(|source| BenchError::Run { name: bench.name, source })?;
    if !output.status.success() {
        return Err(BenchError::Failed { name: bench.name });
    }
    let table = String::from_utf8_lossy(&output.stdout);
    if !table.contains('|') {
        return Err(BenchError::NoTable { name: bench.name });
    }
    say(&table);
    let path = page(root, bench);
    let text = format!("{}\n\n{}\n", table.trim_end(), place::line(root, &load));
    write(&path, &text).map_err(|source| BenchError::Write { path, source })
}

fn page(root: &Path, bench: &Bench) -> PathBuf {
    root.join("docs/benchmarks").join(format!("{}.md", bench.name))
}

fn named(name: &str) -> Result<&'static Bench, BenchError> {
    BENCHES.iter().find(|bench| bench.name == name).ok_or_else(|| BenchError::Unknown {
        name: name.to_owned(),
        known: BENCHES.iter().map(|bench| bench.name).collect::<Vec<_>>().join(", "),
    })
}

fn command(bench: &Bench) -> Command {
    let mut command = cargo();
    command.args(["bench", "--locked", "--package", bench.package, "--bench", bench.target]);
    if !bench.features.is_empty() {
        command.args(["--features", bench.features]);
    }
    command
}

fn write(path: &Path, table: &str) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(path, table)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_bench_is_refused_by_name() {
        let error = run(Path::new("."), Some("sundial")).unwrap_err();
        assert!(error.to_string().starts_with("there is no bench sundial"), "{error}");
    }

    #[test]
    fn every_bench_has_its_own_name_and_its_code_in_a_package_of_the_workspace() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let metadata = cargo_metadata::MetadataCommand::new().current_dir(root).no_deps().exec().unwrap();
        for (at, bench) in BENCHES.iter().enumerate() {
            assert!(BENCHES[..at].iter().all(|other| other.name != bench.name), "{} is there twice", bench.name);
            let package = metadata.packages.iter().find(|package| *package.name == bench.package);
            let targets = package.map(|package| package.targets.as_slice()).unwrap_or_default();
            assert!(
                targets
                    .iter()
                    .any(|target| target.name == bench.target && target.is_kind(cargo_metadata::TargetKind::Bench)),
                "{} has no bench target {}",
                bench.package,
                bench.target
            );
        }
    }
}
