use crate::tlv::TlvError;

/// Why a data group was read but says nothing usable. Holds nothing of its content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DataError {
    /// No TLV, or not the fields that belong there.
    #[error("the group has a wrong form")]
    Form(#[from] TlvError),
    /// The zone is that of a passport or of another size of card.
    #[error("expected 90 characters in the machine readable zone, got {got}")]
    ZoneLength {
        /// Characters there are.
        got: usize,
    },
    /// A check digit is not that of its fields.
    #[error("the check digit at position {position} of the machine readable zone is wrong")]
    CheckDigit {
        /// Counted from 1 over all lines.
        position: usize,
    },
    /// A field is there twice.
    #[error("field {0} is there twice")]
    Twice(u8),
    /// No picture in a format that documents use.
    #[error("the group holds no JPEG and no JPEG 2000 picture")]
    NoPicture,
}
