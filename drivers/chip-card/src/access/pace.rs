//! Password Authenticated Connection Establishment (Doc 9303-11, 4.4).

use rand_core::CryptoRng;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::access::{AccessError, AccessStep, Password, refusal};
use crate::apdu::{Command, Response, SHORT_NE_MAX};
use crate::can::Can;
use crate::channel::Channel;
use crate::crypto::agreement::{Domain, KeyPair};
use crate::crypto::cipher::{CipherSuite, KeyUse, MAC_BYTES, NotWholeBlocks, SecretKey};
use crate::crypto::integrated::Nonces;
use crate::mrz::MrzKey;
use crate::secure_messaging::SecureMessaging;
use crate::security_info::{PaceInfo, PaceMapping};
use crate::tlv::{self, Reader, Tag};

const SET_AUTHENTICATION_TEMPLATE: [u8; 4] = [0x00, 0x22, 0xC1, 0xA4];
/// GENERAL AUTHENTICATE with command chaining, and the last of the chain.
const GENERAL_AUTHENTICATE: [u8; 4] = [0x10, 0x86, 0x00, 0x00];
const GENERAL_AUTHENTICATE_LAST: [u8; 4] = [0x00, 0x86, 0x00, 0x00];

const TAG_PROTOCOL: Tag = 0x80;
const TAG_PASSWORD: Tag = 0x83;
const TAG_PARAMETERS: Tag = 0x84;
const TAG_DYNAMIC: Tag = 0x7C;
const TAG_NONCE: Tag = 0x80;
const TAG_MAP_OURS: Tag = 0x81;
const TAG_MAP_CARDS: Tag = 0x82;
const TAG_KEY_OURS: Tag = 0x83;
const TAG_KEY_CARDS: Tag = 0x84;
const TAG_TOKEN_OURS: Tag = 0x85;
const TAG_TOKEN_CARDS: Tag = 0x86;
const TAG_PUBLIC_KEY: Tag = 0x7F49;
const TAG_OID: Tag = 0x06;

/// The longest nonce: 256 bits.
const NONCE_BYTES_MAX: usize = 32;

/// What the chip is opened with.
pub(crate) enum PacePassword<'k> {
    Can(&'k Can),
    Mrz(&'k MrzKey),
}

impl PacePassword<'_> {
    pub(crate) const fn kind(&self) -> Password {
        match self {
            Self::Can(_) => Password::Can,
            Self::Mrz(_) => Password::Mrz,
        }
    }

    /// The password's number in MSE:Set AT (Doc 9303-11, 4.4.4.1).
    const fn reference(&self) -> u8 {
        match self {
            Self::Mrz(_) => 1,
            Self::Can(_) => 2,
        }
    }

    /// The key the nonce is encrypted with (Doc 9303-11, 9.7.3).
    pub(crate) fn key(&self, suite: CipherSuite) -> SecretKey {
        match self {
            Self::Can(can) => SecretKey::derive(suite, can.as_str().as_bytes(), KeyUse::Password),
            Self::Mrz(mrz) => SecretKey::derive(suite, &mrz.seed(), KeyUse::Password),
        }
    }
}

/// The keys that PACE ends in.
pub(crate) struct SessionKeys {
    pub(crate) encryption: SecretKey,
    pub(crate) mac: SecretKey,
}

impl SessionKeys {
    pub(crate) fn derive(domain: Domain, suite: CipherSuite, shared: &[u8]) -> Self {
        let secret = domain.secret_of(shared);
        Self {
            encryption: SecretKey::derive(suite, &secret, KeyUse::Encryption),
            mac: SecretKey::derive(suite, &secret, KeyUse::Mac),
        }
    }

    /// The token that shows that one knows the keys: a MAC over the other side's public key.
    pub(crate) fn token(&self, oid: &[u8], domain: Domain, public: &[u8]) -> Result<[u8; MAC_BYTES], NotWholeBlocks> {
        let body = [tlv::encode(TAG_OID, oid), domain.public_key_object(public)].concat();
        self.mac.mac(&[&tlv::encode(TAG_PUBLIC_KEY, &body)])
    }
}

