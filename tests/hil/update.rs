//! Updates on the whole machine: what is installed, what is refused, and what the machine falls back to.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;
use xtask::image::bundle::{self, Keys};
use xtask::image::{Places, Product};
use xtask::timed_process;

use crate::inside::Shell;
use crate::machine::{BOOT_LIMIT, Machine, SCREEN_LIMIT, wait};
use crate::screen::WELCOME;
use crate::visit::{reported, take_number};
use crate::wires::{Becomes, Wires};
use crate::{Bench, say};

/// Making one bundle or one stick.
const TOOL_LIMIT: Duration = Duration::from_mins(10);
/// Where the stick is mounted inside.
pub const STICK: &str = "/run/hil-stick";
/// What an update that was refused ends with.
const NOT_WELL: i32 = 3;
/// Boots that an unconfirmed slot gets (images/boot/choose-slot.cfg).
const BROKEN_BOOTS: u32 = 3;
/// What is missing at the end of a bundle whose download broke off.
const CUT_BYTES: usize = 4_096;
/// Room for what a stick holds besides its bundles.
const STICK_SPARE_BYTES: u64 = 64 << 20;

/// Refuses bad bundles, survives a power cut in the middle of an update, updates, and falls back from a broken slot.
///
/// # Errors
/// Anything did not go as it must.
pub fn run(bench: &Bench) -> Result<()> {
    let folder = tempfile::tempdir_in(&bench.out)?;
    let wires = Wires::start(folder.path())?;
    let disk = wires.flash(&bench.image, folder.path(), Becomes::Kiosk)?;
    let stick = stick(bench, folder.path())?;
    let start = || Machine::start(bench, &disk, &wires, Some(&stick));

    let mut machine = start()?;
    let mut shell = ready(&mut machine, "A")?;
    reported(&wires)?;
    let usb = found(&mut shell)?;
    refuses_bad_ones(&mut machine, &mut shell, &usb, &wires, folder.path())?;

    begins(&mut shell, "good.raucb")?;
    machine.power_cut();
    let mut machine = start()?;
    machine.sees(&[WELCOME], BOOT_LIMIT)?;
    let mut shell = machine.shell()?;
    mount_stick(&mut shell)?;
    begins(&mut shell, "good.raucb")?;
    drop(shell);
    let mut shell = ready(&mut machine, "A")?;
    say(
        "    the power was cut in the middle of an update: the old slot starts, and is confirmed after one that is begun at once",
    );

    installs(&mut shell, &format!("stick {usb} good.raucb"))?;
    shell.run("kioskctl reboot --yes")?;
    drop(shell);
    machine.wait_for_restart()?;
    let mut shell = ready(&mut machine, "B")?;
    take_number(bench, &mut machine, &wires, 30, "update")?;
    say("    updated from the stick: slot B is up, confirmed, and gives numbers");

    wires.updates.hand_out(Some(&bundle_of(&bench.image)?));
    installs(&mut shell, "address")?;
    shell.run("kioskctl reboot --yes")?;
    drop(shell);
    machine.wait_for_restart()?;
    let mut shell = ready(&mut machine, "A")?;
    say("    updated by https: slot A is up and confirmed");

    begins(&mut shell, "broken.raucb")?;
    shell.run("truncate --size=0 /efi/grub/grubenv; sync")?;
    machine.power_cut();
    let mut machine = start()?;
    let mut shell = ready(&mut machine, "A")?;
    machine.journal_says("the boot environment was cut off", SCREEN_LIMIT)?;
    say("    the power was cut while the boot environment was written: the slot that was confirmed starts");

    shell.run(&format!("rauc install {STICK}/broken.raucb"))?;
    shell.run("systemctl reboot")?;
    drop(shell);
    // Three boots of the new slot that end in a panic, and then the old one.
    for _ in 0..=BROKEN_BOOTS {
        machine.wait_for_restart()?;
    }
    let mut shell = ready(&mut machine, "A")?;
    let environment = shell.run("grub-editenv /efi/grub/grubenv list")?;
    ensure!(environment.contains(&format!("B_TRY={BROKEN_BOOTS}")), "{environment}");
    say("    slot B was broken: after three boots the machine fell back to slot A by itself");
    machine.keep_journal("update")
}

