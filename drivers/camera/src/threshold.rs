//! The grey level that divides dark from light, block by block.
//!
//! Rows of blocks are worked on as a whole, in steps that a compiler turns into operations on many bytes at once.

use crate::geometry::Point;
use crate::plane::Plane;

/// Side of a block of the threshold map, in pixels.
const BLOCK: usize = 8;

/// Blocks on each side of a block that its threshold looks at: 56 pixels in all.
const REACH: usize = 3;

/// Least difference between the darkest and the lightest pixel around a block for a code to be there, in grey levels.
const CONTRAST_MIN: u8 = 12;

/// Noise alone spans so much more around a block than in the calmest tenth of the blocks: some 8 to 4 times its
/// deviation, in tenths.
const NOISE_AROUND_TENTHS: usize = 21;

/// However restless a picture is, a symbol spans at least this share of all its levels, in hundredths: there are pictures
/// with nothing calm around a symbol.
const SHARE_OF_ALL: usize = 45;

/// Which grey level divides dark from light.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Division {
    /// The mean of the pixels around: right where a symbol fills them, and where something much darker or lighter than
    /// the symbol is near.
    Mean,
    /// Half way from the mean to the middle between darkest and lightest: right where a symbol is small in something of
    /// one grey.
    TowardsMiddle,
}

/// The levels of all blocks. 0 where there is no contrast: all is light there.
#[derive(Debug, Clone)]
pub struct Thresholds {
    columns: usize,
    rows: usize,
    levels: Vec<u8>,
}

/// What is known of the blocks of a row: the sum of their means, their darkest and their lightest pixel.
#[derive(Clone)]
struct Row {
    means: Vec<u16>,
    darkest: Vec<u8>,
    lightest: Vec<u8>,
}

impl Thresholds {
    pub const BLOCK: usize = BLOCK;

    pub fn of(plane: &Plane<'_>, division: Division) -> Self {
        let (columns, rows) = (plane.width.div_ceil(BLOCK), plane.height.div_ceil(BLOCK));
        let mut strip = Row::empty(plane.width);
        let mut spans = Spans::default();
        let across: Vec<Row> = (0..rows)
            .map(|row| {
                let blocks = Row::of_strip(plane, row * BLOCK, &mut strip, columns);
                spans.add(&blocks);
                blocks.gathered()
            })
            .collect();
        let contrast_min = spans.contrast_min();
        let mut levels = Vec::with_capacity(columns * rows);
        for row in 0..rows {
            let near = across.get(row.saturating_sub(REACH)..(row + REACH + 1).min(rows)).unwrap_or_default();
            let mut around = Row::empty(columns);
            near.iter().for_each(|other| around.join(other, 0));
            around.levels(near.len(), division, contrast_min, &mut levels);
        }
        Self { columns, rows, levels }
    }

    /// The levels of the blocks that row `y` of pixels goes through, each for [`Self::BLOCK`] pixels.
    pub fn along(&self, y: usize) -> &[u8] {
        let row = (y / BLOCK).min(self.rows.saturating_sub(1));
        self.levels.get(row * self.columns..(row + 1) * self.columns).unwrap_or_default()
    }

    pub fn at(&self, at: Point) -> u8 {
        let column = (at.x.max(0.0) as usize / BLOCK).min(self.columns.saturating_sub(1));
        let row = (at.y.max(0.0) as usize / BLOCK).min(self.rows.saturating_sub(1));
        self.levels.get(row * self.columns + column).copied().unwrap_or_default()
    }
}

/// How many blocks span so many levels, and the levels of all.
struct Spans {
    counts: [usize; 256],
    darkest: u8,
    lightest: u8,
}

impl Default for Spans {
    fn default() -> Self {
        Self { counts: [0; 256], darkest: u8::MAX, lightest: 0 }
    }
}

impl Spans {
    fn add(&mut self, blocks: &Row) {
        for (darkest, lightest) in blocks.darkest.iter().zip(&blocks.lightest) {
            self.counts[usize::from(lightest.saturating_sub(*darkest))] += 1;
            self.darkest = self.darkest.min(*darkest);
            self.lightest = self.lightest.max(*lightest);
        }
    }

    /// The least contrast that is more than noise.
    fn contrast_min(&self) -> u8 {
        let tenth = self.counts.iter().sum::<usize>() / 10;
        let mut below = 0;
        let calm = self.counts.iter().position(|count| {
            below += count;
            below > tenth
        });
        let noise = calm.unwrap_or_default() * NOISE_AROUND_TENTHS / 10;
        let most = usize::from(self.lightest.saturating_sub(self.darkest)) * SHARE_OF_ALL / 100;
        noise.min(most).clamp(CONTRAST_MIN.into(), u8::MAX.into()) as u8
    }
}

impl Row {
    fn empty(length: usize) -> Self {
        Self { means: vec![0; length], darkest: vec![u8::MAX; length], lightest: vec![0; length] }
    }

