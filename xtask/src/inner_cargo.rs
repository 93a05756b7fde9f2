//! cargo, started by a program that cargo itself has started.

use std::process::Command;

/// What cargo tells a program that it runs. Build scripts ask for some of it (ring's does): they would run again, and all that
/// depends on them would be compiled again, each time another program of ours starts cargo.
const TOLD: [&str; 19] = [
    "CARGO_MANIFEST_DIR",
    "CARGO_MANIFEST_LINKS",
    "CARGO_MANIFEST_PATH",
    "CARGO_PKG_AUTHORS",
    "CARGO_PKG_DESCRIPTION",
    "CARGO_PKG_HOMEPAGE",
    "CARGO_PKG_LICENSE",
    "CARGO_PKG_LICENSE_FILE",
    "CARGO_PKG_NAME",
    "CARGO_PKG_README",
    "CARGO_PKG_REPOSITORY",
    "CARGO_PKG_RUST_VERSION",
    "CARGO_PKG_VERSION",
    "CARGO_PKG_VERSION_MAJOR",
    "CARGO_PKG_VERSION_MINOR",
    "CARGO_PKG_VERSION_PATCH",
    "CARGO_PKG_VERSION_PRE",
    "CARGO_PRIMARY_PACKAGE",
    "OUT_DIR",
];

/// `cargo`, as a person starts it.
#[must_use]
pub fn cargo() -> Command {
    let mut command = Command::new("cargo");
    for name in TOLD {
        command.env_remove(name);
    }
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_cargo_tells_this_program_is_told_on() {
        let told = std::env::vars().map(|(name, _)| name);
        let of_this_package: Vec<String> =
            told.filter(|name| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_")).collect();
        assert!(!of_this_package.is_empty(), "cargo has told this test nothing");
        let command = cargo();
        for name in of_this_package {
            let is_removed = command.get_envs().any(|(one, value)| one == name.as_str() && value.is_none());
            assert!(is_removed, "{name} is told on");
        }
    }
}
