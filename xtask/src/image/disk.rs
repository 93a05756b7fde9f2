//! The disk image: the partitions of `images/partitions`, GRUB, and the root file system in slot A.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::architecture::OWN;
use super::build_root::{BuildRoot, TOOL_LIMIT};
use super::{Places, Product, rootfs, tree};
use crate::inner_cargo::cargo;
use crate::timed_process;

/// What GRUB needs to find, read and start a slot.
const GRUB_MODULES: &[&str] = &[
    "part_gpt",
    "fat",
    "squash4",
    "gzio",
    "xzio",
    "loadenv",
    "regexp",
    "normal",
    "configfile",
    "test",
    "true",
    "linux",
    "search",
    "sleep",
    "reboot",
    "echo",
    "all_video",
    "efi_gop",
    "minicmd",
];
/// What the first boot finds: slot A, and B to fall back to only once something was installed there.
pub const FIRST_ENVIRONMENT: &[&str] = &["ORDER=A B", "A_OK=1", "A_TRY=0", "B_OK=0", "B_TRY=0"];
/// The partition table's and the file systems' own ids come from this, so that two builds agree.
const SEED: &str = "5b6f0d0e-7f55-4bb0-9df2-7d6b1f9a2c11";

/// Makes `disk.raw` in `places.product`, sparse.
///
/// # Errors
/// A tool failed; it has said why.
pub fn build(product: Product, places: &Places, build_root: &BuildRoot, epoch: u64) -> Result<PathBuf> {
    let folder = places.product.as_path();
    let esp = folder.join("esp");
    tree::remove(&esp)?;
    boot_files(&esp, places, build_root)?;
    let disk = folder.join("disk.raw");
    let parts = Parts { definitions: &places.definition("partitions"), root: "20-rootfs-a", seed: SEED };
    partition(&parts, &esp, &disk, build_root, epoch).with_context(|| format!("the disk of the {}", product.name()))?;
    tree::remove(&esp)?;
    Ok(disk)
}

/// How a disk is divided.
#[derive(Debug, Clone, Copy)]
pub struct Parts<'a> {
    /// The folder of its definitions; `10-esp` is the EFI system partition.
    pub definitions: &'a Path,
    /// The one that gets the root file system.
    pub root: &'a str,
    /// Where its ids come from: two disks in one machine must differ.
    pub seed: &'a str,
}

/// Makes `disk`, with the files of `esp` and the root file system that lies beside it.
///
/// # Errors
/// systemd-repart failed; it has said why.
pub fn partition(parts: &Parts<'_>, esp: &Path, disk: &Path, build_root: &BuildRoot, epoch: u64) -> Result<()> {
    let folder = disk.parent().context("the disk is in no folder")?;
    let definitions = folder.join("repart.d");
    tree::remove(&definitions)?;
    tree::lay_over(parts.definitions, &definitions)?;
    // What only a build does to a partition stands beside the definitions that are installed.
    let blocks = format!("CopyBlocks={}", folder.join("rootfs.squashfs").display());
    for (partition, line) in [("10-esp", format!("CopyFiles={}:/", esp.display())), (parts.root, blocks)] {
        let file = definitions.join(format!("{partition}.conf.d/content.conf"));
        tree::put_text(format!("[Partition]\n{line}\n"), &file, 0o644)?;
    }
    tree::remove(disk)?;
    let mut command = build_root.command([folder], "env");
    command.arg(format!("SOURCE_DATE_EPOCH={epoch}")).arg("systemd-repart");
    command.args(["--empty=create", "--size=auto", "--offline=yes", "--dry-run=no", "--no-pager"]);
    command.args(["--seed", parts.seed]).arg(format!("--definitions={}", definitions.display())).arg(disk);
    timed_process::run(&mut command, TOOL_LIMIT)?;
    tree::remove(&definitions)
}