    /// The blocks of the rows of pixels from `top`. `strip` is as wide as the plane: what is known of each column.
    fn of_strip(plane: &Plane<'_>, top: usize, strip: &mut Self, columns: usize) -> Self {
        strip.means.fill(0);
        strip.darkest.fill(u8::MAX);
        strip.lightest.fill(0);
        let height = BLOCK.min(plane.height - top);
        for y in top..top + height {
            let row = plane.row(y);
            strip.means.iter_mut().zip(row).for_each(|(sum, pixel)| *sum += u16::from(*pixel));
            lower(&mut strip.darkest, row);
            raise(&mut strip.lightest, row);
        }
        let mean = |sums: &[u16]| {
            let pixels = (sums.len() * height) as u32;
            (sums.iter().map(|sum| u32::from(*sum)).sum::<u32>() / pixels) as u16
        };
        let mut blocks = Self::empty(columns);
        blocks.means.iter_mut().zip(strip.means.chunks(BLOCK)).for_each(|(block, sums)| *block = mean(sums));
        let extreme = |pixels: &[u8], of: fn(u8, u8) -> u8, from: u8| pixels.iter().copied().fold(from, of);
        let darkest = blocks.darkest.iter_mut().zip(strip.darkest.chunks(BLOCK));
        darkest.for_each(|(block, pixels)| *block = extreme(pixels, u8::min, u8::MAX));
        let lightest = blocks.lightest.iter_mut().zip(strip.lightest.chunks(BLOCK));
        lightest.for_each(|(block, pixels)| *block = extreme(pixels, u8::max, 0));
        blocks
    }

    /// Each block together with its neighbours in the row.
    fn gathered(&self) -> Self {
        let mut gathered = self.clone();
        for distance in 1..=REACH.min(self.means.len().saturating_sub(1)) {
            gathered.join(self, distance);
        }
        gathered
    }

    /// Adds to each block that of `other` at `distance` on either side; at no distance, once.
    fn join(&mut self, other: &Self, distance: usize) {
        let end = self.means.len() - distance;
        add(&mut self.means[distance..], &other.means);
        lower(&mut self.darkest[distance..], &other.darkest);
        raise(&mut self.lightest[distance..], &other.lightest);
        if distance > 0 {
            add(&mut self.means[..end], &other.means[distance..]);
            lower(&mut self.darkest[..end], &other.darkest[distance..]);
            raise(&mut self.lightest[..end], &other.lightest[distance..]);
        }
    }

    /// The level of each block, of which this is what is known of it and all around, in `rows` rows.
    fn levels(&self, rows: usize, division: Division, contrast_min: u8, to: &mut Vec<u8>) {
        let columns = self.means.len();
        for (column, ((sum, darkest), lightest)) in self.means.iter().zip(&self.darkest).zip(&self.lightest).enumerate()
        {
            let wide = (column + REACH + 1).min(columns) - column.saturating_sub(REACH);
            let mean = (u32::from(*sum) / (wide * rows) as u32) as u8;
            let divides = lightest.saturating_sub(*darkest) >= contrast_min;
            // Never the darkest itself, which would make it light.
            let middle = (u16::from(*darkest) + u16::from(*lightest)) / 2;
            let level = match division {
                Division::Mean => mean,
                Division::TowardsMiddle => ((u16::from(mean) + middle) / 2) as u8,
            };
            to.push(if divides { level.max(darkest.saturating_add(1)) } else { 0 });
        }
    }
}

fn add(sums: &mut [u16], others: &[u16]) {
    sums.iter_mut().zip(others).for_each(|(sum, other)| *sum += *other);
}

fn lower(least: &mut [u8], others: &[u8]) {
    least.iter_mut().zip(others).for_each(|(least, other)| *least = (*least).min(*other));
}

fn raise(most: &mut [u8], others: &[u8]) {
    most.iter_mut().zip(others).for_each(|(most, other)| *most = (*most).max(*other));
}

#[cfg(test)]
mod tests {
    use kiosk_hal::frame::GreyFrame;

    use super::*;

    /// Blocks of an 80 x 80 picture that are divided.
    fn divided(level: impl Fn(usize, usize) -> u8) -> usize {
        let frame = GreyFrame::new(80, 80, (0..80 * 80).map(|at| level(at % 80, at / 80)).collect()).unwrap();
        let thresholds = Thresholds::of(&Plane::of(&frame), Division::Mean);
        thresholds.levels.iter().filter(|level| **level > 0).count()
    }

    /// 0 to 15, without a pattern.
    const fn grain(x: usize, y: usize) -> u8 {
        ((x * 7_919 + y * 104_729 + x * y * 31) >> 3 & 15) as u8
    }

    #[test]
    fn noise_is_no_contrast_and_a_faint_symbol_in_it_is() {
        // A corner of the picture gives it levels enough.
        let corner = |x: usize, y: usize| x + y < 4;
        let noise = |x, y| if corner(x, y) { 220 } else { 100 + grain(x, y) };
        let symbol = |x: usize, y: usize| x > 60 && y > 60 && (x / 4 + y / 4).is_multiple_of(2);
        let near_the_corner = divided(noise);
        assert!(near_the_corner <= 16, "{near_the_corner} of 100 blocks");
        assert!(divided(|x, y| if symbol(x, y) { 60 + grain(x, y) } else { noise(x, y) }) > near_the_corner);
    }

    #[test]
    fn a_symbol_with_nothing_calm_around_it_is_divided_everywhere() {
        assert_eq!(divided(|x, y| if (x / 2 + y / 2).is_multiple_of(2) { 40 } else { 90 }), 100);
    }
}
