//! BER-TLV and DER as the card writes and reads them (ISO 7816-4, X.690).

/// Longest chain of bytes in a tag: enough for `7F2E` and `BF8101`.
const TAG_BYTES_MAX: usize = 3;

/// One object: tag, length in the shortest form, content.
#[must_use]
pub fn tlv(tag: u32, content: &[u8]) -> Vec<u8> {
    let mut out = tag_bytes(tag);
    out.extend(length(content.len()));
    out.extend_from_slice(content);
    out
}

/// One object around several parts.
pub fn tlv_of(tag: u32, parts: &[&[u8]]) -> Vec<u8> {
    tlv(tag, &parts.concat())
}

fn tag_bytes(tag: u32) -> Vec<u8> {
    let bytes = tag.to_be_bytes();
    let start = bytes.iter().position(|byte| *byte != 0).unwrap_or(3);
    bytes.get(start..).unwrap_or_default().to_vec()
}

fn length(count: usize) -> Vec<u8> {
    if count < 0x80 {
        return vec![u8::try_from(count).unwrap_or_default()];
    }
    let bytes = count.to_be_bytes();
    let start = bytes.iter().position(|byte| *byte != 0).unwrap_or_default();
    let digits = bytes.get(start..).unwrap_or_default();
    let mut out = vec![0x80 | u8::try_from(digits.len()).unwrap_or_default()];
    out.extend_from_slice(digits);
    out
}

/// An object read from bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Object<'a> {
    /// The tag with its leading bits.
    pub tag: u32,
    /// What is inside.
    pub content: &'a [u8],
}

/// All objects of `bytes`, one after the other; `None` when one is cut off or malformed.
pub fn objects(bytes: &[u8]) -> Option<Vec<Object<'_>>> {
    let mut found = Vec::new();
    let mut rest = bytes;
    while !rest.is_empty() {
        let (object, after) = first(rest)?;
        found.push(object);
        rest = after;
    }
    Some(found)
}

/// The content of the first object with `tag` among the top-level ones.
pub fn find(bytes: &[u8], tag: u32) -> Option<&[u8]> {
    objects(bytes)?.into_iter().find(|object| object.tag == tag).map(|object| object.content)
}

fn first(bytes: &[u8]) -> Option<(Object<'_>, &[u8])> {
    let (tag, rest) = read_tag(bytes)?;
    let (count, rest) = read_length(rest)?;
    let (content, after) = rest.split_at_checked(count)?;
    Some((Object { tag, content }, after))
}

fn read_tag(bytes: &[u8]) -> Option<(u32, &[u8])> {
    let (leading, mut rest) = bytes.split_first()?;
    let mut tag = u32::from(*leading);
    if leading & 0x1F != 0x1F {
        return Some((tag, rest));
    }
    for _ in 1..TAG_BYTES_MAX {
        let (next, after) = rest.split_first()?;
        (tag, rest) = (tag << 8 | u32::from(*next), after);
        if next & 0x80 == 0 {
            return Some((tag, rest));
        }
    }
    None
}

fn read_length(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let (leading, rest) = bytes.split_first()?;
    if leading & 0x80 == 0 {
        return Some((usize::from(*leading), rest));
    }
    let digits = usize::from(leading & 0x7F);
    if !(1..=3).contains(&digits) {
        return None;
    }
    let (written, rest) = rest.split_at_checked(digits)?;
    Some((written.iter().fold(0, |count, digit| count << 8 | usize::from(*digit)), rest))
}

/// SEQUENCE of parts.
pub fn sequence(parts: &[&[u8]]) -> Vec<u8> {
    tlv_of(0x30, parts)
}

/// SET OF in the order DER demands.
pub fn set_of(mut parts: Vec<Vec<u8>>) -> Vec<u8> {
    parts.sort();
    tlv(0x31, &parts.concat())
}

/// INTEGER of an unsigned big-endian number.
pub fn unsigned(number: &[u8]) -> Vec<u8> {
    let start = number.iter().position(|byte| *byte != 0).unwrap_or(number.len());
    let digits = number.get(start..).unwrap_or_default();
    let sign: &[u8] = if digits.first().is_none_or(|byte| byte & 0x80 != 0) { &[0] } else { &[] };
    tlv_of(0x02, &[sign, digits])
}

/// INTEGER of a small number.
pub fn small(number: u8) -> Vec<u8> {
    unsigned(&[number])
}

/// OBJECT IDENTIFIER from its numbers; the first two as X.690 8.19 joins them.
pub fn oid(numbers: &[u32]) -> Vec<u8> {
    let joined = match numbers {
        [first, second, ..] => first * 40 + second,
        [] | [_] => 0,
    };
    let mut content = base_128(joined);
    content.extend(numbers.iter().skip(2).flat_map(|number| base_128(*number)));
    tlv(0x06, &content)
}

fn base_128(number: u32) -> Vec<u8> {
    let digits = (0..5).rev().map(|place| (number >> (7 * place)) & 0x7F);
    let mut out: Vec<u8> =
        digits.skip_while(|digit| *digit == 0).filter_map(|digit| u8::try_from(digit).ok()).collect();
    if out.is_empty() {
        out.push(0);
    }
    let last = out.len() - 1;
    out.iter_mut().take(last).for_each(|digit| *digit |= 0x80);
    out
}

/// OCTET STRING.
pub fn octets(content: &[u8]) -> Vec<u8> {
    tlv(0x04, content)
}

/// BIT STRING of whole bytes.
pub fn bits(content: &[u8]) -> Vec<u8> {
    tlv_of(0x03, &[&[0], content])
}

/// NULL.
pub fn null() -> Vec<u8> {
    vec![0x05, 0x00]
}

/// UTF8String.
pub fn utf8(text: &str) -> Vec<u8> {
    tlv(0x0C, text.as_bytes())
}

/// PrintableString.
pub fn printable(text: &str) -> Vec<u8> {
    tlv(0x13, text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_written_in_their_shortest_form_and_read_back() {
        for count in [0, 1, 127, 128, 255, 256, 65_535, 70_000] {
            let written = tlv(0x7F2E, &vec![7; count]);
            let read = objects(&written).unwrap();
            assert_eq!((read.len(), read[0].tag, read[0].content.len()), (1, 0x7F2E, count));
        }
        assert_eq!(tlv(0x04, &[0; 128])[..3], [0x04, 0x81, 0x80]);
    }

    #[test]
    fn a_cut_off_object_is_none() {
        assert_eq!(objects(&[0x87, 0x05, 1, 2]), None);
        assert_eq!(objects(&[0x87]), None);
    }

    #[test]
    fn identifiers_are_joined_as_x690_says() {
        assert_eq!(oid(&[0, 4, 0, 127, 0, 7, 2, 2, 4, 2, 2]), [6, 10, 4, 0, 0x7F, 0, 7, 2, 2, 4, 2, 2]);
        assert_eq!(oid(&[1, 2, 840, 113_549]), [6, 6, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D]);
        assert_eq!(oid(&[2, 23, 136, 1, 1, 1]), [6, 6, 0x67, 0x81, 0x08, 1, 1, 1]);
    }

    #[test]
    fn a_high_bit_gets_a_sign_byte() {
        assert_eq!(unsigned(&[0, 0x80]), [2, 2, 0, 0x80]);
        assert_eq!(small(0), [2, 1, 0]);
    }
}
