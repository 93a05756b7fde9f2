//! Commands that act on arrival: while off line, while printing, and even in the middle of other data.

/// A real-time command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RealTime {
    /// `DLE EOT n`.
    Status(u8),
    /// `DLE ENQ 1`: recover and go on from the line where it stopped.
    Resume,
    /// `DLE ENQ 2`: recover after clearing the buffers.
    ResumeCleared,
    /// `DLE DC4` function 8: clear the buffers.
    Clear,
}

/// `DLE DC4 8` with its password.
pub(super) const CLEAR: [u8; 10] = [0x10, 0x14, 8, 1, 3, 20, 1, 6, 2, 8];
pub(super) const DLE: u8 = 0x10;
pub(super) const EOT: u8 = 0x04;
pub(super) const ENQ: u8 = 0x05;
/// The `n` of `DLE EOT n` by which kiosk printers tell everything at once.
pub(super) const FULL_STATUS: u8 = 20;

/// Watches the line for real-time commands, whatever they stand in.
#[derive(Debug, Clone, Default)]
pub(super) struct Watch {
    tail: Vec<u8>,
}

impl Watch {
    /// Whether nothing of a real-time command has been seen.
    pub(super) fn is_idle(&self) -> bool {
        self.tail.is_empty()
    }

    pub(super) fn push(&mut self, byte: u8) -> Option<RealTime> {
        self.tail.push(byte);
        while !self.tail.is_empty() && !may_begin(&self.tail) {
            self.tail.remove(0);
        }
        let command = match *self.tail.as_slice() {
            [DLE, EOT, n] => Some(RealTime::Status(n)),
            [DLE, ENQ, 1] => Some(RealTime::Resume),
            [DLE, ENQ, 2] => Some(RealTime::ResumeCleared),
            ref tail if *tail == CLEAR => Some(RealTime::Clear),
            _ => None,
        };
        if command.is_some() {
            self.tail.clear();
        }
        command
    }
}

/// Whether `bytes` is a real-time command or the beginning of one. Never true for more than ten bytes.
fn may_begin(bytes: &[u8]) -> bool {
    matches!(bytes, [DLE] | [DLE, EOT | ENQ] | [DLE, EOT, 1..=4 | FULL_STATUS] | [DLE, ENQ, 1 | 2])
        || CLEAR.starts_with(bytes)
}
