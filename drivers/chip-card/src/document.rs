//! What is known of a document, in four parts that no code can mix up: each has a type of its own.

use std::collections::BTreeMap;
use std::fmt;

use vn_identity::chip::Details;
use vn_identity::mrz::Zone;

use crate::chip_proof::{ChipProofs, ChipVerdict};
use crate::crypto::hash::HashAlgorithm;
use crate::data_error::DataError;
use crate::dg2::Portrait;
use crate::file::DataGroup;
use crate::pace_offer::PaceOffer;
use crate::read_file::ReadFileError;
use crate::sod::Sod;
use crate::trust::{Issuer, NotChecked, Trust};

/// One reading of one card.
///
/// The parts build on each other and stay apart: `data` is what the chip *says*; `integrity` whether that is what was
/// signed; `issuer` whether somebody trusted signed it; `chip` whether the chip is the one it was issued with. A clone
/// passes the first three.
#[derive(Debug)]
pub struct Document {
    /// First: what was read.
    pub data: DataRead,
    /// Second: whether what was read is what the SOD has the hashes of.
    pub integrity: Integrity,
    /// Third: whether an anchor vouches for the SOD.
    pub issuer: Issuer,
    /// Fourth: whether the chip is genuine.
    pub chip: ChipProofs,
    /// A warning beside the four: whether the ways in that the card offered are the ones that were signed. Known once
    /// the chip was asked to prove itself.
    pub offer: PaceOffer,
    pub(crate) sod: Option<Sod>,
}

/// What was read, group by group. Nothing here is proved.
#[derive(Debug)]
pub struct DataRead {
    /// DG1.
    pub mrz: Part<Zone>,
    /// DG13.
    pub details: Part<Details>,
    /// DG2.
    pub portrait: Part<Portrait>,
}

/// The content of one data group.
#[derive(Debug)]
pub enum Part<T> {
    /// Not asked for so far.
    NotRead,
    /// The card did not give it.
    NotGiven(ReadFileError),
    /// It was read and says nothing usable.
    Unusable(DataError),
    /// It was read.
    Read(T),
}

impl<T> Part<T> {
    /// The content, if it was read.
    #[must_use]
    pub const fn get(&self) -> Option<&T> {
        match self {
            Self::Read(content) => Some(content),
            Self::NotRead | Self::NotGiven(_) | Self::Unusable(_) => None,
        }
    }

    /// A stable name for logs and JSON.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotRead => "not_read",
            Self::NotGiven(_) => "not_given",
            Self::Unusable(_) => "unusable",
            Self::Read(_) => "read",
        }
    }
}

/// Whether the groups that were read are those that were signed: the second of the four results. Says nothing of who
/// signed them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Integrity {
    hash: Option<HashAlgorithm>,
    groups: BTreeMap<DataGroup, GroupIntegrity>,
}

/// The state of one group against the SOD.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum GroupIntegrity {
    /// Its hash is in the SOD, and it was not read.
    NotRead,
    /// It was read, and its hash is that of the SOD.
    Intact,
    /// It was read, and its hash is another.
    Changed,
    /// It was read, and the SOD does not list it.
    NotListed,
}

/// All groups in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum IntegrityVerdict {
    /// Every group that was read is intact, and at least one was.
    Intact,
    /// A group that was read was changed, or is not listed.
    Changed,
    /// There are no hashes to compare with.
    NotChecked,
}

/// What all results together allow. The only value to act on where one word is wanted: no single result is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DocumentVerdict {
    /// Something speaks against the document: a changed group, a rejected issuer, a chip that did not prove itself.
    Doubtful,
    /// Nothing speaks against it, and nobody trusted vouches for it: no anchor, no SOD, an algorithm not known here.
    NotVouchedFor,
    /// A trusted issuer signed what was read. It may be on the chip of a copy.
    Issued,
    /// A trusted issuer signed what was read, and the key that the chip proved itself with.
    Genuine,
}

impl DocumentVerdict {
    /// A stable name for logs and JSON.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Doubtful => "doubtful",
            Self::NotVouchedFor => "not_vouched_for",
            Self::Issued => "issued",
            Self::Genuine => "genuine",
        }
    }
}

impl fmt::Display for DocumentVerdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl GroupIntegrity {
    /// A stable name for logs and JSON.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::NotRead => "not_read",
            Self::Intact => "intact",
            Self::Changed => "changed",
            Self::NotListed => "not_listed",
        }
    }
}

