//! A second judge: OpenSSL says whether a SOD is signed below the anchor, and the reader takes nothing that it refuses.

use std::process::Command;

use chip_card::fuzzing::judge_sod;
use chip_card::{CardSession, ElementaryFile, Issuer, Lengths, Trust, Wish};
use device_sim::card::VirtualCard;
use device_sim::card::curve::{Curve, Hash, Naming};
use device_sim::card::issuer::{Signing, Validity};
use device_sim::card::link::SharedCard;
use device_sim::card::person::Person;
use device_sim::card::plan::{CardPlan, Issuer as SigningIssuer};
use device_sim::card::rsa::RsaBits;
use kiosk_hal::link::ApduLink;

use crate::seeded::SeededRng;
use crate::table::{PATIENCE, in_memory, mrz_of, today};

/// Noon of the day on which the reader judges, in seconds since 1970.
const TODAY: &str = "1795435200";

/// Every so many bytes of a SOD one is changed. No divisor of a hash's or a number's length.
const STRIDE: usize = 31;

/// id-icao-ldsSecurityObject, DER (Doc 9303-10, 4.6.2.3). Before it stand a version and hints at the hashes to come, which
/// nobody signs and which the reader does not use.
const CONTENT: &[u8] = &[0x06, 0x06, 0x67, 0x81, 0x08, 0x01, 0x01, 0x01];

/// OpenSSL with the anchors that it trusts, in a folder.
struct OpenSsl {
    folder: tempfile::TempDir,
}

impl OpenSsl {
    fn trusting(anchor: &[u8]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("anchor.der"), anchor).unwrap();
        let judge = Self { folder };
        assert!(judge.runs(&["x509", "-inform", "DER", "-in", "anchor.der", "-out", "anchor.pem"]));
        judge
    }

    /// Whether the CMS object in a SOD is signed by whom it says, below the anchor.
    fn takes(&self, sod: &[u8]) -> bool {
        self.verifies(sod, &["-CAfile", "anchor.pem", "-attime", TODAY, "-purpose", "any"])
    }

    /// Whether it is signed by whom it says. OpenSSL knows the numbers of curves, and refuses certificates that have
    /// them in place of a name.
    fn takes_signature(&self, sod: &[u8]) -> bool {
        self.verifies(sod, &["-noverify"])
    }

    fn verifies(&self, sod: &[u8], how: &[&str]) -> bool {
        let Some(cms) = content_of(sod) else { return false };
        std::fs::write(self.folder.path().join("sod.der"), cms).unwrap();
        let given = ["cms", "-verify", "-binary", "-inform", "DER", "-in", "sod.der", "-out", "lds"];
        self.runs(&[&given[..], how].concat())
    }

    fn runs(&self, arguments: &[&str]) -> bool {
        Command::new("openssl").args(arguments).current_dir(self.folder.path()).output().unwrap().status.success()
    }
}

/// What is in the element `77` of two bytes' length, as long as SODs are.
fn content_of(sod: &[u8]) -> Option<&[u8]> {
    sod.strip_prefix(&[0x77, 0x82]).and_then(|rest| rest.get(2..))
}

fn sod_of(signer: &SigningIssuer) -> Vec<u8> {
    let plan = CardPlan { pace: None, photo_bytes: 0, ..CardPlan::cccd(Person::sample(), 41) };
    let keys = mrz_of(&plan.person);
    let mut link = in_memory(&SharedCard::new(VirtualCard::new(plan, signer).unwrap()));
    let until = link.now() + PATIENCE;
    let mut session = CardSession::new(&mut link, Lengths::Short);
    let mut go_on = |_| Wish::Continue;
    session.open(&keys, &mut SeededRng::new(1), until, &mut go_on).unwrap();
    session.read_file(ElementaryFile::Sod, until, &mut go_on).unwrap().to_vec()
}

fn trusting(anchor: &[u8]) -> Trust {
    let mut trust = Trust::new(today());
    trust.add_anchor(anchor).unwrap();
    trust
}

fn ecdsa(curve: Curve, naming: Naming, hash: Hash) -> Signing {
    Signing::Ecdsa(curve, naming, hash)
}

/// An authority whose certificate names its curve.
fn authority(seed: u64) -> SigningIssuer {
    let top = ecdsa(Curve::Brainpool512, Naming::Named, Hash::Sha512);
    SigningIssuer::new(top, ecdsa(Curve::Brainpool256, Naming::Named, Hash::Sha256), Validity::LONG, seed)
}

#[test]
fn openssl_takes_what_the_card_is_signed_with_by_every_kind_of_key() {
    let authority = authority(1);
    let (openssl, trust) = (OpenSsl::trusting(authority.anchor()), trusting(authority.anchor()));
    let signed = |signing| sod_of(&authority.with_signer(signing, Validity::LONG, 3));
    for signing in [
        ecdsa(Curve::P256, Naming::Named, Hash::Sha256),
        ecdsa(Curve::P521, Naming::Named, Hash::Sha512),
        ecdsa(Curve::Brainpool384, Naming::Named, Hash::Sha384),
        Signing::RsaPkcs1(RsaBits::B2048, Hash::Sha256),
        Signing::RsaPss(RsaBits::B2048, Hash::Sha256),
    ] {
        let sod = signed(signing);
        assert_eq!((openssl.takes(&sod), judge_sod(&sod, &trust)), (true, Issuer::Verified), "{signing:?}");
    }
    for (curve, hash) in
        [(Curve::P384, Hash::Sha384), (Curve::Brainpool256, Hash::Sha256), (Curve::Brainpool512, Hash::Sha512)]
    {
        let sod = signed(ecdsa(curve, Naming::Explicit, hash));
        assert_eq!((openssl.takes_signature(&sod), judge_sod(&sod, &trust)), (true, Issuer::Verified), "{curve:?}");
    }
}

#[test]
fn the_reader_takes_nothing_that_openssl_refuses() {
    let authority_of_card = authority(1);
    let anchor = authority_of_card.anchor();
    let (openssl, trust) = (OpenSsl::trusting(anchor), trusting(anchor));
    let p256 = ecdsa(Curve::P256, Naming::Named, Hash::Sha256);
    let expired = sod_of(&authority_of_card.with_signer(p256, Validity::EXPIRED, 3));
    assert_eq!((openssl.takes(&expired), judge_sod(&expired, &trust).code()), (false, "rejected_signer_expired"));
    let other = sod_of(&authority(77));
    assert_eq!((openssl.takes(&other), judge_sod(&other, &trust).code()), (false, "rejected_wrong_signer"));

    let genuine = sod_of(&authority_of_card);
    assert!(openssl.takes(&genuine));
    let from = genuine.windows(CONTENT.len()).position(|bytes| bytes == CONTENT).unwrap();
    let mut refused = 0;
    for at in (from..genuine.len()).step_by(STRIDE) {
        let mut changed = genuine.clone();
        changed[at] ^= 1 << (at % 8);
        let (theirs, ours) = (openssl.takes(&changed), judge_sod(&changed, &trust));
        assert!(ours != Issuer::Verified || theirs, "byte {at} of {}: only the reader takes it", genuine.len());
        refused += usize::from(ours != Issuer::Verified);
    }
    assert!(refused * STRIDE * 10 > (genuine.len() - from) * 9, "{refused} changes were refused");
}
