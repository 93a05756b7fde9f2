//! Gathers the facts of the real workspace from cargo, git and the files.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use cargo_metadata::{Metadata, MetadataCommand};

use super::committed::Committed;
use super::graph::{self, Crate};
use super::source::SourceFile;

/// Folders that belong to no crate of ours, wherever they stand.
const NOT_OURS: &[&str] = &["target", "out"];

/// The folder with the workspace's `Cargo.toml`.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// All packages of `Cargo.lock`, for every system. Cargo fetches the manifests it does not have yet.
pub fn metadata() -> Result<Metadata> {
    ask_cargo().exec().context("cargo metadata failed")
}

/// Only the crates of the workspace, without what is below them: quick, and enough to find their files.
pub fn members() -> Result<Vec<Crate>> {
    let metadata = ask_cargo().no_deps().exec().context("cargo metadata failed")?;
    Ok(graph::crates(&metadata))
}

fn ask_cargo() -> MetadataCommand {
    let mut command = MetadataCommand::new();
    command.manifest_path(root().join("Cargo.toml")).other_options(vec!["--locked".to_owned()]);
    command
}

/// The names of what one crate alone links into a program, with all its features, on every system.
pub fn shipped_tree(name: &str) -> Result<BTreeSet<String>> {
    // `cargo tree` folds what it repeats, which cannot hide a name here: each is printed at least once.
    let options = "tree --locked --edges normal --prefix none --format {p} --all-features --target all --package";
    let printed = run("cargo", options.split(' ').chain([name]))?;
    let text = String::from_utf8(printed).context("cargo tree printed something that is not text")?;
    Ok(text.lines().filter_map(|line| line.split(' ').next()).map(str::to_owned).collect())
}

/// Every Rust and Slint file of the crates, without those of a crate inside another's folder.
pub fn sources(crates: &[Crate]) -> Result<Vec<SourceFile>> {
    let mut files = Vec::new();
    for one in crates {
        let folder = root().join(&one.folder);
        let mut paths = Vec::new();
        walk(&folder, &mut paths).with_context(|| format!("cannot list {}", one.folder))?;
        for path in paths {
            files.push(source(one, &folder, &path)?);
        }
    }
    Ok(files)
}

/// What git tracks. A tracked file that is gone from the disk is left out.
pub fn committed() -> Result<Vec<Committed>> {
    let listed = run("git", ["ls-files", "-z"]).context("the policy checks need a git checkout")?;
    let listed = String::from_utf8(listed).context("git listed a path that is not text")?;
    let mut files = Vec::new();
    for path in listed.split('\0').filter(|path| !path.is_empty()) {
        match fs::read(root().join(path)) {
            Ok(content) => files.push(Committed { path: path.to_owned(), content }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error).with_context(|| format!("cannot read {path}")),
        }
    }
    Ok(files)
}

/// A text file of the workspace; `None` when there is none.
pub fn text(path: &str) -> Result<Option<String>> {
    match fs::read_to_string(root().join(path)) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("cannot read {path}")),
    }
}

fn source(one: &Crate, folder: &Path, path: &Path) -> Result<SourceFile> {
    let inside = path.strip_prefix(folder).unwrap_or(path).to_string_lossy().into_owned();
    let text = fs::read_to_string(path).with_context(|| format!("cannot read {}/{inside}", one.folder))?;
    Ok(SourceFile { path: format!("{}/{inside}", one.folder), owner: one.name.clone(), inside, text })
}

fn walk(folder: &Path, found: &mut Vec<PathBuf>) -> io::Result<()> {
    let mut entries = fs::read_dir(folder)?.collect::<io::Result<Vec<_>>>()?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let path = entry.path();
        let name = entry.file_name();
        let skipped = NOT_OURS.iter().any(|not_ours| name == *not_ours) || name.to_string_lossy().starts_with('.');
        if entry.file_type()?.is_dir() {
            if !skipped && !path.join("Cargo.toml").exists() {
                walk(&path, found)?;
            }
        } else if path.extension().is_some_and(|extension| extension == "rs" || extension == "slint") {
            found.push(path);
        }
    }
    Ok(())
}

fn run<'a>(program: &str, arguments: impl IntoIterator<Item = &'a str>) -> Result<Vec<u8>> {
    let output = Command::new(program)
        .args(arguments)
        .current_dir(root())
        .output()
        .with_context(|| format!("cannot start {program}"))?;
    if !output.status.success() {
        bail!("{program} ended with {}: {}", output.status, String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(output.stdout)
}
