//! Agreeing on a key with the chip, on a curve or modulo a prime (Doc 9303-11, 9.4 to 9.6).

use std::fmt;

use bp256::BrainpoolP256r1;
use bp384::BrainpoolP384r1;
use p256::NistP256;
use p384::NistP384;
use p521::NistP521;
use rand_core::CryptoRng;
use zeroize::Zeroizing;

use crate::crypto::curve::NamedCurve;
use crate::crypto::dh::ModpGroup;
use crate::crypto::ecdh;
use crate::crypto::integrated::{self, Nonces};
use crate::crypto::number::from_hex;
use crate::tlv::{self, Tag};

/// Public key in an authentication token: point, or number modulo a prime (Doc 9303-11, 9.4.5).
const TAG_POINT: Tag = 0x86;
const TAG_NUMBER: Tag = 0x84;

/// Where keys are agreed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Domain {
    /// A curve with constant-time arithmetic: P-256, P-384, P-521, brainpoolP256r1, brainpoolP384r1.
    Curve(AgreementCurve),
    /// A group modulo a prime.
    Modp(ModpGroup),
}

/// The curves keys can be agreed on here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names are the standards' own")]
pub enum AgreementCurve {
    P256,
    P384,
    P521,
    BrainpoolP256r1,
    BrainpoolP384r1,
}

impl AgreementCurve {
    const fn named(self) -> NamedCurve {
        match self {
            Self::P256 => NamedCurve::P256,
            Self::P384 => NamedCurve::P384,
            Self::P521 => NamedCurve::P521,
            Self::BrainpoolP256r1 => NamedCurve::BrainpoolP256r1,
            Self::BrainpoolP384r1 => NamedCurve::BrainpoolP384r1,
        }
    }
}

/// Why no key was agreed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AgreementError {
    /// A public key is not in the group, or is one of those that give nothing.
    #[error("a public key is not in the group")]
    Key,
    /// The random number generator gives nothing usable.
    #[error("the random number generator gives no usable key")]
    Randomness,
}

/// An ephemeral key pair. The secret is wiped on drop.
pub(crate) struct KeyPair {
    /// Big-endian.
    pub(crate) secret: Zeroizing<Vec<u8>>,
    /// Uncompressed point, or number in modulus length.
    pub(crate) public: Vec<u8>,
}

/// Calls a function of [`ecdh`] on the curve's own type.
macro_rules! on_curve {
    ($curve:expr, $function:ident ( $($argument:expr),* )) => {
        match $curve {
            AgreementCurve::P256 => ecdh::$function::<NistP256>($($argument),*),
            AgreementCurve::P384 => ecdh::$function::<NistP384>($($argument),*),
            AgreementCurve::P521 => ecdh::$function::<NistP521>($($argument),*),
            AgreementCurve::BrainpoolP256r1 => ecdh::$function::<BrainpoolP256r1>($($argument),*),
            AgreementCurve::BrainpoolP384r1 => ecdh::$function::<BrainpoolP384r1>($($argument),*),
        }
    };
}

impl Domain {
    /// The standardised parameters with this number (Doc 9303-11, table 5); `None` for those without arithmetic here:
    /// P-192, P-224, brainpoolP192r1, brainpoolP224r1, brainpoolP320r1, brainpoolP512r1.
    #[must_use]
    pub const fn standardised(number: u8) -> Option<Self> {
        Some(match number {
            0 => Self::Modp(ModpGroup::Modp1024Sub160),
            1 => Self::Modp(ModpGroup::Modp2048Sub224),
            2 => Self::Modp(ModpGroup::Modp2048Sub256),
            12 => Self::Curve(AgreementCurve::P256),
            13 => Self::Curve(AgreementCurve::BrainpoolP256r1),
            15 => Self::Curve(AgreementCurve::P384),
            16 => Self::Curve(AgreementCurve::BrainpoolP384r1),
            18 => Self::Curve(AgreementCurve::P521),
            _ => return None,
        })
    }

