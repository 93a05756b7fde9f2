//! What ISO/IEC 18004:2015 fixes for a symbol of each version: size, function patterns, blocks of codewords.

use crate::geometry::Point;

/// Largest version.
pub const VERSION_MAX: usize = 40;

/// Error correction level, in the order of the tables below.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    Low,
    Medium,
    Quartile,
    High,
}

/// Error correction codewords in a block, by level and version (table 9).
#[rustfmt::skip]
const CORRECTION: [[u8; VERSION_MAX]; 4] = [
    [7, 10, 15, 20, 26, 18, 20, 24, 30, 18, 20, 24, 26, 30, 22, 24, 28, 30, 28, 28, 28, 28, 30, 30, 26, 28, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30],
    [10, 16, 26, 18, 24, 16, 18, 22, 22, 26, 30, 22, 22, 24, 24, 28, 28, 26, 26, 26, 26, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28],
    [13, 22, 18, 26, 18, 24, 18, 22, 20, 24, 28, 26, 24, 20, 30, 24, 28, 28, 26, 30, 28, 30, 30, 30, 30, 28, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30],
    [17, 28, 22, 16, 22, 28, 26, 26, 24, 28, 24, 28, 22, 24, 24, 30, 28, 28, 26, 28, 30, 24, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30],
];

/// Blocks, by level and version (table 9).
#[rustfmt::skip]
const BLOCKS: [[u8; VERSION_MAX]; 4] = [
    [1, 1, 1, 1, 1, 2, 2, 2, 2, 4, 4, 4, 4, 4, 6, 6, 6, 6, 7, 8, 8, 9, 9, 10, 12, 12, 12, 13, 14, 15, 16, 17, 18, 19, 19, 20, 21, 22, 24, 25],
    [1, 1, 1, 2, 2, 4, 4, 4, 5, 5, 5, 8, 9, 9, 10, 10, 11, 13, 14, 16, 17, 17, 18, 20, 21, 23, 25, 26, 28, 29, 31, 33, 35, 37, 38, 40, 43, 45, 47, 49],
    [1, 1, 2, 2, 4, 4, 6, 6, 8, 8, 8, 10, 12, 16, 12, 17, 16, 18, 21, 20, 23, 23, 25, 27, 29, 34, 34, 35, 38, 40, 43, 45, 48, 51, 53, 56, 59, 62, 65, 68],
    [1, 1, 2, 4, 4, 4, 5, 6, 8, 8, 11, 11, 16, 16, 18, 16, 19, 21, 25, 25, 25, 34, 30, 32, 35, 37, 40, 42, 45, 48, 51, 54, 57, 60, 63, 66, 70, 74, 77, 81],
];

/// A symbol's version, 1 to [`VERSION_MAX`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version(usize);

impl Version {
    pub fn new(number: usize) -> Option<Self> {
        (1..=VERSION_MAX).contains(&number).then_some(Self(number))
    }

    pub const fn number(self) -> usize {
        self.0
    }

    /// Modules on a side.
    pub const fn size(self) -> usize {
        self.0 * 4 + 17
    }

    /// Centres of the alignment patterns, as rows or columns counted from zero (annex E).
    fn alignment_lines(self) -> Vec<usize> {
        if self.0 == 1 {
            return Vec::new();
        }
        let count = self.0 / 7 + 2;
        // The one version whose spacing the rule does not give.
        let step = if self.0 == 32 { 26 } else { (self.0 * 4 + 4).div_ceil(count * 2 - 2) * 2 };
        let mut lines: Vec<usize> = (0..count - 1).map(|at| self.size() - 7 - at * step).collect();
        lines.push(6);
        lines.reverse();
        lines
    }

    /// Middles of the alignment patterns, in modules.
    pub fn alignment_centres(self) -> Vec<Point> {
        let lines = self.alignment_lines();
        let Some(last) = lines.len().checked_sub(1) else { return Vec::new() };
        let mut centres = Vec::new();
        for (i, row) in lines.iter().enumerate() {
            for (j, column) in lines.iter().enumerate() {
                let on_finder = (i == 0 && (j == 0 || j == last)) || (i == last && j == 0);
                if !on_finder {
                    centres.push(Point::new(*column as f32 + 0.5, *row as f32 + 0.5));
                }
            }
        }
        centres
    }

    pub fn correction(self, level: Level) -> usize {
        CORRECTION[level as usize][self.0 - 1].into()
    }

    pub fn blocks(self, level: Level) -> usize {
        BLOCKS[level as usize][self.0 - 1].into()
    }
}

/// What a module is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cell {
    /// Part of a codeword.
    Data,
    /// Always dark.
    Dark,
    /// Always light.
    Light,
    /// Format or version information.
    Information,
}

/// The cells of a version, row after row.
#[derive(Debug, Clone)]
pub struct Layout {
    pub version: Version,
    cells: Vec<Cell>,
}

