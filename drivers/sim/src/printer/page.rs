//! Commands to rows of dots: settings, the line of text, graphics and symbols.

use std::collections::BTreeMap;

use super::command::{Command, Graphic, Justification, Scale};
use super::face::{Cell, glyph};
use super::line::{Line, Look, blacken, indent};
use super::mechanism::Mechanism;
use super::paper::{BLANK, DOTS_PER_ROW, ROW_BYTES, Row};
use super::symbol::{Symbol, SymbolStore};
use super::vietnamese::{self, Tcvn};

/// Feed of one line in dots after `ESC @` and `ESC 2` (1/6 inch rounded to the Epson default of 30 dots).
const LINE_DOTS: u32 = 30;

/// Character cells between tab stops (default after `ESC @`).
const TAB_CELLS: usize = 8;

#[derive(Debug, Clone)]
pub(super) struct Page {
    justification: Justification,
    look: Look,
    line_dots: u32,
    double_byte: bool,
    /// First half of a double-byte character.
    lead: bool,
    line: Line,
    graphic: Option<Graphic>,
    symbols: SymbolStore,
    start: PageStart,
    tcvn: Option<Tcvn>,
    /// Letters of the host's own, by code.
    defined: BTreeMap<u8, Cell>,
    use_defined: bool,
    /// Characters printed since power on, for [`super::VirtualPrinter::words`].
    words: String,
}

/// What holds after `ESC @`.
#[derive(Debug, Clone, Copy)]
pub(super) struct PageStart {
    pub(super) double_byte: bool,
    /// Numbers of the TCVN-3 pages, small letters and capitals.
    pub(super) tcvn_pages: Option<(u8, u8)>,
}

/// Most bytes of words remembered; when full, the older half is forgotten.
const WORDS_BYTES_MAX: usize = 65_536;

impl Page {
    pub(super) fn new(start: PageStart) -> Self {
        Self {
            justification: Justification::Left,
            look: Look::PLAIN,
            line_dots: LINE_DOTS,
            double_byte: start.double_byte,
            lead: false,
            line: Line::default(),
            graphic: None,
            symbols: SymbolStore::default(),
            start,
            tcvn: None,
            defined: BTreeMap::new(),
            use_defined: false,
            words: String::new(),
        }
    }

    pub(super) fn words(&self) -> &str {
        &self.words
    }

    /// What was to be printed is forgotten; settings stay.
    pub(super) fn clear(&mut self) {
        self.line.clear();
        self.lead = false;
        self.graphic = None;
    }

    /// Acts on a command that changes the page or moves paper; the others pass by.
    pub(super) fn obey(&mut self, command: Command, mechanism: &mut Mechanism) {
        match command {
            Command::Initialize => *self = Self { words: std::mem::take(&mut self.words), ..Self::new(self.start) },
            Command::Text(byte) => self.text(byte, mechanism),
            Command::Tab => self.tab(mechanism),
            Command::LineFeed => self.end_line(mechanism),
            Command::FeedDots(dots) => {
                self.flush(mechanism);
                mechanism.feed(u32::from(dots));
            }
            Command::FeedLines(lines) => (0..lines).for_each(|_| self.end_line(mechanism)),
            Command::LineSpacing(dots) => self.line_dots = dots.map_or(LINE_DOTS, u32::from),
            Command::Justify(justification) => self.justification = justification,
            Command::PrintMode(n) => self.print_mode(n),
            Command::CharacterSize(n) => {
                self.look.across = 1 + usize::from(n >> 4 & 7);
                self.look.down = 1 + usize::from(n & 7);
            }
            Command::Bold(n) => self.look.bold = n & 1 != 0,
            Command::Underline(n) => self.look.underline = !matches!(n, 0 | 48),
            Command::Inverse(n) => self.look.inverse = n & 1 != 0,
            Command::DoubleByte(on) => {
                self.double_byte = on;
                self.lead = false;
            }
            Command::RasterRow { scale, bits } => {
                self.flush(mechanism);
                self.picture_row(&bits, bits.len() * 8, scale, mechanism);
            }
            Command::StoreGraphic(graphic) => self.graphic = Some(graphic),
            Command::PrintGraphic => self.print_graphic(mechanism),
            Command::Qr(qr) => {
                if let Some(symbol) = self.symbols.obey(qr) {
                    self.flush(mechanism);
                    self.print_symbol(&symbol, mechanism);
                }
            }
            Command::Cut { kind, feed_dots } => {
                self.flush(mechanism);
                if let Some(dots) = feed_dots {
                    mechanism.feed(mechanism.gap_rows() + u32::from(dots));
                }
                mechanism.cut(kind);
            }
            Command::Unknown(bytes) => {
                if let [byte] = *bytes {
                    self.place(glyph(byte), 1, mechanism);
                }
            }
            Command::CodePage(page) => self.tcvn = self.tcvn_page(page),
            Command::DefineLetters(first, cells) => self.defined.extend((first..).zip(cells)),
            Command::DefinedLetters(n) => self.use_defined = n & 1 != 0,
            Command::Nothing
            | Command::RealTime
            | Command::Nv(_)
            | Command::PrintNv(..)
            | Command::Acknowledge
            | Command::AutoStatus(_)
            | Command::TransmitStatus(_)
            | Command::ProcessId(_)
            | Command::CountUp
            | Command::TransmitCounter
            | Command::Presenter(_) => {}
        }
    }

