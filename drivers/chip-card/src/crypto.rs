//! What the protocols are made of: hashes, block ciphers, keys, curves, signatures.

pub(crate) mod agreement;
pub(crate) mod cipher;
pub(crate) mod curve;
pub(crate) mod dh;
mod ecdh;
pub(crate) mod hash;
