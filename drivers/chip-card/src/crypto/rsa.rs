//! The public operation of RSA and the two signature schemes on it (RFC 8017, 8.1.2 and 8.2.2).
//!
//! Only public numbers pass through here. There is no private operation in this crate.

use crypto_bigint::modular::{BoxedMontyForm, BoxedMontyParams};
use crypto_bigint::{BoxedUint, Odd};

use crate::crypto::hash::HashAlgorithm;
use crate::der;
use crate::oid;
use crate::tlv;

/// Longest modulus taken, in bytes: 8,192 bits, twice what any issuer uses.
const MODULUS_BYTES_MAX: usize = 1_024;
/// Shortest modulus taken: old chips have 1,024-bit keys for Active Authentication.
const MODULUS_BYTES_MIN: usize = 128;
/// Longest public exponent taken. All known are below 33 bits; a longer one only costs time.
const EXPONENT_BYTES_MAX: usize = 8;

/// A public key: modulus and exponent, big-endian without leading zeros.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RsaPublicKey {
    modulus: Vec<u8>,
    exponent: Vec<u8>,
}

/// How a PSS signature is padded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PssParameters {
    pub(crate) hash: HashAlgorithm,
    pub(crate) mask_hash: HashAlgorithm,
    pub(crate) salt_bytes: usize,
}

impl RsaPublicKey {
    /// `None` for a modulus that is even or of an unusual length, or an exponent that is unusual, even or 1: with 1 every
    /// padded block is its own signature.
    pub(crate) fn new(modulus: &[u8], exponent: &[u8]) -> Option<Self> {
        let (modulus, exponent) = (der::unsigned(modulus), der::unsigned(exponent));
        let usual = (MODULUS_BYTES_MIN..=MODULUS_BYTES_MAX).contains(&modulus.len());
        let odd = modulus.last()? & 1 == 1;
        let short = (1..=EXPONENT_BYTES_MAX).contains(&exponent.len());
        let raises = exponent != [1] && exponent.last()? & 1 == 1;
        (usual && odd && short && raises).then(|| Self { modulus: modulus.to_vec(), exponent: exponent.to_vec() })
    }

    /// Raises a signature to the public exponent; in modulus length. `None` unless it is smaller than the modulus.
    pub(crate) fn recover(&self, signature: &[u8]) -> Option<Vec<u8>> {
        let bits = u32::try_from(self.modulus.len() * 8).ok()?;
        let modulus = BoxedUint::from_be_slice(&self.modulus, bits).ok()?;
        let significant = der::unsigned(signature);
        let value = BoxedUint::from_be_slice(significant, modulus.bits_precision()).ok()?;
        if value.cmp_vartime(&modulus).is_ge() {
            return None;
        }
        let exponent = BoxedUint::from_be_slice_vartime(&self.exponent);
        let params = BoxedMontyParams::new_vartime(Odd::new(modulus).into_option()?);
        let power = BoxedMontyForm::new(value, &params).pow_bounded_exp(&exponent, exponent.bits_vartime());
        let bytes = power.retrieve().to_be_bytes();
        bytes.get(bytes.len().checked_sub(self.modulus.len())?..).map(<[u8]>::to_vec)
    }

    /// PKCS#1 v1.5: the whole padded block is built anew and compared.
    pub(crate) fn verify_pkcs1(&self, hash: HashAlgorithm, digest: &[u8], signature: &[u8]) -> bool {
        let Some(recovered) = self.recover(signature) else {
            return false;
        };
        // The parameters of the hash are an explicit NULL; some signers leave it out (RFC 8017, appendix A.2.4).
        [&[0x05, 0x00][..], &[]].into_iter().any(|null| {
            let algorithm = [tlv::encode(der::OID, oid::of_hash(hash)), null.to_vec()].concat();
            let info = [tlv::encode(der::SEQUENCE, &algorithm), tlv::encode(der::OCTET_STRING, digest)].concat();
            let info = tlv::encode(der::SEQUENCE, &info);
            let filling = self.modulus.len().checked_sub(info.len() + 3).filter(|length| *length >= 8);
            filling.is_some_and(|length| recovered == [&[0x00, 0x01][..], &vec![0xFF; length], &[0x00], &info].concat())
        })
    }

    /// PSS (RFC 8017, 9.1.2).
    pub(crate) fn verify_pss(&self, parameters: PssParameters, digest: &[u8], signature: &[u8]) -> bool {
        self.pss_holds(parameters, digest, signature).unwrap_or(false)
    }

    fn pss_holds(&self, parameters: PssParameters, digest: &[u8], signature: &[u8]) -> Option<bool> {
        let recovered = self.recover(signature)?;
        // The encoded message has one bit less than the modulus, which may be a byte less.
        let top = self.modulus.first()?;
        let spare = top.leading_zeros() + 1;
        let encoded = if spare == 8 { recovered.strip_prefix(&[0])? } else { &recovered };
        let spare = spare % 8;
        let (rest, [trailer]) = encoded.split_at_checked(encoded.len().checked_sub(1)?)? else {
            return Some(false);
        };
        let (masked, hash) = rest.split_at_checked(rest.len().checked_sub(parameters.hash.digest_bytes())?)?;
        let top_is_zero = masked.first()?.leading_zeros() >= spare;
        let mut block = unmask(parameters.mask_hash, hash, masked);
        *block.first_mut()? &= 0xFF >> spare;
        let (filling, salt) = block.split_at_checked(block.len().checked_sub(parameters.salt_bytes)?)?;
        let (mark, zeros) = filling.split_last()?;
        let expected = parameters.hash.digest(&[&[0; 8], digest, salt]);
        let padded = *mark == 1 && zeros.iter().all(|byte| *byte == 0);
        Some(*trailer == 0xBC && top_is_zero && padded && expected == hash)
    }
}

/// Takes the mask of MGF1 off (RFC 8017, B.2.1).
fn unmask(hash: HashAlgorithm, seed: &[u8], masked: &[u8]) -> Vec<u8> {
    let mask = (0_u32..).flat_map(|counter| hash.digest(&[seed, &counter.to_be_bytes()]));
    masked.iter().zip(mask).map(|(byte, mask)| byte ^ mask).collect()
}
