//! Words as characters: TCVN-3 bytes with page switching, or glyphs of our own.
//!
//! TCVN-3 (TCVN 5712:1993, VN3) is one byte a letter in two fonts: the small letters, and the capitals at the same codes.
//! Which page number has which is the printer's own matter. Source of the codes: TCVN 5712, as printers lay it out
//! (escpos-printer-db, encodings TCVN-3-1 and TCVN-3-2); a person checks them on paper with the self-test.

use alloc::string::String;
use alloc::vec::Vec;

use super::means::TcvnPages;
use super::raster::defuse;

/// Dots of a character of Font A.
pub const CELL_WIDTH_DOTS: u32 = 12;
/// Dots of a character of Font A, downwards.
pub const CELL_HEIGHT_DOTS: u32 = 24;

/// A letter of our own for `ESC &`: twelve columns from the left, each of three bytes from the top.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Cell(pub [[u8; 3]; 12]);

impl core::fmt::Debug for Cell {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Cell")
    }
}

/// Which of the two pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Page {
    Small,
    Capital,
}

/// Small letters from their first code on; a space = no letter there.
const SMALL: [(u8, &str); 6] = [
    (0xA8, "ăâêôơưđ"),
    (0xB5, "àảãáạ ằẳẵắ"),
    (0xC6, "ặầẩẫấậè ẻẽ"),
    (0xD0, "éẹềểễếệìỉ   ĩíịò"),
    (0xE1, "ỏõóọồổỗốộờởỡớợù"),
    (0xF1, "ủũúụừửữứựỳỷỹýỵ"),
];
const CAPITAL: [(u8, &str); 8] = [
    (0xA1, "ĂÂ"),
    (0xA7, "Đ"),
    (0xAA, "ÊÔƠƯ"),
    (0xB5, "ÀẢÃÁẠ ẰẲẴẮ"),
    (0xC6, "ẶẦẨẪẤẬÈ ẺẼ"),
    (0xD0, "ÉẸỀỂỄẾỆÌỈ   ĨÍỊÒ"),
    (0xE1, "ỎÕÓỌỒỔỖỐỘỜỞỠỚỢÙ"),
    (0xF1, "ỦŨÚỤỪỬỮỨỰỲỶỸÝỴ"),
];

fn find_in(rows: &[(u8, &str)], letter: char) -> Option<u8> {
    let in_row = |(first, letters): &(u8, &str)| {
        let at = letters.chars().position(|known| known == letter && known != ' ')?;
        Some(first + u8::try_from(at).ok()?)
    };
    rows.iter().find_map(in_row)
}

fn tcvn(letter: char) -> Option<(Page, u8)> {
    let small = find_in(&SMALL, letter).map(|byte| (Page::Small, byte));
    small.or_else(|| find_in(&CAPITAL, letter).map(|byte| (Page::Capital, byte)))
}

/// Punctuation that no page has, as the ASCII that stands for it on a typewriter.
fn plain(letter: char) -> char {
    match letter {
        '–' | '—' | '‑' | '−' => '-',
        '‘' | '’' => '\'',
        '“' | '”' => '"',
        '\u{a0}' => ' ',
        '·' | '•' => '*',
        other => other,
    }
}

const fn is_ascii(letter: char) -> bool {
    matches!(letter, ' '..='~')
}

/// Characters to bytes, for one ticket.
pub(super) trait Setter {
    /// Whether every letter of `words` has a byte.
    fn knows(&self, words: &str) -> bool;
    /// Appends `words`, which it knows, with the switches it takes.
    fn set(&mut self, words: &str, out: &mut Vec<u8>);
}

/// Two TCVN-3 pages; stays on a page as long as it can.
pub(super) struct PageSetter {
    pages: TcvnPages,
    selected: Option<Page>,
}

impl PageSetter {
    pub const fn new(pages: TcvnPages) -> Self {
        Self { pages, selected: None }
    }
}

impl Setter for PageSetter {
    fn knows(&self, words: &str) -> bool {
        words.chars().map(plain).all(|letter| is_ascii(letter) || tcvn(letter).is_some())
    }

    fn set(&mut self, words: &str, out: &mut Vec<u8>) {
        for letter in words.chars().map(plain) {
            if let Some((page, byte)) = tcvn(letter) {
                if self.selected != Some(page) {
                    let number = match page {
                        Page::Small => self.pages.small,
                        Page::Capital => self.pages.capital,
                    };
                    out.extend([0x1B, b't', number]);
                    self.selected = Some(page);
                }
                out.push(byte);
            } else if is_ascii(letter) {
                out.push(letter as u8);
            }
        }
    }
}

/// Letters defined by `ESC &` in the codes of ASCII characters that the ticket does not use.
pub(super) struct CellSetter {
    placed: Vec<(char, u8, Cell)>,
}

