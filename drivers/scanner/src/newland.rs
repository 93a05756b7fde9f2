//! Serial commands of Newland's hand-held scanners (programming by serial command: `7E 01 "0000"`, `#` for a setting
//! that is lost without power or `@` for one that stays, tag, `3B 03`; replies begin with `02 01 "0000"`).

/// Makes a scanner in command mode look for one code.
pub const START: &[u8] = b"~\x010000#SCNTRG1;\x03";

/// Ends what [`START`] began.
pub const STOP: &[u8] = b"~\x010000#SCNTRG0;\x03";

/// Asks for the product's name and version; changes nothing.
pub const ASK_SYSTEM: &[u8] = b"~\x010000#QRYSYS;\x03";

/// How each reply begins, after its STX.
const REPLY: &[u8] = b"\x010000";

/// Whether what stood between STX and ETX is a reply and no code. No code of a patient begins with SOH.
pub(crate) fn is_reply(record: &[u8]) -> bool {
    record.starts_with(REPLY)
}
