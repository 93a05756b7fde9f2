use std::fmt;
use std::fs::File;
use std::io::{Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use reqwest::header::{AUTHORIZATION, COOKIE, HeaderMap, HeaderValue, InvalidHeaderValue, ORIGIN};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};

/// Longest file with a key, in bytes. A key has 68.
const KEY_FILE_BYTES_MAX: u64 = 256;
/// Longest file with certificates, in bytes: the bundle of a whole system is a quarter of it.
const CA_FILE_BYTES_MAX: u64 = 1024 * 1024;

/// An `https` address without a CA.
#[derive(Debug, thiserror::Error)]
#[error("an https address needs a file with the CA's certificate")]
pub(crate) struct NoCa;

/// Why credentials cannot be used or kept.
#[derive(Debug, thiserror::Error)]
pub enum CredentialsError {
    /// The file cannot be read.
    #[error("cannot read {}", .path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It is no key, or no PEM file with a certificate. What it holds is not shown.
    #[error("{} is not {expected}", .path.display())]
    Invalid {
        /// The file.
        path: PathBuf,
        /// What was expected.
        expected: &'static str,
    },
    /// The key cannot be written.
    #[error("cannot write {}", .path.display())]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
}

/// What a client shows to be let in, and whom it trusts.
#[derive(Clone, Default)]
pub struct Credentials {
    key: Option<String>,
    session: Option<String>,
    tls: Option<Arc<ClientConfig>>,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (key, session) = (self.key.is_some(), self.session.is_some());
        f.debug_struct("Credentials").field("key", &key).field("session", &session).finish_non_exhaustive()
    }
}

impl Credentials {
    /// Reads a device's key and the CA whose certificates are trusted; both may be absent.
    ///
    /// # Errors
    /// [`CredentialsError`].
    pub fn read(key_file: Option<&Path>, ca_file: Option<&Path>) -> Result<Self, CredentialsError> {
        let key = key_file.map(read_key).transpose()?;
        let tls = ca_file.map(read_ca).transpose()?;
        Ok(Self { key, session: None, tls })
    }

    /// A person's instead of a device's.
    pub(crate) fn with_session(&self, session: String) -> Self {
        Self { session: Some(session), ..self.clone() }
    }

    pub(crate) fn trusts_a_ca(&self) -> bool {
        self.tls.is_some()
    }

    /// What a TLS connection is made with; without a CA it trusts nobody.
    pub(crate) fn tls(&self) -> Result<ClientConfig, rustls::Error> {
        match &self.tls {
            Some(tls) => Ok(ClientConfig::clone(tls)),
            None => trusting(RootCertStore::empty()),
        }
    }

    /// What is sent with each request. A session comes with the origin, as from a page of the service's own.
    pub(crate) fn headers(&self, origin: &str) -> Result<HeaderMap, InvalidHeaderValue> {
        let mut headers = HeaderMap::new();
        if let Some(session) = &self.session {
            headers.insert(COOKIE, secret(session)?);
            headers.insert(ORIGIN, HeaderValue::from_str(origin)?);
        } else if let Some(key) = &self.key {
            headers.insert(AUTHORIZATION, secret(&format!("Bearer {key}"))?);
        }
        Ok(headers)
    }
}

fn secret(text: &str) -> Result<HeaderValue, InvalidHeaderValue> {
    let mut value = HeaderValue::from_str(text)?;
    value.set_sensitive(true);
    Ok(value)
}

fn read(path: &Path, bytes_max: u64) -> Result<Vec<u8>, CredentialsError> {
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| file.take(bytes_max).read_to_end(&mut bytes));
    read.map(|_| bytes).map_err(|source| CredentialsError::Unreadable { path: path.to_owned(), source })
}

fn read_key(path: &Path) -> Result<String, CredentialsError> {
    let invalid = || CredentialsError::Invalid { path: path.to_owned(), expected: "a file with a device's key" };
    let text = String::from_utf8(read(path, KEY_FILE_BYTES_MAX)?).map_err(|_| invalid())?;
    let key = text.trim();
    let is_key = key.starts_with("tdk_") && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if is_key { Ok(key.to_owned()) } else { Err(invalid()) }
}

