use std::fmt;

use aes::{Aes128, Aes192, Aes256};
use cbc::cipher::{BlockCipherEncrypt, BlockModeDecrypt, BlockModeEncrypt, KeyInit, KeyIvInit};
use cbc::{Decryptor, Encryptor};
use cmac::{Cmac, Mac};
use des::{Des, TdesEde2};
use retail_mac::RetailMac;
use zeroize::Zeroizing;

use crate::crypto::hash::HashAlgorithm;

/// Bytes of a MAC as it is sent: the first 8 (Doc 9303-11, 9.8.6 and 4.4.3.4).
pub(crate) const MAC_BYTES: usize = 8;

/// The block cipher with its MAC: 3DES in CBC with Retail MAC, or AES in CBC with CMAC (Doc 9303-11, 9.8).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CipherSuite {
    /// Two-key Triple-DES with Retail MAC.
    TripleDes,
    /// AES-128 with CMAC.
    Aes128,
    /// AES-192 with CMAC.
    Aes192,
    /// AES-256 with CMAC.
    Aes256,
}

impl CipherSuite {
    /// Bytes of a block: 8 or 16.
    #[must_use]
    pub const fn block_bytes(self) -> usize {
        match self {
            Self::TripleDes => 8,
            Self::Aes128 | Self::Aes192 | Self::Aes256 => 16,
        }
    }

    /// Bytes of a key.
    #[must_use]
    pub const fn key_bytes(self) -> usize {
        match self {
            Self::TripleDes | Self::Aes128 => 16,
            Self::Aes192 => 24,
            Self::Aes256 => 32,
        }
    }
}

impl fmt::Display for CipherSuite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TripleDes => "3DES",
            Self::Aes128 => "AES-128",
            Self::Aes192 => "AES-192",
            Self::Aes256 => "AES-256",
        })
    }
}

/// What a derived key is for: the counter of the key derivation (Doc 9303-11, 9.7.1).
#[derive(Debug, Clone, Copy)]
pub(crate) enum KeyUse {
    Encryption,
    Mac,
    Password,
}

impl KeyUse {
    const fn counter(self) -> [u8; 4] {
        match self {
            Self::Encryption => [0, 0, 0, 1],
            Self::Mac => [0, 0, 0, 2],
            Self::Password => [0, 0, 0, 3],
        }
    }
}

/// The data is no whole number of blocks, or a key has a length its cipher does not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected whole blocks")]
pub struct NotWholeBlocks;

/// A secret key. Wiped on drop; `Debug` hides it.
#[derive(Clone)]
pub(crate) struct SecretKey {
    suite: CipherSuite,
    bytes: Zeroizing<Vec<u8>>,
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SecretKey({})", self.suite)
    }
}

impl SecretKey {
    /// Derives a key from a shared secret (Doc 9303-11, 9.7.1). DES keys get odd parity, as its examples print them.
    pub(crate) fn derive(suite: CipherSuite, secret: &[u8], purpose: KeyUse) -> Self {
        let hash = match suite {
            CipherSuite::TripleDes | CipherSuite::Aes128 => HashAlgorithm::Sha1,
            CipherSuite::Aes192 | CipherSuite::Aes256 => HashAlgorithm::Sha256,
        };
        let mut bytes = Zeroizing::new(hash.digest(&[secret, &purpose.counter()]));
        bytes.truncate(suite.key_bytes());
        if suite == CipherSuite::TripleDes {
            bytes.iter_mut().for_each(|byte| *byte = with_odd_parity(*byte));
        }
        Self { suite, bytes }
    }

    /// A key that was not derived: a nonce of the integrated mapping.
    pub(crate) fn from_bytes(suite: CipherSuite, bytes: &[u8]) -> Self {
        Self { suite, bytes: Zeroizing::new(bytes.to_vec()) }
    }

    pub(crate) const fn suite(&self) -> CipherSuite {
        self.suite
    }

    /// Encrypts whole blocks in CBC mode.
    pub(crate) fn encrypt(&self, iv: &[u8], data: &[u8]) -> Result<Zeroizing<Vec<u8>>, NotWholeBlocks> {
        let mut out = Zeroizing::new(data.to_vec());
        match self.suite {
            CipherSuite::TripleDes => encrypt_with::<Encryptor<TdesEde2>>(&self.bytes, iv, &mut out),
            CipherSuite::Aes128 => encrypt_with::<Encryptor<Aes128>>(&self.bytes, iv, &mut out),
            CipherSuite::Aes192 => encrypt_with::<Encryptor<Aes192>>(&self.bytes, iv, &mut out),
            CipherSuite::Aes256 => encrypt_with::<Encryptor<Aes256>>(&self.bytes, iv, &mut out),
        }?;
        Ok(out)
    }

