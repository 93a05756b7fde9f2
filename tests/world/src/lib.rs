//! A hospital in one thread: kiosks, rooms, displays, the service and its store, a bad network and bad hardware, on
//! virtual time, from a seed.
//!
//! Shipped and real here: the session, the journals and provisional numbers of the kiosk, the drivers on virtual wires,
//! the messages as bytes, the store on SQLite in memory, the rules, the boards and their fold. Played here, because it
//! runs on threads and sockets: HTTP, the client's retries, the queue thread and the streams. It never ships, and it
//! never asks the product whether a promise holds: the oracle has a model of its own.

pub mod agenda;
pub mod calls;
pub mod context;
pub mod faults;
pub mod hospital;
pub mod kiosk;
pub mod network;
pub mod oracle;
pub mod people;
pub mod rng;
pub mod room;
pub mod service;
pub mod slip;
pub mod streams;
pub mod tally;
pub mod wall;
pub mod wire;
pub mod world;

use std::path::{Path, PathBuf};

/// Where the kiosks' disks are: in memory where the machine has such a folder, so that a flush costs nothing.
///
/// # Errors
/// The file system's.
pub fn scratch() -> std::io::Result<tempfile::TempDir> {
    let memory: PathBuf = PathBuf::from("/dev/shm");
    if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() }
}

/// Plays one world with disks of its own.
///
/// # Errors
/// This machine's, not the world's.
pub fn run(play: world::Play) -> anyhow::Result<world::Ending> {
    let folder = scratch()?;
    world::play(play, Path::new(folder.path()))
}

/// The first of these seeds in which a promise catches a slip.
///
/// # Errors
/// This machine's, not the world's.
pub fn caught(slip: slip::Slip, seeds: std::ops::Range<u64>, days: u64) -> anyhow::Result<Option<world::Broken>> {
    for seed in seeds {
        if let Err(broken) = run(world::Play { seed, days, slip })? {
            return Ok(Some(broken));
        }
    }
    Ok(None)
}
