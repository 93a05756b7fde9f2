//! The root file system: Debian's packages, our programs and the files of `images/`, as one read-only squashfs.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::architecture::OWN;
use super::build_root::{BuildRoot, TOOL_LIMIT, mmdebstrap};
use super::programs::Programs;
use super::sources::{Line, RELEASE};
use super::{Places, Product, left_out, tree};
use crate::timed_process;

/// Three hundred packages from a slow mirror on two slow cores.
const INSTALL_LIMIT: Duration = Duration::from_mins(30);
/// What an image may be at most, so that it fits its slot (images/partitions).
pub const BYTES_MAX: u64 = 768 << 20;
/// How much of a file is read at a time.
const READ_BYTES: usize = 1 << 20;
/// What puts drivers into the initial RAM disk.
const INITRD_HOOK: &str = "etc/initramfs-tools/hooks/tiep-don";
/// Units that would let somebody in, or that a read-only root has no use for.
const MASKED: &[&str] = &[
    "getty@.service",
    "serial-getty@.service",
    "container-getty@.service",
    "console-getty.service",
    "autovt@.service",
    "getty.target",
    "ctrl-alt-del.target",
    "debug-shell.service",
    "apt-daily.timer",
    "apt-daily-upgrade.timer",
    "dpkg-db-backup.timer",
    "e2scrub_all.timer",
    "systemd-networkd-wait-online.service",
    "systemd-pcrlock-make-policy.service",
    // Kernel interfaces that nothing here uses, and the modules below them.
    "dev-hugepages.mount",
    "dev-mqueue.mount",
    "proc-sys-fs-binfmt_misc.automount",
    "sys-fs-fuse-connections.mount",
    "sys-kernel-config.mount",
    "sys-kernel-debug.mount",
    "sys-kernel-tracing.mount",
    // What an update of packages leaves to be done, which there is none of; and it would be done at every boot.
    "ldconfig.service",
    "systemd-hwdb-update.service",
    "systemd-journal-catalog-update.service",
    "systemd-update-done.service",
    // Drivers that are there before those who ask for them, or come when they are asked for.
    "modprobe@dm_mod.service",
    "modprobe@drm.service",
    "modprobe@loop.service",
    // Nobody types a password, and nobody outside is given a credential or an extension.
    "systemd-ask-password-console.path",
    "systemd-ask-password-wall.path",
    "systemd-creds.socket",
    "systemd-initctl.socket",
    "systemd-sysext.socket",
    // Settings by other ways than ours, and logins.
    "systemd-remount-fs.service",
    "systemd-network-generator.service",
    "systemd-udev-load-credentials.service",
    "systemd-user-sessions.service",
];

/// What looks at every boot for what no machine here has: of all that make units, those stay that read the table of file
/// systems and what the firmware hands over.
const GENERATORS_MASKED: &[&str] = &[
    "systemd-getty-generator",
    "systemd-gpt-auto-generator",
    "systemd-hibernate-resume-generator",
    "systemd-rc-local-generator",
    "systemd-run-generator",
    "systemd-ssh-generator",
    "systemd-system-update-generator",
    "systemd-sysv-generator",
    "systemd-tpm2-generator",
];

/// What goes into a root file system.
#[derive(Debug, Clone, Copy)]
pub struct Plan<'a> {
    pub product: Product,
    pub version: &'a str,
    /// The time of every file, in seconds since 1970.
    pub epoch: u64,
    pub sources: &'a [Line],
    pub programs: &'a Programs,
    /// Certificates whose bundles the machine installs.
    pub keyring: &'a Path,
}

/// A built root file system.
#[derive(Debug, Clone)]
pub struct Root {
    pub squashfs: PathBuf,
    pub sha256: String,
    pub packages: Vec<Package>,
}

/// One Debian package in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Package {
    pub name: String,
    pub version: String,
    pub architecture: String,
}

/// Makes the root file system in `places.product`.
///
/// # Errors
/// A tool failed, a file cannot be copied, or the result does not fit its slot.
pub fn build(plan: &Plan<'_>, places: &Places, build_root: &BuildRoot) -> Result<Root> {
    let (overlay, root) = (places.product.join("overlay"), places.product.join("root"));
    tree::remove(&overlay)?;
    tree::remove(&root)?;
    lay_out(plan, places, &overlay)?;
    install(plan, places, &overlay, &root)?;
    let status = fs::read_to_string(root.join("var/lib/dpkg/status")).context("the packages left no list")?;
    clean(plan, &root)?;
    let squashfs = places.product.join("rootfs.squashfs");
    pack(plan, &root, &squashfs, build_root)?;
    tree::remove(&root)?;
    tree::remove(&overlay)?;
    let bytes = fs::metadata(&squashfs)?.len();
    ensure!(bytes <= BYTES_MAX, "the root file system has {bytes} bytes and its slot {BYTES_MAX}");
    let sha256 = sha256(&squashfs)?;
    Ok(Root { squashfs, sha256, packages: packages(&status) })
}