/// The content of the EFI system partition.
fn boot_files(esp: &Path, places: &Places, build_root: &BuildRoot) -> Result<()> {
    for file in ["grub.cfg", "choose-slot.cfg"] {
        tree::put(&places.definition("boot").join(file), &esp.join("grub").join(file), 0o644)?;
    }
    place_for_provisioning(esp)?;
    let environment = esp.join("grub/grubenv");
    let mut command = build_root.command([esp], "grub-editenv");
    timed_process::run(command.arg(&environment).arg("create"), TOOL_LIMIT)?;
    let mut command = build_root.command([esp], "grub-editenv");
    timed_process::run(command.arg(&environment).arg("set").args(FIRST_ENVIRONMENT), TOOL_LIMIT)?;
    tree::put(&environment, &esp.join("grub/grubenv.kept"), 0o644)?;
    loader(esp, build_root)
}

/// GRUB, where firmware looks for it.
///
/// # Errors
/// grub-mkimage failed; it has said why.
pub fn loader(esp: &Path, build_root: &BuildRoot) -> Result<()> {
    let loader = esp.join("EFI/BOOT").join(OWN.loader());
    tree::put_text("", &loader, 0o644)?;
    let mut command = build_root.command([esp], "grub-mkimage");
    command.args(["-O", OWN.grub(), "-p", "/grub", "-o"]).arg(&loader).args(GRUB_MODULES);
    timed_process::run(&mut command, TOOL_LIMIT)?;
    Ok(())
}

/// kiosk-flash finds its folder there: one that its FAT library makes has an entry that fsck.fat repairs.
///
/// # Errors
/// It cannot be written.
pub fn place_for_provisioning(esp: &Path) -> Result<()> {
    let text = "What kiosk-flash leaves here is read and removed at the next boot.\n";
    tree::put_text(text, &esp.join("tiep-don/README.TXT"), 0o644)
}

/// What a release is called, how it is packed, and who signs it.
#[derive(Debug, Clone, Copy)]
pub struct Release<'a> {
    pub name: &'a str,
    pub version: &'a str,
    /// The cargo profile of the program that packs it.
    pub profile: &'a str,
    /// An unencrypted minisign secret key.
    pub sign_with: Option<&'a Path>,
}

/// Makes the files that kiosk-flash takes: the packed disk, its manifest and, with a key, the signature.
///
/// # Errors
/// kiosk-flash failed; it has said why.
pub fn pack(disk: &Path, release: &Release<'_>, places: &Places) -> Result<()> {
    let mut command = cargo();
    command.args(["run", "--locked", "--quiet", "--profile", release.profile, "--package", "kiosk-flash"]);
    command.args(["--bin", "kiosk-flash", "--", "pack"]).current_dir(&places.workspace);
    command.arg(disk).args(["--product", release.name, "--machine", OWN.machine(), "--version", release.version]);
    command.arg("--out").arg(&places.product);
    if let Some(key) = release.sign_with {
        command.arg("--sign-with").arg(key);
    }
    timed_process::run(&mut command, TOOL_LIMIT)?;
    Ok(())
}

/// Writes `SHA256SUMS` over everything that is handed out.
///
/// # Errors
/// A file cannot be read.
pub fn sums(places: &Places) -> Result<()> {
    const HANDED_OUT: [&str; 6] = ["zst", "json", "minisig", "raucb", "bmap", "squashfs"];
    let mut lines = Vec::new();
    for entry in fs::read_dir(&places.product)? {
        let path = entry?.path();
        let is_handed_out = path.extension().is_some_and(|extension| HANDED_OUT.iter().any(|one| extension == *one));
        let Some(name) = path.file_name().filter(|_| is_handed_out) else { continue };
        lines.push(format!("{}  {}\n", rootfs::sha256(&path)?, name.to_string_lossy()));
    }
    lines.sort_by(|one, other| one[66..].cmp(&other[66..]));
    Ok(fs::write(places.product.join("SHA256SUMS"), lines.concat())?)
}
