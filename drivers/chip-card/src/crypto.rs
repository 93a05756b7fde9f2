//! What the protocols are made of: hashes, block ciphers, keys, curves, signatures.

pub(crate) mod agreement;
pub(crate) mod cipher;
pub(crate) mod curve;
pub(crate) mod dh;
mod ecdh;
mod ecdsa;
pub(crate) mod hash;
pub(crate) mod integrated;
mod number;
pub(crate) mod public_key;
pub(crate) mod rsa;