impl IntegrityVerdict {
    /// A stable name for logs and JSON.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Intact => "intact",
            Self::Changed => "changed",
            Self::NotChecked => "not_checked",
        }
    }
}

impl fmt::Display for IntegrityVerdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl Integrity {
    /// The hash function of the SOD; `None` without a SOD.
    #[must_use]
    pub const fn hash(&self) -> Option<HashAlgorithm> {
        self.hash
    }

    /// Every group that is listed or was read, by number.
    pub fn groups(&self) -> impl Iterator<Item = (DataGroup, GroupIntegrity)> {
        self.groups.iter().map(|(group, state)| (*group, *state))
    }

    /// The state of one group; `None` when it is neither listed nor read.
    #[must_use]
    pub fn of(&self, group: DataGroup) -> Option<GroupIntegrity> {
        self.groups.get(&group).copied()
    }

    /// All groups in one word.
    #[must_use]
    pub fn verdict(&self) -> IntegrityVerdict {
        let any = |state| self.groups.values().any(|found| *found == state);
        if self.hash.is_none() {
            IntegrityVerdict::NotChecked
        } else if any(GroupIntegrity::Changed) || any(GroupIntegrity::NotListed) {
            IntegrityVerdict::Changed
        } else if any(GroupIntegrity::Intact) {
            IntegrityVerdict::Intact
        } else {
            IntegrityVerdict::NotChecked
        }
    }
}

impl Document {
    /// What the results together allow. A part that is read later, such as the face, may lower it.
    #[must_use]
    pub fn verdict(&self) -> DocumentVerdict {
        match (self.integrity.verdict(), self.issuer, self.chip.verdict()) {
            (IntegrityVerdict::Changed, _, _) | (_, Issuer::Rejected(_), _) | (_, _, ChipVerdict::Failed) => {
                DocumentVerdict::Doubtful
            }
            (IntegrityVerdict::NotChecked, _, _) | (_, Issuer::NotChecked(_), _) => DocumentVerdict::NotVouchedFor,
            (IntegrityVerdict::Intact, Issuer::Verified, ChipVerdict::Genuine) => DocumentVerdict::Genuine,
            (IntegrityVerdict::Intact, Issuer::Verified, ChipVerdict::NotSupported | ChipVerdict::NotTried) => {
                DocumentVerdict::Issued
            }
        }
    }

    /// A document of which only the SOD is known, as the card gave it.
    pub(crate) fn of_sod(sod: Option<&[u8]>, trust: &Trust) -> Self {
        let parsed = sod.map(Sod::parse);
        let issuer = match &parsed {
            None => Issuer::NotChecked(NotChecked::NoSod),
            Some(Ok(sod)) => Issuer::judge(sod, trust),
            Some(Err(cause)) => Issuer::unreadable(*cause),
        };
        let sod = parsed.and_then(Result::ok);
        let integrity = sod.as_ref().map_or_else(Integrity::default, |sod| Integrity {
            hash: Some(sod.hash),
            groups: sod.digests.keys().map(|group| (*group, GroupIntegrity::NotRead)).collect(),
        });
        let data = DataRead { mrz: Part::NotRead, details: Part::NotRead, portrait: Part::NotRead };
        Self { data, integrity, issuer, chip: ChipProofs::default(), offer: PaceOffer::default(), sod }
    }

    /// Writes down whether a group that was read is the one that was signed.
    pub(crate) fn check_group(&mut self, group: DataGroup, file: &[u8]) -> GroupIntegrity {
        let state = match self.sod.as_ref().map(|sod| (sod.hash, sod.digests.get(&group))) {
            Some((hash, Some(expected))) if hash.digest(&[file]) == *expected => GroupIntegrity::Intact,
            Some((_, Some(_))) => GroupIntegrity::Changed,
            Some((_, None)) | None => GroupIntegrity::NotListed,
        };
        if self.sod.is_some() {
            self.integrity.groups.insert(group, state);
        }
        state
    }

    /// Whether the SOD lists a group; unknown counts as yes.
    pub(crate) fn may_have(&self, group: DataGroup) -> bool {
        self.sod.is_none() || self.lists(group)
    }

    /// Whether the SOD lists a group.
    pub(crate) fn lists(&self, group: DataGroup) -> bool {
        self.sod.as_ref().is_some_and(|sod| sod.digests.contains_key(&group))
    }
}
