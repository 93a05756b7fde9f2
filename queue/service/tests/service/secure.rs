//! TLS: with the CA's file, and without; a new certificate without a restart.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use queue_client::{ClientError, Credentials, Deadlines, QueueClient};
use queue_protocol::model::UnixMillis;
use queue_service::{App, Clock, Config, Reload, SAMPLE_CLINIC, Tls, TlsFiles, serve};
use queue_store::Store;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tokio::net::TcpListener;

use crate::world::{HOUR_MS, MIDNIGHT_MS, PATIENCE, TIMES, zone};

/// A CA that was made a moment ago.
struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    file: PathBuf,
}

impl Authority {
    fn new(dir: &Path, name: &str) -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let file = dir.join(name);
        std::fs::write(&file, issuer.pem()).unwrap();
        Self { issuer, file }
    }

    /// Writes a certificate for this machine's loopback address.
    fn issue(&self, files: &TlsFiles) {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(["127.0.0.1".to_owned()]).unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        std::fs::write(&files.certificate, certificate.pem()).unwrap();
        std::fs::write(&files.key, key.serialize_pem()).unwrap();
    }
}

fn client(url: &str, ca: &Path) -> QueueClient {
    let times = Deadlines { connect: PATIENCE, attempt: PATIENCE, total: PATIENCE };
    QueueClient::with_credentials(url, times, Credentials::read(None, Some(ca)).unwrap()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_trust_the_given_ca_and_follow_a_new_certificate() {
    let dir = tempfile::tempdir().unwrap();
    let (one, other) = (Authority::new(dir.path(), "one.pem"), Authority::new(dir.path(), "other.pem"));
    let files = TlsFiles { certificate: dir.path().join("queue.crt"), key: dir.path().join("queue.key") };
    one.issue(&files);
    let tls = Tls::load(files.clone()).unwrap();
    let clinic = Arc::new(Config::parse(SAMPLE_CLINIC).unwrap().clinic);
    let store = Arc::new(Store::open(&dir.path().join("queue.db"), clinic).unwrap());
    let clock = Clock::from_fn(|| UnixMillis(MIDNIGHT_MS + 8 * HOUR_MS));
    let app = App::new(store, clock, TIMES).open().with_tls(tls.clone());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(serve(listener, app, std::future::pending()));
    let url = format!("https://{address}");

    assert_eq!(client(&url, &one.file).board(&zone()).await.unwrap().zone, zone());
    let mut watch = client(&url, &one.file).watch_board(zone());
    assert!(tokio::time::timeout(PATIENCE, watch.next()).await.unwrap().is_some());
    let quick = Deadlines::default();
    let stranger = QueueClient::with_credentials(&url, quick, Credentials::read(None, Some(&other.file)).unwrap());
    let refused = stranger.unwrap().board(&zone()).await.unwrap_err();
    assert!(!matches!(refused, ClientError::Problem(_)), "{refused:?}");
    assert!(QueueClient::new(&url, quick).is_err(), "https without a CA");
    let plain = QueueClient::new(&format!("http://{address}"), quick).unwrap();
    assert!(plain.board(&zone()).await.is_err());

    assert_eq!(tls.reload().unwrap(), Reload::Unchanged);
    std::fs::write(&files.certificate, "half a certif").unwrap();
    assert!(tls.reload().is_err());
    assert!(client(&url, &one.file).board(&zone()).await.is_ok());
    other.issue(&files);
    assert_eq!(tls.reload().unwrap(), Reload::Taken);
    assert!(client(&url, &other.file).board(&zone()).await.is_ok());
}
