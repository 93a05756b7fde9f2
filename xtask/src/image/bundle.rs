//! The update bundle: the root file system, signed, as RAUC installs it into the other slot.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

use super::build_root::{BuildRoot, TOOL_LIMIT};
use super::{Places, Product, rootfs, tree};
use crate::console::say;
use crate::timed_process;

/// How long the keys for trying out are good for.
const DAYS: &str = "3650";

/// How a bundle is packed: xz is 4 % smaller and takes nine times as long to unpack.
const PACKING: &str = "-comp zstd -Xcompression-level 19 -b 1M";

/// What signs bundles, and what a machine checks them with.
#[derive(Debug, Clone)]
pub struct Keys {
    pub certificate: PathBuf,
    pub key: PathBuf,
}

impl Keys {
    /// The keys in `given`, or keys for trying out in `target/image/keys`, made when they are absent.
    ///
    /// # Errors
    /// A file is missing, or openssl failed.
    pub fn ensure(given: Option<&Path>, places: &Places, build_root: &BuildRoot) -> Result<Self> {
        if let Some(folder) = given {
            let keys = Self::in_folder(&fs::canonicalize(folder)?);
            for file in [&keys.certificate, &keys.key] {
                ensure!(file.is_file(), "there is no {}", file.display());
            }
            return Ok(keys);
        }
        say("    no --keys: the bundle is signed with a key for trying out");
        let folder = places.all.join("keys");
        let keys = Self::in_folder(&folder);
        if !keys.key.is_file() {
            fs::create_dir_all(&folder)?;
            keys.make(&folder, build_root)?;
        }
        Ok(keys)
    }

    /// New keys in `folder`, which exists.
    ///
    /// # Errors
    /// openssl failed.
    pub fn generate(folder: &Path, build_root: &BuildRoot) -> Result<Self> {
        let keys = Self::in_folder(folder);
        keys.make(folder, build_root)?;
        Ok(keys)
    }

    fn in_folder(folder: &Path) -> Self {
        Self { certificate: folder.join("update.cert.pem"), key: folder.join("update.key.pem") }
    }

    fn make(&self, folder: &Path, build_root: &BuildRoot) -> Result<()> {
        let mut command = build_root.command([folder], "openssl");
        command.args(["req", "-x509", "-newkey", "rsa:4096", "-nodes", "-days", DAYS, "-subj", "/CN=tiep-don updates"]);
        command.arg("-keyout").arg(&self.key).arg("-out").arg(&self.certificate);
        timed_process::run(&mut command, TOOL_LIMIT)?;
        Ok(fs::set_permissions(&self.key, fs::Permissions::from_mode(0o600))?)
    }
}

/// The bundle of a product, as `places.product/NAME`.
#[must_use]
pub fn path(product: Product, version: &str, places: &Places) -> PathBuf {
    places.product.join(format!("{}-{version}.raucb", product.name()))
}

/// Makes and signs the bundle of the root file system in `places`.
///
/// # Errors
/// RAUC failed; it has said why.
pub fn build(product: Product, version: &str, keys: &Keys, places: &Places, build_root: &BuildRoot) -> Result<PathBuf> {
    let content = places.product.join("bundle");
    tree::remove(&content)?;
    let manifest = rootfs::filled(&places.definition("update/manifest.raucm"), product, version)?;
    tree::put_text(manifest, &content.join("manifest.raucm"), 0o644)?;
    let squashfs = places.product.join("rootfs.squashfs");
    fs::hard_link(&squashfs, content.join("rootfs.img")).context("the root file system is not there")?;
    let bundle = path(product, version, places);
    tree::remove(&bundle)?;
    let folder = keys.key.parent().context("the key is in no folder")?;
    let mut command = build_root.command([places.product.as_path(), folder], "rauc");
    command.arg("bundle").arg(format!("--mksquashfs-args={PACKING}"));
    command.arg("--cert").arg(&keys.certificate).arg("--key").arg(&keys.key);
    timed_process::run(command.args([&content, &bundle]), TOOL_LIMIT)?;
    tree::remove(&content)?;
    Ok(bundle)
}
