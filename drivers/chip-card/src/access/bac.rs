//! Basic Access Control (Doc 9303-11, 4.3).

use rand_core::CryptoRng;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::access::{AccessError, AccessStep, Password, refusal};
use crate::apdu::Command;
use crate::channel::Channel;
use crate::crypto::cipher::{CipherSuite, KeyUse, NotWholeBlocks, SecretKey};
use crate::mrz::MrzKey;
use crate::secure_messaging::SecureMessaging;

const GET_CHALLENGE: [u8; 4] = [0x00, 0x84, 0x00, 0x00];
const EXTERNAL_AUTHENTICATE: [u8; 4] = [0x00, 0x82, 0x00, 0x00];
const CHALLENGE_BYTES: usize = 8;
const KEY_BYTES: usize = 16;
/// Two challenges and half a key, encrypted.
const CRYPTOGRAM_BYTES: usize = 2 * CHALLENGE_BYTES + KEY_BYTES;
/// Cryptogram and MAC.
const TOKEN_BYTES: usize = CRYPTOGRAM_BYTES + 8;
const ZERO_IV: [u8; 8] = [0; 8];
/// Seed bytes of the key that opens the chip: the first 16 of the hash (Doc 9303-11, 4.3.2).
const SEED_BYTES: usize = 16;

/// What the terminal chose, and the keys that open the chip.
pub(crate) struct Bac {
    encryption: SecretKey,
    mac: SecretKey,
    challenge: [u8; CHALLENGE_BYTES],
    key: Zeroizing<[u8; KEY_BYTES]>,
}

impl Bac {
    pub(crate) fn new(mrz: &MrzKey, rng: &mut dyn CryptoRng) -> Self {
        let seed = mrz.seed();
        let seed = seed.get(..SEED_BYTES).unwrap_or(&seed);
        let mut challenge = [0; CHALLENGE_BYTES];
        let mut key = Zeroizing::new([0; KEY_BYTES]);
        rng.fill_bytes(&mut challenge);
        rng.fill_bytes(&mut key[..]);
        Self {
            encryption: SecretKey::derive(CipherSuite::TripleDes, seed, KeyUse::Encryption),
            mac: SecretKey::derive(CipherSuite::TripleDes, seed, KeyUse::Mac),
            challenge,
            key,
        }
    }

    /// What the terminal sends: both challenges and its half of the key, encrypted, with a MAC.
    pub(crate) fn token(&self, card_challenge: &[u8]) -> Result<Zeroizing<Vec<u8>>, NotWholeBlocks> {
        let plain = Zeroizing::new([&self.challenge[..], card_challenge, &self.key[..]].concat());
        let mut token = self.encryption.encrypt(&ZERO_IV, &plain)?;
        let mac = self.mac.mac(&[&token])?;
        token.extend_from_slice(&mac);
        Ok(token)
    }

    /// The channel, from the card's token; `None` when that is not made with the same keys and challenges.
    pub(crate) fn agree(&self, card_challenge: &[u8], token: &[u8]) -> Result<Option<SecureMessaging>, NotWholeBlocks> {
        let Some((cryptogram, mac)) = token.split_at_checked(CRYPTOGRAM_BYTES) else {
            return Ok(None);
        };
        if !bool::from(self.mac.mac(&[cryptogram])?.ct_eq(mac)) {
            return Ok(None);
        }
        let plain = self.encryption.decrypt(&ZERO_IV, cryptogram)?;
        let (challenges, card_key) = plain.split_at(2 * CHALLENGE_BYTES);
        if !bool::from(challenges.ct_eq(&[card_challenge, &self.challenge].concat())) {
            return Ok(None);
        }
        let seed: Zeroizing<Vec<u8>> = Zeroizing::new(self.key.iter().zip(card_key).map(|(a, b)| a ^ b).collect());
        let counter = [&card_challenge[CHALLENGE_BYTES / 2..], &self.challenge[CHALLENGE_BYTES / 2..]].concat();
        Ok(Some(SecureMessaging::from_secret_and_counter(CipherSuite::TripleDes, &seed, &counter)))
    }
}

impl Channel {
    pub(crate) async fn open_by_bac(&mut self, mrz: &MrzKey, rng: &mut dyn CryptoRng) -> Result<(), AccessError> {
        let response = self.exchange(&Command::new(GET_CHALLENGE).ne(CHALLENGE_BYTES)).await?;
        if !response.status.is_success() {
            return Err(AccessError::Refused { step: AccessStep::Challenge, got: response.status });
        }
        let challenge: [u8; CHALLENGE_BYTES] =
            response.data.as_slice().try_into().map_err(|_| AccessError::Answer(AccessStep::Challenge))?;
        let bac = Bac::new(mrz, rng);
        let token = bac.token(&challenge)?;
        let response = self.exchange(&Command::new(EXTERNAL_AUTHENTICATE).data(&token).ne(TOKEN_BYTES)).await?;
        if !response.status.is_success() {
            return Err(refusal(AccessStep::MutualAuthentication, Password::Mrz, response.status));
        }
        let channel = bac.agree(&challenge, &response.data)?;
        self.protection = Some(channel.ok_or(AccessError::Answer(AccessStep::MutualAuthentication))?);
        Ok(())
    }
}
