//! RSA by the book (RFC 8017, ISO/IEC 9796-2). Not constant in time: all keys are invented.

use num_bigint::BigUint;

use super::curve::{Hash, padded};
use super::entropy::Entropy;
use super::tlv;

/// The usual public exponent.
const PUBLIC_EXPONENT: u32 = 65_537;

/// Rounds of Miller and Rabin; a wrong answer is less likely than 4 to the power of minus this.
const PRIME_ROUNDS: usize = 20;

/// Primes tried by division before the costly test.
const SMALL_PRIMES_BELOW: u32 = 2_000;

/// A key pair.
#[derive(Debug, Clone)]
pub struct RsaKey {
    modulus: BigUint,
    secret: BigUint,
}

/// Length of the modulus.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RsaBits {
    /// 1,024 bits: an Active Authentication answer that fits a short response.
    B1024,
    /// 2,048 bits.
    B2048,
    /// 3,072 bits.
    B3072,
}

impl RsaBits {
    const fn count(self) -> u64 {
        match self {
            Self::B1024 => 1_024,
            Self::B2048 => 2_048,
            Self::B3072 => 3_072,
        }
    }
}

/// How the trailer of ISO/IEC 9796-2 names its hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Trailer {
    /// `BC`: SHA-1, known from the context.
    Sha1Implicit,
    /// `34 CC`: SHA-256.
    Sha256,
    /// `36 CC`: SHA-384.
    Sha384,
    /// `35 CC`: SHA-512.
    Sha512,
}

impl Trailer {
    const fn hash(self) -> Hash {
        match self {
            Self::Sha1Implicit => Hash::Sha1,
            Self::Sha256 => Hash::Sha256,
            Self::Sha384 => Hash::Sha384,
            Self::Sha512 => Hash::Sha512,
        }
    }

    const fn bytes(self) -> &'static [u8] {
        match self {
            Self::Sha1Implicit => &[0xBC],
            Self::Sha256 => &[0x34, 0xCC],
            Self::Sha384 => &[0x36, 0xCC],
            Self::Sha512 => &[0x35, 0xCC],
        }
    }
}

impl RsaKey {
    /// A new pair. A second or less in a debug build with 2,048 bits.
    #[must_use]
    pub fn generate(bits: RsaBits, entropy: &mut Entropy) -> Self {
        let exponent = BigUint::from(PUBLIC_EXPONENT);
        loop {
            let p = prime(bits.count() / 2, entropy);
            let q = prime(bits.count() / 2, entropy);
            let modulus = &p * &q;
            if let Some(secret) = exponent.modinv(&((p - 1u8) * (q - 1u8))) {
                return Self { modulus, secret };
            }
        }
    }

    /// RSASSA-PKCS1-v1_5.
    #[must_use]
    pub fn sign_pkcs1(&self, hash: Hash, message: &[u8]) -> Vec<u8> {
        let algorithm = tlv::sequence(&[&tlv::oid(hash_oid(hash)), &tlv::null()]);
        let info = tlv::sequence(&[&algorithm, &tlv::octets(&hash.of(message))]);
        let filling = vec![0xFF; self.bytes().saturating_sub(3 + info.len())];
        self.private_operation(&[vec![0, 1], filling, vec![0], info].concat())
    }

    /// RSASSA-PSS with MGF1 of the same hash and a salt as long as the hash.
    #[must_use]
    pub fn sign_pss(&self, hash: Hash, message: &[u8], entropy: &mut Entropy) -> Vec<u8> {
        let salt = entropy.bytes(hash.bytes());
        let digest = hash.of(&[&[0; 8], hash.of(message).as_slice(), &salt].concat());
        let data_bytes = self.bytes() - hash.bytes() - 1;
        let mut data = vec![0; data_bytes - salt.len() - 1];
        data.push(1);
        data.extend(&salt);
        let mask = mgf1(hash, &digest, data_bytes);
        data.iter_mut().zip(mask).for_each(|(byte, mask)| *byte ^= mask);
        // The modulus fills its bytes, so that one bit is left over.
        if let Some(leading) = data.first_mut() {
            *leading &= 0x7F;
        }
        self.private_operation(&[data, digest, vec![0xBC]].concat())
    }

