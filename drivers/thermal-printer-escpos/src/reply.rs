//! Everything a printer says, told apart by one state machine.
//!
//! Replies arrive when the printer likes: a status pushed by itself may stand before the answer that was asked for.
//! So nothing here "reads one byte after asking"; every byte passes through [`ReplyParser`].
//! Sources: Epson ESC/POS Command Reference, appendix "Transmission status identification"; Custom KPM and Reliance
//! manuals, `DLE EOT 20`; Star Line Mode Command Specifications, section 5 "Automatic status".

/// Longest block reply, header and closing NUL included. The longest in the reference is 80 bytes and a frame.
pub const BLOCK_BYTES_MAX: usize = 128;

/// Bytes of a Star status that are kept: two of header, then printer status 1 to 7.
pub const STAR_STATUS_BYTES: usize = 9;

/// Which replies a printer has besides those all share. The bytes of one dialect mean something else in another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Dialect {
    /// Epson's reference and clones.
    #[default]
    Epson,
    /// Kiosk printers with a presenter: 10 0F begins the answer to `DLE EOT 20`, and `GS a` is not used.
    Presenter,
    /// Star: a byte 0xx0xxx1 that names a length begins a status with the `ETB` counter.
    Star,
}

/// One reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// Answer to `DLE EOT` 1 to 4, 0xx1xx10. Which of the four it answers is known by the order of asking only.
    RealTime(u8),
    /// Automatic status, four bytes, the first 0xx1xx00.
    Automatic([u8; 4]),
    /// Answer to `DLE EOT 20`: 10 0F, then paper, user, recoverable and unrecoverable status.
    Full([u8; 4]),
    /// Star's status, what is missing of it as zero.
    Star([u8; STAR_STATUS_BYTES]),
    /// Answer to `GS r` and to `GS I` 1 and 2, 0xx0xxxx.
    PaperSensor(u8),
    /// Answer to `GS ( H`: 37 22 d1 d2 d3 d4 00.
    ProcessId([u8; 4]),
    /// Answer to `DLE DC4` function 8: 37 25 … 00.
    BuffersCleared,
    /// Another block, such as the list of key codes of `GS ( L`: 37, identifier, data, 00.
    Block {
        /// What it answers.
        identifier: u8,
        /// What is between identifier and NUL.
        data: Vec<u8>,
    },
    /// Answer to `GS I` 33 and up: 3D or 5F, text, 00. The text without header and NUL.
    Identity(Vec<u8>),
    /// XON: the printer takes data again.
    Ready,
    /// XOFF: the printer takes no data.
    NotReady,
}

/// Bytes that no manual has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotAStatus {
    /// A byte that starts no reply.
    #[error("byte {0:#04x} starts no reply")]
    Byte(u8),
    /// A byte that does not belong where it stands in a status of several bytes.
    #[error("byte {byte:#04x} at place {place} of an automatic status")]
    Automatic {
        /// The byte. It is then read as the start of another reply.
        byte: u8,
        /// 1 and up.
        place: usize,
    },
    /// A block that did not end where it should.
    #[error("block {identifier:#04x} of {length} bytes is malformed")]
    Block {
        /// Its identifier, 0 if none came.
        identifier: u8,
        /// Bytes read.
        length: usize,
    },
}

const BLOCK_HEADER: u8 = 0x37;
const IDENTITY_HEADERS: [u8; 2] = [0x3D, 0x5F];
const PROCESS_ID: u8 = 0x22;
const PROCESS_ID_BYTES: usize = 7;
const BUFFERS_CLEARED: u8 = 0x25;
const FULL_STATUS: [u8; 2] = [0x10, 0x0F];
const FULL_STATUS_BYTES: usize = 6;
const XON: u8 = 0x11;
const XOFF: u8 = 0x13;
/// Bits 7, 4, 1 and 0 are fixed in every status.
const FIXED_BITS: u8 = 0b1001_0011;
const REAL_TIME_BITS: u8 = 0b0001_0010;
const AUTOMATIC_BITS: u8 = 0b0001_0000;
/// Bits 7 and 4 are fixed in `GS r` and in the bytes of an automatic status after the first.
const PLAIN_BITS: u8 = 0b1001_0000;
/// Bits 7, 4 and 0 are fixed in Star's status: 001 in its first byte, 000 in the others.
const STAR_BITS: u8 = 0b1001_0001;

