//! Verifying ECDSA on every curve of documents (BSI TR-03111, 4.2.1; curves of RFC 5639 and FIPS 186-4).
//!
//! Only public numbers pass through here, so nothing needs to take constant time. Secrets go through
//! [`ecdh`](super::ecdh).

use crypto_bigint::modular::{FixedMontyForm, FixedMontyParams};
use crypto_bigint::{NonZero, Odd, U576};

use crate::crypto::curve::NamedCurve;
use crate::crypto::number::{fixed, from_hex};

type Element = FixedMontyForm<{ U576::LIMBS }>;
type Field = FixedMontyParams<{ U576::LIMBS }>;

/// A curve with its numbers ready to calculate with.
struct Curve {
    field: Field,
    a: Element,
    b: Element,
    generator: Point,
    order: Field,
    order_value: NonZero<U576>,
}

/// A point in Jacobian coordinates: `(x/z², y/z³)`, at infinity when `z` is zero.
#[derive(Clone, Copy)]
struct Point {
    x: Element,
    y: Element,
    z: Element,
}

/// Whether `(r, s)` is the signature of a message with this digest, by the holder of the public point.
///
/// Coordinates and signature are big-endian, of any length. A point that is not on the curve verifies nothing.
pub(crate) fn verify(curve: NamedCurve, point: (&[u8], &[u8]), digest: &[u8], signature: (&[u8], &[u8])) -> bool {
    verified(curve, point, digest, signature).unwrap_or(false)
}

fn verified(curve: NamedCurve, point: (&[u8], &[u8]), digest: &[u8], (r, s): (&[u8], &[u8])) -> Option<bool> {
    let curve = Curve::new(curve)?;
    let public = curve.point(point)?;
    let (r, s) = (curve.scalar(r)?, curve.scalar(s)?);
    let inverse = FixedMontyForm::new(&s, &curve.order).invert_vartime().into_option()?;
    let of_generator = (FixedMontyForm::new(&curve.truncate(digest)?, &curve.order) * inverse).retrieve();
    let of_public = (FixedMontyForm::new(&r, &curve.order) * inverse).retrieve();
    let sum = curve.double_multiply(&of_generator, (&of_public, &public));
    let x = sum.affine_x()?.rem_vartime(&curve.order_value);
    Some(x == r)
}

impl Curve {
    fn new(curve: NamedCurve) -> Option<Self> {
        let numbers = curve.parameters();
        let number = |hex: &str| fixed(&from_hex(hex));
        let field = FixedMontyParams::new_vartime(Odd::new(number(numbers.p)?).into_option()?);
        let element = |hex: &str| Some(FixedMontyForm::new(&number(hex)?, &field));
        let order_value = number(numbers.n)?;
        Some(Self {
            a: element(numbers.a)?,
            b: element(numbers.b)?,
            generator: Point { x: element(numbers.x)?, y: element(numbers.y)?, z: FixedMontyForm::one(&field) },
            order: FixedMontyParams::new_vartime(Odd::new(order_value).into_option()?),
            order_value: NonZero::new(order_value).into_option()?,
            field,
        })
    }

    /// A point on the curve; `None` for any other.
    fn point(&self, (x, y): (&[u8], &[u8])) -> Option<Point> {
        let coordinate = |bytes| {
            let value = fixed(bytes)?;
            (&value < self.field.modulus().as_ref()).then(|| FixedMontyForm::new(&value, &self.field))
        };
        let (x, y) = (coordinate(x)?, coordinate(y)?);
        let on_curve = y.square() == (x.square() + self.a) * x + self.b;
        on_curve.then(|| Point { x, y, z: FixedMontyForm::one(&self.field) })
    }

    /// A number from 1 to the order less one.
    fn scalar(&self, bytes: &[u8]) -> Option<U576> {
        let value = fixed(bytes)?;
        (!value.is_zero_vartime() && value < *self.order_value.as_ref()).then_some(value)
    }

    /// As many leading bits of a digest as the order has.
    fn truncate(&self, digest: &[u8]) -> Option<U576> {
        let value = fixed(digest)?;
        let digest_bits = u32::try_from(digest.len() * 8).ok()?;
        let excess = digest_bits.saturating_sub(self.order_value.as_ref().bits_vartime());
        Some(value.shr_vartime(excess).rem_vartime(&self.order_value))
    }

    /// `g · G + q · Q`, both at once.
    fn double_multiply(&self, g: &U576, (q, point): (&U576, &Point)) -> Point {
        let both = self.add(&self.generator, point);
        let mut sum = self.infinity();
        for bit in (0..g.bits_vartime().max(q.bits_vartime())).rev() {
            sum = self.double(&sum);
            match (g.bit_vartime(bit), q.bit_vartime(bit)) {
                (true, true) => sum = self.add(&sum, &both),
                (true, false) => sum = self.add(&sum, &self.generator),
                (false, true) => sum = self.add(&sum, point),
                (false, false) => {}
            }
        }
        sum
    }

    fn infinity(&self) -> Point {
        let one = FixedMontyForm::one(&self.field);
        Point { x: one, y: one, z: FixedMontyForm::zero(&self.field) }
    }

    fn double(&self, p: &Point) -> Point {
        let (xx, yy, zz) = (p.x.square(), p.y.square(), p.z.square());
        let s = (p.x * yy).double().double();
        let m = xx.double() + xx + self.a * zz.square();
        let x = m.square() - s.double();
        let y = m * (s - x) - yy.square().double().double().double();
        Point { x, y, z: (p.y * p.z).double() }
    }

    fn add(&self, p: &Point, q: &Point) -> Point {
        if p.is_infinity() {
            return *q;
        }
        if q.is_infinity() {
            return *p;
        }
        let (pzz, qzz) = (p.z.square(), q.z.square());
        let (u1, u2) = (p.x * qzz, q.x * pzz);
        let (s1, s2) = (p.y * q.z * qzz, q.y * p.z * pzz);
        let (h, r) = (u2 - u1, s2 - s1);
        if is_zero(&h) {
            return if is_zero(&r) { self.double(p) } else { self.infinity() };
        }
        let hh = h.square();
        let hhh = h * hh;
        let v = u1 * hh;
        let x = r.square() - hhh - v.double();
        Point { x, y: r * (v - x) - s1 * hhh, z: p.z * q.z * h }
    }
}

impl Point {
    fn is_infinity(&self) -> bool {
        is_zero(&self.z)
    }

    /// The first coordinate; `None` at infinity.
    fn affine_x(&self) -> Option<U576> {
        let inverse = self.z.invert_vartime().into_option()?;
        Some((self.x * inverse.square()).retrieve())
    }
}

const fn is_zero(element: &Element) -> bool {
    element.as_montgomery().is_zero_vartime()
}
