//! Which family an engine on a serial line belongs to, found out by asking.
//!
//! Each question reads and writes nothing, and each is passed over by the engines of the other families: they know their
//! commands by their first byte. Printers are another matter, so only a line with a scanner on it may be asked.

use std::time::Duration;

use kiosk_hal::link::{ByteLink, LinkError, WriteFailed, discard_input};
use kiosk_hal::uptime::Uptime;

use crate::ask::{AskError, ask};
use crate::family::Family;
use crate::{gm65, honeywell, newland, ssi};

/// Usual wait for each answer. Longer than the 200 ms after which an SSI engine forgets half a packet, which is what the
/// other families' questions look like to it.
pub const ANSWER_WAIT: Duration = Duration::from_millis(400);

/// A line is asked when it has been quiet for this long, so that no code is taken for an answer.
const QUIET: Duration = Duration::from_millis(100);

/// Longest wait for that silence: an engine that reads a card lying there is never quiet for long.
const QUIET_WAIT: Duration = Duration::from_millis(500);

/// How long all questions take when each waits `answer_wait` for nothing.
#[must_use]
pub const fn detect_wait(answer_wait: Duration) -> Duration {
    answer_wait.saturating_add(QUIET_WAIT).saturating_mul(4)
}

struct Question {
    family: Family,
    bytes: &'static [u8],
    answered: fn(&[u8]) -> bool,
}

const QUESTIONS: [Question; 4] = [
    Question { family: Family::ZebraSsi, bytes: ssi::ASK_REVISION, answered: ssi::answers },
    Question { family: Family::Gm65, bytes: &gm65::ASK_MODE, answered: |heard| gm65::zone_value(heard).is_some() },
    Question {
        family: Family::Newland,
        bytes: newland::ASK_SYSTEM,
        answered: |heard| has(heard, b"\x02\x010000#QRYSYS"),
    },
    Question { family: Family::Honeywell, bytes: honeywell::ASK_REVISION, answered: |heard| has(heard, b"REVINF") },
];

fn has(heard: &[u8], part: &[u8]) -> bool {
    heard.windows(part.len()).any(|window| window == part)
}

/// Asks for each family that answers questions, waiting `answer_wait` for each (usually [`ANSWER_WAIT`]). `None` when none did until `until`: read such an engine as
/// [`Family::Plain`], which fits every engine that ends its codes. Codes read meanwhile are lost.
///
/// # Errors
/// [`LinkError`] when the line failed; a line that takes no bytes counts as one that does not answer.
pub fn detect(link: &mut impl ByteLink, answer_wait: Duration, until: Uptime) -> Result<Option<Family>, LinkError> {
    for question in &QUESTIONS {
        quiet(link, until)?;
        match ask(link, question.bytes, answer_wait, until, |heard| (question.answered)(heard).then_some(())) {
            Ok(()) => {
                quiet(link, until)?;
                return Ok(Some(question.family));
            }
            Err(AskError::NoAnswer) => {}
            Err(AskError::Write(WriteFailed { cause: LinkError::TimedOut, .. })) => {}
            Err(AskError::Write(WriteFailed { cause, .. })) => return Err(cause),
            Err(AskError::Link(cause)) => return Err(cause),
        }
    }
    Ok(None)
}

fn quiet(link: &mut impl ByteLink, until: Uptime) -> Result<(), LinkError> {
    let end = (link.now() + QUIET_WAIT).min(until);
    discard_input(link, QUIET, end).map(drop)
}