    /// Decrypts whole blocks in CBC mode.
    pub(crate) fn decrypt(&self, iv: &[u8], data: &[u8]) -> Result<Zeroizing<Vec<u8>>, NotWholeBlocks> {
        let mut out = Zeroizing::new(data.to_vec());
        match self.suite {
            CipherSuite::TripleDes => decrypt_with::<Decryptor<TdesEde2>>(&self.bytes, iv, &mut out),
            CipherSuite::Aes128 => decrypt_with::<Decryptor<Aes128>>(&self.bytes, iv, &mut out),
            CipherSuite::Aes192 => decrypt_with::<Decryptor<Aes192>>(&self.bytes, iv, &mut out),
            CipherSuite::Aes256 => decrypt_with::<Decryptor<Aes256>>(&self.bytes, iv, &mut out),
        }?;
        Ok(out)
    }

    /// Encrypts one block: the initialisation vector of AES secure messaging (Doc 9303-11, 9.8.6.1).
    pub(crate) fn encrypt_block(&self, block: &[u8]) -> Result<Zeroizing<Vec<u8>>, NotWholeBlocks> {
        let mut out = Zeroizing::new(block.to_vec());
        match self.suite {
            CipherSuite::TripleDes => encrypt_one::<TdesEde2>(&self.bytes, &mut out),
            CipherSuite::Aes128 => encrypt_one::<Aes128>(&self.bytes, &mut out),
            CipherSuite::Aes192 => encrypt_one::<Aes192>(&self.bytes, &mut out),
            CipherSuite::Aes256 => encrypt_one::<Aes256>(&self.bytes, &mut out),
        }?;
        Ok(out)
    }

    /// The first 8 bytes of the MAC over all `parts` in a row. Retail MAC pads by itself here; CMAC needs none.
    pub(crate) fn mac(&self, parts: &[&[u8]]) -> Result<[u8; MAC_BYTES], NotWholeBlocks> {
        match self.suite {
            CipherSuite::TripleDes => {
                let mut whole = Zeroizing::new(parts.concat());
                pad(&mut whole, self.suite);
                mac_with::<RetailMac<Des>>(&self.bytes, &[&whole])
            }
            CipherSuite::Aes128 => mac_with::<Cmac<Aes128>>(&self.bytes, parts),
            CipherSuite::Aes192 => mac_with::<Cmac<Aes192>>(&self.bytes, parts),
            CipherSuite::Aes256 => mac_with::<Cmac<Aes256>>(&self.bytes, parts),
        }
    }

    #[cfg(test)]
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

/// ISO 9797-1 padding method 2: `80`, then zeros to the end of the block. Always adds something.
pub(crate) fn pad(data: &mut Vec<u8>, suite: CipherSuite) {
    data.push(0x80);
    data.resize(data.len().next_multiple_of(suite.block_bytes()), 0);
}

/// Takes that padding off again; `None` when there is none.
pub(crate) fn unpad(data: &[u8]) -> Option<&[u8]> {
    let end = data.iter().rposition(|byte| *byte != 0)?;
    if *data.get(end)? == 0x80 { data.get(..end) } else { None }
}

const fn with_odd_parity(byte: u8) -> u8 {
    let high = byte & 0xFE;
    if high.count_ones().is_multiple_of(2) { high | 1 } else { high }
}

fn encrypt_with<M: BlockModeEncrypt + KeyIvInit>(key: &[u8], iv: &[u8], data: &mut [u8]) -> Result<(), NotWholeBlocks> {
    let mut mode = M::new_from_slices(key, iv).map_err(|_| NotWholeBlocks)?;
    for chunk in data.chunks_mut(M::block_size()) {
        mode.encrypt_block(chunk.try_into().map_err(|_| NotWholeBlocks)?);
    }
    Ok(())
}

fn decrypt_with<M: BlockModeDecrypt + KeyIvInit>(key: &[u8], iv: &[u8], data: &mut [u8]) -> Result<(), NotWholeBlocks> {
    let mut mode = M::new_from_slices(key, iv).map_err(|_| NotWholeBlocks)?;
    for chunk in data.chunks_mut(M::block_size()) {
        mode.decrypt_block(chunk.try_into().map_err(|_| NotWholeBlocks)?);
    }
    Ok(())
}

fn encrypt_one<C: BlockCipherEncrypt + KeyInit>(key: &[u8], block: &mut [u8]) -> Result<(), NotWholeBlocks> {
    let cipher = C::new_from_slice(key).map_err(|_| NotWholeBlocks)?;
    cipher.encrypt_block(block.try_into().map_err(|_| NotWholeBlocks)?);
    Ok(())
}

fn mac_with<M: Mac + cmac::KeyInit>(key: &[u8], parts: &[&[u8]]) -> Result<[u8; MAC_BYTES], NotWholeBlocks> {
    let mut mac = <M as cmac::KeyInit>::new_from_slice(key).map_err(|_| NotWholeBlocks)?;
    for part in parts {
        mac.update(part);
    }
    let tag = mac.finalize().into_bytes();
    tag.first_chunk::<MAC_BYTES>().copied().ok_or(NotWholeBlocks)
}