/// Whether a byte can be an answer to `DLE EOT`.
pub(crate) const fn is_real_time_status(byte: u8) -> bool {
    byte & FIXED_BITS == REAL_TIME_BITS
}

/// What has begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Begun {
    Automatic,
    Full,
    Star { bytes: usize },
    Block,
}

/// Bytes in, replies out. Holds at most [`BLOCK_BYTES_MAX`] bytes.
#[derive(Debug, Clone)]
pub struct ReplyParser {
    dialect: Dialect,
    begun: Begun,
    partial: Vec<u8>,
}

impl Default for ReplyParser {
    fn default() -> Self {
        Self::new()
    }
}

type Found<'a> = &'a mut dyn FnMut(Result<Reply, NotAStatus>);

impl ReplyParser {
    /// A parser at the start of a reply of an Epson or a clone.
    #[must_use]
    pub const fn new() -> Self {
        Self::speaking(Dialect::Epson)
    }

    /// A parser at the start of a reply in `dialect`.
    #[must_use]
    pub const fn speaking(dialect: Dialect) -> Self {
        Self { dialect, begun: Begun::Automatic, partial: Vec::new() }
    }

    /// Forgets a reply that has only begun.
    pub fn reset(&mut self) {
        self.partial.clear();
    }

    /// Whether the rest of a reply is still to come.
    #[must_use]
    pub fn has_begun(&self) -> bool {
        !self.partial.is_empty()
    }

    /// Takes `bytes` and hands every reply that ends in them to `found`, in order.
    pub fn feed(&mut self, bytes: &[u8], mut found: impl FnMut(Result<Reply, NotAStatus>)) {
        for byte in bytes {
            self.take(*byte, &mut found);
        }
    }

    /// Flow control is no part of a reply, wherever it stands.
    fn take(&mut self, byte: u8, found: Found<'_>) {
        match byte {
            XON => return found(Ok(Reply::Ready)),
            XOFF => return found(Ok(Reply::NotReady)),
            _ => {}
        }
        if self.partial.is_empty() {
            return self.start(byte, found);
        }
        match self.begun {
            Begun::Automatic => self.go_on_automatic(byte, found),
            Begun::Full => self.go_on_full(byte, found),
            Begun::Star { bytes } => self.go_on_star(byte, bytes, found),
            Begun::Block => self.go_on_block(byte, found),
        }
    }

    fn begin(&mut self, begun: Begun, byte: u8) {
        self.begun = begun;
        self.partial.push(byte);
    }

    fn start(&mut self, byte: u8, found: Found<'_>) {
        let star_bytes = (self.dialect == Dialect::Star).then(|| star_status_bytes(byte)).flatten();
        if let Some(bytes) = star_bytes {
            self.begin(Begun::Star { bytes }, byte);
        } else if byte == BLOCK_HEADER || IDENTITY_HEADERS.contains(&byte) {
            self.begin(Begun::Block, byte);
        } else if byte & FIXED_BITS == AUTOMATIC_BITS {
            self.begin(Begun::Automatic, byte);
        } else if byte & FIXED_BITS == REAL_TIME_BITS {
            found(Ok(Reply::RealTime(byte)));
        } else if byte & PLAIN_BITS == 0 {
            found(Ok(Reply::PaperSensor(byte)));
        } else {
            found(Err(NotAStatus::Byte(byte)));
        }
    }

    /// Gives up what has begun and reads `byte` as the start of another reply.
    fn start_over(&mut self, byte: u8, found: Found<'_>) {
        found(Err(NotAStatus::Automatic { byte, place: self.partial.len() }));
        self.partial.clear();
        self.start(byte, found);
    }

    fn go_on_automatic(&mut self, byte: u8, found: Found<'_>) {
        if byte & PLAIN_BITS != 0 {
            return self.start_over(byte, found);
        }
        self.partial.push(byte);
        if self.dialect == Dialect::Presenter && self.partial == FULL_STATUS {
            self.begun = Begun::Full;
        } else if let Ok(status) = <[u8; 4]>::try_from(self.partial.as_slice()) {
            self.partial.clear();
            found(Ok(Reply::Automatic(status)));
        }
    }