/// Bad bundles are refused, from the stick `usb` and by https, and the kiosk serves on.
fn refuses_bad_ones(
    machine: &mut Machine<'_>,
    shell: &mut Shell,
    usb: &str,
    wires: &Wires,
    folder: &Path,
) -> Result<()> {
    refuses(shell, &format!("stick {usb} foreign.raucb"), &["signature"])?;
    refuses(shell, &format!("stick {usb} short.raucb"), &["damaged"])?;
    refuses(shell, &format!("stick {usb} tampered.raucb"), &["damaged"])?;
    machine.sees(&[WELCOME], SCREEN_LIMIT)?;
    say("    a bundle of another key, one that is cut short and a tampered one are refused, and the kiosk serves on");
    refuses(shell, "address", &["not_on_server"])?;
    for (name, reasons) in [("foreign", &["signature"][..]), ("tampered", &["interrupted", "damaged"])] {
        wires.updates.hand_out(Some(&bundle_in(folder, name)?));
        refuses(shell, "address", reasons)?;
    }
    say("    the same by https: no bundle, one of another key and a tampered one are refused");
    Ok(())
}

/// Waits for the welcome screen and the confirmation of `slot`; a shell.
fn ready(machine: &mut Machine<'_>, slot: &str) -> Result<Shell> {
    machine.sees(&[WELCOME], BOOT_LIMIT)?;
    let mut shell = machine.shell()?;
    wait("the slot to be confirmed", BOOT_LIMIT, || {
        Ok(shell.run("ls /run/tiep-don 2>/dev/null; true")?.contains("slot-good").then_some(()))
    })?;
    let booted = shell.run("grep -o 'rauc.slot=.' /proc/cmdline")?;
    ensure!(booted == format!("rauc.slot={slot}"), "expected slot {slot}, got {booted}");
    mount_stick(&mut shell)?;
    Ok(shell)
}

/// Mounts the stick inside, unless it is. The first screen is there before every device has been found.
///
/// # Errors
/// There is none.
pub fn mount_stick(shell: &mut Shell) -> Result<()> {
    wait("the stick", SCREEN_LIMIT, || Ok((shell.try_run("test -b /dev/disk/by-label/STICK")?.1 == 0).then_some(())))?;
    let mount = format!("mount -o ro /dev/disk/by-label/STICK {STICK}");
    shell.run(&format!("mkdir -p {STICK} && (mountpoint -q {STICK} || {mount})")).map(drop)
}

/// The stick, as the machine finds it, with what it says of each bundle.
fn found(shell: &mut Shell) -> Result<String> {
    let looked: Value = serde_json::from_str(&shell.run("kioskctl update look")?)?;
    let stick = looked["sticks"].get(0).with_context(|| format!("no stick: {looked}"))?;
    let error = |name: &str| {
        let bundles = stick["bundles"].as_array().into_iter().flatten();
        bundles.into_iter().find(|bundle| bundle["bundle"] == name).map(|bundle| bundle["error"].clone())
    };
    ensure!(error("good.raucb") == Some(Value::Null), "{looked}");
    ensure!(error("foreign.raucb") == Some("signature".into()), "{looked}");
    ensure!(error("short.raucb") == Some("damaged".into()), "{looked}");
    Ok(stick["stick"].as_str().context("a stick without a name")?.to_owned())
}

/// The last line of `kioskctl update install FROM`, and its exit status.
fn install(shell: &mut Shell, from: &str) -> Result<(Value, i32)> {
    let (said, status) = shell.try_run(&format!("kioskctl update install {from}"))?;
    let last = said.lines().last().unwrap_or_default();
    let answer = serde_json::from_str(last).with_context(|| format!("{from}: {said}"))?;
    Ok((answer, status))
}

fn installs(shell: &mut Shell, from: &str) -> Result<()> {
    let (answer, status) = install(shell, from)?;
    ensure!(status == 0 && answer["update"] == "restart_needed", "{from}: exit status {status}: {answer}");
    Ok(())
}

fn refuses(shell: &mut Shell, from: &str, reasons: &[&str]) -> Result<()> {
    let (answer, status) = install(shell, from)?;
    ensure!(status == NOT_WELL, "{from}: exit status {status}: {answer}");
    let is_expected = answer["error"].as_str().is_some_and(|error| reasons.contains(&error));
    ensure!(is_expected, "{from}: expected {reasons:?}: {answer}");
    Ok(())
}

/// Begins to install, and returns while RAUC copies.
fn begins(shell: &mut Shell, bundle: &str) -> Result<()> {
    shell.run(&format!("rauc install {STICK}/{bundle} >/dev/null 2>&1 & sleep 1"))?;
    wait("the update to begin", SCREEN_LIMIT, || Ok(writes(shell)?.then_some(())))
}

