//! The QR code of a ticket.

use qrcodegen::{QrCode, QrCodeEcc, QrSegment, Version};

use super::check::{FaceRefused, Field, Reason};

/// Largest symbol on 80 mm paper (77 modules, 412 bytes at level M); on 58 mm paper it is version 13 (69 modules).
pub const QR_VERSION_MAX: u8 = 15;
/// Modules of version 1, and what each further version adds to a side.
const MODULES_LEAST: u32 = 21;
const MODULES_PER_VERSION: u32 = 4;

/// Encodes at error correction level M, at most `modules_max` wide: folds and thumb prints cost up to 15 % of a symbol.
pub(crate) fn encode(text: &str, modules_max: u32) -> Result<QrCode, FaceRefused> {
    let segments = QrSegment::make_segments(text);
    let version = modules_max.saturating_sub(MODULES_LEAST) / MODULES_PER_VERSION + 1;
    let max = Version::new(u8::try_from(version).unwrap_or(QR_VERSION_MAX).clamp(1, QR_VERSION_MAX));
    QrCode::encode_segments_advanced(&segments, QrCodeEcc::Medium, Version::MIN, max, None, false)
        .map_err(|_| FaceRefused { field: Field::Qr, reason: Reason::CodeTooLarge { bytes: text.len() } })
}
