//! TLS: certificate and key from files, taken anew without a restart.

use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use rustls::ServerConfig;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::TlsAcceptor;

/// How often the files are looked at for a new certificate.
pub const TLS_RELOAD_EVERY: Duration = Duration::from_mins(1);

/// Where certificate and key are, in PEM.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TlsFiles {
    /// The certificate, with those between it and the CA behind it.
    pub certificate: PathBuf,
    /// Its private key.
    pub key: PathBuf,
}

/// Why TLS cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file is not there, or not what it should be.
    #[error("cannot use {} as {what}", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What it should be.
        what: &'static str,
        /// Why not.
        source: rustls::pki_types::pem::Error,
    },
    /// The two do not belong together, or the key is of a kind that is not known.
    #[error("certificate {} and key {} cannot be used together", .files.certificate.display(), .files.key.display())]
    Pair {
        /// The files.
        files: TlsFiles,
        /// Why.
        source: rustls::Error,
    },
}

/// Certificate and key in use. Cheap to clone; clones see the same.
#[derive(Clone)]
pub struct Tls {
    files: TlsFiles,
    current: Arc<RwLock<Loaded>>,
}

struct Loaded {
    /// What the certificate file held, to know a new one.
    chain: Vec<CertificateDer<'static>>,
    config: Arc<ServerConfig>,
}

/// What a look at the files found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reload {
    /// A new certificate; new connections get it.
    Taken,
    /// The one in use.
    Unchanged,
}

impl Tls {
    /// Reads certificate and key.
    ///
    /// # Errors
    /// [`TlsError`].
    pub fn load(files: TlsFiles) -> Result<Self, TlsError> {
        let loaded = Loaded::read(&files)?;
        Ok(Self { files, current: Arc::new(RwLock::new(loaded)) })
    }

    /// Looks at the files again. Connections that are open stay as they are. After an error the old certificate is used
    /// on.
    ///
    /// # Errors
    /// [`TlsError`].
    pub fn reload(&self) -> Result<Reload, TlsError> {
        let loaded = Loaded::read(&self.files)?;
        let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
        if current.chain == loaded.chain {
            return Ok(Reload::Unchanged);
        }
        *current = loaded;
        Ok(Reload::Taken)
    }

    pub(crate) fn acceptor(&self) -> TlsAcceptor {
        let current = self.current.read().unwrap_or_else(PoisonError::into_inner);
        TlsAcceptor::from(Arc::clone(&current.config))
    }
}

impl Loaded {
    fn read(files: &TlsFiles) -> Result<Self, TlsError> {
        let chain = read_chain(&files.certificate)?;
        let failed = |source| TlsError::File { path: files.key.clone(), what: "a private key", source };
        let key = PrivateKeyDer::from_pem_file(&files.key).map_err(failed)?;
        let pair = |source| TlsError::Pair { files: files.clone(), source };
        let config = ServerConfig::builder_with_provider(Arc::new(provider()))
            .with_safe_default_protocol_versions()
            .map_err(pair)?;
        let mut config = config.with_no_client_auth().with_single_cert(chain.clone(), key).map_err(pair)?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self { chain, config: Arc::new(config) })
    }
}

/// What signs and verifies.
pub(crate) fn provider() -> CryptoProvider {
    rustls::crypto::ring::default_provider()
}

/// The certificates of a pair that can be used together, the service's own first.
pub(crate) fn chain_of_pair(files: &TlsFiles) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    Loaded::read(files).map(|loaded| loaded.chain)
}

fn read_chain(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let failed = |source| TlsError::File { path: path.to_owned(), what: "a certificate", source };
    CertificateDer::pem_file_iter(path).map_err(failed)?.collect::<Result<_, _>>().map_err(failed)
}
