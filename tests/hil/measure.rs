//! `cargo xtask bench image`: how large the image is, and how long it boots beside a plain Debian of the same kernel.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::Duration;

use anyhow::{Context, Result};
use xtask::image::architecture::OWN;
use xtask::image::build_root::mmdebstrap;
use xtask::image::sources::{self, RELEASE};
use xtask::image::tree;
use xtask::timed_process;

use crate::Bench;
use crate::inside::credential;
use crate::machine::{BOOT_LIMIT, Machine, wait};
use crate::screen::WELCOME;
use crate::update::bundle_of;
use crate::wires::{Becomes, Wires};

/// Installing and packing the plain system.
const MAKE_LIMIT: Duration = Duration::from_mins(20);
/// What a Debian has at least that boots to a login: nothing of it is ours.
const PLAIN: &str = "systemd-sysv,udev,dbus,login,linux-image-amd64,initramfs-tools";
/// Room for it, in bytes.
const PLAIN_BYTES: u64 = 1 << 30;
/// Boots of each, one beside the other. The first one of a machine makes what later ones find.
const BOOTS: usize = 3;

/// Says, when the login is there, how long ago the kernel started.
const LOGIN_IS_UP: &str = "[Unit]
After=serial-getty@ttyS0.service
[Service]
Type=oneshot
ExecStart=/bin/sh -c 'cut -d\" \" -f1 /proc/uptime >/dev/ttyS1'
";
const WANTED: &str = "[Unit]
Wants=login-is-up.service
";

/// Where a boot spent its time, for whoever wants to make it shorter.
const BOOT_TIMES: &str = "export SYSTEMD_PAGER= SYSTEMD_COLORS=0; systemctl is-system-running --wait; systemd-analyze time; \
                          systemd-analyze critical-chain kiosk-app.service; systemd-analyze blame; journalctl --boot --output=short-monotonic; dmesg";

/// Largest update bundle, in MB.
const BUNDLE_MB_MAX: f64 = 150.0;
/// Longest boot to the welcome screen, as a multiple of the plain system's to its login.
const RATIO_MAX: f64 = 1.5;

/// One boot of the kiosk.
struct Boot {
    kernel_to_welcome: Duration,
    used_mib: u64,
    program_mib: u64,
}

/// Measures and prints the page.
///
/// # Errors
/// A machine did not boot.
pub fn page(bench: &Bench) -> Result<String> {
    let folder = tempfile::tempdir_in(&bench.out)?;
    let plain = Plain::make(bench)?;
    let wires = Wires::start(folder.path())?;
    let disk = wires.flash(&bench.image, folder.path(), Becomes::Kiosk)?;
    let (mut rows, mut worst) = (String::new(), 0.0_f64);
    for boot in 1..=BOOTS {
        let beside = plain.start(bench, folder.path())?;
        let kiosk = boot_kiosk(bench, &disk, &wires, boot)?;
        let plain_s = beside.kernel_to_login()?.as_secs_f64();
        let kiosk_s = kiosk.kernel_to_welcome.as_secs_f64();
        let (ratio, used, own) = (kiosk_s / plain_s, kiosk.used_mib, kiosk.program_mib);
        // The first one provisions the machine and gets its key from the queue service before there is a screen.
        if boot > 1 {
            worst = worst.max(ratio);
        }
        rows += &format!("| {boot} | {kiosk_s:.0} s | {plain_s:.0} s | {ratio:.2} | {used} MiB | {own} MiB |\n");
    }
    let bundle = megabytes(&bundle_of(&bench.image)?)?;
    let met = |yes: bool| if yes { "yes" } else { "no" };
    Ok(format!(
        "# The image of the kiosk\n\n`cargo xtask bench image`, on the image that `cargo xtask image build kiosk` has left.\n\n\
         | file | MB |\n|---|---|\n\
         | root file system (squashfs) | {root:.1} |\n| update bundle | {bundle:.1} |\n\
         | disk image, packed | {packed:.1} |\n\n\
         From the kernel's start to the welcome screen, beside a Debian of nothing but systemd, udev, D-Bus and a login\n\
         with the same kernel, from the kernel's start to its login. Both boot at the same time on the same machine, each in\n\
         QEMU without KVM with two processors and 1 GiB. The first boot provisions the\n\
         machine and gets its key from the queue service before there is a screen: the target is for those after it. RAM is what is not available at the welcome screen, and the resident memory of `kiosk-app`.\n\n\
         | boot | kernel to welcome | plain: kernel to login | ratio | RAM used | of it kiosk-app |\n|---|---|---|---|---|---|\n{rows}\n\
         ## Targets\n\n| what | target | here | met |\n|---|---|---|---|\n\
         | update bundle, MB | < 150 | {bundle:.1} | {small} |\n\
         | kernel to welcome, times a plain boot to its login, the slowest after the first | ≤ {RATIO_MAX} | {worst:.2} | {quick} |\n",
        root = megabytes(&bench.image.join("rootfs.squashfs"))?,
        small = met(bundle < BUNDLE_MB_MAX),
        quick = met(worst <= RATIO_MAX),
        packed = megabytes(&packed_disk(&bench.image)?)?,
    ))
}

