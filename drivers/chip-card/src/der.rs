//! The universal types of DER that documents use (X.690).

use crate::tlv::Tag;

pub(crate) const BOOLEAN: Tag = 0x01;
pub(crate) const INTEGER: Tag = 0x02;
pub(crate) const BIT_STRING: Tag = 0x03;
pub(crate) const OCTET_STRING: Tag = 0x04;
pub(crate) const OID: Tag = 0x06;
pub(crate) const SEQUENCE: Tag = 0x30;
pub(crate) const SET: Tag = 0x31;

/// A positive number below 256.
pub(crate) fn small_unsigned(value: &[u8]) -> Option<u8> {
    match value {
        [number] if *number < 0x80 => Some(*number),
        [0, number] => Some(*number),
        _ => None,
    }
}

/// The bytes of a positive number without the zero that keeps it positive.
pub(crate) fn unsigned(value: &[u8]) -> &[u8] {
    let zeros = value.iter().take_while(|byte| **byte == 0).count();
    value.get(zeros..).unwrap_or_default()
}
