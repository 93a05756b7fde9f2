//! Secure messaging: commands encrypted and authenticated, answers checked and decrypted (Doc 9303-11, 9.8).
//!
//! The MAC is checked before anything is decrypted.

use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::apdu::{Command, EXTENDED_NE_MAX, Response, SHORT_NE_MAX, length_field};
use crate::crypto::cipher::{CipherSuite, KeyUse, MAC_BYTES, NotWholeBlocks, SecretKey, pad, unpad};
use crate::status::StatusWord;
use crate::tlv::{self, Element, Reader, TlvError};

/// Encrypted data with a padding indicator.
const TAG_CRYPTOGRAM: tlv::Tag = 0x87;
/// Encrypted data of a command with an odd INS, without a padding indicator.
const TAG_CRYPTOGRAM_ODD: tlv::Tag = 0x85;
const TAG_LE: tlv::Tag = 0x97;
const TAG_STATUS: tlv::Tag = 0x99;
const TAG_MAC: tlv::Tag = 0x8E;
/// CLA of a protected command whose header is authenticated.
const CLA_PROTECTED: u8 = 0x0C;
/// The padding indicator: ISO 9797-1 method 2.
const PADDED: u8 = 0x01;

/// Why an answer was not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SecureMessagingError {
    /// The card answered outside the channel: it has closed it, or somebody else answered.
    #[error("expected a protected answer, got status {0} alone")]
    Unprotected(StatusWord),
    /// An object that must be there is not.
    #[error("the protected answer lacks object {0:02X}")]
    Missing(u32),
    /// An object is there twice, or one that does not belong there.
    #[error("the protected answer has an unexpected object {0:02X}")]
    Unexpected(u32),
    /// The MAC is wrong: keys or counter differ, or a bit was changed on the way.
    #[error("the protected answer has a wrong MAC")]
    WrongMac,
    /// The status inside the channel and the one outside differ.
    #[error("the protected status {inside} differs from the status {outside} around it")]
    StatusMismatch {
        /// What the MAC covers.
        inside: StatusWord,
        /// What stood around it.
        outside: StatusWord,
    },
    /// No TLV.
    #[error("the protected answer has a wrong form")]
    Form(#[source] TlvError),
    /// The encrypted data has no whole blocks.
    #[error("the protected answer cannot be decrypted")]
    Blocks(#[source] NotWholeBlocks),
    /// The padding or its indicator is wrong.
    #[error("the protected answer has a wrong padding")]
    Padding,
}

/// One direction-less channel: two keys and the send sequence counter. Wiped on drop.
pub(crate) struct SecureMessaging {
    encryption: SecretKey,
    mac: SecretKey,
    /// Send sequence counter: 8 bytes for 3DES, 16 for AES.
    counter: Zeroizing<Vec<u8>>,
}

/// The data objects of an answer.
#[derive(Default)]
struct Objects<'a> {
    cryptogram: Option<Element<'a>>,
    status: Option<Element<'a>>,
    mac: Option<Element<'a>>,
}

impl SecureMessaging {
    /// A channel from a shared secret, with its counter at zero.
    pub(crate) fn from_secret(suite: CipherSuite, secret: &[u8]) -> Self {
        Self::from_secret_and_counter(suite, secret, &[])
    }

    /// A channel from a shared secret and the end of its counter; the rest is zero.
    pub(crate) fn from_secret_and_counter(suite: CipherSuite, secret: &[u8], counter: &[u8]) -> Self {
        let encryption = SecretKey::derive(suite, secret, KeyUse::Encryption);
        let mac = SecretKey::derive(suite, secret, KeyUse::Mac);
        Self::with_keys(encryption, mac, counter)
    }

    /// A channel with these keys.
    pub(crate) fn with_keys(encryption: SecretKey, mac: SecretKey, counter: &[u8]) -> Self {
        let mut full = Zeroizing::new(vec![0; encryption.suite().block_bytes().saturating_sub(counter.len())]);
        full.extend_from_slice(counter);
        Self { encryption, mac, counter: full }
    }

    pub(crate) const fn suite(&self) -> CipherSuite {
        self.encryption.suite()
    }

    /// The most data a short answer can carry, in bytes: 223 under AES, 231 under 3DES. 256 bytes hold the encrypted
    /// data with its head (4), the status (4) and the MAC (10); at least one byte of the last block is padding.
    pub(crate) const fn short_data_max(&self) -> usize {
        let block = self.suite().block_bytes();
        (SHORT_NE_MAX - 4 - 4 - 10) / block * block - 1
    }

    /// The bytes of the command, protected. Counts the counter up.
    pub(crate) fn protect(&mut self, command: &Command) -> Result<Zeroizing<Vec<u8>>, NotWholeBlocks> {
        self.count_up();
        let [_, ins, p1, p2] = command.header;
        let header = [CLA_PROTECTED, ins, p1, p2];
        let mut objects = self.protected_data(command)?;
        if let Some(ne) = command.ne {
            objects.extend(tlv::encode(TAG_LE, &length_field(ne, ne > SHORT_NE_MAX)));
        }
        let mac = self.mac_over(&header, &objects)?;
        objects.extend(tlv::encode(TAG_MAC, &mac));
        let outer = if command.is_extended() { EXTENDED_NE_MAX } else { SHORT_NE_MAX };
        Ok(Command::new(header).data(&objects).ne(outer).encode())
    }

