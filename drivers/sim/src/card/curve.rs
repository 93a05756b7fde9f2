//! Elliptic curves over prime fields, straight from the formulas. Slow and not constant in time: all keys are invented.

use std::fmt;

use num_bigint::BigUint;
use sha2::{Digest, Sha224, Sha256, Sha384, Sha512};

use super::entropy::Entropy;
use super::tlv;

/// Curves by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Curve {
    /// NIST P-256, standardised parameter 12 (Doc 9303-11, table 6).
    P256,
    /// brainpoolP256r1, parameter 13: what the CCCD has.
    Brainpool256,
    /// NIST P-384, parameter 15.
    P384,
    /// brainpoolP384r1, parameter 16.
    Brainpool384,
    /// brainpoolP512r1, parameter 17: what the Vietnamese passport authority signs with.
    Brainpool512,
    /// NIST P-521, parameter 18.
    P521,
}

/// How a public key says which curve it is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Naming {
    /// By its object identifier.
    Named,
    /// By all its parameters, as most passport authorities write it.
    Explicit,
}

/// Hashes of signatures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Hash {
    /// SHA-1, for old documents.
    Sha1,
    /// SHA-224.
    Sha224,
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
}

impl Hash {
    /// The digest.
    #[must_use]
    pub fn of(self, message: &[u8]) -> Vec<u8> {
        match self {
            Self::Sha1 => sha1::Sha1::digest(message).to_vec(),
            Self::Sha224 => Sha224::digest(message).to_vec(),
            Self::Sha256 => Sha256::digest(message).to_vec(),
            Self::Sha384 => Sha384::digest(message).to_vec(),
            Self::Sha512 => Sha512::digest(message).to_vec(),
        }
    }

    /// Bytes of the digest.
    #[must_use]
    pub const fn bytes(self) -> usize {
        match self {
            Self::Sha1 => 20,
            Self::Sha224 => 28,
            Self::Sha256 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
        }
    }
}

/// A curve ready to compute with.
pub struct Group {
    curve: Curve,
    p: BigUint,
    a: BigUint,
    b: BigUint,
    /// The order of the generator; the cofactor of every curve here is 1.
    pub order: BigUint,
    generator: Point,
}

impl fmt::Debug for Group {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Group").field(&self.curve).finish()
    }
}

/// A point, affine. `None` is the point at infinity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Point(Option<(BigUint, BigUint)>);

/// The same in Jacobian coordinates: (X/Z², Y/Z³).
struct Jacobian {
    x: BigUint,
    y: BigUint,
    z: BigUint,
}

impl Curve {
    /// The number of the standardised domain parameters (Doc 9303-11, table 6).
    #[must_use]
    pub fn parameter(self) -> u8 {
        self.written().parameter
    }

    /// The curve with its numbers.
    #[must_use]
    pub fn group(self) -> Group {
        let written = self.written();
        let generator = Point(Some((number(written.x), number(written.y))));
        let (p, a, b) = (number(written.p), number(written.a), number(written.b));
        Group { curve: self, p, a, b, order: number(written.n), generator }
    }

    /// Bytes of a coordinate.
    #[must_use]
    pub fn field_bytes(self) -> usize {
        self.written().p.len().div_ceil(2)
    }
}

fn number(hex: &str) -> BigUint {
    BigUint::parse_bytes(hex.as_bytes(), 16).unwrap_or_default()
}

impl Group {
    /// The generator.
    #[must_use]
    pub fn generator(&self) -> Point {
        self.generator.clone()
    }

    /// Bytes of a coordinate.
    #[must_use]
    pub fn field_bytes(&self) -> usize {
        self.curve.field_bytes()
    }

    /// `scalar` times `point`.
    #[must_use]
    pub fn multiply(&self, scalar: &BigUint, point: &Point) -> Point {
        let mut sum = Jacobian::infinity();
        for at in (0..scalar.bits()).rev() {
            sum = self.double(&sum);
            if scalar.bit(at) {
                sum = self.add_affine(&sum, point);
            }
        }
        self.affine(&sum)
    }

    /// The sum of two points.
    #[must_use]
    pub fn add(&self, one: &Point, other: &Point) -> Point {
        let start = self.add_affine(&Jacobian::infinity(), one);
        self.affine(&self.add_affine(&start, other))
    }

    /// The uncompressed encoding, `04 X Y` with both coordinates at full length; empty for infinity.
    #[must_use]
    pub fn encode(&self, point: &Point) -> Vec<u8> {
        let Point(Some((x, y))) = point else { return Vec::new() };
        [vec![4], self.padded(x), self.padded(y)].concat()
    }

    /// The X coordinate at full length; empty for infinity.
    #[must_use]
    pub fn x_bytes(&self, point: &Point) -> Vec<u8> {
        point.0.as_ref().map(|(x, _)| self.padded(x)).unwrap_or_default()
    }

