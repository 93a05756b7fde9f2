//! Debian packages a command needs: what for, whether they are there, and how they get there.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::console::say;
use crate::timed_process;

/// A slow mirror is waited for, a dead one is not.
const INSTALL_LIMIT: Duration = Duration::from_mins(10);

/// How to see that a package, or something as good, is installed.
#[derive(Debug, Clone, Copy)]
pub enum Sign {
    /// A program of this name is on the PATH.
    Program(&'static str),
    /// This file exists.
    File(&'static str),
}

/// One package and the reason for it.
#[derive(Debug, Clone, Copy)]
pub struct SystemPackage {
    pub name: &'static str,
    pub why: &'static str,
    pub sign: Sign,
}

/// To build and to test, the same names on Debian 12 and 13. SQLite is compiled in, and fontconfig is loaded at run time
/// if it is there.
pub const TO_BUILD_AND_TEST: &[SystemPackage] = &[
    SystemPackage { name: "gcc", why: "links every program and compiles SQLite", sign: Sign::Program("cc") },
    SystemPackage {
        name: "libc6-dev",
        why: "the C library's headers and start files, for both",
        sign: Sign::File("/usr/include/stdio.h"),
    },
    SystemPackage {
        name: "util-linux",
        why: "setpriv ends the programs of a demo or a test with it",
        sign: Sign::Program("setpriv"),
    },
    SystemPackage { name: "git", why: "the policy tests read what is committed", sign: Sign::Program("git") },
    SystemPackage { name: "espeak-ng", why: "speaks the calls", sign: Sign::Program("espeak-ng") },
    SystemPackage {
        name: "pkgconf",
        why: "finds the library of the smart-card service when it is linked",
        sign: Sign::Program("pkg-config"),
    },
    SystemPackage {
        name: "libpcsclite-dev",
        why: "that library: device-links reads chip cards with it",
        sign: Sign::File("/usr/include/PCSC/winscard.h"),
    },
    SystemPackage {
        name: "pcscd",
        why: "the smart-card service, started by tests for themselves",
        sign: Sign::File("/usr/sbin/pcscd"),
    },
    SystemPackage {
        name: "vsmartcard-vpcd",
        why: "its driver for virtual readers",
        sign: Sign::File("/usr/lib/pcsc/drivers/serial/libifdvpcd.so"),
    },
];

/// To test only.
pub const TO_TEST: &[SystemPackage] = &[
    // One folder a version: 15 on Debian 12, 17 on Debian 13. The tests start servers of their own from it.
    SystemPackage {
        name: "postgresql",
        why: "the queue's store is tested on a real server",
        sign: Sign::File("/usr/lib/postgresql"),
    },
    SystemPackage { name: "chromium", why: "the pages are tested in a real browser", sign: Sign::Program("chromium") },
    SystemPackage {
        name: "curl",
        why: "the examples for integrators are run as they are written",
        sign: Sign::Program("curl"),
    },
    SystemPackage {
        name: "openssl",
        why: "judges the chips' signed objects beside the reader",
        sign: Sign::Program("openssl"),
    },
    SystemPackage { name: "npm", why: "fetches axe-core, which checks the pages", sign: Sign::Program("npm") },
    SystemPackage {
        name: "python3-venv",
        why: "the queue service's interface is tested by schemathesis, which is written in Python",
        sign: Sign::Program("python3"),
    },
];

/// To make images. What the images and the tools are made of comes into a build root, not onto this machine.
pub const TO_BUILD_IMAGES: &[SystemPackage] = &[
    SystemPackage { name: "mmdebstrap", why: "makes root file systems of packages", sign: Sign::Program("mmdebstrap") },
    SystemPackage {
        name: "debian-archive-keyring",
        why: "Debian's keys, to check these packages",
        sign: Sign::File("/usr/share/keyrings/debian-archive-keyring.gpg"),
    },
    SystemPackage { name: "xz-utils", why: "unpacks the drivers of the images", sign: Sign::Program("xz") },
    SystemPackage { name: "bubblewrap", why: "runs tools in the build root", sign: Sign::Program("bwrap") },
    SystemPackage {
        name: "libudev-dev",
        why: "screens without a desktop find display and touch panel with it",
        sign: Sign::File("/usr/include/libudev.h"),
    },
    SystemPackage {
        name: "libinput-dev",
        why: "and read touches with it",
        sign: Sign::File("/usr/include/libinput.h"),
    },
    SystemPackage {
        name: "libxkbcommon-dev",
        why: "and keys with it",
        sign: Sign::File("/usr/include/xkbcommon/xkbcommon.h"),
    },
];

/// To open windows: winit loads these when it starts. A desktop has them; a bare server with forwarding may not.
pub const TO_OPEN_WINDOWS: &[SystemPackage] = &[
    SystemPackage { name: "libx11-6", why: "windows", sign: Sign::File("/usr/share/doc/libx11-6") },
    SystemPackage { name: "libx11-xcb1", why: "windows", sign: Sign::File("/usr/share/doc/libx11-xcb1") },
    SystemPackage { name: "libxcursor1", why: "the mouse pointer", sign: Sign::File("/usr/share/doc/libxcursor1") },
    SystemPackage { name: "libxi6", why: "touch and mouse", sign: Sign::File("/usr/share/doc/libxi6") },
    SystemPackage {
        name: "libxkbcommon-x11-0",
        why: "the keyboard",
        sign: Sign::File("/usr/share/doc/libxkbcommon-x11-0"),
    },
];

/// Installs what is missing with apt-get, and says what and why first. Uses sudo when not root.
///
/// `Err` names the missing packages when this is no Debian, or when apt-get fails.
pub fn ensure(packages: &[SystemPackage], path: &str) -> Result<()> {
    let missing: Vec<&SystemPackage> = packages.iter().filter(|package| !is_there(package.sign, path)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    for package in &missing {
        say(&format!("    {} is missing: {}", package.name, package.why));
    }
    let names: Vec<&str> = missing.iter().map(|package| package.name).collect();
    if !is_there(Sign::Program("apt-get"), path) {
        bail!("there is no apt-get here: install {} in your system's own way", names.join(", "));
    }
    install(&names).with_context(|| format!("cannot install {}", names.join(", ")))
}

fn install(names: &[&str]) -> Result<()> {
    // The lists may be old or absent; when they cannot be renewed, installing may still work.
    if let Err(error) = timed_process::run(&mut apt_get(&["update", "-qq"]), INSTALL_LIMIT) {
        say(&format!("    apt-get update: {error}; trying all the same"));
    }
    let mut arguments = vec!["install", "-y", "--no-install-recommends"];
    arguments.extend(names);
    timed_process::run(&mut apt_get(&arguments), INSTALL_LIMIT)?;
    Ok(())
}

fn apt_get(arguments: &[&str]) -> Command {
    let mut command = if rustix::process::geteuid().is_root() {
        Command::new("env")
    } else {
        let mut sudo = Command::new("sudo");
        sudo.arg("env");
        sudo
    };
    command.args(["DEBIAN_FRONTEND=noninteractive", "apt-get"]).args(arguments);
    command
}

fn is_there(sign: Sign, path: &str) -> bool {
    match sign {
        Sign::File(file) => Path::new(file).exists(),
        Sign::Program(name) => path.split(':').any(|folder| Path::new(folder).join(name).is_file()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ABSENT: SystemPackage =
        SystemPackage { name: "cc-of-nowhere", why: "to be missed", sign: Sign::Program("cc-of-nowhere") };

    #[test]
    fn a_program_on_the_path_counts_as_its_package() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("cc-of-nowhere"), "").unwrap();
        let path = format!("/nowhere:{}", folder.path().display());
        ensure(&[ABSENT], &path).unwrap();
    }

    #[test]
    fn without_apt_the_missing_packages_are_named() {
        let error = ensure(&[ABSENT], "/nowhere").unwrap_err();
        let expected = "there is no apt-get here: install cc-of-nowhere in your system's own way";
        assert_eq!(error.to_string(), expected);
    }
}
