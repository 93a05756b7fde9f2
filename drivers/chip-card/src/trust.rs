//! Whom a reader trusts, and what that says about a document.

use std::fmt;

use vn_identity::Date;

use crate::certificate::{Certificate, Validity};
use crate::crypto::public_key::KeyError;
use crate::sod::{Sod, SodError};
use crate::tlv::TlvError;

/// Certificates of issuing authorities (CSCA) and the day to judge validity on.
///
/// Anchors come from configuration, one certificate in DER or PEM each. None are built in: none is public for the Vietnamese
/// identity card.
#[derive(Debug, Clone)]
pub struct Trust {
    anchors: Vec<Certificate>,
    today: Date,
}

impl Trust {
    /// Trusts nobody yet. Every document's issuer is then [`Issuer::NotChecked`].
    #[must_use]
    pub const fn new(today: Date) -> Self {
        Self { anchors: Vec::new(), today }
    }

    /// Trusts the holder of this certificate, in DER or in PEM (RFC 7468).
    ///
    /// # Errors
    /// [`AnchorError`] when the bytes are no certificate, or one with a key that cannot be used or may not sign certificates.
    pub fn add_anchor(&mut self, certificate: &[u8]) -> Result<(), AnchorError> {
        let certificate = if certificate.trim_ascii_start().starts_with(PEM) {
            Certificate::parse(&from_pem(certificate)?)?
        } else {
            Certificate::parse(certificate)?
        };
        certificate.public_key()?;
        if !certificate.may_issue_certificates() {
            return Err(AnchorError::NotAuthority);
        }
        self.anchors.push(certificate);
        Ok(())
    }

    /// How many anchors there are.
    #[must_use]
    pub const fn anchors(&self) -> usize {
        self.anchors.len()
    }
}

/// What a certificate begins with that is in PEM. One in DER begins with another byte.
const PEM: &[u8] = b"-----BEGIN";

fn from_pem(text: &[u8]) -> Result<Vec<u8>, AnchorError> {
    match pem_rfc7468::decode_vec(text.trim_ascii()) {
        Ok(("CERTIFICATE", der)) => Ok(der),
        Ok(_) | Err(_) => Err(AnchorError::Pem),
    }
}

/// Why a certificate cannot be an anchor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AnchorError {
    /// No certificate in DER.
    #[error("the bytes are no certificate in DER")]
    Form(#[from] TlvError),
    /// PEM of something else, or of more than one certificate, or spoilt.
    #[error("the text is not PEM of one certificate")]
    Pem,
    /// The key has an algorithm, a curve or numbers that cannot be used.
    #[error("the certificate's key cannot be used")]
    Key(#[from] KeyError),
    /// The certificate says that its key does not sign certificates.
    #[error("the certificate is not one of an issuing authority")]
    NotAuthority,
}

/// Whether an authority that this reader trusts vouches for the document: the third of its four results.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Issuer {
    /// A configured anchor issued the signer, the signer signed the hashes, and all were valid.
    Verified,
    /// Nothing is known for or against the document.
    NotChecked(NotChecked),
    /// Something speaks against the document.
    Rejected(IssuerRejection),
}

/// Why the issuer was not checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum NotChecked {
    /// No anchor is configured. The document's signature fits its own signer, which proves nothing.
    NoAnchor,
    /// The card has no SOD, or did not give it.
    NoSod,
    /// The document uses an algorithm or a curve that this reader does not have.
    Unsupported(KeyError),
}

/// What speaks against a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum IssuerRejection {
    /// The SOD cannot be read.
    Unreadable(SodError),
    /// The SOD does not bring its signer's certificate.
    NoSigner,
    /// The signer did not sign these hashes: they were changed.
    WrongSignature,
    /// No configured anchor issued the signer.
    WrongSigner,
    /// An anchor issued the signer, for another purpose than signing documents.
    SignerPurpose,
    /// The signer was not valid on the day it signed, or is not today.
    SignerExpired {
        /// When it is valid.
        valid: Validity,
        /// The day it was judged on.
        on: Date,
    },
    /// The anchor is not valid today.
    AnchorExpired {
        /// When it is valid.
        valid: Validity,
        /// The day it was judged on.
        on: Date,
    },
}