    /// Its four bytes may hold anything but flow control and bit 4, which no manual uses.
    fn go_on_full(&mut self, byte: u8, found: Found<'_>) {
        if byte & 0b0001_0000 != 0 {
            return self.start_over(byte, found);
        }
        self.partial.push(byte);
        if self.partial.len() == FULL_STATUS_BYTES {
            let mut status = [0; 4];
            status.iter_mut().zip(self.partial.drain(..).skip(FULL_STATUS.len())).for_each(|(to, from)| *to = from);
            self.partial.clear();
            found(Ok(Reply::Full(status)));
        }
    }

    fn go_on_star(&mut self, byte: u8, bytes: usize, found: Found<'_>) {
        if byte & STAR_BITS != 0 {
            return self.start_over(byte, found);
        }
        self.partial.push(byte);
        if self.partial.len() == bytes {
            let mut status = [0; STAR_STATUS_BYTES];
            status.iter_mut().zip(self.partial.drain(..)).for_each(|(to, from)| *to = from);
            self.partial.clear();
            found(Ok(Reply::Star(status)));
        }
    }

    /// Text and NUL. Another byte belongs to a reply that came after a block broken off, such as by a power cut.
    fn go_on_block(&mut self, byte: u8, found: Found<'_>) {
        if byte != 0 && !(0x20..=0x7E).contains(&byte) {
            found(Err(self.malformed()));
            self.partial.clear();
            return self.start(byte, found);
        }
        self.partial.push(byte);
        let overlong_id =
            self.partial.starts_with(&[BLOCK_HEADER, PROCESS_ID]) && self.partial.len() >= PROCESS_ID_BYTES;
        if byte == 0 || overlong_id || self.partial.len() >= BLOCK_BYTES_MAX {
            let reply = self.read_block();
            self.partial.clear();
            found(reply);
        }
    }

    fn read_block(&self) -> Result<Reply, NotAStatus> {
        match self.partial.as_slice() {
            [BLOCK_HEADER, PROCESS_ID, d1, d2, d3, d4, 0] => Ok(Reply::ProcessId([*d1, *d2, *d3, *d4])),
            [BLOCK_HEADER, BUFFERS_CLEARED, .., 0] => Ok(Reply::BuffersCleared),
            [BLOCK_HEADER, identifier, data @ .., 0] if !matches!(*identifier, PROCESS_ID | 0) => {
                Ok(Reply::Block { identifier: *identifier, data: data.to_vec() })
            }
            [header, text @ .., 0] if IDENTITY_HEADERS.contains(header) => Ok(Reply::Identity(text.to_vec())),
            _ => Err(self.malformed()),
        }
    }

    fn malformed(&self) -> NotAStatus {
        NotAStatus::Block { identifier: self.partial.get(1).copied().unwrap_or(0), length: self.partial.len() }
    }
}

/// The length a Star status names in its first byte: bits 1 to 3 and 5, at least up to the `ETB` counter.
const fn star_status_bytes(header: u8) -> Option<usize> {
    let bytes = (header >> 1 & 0b0111) as usize | (header >> 2 & 0b1000) as usize;
    if header & STAR_BITS == 0b0000_0001 && bytes >= 7 { Some(bytes) } else { None }
}

/// Checks what holds for any bytes in any dialect. For the fuzzer and its corpus.
///
/// # Panics
/// When pieces give other replies than the whole, or more is held than [`BLOCK_BYTES_MAX`].
#[doc(hidden)]
pub fn check_any_bytes(bytes: &[u8]) {
    for dialect in [Dialect::Epson, Dialect::Presenter, Dialect::Star] {
        let mut whole = Vec::new();
        ReplyParser::speaking(dialect).feed(bytes, |reply| whole.push(reply));
        let mut parser = ReplyParser::speaking(dialect);
        let mut pieces = Vec::new();
        for byte in bytes {
            parser.feed(&[*byte], |reply| pieces.push(reply));
            assert!(parser.partial.len() < BLOCK_BYTES_MAX, "held {} bytes", parser.partial.len());
        }
        assert_eq!(pieces, whole);
        assert!(whole.len() <= 2 * bytes.len(), "{} replies in {} bytes", whole.len(), bytes.len());
    }
}
