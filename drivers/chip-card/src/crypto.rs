//! What the protocols are made of: hashes, block ciphers, keys, curves, signatures.

pub(crate) mod cipher;
pub(crate) mod hash;
