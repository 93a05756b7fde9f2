//! The oldest Rust we promise to build with, and that no dependency asks for a newer one.

use cargo_metadata::semver::Version;

use super::Complaint;
use super::graph::{Crate, Foreign};

/// The Rust of the Yocto series we ship on (wrynose).
pub const RUST_VERSION: Version = Version::new(1, 94, 0);

pub fn check(crates: &[Crate], foreign: &[Foreign]) -> Vec<Complaint> {
    let ours = crates.iter().filter(|one| one.rust_version.as_ref() != Some(&RUST_VERSION)).map(|one| {
        let stated = one.rust_version.as_ref().map_or("none".to_owned(), short);
        let wanted = short(&RUST_VERSION);
        let text = format!("states rust-version {stated}, expected {wanted}: write `rust-version.workspace = true`");
        Complaint::new(&one.folder, text)
    });
    let theirs = foreign.iter().filter_map(too_new);
    ours.chain(theirs).collect()
}

fn too_new(package: &Foreign) -> Option<Complaint> {
    let wants = package.rust_version.as_ref().filter(|wants| **wants > RUST_VERSION)?;
    let Foreign { name, version, .. } = package;
    let text = format!(
        "{name} {version} needs Rust {}, we promise {}: lock an older {name} (cargo update -p {name} --precise …)",
        short(wants),
        short(&RUST_VERSION)
    );
    Some(Complaint::new("Cargo.lock", text))
}

fn short(version: &Version) -> String {
    format!("{}.{}", version.major, version.minor)
}
