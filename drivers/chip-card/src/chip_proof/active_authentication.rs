//! Active Authentication (Doc 9303-11, 6.1 and appendix F; ISO/IEC 9796-2, scheme 1).

use rand_core::CryptoRng;

use crate::apdu::{Command, EXTENDED_NE_MAX, Response, SHORT_NE_MAX};
use crate::channel::{Channel, ExchangeError, Lengths};
use crate::chip_proof::{ChipProof, ProofFailure, ProofUnsupported};
use crate::crypto::hash::HashAlgorithm;
use crate::crypto::public_key::PublicKey;
use crate::file::DataGroup;
use crate::status::StatusWord;
use crate::tlv::Reader;

const INTERNAL_AUTHENTICATE: [u8; 4] = [0x00, 0x88, 0x00, 0x00];
const CHALLENGE_BYTES: usize = 8;

/// First byte of a recovered block with part of its message inside.
const PARTIAL_RECOVERY: u8 = 0x6A;
/// Last byte when the hash is SHA-1 by agreement, and when the byte before it names the hash.
const TRAILER_IMPLICIT: u8 = 0xBC;
const TRAILER_NAMED: u8 = 0xCC;

/// The hashes that are tried for ECDSA when DG14 names none.
const UNNAMED: [HashAlgorithm; 5] =
    [HashAlgorithm::Sha256, HashAlgorithm::Sha384, HashAlgorithm::Sha512, HashAlgorithm::Sha224, HashAlgorithm::Sha1];

/// The public key of DG15.
pub(crate) fn parse_key(group: &[u8]) -> Result<PublicKey, ProofUnsupported> {
    let template = Reader::only(group, DataGroup::DG15.tag()).map_err(ProofUnsupported::Unreadable)?;
    PublicKey::parse(template.value).map_err(ProofUnsupported::Key)
}

/// Whether the chip with this key signed the challenge. `named`: the hash that DG14 names for ECDSA.
pub(crate) fn verify(key: &PublicKey, named: Option<HashAlgorithm>, challenge: &[u8], signature: &[u8]) -> bool {
    match key {
        PublicKey::Rsa(key) => key.recover(signature).is_some_and(|block| holds_challenge(&block, challenge)),
        PublicKey::Ec(key) => {
            // Both numbers in a row, each half (BSI TR-03111, 5.2.1).
            let numbers = signature.split_at(signature.len() / 2);
            let hashes = named.as_ref().map_or(&UNNAMED[..], std::slice::from_ref);
            hashes.iter().any(|hash| key.verifies(&hash.digest(&[challenge]), numbers))
        }
    }
}

/// Whether a recovered block ends in the hash of its own message and the challenge.
pub(crate) fn holds_challenge(block: &[u8], challenge: &[u8]) -> bool {
    let (rest, hash) = match block {
        [rest @ .., TRAILER_IMPLICIT] => (rest, Some(HashAlgorithm::Sha1)),
        [rest @ .., named, TRAILER_NAMED] => (rest, hash_of_trailer(*named)),
        _ => return false,
    };
    let (Some(hash), Some((&PARTIAL_RECOVERY, content))) = (hash, rest.split_first()) else {
        return false;
    };
    let message_bytes = content.len().checked_sub(hash.digest_bytes());
    message_bytes
        .and_then(|bytes| content.split_at_checked(bytes))
        .is_some_and(|(message, digest)| hash.digest(&[message, challenge]) == digest)
}

/// Hash identifiers of ISO/IEC 10118-3.
const fn hash_of_trailer(byte: u8) -> Option<HashAlgorithm> {
    match byte {
        0x33 => Some(HashAlgorithm::Sha1),
        0x34 => Some(HashAlgorithm::Sha256),
        0x35 => Some(HashAlgorithm::Sha512),
        0x36 => Some(HashAlgorithm::Sha384),
        0x38 => Some(HashAlgorithm::Sha224),
        _ => None,
    }
}

impl Channel {
    /// Has the chip sign a random number.
    pub(crate) async fn authenticate_actively(
        &mut self,
        key: &PublicKey,
        named: Option<HashAlgorithm>,
        rng: &mut dyn CryptoRng,
    ) -> Result<ChipProof, ExchangeError> {
        let mut challenge = [0; CHALLENGE_BYTES];
        rng.fill_bytes(&mut challenge);
        let response = self.sign(&challenge).await?;
        if !response.status.is_success() {
            return Ok(ChipProof::Failed(ProofFailure::Refused(response.status)));
        }
        if verify(key, named, &challenge, &response.data) {
            return Ok(ChipProof::Proved);
        }
        Ok(ChipProof::Failed(ProofFailure::WrongKey))
    }

    /// A signature of 2,048 bits does not fit into a short protected answer; some cards refuse the extended form for
    /// those that fit. So the short form comes first.
    async fn sign(&mut self, challenge: &[u8]) -> Result<Response, ExchangeError> {
        let command = Command::new(INTERNAL_AUTHENTICATE).data(challenge);
        let response = self.exchange(&command.clone().ne(SHORT_NE_MAX)).await?;
        let too_long = response.data.is_empty()
            && matches!(response.status, StatusWord::WRONG_LENGTH | StatusWord::SUCCESS | StatusWord::NO_DIAGNOSIS);
        if too_long && self.lengths != Lengths::Short {
            return self.exchange(&command.ne(EXTENDED_NE_MAX)).await;
        }
        Ok(response)
    }
}
