//! What a person's hand or a fault does to a card in the reader.

use std::time::Duration;

/// What happens instead of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mishap {
    /// The card is pulled out.
    PullOut,
    /// The answer comes this much later.
    Late(Duration),
    /// Only so many bytes of the answer come.
    Cut(usize),
    /// This status word comes, and nothing was done.
    Status(u16),
    /// One bit of the answer is wrong: the first of its last byte but two.
    WrongBit,
}

/// A mishap at one command, counted from 1 since power came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Planned {
    /// Which command.
    pub at: usize,
    /// What happens.
    pub mishap: Mishap,
}

/// What a terminal gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// A response after some time beyond the usual.
    Answer {
        /// Data and status word.
        bytes: Vec<u8>,
        /// How late it is.
        late: Duration,
    },
    /// Nothing: the card is not in the reader.
    Gone,
}

/// What the card has done since power came.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Work {
    /// Commands.
    pub commands: usize,
    /// Bytes of commands.
    pub received_bytes: usize,
    /// Bytes of responses, status words included.
    pub sent_bytes: usize,
    /// Multiplications of points and private RSA operations.
    pub heavy_operations: usize,
}
