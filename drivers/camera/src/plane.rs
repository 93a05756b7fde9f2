//! A grey picture as it is worked on, and the pictures made from it.

use std::borrow::Cow;

use kiosk_hal::frame::GreyFrame;

use crate::geometry::Point;

/// Side of a block of the threshold map, in pixels.
const BLOCK: usize = 8;

/// Blocks on each side of a block that its threshold looks at: 56 pixels in all.
const REACH: usize = 3;

/// Least difference between the darkest and the lightest pixel around a block for a code to be there, in grey levels.
const CONTRAST_MIN: u8 = 12;

/// Rows from top to bottom, one byte a pixel. `scale`: pixels of the frame for one of these.
#[derive(Clone)]
pub struct Plane<'a> {
    pub width: usize,
    pub height: usize,
    pub scale: f32,
    /// The last place between two pixels: just short of the last pixel's middle.
    last_x: f32,
    last_y: f32,
    pixels: Cow<'a, [u8]>,
}

impl<'a> Plane<'a> {
    pub fn of(frame: &'a GreyFrame) -> Self {
        Self::made(frame.width(), frame.height(), 1.0, Cow::Borrowed(frame.pixels()))
    }

    fn made(width: usize, height: usize, scale: f32, pixels: Cow<'a, [u8]>) -> Self {
        debug_assert_eq!(pixels.len(), width * height);
        let last = |pixels: usize| (pixels as f32 - 1.001).max(0.0);
        Self { width, height, scale, last_x: last(width), last_y: last(height), pixels }
    }

    pub fn area(&self) -> usize {
        self.width * self.height
    }

    pub fn row(&self, y: usize) -> &[u8] {
        self.pixels.get(y * self.width..(y + 1) * self.width).unwrap_or_default()
    }

    pub fn contains(&self, at: Point) -> bool {
        at.x >= 0.0 && at.y >= 0.0 && at.x < self.width as f32 && at.y < self.height as f32
    }

    /// The grey level at a place between pixels; outside, that of the nearest edge.
    #[inline]
    pub fn sample(&self, at: Point) -> f32 {
        // Casts of floats saturate, and NaN becomes 0.
        let x = (at.x - 0.5).max(0.0).min(self.last_x);
        let y = (at.y - 0.5).max(0.0).min(self.last_y);
        let (left, top) = (x as usize, y as usize);
        let start = top * self.width + left;
        let upper = self.pixels.get(start..start + 2);
        let lower = self.pixels.get(start + self.width..start + self.width + 2);
        let (Some([a, b]), Some([c, d])) = (upper, lower) else { return 0.0 };
        let (across, down) = (x - left as f32, y - top as f32);
        let mix = |a: u8, b: u8| f32::from(a) + (f32::from(b) - f32::from(a)) * across;
        let upper = mix(*a, *b);
        upper + (mix(*c, *d) - upper) * down
    }

    /// Half as wide and high, each pixel the mean of four.
    pub fn halved(&self) -> Plane<'static> {
        let (width, height) = (self.width / 2, self.height / 2);
        let mut pixels = Vec::with_capacity(width * height);
        for y in 0..height {
            let (upper, lower) = (self.row(2 * y), self.row(2 * y + 1));
            let pairs = upper.chunks_exact(2).zip(lower.chunks_exact(2));
            pixels.extend(pairs.map(|(a, b)| {
                let sum = u16::from(a[0]) + u16::from(a[1]) + u16::from(b[0]) + u16::from(b[1]);
                ((sum + 2) / 4) as u8
            }));
        }
        Plane::made(width, height, self.scale * 2.0, pixels.into())
    }

    /// Twice as wide and high, between pixels by proportion: the runs of small modules can be told apart when sharpened.
    pub fn doubled(&self) -> Plane<'static> {
        let (width, height) = (2 * self.width, 2 * self.height);
        let mut pixels = Vec::with_capacity(width * height);
        for y in 0..height {
            let nearer = self.row(y / 2);
            let farther = if y % 2 == 0 { (y / 2).saturating_sub(1) } else { (y / 2 + 1).min(self.height - 1) };
            double_row(nearer, self.row(farther), &mut pixels);
        }
        Plane::made(width, height, self.scale / 2.0, pixels.into())
    }

    /// The edges raised: each pixel moved away from the mean of the square of `2 * reach + 1` around it by `gain` times
    /// the difference.
    pub fn sharpened(&self, reach: usize, gain: i32) -> Plane<'static> {
        let (width, height) = (self.width, self.height);
        let side = 2 * reach + 1;
        let mut columns = vec![0u16; width];
        let mut pixels = Vec::with_capacity(width * height);
        let inside = |y: isize| self.row(y.clamp(0, height as isize - 1) as usize);
        for y in 0..height {
            if y == 0 {
                for dy in -(reach as isize)..=reach as isize {
                    add(&mut columns, inside(dy));
                }
            } else {
                let y = y as isize;
                add(&mut columns, inside(y + reach as isize));
                take(&mut columns, inside(y - 1 - reach as isize));
            }
            sharpen_row(self.row(y), &columns, reach, side, gain, &mut pixels);
        }
        Plane::made(width, height, self.scale, pixels.into())
    }
}

