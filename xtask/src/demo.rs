//! `cargo xtask demo`: the product on virtual devices.

pub mod binaries;
pub mod dock;
pub mod headless;
pub mod picture;
pub mod process;
pub mod queue;
pub mod reading;
pub mod recorder;
pub mod stack;
pub mod touchscreen;
pub mod windows;