impl CellSetter {
    /// Places the letters of `words` that `cells` has a picture of; when the codes run out, the rest is not known.
    pub fn new<'a>(words: impl Iterator<Item = &'a str> + Clone, cells: &[(char, Cell)]) -> Self {
        let letters = || words.clone().flat_map(str::chars).map(plain);
        let free = (b'!'..=b'~').filter(|code| !letters().any(|letter| letter == char::from(*code)));
        let mut wanted: Vec<char> = letters().filter(|letter| !is_ascii(*letter)).collect();
        wanted.sort_unstable();
        wanted.dedup();
        let drawn = wanted.into_iter().filter_map(|letter| cells.iter().find(|(known, _)| *known == letter));
        Self { placed: drawn.zip(free).map(|((letter, cell), code)| (*letter, code, *cell)).collect() }
    }

    /// `ESC &` for each run of neighbouring codes, then `ESC % 1`.
    pub fn define_into(&self, out: &mut Vec<u8>) {
        let mut rest = self.placed.as_slice();
        while let Some((_, first, _)) = rest.first() {
            let neighbours = rest.iter().zip(*first..).take_while(|((_, code, _), expected)| code == expected);
            let run = rest.get(..neighbours.count()).unwrap_or_default();
            let last = first + (run.len() - 1) as u8;
            out.extend([0x1B, b'&', 3, *first, last]);
            for (_, _, cell) in run {
                out.push(CELL_WIDTH_DOTS as u8);
                let mut columns = *cell;
                defuse(columns.0.as_flattened_mut());
                out.extend(columns.0.as_flattened());
            }
            rest = rest.get(run.len()..).unwrap_or_default();
        }
        if !self.placed.is_empty() {
            out.extend([0x1B, b'%', 1]);
        }
    }

    fn code(&self, letter: char) -> Option<u8> {
        self.placed.iter().find(|(known, ..)| *known == letter).map(|(_, code, _)| *code)
    }
}

impl Setter for CellSetter {
    fn knows(&self, words: &str) -> bool {
        words.chars().map(plain).all(|letter| is_ascii(letter) || self.code(letter).is_some())
    }

    fn set(&mut self, words: &str, out: &mut Vec<u8>) {
        for letter in words.chars().map(plain) {
            out.extend(self.code(letter).or(is_ascii(letter).then_some(letter as u8)));
        }
    }
}

/// `words` in lines of at most `columns` characters, broken between words where it can be.
pub(super) fn lines(words: &str, columns: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let length = |text: &str| text.chars().count();
    for word in words.split(' ') {
        match lines.last_mut() {
            Some(line) if length(line) + 1 + length(word) <= columns => {
                line.push(' ');
                line.push_str(word);
            }
            Some(_) | None => {
                let letters: Vec<char> = word.chars().collect();
                lines.extend(letters.chunks(columns.max(1)).map(|piece| piece.iter().collect::<String>()));
            }
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use super::*;

    #[test]
    fn each_of_the_134_letters_has_one_code_of_its_own_on_its_page() {
        let small = "àáảãạăằắẳẵặâầấẩẫậđèéẻẽẹêềếểễệìíỉĩịòóỏõọôồốổỗộơờớởỡợùúủũụưừứửữựỳýỷỹỵ";
        let all: Vec<char> = small.chars().chain(small.chars().flat_map(char::to_uppercase)).collect();
        assert_eq!(all.len(), 134);
        let mut codes: Vec<(bool, u8)> = all
            .iter()
            .map(|letter| tcvn(*letter).map(|(page, byte)| (page == Page::Small, byte)).unwrap_or_default())
            .collect();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), 134);
        assert!(codes.iter().all(|(_, byte)| *byte >= 0xA1));
        assert_eq!(tcvn('Đ'), Some((Page::Capital, 0xA7)));
        assert_eq!(tcvn('ự'), Some((Page::Small, 0xF9)));
    }

    #[test]
    fn a_page_is_selected_once_for_as_many_letters_as_it_serves() {
        let mut out = vec![];
        PageSetter::new(TcvnPages { small: 30, capital: 31 }).set("NGUYỄN THỊ – Mẫu ẩn", &mut out);
        let expected = [&b"NGUY\x1bt\x1f\xd4N TH\xde - M\x1bt\x1e"[..], &[0xC9], b"u ", &[0xC8], b"n"].concat();
        assert_eq!(out, expected);
    }

    #[test]
    fn lines_lose_no_letter() {
        for columns in [1, 5, 32, 48] {
            let words = "CÔNG TẰNG TÔN NỮ NGUYỄN PHƯỚC HUYỀN TRÂN";
            let broken = lines(words, columns);
            assert!(broken.iter().all(|line| line.chars().count() <= columns));
            assert_eq!(broken.concat().replace(' ', ""), words.replace(' ', ""));
        }
    }
}
