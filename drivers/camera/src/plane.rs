//! A grey picture as it is worked on, and the pictures made from it.

use std::borrow::Cow;

use kiosk_hal::frame::GreyFrame;

use crate::geometry::Point;

/// Pixels on each side of one whose mean it is moved away from, and the side of that square.
const SHARPEN_REACH: usize = 2;
const SHARPEN_SIDE: usize = 2 * SHARPEN_REACH + 1;

/// Rows from top to bottom, one byte a pixel. `scale`: pixels of the frame for one of these.
#[derive(Clone)]
pub struct Plane<'a> {
    pub width: usize,
    pub height: usize,
    pub scale: f32,
    /// The last place between two pixels: just short of the last pixel's middle.
    pub last_x: f32,
    pub last_y: f32,
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

    /// Row after row.
    pub fn pixels(&self) -> &[u8] {
        &self.pixels
    }

    pub fn row(&self, y: usize) -> &[u8] {
        self.pixels.get(y * self.width..(y + 1) * self.width).unwrap_or_default()
    }

    /// The sum of the pixel in column `x` of row `y` and those left and right of it; `None` where there are not three.
    pub fn three_beside_each_other(&self, x: usize, y: usize) -> Option<u16> {
        let first = if x + 1 < self.width { (y * self.width + x).checked_sub(1)? } else { return None };
        let three = self.pixels.get(first..first + 3)?;
        Some(three.iter().map(|pixel| u16::from(*pixel)).sum())
    }

    /// The sum of the pixel in column `x` of row `y` and those above and below it; `None` where there are not three.
    pub fn three_below_each_other(&self, x: usize, y: usize) -> Option<u16> {
        let first = if x < self.width { y.checked_sub(1)? * self.width + x } else { return None };
        let pixel = |row: usize| self.pixels.get(first + row * self.width).map(|pixel| u16::from(*pixel));
        Some(pixel(0)? + pixel(1)? + pixel(2)?)
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

    /// Each pixel the mean of the nine around it: a third of the noise, and modules of two pixels can still be told apart.
    pub fn smoothed(&self) -> Plane<'static> {
        let (width, height) = (self.width, self.height);
        let row = |y: usize| self.row(y.min(height.saturating_sub(1)));
        let mut columns = vec![0u16; width + 2];
        let mut pixels = vec![0; width * height];
        for (y, smooth) in pixels.chunks_exact_mut(width.max(1)).enumerate() {
            let middle = columns.get_mut(1..=width).unwrap_or_default();
            let three = row(y.saturating_sub(1)).iter().zip(row(y)).zip(row(y + 1));
            for (sum, ((above, own), below)) in middle.iter_mut().zip(three) {
                *sum = u16::from(*above) + u16::from(*own) + u16::from(*below);
            }
            columns[0] = columns[1];
            columns[width + 1] = columns[width];
            for (smooth, three) in smooth.iter_mut().zip(columns.windows(3)) {
                // A ninth, rounded: the sum is at most 2,295.
                *smooth = ((u32::from(three[0] + three[1] + three[2]) * 7_282 + 32_768) >> 16) as u8;
            }
        }
        Plane::made(width, height, self.scale, pixels.into())
    }

    /// The edges raised: each pixel moved away from the mean of the 25 around it by twice the difference.
    pub fn sharpened(&self) -> Plane<'static> {
        let (width, height) = (self.width, self.height);
        // Sums of five pixels of a column, with those of the nearest column beyond either edge.
        let mut columns = vec![0u16; width + 2 * SHARPEN_REACH];
        let mut pixels = vec![0; width * height];
        let inside = |y: usize| self.row(y.saturating_sub(SHARPEN_REACH).min(height.saturating_sub(1)));
        for (y, sharp) in pixels.chunks_exact_mut(width.max(1)).enumerate() {
            let middle = columns.get_mut(SHARPEN_REACH..SHARPEN_REACH + width).unwrap_or_default();
            if y == 0 {
                (0..SHARPEN_SIDE).for_each(|dy| add(middle, inside(dy)));
            } else {
                exchange(middle, inside(y + SHARPEN_SIDE - 1), inside(y - 1));
            }
            extend_edges(&mut columns);
            sharpen_row(self.row(y), &columns, sharp);
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

/// Adds one row to the sums and takes another off them.
fn exchange(columns: &mut [u16], more: &[u8], less: &[u8]) {
    for ((sum, more), less) in columns.iter_mut().zip(more).zip(less) {
        *sum = *sum + u16::from(*more) - u16::from(*less);
    }
}

fn extend_edges(columns: &mut [u16]) {
    let last = columns.len() - 1;
    let (first, end) = (columns[SHARPEN_REACH], columns[last - SHARPEN_REACH]);
    columns[..SHARPEN_REACH].fill(first);
    columns[last + 1 - SHARPEN_REACH..].fill(end);
}

/// `columns` reaches two further than the row on either side.
fn sharpen_row(row: &[u8], columns: &[u16], to: &mut [u8]) {
    // Division by multiplication: the sum is below 2^13, so that this is exact to one grey level.
    const INVERSE: u32 = (1 << 16) / (SHARPEN_SIDE * SHARPEN_SIDE) as u32 + 1;
    let sums = columns.windows(SHARPEN_SIDE).map(|five| five[0] + five[1] + five[2] + five[3] + five[4]);
    for ((sharp, pixel), sum) in to.iter_mut().zip(row).zip(sums) {
        let mean = ((u32::from(sum) * INVERSE) >> 16) as i16;
        let pixel = i16::from(*pixel);
        *sharp = (pixel + 2 * (pixel - mean)).clamp(0, 255) as u8;
    }
}
