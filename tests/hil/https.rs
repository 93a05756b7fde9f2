//! A server of updates: TLS by a CA that is made for one run, and one file that can be another each time.
//!
//! It hands out parts of the file (RFC 9110, 14.2), as a server that RAUC reads from must.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// Longest request, in bytes.
const REQUEST_BYTES_MAX: u64 = 16_384;
/// A connection that says nothing for so long has ended.
const SILENCE: Duration = Duration::from_mins(5);
/// How much of the file is sent at a time.
const PART_BYTES: usize = 1 << 20;

/// The server. Its threads end with the process.
#[derive(Debug)]
pub struct Updates {
    address: SocketAddr,
    ca: String,
    file: Arc<Mutex<Option<PathBuf>>>,
}

impl Updates {
    /// A server with nothing to hand out, whose certificate is good for `host`.
    ///
    /// # Errors
    /// There is no port, or no certificate can be made.
    pub fn start(host: IpAddr) -> Result<Self> {
        let mut params = CertificateParams::new(Vec::new())?;
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        // A certificate whose holder has its issuer's name would be taken for one that nobody else has signed.
        params.distinguished_name.push(DnType::CommonName, "Hospital CA");
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate()?)?;
        let key = KeyPair::generate()?;
        let certificate = CertificateParams::new([host.to_string()])?.signed_by(&key, &issuer)?;
        let private = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
        let config = config.with_no_client_auth().with_single_cert(vec![certificate.der().clone()], private)?;
        let (config, file) = (Arc::new(config), Arc::new(Mutex::new(None)));
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let started = Self { address: listener.local_addr()?, ca: issuer.pem(), file: Arc::clone(&file) };
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let (config, file) = (Arc::clone(&config), Arc::clone(&file));
                // A client that has gone is its own business.
                thread::spawn(move || serve(client, config, &file).ok());
            }
        });
        Ok(started)
    }

    /// Hands out this file from here on, or nothing.
    pub fn hand_out(&self, file: Option<&Path>) {
        *self.file.lock().unwrap_or_else(PoisonError::into_inner) = file.map(Path::to_owned);
    }

    /// What a machine that sees this one as `host` is provisioned with.
    #[must_use]
    pub fn provisioning(&self, host: IpAddr) -> String {
        let port = self.address.port();
        format!("updates = \"https://{host}:{port}/kiosk.raucb\"\nca = \"\"\"\n{}\"\"\"\n", self.ca)
    }
}

/// Answers requests until the client hangs up.
fn serve(client: TcpStream, config: Arc<ServerConfig>, file: &Mutex<Option<PathBuf>>) -> Result<()> {
    client.set_read_timeout(Some(SILENCE))?;
    client.set_write_timeout(Some(SILENCE))?;
    let mut client = BufReader::new(StreamOwned::new(ServerConnection::new(config)?, client));
    loop {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            if (&mut client).take(REQUEST_BYTES_MAX).read_line(&mut head)? == 0 {
                return Ok(());
            }
        }
        let path = file.lock().unwrap_or_else(PoisonError::into_inner).clone();
        match path {
            Some(path) => answer(&head, &path, client.get_mut())?,
            None => client.get_mut().write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")?,
        }
        client.get_mut().flush()?;
    }
}

fn answer(head: &str, path: &Path, to: &mut impl Write) -> Result<()> {
    let mut file = File::open(path)?;
    let total = file.metadata()?.len();
    let (first, last) = asked(head).context("RAUC asks for parts")?;
    let last = last.min(total.saturating_sub(1));
    let length = (last + 1).saturating_sub(first);
    let head = format!(
        "HTTP/1.1 206 Partial Content\r\nContent-Length: {length}\r\nContent-Range: bytes {first}-{last}/{total}\r\n\r\n"
    );
    to.write_all(head.as_bytes())?;
    file.seek(SeekFrom::Start(first))?;
    let mut part = file.take(length);
    let mut bytes = vec![0; PART_BYTES];
    loop {
        match part.read(&mut bytes)? {
            0 => return Ok(()),
            count => to.write_all(bytes.get(..count).unwrap_or_default())?,
        }
    }
}

/// The bytes of `Range: bytes=FIRST-LAST`.
fn asked(head: &str) -> Option<(u64, u64)> {
    let value = |line: &str| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("range").then(|| value.trim().to_owned())
    };
    let range = head.lines().find_map(value)?;
    let (first, last) = range.strip_prefix("bytes=")?.split_once('-')?;
    Some((first.parse().ok()?, last.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_that_trusts_the_ca_gets_the_parts_it_asks_for() {
        let host = IpAddr::V4(Ipv4Addr::LOCALHOST);
        let server = Updates::start(host).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let (ca, bundle) = (folder.path().join("ca.pem"), folder.path().join("x.raucb"));
        std::fs::write(&ca, &server.ca).unwrap();
        std::fs::write(&bundle, "0123456789").unwrap();
        let get = |range: &str, ca: &[&str]| {
            let mut command = std::process::Command::new("curl");
            command.args(["--silent", "--show-error", "--fail", "--range", range]).args(ca);
            command.arg(format!("https://{}/kiosk.raucb", server.address)).output().unwrap()
        };
        let trusting = ["--cacert", ca.to_str().unwrap()];
        assert!(!get("0-3", &trusting).status.success(), "there is nothing yet");
        server.hand_out(Some(&bundle));
        let part = get("2-4", &trusting);
        assert_eq!(part.stdout, b"234", "{}", String::from_utf8_lossy(&part.stderr));
        assert_eq!(get("8-99", &trusting).stdout, b"89");
        assert!(!get("2-4", &[]).status.success(), "nobody else trusts it");
    }
}
