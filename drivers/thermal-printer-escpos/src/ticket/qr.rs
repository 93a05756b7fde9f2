//! The QR code of a ticket.

use qrcodegen::{QrCode, QrCodeEcc, QrSegment, Version};

use super::check::{FaceRefused, Field, Reason};

/// Dots per module: 0.75 mm at 203 dpi, read by every telephone from 30 cm.
pub const QR_MODULE_DOTS: u32 = 6;
/// Largest symbol that fits across the text with its quiet zone (77 modules, 412 bytes at level M).
pub const QR_VERSION_MAX: u8 = 15;

/// Encodes at error correction level M: folds and thumb prints cost up to 15 % of a symbol.
pub(crate) fn encode(text: &str) -> Result<QrCode, FaceRefused> {
    let segments = QrSegment::make_segments(text);
    let max = Version::new(QR_VERSION_MAX);
    QrCode::encode_segments_advanced(&segments, QrCodeEcc::Medium, Version::MIN, max, None, true)
        .map_err(|_| FaceRefused { field: Field::Qr, reason: Reason::CodeTooLarge { bytes: text.len() } })
}
