//! What `yocto/` says, tried without the public layers.
#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

mod boot;
mod parse;
mod text;

use std::path::PathBuf;

/// The top of the checkout.
fn root() -> PathBuf {
    xtask::policy::workspace::root().canonicalize().unwrap()
}

/// A file of the layer.
fn in_layer(path: &str) -> String {
    let file = root().join(xtask::yocto::LAYER).join(path);
    std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

/// A file of `images/`.
fn in_images(path: &str) -> String {
    std::fs::read_to_string(root().join("images").join(path)).unwrap()
}
