//! The grey of each module, and what colour that makes it.

use crate::fit::Mapping;
use crate::plane::Plane;
use crate::sampling::LANES;
use crate::symbol::Layout;

/// Modules on each side of one that its threshold looks at.
const REACH: usize = 5;

/// Rounds in which the light of a module's neighbours is taken off it.
const ROUNDS: usize = 6;

/// Each module's darkness, row after row: above 0 dark, below 0 light, the farther the surer. In grey levels.
#[derive(Debug, Clone)]
pub struct Darkness {
    pub size: usize,
    pub values: Vec<f32>,
}

impl Darkness {
    /// Reads every module of `layout`; `sign` is -1 for light modules on dark.
    pub fn read(plane: &Plane<'_>, mapping: &Mapping, layout: &Layout, sign: f32) -> Option<Self> {
        let places = mapping.places()?;
        let size = layout.size();
        // Around a module's middle, closer when modules are so small that their neighbours shine in.
        let off = if mapping.module() < 2.5 { 0.12 } else { 0.22 };
        let around = [(0.0, 0.0), (-off, -off), (off, -off), (-off, off), (off, off)];
        let mut greys = Vec::with_capacity(size * size + LANES);
        while greys.len() < size * size {
            let start = greys.len();
            let middle = |of: fn(usize, usize) -> usize, lane: usize| of(start + lane, size) as f32 + 0.5;
            let mut sums = [0.0; LANES];
            for (right, below) in around {
                let x = std::array::from_fn(|lane| middle(|at, size| at % size, lane) + right);
                let y = std::array::from_fn(|lane| middle(|at, size| at / size, lane) + below);
                let seen = places.greys(plane, &x, &y);
                sums.iter_mut().zip(seen).for_each(|(sum, grey)| *sum += grey);
            }
            greys.extend(sums.map(|sum| -sign * sum / around.len() as f32));
        }
        greys.truncate(size * size);
        Some(Self { size, values: above_local_middle(&greys, size) })
    }

    /// The grey levels that a place in the frame is read for, per module.
    pub const SAMPLES: usize = 5;

    fn get(&self, x: isize, y: isize) -> Option<f32> {
        let inside = |at: isize| usize::try_from(at).ok().filter(|at| *at < self.size);
        self.values.get(inside(y)? * self.size + inside(x)?).copied()
    }

    /// The same mirrored at its diagonal: a symbol seen from behind, or in a mirror.
    pub fn transposed(&self) -> Self {
        let value = |at: usize| self.values[at % self.size * self.size + at / self.size];
        Self { size: self.size, values: (0..self.values.len()).map(value).collect() }
    }

    /// Share of the known modules that have their colour.
    pub fn agreement(&self, layout: &Layout) -> f32 {
        let (mut right, mut all) = (0, 0);
        for (x, y, dark) in layout.known() {
            all += 1;
            right += usize::from((self.values[y * self.size + x] > 0.0) == dark);
        }
        right as f32 / all.max(1) as f32
    }

    /// The same with the edges raised by `gain`: against blur over less than a module.
    pub fn sharpened(&self, gain: f32) -> Self {
        let value = |at: usize| {
            let (x, y) = ((at % self.size) as isize, (at / self.size) as isize);
            let own = self.values[at];
            let near = [(1, 0), (-1, 0), (0, 1), (0, -1)].map(|(dx, dy)| self.get(x + dx, y + dy).unwrap_or(own));
            own + gain * (own - near.iter().sum::<f32>() / 4.0)
        };
        let values: Vec<f32> = (0..self.values.len()).map(value).collect();
        Self { size: self.size, values: above_local_middle(&values, self.size) }
    }

    /// The same with what shines in from the eight neighbours taken off, as far as the modules of known colour tell how
    /// much that is. `None` when they tell nothing, or that next to nothing shines in.
    pub fn equalised(&self, layout: &Layout) -> Option<Self> {
        let spread = self.spread(layout)?;
        let known = fixed(layout);
        let mut values = self.values.clone();
        let mut colours = Colours::light(self.size);
        for _ in 0..ROUNDS {
            colours.set(&values, &known, spread[0]);
            let rows = values.chunks_exact_mut(self.size).zip(self.values.chunks_exact(self.size));
            for (y, (row, seen)) in rows.enumerate() {
                colours.take_off(y, seen, &spread, row);
            }
        }
        Some(Self { size: self.size, values })
    }

    /// How much of a module's darkness is its own, its neighbours' across, down and over the corner: the least squares
    /// over the modules around which all is known.
    fn spread(&self, layout: &Layout) -> Option<[f32; 4]> {
        let known = fixed(layout);
        let colour = |x: isize, y: isize| {
            let inside = self.get(x, y).is_some();
            if inside { known[y as usize * self.size + x as usize] } else { -1.0 }
        };
        let mut normal = [[0.0f32; 5]; 4];
        for at in 0..self.values.len() {
            let (x, y) = ((at % self.size) as isize, (at / self.size) as isize);
            let unknown = (-1..=1).any(|dy| (-1..=1).any(|dx| colour(x + dx, y + dy) == 0.0));
            if unknown {
                continue;
            }
            let row = surroundings(x, y, &colour);
            for i in 0..4 {
                for j in 0..4 {
                    normal[i][j] += row[i] * row[j];
                }
                normal[i][4] += row[i] * self.values[at];
            }
        }
        let solution = solved(normal)?;
        let own = solution[0];
        let worth_it = own > 0.5 && solution[1..].iter().any(|share| share.abs() > 0.03 * own);
        worth_it.then(|| solution.map(|share| share.clamp(-own, own)))
    }
}

