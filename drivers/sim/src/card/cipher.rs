//! What both ends of a protected talk compute: keys from secrets, CBC, the two kinds of MAC (Doc 9303-11, 9.7 and 9.8).

use aes::cipher::{Array, BlockCipherDecrypt, BlockCipherEncrypt, KeyInit};
use aes::{Aes128, Aes192, Aes256};
use cmac::{Cmac, Mac};
use des::{Des, TdesEde3};
use sha1::Sha1;
use sha2::{Digest, Sha256};

/// Ciphers of secure messaging.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Suite {
    /// Two-key triple DES in CBC, retail MAC.
    TripleDes,
    /// AES-128 in CBC, AES-CMAC.
    Aes128,
    /// AES-192.
    Aes192,
    /// AES-256.
    Aes256,
}

/// What a derived key is for: the counter of Doc 9303-11, 9.7.1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Encryption.
    Encrypt,
    /// Message authentication.
    Authenticate,
    /// From a password.
    Password,
}

/// Bytes of the MAC on every message and token.
pub const MAC_BYTES: usize = 8;

impl Suite {
    /// Bytes of a block.
    #[must_use]
    pub const fn block(self) -> usize {
        match self {
            Self::TripleDes => 8,
            Self::Aes128 | Self::Aes192 | Self::Aes256 => 16,
        }
    }

    /// A key from a shared secret.
    #[must_use]
    pub fn derive(self, secret: &[u8], purpose: Purpose) -> Vec<u8> {
        let counter: u8 = match purpose {
            Purpose::Encrypt => 1,
            Purpose::Authenticate => 2,
            Purpose::Password => 3,
        };
        let input = [secret, &[0, 0, 0, counter]].concat();
        match self {
            Self::TripleDes => with_odd_parity(Sha1::digest(input).get(..16).unwrap_or_default()),
            Self::Aes128 => Sha1::digest(input).get(..16).unwrap_or_default().to_vec(),
            Self::Aes192 => Sha256::digest(input).get(..24).unwrap_or_default().to_vec(),
            Self::Aes256 => Sha256::digest(input).to_vec(),
        }
    }

    /// CBC encryption of whole blocks.
    #[must_use]
    pub fn encrypt(self, key: &[u8], start: &[u8], plain: &[u8]) -> Vec<u8> {
        let mut previous = start.to_vec();
        let mut out = Vec::with_capacity(plain.len());
        for block in plain.chunks(self.block()) {
            let mixed: Vec<u8> = block.iter().zip(&previous).map(|(one, other)| one ^ other).collect();
            previous = self.encrypt_block(key, &mixed);
            out.extend_from_slice(&previous);
        }
        out
    }

    /// CBC decryption of whole blocks.
    #[must_use]
    pub fn decrypt(self, key: &[u8], start: &[u8], secret: &[u8]) -> Vec<u8> {
        let mut previous = start.to_vec();
        let mut out = Vec::with_capacity(secret.len());
        for block in secret.chunks(self.block()) {
            let opened = self.decrypt_block(key, block);
            out.extend(opened.iter().zip(&previous).map(|(one, other)| one ^ other));
            previous = block.to_vec();
        }
        out
    }

    /// The start value of secure messaging: zeros, or the encrypted counter.
    #[must_use]
    pub fn start_value(self, key: &[u8], counter: &[u8]) -> Vec<u8> {
        match self {
            Self::TripleDes => vec![0; 8],
            Self::Aes128 | Self::Aes192 | Self::Aes256 => self.encrypt_block(key, counter),
        }
    }

    /// The MAC over a message that its caller has padded to whole blocks.
    #[must_use]
    pub fn mac(self, key: &[u8], padded: &[u8]) -> Vec<u8> {
        match self {
            Self::TripleDes => retail_mac(key, padded),
            Self::Aes128 => cmac_of::<Cmac<Aes128>>(key, padded),
            Self::Aes192 => cmac_of::<Cmac<Aes192>>(key, padded),
            Self::Aes256 => cmac_of::<Cmac<Aes256>>(key, padded),
        }
    }