impl Layout {
    pub fn of(version: Version) -> Self {
        let size = version.size();
        let mut layout = Self { version, cells: vec![Cell::Data; size * size] };
        layout.draw_timing();
        layout.draw_information();
        for centre in version.alignment_centres() {
            layout.draw_alignment(centre.x as usize, centre.y as usize);
        }
        for (x, y) in [(0, 0), (size - 7, 0), (0, size - 7)] {
            layout.draw_finder(x, y);
        }
        layout
    }

    pub const fn size(&self) -> usize {
        self.version.size()
    }

    pub fn cell(&self, x: usize, y: usize) -> Cell {
        self.cells.get(y * self.size() + x).copied().unwrap_or(Cell::Data)
    }

    /// Modules whose colour is known, with `true` for dark.
    pub fn known(&self) -> impl Iterator<Item = (usize, usize, bool)> {
        let size = self.size();
        self.cells.iter().enumerate().filter_map(move |(at, cell)| match cell {
            Cell::Dark => Some((at % size, at / size, true)),
            Cell::Light => Some((at % size, at / size, false)),
            Cell::Data | Cell::Information => None,
        })
    }

    fn set(&mut self, x: usize, y: usize, cell: Cell) {
        let at = y * self.size() + x;
        if let Some(place) = self.cells.get_mut(at) {
            *place = cell;
        }
    }

    fn draw_timing(&mut self) {
        for at in 0..self.size() {
            let cell = if at.is_multiple_of(2) { Cell::Dark } else { Cell::Light };
            self.set(at, 6, cell);
            self.set(6, at, cell);
        }
    }

    fn draw_information(&mut self) {
        let size = self.size();
        for at in (0..9).filter(|at| *at != 6) {
            self.set(8, at, Cell::Information);
            self.set(at, 8, Cell::Information);
        }
        for at in size - 8..size {
            self.set(at, 8, Cell::Information);
            self.set(8, at, Cell::Information);
        }
        self.set(8, size - 8, Cell::Dark);
        if self.version.number() >= 7 {
            for (long, short) in (0..6).flat_map(|long| (size - 11..size - 8).map(move |short| (long, short))) {
                self.set(long, short, Cell::Information);
                self.set(short, long, Cell::Information);
            }
        }
    }

    fn draw_alignment(&mut self, column: usize, row: usize) {
        for (x, y) in (0..5).flat_map(|y| (0..5).map(move |x| (x, y))) {
            let ring = usize::abs_diff(x, 2).max(usize::abs_diff(y, 2));
            let cell = if ring == 1 { Cell::Light } else { Cell::Dark };
            self.set(column + x - 2, row + y - 2, cell);
        }
    }

    /// With its separator, as far as that is inside the symbol.
    fn draw_finder(&mut self, left: usize, top: usize) {
        let size = self.size();
        for (x, y) in (0..9).flat_map(|y| (0..9).map(move |x| (x, y))) {
            let (column, row) = (left + x, top + y);
            if column == 0 || row == 0 || column > size || row > size {
                continue;
            }
            let ring = usize::abs_diff(x, 4).max(usize::abs_diff(y, 4));
            let cell = if ring == 2 || ring == 4 { Cell::Light } else { Cell::Dark };
            self.set_inside(column - 1, row - 1, cell);
        }
    }

    fn set_inside(&mut self, x: usize, y: usize, cell: Cell) {
        if x < self.size() && y < self.size() {
            self.set(x, y, cell);
        }
    }
}

/// The modules of codewords in the order in which they are read (7.7.3): from the lower right corner in columns two
/// wide, up and down in turns.
pub fn reading_order(layout: &Layout) -> Vec<(usize, usize)> {
    let size = layout.size();
    let mut order = Vec::with_capacity(size * size);
    let mut right = size - 1;
    let mut upward = true;
    loop {
        for at in 0..size {
            let y = if upward { size - 1 - at } else { at };
            order.extend([right, right - 1].into_iter().filter(|x| layout.cell(*x, y) == Cell::Data).map(|x| (x, y)));
        }
        upward = !upward;
        // The vertical timing pattern is no column of codewords.
        right = match right {
            0..=2 => return order,
            8 => 5,
            further => further - 2,
        };
    }
}

/// Whether mask `mask` (0 to 7, table 10) turns the colour of a module.
pub const fn masked(mask: u8, x: usize, y: usize) -> bool {
    let (i, j) = (y, x);
    let remainder = match mask {
        0 => (i + j) % 2,
        1 => i % 2,
        2 => j % 3,
        3 => (i + j) % 3,
        4 => (i / 2 + j / 3) % 2,
        5 => i * j % 2 + i * j % 3,
        6 => (i * j % 2 + i * j % 3) % 2,
        _ => ((i + j) % 2 + i * j % 3) % 2,
    };
    remainder == 0
}
