//! What `images/` says, tried without making an image.
#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

mod architectures;
mod slots;
mod units;

use std::path::PathBuf;

/// A definition in `images/`.
fn definition(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../images").join(path)
}
