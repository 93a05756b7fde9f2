//! Finder patterns: dark and light in the ratio 1:1:3:1:1 along every line through their middle
//! (ISO/IEC 18004, 6.3.3), in either polarity.

use crate::geometry::Point;
use crate::line::Line;
use crate::plane::Plane;
use crate::threshold::{Division, Thresholds};
use crate::work::Work;

/// Most finder patterns kept of one frame.
pub const FINDERS_MAX: usize = 64;

/// Smallest module in which a finder pattern is looked for, in pixels of the plane.
const MODULE_PIXELS_MIN: f32 = 1.1;

/// Units of work for looking at five runs of a row, and at what is around them along four ways.
const LOOK_UNITS: usize = 15;
const CLOSER_LOOK_UNITS: usize = 100;

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
    pub fn new(plane: Plane<'a>, division: Division) -> Self {
        let thresholds = Thresholds::of(&plane, division);
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
        let mut line = Line::default();
        for y in (step / 2..self.plane.height).step_by(step) {
            line.cut(self.plane.row(y), self.thresholds.along(y));
            if !work.take(self.plane.width / 4 + line.len()) {
                return;
            }
            self.find_in_row(y, &line, finders, work);
        }
    }

    fn find_in_row(&self, y: usize, line: &Line, finders: &mut Vec<Finder>, work: &mut Work) {
        for (at, changes) in line.likely() {
            if !work.take(LOOK_UNITS) {
                return;
            }
            let Some(changes) = self.changes(y, changes) else { continue };
            // A line begins light.
            let polarity = if at.is_multiple_of(2) { Polarity::DarkOnLight } else { Polarity::LightOnDark };
            self.consider(y, &changes, polarity, finders, work);
        }
    }

    /// Where exactly a row changes, between these pixels and those before them.
    fn changes(&self, y: usize, at: &[u32; 6]) -> Option<[f32; 6]> {
        let (row, levels) = (self.plane.row(y), self.thresholds.along(y));
        let mut changes = [0.0; 6];
        for (change, x) in changes.iter_mut().zip(at) {
            let x = *x as usize;
            // The first pixel of a row may be dark; what is before it is the rim of the frame.
            let [before, after] = row.get(x.max(1) - 1..=x.max(1))? else { return None };
            *change = x as f32 - 0.5
                + crossing((*before).into(), (*after).into(), (*levels.get(x / Thresholds::BLOCK)?).into());
        }
        Some(changes)
    }

    /// Looks at a candidate more closely, unless it is a further row of a known pattern.
    fn consider(&self, y: usize, changes: &[f32; 6], polarity: Polarity, finders: &mut Vec<Finder>, work: &mut Work) {
        let Some(module) = pattern_module(changes) else { return };
        let at = Point::new((changes[2] + changes[3]) / 2.0, y as f32 + 0.5);
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
        if finders.len() >= FINDERS_MAX || !work.take(CLOSER_LOOK_UNITS) {
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

    /// Looks at a candidate along its column, its row again and both diagonals.
    fn confirmed(&self, at: Point, module: f32, polarity: Polarity) -> Option<(Point, f32)> {
        let down = self.cut(at, Way::Down, polarity, 2.2 * module)?;
        let centre = Point::new(at.x, down.middle.y);
        let across = self.cut(centre, Way::Across, polarity, 2.2 * module)?;
        let centre = Point::new(across.middle.x, centre.y);
        if down.module > 1.8 * across.module || across.module > 1.8 * down.module {
            return None;
        }
        let diagonal = |way| self.cut(centre, way, polarity, 2.5 * module).is_some();
        (diagonal(Way::Falling) || diagonal(Way::Rising)).then_some((centre, (down.module + across.module) / 2.0))
    }

    /// The cut through a pattern along a way, from pixel to pixel; `None` when it is not one.
    fn cut(&self, at: Point, way: Way, polarity: Polarity, module_max: f32) -> Option<Cut> {
        let (right, below) = way.step();
        let pixel = way.pixel();
        let steps_max = (4.5 * module_max / pixel).ceil() as usize;
        let forth = self.ends(at, (right, below), polarity, steps_max)?;
        let back = self.ends(at, (-right, -below), polarity, steps_max)?;
        let changes = [-back[2], -back[1], -back[0], forth[0], forth[1], forth[2]].map(|steps| steps * pixel);
        let module = pattern_module(&changes)?;
        let steps = changes.iter().sum::<f32>() / 6.0 / pixel;
        let start = Point::new(at.x.floor() + 0.5, at.y.floor() + 0.5);
        Some(Cut { module, middle: start.plus(Point::new(right as f32, below as f32).times(steps)) })
    }

    /// Like [`Self::rims`] from the middle of the pixel at `from`, pixel by pixel, in steps. Each is the sum of three
    /// pixels side by side, which noise moves less.
    fn ends(&self, from: Point, step: (isize, isize), polarity: Polarity, steps_max: usize) -> Option<[f32; 3]> {
        let level = u16::from(self.thresholds.at(from)) * 3;
        let three = if step.1 == 0 { Plane::three_below_each_other } else { Plane::three_beside_each_other };
        let (mut x, mut y) = (from.x as usize, from.y as usize);
        let mut before = three(&self.plane, x, y)?;
        let dark_middle = polarity == Polarity::DarkOnLight;
        if level == 0 || (before < level) != dark_middle {
            return None;
        }
        let mut ends = [0.0; 3];
        let mut found = 0;
        for steps in 0..steps_max.min(RIM_PIXELS_MAX) {
            (x, y) = (x.checked_add_signed(step.0)?, y.checked_add_signed(step.1)?);
            let here = three(&self.plane, x, y)?;
            if (here < level) != (before < level) {
                *ends.get_mut(found)? = steps as f32 + crossing(before, here, level);
                found += 1;
                if found == ends.len() {
                    return Some(ends);
                }
            }
            before = here;
        }
        None
    }

    /// How far it is from a pattern's middle to the ends of its inner square, its light ring and its outer ring,
    /// in pixels of the plane. Each pixel of the way is a unit of work; `None` also when there is none left.
    pub fn rims(
        &self,
        from: Point,
        along: Point,
        polarity: Polarity,
        pixels_max: f32,
        work: &mut Work,
    ) -> Option<[f32; 3]> {
        let level = f32::from(self.thresholds.at(from));
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
            if !work.take(1) {
                return None;
            }
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
    middle: Point,
}

/// A line of pixels through a pattern.
#[derive(Clone, Copy)]
enum Way {
    Across,
    Down,
    Falling,
    Rising,
}

impl Way {
    const fn step(self) -> (isize, isize) {
        match self {
            Self::Across => (1, 0),
            Self::Down => (0, 1),
            Self::Falling => (1, 1),
            Self::Rising => (1, -1),
        }
    }

    /// From the middle of one pixel to that of the next.
    const fn pixel(self) -> f32 {
        match self {
            Self::Across | Self::Down => 1.0,
            Self::Falling | Self::Rising => std::f32::consts::SQRT_2,
        }
    }
}

/// Where between two neighbouring pixels the level is crossed, 0 to 1.
fn crossing(before: u16, after: u16, level: u16) -> f32 {
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
