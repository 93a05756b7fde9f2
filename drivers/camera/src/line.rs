//! A row of pixels as runs of dark and light, and where five of them may cut a finder pattern.
//!
//! What is done for every pixel and every run is done for many at once.

use crate::threshold::Thresholds;

/// Pixels whose colours are worked out together.
const WORD: usize = 64;

/// Longer runs are taken for as long as this: no pattern that is looked for has any.
const RUN_MAX: u32 = 400;

/// Least that five runs come to, the three in the middle counted twice: twelve modules, and two pixels of rounding.
const TWELVE_MODULES_MIN: i16 = 12;

/// The runs of one row. Kept from row to row for its memory.
#[derive(Debug, Default)]
pub struct Line {
    /// The pixels before which light becomes dark, dark light, and so on.
    changes: Vec<u32>,
    /// The lengths of the runs from each change to the next.
    runs: Vec<i16>,
    /// For each run, whether it and the four after it may cut a pattern.
    likely: Vec<bool>,
}

impl Line {
    /// Cuts a row into runs; `levels` are those of its blocks.
    pub fn cut(&mut self, row: &[u8], levels: &[u8]) {
        self.changes.clear();
        let mut last = 0;
        for (word, (pixels, levels)) in row.chunks(WORD).zip(levels.chunks(WORD / Thresholds::BLOCK)).enumerate() {
            let dark = dark_bits(pixels, levels);
            let mut changed = dark ^ (dark << 1 | last);
            if pixels.len() < WORD {
                changed &= (1 << pixels.len()) - 1;
            }
            while changed != 0 {
                self.changes.push((word * WORD) as u32 + changed.trailing_zeros());
                changed &= changed - 1;
            }
            last = dark >> (WORD - 1);
        }
        self.measure();
    }

    /// Changes between dark and light.
    pub const fn len(&self) -> usize {
        self.changes.len()
    }

    fn measure(&mut self) {
        self.runs.clear();
        let ends = self.changes.iter().skip(1);
        self.runs.extend(self.changes.iter().zip(ends).map(|(from, to)| (to - from).min(RUN_MAX) as i16));
        self.likely.clear();
        let run = |at: usize| self.runs.get(at..).unwrap_or_default().iter();
        let fives = run(0).zip(run(1)).zip(run(2)).zip(run(3)).zip(run(4));
        self.likely.extend(fives.map(|((((a, b), middle), c), d)| may_be_pattern([*a, *b, *middle, *c, *d])));
    }

    /// The changes around five runs that may cut a pattern, and which of all changes is the first of them. Even ones are
    /// from light to dark.
    pub fn likely(&self) -> impl Iterator<Item = (usize, &[u32; 6])> {
        let likely = self.likely.iter().enumerate().filter(|(_, likely)| **likely);
        likely.filter_map(|(at, _)| Some((at, self.changes.get(at..)?.first_chunk()?)))
    }
}

/// Whether runs of these lengths, of which each is up to a pixel off, may be a pattern's: the middle longer than the
/// others by a quarter, and each with its neighbour two or four modules.
#[inline]
fn may_be_pattern([a, b, middle, c, d]: [i16; 5]) -> bool {
    let longest = a.max(b).max(c.max(d));
    let twelve = a + 2 * (b + middle + c) + d;
    // Twelve times the slack of a pair, and of its rounding.
    let slack = ((9 * twelve) >> 4) + 23;
    let off = |pair: i16, modules: i16| (12 * pair - modules * twelve).abs();
    let pairs = off(a + b, 2).max(off(b + middle, 4)).max(off(middle + c, 4).max(off(c + d, 2)));
    (5 * longest < 4 * middle + 9) & (twelve >= TWELVE_MODULES_MIN) & (pairs < slack)
}

/// A bit for each of at most 64 pixels, the first lowest: whether it is darker than the level of its block.
fn dark_bits(pixels: &[u8], levels: &[u8]) -> u64 {
    let mut bits = 0;
    for (block, (pixels, level)) in pixels.chunks(Thresholds::BLOCK).zip(levels).enumerate() {
        let mut dark = [0u8; Thresholds::BLOCK];
        dark.iter_mut().zip(pixels).for_each(|(dark, pixel)| *dark = u8::from(pixel < level));
        // The lowest bit of each byte, gathered in the highest byte: no two products meet.
        let gathered = u64::from_le_bytes(dark).wrapping_mul(0x0102_0408_1020_4080) >> 56;
        bits |= gathered << (block * Thresholds::BLOCK);
    }
    bits
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A row of runs, light first, with the level 128 throughout.
    fn cut(runs: &[usize]) -> Line {
        let row: Vec<u8> =
            runs.iter().enumerate().flat_map(|(at, run)| vec![if at % 2 == 0 { 200 } else { 50 }; *run]).collect();
        let mut line = Line::default();
        line.cut(&row, &vec![128; row.len().div_ceil(Thresholds::BLOCK)]);
        line
    }

    #[test]
    fn a_pattern_is_likely_wherever_it_is_in_the_row() {
        for before in [1, 7, 8, 60, 63, 64, 65, 130] {
            let line = cut(&[before, 4, 4, 12, 4, 4, 9]);
            let likely: Vec<_> = line.likely().collect();
            let at = |pixels: usize| (before + pixels) as u32;
            assert_eq!(likely, [(0, &[at(0), at(4), at(8), at(20), at(24), at(28)])], "{before}");
        }
    }

    #[test]
    fn stripes_are_not() {
        assert_eq!(cut(&[9; 30]).likely().count(), 0);
    }
}