/// Whether RAUC is copying.
fn writes(shell: &mut Shell) -> Result<bool> {
    let (said, _) =
        shell.try_run("busctl get-property de.pengutronix.rauc / de.pengutronix.rauc.Installer Progress")?;
    Ok(said.contains("Copying"))
}

/// A bad bundle, as [`stick`] has left it in `folder`.
fn bundle_in(folder: &Path, name: &str) -> Result<PathBuf> {
    match name {
        "foreign" => bundle_of(&folder.join(name)),
        _ => Ok(folder.join(format!("{name}.raucb"))),
    }
}

/// A USB stick with a good bundle, one of another hospital's key, one with four changed bytes, one that is cut short, and one
/// whose root has a kernel and nothing else.
fn stick(bench: &Bench, folder: &Path) -> Result<PathBuf> {
    let good = bundle_of(&bench.image)?;
    let foreign = foreign(bench, folder)?;
    let broken = broken(bench, folder)?;
    let (tampered, short) = (folder.join("tampered.raucb"), folder.join("short.raucb"));
    let mut bytes = fs::read(&good)?;
    fs::write(&short, bytes.get(..bytes.len() - CUT_BYTES).context("an empty bundle")?)?;
    let middle = bytes.len() / 2;
    bytes.get_mut(middle..middle + 4).context("an empty bundle")?.iter_mut().for_each(|byte| *byte ^= 0xff);
    fs::write(&tampered, bytes)?;
    let bundles = [("good", good), ("foreign", foreign), ("tampered", tampered), ("short", short), ("broken", broken)];
    stick_of(bench, folder, &bundles)
}

/// The image of a stick with bundles on it, each as `NAME.raucb`.
///
/// # Errors
/// A tool failed; it has said why.
pub fn stick_of(bench: &Bench, folder: &Path, bundles: &[(&str, PathBuf)]) -> Result<PathBuf> {
    let stick = folder.join("stick.img");
    let total: u64 = bundles.iter().map(|(_, path)| fs::metadata(path).map_or(0, |it| it.len())).sum();
    fs::File::create(&stick)?.set_len(total + STICK_SPARE_BYTES)?;
    let run = |command: &mut Command| timed_process::run(command, TOOL_LIMIT);
    run(bench.build_root.command([folder], "mkfs.vfat").args(["-n", "STICK"]).arg(&stick))?;
    for (name, path) in bundles {
        let mut command = bench.build_root.command([folder, bench.image.as_path()], "mcopy");
        run(command.arg("-i").arg(&stick).arg(path).arg(format!("::{name}.raucb")))?;
    }
    Ok(stick)
}

/// The same root file system, signed with a key that no machine knows.
fn foreign(bench: &Bench, folder: &Path) -> Result<PathBuf> {
    let folder = folder.join("foreign");
    fs::create_dir_all(&folder)?;
    let keys = Keys::generate(&folder, &bench.build_root)?;
    fs::copy(bench.image.join("rootfs.squashfs"), folder.join("rootfs.squashfs"))?;
    let places = Places { product: folder, ..Places::of(Product::Kiosk) };
    bundle::build(Product::Kiosk, "foreign", &keys, &places, &bench.build_root)
}

/// A root file system that GRUB can start and that has no init, rightly signed.
fn broken(bench: &Bench, folder: &Path) -> Result<PathBuf> {
    let folder = folder.join("broken");
    let root = folder.join("root");
    fs::create_dir_all(&folder)?;
    let mut unpack = bench.build_root.command([folder.as_path(), bench.image.as_path()], "unsquashfs");
    unpack.args(["-no-progress", "-quiet", "-dest"]).arg(&root).arg(bench.image.join("rootfs.squashfs"));
    timed_process::run(unpack.args(["vmlinuz", "initrd.img", "boot"]), TOOL_LIMIT)?;
    let mut pack = bench.build_root.command([folder.as_path()], "mksquashfs");
    pack.arg(&root).arg(folder.join("rootfs.squashfs")).args(["-comp", "xz", "-quiet", "-no-progress"]);
    timed_process::run(&mut pack, TOOL_LIMIT)?;
    let places = Places { product: folder, ..Places::of(Product::Kiosk) };
    let keys = Keys::ensure(None, &places, &bench.build_root)?;
    bundle::build(Product::Kiosk, "broken", &keys, &places, &bench.build_root)
}

/// The update bundle beside a built image.
///
/// # Errors
/// There is none.
pub fn bundle_of(image: &Path) -> Result<PathBuf> {
    for entry in fs::read_dir(image)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "raucb") {
            return Ok(path);
        }
    }
    bail!("no bundle in {}: cargo xtask image build", image.display())
}