/// The modules' colours from -1 (light) to 1 (dark), with a rim of the light around the symbol.
struct Colours {
    wide: usize,
    values: Vec<f32>,
}

impl Colours {
    fn light(size: usize) -> Self {
        Self { wide: size + 2, values: vec![-1.0; (size + 2).pow(2)] }
    }

    /// Those of `known` where that is not 0, and elsewhere by the darkness, of which `full` is wholly dark.
    fn set(&mut self, darkness: &[f32], known: &[f32], full: f32) {
        let size = self.wide - 2;
        let rows = self.values.chunks_exact_mut(self.wide).skip(1);
        for ((row, darkness), known) in rows.zip(darkness.chunks_exact(size)).zip(known.chunks_exact(size)) {
            for ((colour, darkness), known) in row[1..].iter_mut().zip(darkness).zip(known) {
                *colour = if *known != 0.0 { *known } else { (darkness / full * 1.5).clamp(-1.0, 1.0) };
            }
        }
    }

    /// A row's darkness as `seen`, without what the neighbours add to it.
    fn take_off(&self, y: usize, seen: &[f32], spread: &[f32; 4], to: &mut [f32]) {
        let row = |y: usize| &self.values[y * self.wide..(y + 1) * self.wide];
        let (above, own, below) = (row(y), row(y + 1), row(y + 2));
        let three = above.windows(3).zip(own.windows(3)).zip(below.windows(3));
        for ((to, seen), ((above, own), below)) in to.iter_mut().zip(seen).zip(three) {
            let (across, down) = (own[0] + own[2], above[1] + below[1]);
            let corner = above[0] + above[2] + below[0] + below[2];
            *to = seen - spread[1] * across - spread[2] * down - spread[3] * corner;
        }
    }
}

/// Own colour, and the sums of the neighbours': left and right, above and below, at the corners.
fn surroundings(x: isize, y: isize, colour: &impl Fn(isize, isize) -> f32) -> [f32; 4] {
    [
        colour(x, y),
        colour(x - 1, y) + colour(x + 1, y),
        colour(x, y - 1) + colour(x, y + 1),
        colour(x - 1, y - 1) + colour(x + 1, y - 1) + colour(x - 1, y + 1) + colour(x + 1, y + 1),
    ]
}

/// 1 for modules that are always dark, -1 for those always light, 0 for the rest.
fn fixed(layout: &Layout) -> Vec<f32> {
    let mut fixed = vec![0.0; layout.size() * layout.size()];
    for (x, y, dark) in layout.known() {
        fixed[y * layout.size() + x] = if dark { 1.0 } else { -1.0 };
    }
    fixed
}

/// Gauss's elimination with the largest pivot of each column.
fn solved(mut rows: [[f32; 5]; 4]) -> Option<[f32; 4]> {
    for column in 0..4 {
        let pivot = (column..4).max_by(|a, b| rows[*a][column].abs().total_cmp(&rows[*b][column].abs()))?;
        rows.swap(column, pivot);
        if rows[column][column].abs() < 1e-3 {
            return None;
        }
        for other in 0..4 {
            if other != column {
                let factor = rows[other][column] / rows[column][column];
                let pivot = rows[column];
                for (cell, above) in rows[other].iter_mut().zip(pivot) {
                    *cell -= factor * above;
                }
            }
        }
    }
    Some(std::array::from_fn(|at| rows[at][4] / rows[at][at]))
}

/// Each value less the middle between the mean of the darker and the mean of the lighter values around it.
fn above_local_middle(values: &[f32], size: usize) -> Vec<f32> {
    let mean = boxed(values, size, |value, _| (value, 1.0), values);
    let dark = boxed(values, size, |value, mean| if value > mean { (value, 1.0) } else { (0.0, 0.0) }, &mean);
    let light = boxed(values, size, |value, mean| if value > mean { (0.0, 0.0) } else { (value, 1.0) }, &mean);
    (0..values.len()).map(|at| values[at] - (dark[at] + light[at]) / 2.0).collect()
}

/// The mean of what `part` takes of the values around each.
fn boxed(values: &[f32], size: usize, part: impl Fn(f32, f32) -> (f32, f32), beside: &[f32]) -> Vec<f32> {
    // Sums over all to the left and above.
    let wide = size + 1;
    let mut sums = vec![(0.0f64, 0.0f64); wide * wide];
    for y in 0..size {
        let mut row = (0.0, 0.0);
        for x in 0..size {
            let (value, weight) = part(values[y * size + x], beside[y * size + x]);
            row = (row.0 + f64::from(value), row.1 + f64::from(weight));
            let above = sums[y * wide + x + 1];
            sums[(y + 1) * wide + x + 1] = (above.0 + row.0, above.1 + row.1);
        }
    }
    let mean = |at: usize| {
        let (x, y) = (at % size, at / size);
        let (left, top) = (x.saturating_sub(REACH), y.saturating_sub(REACH));
        let (right, bottom) = ((x + REACH + 1).min(size), (y + REACH + 1).min(size));
        let (a, b) = (sums[bottom * wide + right], sums[top * wide + right]);
        let (c, d) = (sums[bottom * wide + left], sums[top * wide + left]);
        let (sum, weight) = (a.0 - b.0 - c.0 + d.0, a.1 - b.1 - c.1 + d.1);
        if weight > 0.5 { (sum / weight) as f32 } else { values[at] }
    };
    (0..values.len()).map(mean).collect()
}
