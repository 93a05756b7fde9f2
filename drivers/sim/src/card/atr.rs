//! The answer to reset that a reader makes up for a contactless card, or gets from a contact (PC/SC part 3, 3.1.3.2.3).

use super::plan::Lengths;

/// Card capabilities with extended length (ISO 7816-4, 8.1.1.2.7): third byte, bit 7.
const EXTENDED_LENGTH: u8 = 0x40;

/// Selection by full name and by file identifier, data coded as ISO 7816-4 says.
const SELECTION: [u8; 2] = [0x94, 0x01];

/// T=0 and T=1 offered, and historical bytes that say which lengths the card takes.
#[must_use]
pub fn atr(lengths: Lengths) -> Vec<u8> {
    let third = match lengths {
        Lengths::Short => 0x00,
        Lengths::Extended { .. } => EXTENDED_LENGTH,
    };
    // Category 80 (compact TLV), then tag 7 with three bytes.
    let historical = [&[0x80, 0x73][..], &SELECTION, &[third]].concat();
    let count = u8::try_from(historical.len()).unwrap_or_default();
    let mut body = [&[0x80 | count, 0x80, 0x01][..], &historical].concat();
    let check = body.iter().fold(0, |check, byte| check ^ byte);
    body.insert(0, 0x3B);
    body.push(check);
    body
}