fn read_ca(path: &Path) -> Result<Arc<ClientConfig>, CredentialsError> {
    let invalid = || CredentialsError::Invalid { path: path.to_owned(), expected: "a PEM file with a certificate" };
    let pem = read(path, CA_FILE_BYTES_MAX)?;
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(&pem) {
        roots.add(certificate.map_err(|_| invalid())?).map_err(|_| invalid())?;
    }
    if roots.is_empty() {
        return Err(invalid());
    }
    trusting(roots).map(Arc::new).map_err(|_| invalid())
}

fn trusting(roots: RootCertStore) -> Result<ClientConfig, rustls::Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    Ok(config.with_root_certificates(roots).with_no_client_auth())
}

/// Writes a device's key so that only its owner can read it; whole and on the disk, or not at all.
///
/// # Errors
/// [`CredentialsError::Unwritable`].
pub fn write_key(path: &Path, key: &str) -> Result<(), CredentialsError> {
    KeyFile::prepare(path)?.keep(key)
}

/// A place for a key that is not there yet: whoever uses a code up first makes sure that its key can be kept.
#[derive(Debug)]
pub struct KeyFile {
    path: PathBuf,
    unfinished: PathBuf,
    file: File,
}

impl KeyFile {
    /// Opens an empty file beside `path`, for its owner only. What is at `path` stays until [`keep`](Self::keep).
    ///
    /// # Errors
    /// [`CredentialsError::Unwritable`].
    pub fn prepare(path: &Path) -> Result<Self, CredentialsError> {
        let mut name = path.as_os_str().to_owned();
        name.push(".new");
        let unfinished = PathBuf::from(name);
        drop(std::fs::remove_file(&unfinished));
        let file = File::options().create_new(true).write(true).mode(0o600).open(&unfinished);
        let file = file.map_err(|source| CredentialsError::Unwritable { path: path.to_owned(), source })?;
        Ok(Self { path: path.to_owned(), unfinished, file })
    }

    /// Puts the key where it belongs; whole and on the disk, or not at all.
    ///
    /// # Errors
    /// [`CredentialsError::Unwritable`].
    pub fn keep(mut self, key: &str) -> Result<(), CredentialsError> {
        let written = self.file.write_all(format!("{key}\n").as_bytes());
        let written = written.and_then(|()| self.file.sync_all());
        let written = written.and_then(|()| std::fs::rename(&self.unfinished, &self.path));
        written.map_err(|source| CredentialsError::Unwritable { path: self.path.clone(), source })
    }
}

impl Drop for KeyFile {
    /// Nothing is there to remove once the key is kept.
    fn drop(&mut self) {
        drop(std::fs::remove_file(&self.unfinished));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_key_is_for_its_owners_eyes_and_no_debug_text() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("queue.key");
        let key = format!("tdk_{}", "0f".repeat(32));
        write_key(&path, "tdk_old").unwrap();
        write_key(&path, &key).unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let credentials = Credentials::read(Some(&path), None).unwrap();
        let headers = credentials.headers("http://127.0.0.1").unwrap();
        assert_eq!(headers[AUTHORIZATION].to_str().unwrap(), format!("Bearer {key}"));
        assert!(!format!("{credentials:?} {headers:?}").contains("0f0f"));
    }

    #[test]
    fn a_place_that_no_key_came_to_leaves_the_old_key_and_nothing_besides() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("queue.key");
        write_key(&path, "tdk_old").unwrap();
        drop(KeyFile::prepare(&path).unwrap());
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "tdk_old\n");
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
        assert!(KeyFile::prepare(&dir.path().join("none/queue.key")).is_err());
    }

    #[test]
    fn a_file_that_is_something_else_is_named_and_not_shown() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("queue.key");
        std::fs::write(&path, "mật khẩu của tôi").unwrap();
        for text in [Credentials::read(Some(&path), None), Credentials::read(None, Some(&path))] {
            let text = text.unwrap_err().to_string();
            assert!(text.contains("queue.key") && !text.contains("mật"), "{text}");
        }
        assert!(Credentials::read(Some(&dir.path().join("none")), None).is_err());
    }
}