/// Two pixels for each, a quarter of the way to either neighbour; `farther` is the row on the other side.
fn double_row(nearer: &[u8], farther: &[u8], to: &mut Vec<u8>) {
    let column = |x: usize| 3 * u16::from(nearer[x]) + u16::from(farther[x]);
    let last = nearer.len().min(farther.len()).saturating_sub(1);
    for x in 0..nearer.len().min(farther.len()) {
        let own = 3 * column(x);
        to.push(((own + column(x.saturating_sub(1)) + 8) / 16) as u8);
        to.push(((own + column((x + 1).min(last)) + 8) / 16) as u8);
    }
}

fn add(columns: &mut [u16], row: &[u8]) {
    for (sum, pixel) in columns.iter_mut().zip(row) {
        *sum += u16::from(*pixel);
    }
}

fn take(columns: &mut [u16], row: &[u8]) {
    for (sum, pixel) in columns.iter_mut().zip(row) {
        *sum -= u16::from(*pixel);
    }
}

fn sharpen_row(row: &[u8], columns: &[u16], reach: usize, side: usize, gain: i32, to: &mut Vec<u8>) {
    let last = columns.len().saturating_sub(1);
    let column = |at: isize| i32::from(columns.get(at.clamp(0, last as isize) as usize).copied().unwrap_or_default());
    let reach = reach as isize;
    let mut sum: i32 = (-reach..=reach).map(column).sum();
    let area = (side * side) as i32;
    // Division by multiplication: the sum is below 2^14, so that this is exact to one grey level.
    let inverse = (1 << 16) / area + 1;
    for (x, pixel) in row.iter().enumerate() {
        let mean = (sum * inverse) >> 16;
        let pixel = i32::from(*pixel);
        to.push((pixel + gain * (pixel - mean)).clamp(0, 255) as u8);
        let x = x as isize;
        sum += column(x + reach + 1) - column(x - reach);
    }
}

/// The grey level that divides dark from light, block by block. 0 where there is no contrast: all is light there.
#[derive(Debug, Clone)]
pub struct Thresholds {
    columns: usize,
    rows: usize,
    levels: Vec<u8>,
}

#[derive(Clone, Copy)]
struct Block {
    sum: u32,
    darkest: u8,
    lightest: u8,
}

impl Thresholds {
    pub fn of(plane: &Plane<'_>) -> Self {
        let (columns, rows) = (plane.width.div_ceil(BLOCK), plane.height.div_ceil(BLOCK));
        let blocks = blocks(plane, columns, rows);
        // Along rows, then along columns.
        let across = gathered(&blocks, |at| {
            let (x, start) = (at % columns, at - at % columns);
            (start + x.saturating_sub(REACH), start + (x + REACH).min(columns - 1), 1)
        });
        let around = gathered(&across, |at| {
            let (x, y) = (at % columns, at / columns);
            (y.saturating_sub(REACH) * columns + x, (y + REACH).min(rows - 1) * columns + x, columns)
        });
        let levels = around.iter().map(|(block, pixels)| level(*block, *pixels)).collect();
        Self { columns, rows, levels }
    }

    /// The levels of the blocks that row `y` of pixels goes through, each for [`Self::BLOCK`] pixels.
    pub fn along(&self, y: usize) -> &[u8] {
        let row = (y / BLOCK).min(self.rows.saturating_sub(1));
        self.levels.get(row * self.columns..(row + 1) * self.columns).unwrap_or_default()
    }

    pub fn at(&self, at: Point) -> f32 {
        let column = (at.x.max(0.0) as usize / BLOCK).min(self.columns.saturating_sub(1));
        let row = (at.y.max(0.0) as usize / BLOCK).min(self.rows.saturating_sub(1));
        self.levels.get(row * self.columns + column).copied().unwrap_or_default().into()
    }

    pub const BLOCK: usize = BLOCK;
}

type Counted = (Block, u32);

fn blocks(plane: &Plane<'_>, columns: usize, rows: usize) -> Vec<Counted> {
    let mut blocks = vec![(Block { sum: 0, darkest: u8::MAX, lightest: 0 }, 0); columns * rows];
    for y in 0..plane.height {
        let Some(line) = blocks.get_mut(y / BLOCK * columns..(y / BLOCK + 1) * columns) else { continue };
        for ((block, count), pixels) in line.iter_mut().zip(plane.row(y).chunks(BLOCK)) {
            for pixel in pixels {
                block.sum += u32::from(*pixel);
                block.darkest = block.darkest.min(*pixel);
                block.lightest = block.lightest.max(*pixel);
            }
            *count += pixels.len() as u32;
        }
    }
    blocks
}

/// Each block together with those from the first to the last of its range, in steps.
fn gathered(blocks: &[Counted], range: impl Fn(usize) -> (usize, usize, usize)) -> Vec<Counted> {
    let gather = |at: usize| {
        let (first, last, step) = range(at);
        let empty = (Block { sum: 0, darkest: u8::MAX, lightest: 0 }, 0);
        (first..=last).step_by(step).filter_map(|at| blocks.get(at)).fold(empty, |(all, count), (block, pixels)| {
            let sum = all.sum.saturating_add(block.sum);
            let (darkest, lightest) = (all.darkest.min(block.darkest), all.lightest.max(block.lightest));
            (Block { sum, darkest, lightest }, count + pixels)
        })
    };
    (0..blocks.len()).map(gather).collect()
}

fn level(block: Block, pixels: u32) -> u8 {
    if pixels == 0 || block.lightest.saturating_sub(block.darkest) < CONTRAST_MIN {
        return 0;
    }
    // Never the darkest itself, which would make it light.
    ((block.sum / pixels) as u8).max(block.darkest.saturating_add(1))
}
