use vn_identity::chip::ChipRefusal;
use vn_identity::mrz::MrzRefusal;

use crate::tlv::TlvError;

/// Why a data group was read but says nothing usable. Holds nothing of its content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DataError {
    /// DG2 is no TLV, or not the fields that belong there.
    #[error("the group has a wrong form")]
    Form(#[from] TlvError),
    /// DG1 holds no zone of a card, or one whose check digits do not fit.
    #[error("the machine readable zone cannot be used")]
    Zone(#[from] MrzRefusal),
    /// DG13 holds no numbered entries.
    #[error("the entries of the card cannot be used")]
    Details(#[from] ChipRefusal),
    /// No picture in a format that documents use.
    #[error("the group holds no JPEG and no JPEG 2000 picture")]
    NoPicture,
}