    /// The domain of this curve, if it has arithmetic here.
    pub(crate) const fn of_curve(curve: NamedCurve) -> Option<Self> {
        match curve {
            NamedCurve::P256 => Some(Self::Curve(AgreementCurve::P256)),
            NamedCurve::P384 => Some(Self::Curve(AgreementCurve::P384)),
            NamedCurve::P521 => Some(Self::Curve(AgreementCurve::P521)),
            NamedCurve::BrainpoolP256r1 => Some(Self::Curve(AgreementCurve::BrainpoolP256r1)),
            NamedCurve::BrainpoolP384r1 => Some(Self::Curve(AgreementCurve::BrainpoolP384r1)),
            NamedCurve::P192
            | NamedCurve::P224
            | NamedCurve::BrainpoolP192r1
            | NamedCurve::BrainpoolP224r1
            | NamedCurve::BrainpoolP320r1
            | NamedCurve::BrainpoolP512r1 => None,
        }
    }

    pub(crate) fn generator(self) -> Result<Vec<u8>, AgreementError> {
        match self {
            Self::Curve(curve) => Ok(on_curve!(curve, generator())),
            Self::Modp(group) => group.generator(),
        }
    }

    /// A fresh key pair over `generator`.
    pub(crate) fn key_pair(self, generator: &[u8], rng: &mut dyn CryptoRng) -> Result<KeyPair, AgreementError> {
        match self {
            Self::Curve(curve) => on_curve!(curve, key_pair(generator, rng)),
            Self::Modp(group) => group.key_pair(generator, rng),
        }
    }

    /// The shared element: a point or a number.
    pub(crate) fn agree(self, secret: &[u8], public: &[u8]) -> Result<Zeroizing<Vec<u8>>, AgreementError> {
        match self {
            Self::Curve(curve) => on_curve!(curve, agree(secret, public)),
            Self::Modp(group) => group.agree(secret, public),
        }
    }

    /// What keys are derived from: a point's first coordinate, or the number itself (Doc 9303-11, 9.4.4, 9.4.5).
    pub(crate) fn secret_of(self, shared: &[u8]) -> Zeroizing<Vec<u8>> {
        match self {
            Self::Curve(_) => {
                let coordinates = shared.get(1..).unwrap_or_default();
                Zeroizing::new(coordinates.get(..coordinates.len() / 2).unwrap_or_default().to_vec())
            }
            Self::Modp(_) => Zeroizing::new(shared.to_vec()),
        }
    }

    /// The generator that the generic mapping makes of a nonce and a shared element.
    pub(crate) fn map(self, nonce: &[u8], shared: &[u8]) -> Result<Vec<u8>, AgreementError> {
        match self {
            Self::Curve(curve) => on_curve!(curve, map(nonce, shared)),
            Self::Modp(group) => group.map(nonce, shared),
        }
    }

    /// The generator that the integrated mapping makes of both nonces.
    pub(crate) fn map_integrated(self, nonces: Nonces<'_>) -> Result<Vec<u8>, AgreementError> {
        match self {
            Self::Curve(curve) => {
                let curve = curve.named();
                let modulus = from_hex(curve.parameters().p);
                integrated::point(curve, &integrated::number(nonces, &modulus)?)
            }
            Self::Modp(group) => {
                let (modulus, order) = group.modulus_and_order();
                integrated::element(&modulus, &order, &integrated::number(nonces, &modulus)?)
            }
        }
    }

    /// A public key as the input of an authentication token has it.
    pub(crate) fn public_key_object(self, public: &[u8]) -> Vec<u8> {
        match self {
            Self::Curve(_) => tlv::encode(TAG_POINT, public),
            Self::Modp(_) => tlv::encode(TAG_NUMBER, public),
        }
    }
}

impl fmt::Display for Domain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Curve(AgreementCurve::P256) => f.write_str("P-256"),
            Self::Curve(AgreementCurve::P384) => f.write_str("P-384"),
            Self::Curve(AgreementCurve::P521) => f.write_str("P-521"),
            Self::Curve(AgreementCurve::BrainpoolP256r1) => f.write_str("brainpoolP256r1"),
            Self::Curve(AgreementCurve::BrainpoolP384r1) => f.write_str("brainpoolP384r1"),
            Self::Modp(group) => group.fmt(f),
        }
    }
}
