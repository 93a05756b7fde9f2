//! Whether the chip is the one that was issued: it shows that it has a private key whose public half was signed with
//! the document (Doc 9303-11, 6).

pub(crate) mod active_authentication;
pub(crate) mod chip_authentication;

use std::fmt;

use crate::crypto::public_key::KeyError;
use crate::status::StatusWord;
use crate::tlv::TlvError;

/// Whether the chip is genuine: the fourth of the four results. Worth as much as [`issuer`](crate::Document::issuer):
/// whoever signs documents of their own can give them genuine chips.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ChipProofs {
    /// Chip Authentication, by DG14.
    pub chip_authentication: ChipProof,
    /// Active Authentication, by DG15.
    pub active_authentication: ChipProof,
}

/// The outcome of one protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum ChipProof {
    /// Not tried.
    #[default]
    NotTried,
    /// The card does not have it, or has it in a form that this reader does not have.
    NotSupported(ProofUnsupported),
    /// The chip has the private key.
    Proved,
    /// The chip did not show that it has the key.
    Failed(ProofFailure),
}

/// Why a protocol was not possible.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ProofUnsupported {
    /// The card lacks the group with the key, or does not give it.
    NoKey,
    /// The group with the key cannot be read.
    Unreadable(TlvError),
    /// The key has an algorithm or a curve that this reader does not have.
    Key(KeyError),
    /// The key is for Diffie-Hellman modulo a prime. No card of Viet Nam was seen with one, and its numbers come from the
    /// card itself: agreeing on them safely needs checks that nothing here could be tried against.
    DiffieHellman,
}

impl ProofUnsupported {
    /// A stable name for logs and JSON.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::NoKey => "no_key",
            Self::Unreadable(_) => "key_unreadable",
            Self::Key(_) => "key_not_known_here",
            Self::DiffieHellman => "key_for_diffie_hellman_modulo_a_prime",
        }
    }
}

/// Why a chip is not genuine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ProofFailure {
    /// The public key is not the one that was signed: its group was changed, or the SOD does not list it.
    KeyNotSigned,
    /// The SOD lists the group with the key, and the card does not give it. A chip that has the key has no reason to.
    KeyWithheld,
    /// The chip does not have the private key: a copy.
    WrongKey,
    /// The card refused the protocol it says it has.
    Refused(StatusWord),
}

/// Both protocols in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ChipVerdict {
    /// At least one proved the chip, and none failed. Says nothing of who signed the key: see
    /// [`Document::verdict`](crate::Document::verdict).
    Genuine,
    /// One failed.
    Failed,
    /// The card has neither.
    NotSupported,
    /// Neither was tried.
    NotTried,
}

impl ChipProofs {
    /// Both protocols in one word.
    #[must_use]
    pub const fn verdict(self) -> ChipVerdict {
        match (self.chip_authentication, self.active_authentication) {
            (ChipProof::Failed(_), _) | (_, ChipProof::Failed(_)) => ChipVerdict::Failed,
            (ChipProof::Proved, _) | (_, ChipProof::Proved) => ChipVerdict::Genuine,
            (ChipProof::NotTried, _) | (_, ChipProof::NotTried) => ChipVerdict::NotTried,
            (ChipProof::NotSupported(_), ChipProof::NotSupported(_)) => ChipVerdict::NotSupported,
        }
    }
}

impl ChipProof {
    /// Why it is not supported, for an engineer.
    #[must_use]
    pub const fn why_unsupported(self) -> Option<ProofUnsupported> {
        match self {
            Self::NotSupported(why) => Some(why),
            Self::NotTried | Self::Proved | Self::Failed(_) => None,
        }
    }

    /// A stable name for logs and JSON.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::NotTried => "not_tried",
            Self::NotSupported(_) => "not_supported",
            Self::Proved => "proved",
            Self::Failed(ProofFailure::KeyNotSigned) => "failed_key_not_signed",
            Self::Failed(ProofFailure::KeyWithheld) => "failed_key_withheld",
            Self::Failed(ProofFailure::WrongKey) => "failed_wrong_key",
            Self::Failed(ProofFailure::Refused(_)) => "failed_refused",
        }
    }
}

impl ChipVerdict {
    /// A stable name for logs and JSON.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Genuine => "genuine",
            Self::Failed => "failed",
            Self::NotSupported => "not_supported",
            Self::NotTried => "not_tried",
        }
    }
}

impl fmt::Display for ChipVerdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// Which protocols are run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum ChipChecks {
    /// Chip Authentication; Active Authentication only where that is not supported. Saves three commands.
    #[default]
    FirstThatProves,
    /// Both.
    All,
}
