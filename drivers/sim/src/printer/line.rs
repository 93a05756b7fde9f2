//! One line of text on its way to the paper.

use super::command::Justification;
use super::face::{CELL_HEIGHT, CELL_WIDTH, Cell};
use super::paper::{BLANK, DOTS_PER_ROW, Row};

/// How characters look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Look {
    pub(super) across: usize,
    pub(super) down: usize,
    pub(super) bold: bool,
    pub(super) underline: bool,
    pub(super) inverse: bool,
}

impl Look {
    pub(super) const PLAIN: Self = Self { across: 1, down: 1, bold: false, underline: false, inverse: false };
}

#[derive(Debug, Clone)]
struct Character {
    dots: Cell,
    cells: usize,
    look: Look,
}

impl Character {
    const fn width(&self) -> usize {
        CELL_WIDTH * self.cells * self.look.across
    }

    const fn height(&self) -> usize {
        CELL_HEIGHT * self.look.down
    }

    /// Whether the dot in column `x`, row `y` of the enlarged character is black.
    fn dot(&self, x: usize, y: usize) -> bool {
        let (x, y) = (x / self.look.across / self.cells, y / self.look.down);
        let row = self.dots.0.get(y).copied().unwrap_or(0);
        let row = if self.look.bold { row | row >> 1 } else { row };
        let lined = self.look.underline && y >= CELL_HEIGHT - 2;
        (row & (0x8000 >> x) != 0 || lined) != self.look.inverse
    }
}

/// Characters waiting to be printed: never wider than the paper, so at most 48.
#[derive(Debug, Clone, Default)]
pub(super) struct Line {
    characters: Vec<Character>,
}

impl Line {
    pub(super) fn is_empty(&self) -> bool {
        self.characters.is_empty()
    }

    pub(super) fn clear(&mut self) {
        self.characters.clear();
    }

    /// Width in character cells of plain text.
    pub(super) fn cells(&self) -> usize {
        self.width() / CELL_WIDTH
    }

    fn width(&self) -> usize {
        self.characters.iter().map(Character::width).sum()
    }

    /// Whether another character of this look would not fit.
    pub(super) fn is_full(&self, look: Look) -> bool {
        self.width() + CELL_WIDTH * look.across > DOTS_PER_ROW
    }

    /// Adds a character `cells` wide; `false` when it does not fit on this line.
    pub(super) fn push(&mut self, dots: Cell, cells: usize, look: Look) -> bool {
        let character = Character { dots, cells, look };
        let fits = self.width() + character.width() <= DOTS_PER_ROW;
        if fits {
            self.characters.push(character);
        }
        fits
    }

    /// The rows of the line, characters standing on its foot; the line is empty afterwards.
    pub(super) fn take_rows(&mut self, justification: Justification) -> Vec<Row> {
        let height = self.characters.iter().map(Character::height).max().unwrap_or(0);
        let mut rows = vec![BLANK; height];
        let mut left = indent(justification, self.width());
        for character in self.characters.drain(..) {
            let top = height - character.height();
            for (y, row) in rows.iter_mut().skip(top).enumerate() {
                (0..character.width()).filter(|x| character.dot(*x, y)).for_each(|x| blacken(row, left + x));
            }
            left += character.width();
        }
        rows
    }
}

/// Dots left of something `width` dots wide.
pub(super) const fn indent(justification: Justification, width: usize) -> usize {
    let room = DOTS_PER_ROW.saturating_sub(width);
    match justification {
        Justification::Left => 0,
        Justification::Centre => room / 2,
        Justification::Right => room,
    }
}

/// Makes the dot in column `x` black; nothing outside the paper.
pub(super) fn blacken(row: &mut Row, x: usize) {
    if let Some(byte) = row.get_mut(x / 8) {
        *byte |= 0x80 >> (x % 8);
    }
}