/// Decrypts the nonce.
pub(crate) fn decrypt_nonce(key: &SecretKey, encrypted: &[u8]) -> Result<Zeroizing<Vec<u8>>, AccessError> {
    if encrypted.is_empty() || encrypted.len() > NONCE_BYTES_MAX {
        return Err(AccessError::Answer(AccessStep::Nonce));
    }
    let zeros = vec![0; key.suite().block_bytes()];
    key.decrypt(&zeros, encrypted).map_err(|_| AccessError::Answer(AccessStep::Nonce))
}

impl Channel {
    /// Opens the chip by PACE. `ambiguous`: the card offers this protocol with several parameters.
    pub(crate) async fn open_by_pace(
        &mut self,
        way: &PaceWay<'_>,
        password: &PacePassword<'_>,
        rng: &mut dyn CryptoRng,
    ) -> Result<(), AccessError> {
        self.set_authentication_template(way, password).await?;
        let answer = self.authenticate(GENERAL_AUTHENTICATE, AccessStep::Nonce, &[]).await?;
        let encrypted = dynamic(&answer, TAG_NONCE, AccessStep::Nonce)?;
        let nonce = decrypt_nonce(&password.key(way.info.suite), &encrypted)?;
        let generator = match way.info.mapping {
            PaceMapping::Generic | PaceMapping::ChipAuthentication => self.map(way, &nonce, rng).await?,
            PaceMapping::Integrated => self.map_integrated(way, &nonce, rng).await?,
        };
        let keys = self.agree(way, &generator, password.kind(), rng).await?;
        self.protection = Some(SecureMessaging::with_keys(keys.encryption, keys.mac, &[]));
        Ok(())
    }

    async fn set_authentication_template(
        &mut self,
        way: &PaceWay<'_>,
        password: &PacePassword<'_>,
    ) -> Result<(), AccessError> {
        let mut data = tlv::encode(TAG_PROTOCOL, &way.info.oid);
        data.extend(tlv::encode(TAG_PASSWORD, &[password.reference()]));
        if let (true, Some(parameter)) = (way.ambiguous, way.info.parameter) {
            data.extend(tlv::encode(TAG_PARAMETERS, &[parameter]));
        }
        let response = self.exchange(&Command::new(SET_AUTHENTICATION_TEMPLATE).data(&data)).await?;
        // 63Cx: fewer tries left than at first. The password is allowed to be tried all the same.
        if response.status.is_success() || response.status.code() >> 4 == 0x63C {
            return Ok(());
        }
        Err(AccessError::Refused { step: AccessStep::PaceParameters, got: response.status })
    }

    /// The mapping: both sides agree on a generator that depends on the nonce.
    async fn map(
        &mut self,
        way: &PaceWay<'_>,
        nonce: &[u8],
        rng: &mut dyn CryptoRng,
    ) -> Result<Zeroizing<Vec<u8>>, AccessError> {
        let key = way.domain.key_pair(&way.domain.generator()?, rng)?;
        let data = tlv::encode(TAG_MAP_OURS, &key.public);
        let answer = self.authenticate(GENERAL_AUTHENTICATE, AccessStep::Mapping, &data).await?;
        let cards = dynamic(&answer, TAG_MAP_CARDS, AccessStep::Mapping)?;
        if *cards == key.public {
            return Err(AccessError::Answer(AccessStep::Mapping));
        }
        let shared = way.domain.agree(&key.secret, &cards)?;
        Ok(Zeroizing::new(way.domain.map(nonce, &shared)?))
    }

    /// The integrated mapping: this side sends a nonce of its own, the card nothing.
    async fn map_integrated(
        &mut self,
        way: &PaceWay<'_>,
        nonce: &[u8],
        rng: &mut dyn CryptoRng,
    ) -> Result<Zeroizing<Vec<u8>>, AccessError> {
        let mut ours = Zeroizing::new(vec![0; way.info.suite.key_bytes()]);
        rng.fill_bytes(&mut ours);
        let data = tlv::encode(TAG_MAP_OURS, &ours);
        self.authenticate(GENERAL_AUTHENTICATE, AccessStep::Mapping, &data).await?;
        let public = SecretKey::from_bytes(way.info.suite, &ours);
        Ok(Zeroizing::new(way.domain.map_integrated(Nonces { secret: nonce, public: &public })?))
    }

