//! HID Point of Sale as most makers do it: report 2 has a count, the AIM identifier (3), 56 bytes of data, two bytes of
//! the maker's own, and a byte whose lowest bit means "continued". Report 3 tells of the trigger.

/// Bytes of data in one report.
const DATA_BYTES: usize = 56;
const REPORT_BYTES: usize = 64;
const CODE_REPORT: u8 = 2;
const TRIGGER_REPORT: u8 = 3;

/// The scanner's report descriptor, as `report_descriptor` in sysfs shows it.
pub const HID_POS_DESCRIPTOR: &[u8] = &[
    0x05, 0x8C, 0x09, 0x02, 0xA1, 0x01, // Bar Code Scanner page, Bar Code Scanner, collection (application)
    0x09, 0x12, 0xA1, 0x02, // Scanned Data Report, collection (logical)
    0x85, 0x02, 0x15, 0x00, 0x26, 0xFF, 0x00, 0x75, 0x08, // report 2, 0 to 255, 8 bits
    0x95, 0x01, 0x05, 0x01, 0x09, 0x3B, 0x81, 0x02, // Generic Desktop, Byte Count
    0x95, 0x03, 0x05, 0x8C, 0x09, 0xFB, 0x09, 0xFC, 0x09, 0xFD, 0x81, 0x02, // Symbology Identifier 1, 2, 3
    0x95, 0x38, 0x09, 0xFE, 0x82, 0x02, 0x01, // 56 bytes of Decoded Data
    0x95, 0x02, 0x06, 0x66, 0xFF, 0x09, 0x04, 0x09, 0x00, 0x81, 0x02, // two bytes on the maker's own page
    0x05, 0x8C, 0x25, 0x01, 0x75, 0x01, 0x95, 0x01, 0x09, 0xFF, 0x81, 0x02, // Decode Data Continued
    0x75, 0x07, 0x81, 0x03, // padding
    0xC0, 0x09, 0x14, 0xA1, 0x02, // Trigger Report, collection (logical)
    0x85, 0x03, 0x75, 0x01, 0x95, 0x01, 0x09, 0x60, 0x81, 0x02, // report 3, one bit
    0x75, 0x07, 0x81, 0x03, // padding
    0xC0, 0xC0,
];

/// A QR code as input reports.
pub(super) fn reports(code: &[u8]) -> Vec<u8> {
    let last = code.len().div_ceil(DATA_BYTES).saturating_sub(1);
    let piece = |(place, data): (usize, &[u8])| report(data, u8::from(place < last));
    code.chunks(DATA_BYTES).enumerate().flat_map(piece).collect()
}

fn report(data: &[u8], continued: u8) -> [u8; REPORT_BYTES] {
    let mut report = [0; REPORT_BYTES];
    let count = u8::try_from(data.len()).unwrap_or(u8::MAX);
    let head = [CODE_REPORT, count, b']', b'Q', b'1'];
    for (slot, byte) in report.iter_mut().zip(head.iter().chain(data)) {
        *slot = *byte;
    }
    report[REPORT_BYTES - 1] = continued;
    report
}

/// The trigger pressed and let go, and a report whose count is more than fits.
pub(super) fn other_reports() -> Vec<u8> {
    let mut impossible = report(&[b'x'; DATA_BYTES], 0);
    impossible[1] = 200;
    [&[TRIGGER_REPORT, 1, TRIGGER_REPORT, 0], impossible.as_slice()].concat()
}
