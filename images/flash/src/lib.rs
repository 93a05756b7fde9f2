//! The technician's flasher as a library: which drives may be written, what a signed release is, and how an image gets
//! onto a drive so that it starts only when all of it is right.
//!
//! [`drive`] and [`sysfs`] list drives, [`manifest`], [`map`] and [`image`] read a release, [`mod@flash`] writes and
//! reads back, [`provision`] gives a machine its name and [`first_boot`] makes it take it, [`missing`] says what
//! it still lacks, [`pack`] makes a release, [`boot_environment`] is what a machine keeps of its slots,
//! [`network`] is what a technician changes in place, [`update`] what installs a newer system there.
//! This crate never opens a drive it refuses, and never calls a drive written that it has not read back.

pub mod boot_environment;
pub mod digest;
pub mod drive;
pub mod first_boot;
pub mod flash;
pub mod image;
pub mod manifest;
pub mod map;
pub mod medium;
pub mod missing;
pub mod mounts;
pub mod network;
pub mod pack;
pub mod provision;
pub mod sysfs;
pub mod update;
