//! Serial commands of the GM65 family (GM65, GM8xx, Newland EM30xx): `7E 00`, type, length, address (2), data, check.

/// Makes an engine in command mode look for one code: bit 0 of zone 0x0002. It stops by itself after its single-read
/// time (5 s by default). The check bytes `AB CD` mean "do not check".
pub const TRIGGER: [u8; 9] = [0x7E, 0x00, 0x08, 0x01, 0x00, 0x02, 0x01, 0xAB, 0xCD];

/// The answer to a command that was taken. It comes in the same stream as the codes, just before the code it led to,
/// so the framing removes it wherever it appears.
pub const ACKNOWLEDGEMENT: [u8; 7] = [0x02, 0x00, 0x00, 0x01, 0x00, 0x33, 0x31];
