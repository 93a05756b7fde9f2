//! The layer's style by oelint-adv, and the kas files by kas, as far as both go without the public layers.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result};

use super::{KAS, LAYER, layer};
use crate::console::say;
use crate::timed_process;

/// Both tools, as PyPI has them.
const PACKAGES: [&str; 2] = ["oelint-adv==9.11.2", "kas==5.5"];
/// The series the rules are of.
const SERIES: &str = "wrynose";
/// Rules we do not follow. Whether HOMEPAGE answers asks the network. Nothing of ours has a tracker or a CVE name yet,
/// is built for the build machine, or has its licence elsewhere than in the checkout. The files of `images/` are
/// reached by FILESEXTRAPATHS in recipes too. Variables of meta-rauc and our own are unknown to the tool.
const NOT_FOLLOWED: &[&str] = &[
    "oelint.task.docstrings",
    "oelint.var.bbclassextend",
    "oelint.var.licenseremotefile",
    "oelint.var.suggestedvar.BUGTRACKER",
    "oelint.var.suggestedvar.CVE_PRODUCT",
    "oelint.vars.fileextrapaths",
    "oelint.vars.homepageping",
    "oelint.vars.mispell",
    "oelint.vars.mispell.unknown",
    "oelint.vars.outofcontext",
];
/// kas would fetch the public layers to dump a file.
const NOT_FETCHED: [&str; 5] =
    ["finish_setup_repos", "repos_checkout", "repos_apply_patches", "setup_environ", "write_bbconfig"];

const PIP_LIMIT: Duration = Duration::from_mins(10);
const TOOL_LIMIT: Duration = Duration::from_mins(5);

fn environment(root: &Path) -> PathBuf {
    root.join("target").join("tools").join("yocto")
}

/// Installs both tools into an environment of their own below `target/tools` when these versions are not there.
///
/// # Errors
/// Python has no `venv`, or PyPI does not answer.
pub fn ensure_tools(root: &Path) -> Result<()> {
    let folder = environment(root);
    let (stamp, versions) = (folder.join("versions"), PACKAGES.join(" "));
    if std::fs::read_to_string(&stamp).is_ok_and(|there| there == versions) {
        return Ok(());
    }
    say("    oelint-adv and kas are missing: installing them into target/tools, once");
    let mut venv = Command::new("python3");
    venv.args(["-m", "venv", "--clear"]).arg(&folder);
    timed_process::run(&mut venv, PIP_LIMIT).context("cannot make an environment for oelint-adv and kas")?;
    let mut pip = Command::new(folder.join("bin/pip"));
    pip.args(["install", "--quiet", "--disable-pip-version-check"]).args(PACKAGES);
    timed_process::run(&mut pip, PIP_LIMIT).context("cannot install oelint-adv and kas")?;
    std::fs::write(stamp, versions).context("cannot note what was installed")
}

/// Lints the recipes and lets kas read every machine's file.
///
/// # Errors
/// A tool found something, which it has said, or is not there.
pub fn run(root: &Path) -> Result<()> {
    recipes(root)?;
    for file in kas_files(root)? {
        dump(root, &file)?;
    }
    Ok(())
}

/// # Errors
/// oelint-adv found something, which it has said.
pub fn recipes(root: &Path) -> Result<()> {
    let recipes = layer::recipes(root)?;
    let files = recipes.iter().map(|recipe| &recipe.path).filter(|path| !path.ends_with(super::CRATES));
    let mut command = Command::new(environment(root).join("bin/oelint-adv"));
    command.args(["--release", SERIES, "--quiet", "--jobs", "1", "--mode", "fast"]);
    command.args(NOT_FOLLOWED.iter().flat_map(|rule| ["--suppress", rule]));
    command.args(files).current_dir(root.join(LAYER));
    timed_process::run(&mut command, TOOL_LIMIT).context("oelint-adv found something in the recipes")?;
    Ok(())
}

/// The files that name a machine.
///
/// # Errors
/// The folder cannot be read.
pub fn kas_files(root: &Path) -> Result<Vec<PathBuf>> {
    Ok(layer::files(&root.join(KAS))?.into_iter().filter(|file| !file.ends_with("base.yml")).collect())
}

/// Lets kas read a file with all it includes. Nothing is fetched.
///
/// # Errors
/// kas refuses the file, and has said why.
pub fn dump(root: &Path, file: &Path) -> Result<()> {
    let work = environment(root).join("work");
    std::fs::create_dir_all(&work).context("cannot make a folder for kas")?;
    let mut command = Command::new(environment(root).join("bin/kas"));
    command.args(["--log-level", "error", "dump"]).args(NOT_FETCHED.iter().flat_map(|step| ["--skip", step]));
    command.arg(file).env("KAS_WORK_DIR", work).stdout(Stdio::null());
    timed_process::run(&mut command, TOOL_LIMIT).with_context(|| format!("kas refuses {}", file.display()))?;
    Ok(())
}
