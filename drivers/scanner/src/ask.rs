//! One question and its answer, before a line is read for codes.

use std::time::Duration;

use kiosk_hal::link::{ByteLink, LinkError, WriteFailed};
use kiosk_hal::uptime::Uptime;
use zeroize::{Zeroize, Zeroizing};

/// Most bytes looked at for one answer. An engine's version text has a few hundred; the rest may be codes.
pub const ANSWER_BYTES_MAX: usize = 1_024;

/// Bytes taken from the link at a time.
const CHUNK_BYTES: usize = 128;

/// Why a question was not answered.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AskError {
    /// Nothing came that answers it.
    #[error("no engine of this family answered")]
    NoAnswer,
    /// The question did not leave.
    #[error("the question could not be sent")]
    Write(#[from] WriteFailed),
    /// The line failed while waiting.
    #[error("the scanner's line failed")]
    Link(#[source] LinkError),
}

/// Sends `question` and reads until `find` sees its answer in all that was heard since, for at most `wait` and never
/// past `until`. What was heard is wiped: a code may be in it.
pub(crate) fn ask<A>(
    link: &mut impl ByteLink,
    question: &[u8],
    wait: Duration,
    until: Uptime,
    find: impl Fn(&[u8]) -> Option<A>,
) -> Result<A, AskError> {
    let end = (link.now() + wait).min(until);
    link.write(question, end)?;
    let mut heard = Zeroizing::new(Vec::with_capacity(ANSWER_BYTES_MAX));
    let mut chunk = Zeroizing::new([0; CHUNK_BYTES]);
    loop {
        let count = match link.read(chunk.as_mut_slice(), end) {
            Ok(count) => count,
            Err(LinkError::TimedOut) => return Err(AskError::NoAnswer),
            Err(cause) => return Err(AskError::Link(cause)),
        };
        if heard.len() + count > ANSWER_BYTES_MAX {
            heard.zeroize();
        }
        heard.extend_from_slice(chunk.get(..count).unwrap_or_default());
        if let Some(answer) = find(&heard) {
            return Ok(answer);
        }
        // A line that never falls silent is no engine that answers.
        if link.now() >= end {
            return Err(AskError::NoAnswer);
        }
    }
}
