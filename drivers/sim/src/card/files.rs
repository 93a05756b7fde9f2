//! The card's files, made once when it is personalised.

use super::cipher::Suite;
use super::curve::{EcKey, Hash};
use super::entropy::Entropy;
use super::pace::{pace_oid, suite_number};
use super::photo;
use super::plan::{ActiveKey, CardAccessPlace, CardPlan, ChipKey, Forgery, Issuer};
use super::rsa::{RsaKey, Trailer};
use super::tlv::{self, oid, sequence, small};

/// EF.CardAccess.
pub const CARD_ACCESS: u16 = 0x011C;
/// EF.COM.
const COMMON: u16 = 0x011E;
/// EF.SOD.
const SECURITY_OBJECT: u16 = 0x011D;
/// EF.DG3: fingerprints, behind Terminal Authentication.
pub const FINGERPRINTS: u16 = 0x0103;

const CHIP_AUTHENTICATION_ECDH: &[u32] = &[0, 4, 0, 127, 0, 7, 2, 2, 3, 2];
const PUBLIC_KEY_ECDH: &[u32] = &[0, 4, 0, 127, 0, 7, 2, 2, 1, 2];
const TERMINAL_AUTHENTICATION: &[u32] = &[0, 4, 0, 127, 0, 7, 2, 2, 2];
const ACTIVE_AUTHENTICATION: &[u32] = &[2, 23, 136, 1, 1, 5];
const ECDSA_PLAIN: &[u32] = &[0, 4, 0, 127, 0, 7, 1, 1, 4, 1];

/// One file.
#[derive(Debug, Clone)]
struct File {
    identifier: u16,
    in_application: bool,
    content: Vec<u8>,
}

/// All files.
#[derive(Debug, Clone)]
pub struct Files(Vec<File>);

/// The chip's own private keys.
#[derive(Debug, Clone)]
pub struct ChipKeys {
    /// Of Chip Authentication.
    pub agreement: Option<(EcKey, Suite)>,
    /// Of Active Authentication.
    pub active: Option<ActivePair>,
}

/// A key pair of Active Authentication.
#[derive(Debug, Clone)]
pub enum ActivePair {
    /// ECDSA with its hash.
    Ec(Box<EcKey>, Hash),
    /// RSA with its trailer.
    Rsa(RsaKey, Trailer),
}

impl Files {
    /// Makes keys, files and the security object of a card, and then what the forger did.
    ///
    /// # Errors
    /// Those of the portrait's encoder.
    pub fn personalise(plan: &CardPlan, issuer: &Issuer) -> Result<(Self, ChipKeys), image::ImageError> {
        let root = Entropy::seeded(plan.seed);
        let keys = ChipKeys::generate(plan, &mut root.branch("chip keys"));
        let portrait = photo::portrait(plan.photo_bytes, &mut root.branch("portrait"))?;
        let mut groups = vec![(1, plan.person.dg1()), (2, photo::dg2(&portrait)), (13, plan.person.dg13())];
        groups.extend(keys.group_14(plan).map(|file| (14, file)));
        groups.extend(keys.group_15(plan).map(|file| (15, file)));
        let security_object = issuer.signer.security_object(&groups, &mut root.branch("security object"));
        let mut files = vec![
            File { identifier: COMMON, in_application: true, content: common(&groups) },
            File { identifier: SECURITY_OBJECT, in_application: true, content: security_object },
        ];
        files.extend(groups.into_iter().map(|(number, content)| File {
            identifier: group_identifier(number),
            in_application: true,
            content,
        }));
        files.extend(card_access(plan));
        let mut files = Self(files);
        let keys = files.forge(plan, keys);
        Ok((files, keys))
    }

    /// The content of a file.
    #[must_use]
    pub fn content(&self, identifier: u16, in_application: bool) -> Option<&[u8]> {
        let here = |file: &&File| file.identifier == identifier && file.in_application == in_application;
        self.0.iter().find(here).map(|file| file.content.as_slice())
    }

    fn forge(&mut self, plan: &CardPlan, keys: ChipKeys) -> ChipKeys {
        match plan.forgery {
            Forgery::Genuine => keys,
            Forgery::TamperedGroup(number) => {
                self.flip_last_bit(group_identifier(number));
                keys
            }
            Forgery::TamperedSignature => {
                self.flip_last_bit(SECURITY_OBJECT);
                keys
            }
            Forgery::Clone => ChipKeys::generate(plan, &mut Entropy::seeded(plan.seed).branch("forger's keys")),
        }
    }

    /// The last bit but a few: of a signature, of a text or of a picture, never of a length.
    fn flip_last_bit(&mut self, identifier: u16) {
        let file = self.0.iter_mut().find(|file| file.identifier == identifier);
        if let Some(last) = file.and_then(|file| file.content.last_mut()) {
            *last ^= 1;
        }
    }
}

const fn group_identifier(number: u8) -> u16 {
    0x0100 + number as u16
}