    /// A point from its uncompressed encoding, if it is on the curve.
    #[must_use]
    pub fn decode(&self, bytes: &[u8]) -> Option<Point> {
        let (4, coordinates) = bytes.split_first().map(|(form, rest)| (*form, rest))? else { return None };
        if coordinates.len() != 2 * self.field_bytes() {
            return None;
        }
        let (x, y) = coordinates.split_at(self.field_bytes());
        let (x, y) = (BigUint::from_bytes_be(x), BigUint::from_bytes_be(y));
        let right = (&x * &x * &x + &self.a * &x + &self.b) % &self.p;
        (x < self.p && y < self.p && &y * &y % &self.p == right).then_some(Point(Some((x, y))))
    }

    fn padded(&self, number: &BigUint) -> Vec<u8> {
        padded(number, self.field_bytes())
    }

    fn affine(&self, point: &Jacobian) -> Point {
        let Some(inverse) = point.z.modinv(&self.p) else { return Point(None) };
        let square = &inverse * &inverse % &self.p;
        let x = &point.x * &square % &self.p;
        let y = &point.y * (square * inverse % &self.p) % &self.p;
        Point(Some((x, y)))
    }

    fn minus(&self, one: &BigUint, other: &BigUint) -> BigUint {
        (one + &self.p - other) % &self.p
    }

    /// "dbl-2007-bl" without its shortcuts: valid for every `a`.
    fn double(&self, point: &Jacobian) -> Jacobian {
        let p = &self.p;
        let yy = &point.y * &point.y % p;
        let zz = &point.z * &point.z % p;
        let s = ((&point.x * &yy) << 2u8) % p;
        let m = (&point.x * &point.x * 3u8 + &self.a * (&zz * &zz % p)) % p;
        let x = self.minus(&(&m * &m % p), &((&s << 1u8) % p));
        let eight = ((&yy * &yy) << 3u8) % p;
        let y = self.minus(&(m * self.minus(&s, &x) % p), &eight);
        let z = ((&point.y * &point.z) << 1u8) % p;
        Jacobian { x, y, z }
    }

    fn add_affine(&self, sum: &Jacobian, point: &Point) -> Jacobian {
        let p = &self.p;
        let Point(Some((x2, y2))) = point else { return sum.clone_point() };
        if sum.z == BigUint::ZERO {
            return Jacobian { x: x2.clone(), y: y2.clone(), z: BigUint::from(1u8) };
        }
        let zz = &sum.z * &sum.z % p;
        let h = self.minus(&(x2 * &zz % p), &sum.x);
        let r = self.minus(&(y2 * (zz * &sum.z % p) % p), &sum.y);
        if h == BigUint::ZERO {
            return if r == BigUint::ZERO { self.double(sum) } else { Jacobian::infinity() };
        }
        let hh = &h * &h % p;
        let hhh = &hh * &h % p;
        let v = &sum.x * hh % p;
        let x = self.minus(&(&r * &r % p), &((&hhh + (&v << 1u8)) % p));
        let y = self.minus(&(r * self.minus(&v, &x) % p), &(&sum.y * hhh % p));
        let z = &sum.z * h % p;
        Jacobian { x, y, z }
    }
}

impl Jacobian {
    fn infinity() -> Self {
        Self { x: BigUint::from(1u8), y: BigUint::from(1u8), z: BigUint::ZERO }
    }

    fn clone_point(&self) -> Self {
        Self { x: self.x.clone(), y: self.y.clone(), z: self.z.clone() }
    }
}

/// A number at a fixed length, zeros in front.
pub fn padded(number: &BigUint, bytes: usize) -> Vec<u8> {
    let digits = number.to_bytes_be();
    let mut out = vec![0; bytes.saturating_sub(digits.len())];
    out.extend(digits);
    out
}

/// A key pair on a curve.
#[derive(Debug)]
pub struct EcKey {
    /// The curve.
    pub curve: Curve,
    group: Group,
    secret: BigUint,
    public: Point,
}

impl Clone for EcKey {
    fn clone(&self) -> Self {
        Self::of(self.curve, self.secret.clone())
    }
}

impl EcKey {
    /// A new pair.
    #[must_use]
    pub fn generate(curve: Curve, entropy: &mut Entropy) -> Self {
        let secret = entropy.number(&curve.group().order);
        Self::of(curve, secret)
    }

    fn of(curve: Curve, secret: BigUint) -> Self {
        let group = curve.group();
        let public = group.multiply(&secret, &group.generator);
        Self { curve, group, secret, public }
    }

    /// The X coordinate of this key's secret times `other`, an encoded public key; `None` when that is no point.
    #[must_use]
    pub fn agree(&self, other: &[u8]) -> Option<Vec<u8>> {
        let other = self.group.decode(other)?;
        Some(self.group.x_bytes(&self.group.multiply(&self.secret, &other)))
    }

    /// The public key, uncompressed.
    #[must_use]
    pub fn public_bytes(&self) -> Vec<u8> {
        self.group.encode(&self.public)
    }

