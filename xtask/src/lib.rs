//! What `cargo xtask` does, as a library: the commands, and the rules of ARCHITECTURE.md as checks.
//!
//! [`demo`] is the product on virtual devices. [`bench`] runs the measurements. [`image`] makes what is flashed,
//! [`yocto`] keeps the layer for other boards true. [`policy`] holds pure functions from facts about the workspace to complaints; `tests/policy` runs each on the real
//! workspace and on a planted violation. [`test_command`] is everything continuous integration runs.
//! Nothing here is shipped: no crate of the product may depend on this one, except the end-to-end tests.

pub mod bench;
pub mod card;
pub mod console;
pub mod demo;
pub mod image;
pub mod inner_cargo;
pub mod policy;
pub mod system_packages;
pub mod test_command;
pub mod timed_process;
pub mod world;
pub mod yocto;
