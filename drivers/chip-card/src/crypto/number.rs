//! Big-endian numbers between hex, bytes and fixed widths.

use crypto_bigint::U576;

/// The widest number on a curve: 521 bits.
pub(crate) const FIXED_BYTES: usize = U576::BITS as usize / 8;

/// The bytes of hex digits, two a byte. Only for this crate's own constants: a digit that is none counts as zero.
pub(crate) fn from_hex(hex: &str) -> Vec<u8> {
    let nibble = |byte: &u8| char::from(*byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok()).unwrap_or(0);
    hex.as_bytes().chunks(2).map(|pair| pair.iter().fold(0, |byte, digit| byte << 4 | nibble(digit))).collect()
}

/// The number that the bytes are; `None` when it has more than 576 bits.
pub(crate) fn fixed(bytes: &[u8]) -> Option<U576> {
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    let significant = bytes.get(zeros..)?;
    let mut wide = [0; FIXED_BYTES];
    wide.get_mut(FIXED_BYTES.checked_sub(significant.len())?..)?.copy_from_slice(significant);
    Some(U576::from_be_slice(&wide))
}