impl Issuer {
    /// A stable name for logs and JSON.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Verified => "verified",
            Self::NotChecked(NotChecked::NoAnchor) => "not_checked_no_anchor",
            Self::NotChecked(NotChecked::NoSod) => "not_checked_no_sod",
            Self::NotChecked(NotChecked::Unsupported(_)) => "not_checked_unsupported",
            Self::Rejected(IssuerRejection::Unreadable(_)) => "rejected_unreadable",
            Self::Rejected(IssuerRejection::NoSigner) => "rejected_no_signer",
            Self::Rejected(IssuerRejection::WrongSignature) => "rejected_wrong_signature",
            Self::Rejected(IssuerRejection::WrongSigner) => "rejected_wrong_signer",
            Self::Rejected(IssuerRejection::SignerPurpose) => "rejected_signer_purpose",
            Self::Rejected(IssuerRejection::SignerExpired { .. }) => "rejected_signer_expired",
            Self::Rejected(IssuerRejection::AnchorExpired { .. }) => "rejected_anchor_expired",
        }
    }

    /// Judges a SOD.
    pub(crate) fn judge(sod: &Sod, trust: &Trust) -> Self {
        match judge(sod, trust) {
            Ok(verdict) => verdict,
            Err(cause) => Self::NotChecked(NotChecked::Unsupported(cause)),
        }
    }

    /// The verdict on a SOD that cannot be read.
    pub(crate) const fn unreadable(cause: SodError) -> Self {
        match cause {
            SodError::Algorithm(key) => Self::NotChecked(NotChecked::Unsupported(key)),
            SodError::Form(_) | SodError::OtherContent | SodError::Group => {
                Self::Rejected(IssuerRejection::Unreadable(cause))
            }
        }
    }
}

impl fmt::Display for Issuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

fn judge(sod: &Sod, trust: &Trust) -> Result<Issuer, KeyError> {
    let rejected = |why| Ok(Issuer::Rejected(why));
    let Some(signer) = sod.signer_certificate() else {
        return rejected(IssuerRejection::NoSigner);
    };
    if !sod.is_signed_by(signer)? {
        return rejected(IssuerRejection::WrongSignature);
    }
    if trust.anchors.is_empty() {
        return Ok(Issuer::NotChecked(NotChecked::NoAnchor));
    }
    let Some(anchor) = anchor_of(signer, trust)? else {
        return rejected(IssuerRejection::WrongSigner);
    };
    if !signer.may_sign_documents() {
        return rejected(IssuerRejection::SignerPurpose);
    }
    // A signer is valid as long as the documents it signs (Doc 9303-12, 3.1), so today counts as well.
    for on in [sod.signing_day(), Some(trust.today)].into_iter().flatten() {
        if !signer.valid.includes(on) {
            return rejected(IssuerRejection::SignerExpired { valid: signer.valid, on });
        }
    }
    if !anchor.valid.includes(trust.today) {
        return rejected(IssuerRejection::AnchorExpired { valid: anchor.valid, on: trust.today });
    }
    Ok(Issuer::Verified)
}

/// The anchor that issued a signer. An authority may have several certificates for one key: a valid one comes first.
fn anchor_of<'t>(signer: &Certificate, trust: &'t Trust) -> Result<Option<&'t Certificate>, KeyError> {
    let mut expired = None;
    for candidate in trust.anchors.iter().filter(|candidate| signer.names_as_issuer(candidate)) {
        if signer.is_signed_by(candidate)? {
            if candidate.valid.includes(trust.today) {
                return Ok(Some(candidate));
            }
            expired = Some(candidate);
        }
    }
    Ok(expired)
}
