//! Object identifiers as the bytes of their DER value.

/// id-PACE-…: `0.4.0.127.0.7.2.2.4`, then mapping and cipher (Doc 9303-11, 9.2.1).
pub(crate) const PACE: &[u8] = &[0x04, 0x00, 0x7F, 0x00, 0x07, 0x02, 0x02, 0x04];
/// id-CA-…: `0.4.0.127.0.7.2.2.3`, then agreement and cipher (Doc 9303-11, 9.2.6).
pub(crate) const CHIP_AUTHENTICATION: &[u8] = &[0x04, 0x00, 0x7F, 0x00, 0x07, 0x02, 0x02, 0x03];
/// id-PK-…: `0.4.0.127.0.7.2.2.1`, then agreement (Doc 9303-11, 9.2.5).
pub(crate) const CHIP_PUBLIC_KEY: &[u8] = &[0x04, 0x00, 0x7F, 0x00, 0x07, 0x02, 0x02, 0x01];
/// id-icao-mrtd-security-aaProtocolObject: `2.23.136.1.1.5` (Doc 9303-11, 9.2.4).
pub(crate) const ACTIVE_AUTHENTICATION: &[u8] = &[0x67, 0x81, 0x08, 0x01, 0x01, 0x05];
/// ecdsa-plain-signatures: `0.4.0.127.0.7.1.1.4.1`, then the hash (BSI TR-03111, 5.2.1.1).
pub(crate) const ECDSA_PLAIN: &[u8] = &[0x04, 0x00, 0x7F, 0x00, 0x07, 0x01, 0x01, 0x04, 0x01];
