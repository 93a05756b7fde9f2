//! The list of crates for recipes: a pure function of `Cargo.lock`.
//!
//! In the form that oe-core's class `cargo-update-recipe-crates` writes, which cannot run without the network.

use std::fmt::Write;

use anyhow::{Context, Result, bail};
use serde::Deserialize;

/// Where every crate of the lock file comes from; the layer has no other kind of source.
const REGISTRY: &str = "registry+";

#[derive(Deserialize)]
struct Lock {
    package: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    version: String,
    source: Option<String>,
    checksum: Option<String>,
}

/// The include file for the lock file `lock`: an address and a SHA-256 for each crate, in the lock's order.
///
/// # Errors
/// The text is no lock file, or names a crate that has no checksum, such as one from git.
pub fn listed(lock: &str) -> Result<String> {
    let lock: Lock = toml::from_str(lock).context("Cargo.lock cannot be read")?;
    let mut addresses = String::from("# Written by `cargo xtask yocto crates` from Cargo.lock.\n\nSRC_URI += \"\\\n");
    let mut sums = String::new();
    for Package { name, version, source, checksum } in lock.package {
        let Some(source) = source else { continue };
        let Some(checksum) = checksum.filter(|_| source.starts_with(REGISTRY)) else {
            bail!("{name} {version} comes from {source}, without a checksum: recipes take crates of the registry only");
        };
        // Names are of the lock's crates, and writing into a text cannot fail.
        let _ = writeln!(addresses, "    crate://crates.io/{name}/{version};name={name}-{version} \\");
        let _ = writeln!(sums, "SRC_URI[{name}-{version}.sha256sum] = \"{checksum}\"");
    }
    Ok(format!("{addresses}\"\n\n{sums}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOCK: &str = "version = 4\n[[package]]\nname = \"ours\"\nversion = \"0.1.0\"\n\
                        [[package]]\nname = \"theirs\"\nversion = \"1.2.3\"\n\
                        source = \"registry+https://example.vn/index\"\nchecksum = \"00ff\"\n";

    #[test]
    fn a_crate_of_the_registry_is_listed_with_its_checksum_and_ours_are_not() {
        let expected = "# Written by `cargo xtask yocto crates` from Cargo.lock.\n\nSRC_URI += \"\\\n    \
                        crate://crates.io/theirs/1.2.3;name=theirs-1.2.3 \\\n\"\n\n\
                        SRC_URI[theirs-1.2.3.sha256sum] = \"00ff\"\n";
        assert_eq!(listed(LOCK).unwrap(), expected);
    }

    #[test]
    fn a_crate_without_a_checksum_is_refused_by_name() {
        let from_git = LOCK.replace("registry+", "git+").replace("checksum = \"00ff\"\n", "");
        let error = listed(&from_git).unwrap_err().to_string();
        assert!(error.starts_with("theirs 1.2.3 comes from git+"), "{error}");
    }
}
