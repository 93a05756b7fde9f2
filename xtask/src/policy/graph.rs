//! Facts about crates, as `cargo metadata` tells them.
//!
//! Not `cargo tree`, whose output folds a crate it has printed before: a check that reads it passes wrongly.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use cargo_metadata::semver::Version;
use cargo_metadata::{DependencyKind, Metadata, Package, PackageId};

/// What a dependency is used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Use {
    Shipped,
    Tests,
}

/// One dependency as the manifest declares it, optional or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Need {
    pub name: String,
    pub used: Use,
}

/// One crate of the workspace.
#[derive(Debug, Clone)]
pub struct Crate {
    pub name: String,
    /// Relative to the root of the workspace.
    pub folder: String,
    pub licence: Option<String>,
    pub rust_version: Option<Version>,
    pub needs: Vec<Need>,
    /// Every package linked or built for it, with the way that leads there (first step to the package itself).
    /// Features are those of the whole workspace taken together.
    pub linked: BTreeMap<String, Vec<String>>,
}

/// A package from outside the workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Foreign {
    pub name: String,
    pub version: String,
    pub rust_version: Option<Version>,
}

pub fn crates(metadata: &Metadata) -> Vec<Crate> {
    let below = steps_below(metadata);
    let names: BTreeMap<&PackageId, &str> = metadata.packages.iter().map(|p| (&p.id, p.name.as_str())).collect();
    metadata
        .workspace_packages()
        .into_iter()
        .map(|package| Crate {
            name: package.name.to_string(),
            folder: folder(metadata, package),
            licence: package.license.clone(),
            rust_version: package.rust_version.clone(),
            needs: needs(package),
            linked: linked(&package.id, &below, &names),
        })
        .collect()
}

pub fn foreign(metadata: &Metadata) -> Vec<Foreign> {
    let outside = |package: &&Package| !metadata.workspace_members.contains(&package.id);
    metadata
        .packages
        .iter()
        .filter(outside)
        .map(|package| Foreign {
            name: package.name.to_string(),
            version: package.version.to_string(),
            rust_version: package.rust_version.clone(),
        })
        .collect()
}

fn folder(metadata: &Metadata, package: &Package) -> String {
    let manifest = package.manifest_path.strip_prefix(&metadata.workspace_root).unwrap_or(&package.manifest_path);
    manifest.parent().map(ToString::to_string).unwrap_or_default()
}

fn needs(package: &Package) -> Vec<Need> {
    package
        .dependencies
        .iter()
        .map(|dependency| Need {
            name: dependency.name.clone(),
            used: if dependency.kind == DependencyKind::Development { Use::Tests } else { Use::Shipped },
        })
        .collect()
}

/// For each package, what it links or builds with in one step; development dependencies left out.
fn steps_below(metadata: &Metadata) -> BTreeMap<&PackageId, Vec<&PackageId>> {
    let nodes = metadata.resolve.iter().flat_map(|resolve| &resolve.nodes);
    nodes
        .map(|node| {
            let shipped = node
                .deps
                .iter()
                .filter(|dep| dep.dep_kinds.iter().any(|kind| kind.kind != DependencyKind::Development))
                .map(|dep| &dep.pkg)
                .collect();
            (&node.id, shipped)
        })
        .collect()
}

/// Breadth first, so that the way shown to a reader is a shortest one.
fn linked(
    start: &PackageId,
    below: &BTreeMap<&PackageId, Vec<&PackageId>>,
    names: &BTreeMap<&PackageId, &str>,
) -> BTreeMap<String, Vec<String>> {
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut seen = BTreeSet::from([start]);
    let mut waiting = VecDeque::from([(start, Vec::new())]);
    while let Some((at, way)) = waiting.pop_front() {
        for next in below.get(at).into_iter().flatten() {
            if !seen.insert(next) {
                continue;
            }
            let name = names.get(next).copied().unwrap_or(next.repr.as_str());
            let mut way: Vec<String> = way.clone();
            way.push(name.to_owned());
            found.entry(name.to_owned()).or_insert_with(|| way.clone());
            waiting.push_back((next, way));
        }
    }
    found
}
