//! Vietnamese letters of a printer's TCVN-3 pages: which byte is which, and how they look.

use super::face::{CELL_HEIGHT, CELL_WIDTH, Cell, glyph};

/// Which of the two TCVN-3 pages is selected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tcvn {
    Small,
    Capital,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    Bare,
    Breve,
    Circumflex,
    Horn,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tone {
    Grave,
    Hook,
    Tilde,
    Acute,
    DotBelow,
}

const TONES: [Tone; 5] = [Tone::Grave, Tone::Hook, Tone::Tilde, Tone::Acute, Tone::DotBelow];

/// Vowels with the codes of their five tones, in the order of [`TONES`], and those five letters, small.
const VOWELS: [(u8, Shape, [u8; 5], &str); 12] = [
    (b'a', Shape::Bare, [0xB5, 0xB6, 0xB7, 0xB8, 0xB9], "àảãáạ"),
    (b'a', Shape::Breve, [0xBB, 0xBC, 0xBD, 0xBE, 0xC6], "ằẳẵắặ"),
    (b'a', Shape::Circumflex, [0xC7, 0xC8, 0xC9, 0xCA, 0xCB], "ầẩẫấậ"),
    (b'e', Shape::Bare, [0xCC, 0xCE, 0xCF, 0xD0, 0xD1], "èẻẽéẹ"),
    (b'e', Shape::Circumflex, [0xD2, 0xD3, 0xD4, 0xD5, 0xD6], "ềểễếệ"),
    (b'i', Shape::Bare, [0xD7, 0xD8, 0xDC, 0xDD, 0xDE], "ìỉĩíị"),
    (b'o', Shape::Bare, [0xDF, 0xE1, 0xE2, 0xE3, 0xE4], "òỏõóọ"),
    (b'o', Shape::Circumflex, [0xE5, 0xE6, 0xE7, 0xE8, 0xE9], "ồổỗốộ"),
    (b'o', Shape::Horn, [0xEA, 0xEB, 0xEC, 0xED, 0xEE], "ờởỡớợ"),
    (b'u', Shape::Bare, [0xEF, 0xF1, 0xF2, 0xF3, 0xF4], "ùủũúụ"),
    (b'u', Shape::Horn, [0xF5, 0xF6, 0xF7, 0xF8, 0xF9], "ừửữứự"),
    (b'y', Shape::Bare, [0xFA, 0xFB, 0xFC, 0xFD, 0xFE], "ỳỷỹýỵ"),
];

/// Letters without a tone: the code of the small one and of the capital differ.
const TONELESS: [(u8, u8, char, u8, Shape); 7] = [
    (0xA8, 0xA1, 'ă', b'a', Shape::Breve),
    (0xA9, 0xA2, 'â', b'a', Shape::Circumflex),
    (0xAA, 0xAA, 'ê', b'e', Shape::Circumflex),
    (0xAB, 0xAB, 'ô', b'o', Shape::Circumflex),
    (0xAC, 0xAC, 'ơ', b'o', Shape::Horn),
    (0xAD, 0xAD, 'ư', b'u', Shape::Horn),
    (0xAE, 0xA7, 'đ', b'd', Shape::Bare),
];

/// A letter, its bare form, and the marks it carries.
struct Letter {
    letter: char,
    base: u8,
    shape: Shape,
    tone: Option<Tone>,
}

fn find(page: Tcvn, byte: u8) -> Option<Letter> {
    let with_tone = |(base, shape, codes, letters): &(u8, Shape, [u8; 5], &str)| {
        let at = codes.iter().position(|code| *code == byte)?;
        let letter = letters.chars().nth(at)?;
        Some(Letter { letter, base: *base, shape: *shape, tone: TONES.get(at).copied() })
    };
    let toneless = |(small, capital, letter, base, shape): &(u8, u8, char, u8, Shape)| {
        let code = match page {
            Tcvn::Small => small,
            Tcvn::Capital => capital,
        };
        (*code == byte).then_some(Letter { letter: *letter, base: *base, shape: *shape, tone: None })
    };
    let found = VOWELS.iter().find_map(with_tone).or_else(|| TONELESS.iter().find_map(toneless))?;
    Some(match page {
        Tcvn::Small => found,
        Tcvn::Capital => Letter {
            letter: found.letter.to_uppercase().next().unwrap_or(found.letter),
            base: found.base.to_ascii_uppercase(),
            ..found
        },
    })
}

/// The character a byte of `page` stands for, and its dots; `None` where the page has none.
pub(super) fn letter(page: Tcvn, byte: u8) -> Option<(char, Cell)> {
    let found = find(page, byte)?;
    let mut cell = glyph(found.base);
    // Small letters begin lower in their cell than capitals.
    let top = if found.base.is_ascii_uppercase() { 3 } else { 6 };
    match found.shape {
        Shape::Bare if found.base.eq_ignore_ascii_case(&b'd') => stroke(&mut cell, &[(1, 12), (7, 12)]),
        Shape::Bare => {}
        Shape::Breve => stroke(&mut cell, &[(3, top), (5, top + 1), (8, top)]),
        Shape::Circumflex => stroke(&mut cell, &[(3, top + 1), (5, top - 1), (8, top + 1)]),
        Shape::Horn => stroke(&mut cell, &[(9, top + 3), (11, top + 1)]),
    }
    match found.tone {
        Some(Tone::Grave) => stroke(&mut cell, &[(4, top - 3), (6, top - 2)]),
        Some(Tone::Acute) => stroke(&mut cell, &[(5, top - 2), (7, top - 3)]),
        Some(Tone::Hook) => stroke(&mut cell, &[(5, top - 3), (6, top - 3), (6, top - 2)]),
        Some(Tone::Tilde) => stroke(&mut cell, &[(3, top - 2), (5, top - 3), (7, top - 2), (9, top - 3)]),
        Some(Tone::DotBelow) => stroke(&mut cell, &[(5, 22), (6, 22)]),
        None => {}
    }
    Some((found.letter, cell))
}

/// Draws from point to point, a column at a time.
fn stroke(cell: &mut Cell, points: &[(usize, usize)]) {
    for pair in points.windows(2) {
        let [(from_x, from_y), (to_x, to_y)] = *pair else { continue };
        for x in from_x..=to_x.min(CELL_WIDTH - 1) {
            let span = (to_x - from_x).max(1);
            let y = (from_y * (span - (x - from_x)) + to_y * (x - from_x)) / span;
            cell.set(x, y.min(CELL_HEIGHT - 1));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_pages_have_67_letters_that_look_different() {
        for page in [Tcvn::Small, Tcvn::Capital] {
            let letters: Vec<(char, Cell)> = (0x80..=0xFF).filter_map(|byte| letter(page, byte)).collect();
            assert_eq!(letters.len(), 67);
            for (at, (letter, cell)) in letters.iter().enumerate() {
                let twin = letters.iter().take(at).find(|(_, other)| other == cell);
                assert!(twin.is_none(), "{letter} looks like {twin:?}");
            }
        }
    }
}
