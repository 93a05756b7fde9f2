//! What `check` says of the TLS files: readable, a pair, in time, and a chain that clients can follow.

use std::time::Duration;

use queue_core::{Clinic, issued_at_local};
use queue_protocol::model::UnixMillis;
use rustls::client::verify_server_cert_signed_by_trust_anchor;
use rustls::pki_types::{CertificateDer, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, Error, RootCertStore};

use crate::check::{Finding, Verdict};
use crate::tls::{TlsFiles, chain_of_pair, provider};

/// A certificate that ends within this time is told.
const WARN_BEFORE_DAYS: i64 = 30;

const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

/// A moment at which every certificate has ended, in seconds since 1970: the year 9999.
const ALL_ENDED_S: u64 = 253_400_000_000;

/// Looks at certificate and key as the service would load them at `now`.
#[must_use]
pub fn check(files: &TlsFiles, now: UnixMillis, clinic: &Clinic) -> Finding {
    let (verdict, detail) = match chain_of_pair(files) {
        Ok(chain) => judge(&chain, now, clinic),
        Err(error) => (Verdict::Wrong, with_causes(&error)),
    };
    Finding { what: "certificate", verdict, detail }
}

fn with_causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(because) = cause {
        text = format!("{text}: {because}");
        cause = because.source();
    }
    text
}

fn judge(chain: &[CertificateDer<'static>], now: UnixMillis, clinic: &Clinic) -> (Verdict, String) {
    let wrong = |detail: String| (Verdict::Wrong, detail);
    let trust = match followed(chain, seconds(now)) {
        Ok(trust) => trust,
        Err(error) => return wrong(error.to_string()),
    };
    let ends = match followed(chain, ALL_ENDED_S) {
        Err(Error::InvalidCertificate(CertificateError::ExpiredContext { not_after, .. })) => {
            i64::try_from(not_after.as_secs()).ok().and_then(|seconds| seconds.checked_mul(1_000)).map(UnixMillis)
        }
        Ok(_) | Err(_) => None,
    };
    let Some(ends) = ends else {
        return wrong("its end cannot be read".to_owned());
    };
    let shown = issued_at_local(ends, clinic).unwrap_or_else(|error| error.to_string());
    let days = ends.0.saturating_sub(now.0) / DAY_MS;
    let verdict = if days < WARN_BEFORE_DAYS { Verdict::Care } else { Verdict::Right };
    (verdict, format!("good until {shown}, {days} days; {trust}"))
}

fn seconds(at: UnixMillis) -> u64 {
    u64::try_from(at.0 / 1_000).unwrap_or(0)
}

/// Whether each certificate of the file is followed by the one that signed it, all of them good at `at_s`.
fn followed(chain: &[CertificateDer<'static>], at_s: u64) -> Result<String, Error> {
    let Some((end_entity, others)) = chain.split_first() else {
        return Err(Error::NoCertificatesPresented);
    };
    let mut roots = RootCertStore::empty();
    roots.add(others.last().unwrap_or(end_entity).clone())?;
    let at = UnixTime::since_unix_epoch(Duration::from_secs(at_s));
    let algorithms = provider().signature_verification_algorithms;
    let parsed = ParsedCertificate::try_from(end_entity)?;
    match verify_server_cert_signed_by_trust_anchor(&parsed, &roots, others, at, algorithms.all) {
        Ok(()) => Ok(format!("{} in the file, each signed by the next", chain.len())),
        // The only one: who signed it is in the clients' `ca_file`.
        Err(Error::InvalidCertificate(CertificateError::UnknownIssuer)) if others.is_empty() => {
            Ok("1 in the file, its CA is the clients' ca_file".to_owned())
        }
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, date_time_ymd};

    use super::*;
    use crate::Config;

    /// 2026-11-23.
    const NOW: UnixMillis = UnixMillis(1_795_366_800_000);

    struct Made {
        _folder: tempfile::TempDir,
        files: TlsFiles,
    }

    enum FileHolds {
        Alone,
        WithItsCa,
        WithAnother,
    }

    fn ca(name: &str) -> CertifiedIssuer<'static, KeyPair> {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.distinguished_name.push(rcgen::DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
    }

    fn made(holds: &FileHolds, until: (i32, u8, u8)) -> Made {
        let folder = tempfile::tempdir().unwrap();
        let files = TlsFiles { certificate: folder.path().join("queue.crt"), key: folder.path().join("queue.key") };
        let (issuer, stranger) = (ca("one"), ca("two"));
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(["queue.example.vn".to_owned()]).unwrap();
        params.not_before = date_time_ymd(2025, 1, 1);
        params.not_after = date_time_ymd(until.0, until.1, until.2);
        let leaf = params.signed_by(&key, &issuer).unwrap().pem();
        let text = match holds {
            FileHolds::Alone => leaf,
            FileHolds::WithItsCa => leaf + &issuer.pem(),
            FileHolds::WithAnother => leaf + &stranger.pem(),
        };
        std::fs::write(&files.certificate, text).unwrap();
        std::fs::write(&files.key, key.serialize_pem()).unwrap();
        Made { _folder: folder, files }
    }

    fn found(made: &Made) -> (Verdict, String) {
        let clinic = Config::parse(crate::SAMPLE_CLINIC).unwrap().clinic;
        let Finding { verdict, detail, .. } = check(&made.files, NOW, &clinic);
        (verdict, detail)
    }

    #[test]
    fn a_good_certificate_says_until_when() {
        for (holds, words) in [(FileHolds::WithItsCa, "each signed by the next"), (FileHolds::Alone, "ca_file")] {
            let (verdict, detail) = found(&made(&holds, (2027, 11, 23)));
            assert_eq!(verdict, Verdict::Right, "{detail}");
            assert!(detail.contains("23/11/2027") && detail.contains(words), "{detail}");
        }
    }

    #[test]
    fn one_that_ends_soon_is_told_and_one_that_has_ended_is_wrong() {
        let (verdict, detail) = found(&made(&FileHolds::Alone, (2026, 12, 10)));
        assert_eq!((verdict, detail.contains("17 days")), (Verdict::Care, true), "{detail}");
        for holds in [FileHolds::Alone, FileHolds::WithItsCa] {
            let (verdict, detail) = found(&made(&holds, (2026, 11, 22)));
            assert_eq!((verdict, detail.contains("expired")), (Verdict::Wrong, true), "{detail}");
        }
    }

    #[test]
    fn what_clients_could_not_follow_is_wrong() {
        let (verdict, detail) = found(&made(&FileHolds::WithAnother, (2027, 11, 23)));
        assert_eq!(verdict, Verdict::Wrong, "{detail}");
        let (one, other) = (made(&FileHolds::Alone, (2027, 11, 23)), made(&FileHolds::Alone, (2027, 11, 23)));
        std::fs::copy(&other.files.key, &one.files.key).unwrap();
        let (verdict, detail) = found(&one);
        assert_eq!((verdict, detail.contains("cannot be used together")), (Verdict::Wrong, true), "{detail}");
        std::fs::remove_file(&one.files.key).unwrap();
        assert_eq!(found(&one).0, Verdict::Wrong);
    }
}
