//! The signed description of a release: which image, how large, and what each part of it hashes to.
//!
//! A release is three files in one folder: the image, `NAME.json` (this), and `NAME.json.minisig`, its signature in
//! minisign's format, which anyone can make and check with minisign itself.

use std::fs;
use std::io::{self, Cursor};
use std::path::{Path, PathBuf};

use minisign::{PublicKeyBox, SignatureBox};
use serde::{Deserialize, Serialize};

use crate::digest::Sha256Hex;
use crate::map::BlockMap;

/// The only form of manifest there is.
pub const FORMAT: u32 = 1;
/// A manifest or a key of more bytes is refused unread.
const FILE_BYTES_MAX: u64 = 256 << 20;

/// What a release is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// [`FORMAT`].
    pub format: u32,
    /// What the image makes of a machine, for example `kiosk` or `display`.
    pub product: String,
    /// Which machines start from it, for example `x86_64`.
    pub machine: String,
    /// For example `2026.11.0`.
    pub version: String,
    /// The file beside the manifest.
    pub image: ImageFile,
    /// The parts of the uncompressed image that hold data, with their hashes.
    pub map: BlockMap,
}

/// The image as a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImageFile {
    /// A name without a folder.
    pub name: String,
    /// As it lies on disk, compressed or not.
    pub bytes: u64,
    /// Of the file as it lies on disk.
    pub sha256: Sha256Hex,
}

/// Why a release is not used.
#[derive(Debug, thiserror::Error)]
pub enum ManifestError {
    #[error("cannot read {}", path.display())]
    Read { path: PathBuf, source: io::Error },
    #[error("{} is {found} bytes, at most {FILE_BYTES_MAX} are possible", path.display())]
    TooLarge { path: PathBuf, found: u64 },
    #[error("{} is no minisign public key", path.display())]
    Key { path: PathBuf, source: minisign::PError },
    #[error("{} is no minisign signature", path.display())]
    Signature { path: PathBuf, source: minisign::PError },
    #[error("{} is not signed with the key {}: a changed file, or another hospital's release", path.display(), key.display())]
    NotSigned { path: PathBuf, key: PathBuf, source: minisign::PError },
    #[error("{} is no release manifest", path.display())]
    Json { path: PathBuf, source: serde_json::Error },
    #[error("the manifest is of format {found}, this program knows {FORMAT}")]
    Format { found: u32 },
    #[error("the manifest names the image \"{found}\", expected a file name without a folder")]
    Folder { found: String },
}

impl Manifest {
    /// Reads the manifest at `path` after its signature `path.minisig` was found to be by the key in `key`.
    pub fn signed(path: &Path, key: &Path) -> Result<Self, ManifestError> {
        let public = PublicKeyBox::from_string(&text(key)?)
            .and_then(PublicKeyBox::into_public_key)
            .map_err(|source| ManifestError::Key { path: key.to_owned(), source })?;
        let signature_path = signature_path(path);
        let signature = SignatureBox::from_string(&text(&signature_path)?)
            .map_err(|source| ManifestError::Signature { path: signature_path, source })?;
        let manifest = text(path)?;
        minisign::verify(&public, &signature, Cursor::new(manifest.as_bytes()), true, false, false)
            .map_err(|source| ManifestError::NotSigned { path: path.to_owned(), key: key.to_owned(), source })?;
        Self::parse(path, &manifest)
    }

    /// Reads the manifest at `path` without asking who made it.
    pub fn unsigned(path: &Path) -> Result<Self, ManifestError> {
        Self::parse(path, &text(path)?)
    }

    fn parse(path: &Path, manifest: &str) -> Result<Self, ManifestError> {
        #[derive(Deserialize)]
        struct AnyFormat {
            format: u32,
        }
        let no_json = |source| ManifestError::Json { path: path.to_owned(), source };
        // First, so that a later format is told apart from a damaged file.
        let AnyFormat { format } = serde_json::from_str(manifest).map_err(no_json)?;
        if format != FORMAT {
            return Err(ManifestError::Format { found: format });
        }
        let manifest: Self = serde_json::from_str(manifest).map_err(no_json)?;
        let name = Path::new(&manifest.image.name);
        if name.file_name() != Some(name.as_os_str()) {
            return Err(ManifestError::Folder { found: manifest.image.name });
        }
        Ok(manifest)
    }
}

/// `NAME.json` → `NAME.json.minisig`.
pub fn signature_path(manifest: &Path) -> PathBuf {
    let mut path = manifest.as_os_str().to_owned();
    path.push(".minisig");
    path.into()
}

fn text(path: &Path) -> Result<String, ManifestError> {
    let unreadable = |source| ManifestError::Read { path: path.to_owned(), source };
    let found = fs::metadata(path).map_err(unreadable)?.len();
    if found > FILE_BYTES_MAX {
        return Err(ManifestError::TooLarge { path: path.to_owned(), found });
    }
    fs::read_to_string(path).map_err(unreadable)
}