/// Everything that is ours, as it lies in the image.
fn lay_out(plan: &Plan<'_>, places: &Places, overlay: &Path) -> Result<()> {
    tree::lay_over(&places.definition("rootfs"), overlay)?;
    // The only one of those files that is run.
    tree::put(&places.definition("rootfs").join(INITRD_HOOK), &overlay.join(INITRD_HOOK), 0o755)?;
    tree::lay_over(&places.definition("partitions"), &overlay.join("usr/lib/repart.d"))?;
    let units = overlay.join("usr/lib/systemd/system");
    for entry in fs::read_dir(places.definition("units"))? {
        let (from, name) = entry.map(|entry| (entry.path(), entry.file_name()))?;
        let is_others = plan.product.other().units().iter().any(|unit| name == **unit);
        if name.to_string_lossy().ends_with(".rules") {
            tree::put(&from, &overlay.join("usr/lib/udev/rules.d").join(&name), 0o644)?;
        } else if !is_others {
            tree::put(&from, &units.join(&name), 0o644)?;
        }
    }
    let system_conf = filled(&places.definition("update/system.conf"), plan.product, plan.version)?;
    tree::put_text(system_conf, &overlay.join("etc/rauc/system.conf"), 0o644)?;
    tree::put(plan.keyring, &overlay.join("etc/rauc/keyring.pem"), 0o644)?;
    for program in &plan.programs.files {
        let name = program.file_name().context("a program has no name")?;
        tree::put(program, &overlay.join("usr/bin").join(name), 0o755)?;
    }
    Ok(())
}

/// A definition with its two words filled in.
pub fn filled(path: &Path, product: Product, version: &str) -> Result<String> {
    let text = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(text.replace("@COMPATIBLE@", &product.compatible(OWN)).replace("@VERSION@", version))
}

fn install(plan: &Plan<'_>, places: &Places, overlay: &Path, root: &Path) -> Result<()> {
    let list = places.definition(plan.product.name()).join("packages.txt");
    let text = fs::read_to_string(&list).with_context(|| format!("cannot read {}", list.display()))?;
    let kernel = format!("linux-image-{}", OWN.debian());
    let listed = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let names: Vec<&str> = listed.chain([kernel.as_str()]).collect();
    let mut command = mmdebstrap(root, plan.sources)?;
    command.env("SOURCE_DATE_EPOCH", plan.epoch.to_string());
    command.arg(format!("--include={}", names.join(",")));
    // Our files are there before the packages that read them, such as the one that makes the initial RAM disk.
    command.arg(format!("--essential-hook=sync-in {} /", overlay.display()));
    command.args(["--dpkgopt=force-confold", "--aptopt=Apt::Install-Recommends \"false\""]);
    command.args(left_out::FILES.iter().map(|path| format!("--dpkgopt=path-exclude={path}")));
    let module = |path: &&str| format!("--dpkgopt=path-exclude=/usr/lib/modules/*/kernel/{path}*");
    command.args(left_out::MODULES.iter().map(module));
    command.args(left_out::FILES_KEPT.iter().map(|path| format!("--dpkgopt=path-include={path}")));
    // Drivers are unpacked here and not by each boot, and so are those in the initial RAM disk.
    command.arg("--customize-hook=find \"$1\"/usr/lib/modules -name '*.ko.xz' -exec xz --decompress {} +");
    command.arg("--customize-hook=ls \"$1\"/usr/lib/modules | xargs --max-args=1 chroot \"$1\" depmod");
    command.arg("--customize-hook=chroot \"$1\" update-initramfs -u -k all");
    command.arg("--customize-hook=chroot \"$1\" systemd-sysusers");
    command.arg("--customize-hook=chroot \"$1\" systemctl preset-all");
    timed_process::run(command.arg(RELEASE).arg(root).args(plan.sources), INSTALL_LIMIT)?;
    Ok(())
}

