//! Key agreement on curves, with secret scalars: RustCrypto's constant-time arithmetic.

use elliptic_curve::ff::PrimeField;
use elliptic_curve::group::Group;
use elliptic_curve::ops::Reduce;
use elliptic_curve::point::AffineCoordinates;
use elliptic_curve::{AffinePoint, CurveArithmetic, Field, FieldBytes, ProjectivePoint, Scalar};
use rand_core::CryptoRng;
use zeroize::Zeroizing;

use crate::crypto::agreement::{AgreementError, KeyPair};

/// Draws before a random number generator is called broken. On the worst curve one draw in two is too large.
const DRAWS_MAX: usize = 128;

/// SEC 1's mark of an uncompressed point.
const UNCOMPRESSED: u8 = 0x04;

pub(crate) fn generator<C: CurveArithmetic>() -> Vec<u8> {
    encode::<C>(ProjectivePoint::<C>::generator())
}

pub(crate) fn key_pair<C: CurveArithmetic>(
    generator: &[u8],
    rng: &mut dyn CryptoRng,
) -> Result<KeyPair, AgreementError> {
    let base = decode::<C>(generator)?;
    for _ in 0..DRAWS_MAX {
        let secret = Zeroizing::new(draw::<C>(rng));
        if let Ok(scalar) = scalar::<C>(&secret) {
            return Ok(KeyPair { public: encode::<C>(base * *scalar), secret });
        }
    }
    Err(AgreementError::Randomness)
}

/// The shared point.
pub(crate) fn agree<C: CurveArithmetic>(secret: &[u8], public: &[u8]) -> Result<Zeroizing<Vec<u8>>, AgreementError> {
    Ok(Zeroizing::new(encode::<C>(decode::<C>(public)? * *scalar::<C>(secret)?)))
}

/// The generic mapping: `s · G + H` (Doc 9303-11, 4.4.3.3.1).
pub(crate) fn map<C: CurveArithmetic>(nonce: &[u8], shared: &[u8]) -> Result<Vec<u8>, AgreementError> {
    // A nonce is as long as the cipher's key and may be larger than the order: under AES-256 on a curve of 256 bits.
    let nonce = Zeroizing::new(<Scalar<C> as Reduce<FieldBytes<C>>>::reduce(&padded::<C>(nonce)?));
    let mapped = ProjectivePoint::<C>::generator() * *nonce + decode::<C>(shared)?;
    if bool::from(mapped.is_identity()) { Err(AgreementError::Key) } else { Ok(encode::<C>(mapped)) }
}

fn draw<C: CurveArithmetic>(rng: &mut dyn CryptoRng) -> Vec<u8> {
    let mut bytes = vec![0; FieldBytes::<C>::default().len()];
    rng.fill_bytes(&mut bytes);
    // P-521 has 7 bits in the first byte that are always zero.
    let spare = bytes.len() * 8 - Scalar::<C>::NUM_BITS as usize;
    if let Some(first) = bytes.first_mut() {
        *first &= u8::MAX.checked_shr(u32::try_from(spare).unwrap_or_default()).unwrap_or_default();
    }
    bytes
}

/// A scalar from 1 to the order less one. Leading zeros may be there or not.
fn scalar<C: CurveArithmetic>(bytes: &[u8]) -> Result<Zeroizing<Scalar<C>>, AgreementError> {
    let scalar = Scalar::<C>::from_repr(padded::<C>(bytes)?).into_option().ok_or(AgreementError::Key)?;
    if bool::from(scalar.is_zero()) { Err(AgreementError::Key) } else { Ok(Zeroizing::new(scalar)) }
}

/// A number in the length of the curve's field.
fn padded<C: CurveArithmetic>(bytes: &[u8]) -> Result<FieldBytes<C>, AgreementError> {
    let mut repr = FieldBytes::<C>::default();
    let significant = bytes.get(bytes.len().saturating_sub(repr.len())..).unwrap_or_default();
    let rest = bytes.len() - significant.len();
    if bytes.iter().take(rest).any(|byte| *byte != 0) {
        return Err(AgreementError::Key);
    }
    let start = repr.len() - significant.len();
    repr.iter_mut().skip(start).zip(significant).for_each(|(to, from)| *to = *from);
    Ok(repr)
}

/// A point that is on the curve and not at infinity. The curves here have no small subgroups.
fn decode<C: CurveArithmetic>(bytes: &[u8]) -> Result<ProjectivePoint<C>, AgreementError> {
    let Some((&UNCOMPRESSED, coordinates)) = bytes.split_first() else {
        return Err(AgreementError::Key);
    };
    let (x, y) = coordinates.split_at_checked(coordinates.len() / 2).ok_or(AgreementError::Key)?;
    let x = FieldBytes::<C>::try_from(x).map_err(|_| AgreementError::Key)?;
    let y = FieldBytes::<C>::try_from(y).map_err(|_| AgreementError::Key)?;
    let point = AffinePoint::<C>::from_coordinates(&x, &y).into_option().ok_or(AgreementError::Key)?;
    Ok(point.into())
}

fn encode<C: CurveArithmetic>(point: ProjectivePoint<C>) -> Vec<u8> {
    let affine: AffinePoint<C> = point.into();
    [&[UNCOMPRESSED][..], &affine.x(), &affine.y()].concat()
}
