//! The service's certificate runs out: the kiosk trusts it no longer, says why in its log, issues by itself, and goes on
//! with a new certificate.

#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

use std::fs;
use std::path::PathBuf;

use e2e_tests::account::Account;
use e2e_tests::database::numbers;
use e2e_tests::{Hospital, card, eventually};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, date_time_ymd};
use xtask::demo::binaries::workspace_root;

/// A hospital's own CA, and the files of its queue service.
struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    folder: PathBuf,
}

impl Authority {
    /// Makes the CA and, beside its certificate, a clinic's file that names the service's.
    fn new(folder: PathBuf) -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        fs::write(folder.join("ca.pem"), issuer.pem()).unwrap();
        let sample = fs::read_to_string(workspace_root().join("queue/service/clinic.sample.toml")).unwrap();
        let tls =
            format!("\n[tls]\ncertificate = {0:?}\nkey = {1:?}\n", folder.join("queue.crt"), folder.join("queue.key"));
        fs::write(folder.join("clinic.toml"), sample + &tls).unwrap();
        Self { issuer, folder }
    }

    /// Writes a certificate that is good until the end of `year`.
    fn issue(&self, year: i32) {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(["127.0.0.1".to_owned()]).unwrap();
        params.not_before = date_time_ymd(2020, 1, 1);
        params.not_after = date_time_ymd(year, 12, 31);
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        fs::write(self.folder.join("queue.crt"), certificate.pem()).unwrap();
        fs::write(self.folder.join("queue.key"), key.serialize_pem()).unwrap();
    }
}

#[test]
fn an_expired_certificate_makes_the_kiosk_issue_by_itself_until_there_is_a_new_one() {
    let mut hospital = Hospital::without_display().unwrap();
    hospital.owns_a_series().unwrap();
    let authority = Authority::new(hospital.folder().to_owned());
    authority.issue(2099);
    hospital.stack.speak_tls(&authority.folder.join("clinic.toml"), &authority.folder.join("ca.pem"));
    hospital.stack.kill_kiosk();
    hospital.stack.restart_service().unwrap();
    hospital.stack.start_kiosk().unwrap();
    hospital.sees(&["welcome"]).unwrap();
    assert_eq!(hospital.takes_number(&card(1)).unwrap(), ("number-take".into(), "A-001".into()));
    hospital.leaves().unwrap();

    authority.issue(2021);
    hospital.stack.restart_service().unwrap();
    hospital.sees(&["welcome"]).unwrap();
    assert_eq!(hospital.takes_number(&card(2)).unwrap(), ("number-take".into(), "TA-001".into()));
    hospital.leaves().unwrap();
    assert!(hospital.kiosk_said("certificate expired"), "whoever reads the log learns why");
    let database = hospital.stack.database();
    assert_eq!(numbers(&database, "waiting").unwrap(), ["A-001"]);

    authority.issue(2099);
    hospital.stack.restart_service().unwrap();
    eventually("the kiosk's own number to wait", || Ok(numbers(&database, "waiting")?.len() == 2)).unwrap();
    hospital.sees(&["welcome"]).unwrap();
    assert_eq!(hospital.takes_number(&card(3)).unwrap(), ("number-take".into(), "A-002".into()));
    Account::default().balance(&hospital).unwrap();
}
