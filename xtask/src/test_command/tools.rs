//! Cargo subcommands that cargo does not bring along, installed below the project when they are missing.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result};

use super::steps::Depth;
use crate::console::say;
use crate::inner_cargo::cargo;
use crate::timed_process;

/// Compiling one of them on two slow cores.
const INSTALL_LIMIT: Duration = Duration::from_mins(30);
const PROBE_LIMIT: Duration = Duration::from_secs(30);

/// A subcommand of cargo and the version to install where none is found.
#[derive(Debug, Clone, Copy)]
pub struct Tool {
    subcommand: &'static str,
    package: &'static str,
    version: &'static str,
}

const NEXTEST: Tool = Tool { subcommand: "nextest", package: "cargo-nextest", version: "0.9.143" };
const DENY: Tool = Tool { subcommand: "deny", package: "cargo-deny", version: "0.20.2" };

pub fn needed(depth: Depth) -> &'static [Tool] {
    match depth {
        Depth::Full | Depth::WithImage => &[NEXTEST, DENY],
        Depth::Quick => &[NEXTEST],
    }
}

/// Where missing tools are installed to be found by PATH: inside the project, never in the user's home.
pub fn folder(root: &Path) -> PathBuf {
    install_root(root).join("bin")
}

/// Installs the tools that `path` does not lead to. A version already there is taken as it is.
pub fn ensure(tools: &[Tool], root: &Path, path: &str) -> Result<()> {
    for tool in tools {
        if !is_there(tool, path) {
            say(&format!("    {} is missing: compiling it into target/tools, once", tool.package));
            install(tool, root, path).with_context(|| format!("cannot install {} {}", tool.package, tool.version))?;
        }
    }
    Ok(())
}

fn is_there(tool: &Tool, path: &str) -> bool {
    let mut probe = cargo();
    probe.args([tool.subcommand, "--version"]).env("PATH", path).stdout(Stdio::null()).stderr(Stdio::null());
    timed_process::run(&mut probe, PROBE_LIMIT).is_ok()
}

fn install(tool: &Tool, root: &Path, path: &str) -> Result<()> {
    let mut command = cargo();
    // Unoptimised compiles in half the time, and these tools mostly wait for others.
    command.args(["install", "--locked", "--debug", "--version", tool.version, tool.package, "--root"]);
    command.arg(install_root(root)).current_dir(root).env("PATH", path);
    timed_process::run(&mut command, INSTALL_LIMIT)?;
    Ok(())
}

/// What tests the queue service's description of its interface; from PyPI, into an environment of its own.
const SCHEMATHESIS: &str = "schemathesis";
const SCHEMATHESIS_VERSION: &str = "4.32.5";
const PIP_LIMIT: Duration = Duration::from_mins(10);

/// Installs schemathesis below the project when this version is not there yet.
pub fn ensure_schemathesis(root: &Path) -> Result<()> {
    let folder = install_root(root).join(SCHEMATHESIS);
    let stamp = folder.join("version");
    if std::fs::read_to_string(&stamp).is_ok_and(|version| version == SCHEMATHESIS_VERSION) {
        return Ok(());
    }
    say("    schemathesis is missing: installing it into target/tools, once");
    let mut environment = Command::new("python3");
    environment.args(["-m", "venv", "--clear"]).arg(&folder);
    timed_process::run(&mut environment, PIP_LIMIT).context("cannot make an environment for schemathesis")?;
    let mut pip = Command::new(folder.join("bin/pip"));
    pip.args(["install", "--quiet", "--disable-pip-version-check"]);
    pip.arg(format!("{SCHEMATHESIS}=={SCHEMATHESIS_VERSION}"));
    timed_process::run(&mut pip, PIP_LIMIT).context("cannot install schemathesis")?;
    std::fs::write(stamp, SCHEMATHESIS_VERSION).context("cannot note what was installed")
}

fn install_root(root: &Path) -> PathBuf {
    root.join("target").join("tools")
}
