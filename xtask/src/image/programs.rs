//! The programs of a machine, built by cargo.
//!
//! They are linked with the C library of the machine that builds them. Debian's is as old as the images' or older on
//! both releases that images are built on, so they run there.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result};

use super::{Places, Product, tree};
use crate::inner_cargo::cargo;
use crate::timed_process;

/// Everything from nothing, optimised, on two slow cores.
const BUILD_LIMIT: Duration = Duration::from_hours(2);

/// One program in the image.
#[derive(Debug, Clone, Copy)]
struct Shipped {
    package: &'static str,
    program: &'static str,
}

const KIOSK: &[Shipped] = &[
    Shipped { package: "kiosk-app", program: "kiosk-app" },
    Shipped { package: "kioskctl", program: "kioskctl" },
    Shipped { package: "kiosk-flash", program: "kiosk-provision" },
    Shipped { package: "kiosk-flash", program: "kiosk-network" },
    Shipped { package: "kiosk-flash", program: "kiosk-update" },
    // Started by an installer stick, which has this root file system.
    Shipped { package: "kiosk-flash", program: "kiosk-flash" },
];
const DISPLAY: &[Shipped] = &[
    Shipped { package: "queue-display", program: "queue-display" },
    Shipped { package: "queue-client", program: "queuectl" },
    Shipped { package: "kiosk-flash", program: "kiosk-provision" },
    // Started by an installer stick, which has this root file system.
    Shipped { package: "kiosk-flash", program: "kiosk-flash" },
];

/// Built programs.
#[derive(Debug, Clone)]
pub struct Programs {
    /// The files, called as they are in the image.
    pub files: Vec<PathBuf>,
    /// The packages of the workspace they are made of.
    pub packages: Vec<&'static str>,
    /// `package/feature` of each feature that is switched on.
    pub features: Vec<&'static str>,
}

/// Builds what `product` needs, in the cargo profile `profile`, and keeps it in `places.product/programs`: the next build
/// of the same profile, with other features, puts its own programs where cargo leaves them.
///
/// # Errors
/// cargo failed; it has said why.
pub fn build(product: Product, profile: &str, places: &Places) -> Result<Programs> {
    let workspace = places.workspace.as_path();
    let (shipped, features) = match product {
        Product::Kiosk => (KIOSK, vec!["kiosk-app/linuxkms"]),
        Product::Display => (DISPLAY, vec!["queue-display/linuxkms"]),
    };
    let mut command = cargo();
    command.args(["build", "--locked", "--profile", profile]).current_dir(workspace);
    for Shipped { package, program } in shipped {
        command.args(["--package", package, "--bin", program]);
    }
    command.args(["--features", &features.join(",")]);
    timed_process::run(&mut command, BUILD_LIMIT)?;
    let folder = workspace.join("target").join(if profile == "dev" { "debug" } else { profile });
    let kept = places.product.join("programs");
    tree::remove(&kept)?;
    let mut files: Vec<PathBuf> = Vec::new();
    for Shipped { program, .. } in shipped {
        let file = kept.join(program);
        tree::put(&folder.join(program), &file, 0o755).context("cargo built, and a program is not there")?;
        files.push(file);
    }
    let mut packages: Vec<&'static str> = shipped.iter().map(|shipped| shipped.package).collect();
    packages.dedup();
    Ok(Programs { files, packages, features })
}