    /// Digital signature scheme 1 of ISO/IEC 9796-2 with partial recovery, as Active Authentication has it (Doc
    /// 9303-11, 6.1): the recoverable part is random, the rest is the terminal's challenge.
    #[must_use]
    pub fn sign_recoverable(&self, trailer: Trailer, challenge: &[u8], entropy: &mut Entropy) -> Vec<u8> {
        let hash = trailer.hash();
        let recoverable = entropy.bytes(self.bytes() - hash.bytes() - trailer.bytes().len() - 1);
        let digest = hash.of(&[recoverable.as_slice(), challenge].concat());
        self.private_operation(&[&[0x6A], recoverable.as_slice(), &digest, trailer.bytes()].concat())
    }

    /// `SubjectPublicKeyInfo`.
    #[must_use]
    pub fn public_key_info(&self) -> Vec<u8> {
        let algorithm = tlv::sequence(&[&tlv::oid(&[1, 2, 840, 113_549, 1, 1, 1]), &tlv::null()]);
        let exponent = PUBLIC_EXPONENT.to_be_bytes();
        let key = tlv::sequence(&[&tlv::unsigned(&self.modulus.to_bytes_be()), &tlv::unsigned(&exponent)]);
        tlv::sequence(&[&algorithm, &tlv::bits(&key)])
    }

    fn bytes(&self) -> usize {
        usize::try_from(self.modulus.bits()).unwrap_or_default().div_ceil(8)
    }

    fn private_operation(&self, block: &[u8]) -> Vec<u8> {
        let signature = BigUint::from_bytes_be(block).modpow(&self.secret, &self.modulus);
        padded(&signature, self.bytes())
    }
}

/// The object identifier of a hash.
#[must_use]
pub const fn hash_oid(hash: Hash) -> &'static [u32] {
    match hash {
        Hash::Sha1 => &[1, 3, 14, 3, 2, 26],
        Hash::Sha224 => &[2, 16, 840, 1, 101, 3, 4, 2, 4],
        Hash::Sha256 => &[2, 16, 840, 1, 101, 3, 4, 2, 1],
        Hash::Sha384 => &[2, 16, 840, 1, 101, 3, 4, 2, 2],
        Hash::Sha512 => &[2, 16, 840, 1, 101, 3, 4, 2, 3],
    }
}

fn mgf1(hash: Hash, seed: &[u8], count: usize) -> Vec<u8> {
    let mut mask = Vec::new();
    for block in 0u32.. {
        if mask.len() >= count {
            break;
        }
        mask.extend(hash.of(&[seed, &block.to_be_bytes()].concat()));
    }
    mask.truncate(count);
    mask
}

/// A prime with its two highest bits set, so that the product of two has the full length.
fn prime(bits: u64, entropy: &mut Entropy) -> BigUint {
    let bytes = usize::try_from(bits / 8).unwrap_or_default();
    let sieve = small_primes();
    loop {
        let mut candidate = BigUint::from_bytes_be(&entropy.bytes(bytes));
        for bit in [0, bits - 2, bits - 1] {
            candidate.set_bit(bit, true);
        }
        let divided = sieve.iter().any(|prime| &candidate % *prime == BigUint::ZERO);
        if !divided && passes(&candidate, entropy) {
            return candidate;
        }
    }
}

fn small_primes() -> Vec<u32> {
    let mut primes: Vec<u32> = Vec::new();
    for number in 2..SMALL_PRIMES_BELOW {
        if primes.iter().all(|prime| !number.is_multiple_of(*prime)) {
            primes.push(number);
        }
    }
    primes
}

/// Miller and Rabin.
fn passes(candidate: &BigUint, entropy: &mut Entropy) -> bool {
    let minus_one = candidate - 1u8;
    let twos = minus_one.trailing_zeros().unwrap_or_default();
    let odd = &minus_one >> twos;
    (0..PRIME_ROUNDS).all(|_| {
        let mut power = entropy.number(candidate).modpow(&odd, candidate);
        if power == BigUint::from(1u8) || power == minus_one {
            return true;
        }
        for _ in 1..twos {
            power = &power * &power % candidate;
            if power == minus_one {
                return true;
            }
        }
        false
    })
}
