//! The installer stick: it writes the disk of a machine that was empty, and bad sticks leave nothing that looks written.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};

use crate::inside::Shell;
use crate::machine::{BOOT_LIMIT, Machine, SCREEN_LIMIT, wait};
use crate::qemu::{Panel, Switch, Usb};
use crate::screen::WELCOME;
use crate::visit::{reported, take_number};
use crate::wires::{Becomes, Wires};
use crate::{Bench, say};

/// A machine's own disk, and a stick: both hold an image.
const DISK_BYTES: u64 = 4 << 30;
/// Erased first and written last (`kiosk_flash::flash::HEAD_BYTES`).
const HEAD_BYTES: usize = 1 << 20;
/// What stands on a stick before it is written.
const OLD: u8 = 0xEE;
/// The patient of the installed machine.
const SERIAL: u8 = 40;
/// Exit codes of kiosk-flash: nothing was written; the drive is not bootable.
const UNTOUCHED: &str = "1";
const NOT_BOOTABLE: &str = "3";
/// Writes the stick's own release to a drive, and keeps what was said and how it ended.
const WRITE: &str = "rm -f /run/ended; { kiosk-flash write /efi/release/*.img.zst --unsigned --yes --to";
const KEEP: &str = ">/run/said 2>&1; echo $? >/run/ended; } & :";

/// Installs on an empty disk, after sticks that are protected and pulled out.
///
/// # Errors
/// Anything did not go as it must.
pub fn run(bench: &Bench) -> Result<()> {
    let folder = tempfile::tempdir_in(&bench.out)?;
    let wires = Wires::start(folder.path())?;
    let installer = bench.image.join("installer.raw");
    ensure!(installer.is_file(), "no installer stick: cargo xtask image installer");
    let (stick, disk) = (folder.path().join("installer.img"), folder.path().join("disk.img"));
    wires.write(&installer, &stick, Becomes::Kiosk)?;
    fs::File::create(&disk)?.set_len(DISK_BYTES)?;

    let mut machine = Machine::with_panel(Panel::Wide, bench, &disk, &wires, Usb::Installer(&stick))?;
    let mut shell = machine.shell()?;
    protected_stick(&mut machine, &mut shell, folder.path())?;
    pulled_stick(&mut machine, &mut shell, folder.path())?;
    installs(&mut machine, &mut shell)?;
    drop(shell);
    machine.wait_for_off()?;

    let mut machine = Machine::start(bench, &disk, &wires, None)?;
    machine.sees(&[WELCOME], BOOT_LIMIT)?;
    reported(&wires)?;
    take_number(bench, &mut machine, &wires, SERIAL, "install")?;
    say("    the machine starts from its own disk, enrolled, and gives numbers");
    machine.keep_journal("install")
}

/// A stick of `DISK_BYTES` whose first bytes are an old system's.
fn old_stick(folder: &Path, name: &str) -> Result<std::path::PathBuf> {
    let path = folder.join(format!("{name}.img"));
    fs::write(&path, vec![OLD; HEAD_BYTES])?;
    fs::File::options().write(true).open(&path)?.set_len(DISK_BYTES)?;
    Ok(path)
}

fn head(path: &Path) -> Result<Vec<u8>> {
    use std::io::Read;
    let mut head = vec![0; HEAD_BYTES];
    fs::File::open(path)?.read_exact(&mut head)?;
    Ok(head)
}

fn protected_stick(machine: &mut Machine<'_>, shell: &mut Shell, folder: &Path) -> Result<()> {
    let stick = old_stick(folder, "protected")?;
    machine.plug_stick("protected", &stick, Switch::Protected)?;
    let (ended, said) = written(shell, "protected", |_| Ok(()))?;
    ensure!(ended == UNTOUCHED && said.contains("read-only"), "exit code {ended}: {said}");
    ensure!(head(&stick)?.iter().all(|byte| *byte == OLD), "a protected stick was written to");
    machine.pull_stick("protected")?;
    say("    a write-protected stick is refused");
    Ok(())
}

fn pulled_stick(machine: &mut Machine<'_>, shell: &mut Shell, folder: &Path) -> Result<()> {
    let stick = old_stick(folder, "pulled")?;
    machine.plug_stick("pulled", &stick, Switch::Writable)?;
    let (ended, said) = written(shell, "pulled", |shell| {
        wait("kiosk-flash to write", SCREEN_LIMIT, || {
            // Somewhere behind the first hundredth.
            let (said, _) = shell.try_run("cat /run/said")?;
            Ok(said.lines().any(|line| line.starts_with("writing") && !line.contains(" 0 %")).then_some(()))
        })?;
        machine.pull_stick("pulled")
    })?;
    ensure!(ended == NOT_BOOTABLE && said.contains("pulled out"), "exit code {ended}: {said}");
    ensure!(head(&stick)?.iter().all(|byte| *byte == 0), "a stick that was pulled out looks bootable");
    say("    a stick that is pulled out while it is written holds nothing that starts, and kiosk-flash says so");
    Ok(())
}

/// Writes the stick with this serial, does `meanwhile`, and waits for the end: exit code, and what was said.
fn written(
    shell: &mut Shell,
    serial: &str,
    meanwhile: impl FnOnce(&mut Shell) -> Result<()>,
) -> Result<(String, String)> {
    let path = format!("/dev/disk/by-id/usb-QEMU_QEMU_HARDDISK_{serial}-0:0");
    wait("the stick to be there", SCREEN_LIMIT, || {
        Ok((shell.try_run(&format!("test -b {path}"))?.1 == 0).then_some(()))
    })?;
    shell.run(&format!("{WRITE} {path} {KEEP}"))?;
    meanwhile(shell)?;
    let ended = wait("kiosk-flash to end", BOOT_LIMIT, || {
        let (said, status) = shell.try_run("cat /run/ended")?;
        Ok((status == 0 && !said.is_empty()).then_some(said))
    })?;
    Ok((ended, shell.run("cat /run/said")?))
}

/// Answers what the stick asks on the panel.
fn installs(machine: &mut Machine<'_>, shell: &mut Shell) -> Result<()> {
    shows(shell, "Number of the drive")?;
    machine.look()?;
    machine.keep_picture("install-1-disks")?;
    machine.type_line("1")?;
    shows(shell, "to go on")?;
    machine.type_line("/dev/vda")?;
    shows(shell, "DONE")?;
    machine.look()?;
    machine.keep_picture("install-2-done")?;
    let left = shell.run("ls /efi/tiep-don")?;
    ensure!(!left.contains("provisioning"), "secrets are left on the stick: {left}");
    machine.type_line("")?;
    say("    the stick wrote the machine's own disk, read it back, and switched the machine off");
    Ok(())
}

/// Waits until the panel's text holds `words`.
fn shows(shell: &mut Shell, words: &str) -> Result<()> {
    let mut text = String::new();
    wait(&format!("the panel to say {words:?}"), BOOT_LIMIT, || {
        text = shell.run("cat /dev/vcs1")?;
        Ok(text.contains(words).then_some(()))
    })
    .with_context(|| format!("it says: {}", text.trim()))
}
