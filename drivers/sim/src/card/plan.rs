//! What a virtual card is made like: the choices of an issuing authority, its quirks and its forgers.

use super::cipher::Suite;
use super::curve::{Curve, Hash, Naming};
use super::entropy::Entropy;
use super::issuer::{Certified, Signing, Validity, authority, document_signer};
use super::pace::Chance;
use super::person::Person;
use super::rsa::{RsaBits, Trailer};

/// Bytes of the portrait that the speed figures are about.
pub const PHOTO_BYTES: usize = 15_000;

/// Who signs cards: an authority and its document signer. Making one with RSA keys takes a second; keep it for many
/// cards.
#[derive(Debug, Clone)]
pub struct Issuer {
    authority: Certified,
    pub(super) signer: Certified,
}

impl Issuer {
    /// New keys and certificates from a seed. Two issuers have the same names and, with other seeds, other keys.
    #[must_use]
    pub fn new(authority_signing: Signing, signer_signing: Signing, validity: Validity, seed: u64) -> Self {
        let mut entropy = Entropy::seeded(seed).branch("issuer");
        let authority = authority(authority_signing, &mut entropy);
        let signer = document_signer(&authority, signer_signing, validity, &mut entropy);
        Self { authority, signer }
    }

    /// An issuer as the Vietnamese passport authority signs: brainpoolP512r1 with explicit parameters, SHA-512.
    #[must_use]
    pub fn sample(seed: u64) -> Self {
        let top = Signing::Ecdsa(Curve::Brainpool512, Naming::Explicit, Hash::Sha512);
        let signer = Signing::Ecdsa(Curve::Brainpool256, Naming::Explicit, Hash::Sha256);
        Self::new(top, signer, Validity::LONG, seed)
    }

    /// The same authority with another document signer.
    #[must_use]
    pub fn with_signer(&self, signing: Signing, validity: Validity, seed: u64) -> Self {
        let mut entropy = Entropy::seeded(seed).branch("signer");
        let signer = document_signer(&self.authority, signing, validity, &mut entropy);
        Self { authority: self.authority.clone(), signer }
    }

    /// The authority's certificate, DER: the trust anchor for a reader.
    #[must_use]
    pub fn anchor(&self) -> &[u8] {
        &self.authority.certificate
    }
}

/// Where EF.CardAccess is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CardAccessPlace {
    /// In the master file, as Doc 9303-10 has it.
    MasterFile,
    /// Only once the application is selected.
    Application,
    /// Not there: the terminal must know the parameters.
    Nowhere,
}

/// What the card says to SELECT of the master file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MasterFileAnswer {
    /// `9000`.
    Selected,
    /// `6D00`, as a CCCD was seen to answer.
    NotSupported,
    /// `6982`, as another one.
    Refused,
}

/// Whether READ BINARY takes short file identifiers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ShortIdentifiers {
    /// Yes.
    Supported,
    /// `6A86`: files must be selected.
    Refused,
}

/// Lengths of APDUs that the card takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Lengths {
    /// One-byte lengths; an extended APDU is answered with `6700`.
    Short,
    /// Extended lengths, with at most so many bytes of response in all.
    Extended {
        /// Most bytes of a response without its status word.
        response_max: usize,
    },
}

/// The key of Active Authentication.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ActiveKey {
    /// ECDSA.
    Ec(Curve, Naming, Hash),
    /// RSA with message recovery.
    Rsa(RsaBits, Trailer),
}

/// The key of Chip Authentication and the ciphers that follow it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ChipKey {
    /// The curve.
    pub curve: Curve,
    /// How DG14 writes the curve.
    pub naming: Naming,
    /// The ciphers.
    pub suite: Suite,
    /// The number DG14 gives the key, where there are several. The CCCD gives none.
    pub identifier: Option<u8>,
}

/// What is wrong with the card, from birth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Forgery {
    /// Nothing.
    Genuine,
    /// One bit of a data group was changed after signing.
    TamperedGroup(u8),
    /// One bit of the signature over the security object was changed.
    TamperedSignature,
    /// A copy: every file is right, and the chip does not have the private keys.
    Clone,
}

/// A card to be made.
#[derive(Debug, Clone)]
pub struct CardPlan {
    /// Whose card it is.
    pub person: Person,
    /// Seed of its keys and random values.
    pub seed: u64,
    /// PACE's curve and ciphers; `None` for a card with BAC alone.
    pub pace: Option<(Curve, Suite)>,
    /// Whether BAC opens it.
    pub bac: Bac,
    /// Where EF.CardAccess is.
    pub card_access: CardAccessPlace,
    /// What SELECT of the master file gets.
    pub master_file: MasterFileAnswer,
    /// Whether short file identifiers work.
    pub short_identifiers: ShortIdentifiers,
    /// Lengths of APDUs.
    pub lengths: Lengths,
    /// Chip Authentication.
    pub chip_key: Option<ChipKey>,
    /// Active Authentication.
    pub active_key: Option<ActiveKey>,
    /// What a forger did.
    pub forgery: Forgery,
    /// Bytes of the portrait.
    pub photo_bytes: usize,
    /// How random values are drawn.
    pub chance: Chance,
}

/// Whether BAC opens the card.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Bac {
    /// It does.
    Offered,
    /// It does not: `6D00`.
    Absent,
}

impl CardPlan {
    /// The identity card as public readers found it: PACE on brainpoolP256r1 with AES-128, BAC besides, SELECT of the
    /// master file unknown, Chip Authentication version 1, short APDUs. Key type of Active Authentication: assumed.
    #[must_use]
    pub fn cccd(person: Person, seed: u64) -> Self {
        let curve = Curve::Brainpool256;
        Self {
            person,
            seed,
            pace: Some((curve, Suite::Aes128)),
            bac: Bac::Offered,
            card_access: CardAccessPlace::MasterFile,
            master_file: MasterFileAnswer::NotSupported,
            short_identifiers: ShortIdentifiers::Supported,
            lengths: Lengths::Short,
            chip_key: Some(ChipKey { curve, naming: Naming::Explicit, suite: Suite::Aes128, identifier: None }),
            active_key: Some(ActiveKey::Ec(curve, Naming::Explicit, Hash::Sha256)),
            forgery: Forgery::Genuine,
            photo_bytes: PHOTO_BYTES,
            chance: Chance::Fair,
        }
    }
}