    /// r and s of an ECDSA signature over `digest`, each as long as the order.
    #[must_use]
    pub fn sign(&self, digest: &[u8], entropy: &mut Entropy) -> (Vec<u8>, Vec<u8>) {
        let n = &self.group.order;
        let bytes = usize::try_from(n.bits()).unwrap_or_default().div_ceil(8);
        let message = leftmost_bits(digest, n.bits());
        loop {
            let k = entropy.number(n);
            let r = BigUint::from_bytes_be(&self.group.x_bytes(&self.group.multiply(&k, &self.group.generator))) % n;
            let Some(inverse) = k.modinv(n) else { continue };
            let s = inverse * (&message + &r * &self.secret) % n;
            if r != BigUint::ZERO && s != BigUint::ZERO {
                return (padded(&r, bytes), padded(&s, bytes));
            }
        }
    }

    /// `SubjectPublicKeyInfo`.
    #[must_use]
    pub fn public_key_info(&self, naming: Naming) -> Vec<u8> {
        let parameters = match naming {
            Naming::Named => tlv::oid(self.curve.written().oid),
            Naming::Explicit => self.group.explicit_parameters(),
        };
        let algorithm = tlv::sequence(&[&tlv::oid(&[1, 2, 840, 10_045, 2, 1]), &parameters]);
        tlv::sequence(&[&algorithm, &tlv::bits(&self.public_bytes())])
    }
}

impl Group {
    /// `ECParameters` (RFC 3279, 2.3.5), version 1, without a seed.
    fn explicit_parameters(&self) -> Vec<u8> {
        let prime = tlv::sequence(&[&tlv::oid(&[1, 2, 840, 10_045, 1, 1]), &tlv::unsigned(&self.p.to_bytes_be())]);
        let coefficients = tlv::sequence(&[&tlv::octets(&self.padded(&self.a)), &tlv::octets(&self.padded(&self.b))]);
        tlv::sequence(&[
            &tlv::small(1),
            &prime,
            &coefficients,
            &tlv::octets(&self.encode(&self.generator)),
            &tlv::unsigned(&self.order.to_bytes_be()),
            &tlv::small(1),
        ])
    }
}

/// The digest cut to the length of the order (FIPS 186-4, 6.4).
fn leftmost_bits(digest: &[u8], order_bits: u64) -> BigUint {
    let digest_bits = u64::try_from(digest.len()).unwrap_or_default() * 8;
    BigUint::from_bytes_be(digest) >> digest_bits.saturating_sub(order_bits)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Curve; 6] =
        [Curve::P256, Curve::Brainpool256, Curve::P384, Curve::Brainpool384, Curve::Brainpool512, Curve::P521];

    #[test]
    fn the_published_example_of_generic_mapping_is_reproduced() {
        let group = Curve::Brainpool256.group();
        let ours = number("498FF49756F2DC1587840041839A85982BE7761D14715FB091EFA7BCE9058560");
        let theirs = group
            .decode(
                &number(concat!(
                    "047ACF3EFC982EC45565A4B155129EFBC74650DCBFA6362D896FC70262E0C2CC5E",
                    "544552DCB6725218799115B55C9BAA6D9F6BC3A9618E70C25AF71777A9C4922D"
                ))
                .to_bytes_be(),
            )
            .unwrap();
        let shared = group.multiply(&ours, &theirs);
        let moved = group.multiply(&number("3F00C4D39D153F2B2A214A078D899B22"), &group.generator());
        let mapped = group.add(&moved, &shared);
        assert_eq!(
            group.encode(&mapped),
            number(concat!(
                "048CED63C91426D4F0EB1435E7CB1D74A46723A0AF21C89634F65A9AE87A9265E2",
                "8C879506743F8611AC33645C5B985C80B5F09A0B83407C1B6A4D857AE76FE522"
            ))
            .to_bytes_be()
        );
    }

    #[test]
    fn the_order_takes_the_generator_to_infinity_and_its_neighbour_to_minus_itself() {
        for curve in ALL {
            let group = curve.group();
            let generator = group.generator();
            assert!(group.decode(&group.encode(&generator)).is_some(), "{curve:?}");
            assert_eq!(group.multiply(&group.order, &generator), Point(None), "{curve:?}");
            let minus = group.multiply(&(&group.order - 1u8), &generator);
            assert_eq!(group.add(&minus, &generator), Point(None), "{curve:?}");
        }
    }

    #[test]
    fn both_ends_agree_and_a_point_off_the_curve_is_refused() {
        for curve in ALL {
            let mut entropy = Entropy::seeded(1);
            let (one, other) = (EcKey::generate(curve, &mut entropy), EcKey::generate(curve, &mut entropy));
            assert_eq!(one.agree(&other.public_bytes()), other.agree(&one.public_bytes()), "{curve:?}");
            let mut off = other.public_bytes();
            *off.last_mut().unwrap() ^= 1;
            assert_eq!(one.agree(&off), None, "{curve:?}");
        }
    }
}