    /// Key agreement over the mapped generator, and the tokens.
    async fn agree(
        &mut self,
        way: &PaceWay<'_>,
        generator: &[u8],
        password: Password,
        rng: &mut dyn CryptoRng,
    ) -> Result<SessionKeys, AccessError> {
        let key = way.domain.key_pair(generator, rng)?;
        let data = tlv::encode(TAG_KEY_OURS, &key.public);
        let answer = self.authenticate(GENERAL_AUTHENTICATE, AccessStep::KeyAgreement, &data).await?;
        let cards = dynamic(&answer, TAG_KEY_CARDS, AccessStep::KeyAgreement)?;
        if *cards == key.public {
            return Err(AccessError::Answer(AccessStep::KeyAgreement));
        }
        let shared = way.domain.agree(&key.secret, &cards)?;
        let keys = SessionKeys::derive(way.domain, way.info.suite, &shared);
        self.exchange_tokens(way, &keys, (&key, &cards), password).await.map(|()| keys)
    }

    async fn exchange_tokens(
        &mut self,
        way: &PaceWay<'_>,
        keys: &SessionKeys,
        (ours, cards): (&KeyPair, &[u8]),
        password: Password,
    ) -> Result<(), AccessError> {
        let token = keys.token(&way.info.oid, way.domain, cards)?;
        let data = tlv::encode(TAG_DYNAMIC, &tlv::encode(TAG_TOKEN_OURS, &token));
        let command = Command::new(GENERAL_AUTHENTICATE_LAST).data(&data).ne(SHORT_NE_MAX);
        let response = self.exchange(&command).await?;
        // Only here can the card see whether the password was right.
        if !response.status.is_success() {
            return Err(refusal(AccessStep::Token, password, response.status));
        }
        let answer = dynamic(&response, TAG_TOKEN_CARDS, AccessStep::Token)?;
        let expected = keys.token(&way.info.oid, way.domain, &ours.public)?;
        // A card that does not know the password cannot make this token; nor can this side tell who was wrong.
        if bool::from(expected.ct_eq(&answer)) { Ok(()) } else { Err(AccessError::WrongPassword(password)) }
    }

    async fn authenticate(&mut self, header: [u8; 4], step: AccessStep, data: &[u8]) -> Result<Response, AccessError> {
        let command = Command::new(header).data(&tlv::encode(TAG_DYNAMIC, data)).ne(SHORT_NE_MAX);
        let response = self.exchange(&command).await?;
        if response.status.is_success() {
            Ok(response)
        } else {
            Err(AccessError::Refused { step, got: response.status })
        }
    }
}

/// A way in that the card offers, or that is assumed.
pub(crate) struct PaceWay<'i> {
    pub(crate) info: &'i PaceInfo,
    pub(crate) domain: Domain,
    pub(crate) ambiguous: bool,
}

/// The first of the offered ways that this reader can go.
pub(crate) fn choose(offered: &[PaceInfo]) -> Option<PaceWay<'_>> {
    // The chip authentication mapping opens a chip like the generic one. What it proves besides needs EF.CardSecurity,
    // which is not read here; such chips are proved by DG14 as all others.
    let (info, domain) = offered.iter().find_map(|info| info.domain.map(|domain| (info, domain)))?;
    let ambiguous = offered.iter().filter(|other| other.oid == info.oid).count() > 1;
    Some(PaceWay { info, domain, ambiguous })
}

/// The one object of a dynamic authentication template.
fn dynamic(response: &Response, tag: Tag, step: AccessStep) -> Result<Zeroizing<Vec<u8>>, AccessError> {
    let template = Reader::only(&response.data, TAG_DYNAMIC).map_err(|_| AccessError::Answer(step))?;
    let found = Reader::find(template.value, tag).map_err(|_| AccessError::Answer(step))?;
    found.map(|object| Zeroizing::new(object.value.to_vec())).ok_or(AccessError::Answer(step))
}