impl ChipKeys {
    fn generate(plan: &CardPlan, entropy: &mut Entropy) -> Self {
        let agreement = plan.chip_key.map(|key| (EcKey::generate(key.curve, entropy), key.suite));
        let active = plan.active_key.map(|key| match key {
            ActiveKey::Ec(curve, _, hash) => ActivePair::Ec(Box::new(EcKey::generate(curve, entropy)), hash),
            ActiveKey::Rsa(bits, trailer) => ActivePair::Rsa(RsaKey::generate(bits, entropy), trailer),
        });
        Self { agreement, active }
    }

    /// EF.DG14, when there is something to say in it.
    fn group_14(&self, plan: &CardPlan) -> Option<Vec<u8>> {
        let mut infos = Vec::new();
        if let (Some((pair, _)), Some(key)) = (&self.agreement, plan.chip_key) {
            infos.push(chip_info(key));
            let info = pair.public_key_info(key.naming);
            infos.push(sequence(&[&oid(PUBLIC_KEY_ECDH), &info, &key_identifier(key)]));
        }
        if let Some(ActivePair::Ec(_, hash)) = &self.active {
            let algorithm = oid(&[ECDSA_PLAIN, &[plain_hash_number(*hash)]].concat());
            infos.push(sequence(&[&oid(ACTIVE_AUTHENTICATION), &small(1), &algorithm]));
        }
        infos.extend(plan.pace.map(|(curve, suite)| pace_info(curve.parameter(), suite)));
        (!infos.is_empty()).then(|| tlv::tlv(0x6E, &tlv::set_of(infos)))
    }

    /// EF.DG15: the public key of Active Authentication.
    fn group_15(&self, plan: &CardPlan) -> Option<Vec<u8>> {
        let info = match (self.active.as_ref()?, plan.active_key?) {
            (ActivePair::Ec(pair, _), ActiveKey::Ec(_, naming, _)) => pair.public_key_info(naming),
            (ActivePair::Rsa(pair, _), ActiveKey::Rsa(..)) => pair.public_key_info(),
            (ActivePair::Ec(..), ActiveKey::Rsa(..)) | (ActivePair::Rsa(..), ActiveKey::Ec(..)) => return None,
        };
        Some(tlv::tlv(0x6F, &info))
    }
}

/// EF.COM: versions, and the tags of the groups.
fn common(groups: &[(u8, Vec<u8>)]) -> Vec<u8> {
    // DG3 is there, though nobody here may read it.
    let mut tags: Vec<u8> = groups.iter().filter_map(|(_, file)| file.first().copied()).collect();
    tags.insert(2, 0x63);
    tlv::tlv_of(0x60, &[&tlv::tlv(0x5F01, b"0107"), &tlv::tlv(0x5F36, b"040000"), &tlv::tlv(0x5C, &tags)])
}

fn card_access(plan: &CardPlan) -> Option<File> {
    let (curve, suite) = plan.pace?;
    let in_application = match plan.card_access {
        CardAccessPlace::MasterFile => false,
        CardAccessPlace::Application => true,
        CardAccessPlace::Nowhere => return None,
    };
    let mut infos = vec![sequence(&[&oid(TERMINAL_AUTHENTICATION), &small(1)])];
    infos.extend(plan.chip_key.map(chip_info));
    infos.push(pace_info(curve.parameter(), suite));
    Some(File { identifier: CARD_ACCESS, in_application, content: tlv::set_of(infos) })
}

fn chip_info(key: ChipKey) -> Vec<u8> {
    let protocol = oid(&[CHIP_AUTHENTICATION_ECDH, &[suite_number(key.suite)]].concat());
    sequence(&[&protocol, &small(1), &key_identifier(key)])
}

fn key_identifier(key: ChipKey) -> Vec<u8> {
    key.identifier.map(small).unwrap_or_default()
}

fn pace_info(parameter: u8, suite: Suite) -> Vec<u8> {
    sequence(&[&pace_oid(suite), &small(2), &small(parameter)])
}

/// The last number of `ecdsa-plain-SHA…` (BSI TR-03111, 5.2.1).
const fn plain_hash_number(hash: Hash) -> u32 {
    match hash {
        Hash::Sha1 => 1,
        Hash::Sha224 => 2,
        Hash::Sha256 => 3,
        Hash::Sha384 => 4,
        Hash::Sha512 => 5,
    }
}

#[cfg(test)]
mod tests {
    use super::super::person::Person;
    use super::*;

    #[test]
    fn the_parameters_are_byte_for_byte_those_of_the_card() {
        let plan = CardPlan::cccd(Person::sample(), 1);
        let written: String = card_access(&plan).unwrap().content.iter().map(|byte| format!("{byte:02x}")).collect();
        let seen = "3134300d060804007f0007020202020101300f060a04007f000702020302020201013012060a04007f0007020204020202010202010d";
        assert_eq!(written, seen);
    }
}