fn boot_kiosk(bench: &Bench, disk: &Path, wires: &Wires, boot: usize) -> Result<Boot> {
    let mut machine = Machine::measured(bench, disk, wires)?;
    let welcome = machine.first_shows(WELCOME, BOOT_LIMIT)?;
    let mut shell = machine.shell()?;
    let uptime: f64 = shell.run("cut -d' ' -f1 /proc/uptime")?.parse()?;
    let kernel_to_welcome = Duration::from_secs_f64(uptime).saturating_sub(welcome.elapsed());
    let mut mebibytes = |command: &str| -> Result<u64> { Ok(shell.run(command)?.trim().parse::<u64>()? / 1024) };
    let used_mib = mebibytes("awk '/^MemTotal/{t=$2} /^MemAvailable/{print t-$2}' /proc/meminfo")?;
    let program_mib = mebibytes("awk '/^VmRSS/{print $2}' /proc/$(pidof kiosk-app)/status")?;
    let (times, _) = shell.try_run(BOOT_TIMES)?;
    fs::write(bench.out.join(format!("boot-{boot}.txt")), times)?;
    Ok(Boot { kernel_to_welcome, used_mib, program_mib })
}

fn megabytes(path: &Path) -> Result<f64> {
    let bytes = fs::metadata(path).with_context(|| format!("there is no {}", path.display()))?.len();
    #[expect(clippy::cast_precision_loss, reason = "a file of a few hundred megabytes")]
    Ok(bytes as f64 / 1e6)
}

/// The kiosk's release; an installer stick may lie beside it.
fn packed_disk(folder: &Path) -> Result<PathBuf> {
    let is_it = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.starts_with(&format!("kiosk-{}-", OWN.machine())) && name.ends_with(".img.zst")
    };
    let mut fitting = fs::read_dir(folder)?.flatten().map(|entry| entry.path()).filter(is_it);
    fitting.next().with_context(|| format!("there is no packed disk in {}", folder.display()))
}

/// A plain Debian on a disk of its own.
struct Plain {
    folder: PathBuf,
}

impl Plain {
    /// Makes it beside the images, unless an earlier run has.
    fn make(bench: &Bench) -> Result<Self> {
        let all = bench.image.parent().context("the image is in no folder")?;
        let folder = all.join("plain");
        let (root, disk) = (folder.join("root"), folder.join("disk.raw"));
        if disk.is_file() {
            return Ok(Self { folder });
        }
        tree::remove(&folder)?;
        fs::create_dir_all(&folder)?;
        let sources = sources::of_this_machine()?;
        let mut command = mmdebstrap(&folder, &sources)?;
        command.arg(format!("--include={PLAIN}")).arg(RELEASE).arg(&root).args(&sources);
        timed_process::run(&mut command, MAKE_LIMIT)?;
        for file in ["vmlinuz", "initrd.img"] {
            fs::copy(root.join(file), folder.join(file))?;
        }
        let part = folder.join("disk.part");
        fs::File::create(&part)?.set_len(PLAIN_BYTES)?;
        let mut command = bench.build_root.command([folder.as_path()], "mke2fs");
        timed_process::run(command.args(["-q", "-t", "ext4", "-d"]).arg(&root).arg(&part), MAKE_LIMIT)?;
        tree::remove(&root)?;
        fs::rename(part, disk)?;
        Ok(Self { folder })
    }

    fn start(&self, bench: &Bench, folder: &Path) -> Result<PlainMachine> {
        let console = folder.join("plain.log");
        fs::write(&console, "")?;
        let mut command = bench.build_root.command([self.folder.as_path(), folder], "qemu-system-x86_64");
        command.args(["-machine", "q35,accel=tcg", "-cpu", "max", "-smp", "2", "-m", "1024", "-nodefaults"]);
        command.args(["-display", "none", "-no-user-config", "-snapshot", "-device", "virtio-rng-pci"]);
        command.arg("-kernel").arg(self.folder.join("vmlinuz")).arg("-initrd").arg(self.folder.join("initrd.img"));
        command.args(["-append", "root=/dev/vda rw console=ttyS0 quiet loglevel=3", "-serial", "null"]);
        command.arg("-drive").arg(format!("file={},format=raw,if=virtio", self.folder.join("disk.raw").display()));
        command.arg("-serial").arg(format!("file:{}", console.display()));
        command.args(["-smbios", &credential("systemd.extra-unit.login-is-up.service", LOGIN_IS_UP)]);
        command.args(["-smbios", &credential("systemd.unit-dropin.multi-user.target", WANTED)]);
        let process = command.stdin(Stdio::null()).stdout(Stdio::null()).spawn().context("cannot start QEMU")?;
        Ok(PlainMachine { process, console })
    }
}

/// A plain Debian that boots. Dropping it cuts its power.
struct PlainMachine {
    process: Child,
    console: PathBuf,
}

impl PlainMachine {
    /// Waits for the login.
    fn kernel_to_login(self) -> Result<Duration> {
        let seconds = wait("the plain system's login", BOOT_LIMIT, || {
            let said = fs::read_to_string(&self.console).unwrap_or_default();
            Ok(said.lines().find_map(|line| line.trim().parse().ok()))
        })?;
        Ok(Duration::from_secs_f64(seconds))
    }
}

impl Drop for PlainMachine {
    fn drop(&mut self) {
        // It may have ended by itself.
        self.process.kill().ok();
        self.process.wait().ok();
    }
}
