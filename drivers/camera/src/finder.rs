//! Finder patterns: dark and light in the ratio 1:1:3:1:1 along every line through their middle
//! (ISO/IEC 18004, 6.3.3), in either polarity.

use crate::geometry::Point;
use crate::plane::{Plane, Thresholds};
use crate::work::Work;

/// Most finder patterns kept of one frame.
pub const FINDERS_MAX: usize = 96;

/// Smallest module in which a finder pattern is looked for, in pixels of the plane.
const MODULE_PIXELS_MIN: f32 = 1.1;

/// Longest way from a pattern's middle to its rim that is followed, in pixels.
const RIM_PIXELS_MAX: usize = 160;

/// Whether the middle of a pattern is dark, as on paper, or light, as on a phone in dark mode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Polarity {
    DarkOnLight,
    LightOnDark,
}

impl Polarity {
    /// 1 where dark modules are dark, -1 where they are light.
    pub const fn sign(self) -> f32 {
        match self {
            Self::DarkOnLight => 1.0,
            Self::LightOnDark => -1.0,
        }
    }
}

/// A finder pattern in pixels of the frame.
#[derive(Debug, Clone, Copy)]
pub struct Finder {
    pub centre: Point,
    /// Side of a module along the rows and columns of the frame; more than along the pattern's own when that is turned.
    pub module: f32,
    pub polarity: Polarity,
    /// Rows in which it was seen.
    pub hits: usize,
}

/// A plane and what divides its dark from its light.
pub struct Field<'a> {
    pub plane: Plane<'a>,
    thresholds: Thresholds,
}

impl<'a> Field<'a> {
    pub fn new(plane: Plane<'a>) -> Self {
        let thresholds = Thresholds::of(&plane);
        Self { plane, thresholds }
    }

    fn in_frame(&self, at: Point) -> Point {
        at.times(self.plane.scale)
    }

    pub fn of_frame(&self, at: Point) -> Point {
        at.times(1.0 / self.plane.scale)
    }

    /// Adds the patterns of every `step`th row to `finders`.
    pub fn find(&self, step: usize, finders: &mut Vec<Finder>, work: &mut Work) {
        for y in (step / 2..self.plane.height).step_by(step) {
            if !work.take(self.plane.width) {
                return;
            }
            self.find_in_row(y, finders, work);
        }
    }

    fn find_in_row(&self, y: usize, finders: &mut Vec<Finder>, work: &mut Work) {
        let row = self.plane.row(y);
        // The last six changes between dark and light, oldest first.
        let mut changes = [f32::NEG_INFINITY; 6];
        let mut was_dark = false;
        let mut before = row.first().copied().unwrap_or_default();
        for (block, (pixels, level)) in row.chunks(Thresholds::BLOCK).zip(self.thresholds.along(y)).enumerate() {
            let dark_count = pixels.iter().filter(|pixel| **pixel < *level).count();
            let all_as_before = if was_dark { dark_count == pixels.len() } else { dark_count == 0 };
            if !all_as_before {
                for (at, pixel) in pixels.iter().enumerate() {
                    let dark = pixel < level;
                    if dark != was_dark {
                        let edge = crossing(before, *pixel, *level);
                        changes.rotate_left(1);
                        changes[5] = (block * Thresholds::BLOCK + at) as f32 - 0.5 + edge;
                        let polarity = if was_dark { Polarity::DarkOnLight } else { Polarity::LightOnDark };
                        if let Some(module) = pattern_module(&changes) {
                            let centre = (changes[2] + changes[3]) / 2.0;
                            self.consider(Point::new(centre, y as f32 + 0.5), module, polarity, finders, work);
                        }
                        was_dark = dark;
                    }
                    before = *pixel;
                }
            }
            before = pixels.last().copied().unwrap_or(before);
        }
    }

    /// Looks at a candidate along its column, its row again and both diagonals.
    fn consider(&self, at: Point, module: f32, polarity: Polarity, finders: &mut Vec<Finder>, work: &mut Work) {
        let in_frame = self.in_frame(at);
        let near = |finder: &&mut Finder| {
            finder.polarity == polarity
                && finder.centre.minus(in_frame).length() < 1.5 * finder.module
                && finder.module < 2.0 * module * self.plane.scale
                && module * self.plane.scale < 2.0 * finder.module
        };
        if let Some(known) = finders.iter_mut().find(near) {
            known.hits += 1;
            return;
        }
        if finders.len() >= FINDERS_MAX || !work.take(100 + (module * 100.0) as usize) {
            return;
        }
        let Some((centre, module)) = self.confirmed(at, module, polarity) else { return };
        let found = Finder { centre: self.in_frame(centre), module: module * self.plane.scale, polarity, hits: 1 };
        let same = |finder: &&mut Finder| {
            finder.polarity == polarity && finder.centre.minus(found.centre).length() < found.module
        };
        match finders.iter_mut().find(same) {
            Some(known) => known.hits += 1,
            None => finders.push(found),
        }
    }

