//! Chip Authentication, version 1 (Doc 9303-11, 6.2).

use rand_core::CryptoRng;

use crate::apdu::{Command, SHORT_NE_MAX};
use crate::channel::{Channel, ExchangeError};
use crate::chip_proof::{ChipProof, ProofFailure, ProofUnsupported};
use crate::crypto::agreement::Domain;
use crate::crypto::cipher::CipherSuite;
use crate::crypto::public_key::{EcPublicKey, KeyError, PublicKey};
use crate::file::{DataGroup, ElementaryFile};
use crate::secure_messaging::SecureMessaging;
use crate::security_info::{ChipAuthenticationInfo, ChipPublicKey, SecurityInfos};
use crate::tlv::{self, Reader, Tag};

/// id-PK-DH (Doc 9303-11, 9.2.5).
const MODULO_A_PRIME: u8 = 1;
/// MSE:Set KAT, which carries the whole protocol under 3DES.
const SET_KEY_AGREEMENT: [u8; 4] = [0x00, 0x22, 0x41, 0xA6];
/// MSE:Set AT, followed by GENERAL AUTHENTICATE under AES.
const SET_AUTHENTICATION_TEMPLATE: [u8; 4] = [0x00, 0x22, 0x41, 0xA4];
const GENERAL_AUTHENTICATE: [u8; 4] = [0x00, 0x86, 0x00, 0x00];

const TAG_EPHEMERAL_KEY: Tag = 0x91;
const TAG_PRIVATE_KEY: Tag = 0x84;
const TAG_PROTOCOL: Tag = 0x80;
const TAG_DYNAMIC: Tag = 0x7C;
const TAG_DYNAMIC_KEY: Tag = 0x80;

/// Everything that the protocol needs from DG14.
pub(crate) struct ChipKey {
    info: Option<ChipAuthenticationInfo>,
    key: Option<Vec<u8>>,
    public: EcPublicKey,
    domain: Domain,
}

impl ChipKey {
    /// The first key of DG14 that this reader can agree on something with.
    pub(crate) fn parse(group: &[u8]) -> Result<Self, ProofUnsupported> {
        let infos = Reader::only(group, DataGroup::DG14.tag())
            .and_then(|template| SecurityInfos::parse(template.value))
            .map_err(ProofUnsupported::Unreadable)?;
        let mut why = ProofUnsupported::NoKey;
        for candidate in &infos.public_keys {
            match Self::of(candidate, &infos) {
                Ok(key) => return Ok(key),
                Err(_) if candidate.agreement == MODULO_A_PRIME => why = ProofUnsupported::DiffieHellman,
                Err(cause) => why = ProofUnsupported::Key(cause),
            }
        }
        Err(why)
    }

    fn of(candidate: &ChipPublicKey, infos: &SecurityInfos) -> Result<Self, KeyError> {
        let PublicKey::Ec(public) = PublicKey::parse(&candidate.key_info)? else {
            return Err(KeyError::Algorithm);
        };
        let domain = public.domain().ok_or(KeyError::Curve)?;
        let fits = |info: &&ChipAuthenticationInfo| info.key.is_none() || info.key == candidate.key;
        // A card with a key and no protocol means the oldest: 3DES (Doc 9303-11, 6.2.4.1).
        let info = infos.chip_authentication.iter().find(fits).cloned();
        Ok(Self { info, key: candidate.key.clone(), public, domain })
    }

    pub(crate) fn suite(&self) -> CipherSuite {
        self.info.as_ref().map_or(CipherSuite::TripleDes, |info| info.suite)
    }

    /// The reference of the private key, for cards with several.
    fn reference(&self) -> Vec<u8> {
        self.key.as_ref().map_or_else(Vec::new, |key| tlv::encode(TAG_PRIVATE_KEY, key))
    }
}

impl Channel {
    /// Agrees on new session keys that only the holder of the chip's private key can compute, and uses them.
    ///
    /// Only the next protected answer shows whether the chip has them; it is the start of DG2, which is read next
    /// anyway.
    pub(crate) async fn authenticate_chip(
        &mut self,
        key: &ChipKey,
        rng: &mut dyn CryptoRng,
    ) -> Result<ChipProof, ExchangeError> {
        let pair = match key.domain.generator().and_then(|generator| key.domain.key_pair(&generator, rng)) {
            Ok(pair) => pair,
            Err(_) => return Ok(ChipProof::NotSupported(ProofUnsupported::Key(KeyError::Numbers))),
        };
        let Ok(shared) = key.domain.agree(&pair.secret, &key.public.point) else {
            return Ok(ChipProof::NotSupported(ProofUnsupported::Key(KeyError::Numbers)));
        };
        if let Some(refused) = self.send_ephemeral_key(key, &pair.public).await? {
            return Ok(ChipProof::Failed(refused));
        }
        let secret = key.domain.secret_of(&shared);
        self.protection = Some(SecureMessaging::from_secret(key.suite(), &secret));
        self.confirm_keys().await
    }

    /// `Some` when the card refuses.
    async fn send_ephemeral_key(
        &mut self,
        key: &ChipKey,
        public: &[u8],
    ) -> Result<Option<ProofFailure>, ExchangeError> {
        let commands = match (&key.info, key.suite()) {
            (Some(info), CipherSuite::Aes128 | CipherSuite::Aes192 | CipherSuite::Aes256) => {
                let template = [tlv::encode(TAG_PROTOCOL, &info.oid), key.reference()].concat();
                let dynamic = tlv::encode(TAG_DYNAMIC, &tlv::encode(TAG_DYNAMIC_KEY, public));
                vec![
                    Command::new(SET_AUTHENTICATION_TEMPLATE).data(&template),
                    Command::new(GENERAL_AUTHENTICATE).data(&dynamic).ne(SHORT_NE_MAX),
                ]
            }
            (Some(_) | None, _) => {
                let data = [tlv::encode(TAG_EPHEMERAL_KEY, public), key.reference()].concat();
                vec![Command::new(SET_KEY_AGREEMENT).data(&data)]
            }
        };
        for command in commands {
            let response = self.exchange(&command).await?;
            if !response.status.is_success() {
                return Ok(Some(ProofFailure::Refused(response.status)));
            }
        }
        Ok(None)
    }

    async fn confirm_keys(&mut self) -> Result<ChipProof, ExchangeError> {
        match self.read_ahead(ElementaryFile::Group(DataGroup::DG2)).await {
            Ok(()) => Ok(ChipProof::Proved),
            Err(ExchangeError::SecureMessaging(_)) => Ok(ChipProof::Failed(ProofFailure::WrongKey)),
            Err(other) => Err(other),
        }
    }
}
