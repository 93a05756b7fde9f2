//! The integrated mapping of PACE: both nonces become the generator itself (Doc 9303-11, 4.4.3.3.2 and appendix B).
//!
//! One of the nonces is secret, so the arithmetic takes the same time for all values.

use crypto_bigint::modular::{BoxedMontyForm, BoxedMontyParams, FixedMontyForm, FixedMontyParams};
use crypto_bigint::{BoxedUint, NonZero, Odd, U576};
use subtle::{ConditionallySelectable, ConstantTimeEq};
use zeroize::Zeroizing;

use crate::crypto::agreement::AgreementError;
use crate::crypto::cipher::SecretKey;
use crate::crypto::curve::NamedCurve;
use crate::crypto::number::{FIXED_BYTES, fixed, from_hex};

/// The constants of the pseudo-random function for 128-bit and for 256-bit blocks.
const C0_128: &str = "A668892A7C41E3CA739F40B057D85904";
const C1_128: &str = "A4E136AC725F738B01C1F60217C188AD";
const C0_256: &str = "D463D65234124EF7897054986DCA0A174E28DF758CBAA03F240616414D5A1676";
const C1_256: &str = "54BD7255F0AAF831BEC3423FCF39D69B6CBF066677D0FAAE5AADD99DF8E53517";

/// Bits beyond the modulus, so that the remainder is even.
const SPARE_BITS: usize = 64;

/// The secret nonce as the card encrypted it, and the public one that this side chose.
#[derive(Clone, Copy)]
pub(crate) struct Nonces<'n> {
    /// Decrypted.
    pub(crate) secret: &'n [u8],
    /// A key of the cipher.
    pub(crate) public: &'n SecretKey,
}

/// The pseudo-random number below `modulus` that the nonces give; in modulus length.
pub(crate) fn number(nonces: Nonces<'_>, modulus: &[u8]) -> Result<Zeroizing<Vec<u8>>, AgreementError> {
    let key_bytes = nonces.public.suite().key_bytes();
    let (c0, c1) = if nonces.secret.len() == 16 { (C0_128, C1_128) } else { (C0_256, C1_256) };
    let (c0, c1) = (from_hex(c0), from_hex(c1));
    let zeros = vec![0; nonces.public.suite().block_bytes()];
    let encrypt = |key: &SecretKey, data: &[u8]| key.encrypt(&zeros, data).map_err(|_| AgreementError::Key);
    let key_of = |bytes: &[u8]| {
        let bytes = bytes.get(..key_bytes).ok_or(AgreementError::Key)?;
        Ok(SecretKey::from_bytes(nonces.public.suite(), bytes))
    };
    let mut key = key_of(&encrypt(nonces.public, nonces.secret)?)?;
    let needed = modulus.len() + SPARE_BITS / 8;
    let mut stream = Zeroizing::new(Vec::with_capacity(needed + c1.len()));
    while stream.len() < needed {
        stream.extend_from_slice(&encrypt(&key, &c1)?);
        key = key_of(&encrypt(&key, &c0)?)?;
    }
    reduce(&stream, modulus)
}

fn reduce(stream: &[u8], modulus: &[u8]) -> Result<Zeroizing<Vec<u8>>, AgreementError> {
    let boxed = |bytes: &[u8]| {
        let bits = u32::try_from(bytes.len() * 8).map_err(|_| AgreementError::Key)?;
        BoxedUint::from_be_slice(bytes, bits).map_err(|_| AgreementError::Key)
    };
    let modulus_number = NonZero::new(boxed(modulus)?).into_option().ok_or(AgreementError::Key)?;
    let rest = Zeroizing::new(boxed(stream)?).rem(&modulus_number);
    let bytes = Zeroizing::new(rest.to_be_bytes().to_vec());
    let start = bytes.len().checked_sub(modulus.len()).ok_or(AgreementError::Key)?;
    Ok(Zeroizing::new(bytes.get(start..).unwrap_or_default().to_vec()))
}

/// The point that a number gives on a curve; uncompressed. The curves here have cofactor 1 and a modulus that is 3
/// modulo 4.
pub(crate) fn point(curve: NamedCurve, number: &[u8]) -> Result<Vec<u8>, AgreementError> {
    point_of(curve, number).ok_or(AgreementError::Key)
}

fn point_of(curve: NamedCurve, number: &[u8]) -> Option<Vec<u8>> {
    let parameters = curve.parameters();
    let p = fixed(&from_hex(parameters.p))?;
    let field = FixedMontyParams::new_vartime(Odd::new(p).into_option()?);
    let element = |bytes: &[u8]| Some(FixedMontyForm::new(&fixed(bytes)?, &field));
    let (a, b) = (element(&from_hex(parameters.a))?, element(&from_hex(parameters.b))?);
    let one = FixedMontyForm::one(&field);
    let cubic = |x: FixedMontyForm<{ U576::LIMBS }>| (x.square() + a) * x + b;

    let t = element(number)?;
    let alpha = -t.square();
    let inverse = (alpha + alpha.square()).invert().into_option()?;
    let x2 = -b * a.invert().into_option()? * (one + inverse);
    let x3 = alpha * x2;
    let h2 = cubic(x2);
    let u = t * t.square() * h2;
    // p - 1 - (p + 1) / 4
    let quarter = p.wrapping_add(&U576::ONE).shr_vartime(2);
    let power = h2.pow(&p.wrapping_sub(&U576::ONE).wrapping_sub(&quarter));
    let is_square = (power.square() * h2).ct_eq(&one);
    let x = FixedMontyForm::conditional_select(&x3, &x2, is_square);
    let y = power * FixedMontyForm::conditional_select(&u, &h2, is_square);
    let coordinate = |value: FixedMontyForm<{ U576::LIMBS }>| {
        let bytes = value.retrieve().to_be_bytes();
        bytes.as_slice().get(FIXED_BYTES - curve.field_bytes()..).map(<[u8]>::to_vec)
    };
    Some([vec![0x04], coordinate(x)?, coordinate(y)?].concat())
}

/// The element of a subgroup that a number gives: raised to `(p - 1) / q`. In modulus length.
pub(crate) fn element(p: &[u8], q: &[u8], number: &[u8]) -> Result<Vec<u8>, AgreementError> {
    let boxed = |bytes: &[u8]| {
        let bits = u32::try_from(p.len() * 8).map_err(|_| AgreementError::Key)?;
        BoxedUint::from_be_slice(bytes, bits).map_err(|_| AgreementError::Key)
    };
    let modulus = boxed(p)?;
    let order = NonZero::new(boxed(q)?).into_option().ok_or(AgreementError::Key)?;
    let one = boxed(&[1])?;
    let (exponent, _) = modulus.wrapping_sub(&one).div_rem_vartime(&order);
    let params = BoxedMontyParams::new_vartime(Odd::new(modulus).into_option().ok_or(AgreementError::Key)?);
    let mapped = BoxedMontyForm::new(boxed(number)?, &params).pow(&exponent);
    Ok(mapped.retrieve().to_be_bytes().to_vec())
}
