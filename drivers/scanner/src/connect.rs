use std::str::FromStr;

use kiosk_hal::link::{ByteLink, LinkError};

use crate::decoder::Pauses;
use crate::detect::{ANSWER_WAIT, detect, detect_wait};
use crate::family::Family;
use crate::link_scanner::{FamilyError, LinkScanner};

/// What a configuration says about the engine on a serial line. HID-POS and keyboards follow from their link instead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineFamily {
    /// Ask the engine; what does not answer is read as [`Family::Plain`].
    Auto,
    /// This one; nothing is asked.
    Is(Family),
}

/// Why a text says nothing about a line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "expected auto, plain, gm65, honeywell, newland or zebra-ssi, got {got:?} \
     (HID-POS and keyboard scanners are named by their link)"
)]
pub struct NoLineFamily {
    /// The text.
    pub got: String,
}

impl FromStr for LineFamily {
    type Err = NoLineFamily;

    fn from_str(text: &str) -> Result<Self, NoLineFamily> {
        if text == "auto" {
            return Ok(Self::Auto);
        }
        match text.parse() {
            Ok(family @ (Family::Plain | Family::Gm65 | Family::Honeywell | Family::Newland | Family::ZebraSsi)) => {
                Ok(Self::Is(family))
            }
            Ok(Family::HidPos | Family::Keyboard) | Err(_) => Err(NoLineFamily { got: text.to_owned() }),
        }
    }
}

/// Why an engine on a line cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectError {
    /// The line failed while the engine was asked.
    #[error("asking the scanner for its family")]
    Detect(#[source] LinkError),
    /// The family needs more than a line.
    #[error("the scanner's family")]
    Family(#[from] FamilyError),
}

/// A scanner on a line: of the family that was chosen, or of the one that answers within [`ANSWER_WAIT`].
///
/// # Errors
/// [`ConnectError`] when the line failed.
pub fn connect<L: ByteLink>(mut link: L, choice: LineFamily, pauses: Pauses) -> Result<LinkScanner<L>, ConnectError> {
    let family = match choice {
        LineFamily::Is(family) => family,
        LineFamily::Auto => {
            let until = link.now() + detect_wait(ANSWER_WAIT);
            detect(&mut link, ANSWER_WAIT, until).map_err(ConnectError::Detect)?.unwrap_or(Family::Plain)
        }
    };
    Ok(LinkScanner::of(link, family, None, pauses)?)
}
