//! `cargo xtask world …`: hospital days in one thread, from seeds; see tests/world/README.md.

use crate::inner_cargo::cargo;

/// Why the world was not played.
#[derive(Debug, thiserror::Error)]
#[error("cargo cannot be started")]
pub struct NotPlayed(#[source] std::io::Error);

/// Plays it, optimised, with these arguments; whether no promise was broken.
///
/// # Errors
/// [`NotPlayed`].
pub fn run(arguments: &[String]) -> Result<bool, NotPlayed> {
    let mut command = cargo();
    command.args(["run", "--locked", "--quiet", "--release", "--package", "world", "--"]).args(arguments);
    Ok(command.status().map_err(NotPlayed)?.success())
}