    /// The MAC over an authentication token: triple DES needs padding, AES-CMAC has its own (Doc 9303-11, 4.4.3.4).
    #[must_use]
    pub fn token(self, key: &[u8], message: &[u8]) -> Vec<u8> {
        match self {
            Self::TripleDes => self.mac(key, &pad(message, self.block())),
            Self::Aes128 | Self::Aes192 | Self::Aes256 => self.mac(key, message),
        }
    }

    fn encrypt_block(self, key: &[u8], block: &[u8]) -> Vec<u8> {
        match self {
            Self::TripleDes => block_with(TdesEde3::new_from_slice(&three_keys(key)), block, TdesEde3::encrypt_block),
            Self::Aes128 => block_with(Aes128::new_from_slice(key), block, Aes128::encrypt_block),
            Self::Aes192 => block_with(Aes192::new_from_slice(key), block, Aes192::encrypt_block),
            Self::Aes256 => block_with(Aes256::new_from_slice(key), block, Aes256::encrypt_block),
        }
    }

    fn decrypt_block(self, key: &[u8], block: &[u8]) -> Vec<u8> {
        match self {
            Self::TripleDes => block_with(TdesEde3::new_from_slice(&three_keys(key)), block, TdesEde3::decrypt_block),
            Self::Aes128 => block_with(Aes128::new_from_slice(key), block, Aes128::decrypt_block),
            Self::Aes192 => block_with(Aes192::new_from_slice(key), block, Aes192::decrypt_block),
            Self::Aes256 => block_with(Aes256::new_from_slice(key), block, Aes256::decrypt_block),
        }
    }
}

/// Runs one block through a cipher. A key or block of a wrong length gives nothing, which no reader accepts.
fn block_with<C: aes::cipher::BlockSizeUser, E>(
    cipher: Result<C, E>,
    block: &[u8],
    act: impl Fn(&C, &mut Array<u8, C::BlockSize>),
) -> Vec<u8> {
    let Ok(mut block) = Array::<u8, C::BlockSize>::try_from(block) else { return Vec::new() };
    cipher.map_or_else(
        |_| Vec::new(),
        |cipher| {
            act(&cipher, &mut block);
            block.to_vec()
        },
    )
}

fn cmac_of<M: Mac + KeyInit>(key: &[u8], message: &[u8]) -> Vec<u8> {
    let Ok(mut mac) = <M as KeyInit>::new_from_slice(key) else { return Vec::new() };
    mac.update(message);
    mac.finalize().into_bytes().get(..MAC_BYTES).unwrap_or_default().to_vec()
}

/// Two keys as three: K1, K2, K1.
fn three_keys(key: &[u8]) -> Vec<u8> {
    [key, key.get(..8).unwrap_or_default()].concat()
}

/// MAC algorithm 3 of ISO/IEC 9797-1: single DES in CBC with the first key, the last block through both keys.
fn retail_mac(key: &[u8], padded: &[u8]) -> Vec<u8> {
    let (first, second) = key.split_at(key.len() / 2);
    let mut state = vec![0; 8];
    for block in padded.chunks(8) {
        let mixed: Vec<u8> = block.iter().zip(&state).map(|(one, other)| one ^ other).collect();
        state = block_with(Des::new_from_slice(first), &mixed, Des::encrypt_block);
    }
    let opened = block_with(Des::new_from_slice(second), &state, Des::decrypt_block);
    block_with(Des::new_from_slice(first), &opened, Des::encrypt_block)
}

/// Padding of ISO/IEC 9797-1, method 2: one bit, then zeros to the end of the block.
#[must_use]
pub fn pad(message: &[u8], block: usize) -> Vec<u8> {
    let mut out = message.to_vec();
    out.push(0x80);
    out.resize(out.len().next_multiple_of(block), 0);
    out
}

/// Takes the padding off; `None` when there is none.
#[must_use]
pub fn unpad(padded: &[u8]) -> Option<&[u8]> {
    let end = padded.iter().rposition(|byte| *byte != 0)?;
    (padded.get(end) == Some(&0x80)).then(|| padded.get(..end)).flatten()
}

fn with_odd_parity(key: &[u8]) -> Vec<u8> {
    key.iter().map(|byte| if byte.count_ones() % 2 == 0 { byte ^ 1 } else { *byte }).collect()
}
