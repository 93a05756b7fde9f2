use std::fmt;

use crate::tlv::Tag;

/// A data group of the ICAO application, 1 to 16 (Doc 9303-10, 4.6).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DataGroup(u8);

impl DataGroup {
    /// The machine readable zone.
    pub const DG1: Self = Self(1);
    /// The face.
    pub const DG2: Self = Self(2);
    /// Fields of the issuing state; on the CCCD name with diacritics, address, dates.
    pub const DG13: Self = Self(13);
    /// What the chip can prove itself with.
    pub const DG14: Self = Self(14);
    /// The public key of Active Authentication.
    pub const DG15: Self = Self(15);

    /// The group with this number, `None` unless it is 1 to 16.
    #[must_use]
    pub const fn new(number: u8) -> Option<Self> {
        if number >= 1 && number <= 16 { Some(Self(number)) } else { None }
    }

    /// 1 to 16.
    #[must_use]
    pub const fn number(self) -> u8 {
        self.0
    }

    /// The tag at the start of the group's file (Doc 9303-10, table 38).
    pub(crate) const fn tag(self) -> Tag {
        match self.0 {
            1 => 0x61,
            2 => 0x75,
            3 => 0x63,
            4 => 0x76,
            5 => 0x65,
            number => 0x60 + number as Tag,
        }
    }
}

impl fmt::Display for DataGroup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DG{}", self.0)
    }
}

impl fmt::Debug for DataGroup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DG{}", self.0)
    }
}

/// A file of the chip.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum ElementaryFile {
    /// EF.CardAccess: how the chip can be opened. Readable before access.
    CardAccess,
    /// EF.COM: which groups there are. The SOD says the same, signed.
    Com,
    /// EF.SOD: the hashes of the groups, signed by the issuer.
    Sod,
    /// A data group.
    Group(DataGroup),
}

impl ElementaryFile {
    /// File identifier (Doc 9303-10, 3.11 and table 38).
    #[must_use]
    pub const fn identifier(self) -> [u8; 2] {
        match self {
            Self::CardAccess => [0x01, 0x1C],
            Self::Com => [0x01, 0x1E],
            Self::Sod => [0x01, 0x1D],
            Self::Group(group) => [0x01, group.0],
        }
    }

    /// Short file identifier, 1 to 30.
    #[must_use]
    pub const fn short_identifier(self) -> u8 {
        let [_, short] = self.identifier();
        short
    }

    /// The tag at the start of the file, where the standard fixes one.
    pub(crate) const fn tag(self) -> Tag {
        match self {
            Self::CardAccess => 0x31,
            Self::Com => 0x60,
            Self::Sod => 0x77,
            Self::Group(group) => group.tag(),
        }
    }
}

impl fmt::Display for ElementaryFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CardAccess => f.write_str("EF.CardAccess"),
            Self::Com => f.write_str("EF.COM"),
            Self::Sod => f.write_str("EF.SOD"),
            Self::Group(group) => write!(f, "{group}"),
        }
    }
}
