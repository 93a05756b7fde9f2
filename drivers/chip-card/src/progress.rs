use std::fmt;

use crate::file::ElementaryFile;

/// The parts of a reading, in the order they come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ReadingStep {
    /// Selecting the application and opening the chip.
    Access,
    /// Reading one file.
    File(ElementaryFile),
    /// Chip Authentication: new session keys, which only the genuine chip can compute.
    ChipAuthentication,
    /// Active Authentication: a signature over a random number.
    ActiveAuthentication,
}

impl fmt::Display for ReadingStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Access => f.write_str("access"),
            Self::File(file) => write!(f, "{file}"),
            Self::ChipAuthentication => f.write_str("chip authentication"),
            Self::ActiveAuthentication => f.write_str("active authentication"),
        }
    }
}

/// How far a reading is. Holds nothing personal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Progress {
    /// A part begins.
    Begun(ReadingStep),
    /// Bytes of a file have arrived.
    Bytes {
        /// The file.
        file: ElementaryFile,
        /// Bytes there, from the first.
        read: usize,
        /// Bytes of the whole file.
        total: usize,
    },
}

/// What the caller wants from here on; asked before each command of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Wish {
    /// Go on.
    #[default]
    Continue,
    /// End at the next command. What was read is kept.
    Stop,
}
