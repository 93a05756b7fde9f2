//! The order in which a document is read: first what a form needs, then what proves the chip, the face last.

use rand_core::CryptoRng;
use vn_identity::chip::details;
use vn_identity::mrz::zone_of_data_group_1;
use zeroize::Zeroizing;

use crate::access::{AccessError, AccessKeys};
use crate::channel::{Channel, ExchangeError};
use crate::chip_proof::active_authentication;
use crate::chip_proof::chip_authentication::ChipKey;
use crate::chip_proof::{ChipChecks, ChipProof, ProofFailure, ProofUnsupported};
use crate::crypto::hash::HashAlgorithm;
use crate::data_error::DataError;
use crate::dg2;
use crate::document::{Document, GroupIntegrity, Part};
use crate::file::{DataGroup, ElementaryFile};
use crate::pace_offer::PaceOffer;
use crate::progress::{Progress, ReadingStep};
use crate::read_file::ReadFileError;
use crate::security_info::SecurityInfos;
use crate::tlv::Reader;
use crate::trust::Trust;

/// Why proving the chip ended without a result.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProveChipError {
    /// The group with a key was not read.
    #[error("the chip's keys were not read")]
    Read(#[from] ReadFileError),
    /// No usable answer.
    #[error("the chip was not asked")]
    Exchange(#[from] ExchangeError),
    /// The chip did not show the key; the conversation could not be opened again for what is left to read.
    #[error("the chip was not opened again")]
    Access(#[from] AccessError),
}

impl ProveChipError {
    /// The fault of the device; `None` when only the card is to blame, or the person who pulled it out.
    #[must_use]
    pub const fn fault(&self) -> Option<kiosk_hal::fault::Fault> {
        match self {
            Self::Read(cause) => cause.fault(),
            Self::Exchange(cause) => cause.fault(),
            Self::Access(cause) => cause.fault(),
        }
    }

    /// The card was pulled out.
    #[must_use]
    pub const fn card_removed(&self) -> bool {
        match self {
            Self::Read(cause) => cause.card_removed(),
            Self::Exchange(cause) => matches!(cause, ExchangeError::CardRemoved),
            Self::Access(cause) => cause.card_removed(),
        }
    }
}

/// What the card gave of one file, or that it does not give it.
type Given = Result<Zeroizing<Vec<u8>>, ReadFileError>;

impl Channel {
    /// DG1, DG13 and the SOD.
    pub(crate) async fn read_form(&mut self, trust: &Trust) -> Result<Document, ReadFileError> {
        let zone = self.read_given(ElementaryFile::Group(DataGroup::DG1)).await?;
        let entries = self.read_given(ElementaryFile::Group(DataGroup::DG13)).await?;
        let sod = self.read_given(ElementaryFile::Sod).await?;
        let mut document = Document::of_sod(sod.as_ref().ok().map(|bytes| &bytes[..]), trust);
        document.data.mrz = document.part(DataGroup::DG1, zone, |bytes| Ok(zone_of_data_group_1(bytes)?));
        document.data.details = document.part(DataGroup::DG13, entries, |bytes| Ok(details(bytes)?));
        Ok(document)
    }

    /// The face.
    pub(crate) async fn read_portrait(&mut self, document: &mut Document) -> Result<(), ReadFileError> {
        let face = self.read_given(ElementaryFile::Group(DataGroup::DG2)).await?;
        document.data.portrait = document.part(DataGroup::DG2, face, dg2::parse);
        Ok(())
    }

    /// Chip Authentication and, where that is not there or both are wanted, Active Authentication.
    pub(crate) async fn prove_chip(
        &mut self,
        document: &mut Document,
        checks: ChipChecks,
        keys: &AccessKeys,
        rng: &mut dyn CryptoRng,
    ) -> Result<(), ProveChipError> {
        let group = self.read_listed(document, DataGroup::DG14).await?;
        let signed = group.as_ref().ok().filter(|(_, state)| *state == GroupIntegrity::Intact);
        let infos = signed.and_then(|(bytes, _)| security_infos(bytes));
        if let Some(infos) = &infos {
            document.offer = PaceOffer::compare(self.offered.as_deref(), &infos.pace);
        }
        let named = infos.and_then(|infos| infos.active_authentication);
        document.chip.chip_authentication = match group {
            Ok((bytes, state)) => self.prove_by_agreement(&bytes, state, rng).await?,
            Err(without_key) => without_key,
        };
        if self.protection.is_none() {
            self.open(keys, rng).await?;
        }
        let wanted = match checks {
            ChipChecks::All => true,
            ChipChecks::FirstThatProves => matches!(document.chip.chip_authentication, ChipProof::NotSupported(_)),
        };
        if wanted {
            document.chip.active_authentication = match self.read_listed(document, DataGroup::DG15).await? {
                Ok((bytes, state)) => self.prove_by_signature((&bytes, state), named, rng).await?,
                Err(without_key) => without_key,
            };
        }
        Ok(())
    }

    async fn prove_by_agreement(
        &mut self,
        group: &[u8],
        state: GroupIntegrity,
        rng: &mut dyn CryptoRng,
    ) -> Result<ChipProof, ExchangeError> {
        let key = match ChipKey::parse(group) {
            Ok(key) => key,
            Err(unsupported) => return Ok(only_if_signed(ChipProof::NotSupported(unsupported), state)),
        };
        self.wire.note(Progress::Begun(ReadingStep::ChipAuthentication));
        let proof = self.authenticate_chip(&key, rng).await?;
        Ok(only_if_signed(proof, state))
    }

    async fn prove_by_signature(
        &mut self,
        (group, state): (&[u8], GroupIntegrity),
        named: Option<HashAlgorithm>,
        rng: &mut dyn CryptoRng,
    ) -> Result<ChipProof, ExchangeError> {
        let key = match active_authentication::parse_key(group) {
            Ok(key) => key,
            Err(unsupported) => return Ok(only_if_signed(ChipProof::NotSupported(unsupported), state)),
        };
        self.wire.note(Progress::Begun(ReadingStep::ActiveAuthentication));
        let proof = self.authenticate_actively(&key, named, rng).await?;
        Ok(only_if_signed(proof, state))
    }

    /// A group with a key, and whether it is the one that was signed; or what its absence means.
    async fn read_listed(
        &mut self,
        document: &mut Document,
        group: DataGroup,
    ) -> Result<Result<(Zeroizing<Vec<u8>>, GroupIntegrity), ChipProof>, ReadFileError> {
        let none = ChipProof::NotSupported(ProofUnsupported::NoKey);
        if !document.may_have(group) {
            return Ok(Err(none));
        }
        Ok(match self.read_given(ElementaryFile::Group(group)).await? {
            Ok(bytes) => {
                let state = document.check_group(group, &bytes);
                Ok((bytes, state))
            }
            // A copy could otherwise pass for a card that never had keys.
            Err(_) if document.lists(group) => Err(ChipProof::Failed(ProofFailure::KeyWithheld)),
            Err(_) => Err(none),
        })
    }

    /// A file, or the card's own refusal of it. Everything else ends the reading.
    async fn read_given(&mut self, file: ElementaryFile) -> Result<Given, ReadFileError> {
        self.wire.note(Progress::Begun(ReadingStep::File(file)));
        match self.read_file(file).await {
            Err(cause @ (ReadFileError::Exchange { .. } | ReadFileError::Stopped)) => Err(cause),
            given => Ok(given),
        }
    }
}

impl Document {
    /// The content of a group, and its state against the SOD written down.
    fn part<T>(
        &mut self,
        group: DataGroup,
        given: Given,
        parse: impl FnOnce(&[u8]) -> Result<T, DataError>,
    ) -> Part<T> {
        match given {
            Err(cause) => Part::NotGiven(cause),
            Ok(bytes) => {
                self.check_group(group, &bytes);
                parse(&bytes).map_or_else(Part::Unusable, Part::Read)
            }
        }
    }
}

/// A proof with a key that was not signed with the document is none, and a changed group may not say that the chip has
/// no key.
const fn only_if_signed(proof: ChipProof, state: GroupIntegrity) -> ChipProof {
    match (proof, state) {
        (ChipProof::Proved, GroupIntegrity::Changed | GroupIntegrity::NotListed | GroupIntegrity::NotRead)
        | (ChipProof::NotSupported(_), GroupIntegrity::Changed) => ChipProof::Failed(ProofFailure::KeyNotSigned),
        (proof, _) => proof,
    }
}

/// What DG14 says.
fn security_infos(group: &[u8]) -> Option<SecurityInfos> {
    let template = Reader::only(group, DataGroup::DG14.tag()).ok()?;
    SecurityInfos::parse(template.value).ok()
}