    fn confirmed(&self, at: Point, module: f32, polarity: Polarity) -> Option<(Point, f32)> {
        let down = self.cut(at, Point::new(0.0, 1.0), polarity, 2.2 * module)?;
        let centre = Point::new(at.x, at.y + down.shift);
        let across = self.cut(centre, Point::new(1.0, 0.0), polarity, 2.2 * module)?;
        let centre = Point::new(centre.x + across.shift, centre.y);
        if down.module > 1.8 * across.module || across.module > 1.8 * down.module {
            return None;
        }
        let half = std::f32::consts::FRAC_1_SQRT_2;
        let falling = self.cut(centre, Point::new(half, half), polarity, 2.5 * module);
        let rising = self.cut(centre, Point::new(half, -half), polarity, 2.5 * module);
        (falling.is_some() || rising.is_some()).then_some((centre, (down.module + across.module) / 2.0))
    }

    /// The cut through a pattern along a line, `None` when it is not one.
    fn cut(&self, at: Point, along: Point, polarity: Polarity, module_max: f32) -> Option<Cut> {
        let pixels_max = 4.5 * module_max;
        let forth = self.rims(at, along, polarity, pixels_max)?;
        let back = self.rims(at, along.times(-1.0), polarity, pixels_max)?;
        let changes = [-back[2], -back[1], -back[0], forth[0], forth[1], forth[2]];
        let module = pattern_module(&changes)?;
        let shift = changes.iter().sum::<f32>() / 6.0;
        Some(Cut { module, shift })
    }

    /// How far it is from a pattern's middle to the ends of its inner square, its light ring and its outer ring,
    /// in pixels of the plane.
    pub fn rims(&self, from: Point, along: Point, polarity: Polarity, pixels_max: f32) -> Option<[f32; 3]> {
        let level = self.thresholds.at(from);
        if level <= 0.0 {
            return None;
        }
        // Above zero inside the square and the outer ring.
        let height = |distance: f32| {
            let at = from.plus(along.times(distance));
            self.plane.contains(at).then(|| (level - self.plane.sample(at)) * polarity.sign())
        };
        let mut before = height(0.0)?;
        let mut rims = [0.0; 3];
        let mut found = 0;
        let steps = (pixels_max.ceil() as usize).min(RIM_PIXELS_MAX);
        for step in 1..=steps {
            let here = height(step as f32)?;
            if (here > 0.0) != (found % 2 == 0) {
                let share = if (before - here).abs() > f32::EPSILON { before / (before - here) } else { 0.5 };
                rims[found] = (step - 1) as f32 + share.clamp(0.0, 1.0);
                found += 1;
                if found == 3 {
                    return Some(rims);
                }
            }
            before = here;
        }
        None
    }
}

struct Cut {
    module: f32,
    /// From where the cut was begun to the pattern's middle.
    shift: f32,
}

/// Where between two neighbouring pixels the level is crossed, 0 to 1.
fn crossing(before: u8, after: u8, level: u8) -> f32 {
    let (before, after, level) = (f32::from(before), f32::from(after), f32::from(level) - 0.5);
    if (after - before).abs() < 0.5 { 0.5 } else { ((level - before) / (after - before)).clamp(0.0, 1.0) }
}

/// The module when six changes cut a line as a finder pattern does.
///
/// Distances are taken between changes of the same kind, which blur and a wrong threshold move together.
fn pattern_module(changes: &[f32; 6]) -> Option<f32> {
    let sums = [changes[2] - changes[0], changes[3] - changes[1], changes[4] - changes[2], changes[5] - changes[3]];
    let module = sums.iter().sum::<f32>() / 12.0;
    if !(module >= MODULE_PIXELS_MIN && module.is_finite()) {
        return None;
    }
    let slack = 0.55 * module + 0.25;
    let fits = [2.0, 4.0, 4.0, 2.0].iter().zip(sums).all(|(modules, sum)| (sum - modules * module).abs() < slack);
    let runs: [f32; 5] = std::array::from_fn(|at| changes[at + 1] - changes[at]);
    let middle_longest = [0, 1, 3, 4].iter().all(|at| runs[*at] * 1.25 < runs[2]);
    (fits && middle_longest).then_some(module)
}