    /// `ESC !`: bit 3 bold, 4 double height, 5 double width, 7 underline.
    const fn print_mode(&mut self, n: u8) {
        self.look.bold = n & 0b1000 != 0;
        self.look.down = if n & 0b1_0000 == 0 { 1 } else { 2 };
        self.look.across = if n & 0b10_0000 == 0 { 1 } else { 2 };
        self.look.underline = n & 0b1000_0000 != 0;
    }

    /// In double-byte text two bytes are one wide character, whatever they are: a box.
    fn text(&mut self, byte: u8, mechanism: &mut Mechanism) {
        if std::mem::take(&mut self.lead) {
            self.place(glyph(0xFF), 2, mechanism);
            self.remember('□');
        } else if self.double_byte && byte >= 0x80 {
            self.lead = true;
        } else {
            let (letter, dots) = self.letter(byte);
            self.place(dots, 1, mechanism);
            self.remember(letter);
        }
    }

    /// The character of `byte`, and its dots: the host's own where it has one, else that of the selected page.
    fn letter(&self, byte: u8) -> (char, Cell) {
        if let Some(dots) = self.defined.get(&byte).filter(|_| self.use_defined) {
            return ('◆', *dots);
        }
        let letter = self.tcvn.and_then(|page| vietnamese::letter(page, byte));
        letter.unwrap_or_else(|| (if byte.is_ascii() { char::from(byte) } else { '□' }, glyph(byte)))
    }

    fn tcvn_page(&self, page: u8) -> Option<Tcvn> {
        let (small, capital) = self.start.tcvn_pages?;
        if page == small {
            Some(Tcvn::Small)
        } else if page == capital {
            Some(Tcvn::Capital)
        } else {
            None
        }
    }

    fn remember(&mut self, letter: char) {
        if self.words.len() + letter.len_utf8() > WORDS_BYTES_MAX {
            let newer: String = self.words.chars().skip(self.words.chars().count() / 2).collect();
            self.words = newer;
        }
        self.words.push(letter);
    }

    fn place(&mut self, dots: Cell, cells: usize, mechanism: &mut Mechanism) {
        if !self.line.push(dots, cells, self.look) {
            self.end_line(mechanism);
            self.line.push(dots, cells, self.look);
        }
    }

    fn tab(&mut self, mechanism: &mut Mechanism) {
        let stop = (self.line.cells() / TAB_CELLS + 1) * TAB_CELLS;
        while self.line.cells() < stop && !self.line.is_full(Look::PLAIN) {
            self.line.push(glyph(b' '), 1, Look::PLAIN);
        }
        if self.line.is_full(Look::PLAIN) {
            self.end_line(mechanism);
        }
    }

    /// Prints what is on the line and feeds to the next one.
    fn end_line(&mut self, mechanism: &mut Mechanism) {
        let printed = self.flush(mechanism);
        self.remember('\n');
        mechanism.feed(self.line_dots.saturating_sub(printed));
    }

    /// Prints what is on the line; the count of rows it took.
    fn flush(&mut self, mechanism: &mut Mechanism) -> u32 {
        if self.line.is_empty() {
            return 0;
        }
        let rows = self.line.take_rows(self.justification);
        let count = u32::try_from(rows.len()).unwrap_or(u32::MAX);
        rows.into_iter().for_each(|row| mechanism.print(row));
        count
    }

    /// One row of a picture, enlarged; what is beyond the right edge is lost.
    fn picture_row(&self, bits: &[u8], width_dots: usize, scale: Scale, mechanism: &mut Mechanism) {
        let left = indent(self.justification, width_dots * scale.across);
        let mut row = BLANK;
        if scale.across == 1 && width_dots == bits.len() * 8 && left.is_multiple_of(8) {
            row.iter_mut().skip(left / 8).zip(bits).for_each(|(to, from)| *to = *from);
            return (0..scale.down).for_each(|_| mechanism.print(row));
        }
        for x in 0..width_dots.min(DOTS_PER_ROW) {
            if bits.get(x / 8).is_some_and(|byte| byte & (0x80 >> (x % 8)) != 0) {
                (0..scale.across).for_each(|copy| blacken(&mut row, left + x * scale.across + copy));
            }
        }
        (0..scale.down).for_each(|_| mechanism.print(row));
    }

    fn print_graphic(&mut self, mechanism: &mut Mechanism) {
        self.flush(mechanism);
        if let Some(graphic) = self.graphic.take() {
            for bits in &graphic.rows {
                self.picture_row(bits, graphic.width_dots, graphic.scale, mechanism);
            }
        }
    }

    /// A symbol wider than the paper is not printed (reference: the same).
    fn print_symbol(&self, symbol: &Symbol, mechanism: &mut Mechanism) {
        let width = symbol.modules.len() * symbol.module_dots;
        if width > DOTS_PER_ROW {
            return;
        }
        let left = indent(self.justification, width);
        for modules in &symbol.modules {
            let row = symbol_row(modules, symbol.module_dots, left);
            (0..symbol.module_dots).for_each(|_| mechanism.print(row));
        }
    }
}

fn symbol_row(modules: &[bool], module_dots: usize, left: usize) -> Row {
    let mut row = [0; ROW_BYTES];
    for (place, _) in modules.iter().enumerate().filter(|(_, dark)| **dark) {
        let start = left + place * module_dots;
        (start..start + module_dots).for_each(|x| blacken(&mut row, x));
    }
    row
}
