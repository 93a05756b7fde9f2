//! Whether the ways into the chip that it offered are the ones that were signed.
//!
//! EF.CardAccess is read before anything is protected, and nothing signs it: whoever sits between card and reader can
//! take the better ways off it. DG14 says the same again, under the signature (Doc 9303-11, 4.4.1 and 9.2.1).

use std::fmt;

use crate::security_info::PaceInfo;

/// EF.CardAccess beside DG14. A warning: what was read is as good as its signature and the chip's proof say, but the
/// conversation may have been easier to listen to than it should have been.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum PaceOffer {
    /// DG14 was not read, or is not the one that was signed.
    #[default]
    NotCompared,
    /// DG14 says nothing of PACE.
    NotSigned,
    /// Both list the same ways.
    Agrees,
    /// DG14 lists ways, and the card showed no EF.CardAccess.
    NotShown,
    /// They list different ways.
    Differs,
}

impl PaceOffer {
    /// What was offered beside what was signed; `None` where the card showed no EF.CardAccess.
    pub(crate) fn compare(offered: Option<&[PaceInfo]>, signed: &[PaceInfo]) -> Self {
        let among = |info: &PaceInfo, infos: &[PaceInfo]| {
            infos.iter().any(|other| info.oid == other.oid && info.parameter == other.parameter)
        };
        match offered {
            _ if signed.is_empty() => Self::NotSigned,
            None => Self::NotShown,
            Some(offered) => {
                let same =
                    offered.iter().all(|info| among(info, signed)) && signed.iter().all(|info| among(info, offered));
                if same { Self::Agrees } else { Self::Differs }
            }
        }
    }

    /// A stable name for logs and JSON.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::NotCompared => "not_compared",
            Self::NotSigned => "not_signed",
            Self::Agrees => "agrees",
            Self::NotShown => "not_shown",
            Self::Differs => "differs",
        }
    }
}

impl fmt::Display for PaceOffer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}
