//! What the chip reader tells the visit. The shell maps the reader's own results to these values.

use std::fmt;

use vn_identity::Claim;
use zeroize::Zeroize;

/// What a reading of a chip tells, in the order it comes. Each carries the id of its reading.
#[derive(Debug, Clone)]
pub enum ChipEvent {
    /// A part of the reading begins.
    Step(ChipStep),
    /// The form fields are there; the portrait may follow.
    Form(Box<ChipForm>),
    /// The portrait is there. What the chip is worth may be less with it than before.
    Portrait(Portrait, ChipTrust),
    /// No portrait can be shown. What the chip is worth after what there is of one was read: a changed portrait may be
    /// one that no decoder takes.
    NoPortrait(ChipTrust),
    /// The reading has ended; nothing of it follows.
    Ended(Result<(), ChipFailure>),
}

/// How far a reading is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ChipStep {
    /// A card is in the slot; the chip is being opened.
    Opening,
    /// The form fields are being read.
    Reading,
    /// The signature and the chip are being checked.
    Checking,
    /// The portrait is being read.
    Portrait,
}

/// The form fields of a chip.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChipForm {
    /// What the chip says.
    pub claim: Claim,
    /// What that is worth.
    pub trust: ChipTrust,
}

/// Whether something was shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Checked {
    /// It was.
    Yes,
    /// The opposite was.
    No,
    /// It was, by somebody whose time is over.
    Expired,
    /// Neither was: no anchor, no signature, a protocol that the card does not have.
    NotChecked,
}

/// What a chip's data is worth. That it was *read* is said by there being a [`ChipForm`]; the other three are apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ChipTrust {
    /// What was read is what was signed.
    pub intact: Checked,
    /// An authority that the hospital trusts signed it.
    pub issued: Checked,
    /// The chip is the one it was issued with.
    pub genuine: Checked,
}

/// What all results together allow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ChipVerdict {
    /// Something speaks against the card.
    Doubtful,
    /// Nothing speaks against it, and nobody trusted vouches for it.
    NotVouchedFor,
    /// A trusted issuer signed what was read; it may be on the chip of a copy.
    Issued,
    /// A trusted issuer signed it, and the chip has proved itself.
    Genuine,
}

impl ChipTrust {
    /// Read, and nothing more.
    pub const UNCHECKED: Self =
        Self { intact: Checked::NotChecked, issued: Checked::NotChecked, genuine: Checked::NotChecked };

    /// All results in one word: the only value to act on.
    #[must_use]
    pub const fn verdict(self) -> ChipVerdict {
        match (self.intact, self.issued, self.genuine) {
            (Checked::No | Checked::Expired, _, _)
            | (_, Checked::No | Checked::Expired, _)
            | (_, _, Checked::No | Checked::Expired) => ChipVerdict::Doubtful,
            (Checked::NotChecked, _, _) | (_, Checked::NotChecked, _) => ChipVerdict::NotVouchedFor,
            (Checked::Yes, Checked::Yes, Checked::Yes) => ChipVerdict::Genuine,
            (Checked::Yes, Checked::Yes, Checked::NotChecked) => ChipVerdict::Issued,
        }
    }
}

/// Why a reading ended early.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ChipFailure {
    /// The card was pulled out.
    PulledOut,
    /// The card does not open with the number that was scanned: it is another person's.
    OtherCard,
    /// The card does not answer as an identity card does, or not in time.
    Unreadable,
    /// The reader, or its service, is gone.
    ReaderGone,
    /// The visit asked for it.
    Stopped,
}

/// A portrait as pixels, 8 bits each of red, green, blue. Wiped on drop; `Debug` tells only its size.
#[derive(Clone, PartialEq, Eq)]
pub struct Portrait {
    width: u32,
    height: u32,
    rgb: Vec<u8>,
}

impl Portrait {
    /// A picture of `rgb.len() / 3` pixels, row by row from the top; `None` unless that is `width` times `height`.
    #[must_use]
    pub fn new(width: u32, height: u32, mut rgb: Vec<u8>) -> Option<Self> {
        let expected = u64::from(width) * u64::from(height) * 3;
        if expected == 0 || u64::try_from(rgb.len()) != Ok(expected) {
            rgb.zeroize();
            return None;
        }
        Some(Self { width, height, rgb })
    }

    /// Pixels a row.
    #[must_use]
    pub const fn width(&self) -> u32 {
        self.width
    }

    /// Rows.
    #[must_use]
    pub const fn height(&self) -> u32 {
        self.height
    }

    /// The pixels, row by row from the top.
    #[must_use]
    pub fn rgb(&self) -> &[u8] {
        &self.rgb
    }
}

impl Drop for Portrait {
    fn drop(&mut self) {
        self.rgb.zeroize();
    }
}

impl fmt::Debug for Portrait {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Portrait({} x {})", self.width, self.height)
    }
}