/// What no two builds have in common, what nobody needs, and what must not be there.
fn clean(plan: &Plan<'_>, root: &Path) -> Result<()> {
    mask(MASKED, &root.join("etc/systemd/system"))?;
    mask(GENERATORS_MASKED, &root.join("etc/systemd/system-generators"))?;
    // Both are the machine's own and are made at each boot.
    tree::put_text("", &root.join("etc/machine-id"), 0o444)?;
    tree::put_text("kiosk\n", &root.join("etc/hostname"), 0o644)?;
    tree::remove(&root.join("etc/resolv.conf"))?;
    std::os::unix::fs::symlink("../run/systemd/resolve/stub-resolv.conf", root.join("etc/resolv.conf"))?;
    let release = format!("IMAGE_ID={}\nIMAGE_VERSION={}\n", plan.product.compatible(OWN), plan.version);
    let os_release = root.join("usr/lib/os-release");
    let text = fs::read_to_string(&os_release)?;
    tree::put_text(text + &release, &os_release, 0o644)?;
    for name in
        ["etc/passwd-", "etc/group-", "etc/shadow-", "etc/gshadow-", "etc/subuid-", "etc/subgid-", "etc/.pwd.lock"]
    {
        tree::remove(&root.join(name))?;
    }
    // The data partition is mounted there, and systemd makes what programs expect on it.
    // The table of devices is there in its compiled form.
    tree::empty(&root.join("usr/lib/udev/hwdb.d"))?;
    for folder in ["var", "run", "tmp", "root", "home", "boot/grub"] {
        tree::empty(&root.join(folder))?;
    }
    for path in left_out::INSTALLERS {
        tree::remove_all(root, &path.replace("MACHINE", OWN.machine()))?;
    }
    tree::remove(&root.join("etc/ld.so.cache~"))?;
    // Nobody logs in: there is nobody for whom a program would take another user's rights, or start a shell.
    tree::drop_set_ids(root)?;
    let passwd = root.join("etc/passwd");
    tree::put_text(without_shells(&fs::read_to_string(&passwd)?), &passwd, 0o644)?;
    fs::create_dir_all(root.join("efi"))?;
    // Mounted over as well; what starts before that expects it.
    fs::create_dir_all(root.join("var/tmp"))?;
    Ok(())
}

/// Has systemd take each of `names` in `folder` for absent.
fn mask(names: &[&str], folder: &Path) -> Result<()> {
    fs::create_dir_all(folder)?;
    for name in names {
        let link = folder.join(name);
        tree::remove(&link)?;
        std::os::unix::fs::symlink("/dev/null", &link).with_context(|| format!("cannot mask {name}"))?;
    }
    Ok(())
}

fn pack(plan: &Plan<'_>, root: &Path, squashfs: &Path, build_root: &BuildRoot) -> Result<()> {
    tree::remove(squashfs)?;
    let folder = squashfs.parent().context("no folder")?;
    let epoch = plan.epoch.to_string();
    let mut command = build_root.command([folder], "mksquashfs");
    command.args([root, squashfs]);
    // Nothing in it is packed: a processor of a mini-PC unpacks more slowly than its disk reads, and whoever waits for the
    // first screen waits for that. What is carried about, the bundle and the disk image, is packed as a whole, and gets
    // smaller so. GRUB reads the one compressor that is named, which packs nothing.
    command.args(["-comp", "gzip", "-noI", "-noD", "-noF", "-noX", "-b", "128K"]);
    command.args(["-noappend", "-quiet", "-no-progress", "-reproducible"]);
    command.args(["-mkfs-time", &epoch, "-all-time", &epoch]);
    timed_process::run(&mut command, TOOL_LIMIT)?;
    Ok(())
}

/// The users of passwd(5), none of whom has a shell.
fn without_shells(passwd: &str) -> String {
    let user = |line: &str| match line.rsplit_once(':') {
        Some((user, _)) => format!("{user}:/usr/sbin/nologin\n"),
        None => format!("{line}\n"),
    };
    passwd.lines().map(user).collect()
}

/// The packages of a dpkg status file that are installed, by name.
fn packages(status: &str) -> Vec<Package> {
    let package = |stanza: &str| {
        let field =
            |name: &str| stanza.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": ")).map(str::to_owned);
        field("Status").filter(|status| status == "install ok installed")?;
        Some(Package { name: field("Package")?, version: field("Version")?, architecture: field("Architecture")? })
    };
    let mut packages: Vec<Package> = status.split("\n\n").filter_map(package).collect();
    packages.sort_by(|one, other| one.name.cmp(&other.name));
    packages
}

/// The SHA-256 of a file, in hexadecimal.
pub fn sha256(path: &Path) -> Result<String> {
    let mut hasher = Sha256::new();
    let mut file = fs::File::open(path).with_context(|| format!("cannot read {}", path.display()))?;
    let mut buffer = vec![0; READ_BYTES];
    loop {
        match file.read(&mut buffer)? {
            0 => break,
            count => hasher.update(&buffer[..count]),
        }
    }
    Ok(hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_user_has_a_shell() {
        let passwd = without_shells("root:x:0:0:root:/root:/bin/bash\nsync:x:4:65534:sync:/bin:/bin/sync\n");
        let all = "root:x:0:0:root:/root:/usr/sbin/nologin\nsync:x:4:65534:sync:/bin:/usr/sbin/nologin\n";
        assert_eq!(passwd, all);
    }

    #[test]
    fn only_installed_packages_are_listed_by_name() {
        let status = "Package: zlib\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1:2\n\n\
                      Package: gone\nStatus: deinstall ok config-files\nArchitecture: amd64\nVersion: 1\n\n\
                      Package: apt\nStatus: install ok installed\nArchitecture: all\nVersion: 3\n";
        let names: Vec<_> = packages(status).into_iter().map(|package| (package.name, package.version)).collect();
        assert_eq!(names, [("apt".to_owned(), "3".to_owned()), ("zlib".to_owned(), "1:2".to_owned())]);
    }
}