    fn protected_data(&self, command: &Command) -> Result<Zeroizing<Vec<u8>>, NotWholeBlocks> {
        if command.data.is_empty() {
            return Ok(Zeroizing::new(Vec::new()));
        }
        let mut padded = command.data.clone();
        pad(&mut padded, self.suite());
        let cipher = self.encryption.encrypt(&self.initial_vector()?, &padded)?;
        let [_, ins, ..] = command.header;
        Ok(Zeroizing::new(if ins & 1 == 1 {
            tlv::encode(TAG_CRYPTOGRAM_ODD, &cipher)
        } else {
            tlv::encode(TAG_CRYPTOGRAM, &[&[PADDED][..], &cipher].concat())
        }))
    }

    /// Checks and opens an answer. Counts the counter up.
    pub(crate) fn open(&mut self, answer: &Response) -> Result<Response, SecureMessagingError> {
        if answer.data.is_empty() {
            return Err(SecureMessagingError::Unprotected(answer.status));
        }
        self.count_up();
        let objects = Objects::parse(&answer.data)?;
        let status = objects.status.ok_or(SecureMessagingError::Missing(TAG_STATUS))?;
        let mac = objects.mac.ok_or(SecureMessagingError::Missing(TAG_MAC))?;
        let covered = [objects.cryptogram.map_or(&[][..], |element| element.whole), status.whole].concat();
        let expected = self.mac_over(&[], &covered).map_err(SecureMessagingError::Blocks)?;
        if !bool::from(expected.ct_eq(mac.value)) {
            return Err(SecureMessagingError::WrongMac);
        }
        let inside = StatusWord::split(status.value).map(|(_, status)| status);
        let inside = inside.ok_or(SecureMessagingError::Missing(TAG_STATUS))?;
        if inside != answer.status {
            return Err(SecureMessagingError::StatusMismatch { inside, outside: answer.status });
        }
        let data = objects.cryptogram.map_or_else(|| Ok(Zeroizing::new(Vec::new())), |found| self.decrypt(found))?;
        Ok(Response { data, status: inside })
    }

    fn decrypt(&self, cryptogram: Element<'_>) -> Result<Zeroizing<Vec<u8>>, SecureMessagingError> {
        let cipher = match (cryptogram.tag, cryptogram.value) {
            (TAG_CRYPTOGRAM, [PADDED, cipher @ ..]) | (TAG_CRYPTOGRAM_ODD, cipher) => cipher,
            (_, _) => return Err(SecureMessagingError::Padding),
        };
        let iv = self.initial_vector().map_err(SecureMessagingError::Blocks)?;
        let padded = self.encryption.decrypt(&iv, cipher).map_err(SecureMessagingError::Blocks)?;
        unpad(&padded).map(|data| Zeroizing::new(data.to_vec())).ok_or(SecureMessagingError::Padding)
    }

    /// The MAC over counter, padded header and padded objects.
    fn mac_over(&self, header: &[u8], objects: &[u8]) -> Result<[u8; MAC_BYTES], NotWholeBlocks> {
        let mut message = Zeroizing::new(self.counter.to_vec());
        if !header.is_empty() {
            message.extend_from_slice(header);
            pad(&mut message, self.suite());
        }
        message.extend_from_slice(objects);
        if self.suite() != CipherSuite::TripleDes {
            pad(&mut message, self.suite());
        }
        self.mac.mac(&[&message])
    }

    fn initial_vector(&self) -> Result<Zeroizing<Vec<u8>>, NotWholeBlocks> {
        match self.suite() {
            CipherSuite::TripleDes => Ok(Zeroizing::new(vec![0; CipherSuite::TripleDes.block_bytes()])),
            CipherSuite::Aes128 | CipherSuite::Aes192 | CipherSuite::Aes256 => {
                self.encryption.encrypt_block(&self.counter)
            }
        }
    }

    fn count_up(&mut self) {
        for byte in self.counter.iter_mut().rev() {
            *byte = byte.wrapping_add(1);
            if *byte != 0 {
                return;
            }
        }
    }

    #[cfg(test)]
    pub(crate) fn counter(&self) -> &[u8] {
        &self.counter
    }

    #[cfg(test)]
    pub(crate) fn keys(&self) -> (&[u8], &[u8]) {
        (self.encryption.bytes(), self.mac.bytes())
    }
}

impl<'a> Objects<'a> {
    fn parse(data: &'a [u8]) -> Result<Self, SecureMessagingError> {
        let mut objects = Self::default();
        let mut reader = Reader::new(data);
        while !reader.is_empty() {
            let element = reader.next().map_err(SecureMessagingError::Form)?;
            let place = match element.tag {
                TAG_CRYPTOGRAM | TAG_CRYPTOGRAM_ODD => &mut objects.cryptogram,
                TAG_STATUS => &mut objects.status,
                TAG_MAC => &mut objects.mac,
                other => return Err(SecureMessagingError::Unexpected(other)),
            };
            if place.replace(element).is_some() {
                return Err(SecureMessagingError::Unexpected(element.tag));
            }
        }
        Ok(objects)
    }
}
