//! Serial commands of Honeywell's scanners (user's guides, "Serial programming commands" and "Manual trigger").

/// Trigger on: SYN T CR. Needs a two-way interface and manual trigger mode.
pub const START: &[u8] = b"\x16T\r";

/// Trigger off: SYN U CR.
pub const STOP: &[u8] = b"\x16U\r";

/// Asks for the revision of the software, as a menu command that stores nothing: SYN M CR `REVINF.`.
pub const ASK_REVISION: &[u8] = b"\x16M\rREVINF.";
