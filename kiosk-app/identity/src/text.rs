use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};
use zeroize::Zeroizing;

use crate::refusal::Refusal;

/// Longest payload accepted, in bytes: what one QR symbol can hold (version 40-L, ISO/IEC 18004).
pub const PAYLOAD_BYTES_MAX: usize = 2_953;

/// Longest residence accepted, in characters after NFC. No limit is published.
pub const RESIDENCE_CHARS_MAX: usize = 500;

/// What a GM65-class engine answers to a command, in the same stream and just before the data.
const ENGINE_ACKNOWLEDGEMENT: &[u8] = &[0x02, 0x00, 0x00, 0x01, 0x00, 0x33, 0x31];

/// `bytes` without an engine's acknowledgement in front.
pub fn without_acknowledgement(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(ENGINE_ACKNOWLEDGEMENT).unwrap_or(bytes)
}

/// Turns a payload into NFC text without what engines put around it.
///
/// A driver has removed all that already; payloads from a file or a terminal program still have it.
pub fn payload_text(bytes: &[u8]) -> Result<Zeroizing<String>, Refusal> {
    if bytes.len() > PAYLOAD_BYTES_MAX {
        return Err(Refusal::TooLong { max: PAYLOAD_BYTES_MAX, got: bytes.len() });
    }
    if looks_like_utf16(bytes) {
        return Err(Refusal::Utf16);
    }
    let text = std::str::from_utf8(bytes).map_err(|error| Refusal::NotUtf8 { at: error.valid_up_to() })?;
    let bare = without_wrapping(text);
    if bare.is_empty() {
        return Err(Refusal::Empty);
    }
    Ok(Zeroizing::new(composed(bare)))
}

/// `text` in NFC, a no-break space read as a space. Allocated once: a string that grows leaves copies behind that nobody
/// wipes.
pub fn composed(text: &str) -> String {
    if is_composed(text) {
        collected(|| text.chars().map(plain_space))
    } else {
        collected(|| text.nfc().map(plain_space))
    }
}

/// `text` in NFC without spaces around it, and with one where there are several.
pub fn composed_line(text: &str) -> String {
    let text = text.trim();
    if is_composed(text) { collected(|| single_spaced(text.chars())) } else { collected(|| single_spaced(text.nfc())) }
}

/// The quick check of Unicode Annex 15: what cards hold passes it, and costs half as much to read.
fn is_composed(text: &str) -> bool {
    is_nfc_quick(text.chars()) == IsNormalized::Yes
}

fn single_spaced(characters: impl Iterator<Item = char>) -> impl Iterator<Item = char> {
    let kept = characters.map(plain_space).scan(false, |after_space, character| {
        let doubled = *after_space && character == ' ';
        *after_space = character == ' ';
        Some((!doubled).then_some(character))
    });
    kept.flatten()
}

fn collected<I: Iterator<Item = char>>(characters: impl Fn() -> I) -> String {
    let mut text = String::with_capacity(characters().map(char::len_utf8).sum());
    text.extend(characters());
    text
}

const fn plain_space(character: char) -> char {
    match character {
        '\u{A0}' => ' ',
        other => other,
    }
}

/// A byte-order mark, or a first character of two bytes one of which is zero, twice.
fn looks_like_utf16(bytes: &[u8]) -> bool {
    match bytes {
        [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] => true,
        [first, 0, third, 0, ..] | [0, first, 0, third, ..] => *first != 0 && *third != 0,
        _ => false,
    }
}

/// Removes UTF-8's mark, STX and the AIM identifier in front; terminators, padding and ETX behind.
fn without_wrapping(text: &str) -> &str {
    let text = text.trim_start_matches(['\u{FEFF}', '\u{2}', ' ', '\r', '\n', '\0']);
    let text = text
        .strip_prefix("]Q")
        .and_then(|rest| rest.strip_prefix(|version: char| version.is_ascii_digit()))
        .unwrap_or(text);
    text.trim_matches(['\r', '\n', '\0', '\t', '\u{3}', '\u{4}', ' '])
}

/// Refuses characters that change what a screen shows or a printer does.
pub fn check_characters(text: &str) -> Result<(), Refusal> {
    text.chars().try_for_each(check_character)
}

fn check_character(character: char) -> Result<(), Refusal> {
    match character {
        '\r' | '\n' | '\u{2028}' | '\u{2029}' => Err(Refusal::LineBreak),
        _ if character.is_control() => Err(Refusal::ControlCharacter),
        '\u{61C}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' => {
            Err(Refusal::BidiCharacter)
        }
        _ if is_invisible(character) => Err(Refusal::InvisibleCharacter),
        '\u{FFFD}' => Err(Refusal::ReplacementCharacter),
        _ => Ok(()),
    }
}

/// Unicode's `Default_Ignorable_Code_Point` without the bidirectional ones, and the annotation marks.
fn is_invisible(character: char) -> bool {
    matches!(character,
        '\u{AD}' | '\u{34F}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}' | '\u{180B}'..='\u{180F}'
        | '\u{200B}'..='\u{200D}' | '\u{2060}'..='\u{2065}' | '\u{206A}'..='\u{206F}' | '\u{3164}'
        | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}' | '\u{FFF0}'..='\u{FFFB}'
        | '\u{1BCA0}'..='\u{1BCA3}' | '\u{1D173}'..='\u{1D17A}' | '\u{E0000}'..='\u{E0FFF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_engines_put_around_a_payload_is_removed() {
        for wrapped in ["x", "x\r\n", "\u{FEFF}x\0\0", "\u{2}x\u{3}\r", "]Q1x\t", "\n x "] {
            assert_eq!(payload_text(wrapped.as_bytes()).unwrap().as_str(), "x", "{wrapped:?}");
        }
    }

    #[test]
    fn a_composed_text_never_grows() {
        let decomposed = "e\u{302}\u{301}".repeat(700);
        let text = composed(&decomposed);
        assert_eq!((text.as_str(), text.capacity()), ("ế".repeat(700).as_str(), "ế".len() * 700));
        let line = composed_line("  a \u{A0} b  ");
        assert_eq!((line.as_str(), line.capacity()), ("a b", 3));
    }

    #[test]
    fn utf16_is_named_in_both_orders() {
        for bytes in [&b"0\x001\x00"[..], b"\x000\x001", b"\xFF\xFEx\x00"] {
            assert_eq!(payload_text(bytes), Err(Refusal::Utf16));
        }
    }
}
