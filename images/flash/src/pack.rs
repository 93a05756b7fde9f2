//! Makes a release of a disk image: the image packed, and the manifest that a flasher checks it by.

use std::fs::{self, File};
use std::io::{self, Write};
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};

use minisign::SecretKeyBox;

use crate::digest::Hasher;
use crate::image::{Image, ImageError, Packing};
use crate::manifest::{self, ImageFile, Manifest};
use crate::map::{BlockMap, MapError, Range};

/// A range of a release has at most this many bytes, so that a damaged image is noticed after them.
const RANGE_BYTES_MAX: u64 = 16 << 20;
/// How much is read at a time.
const READ_BYTES: usize = 1 << 20;

/// What a release is called and made from.
#[derive(Debug, Clone, Copy)]
pub struct Release<'a> {
    /// An unpacked disk image; its holes are left out of the release's map.
    pub disk: &'a Path,
    pub product: &'a str,
    pub machine: &'a str,
    pub version: &'a str,
    /// 1 (fast) to 22 (small).
    pub zstd_level: i32,
    /// Threads that compress; the result does not depend on them.
    pub threads: NonZeroU32,
}

/// Why no release was made.
#[derive(Debug, thiserror::Error)]
pub enum PackError {
    #[error(transparent)]
    Image(#[from] ImageError),
    #[error("the image is packed already, expected a raw disk image")]
    Packed,
    #[error("no map of the image's data")]
    Map(#[from] MapError),
    #[error("cannot write {}", path.display())]
    Write { path: PathBuf, source: io::Error },
    #[error("cannot write the manifest as JSON")]
    Json(#[from] serde_json::Error),
    #[error("cannot read the secret key {}", path.display())]
    ReadKey { path: PathBuf, source: io::Error },
    #[error("{} is no unencrypted minisign secret key", path.display())]
    Key { path: PathBuf, source: minisign::PError },
    #[error("cannot sign the manifest")]
    Sign(#[source] minisign::PError),
}

/// Writes `PRODUCT-MACHINE-VERSION.img.zst` and its `.json` into `folder`; gives the path of the manifest.
pub fn pack(release: &Release<'_>, folder: &Path) -> Result<PathBuf, PackError> {
    let Release { product, machine, version, .. } = release;
    let stem = format!("{product}-{machine}-{version}");
    let name = format!("{stem}.img.zst");
    let packed = folder.join(&name);
    let mut image = Image::open(release.disk)?;
    if image.packing() != Packing::Raw {
        return Err(PackError::Packed);
    }
    let map = hashed(&mut image, &BlockMap::of_sparse_file(&open(release.disk)?)?)?;
    let unwritten = |source| PackError::Write { path: packed.clone(), source };
    fs::create_dir_all(folder).map_err(unwritten)?;
    compress(release, &packed).map_err(unwritten)?;
    let mut image = Image::open(&packed)?;
    let image = ImageFile { bytes: image.file_bytes(), sha256: image.sha256(|_| ())?, name };
    let manifest = Manifest {
        format: manifest::FORMAT,
        product: (*product).to_owned(),
        machine: (*machine).to_owned(),
        version: (*version).to_owned(),
        image,
        map,
    };
    let path = folder.join(format!("{stem}.json"));
    let text = serde_json::to_string_pretty(&manifest)?;
    fs::write(&path, text).map_err(|source| PackError::Write { path: path.clone(), source })?;
    Ok(path)
}

/// Signs `manifest` with the unencrypted minisign key in `key`; gives the path of the signature.
pub fn sign(manifest: &Path, key: &Path) -> Result<PathBuf, PackError> {
    let text = fs::read_to_string(key).map_err(|source| PackError::ReadKey { path: key.to_owned(), source })?;
    let not_a_key = |source| PackError::Key { path: key.to_owned(), source };
    let secret =
        SecretKeyBox::from_string(&text).map_err(not_a_key)?.into_unencrypted_secret_key().map_err(not_a_key)?;
    let path = manifest::signature_path(manifest);
    let signature = minisign::sign(None, &secret, open(manifest)?, None, None).map_err(PackError::Sign)?;
    fs::write(&path, signature.into_string()).map_err(|source| PackError::Write { path: path.clone(), source })?;
    Ok(path)
}

fn open(path: &Path) -> Result<File, ImageError> {
    File::open(path).map_err(|source| ImageError::Open { path: path.to_owned(), source })
}

/// The same data in ranges of bounded length, each with its hash.
fn hashed(image: &mut Image, map: &BlockMap) -> Result<BlockMap, PackError> {
    let mut reader = image.reader()?;
    let mut ranges = Vec::new();
    let mut buffer = vec![0; READ_BYTES];
    for range in map.ranges() {
        let mut start = range.start;
        while start < range.end() {
            let bytes = (range.end() - start).min(RANGE_BYTES_MAX);
            let mut hasher = Hasher::default();
            let mut at = start;
            while at < start + bytes {
                let count = usize::try_from(start + bytes - at).map_or(READ_BYTES, |left| left.min(READ_BYTES));
                reader.fill(at, &mut buffer[..count])?;
                hasher.update(&buffer[..count]);
                at += count as u64;
            }
            ranges.push(Range { start, bytes, sha256: Some(hasher.finish()) });
            start += bytes;
        }
    }
    Ok(BlockMap::new(map.image_bytes(), ranges)?)
}

fn compress(release: &Release<'_>, packed: &Path) -> io::Result<()> {
    let mut from = File::open(release.disk)?;
    let to = File::create(packed)?;
    let mut encoder = zstd::Encoder::new(to, release.zstd_level)?;
    encoder.include_checksum(true)?;
    encoder.multithread(release.threads.get())?;
    io::copy(&mut from, &mut encoder)?;
    let mut to = encoder.finish()?;
    to.flush()?;
    to.sync_all()
}
