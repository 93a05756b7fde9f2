//! Everything a printer says, told apart by one state machine.
//!
//! Replies arrive when the printer likes: a status pushed by itself may stand before the answer that was asked for.
//! So nothing here "reads one byte after asking"; every byte passes through [`ReplyParser`].
//! Source: Epson ESC/POS Command Reference, appendix "Transmission status identification".

/// Longest block reply, header and closing NUL included. The longest in the reference is 80 bytes and a frame.
pub const BLOCK_BYTES_MAX: usize = 128;

/// One reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reply {
    /// Answer to `DLE EOT`, 0xx1xx10. Which of the four it answers is known by the order of asking only.
    RealTime(u8),
    /// Automatic status, four bytes, the first 0xx1xx00.
    Automatic([u8; 4]),
    /// Answer to `GS r`, 0xx0xxxx.
    PaperSensor(u8),
    /// Answer to `GS ( H`: 37 22 d1 d2 d3 d4 00.
    ProcessId([u8; 4]),
    /// Answer to `DLE DC4` function 8: 37 25 … 00.
    BuffersCleared,
    /// Another block 37 … 00, by its identifier.
    Block(u8),
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
    /// A byte that does not belong where it stands in an automatic status.
    #[error("byte {byte:#04x} at place {place} of an automatic status")]
    Automatic {
        /// The byte. It is then read as the start of another reply.
        byte: u8,
        /// 1 to 3.
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
const PROCESS_ID: u8 = 0x22;
const PROCESS_ID_BYTES: usize = 7;
const BUFFERS_CLEARED: u8 = 0x25;
const XON: u8 = 0x11;
const XOFF: u8 = 0x13;
/// Bits 7, 4, 1 and 0 are fixed in every status.
const FIXED_BITS: u8 = 0b1001_0011;
const REAL_TIME_BITS: u8 = 0b0001_0010;
const AUTOMATIC_BITS: u8 = 0b0001_0000;
/// Bits 7 and 4 are fixed in `GS r` and in the bytes of an automatic status after the first.
const PLAIN_BITS: u8 = 0b1001_0000;

/// Bytes in, replies out. Holds at most [`BLOCK_BYTES_MAX`] bytes.
#[derive(Debug, Clone, Default)]
pub struct ReplyParser {
    partial: Vec<u8>,
}

impl ReplyParser {
    /// A parser at the start of a reply.
    #[must_use]
    pub const fn new() -> Self {
        Self { partial: Vec::new() }
    }

    /// Forgets a reply that has only begun.
    pub fn reset(&mut self) {
        self.partial.clear();
    }

    /// Takes `bytes` and hands every reply that ends in them to `found`, in order.
    pub fn feed(&mut self, bytes: &[u8], mut found: impl FnMut(Result<Reply, NotAStatus>)) {
        for byte in bytes {
            self.take(*byte, &mut found);
        }
    }

    fn take(&mut self, byte: u8, found: &mut impl FnMut(Result<Reply, NotAStatus>)) {
        match byte {
            XON => return found(Ok(Reply::Ready)),
            XOFF => return found(Ok(Reply::NotReady)),
            _ => {}
        }
        match self.partial.first() {
            None => self.start(byte, found),
            Some(&BLOCK_HEADER) => self.go_on_block(byte, found),
            Some(_) => self.go_on_automatic(byte, found),
        }
    }

    fn start(&mut self, byte: u8, found: &mut impl FnMut(Result<Reply, NotAStatus>)) {
        if byte == BLOCK_HEADER || byte & FIXED_BITS == AUTOMATIC_BITS {
            self.partial.push(byte);
        } else if byte & FIXED_BITS == REAL_TIME_BITS {
            found(Ok(Reply::RealTime(byte)));
        } else if byte & PLAIN_BITS == 0 {
            found(Ok(Reply::PaperSensor(byte)));
        } else {
            found(Err(NotAStatus::Byte(byte)));
        }
    }

    fn go_on_automatic(&mut self, byte: u8, found: &mut impl FnMut(Result<Reply, NotAStatus>)) {
        if byte & PLAIN_BITS != 0 {
            found(Err(NotAStatus::Automatic { byte, place: self.partial.len() }));
            self.partial.clear();
            return self.start(byte, found);
        }
        self.partial.push(byte);
        if let Ok(status) = <[u8; 4]>::try_from(self.partial.as_slice()) {
            self.partial.clear();
            found(Ok(Reply::Automatic(status)));
        }
    }

    fn go_on_block(&mut self, byte: u8, found: &mut impl FnMut(Result<Reply, NotAStatus>)) {
        self.partial.push(byte);
        let ends = byte == 0 || self.partial.len() >= BLOCK_BYTES_MAX;
        let overlong_id = self.partial.get(1) == Some(&PROCESS_ID) && self.partial.len() >= PROCESS_ID_BYTES;
        if ends || overlong_id {
            found(read_block(&self.partial));
            self.partial.clear();
        }
    }
}

fn read_block(block: &[u8]) -> Result<Reply, NotAStatus> {
    match block {
        [BLOCK_HEADER, PROCESS_ID, d1, d2, d3, d4, 0] => Ok(Reply::ProcessId([*d1, *d2, *d3, *d4])),
        [BLOCK_HEADER, BUFFERS_CLEARED, .., 0] => Ok(Reply::BuffersCleared),
        [BLOCK_HEADER, identifier, .., 0] if !matches!(*identifier, PROCESS_ID | 0) => Ok(Reply::Block(*identifier)),
        _ => {
            let identifier = block.get(1).copied().unwrap_or(0);
            Err(NotAStatus::Block { identifier, length: block.len() })
        }
    }
}
