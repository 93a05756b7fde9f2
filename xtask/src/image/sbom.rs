//! What an image is made of, as CycloneDX 1.6: Debian's packages by dpkg, and the crates of our programs by Cargo.lock.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result};
use cargo_metadata::{CargoOpt, DependencyKind, Metadata, MetadataCommand, PackageId};
use serde_json::{Value, json};

use super::architecture::OWN;
use super::programs::Programs;
use super::rootfs::Package;
use super::sources::RELEASE;
use crate::demo::binaries::workspace_root;

/// The machines that images are made for.
const TARGET: &str = OWN.target();

/// The list as JSON: the same for the same packages, crates, version and time.
///
/// # Errors
/// cargo does not tell the crates.
pub fn of(packages: &[Package], programs: &Programs, version: &str, epoch: u64) -> Result<String> {
    let metadata = MetadataCommand::new()
        .current_dir(workspace_root())
        .features(CargoOpt::SomeFeatures(programs.features.iter().map(ToString::to_string).collect()))
        .other_options(["--locked", "--filter-platform", TARGET].map(str::to_owned))
        .exec()?;
    let crates = linked(&metadata, &programs.packages)?;
    let time = i64::try_from(epoch).ok().and_then(|seconds| jiff::Timestamp::from_second(seconds).ok());
    document(packages, &crates, version, &time.context("the commit's time is no time")?.to_string())
}

/// A crate that is compiled into a program.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Crate {
    name: String,
    version: String,
    licence: Option<String>,
    is_ours: bool,
}

/// Everything below `packages` that is not only used to build or to test.
fn linked(metadata: &Metadata, packages: &[&str]) -> Result<Vec<Crate>> {
    let resolve = metadata.resolve.as_ref().context("cargo resolves nothing")?;
    let nodes: BTreeMap<&PackageId, _> = resolve.nodes.iter().map(|node| (&node.id, node)).collect();
    let is_root = |id: &&PackageId| packages.contains(&metadata[id].name.as_str());
    let mut waiting: Vec<&PackageId> = metadata.workspace_members.iter().filter(is_root).collect();
    let mut found = BTreeSet::new();
    while let Some(id) = waiting.pop() {
        if !found.insert(id) {
            continue;
        }
        let node = nodes.get(id).with_context(|| format!("cargo does not resolve {id}"))?;
        let is_normal =
            |dep: &&cargo_metadata::NodeDep| dep.dep_kinds.iter().any(|kind| kind.kind == DependencyKind::Normal);
        waiting.extend(node.deps.iter().filter(is_normal).map(|dep| &dep.pkg));
    }
    let mut crates: Vec<Crate> = found.into_iter().map(|id| of_package(metadata, id)).collect();
    crates.sort();
    Ok(crates)
}

fn of_package(metadata: &Metadata, id: &PackageId) -> Crate {
    let package = &metadata[id];
    Crate {
        name: package.name.to_string(),
        version: package.version.to_string(),
        licence: package.license.clone(),
        is_ours: package.source.is_none(),
    }
}

fn document(packages: &[Package], crates: &[Crate], version: &str, time: &str) -> Result<String> {
    let of_debian = packages.iter().map(|package| {
        let Package { name, version, architecture } = package;
        // A version may hold characters that end a part of a package address.
        let escaped = version.replace('%', "%25").replace('+', "%2B").replace(':', "%3A").replace('~', "%7E");
        let purl = format!("pkg:deb/debian/{name}@{escaped}?arch={architecture}&distro={RELEASE}");
        json!({ "type": "library", "bom-ref": purl, "name": name, "version": version, "purl": purl })
    });
    let of_cargo = crates.iter().map(|part| {
        let purl = format!("pkg:cargo/{}@{}", part.name, part.version.replace('+', "%2B"));
        let kind = if part.is_ours { "application" } else { "library" };
        let mut component =
            json!({ "type": kind, "bom-ref": purl, "name": part.name, "version": part.version, "purl": purl });
        if let Some(licence) = &part.licence {
            component["licenses"] = json!([{ "expression": licence.replace('/', " OR ") }]);
        }
        component
    });
    let components: Vec<Value> = of_debian.chain(of_cargo).collect();
    let document = json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "timestamp": time,
            "component": { "type": "operating-system", "name": "tiep-don", "version": version },
        },
        "components": components,
    });
    let mut text = serde_json::to_string_pretty(&document)?;
    text.push('\n');
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_and_crates_are_named_as_their_registries_name_them() {
        let package = Package { name: "libc6".into(), version: "1:2.41+b1~x".into(), architecture: "amd64".into() };
        let part = Crate { name: "slint".into(), version: "1.18.1".into(), licence: None, is_ours: false };
        let text = document(&[package], &[part], "1.0", "2026-01-01T00:00:00Z").unwrap();
        let document: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(
            document["components"][0]["purl"],
            "pkg:deb/debian/libc6@1%3A2.41%2Bb1%7Ex?arch=amd64&distro=trixie"
        );
        assert_eq!(document["components"][1]["purl"], "pkg:cargo/slint@1.18.1");
    }

    #[test]
    fn what_only_tests_and_builds_use_is_not_in_the_list() {
        let programs = Programs { files: Vec::new(), packages: vec!["kiosk-flash"], features: Vec::new() };
        let text = of(&[], &programs, "1.0", 0).unwrap();
        let document: Value = serde_json::from_str(&text).unwrap();
        let names: Vec<&str> =
            document["components"].as_array().unwrap().iter().filter_map(|part| part["name"].as_str()).collect();
        assert!(names.contains(&"kiosk-flash") && names.contains(&"minisign"), "{names:?}");
        assert!(!names.contains(&"tempfile"), "only the tests of kiosk-flash use it");
    }
}
