//! Scanners and cameras through a kernel's own nodes: hidraw, event and video nodes, in a guest with two programs.
//!
//! The guest plugs devices in and out by itself and tells each promise it has seen kept.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use xtask::image::build_root::BuildRoot;
use xtask::image::guest::{Guest, NODE_DRIVERS, Purpose};
use xtask::image::sources;
use xtask::inner_cargo::cargo;

use crate::say;

/// From one line of the guest to the next, on a machine that stands still at times: its own waits end before.
const LINE_LIMIT: Duration = Duration::from_mins(6);
const LOOK_EVERY: Duration = Duration::from_millis(200);
/// How each of its lines begins.
const HEAD: &str = "devices: ";

/// Starts the guest and waits until it has tried everything; what it told is left in `out`.
///
/// # Errors
/// What it saw instead.
pub fn run(build_root: &BuildRoot, folder: &Path, out: &Path) -> Result<()> {
    let [program, kioskctl] = programs()?;
    let purpose = Purpose { program: &program, beside: &[kioskctl], drivers: NODE_DRIVERS };
    let guest = Guest::make(folder, &sources::of_this_machine()?, &purpose)?;
    let mut running = start(build_root, &guest, folder)?;
    let tried = running.until_done();
    fs::copy(&running.log, out.join("devices.log")).ok();
    tried.with_context(|| format!("see {}", out.join("devices.log").display()))
}

/// The guest's program and the technician's, built beside this one.
fn programs() -> Result<[PathBuf; 2]> {
    let mut command = cargo();
    command.args(["build", "--locked", "--quiet", "--package", "kioskctl", "--bins", "--example", "nodes_guest"]);
    ensure!(command.status()?.success(), "the guest's programs cannot be built");
    let own = std::env::current_exe()?;
    let folder = own.parent().context("this program is in no folder")?;
    Ok([folder.join("examples/nodes_guest"), folder.join("kioskctl")])
}

struct Running {
    process: Child,
    log: PathBuf,
}

impl Drop for Running {
    fn drop(&mut self) {
        // It has ended already, or it is not needed any more.
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

fn start(build_root: &BuildRoot, guest: &Guest, folder: &Path) -> Result<Running> {
    let folder = folder.join("guest");
    fs::create_dir_all(&folder)?;
    let log = folder.join("devices.log");
    fs::remove_file(&log).ok();
    let beside = guest.kernel.parent().context("the kernel is in no folder")?;
    let images = guest.initramfs.parent().context("the initramfs is in no folder")?;
    let mut command = build_root.command([folder.as_path(), beside, images], "qemu-system-x86_64");
    command.args(["-nodefaults", "-no-reboot", "-display", "none", "-accel", "tcg", "-cpu", "max"]);
    command.args(["-smp", "2", "-m", "768", "-append", "console=ttyS0 quiet panic=-1"]);
    command.arg("-kernel").arg(&guest.kernel).arg("-initrd").arg(&guest.initramfs);
    command.args(["-serial", &format!("file:{}", log.display())]);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(fs::File::create(folder.join("qemu.log"))?);
    Ok(Running { process: command.spawn().context("cannot start QEMU")?, log })
}

impl Running {
    /// Says each kept promise as it is told.
    fn until_done(&mut self) -> Result<()> {
        let (mut said, mut give_up_at) = (0, Instant::now() + LINE_LIMIT);
        loop {
            let ended = self.process.try_wait()?;
            let told = self.told();
            for line in told.iter().skip(said) {
                say(&format!("    {line}"));
                ensure!(!line.starts_with("failed"), "{line}");
                give_up_at = Instant::now() + LINE_LIMIT;
            }
            said = told.len();
            if told.last().is_some_and(|line| line == "done") {
                return Ok(());
            }
            if let Some(status) = ended {
                bail!("the guest ended with {status} after {:?}", told.last());
            }
            ensure!(Instant::now() < give_up_at, "the guest told nothing after {:?}", told.last());
            thread::sleep(LOOK_EVERY);
        }
    }

    /// The whole lines of the guest's program so far.
    fn told(&self) -> Vec<String> {
        let text = fs::read(&self.log).unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        let whole = text.rsplit_once('\n').map_or("", |(whole, _)| whole);
        whole.lines().filter_map(|line| Some(line.trim_end().split_once(HEAD)?.1.to_owned())).collect()
    }
}
