//! Where each module of a symbol is in the frame: first from the rims of its finder patterns, then moved until timing,
//! alignment and finder patterns are seen as sharply as they can be.

use crate::finder::{Field, Finder};
use crate::geometry::{Line, Point, Projection};
use crate::plane::Plane;
use crate::sampling::{LANES, Lanes};
use crate::symbol::{Layout, Version};
use crate::triple::Triple;
use crate::work::{SAMPLE_UNITS, Work};

/// Directions in which a rim is looked for on each side of the straight one, and the angle between two.
const FAN: i32 = 4;
const FAN_RADIANS: f32 = 0.14;

/// Farthest that the last alignment pattern is looked for from where it is expected, in modules.
const ALIGNMENT_REACH: i32 = 5;

/// Rounds of moving all parameters; the step becomes smaller after each.
const ROUNDS: usize = 6;

/// Share of the known modules that must be seen in their colour before a mapping is moved. Half of them are where there
/// is no symbol; of the symbols read in the drawn corpus the worst had 0.72.
const START_AGREEMENT_MIN: f32 = 0.62;

/// A symbol's modules as places in the frame: a projection of its corners, and how far its middle lines bulge.
#[derive(Debug, Clone, Copy)]
pub struct Mapping {
    size: f32,
    /// Upper left, upper right, lower right, lower left.
    pub corners: [Point; 4],
    bulge: [Point; 2],
}

/// A mapping ready to be asked.
pub struct Places {
    projection: Projection,
    /// The projection's numbers for places in modules.
    pub coefficients: [f32; 9],
    pub size: f32,
    pub bulge: [Point; 2],
}

impl Mapping {
    fn new(version: Version, corners: [Point; 4]) -> Self {
        Self { size: version.size() as f32, corners, bulge: [Point::new(0.0, 0.0); 2] }
    }

    pub fn places(&self) -> Option<Places> {
        let projection = Projection::of_unit_square(&self.corners)?;
        Some(Places {
            coefficients: projection.coefficients(self.size),
            projection,
            size: self.size,
            bulge: self.bulge,
        })
    }

    #[cfg(test)]
    pub fn bulged(version: Version, corners: [Point; 4], bulge: [Point; 2]) -> Self {
        Self { bulge, ..Self::new(version, corners) }
    }

    /// Pixels of the frame for a module, along the shorter of the upper and left side.
    pub fn module(&self) -> f32 {
        let [a, b, _, d] = self.corners;
        a.minus(b).length().min(a.minus(d).length()) / self.size
    }

    /// The parameters that are moved: eight of the corners, four of the bulges.
    fn moved(&self, parameter: usize, by: f32) -> Self {
        let mut moved = *self;
        let point = if parameter < 8 { &mut moved.corners[parameter / 2] } else { &mut moved.bulge[parameter / 2 - 4] };
        if parameter.is_multiple_of(2) {
            point.x += by
        } else {
            point.y += by
        }
        moved
    }
}

impl Places {
    /// The place in the frame of a place in the symbol, in modules from its upper left corner.
    pub fn of(&self, at: Point) -> Point {
        let unit = at.times(1.0 / self.size);
        let arch = |share: f32| 4.0 * share * (1.0 - share);
        let bulge = self.bulge[0].times(arch(unit.x)).plus(self.bulge[1].times(arch(unit.y)));
        self.projection.apply(unit).plus(bulge)
    }
}

/// Modules whose colour is known: places, and 1 for dark or -1 for light; 0 for what fills the last lanes.
#[derive(Debug)]
pub struct Pattern {
    known: Vec<[Lanes; 3]>,
    count: usize,
}

impl Pattern {
    pub fn of(layout: &Layout) -> Self {
        let known = layout.known();
        Self::made(known.map(|(x, y, dark)| [x as f32 + 0.5, y as f32 + 0.5, if dark { 1.0 } else { -1.0 }]))
    }

    /// Only the two timing patterns.
    pub fn timing(version: Version) -> Self {
        let middle = 8..version.size() - 8;
        let sign = |at: usize| if at.is_multiple_of(2) { 1.0 } else { -1.0 };
        let along = |at: usize| at as f32 + 0.5;
        let across = middle.clone().map(|at| [along(at), 6.5, sign(at)]);
        Self::made(across.chain(middle.map(|at| [6.5, along(at), sign(at)])))
    }

    fn made(places: impl Iterator<Item = [f32; 3]>) -> Self {
        let mut pattern = Self { known: Vec::new(), count: 0 };
        for place in places {
            let lane = pattern.count % LANES;
            if lane == 0 {
                pattern.known.push([[place[0]; LANES], [place[1]; LANES], [0.0; LANES]]);
            }
            if let Some(last) = pattern.known.last_mut() {
                last.iter_mut().zip(place).for_each(|(lanes, value)| lanes[lane] = value);
            }
            pattern.count += 1;
        }
        pattern
    }

    pub const fn len(&self) -> usize {
        self.count
    }

    /// What is seen of each module and what it should be, several at a time.
    fn seen<'a>(&'a self, plane: &'a Plane<'_>, places: &'a Places) -> impl Iterator<Item = (Lanes, &'a Lanes)> {
        self.known.iter().map(|[x, y, dark]| (places.greys(plane, x, y), dark))
    }

    /// Share of the pattern that is on its side of the middle between its light and its dark modules.
    fn agreement(&self, plane: &Plane<'_>, mapping: &Mapping, sign: f32) -> f32 {
        let Some(places) = mapping.places() else { return 0.0 };
        let pairs =
            |(greys, dark): (Lanes, &Lanes)| std::array::from_fn::<_, LANES, _>(|at| (-sign * greys[at], dark[at]));
        let seen: Vec<(f32, f32)> =
            self.seen(plane, &places).flat_map(pairs).filter(|(_, dark)| *dark != 0.0).collect();
        let mean = |of: f32| {
            let own = seen.iter().filter(|(_, dark)| *dark == of);
            let (sum, count) = own.fold((0.0, 0.0), |(sum, count), (value, _)| (sum + value, count + 1.0));
            sum / f32::max(count, 1.0)
        };
        let middle = (mean(1.0) + mean(-1.0)) / 2.0;
        let agrees = |(value, dark): &&(f32, f32)| (*value > middle) == (*dark > 0.0);
        seen.iter().filter(agrees).count() as f32 / seen.len().max(1) as f32
    }

    /// Grey levels between what should be light and what should be dark, averaged over the pattern.
    fn contrast(&self, plane: &Plane<'_>, mapping: &Mapping, sign: f32) -> f32 {
        let Some(places) = mapping.places() else { return f32::NEG_INFINITY };
        let mut sums = [0.0; LANES];
        for (greys, dark) in self.seen(plane, &places) {
            sums.iter_mut().zip(dark.iter().zip(greys)).for_each(|(sum, (dark, grey))| *sum -= dark * grey);
        }
        sums.iter().sum::<f32>() * sign / self.count.max(1) as f32
    }
}

/// What the finder patterns of a triple say about the symbol.
pub struct Guess {
    /// Modules between the middles of two patterns.
    pub modules: f32,
    corners: Option<[Point; 4]>,
    triple: Triple,
}

impl Guess {
    pub fn of(fields: &[Field<'_>], triple: &Triple, work: &mut Work) -> Option<Self> {
        let [a, b, c] = triple.corners;
        let (u, v) = (b.centre.minus(a.centre).unit(), c.centre.minus(a.centre).unit());
        let across = [straight(fields, &a, u, work), straight(fields, &b, u.times(-1.0), work)];
        let down = [straight(fields, &a, v, work), straight(fields, &c, v.times(-1.0), work)];
        let count = |apart: f32, modules: [Option<f32>; 2], fallback: f32| {
            let known: Vec<f32> = modules.into_iter().flatten().collect();
            let module = if known.is_empty() { fallback } else { known.iter().sum::<f32>() / known.len() as f32 };
            apart / module.max(0.1)
        };
        let fallback = (a.module + b.module + c.module) / 3.0;
        let wide = count(b.centre.minus(a.centre).length(), across, fallback);
        let high = count(c.centre.minus(a.centre).length(), down, fallback);
        if wide > 1.6 * high || high > 1.6 * wide {
            return None;
        }
        Some(Self { modules: (wide + high) / 2.0, corners: rim_corners(fields, triple, u, v, work), triple: *triple })
    }

    /// Versions that fit, the likeliest first: those whose timing patterns are seen best.
    pub fn versions(&self, plane: &Plane<'_>, reach: usize, work: &mut Work) -> Vec<Version> {
        let nearest = ((self.modules + 7.0 - 17.0) / 4.0).round().max(1.0) as usize;
        // The estimate is off by some per cent, which is more versions the larger the symbol is.
        let reach = reach + nearest / 8;
        let mut versions: Vec<(f32, Version)> = Vec::new();
        for number in nearest.saturating_sub(reach)..=nearest + reach {
            let Some(version) = Version::new(number) else { continue };
            let timing = Pattern::timing(version);
            if !work.take(2 * SAMPLE_UNITS * timing.len()) {
                break;
            }
            let mappings = self.mappings(version);
            let best = mappings.iter().map(|mapping| timing.contrast(plane, mapping, self.sign()));
            versions.push((best.fold(f32::NEG_INFINITY, f32::max), version));
        }
        versions.sort_by(|one, other| other.0.total_cmp(&one.0));
        versions.into_iter().map(|(_, version)| version).collect()
    }

    const fn sign(&self) -> f32 {
        self.triple.corners[0].polarity.sign()
    }

    /// By the rims, and as if seen from straight ahead.
    fn mappings(&self, version: Version) -> Vec<Mapping> {
        let flat = self.flat(version);
        self.corners.into_iter().map(|corners| Mapping::new(version, corners)).chain([flat]).collect()
    }

    fn flat(&self, version: Version) -> Mapping {
        let [a, b, c] = self.triple.corners.map(|finder| finder.centre);
        let apart = (version.size() - 7) as f32;
        let (u, v) = (b.minus(a).times(1.0 / apart), c.minus(a).times(1.0 / apart));
        let at = |x: f32, y: f32| a.plus(u.times(x - 3.5)).plus(v.times(y - 3.5));
        let end = version.size() as f32;
        Mapping::new(version, [at(0.0, 0.0), at(end, 0.0), at(end, end), at(0.0, end)])
    }

    /// The best of the mappings to begin with; `None` when that shows no symbol of this version.
    pub fn start(&self, plane: &Plane<'_>, layout: &Layout, pattern: &Pattern, work: &mut Work) -> Option<Fit> {
        let sign = self.sign();
        let mut starts = self.mappings(layout.version);
        let aligned: Vec<Mapping> =
            starts.iter().filter_map(|start| self.aligned(plane, start, layout.version, work)).collect();
        starts.extend(aligned);
        if !work.take(SAMPLE_UNITS * (starts.len() + 1) * pattern.len()) {
            return None;
        }
        let scored = starts.into_iter().map(|start| (start, pattern.contrast(plane, &start, sign)));
        let (mapping, contrast) = scored.max_by(|one, other| one.1.total_cmp(&other.1))?;
        let begun = contrast.is_finite() && pattern.agreement(plane, &mapping, sign) >= START_AGREEMENT_MIN;
        begun.then(|| Fit { step: mapping.module() * 0.6, mapping, contrast, sign })
    }

    /// The mapping through the middles of the finder patterns and of the last alignment pattern, where that is seen
    /// best around where `start` expects it.
    fn aligned(&self, plane: &Plane<'_>, start: &Mapping, version: Version, work: &mut Work) -> Option<Mapping> {
        if version.number() == 1 {
            return None;
        }
        let places = start.places()?;
        let size = version.size() as f32;
        let patch = AlignmentPatch::around(plane, &places, size - 6.5, self.sign(), work)?;
        let shift = patch.best_shift()?;
        let middle = Point::new(size - 6.5, size - 6.5);
        let from = [Point::new(3.5, 3.5), Point::new(size - 3.5, 3.5), middle, Point::new(3.5, size - 3.5)];
        let [a, b, c] = self.triple.corners.map(|finder| finder.centre);
        let map = Projection::between(&from, &[a, b, places.of(middle.plus(shift)), c])?;
        let corners = [(0.0, 0.0), (size, 0.0), (size, size), (0.0, size)];
        Some(Mapping::new(version, corners.map(|(x, y)| map.apply(Point::new(x, y)))))
    }
}

/// The darkness around the place where the last alignment pattern should be, at every half module.
struct AlignmentPatch(Vec<f32>);

impl AlignmentPatch {
    /// Half modules from the middle to the side: the search and half a pattern.
    const REACH: i32 = 2 * ALIGNMENT_REACH + 4;
    const SIDE: usize = 2 * Self::REACH as usize + 1;

    fn around(plane: &Plane<'_>, places: &Places, middle: f32, sign: f32, work: &mut Work) -> Option<Self> {
        if !work.take(2 * SAMPLE_UNITS * Self::SIDE * Self::SIDE) {
            return None;
        }
        let half = |at: usize| middle + (at as i32 - Self::REACH) as f32 / 2.0;
        let mut dark = Vec::with_capacity(Self::SIDE * Self::SIDE + LANES);
        while dark.len() < Self::SIDE * Self::SIDE {
            let start = dark.len();
            let x = std::array::from_fn(|lane| half((start + lane) % Self::SIDE));
            let y = std::array::from_fn(|lane| half((start + lane) / Self::SIDE));
            dark.extend(places.greys(plane, &x, &y).map(|grey| -sign * grey));
        }
        Some(Self(dark))
    }

    /// Where the pattern is seen best, as modules from the middle. Near is a little better than far.
    fn best_shift(&self) -> Option<Point> {
        let reach = 2 * ALIGNMENT_REACH;
        let shifts = (-reach..=reach).flat_map(|y| (-reach..=reach).map(move |x| (x, y)));
        let scored = shifts.map(|(x, y)| {
            let shift = Point::new(x as f32, y as f32).times(0.5);
            (shift, self.contrast(x, y) * (1.0 - 0.02 * shift.length()))
        });
        scored.max_by(|one, other| one.1.total_cmp(&other.1)).map(|(shift, _)| shift)
    }

    /// 17 modules of a pattern are dark and 8 light.
    fn contrast(&self, x: i32, y: i32) -> f32 {
        let (mut dark, mut light) = (0.0, 0.0);
        for row in -2..=2i32 {
            for column in -2..=2i32 {
                let place = (Self::REACH + y + 2 * row) as usize * Self::SIDE + (Self::REACH + x + 2 * column) as usize;
                let value = self.0.get(place).copied().unwrap_or_default();
                if row.abs().max(column.abs()) == 1 { light += value } else { dark += value }
            }
        }
        dark / 17.0 - light / 8.0
    }
}

/// Side of a module along a direction, from the rims of a pattern on the straight line.
fn straight(fields: &[Field<'_>], finder: &Finder, along: Point, work: &mut Work) -> Option<f32> {
    let rim = rim(fields, finder, along, work)?;
    Some(rim.minus(finder.centre).length() / 3.5)
}

/// The outer rim of a pattern in a direction, in the first field that shows it.
fn rim(fields: &[Field<'_>], finder: &Finder, along: Point, work: &mut Work) -> Option<Point> {
    fields.iter().find_map(|field| {
        let from = field.of_frame(finder.centre);
        let module = finder.module / field.plane.scale;
        let rims = field.rims(from, along, finder.polarity, 6.0 * module + 2.0, work)?;
        let modules = rims[2] / module;
        (1.8..=5.5).contains(&modules).then(|| finder.centre.plus(along.times(rims[2] * field.plane.scale)))
    })
}

/// The symbol's corners, where the lines along the outer rims of its patterns meet.
fn rim_corners(fields: &[Field<'_>], triple: &Triple, u: Point, v: Point, work: &mut Work) -> Option<[Point; 4]> {
    let [a, b, c] = &triple.corners;
    let mut fan = |finder: &Finder, along: Point| -> Vec<Point> {
        (-FAN..=FAN).filter_map(|turn| rim(fields, finder, along.turned(turn as f32 * FAN_RADIANS), work)).collect()
    };
    let mut both = |one: &Finder, other: &Finder, along: Point| {
        let mut points = fan(one, along);
        points.extend(fan(other, along));
        Line::through(&points)
    };
    let top = both(a, b, v.times(-1.0))?;
    let left = both(a, c, u.times(-1.0))?;
    let right = Line::through(&fan(b, u))?;
    let bottom = Line::through(&fan(c, v))?;
    Some([left.meets(&top)?, top.meets(&right)?, right.meets(&bottom)?, bottom.meets(&left)?])
}

/// A mapping that is being moved to where the symbol's fixed patterns are seen best.
#[derive(Debug, Clone, Copy)]
pub struct Fit {
    pub mapping: Mapping,
    /// In grey levels, between the dark and the light modules of the patterns.
    pub contrast: f32,
    step: f32,
    sign: f32,
}

impl Fit {
    /// Moves one parameter after the other as long as that helps, by ever smaller steps.
    pub fn climb(&mut self, plane: &Plane<'_>, pattern: &Pattern, stage: Stage, work: &mut Work) {
        let (rounds, parameters) = match stage {
            Stage::Start => return,
            // The lower right corner is the one that is not seen.
            Stage::Corners => (ROUNDS / 2, 8),
            Stage::All => (ROUNDS, 12),
        };
        for _ in 0..rounds {
            for parameter in (0..parameters).map(|at| (at + 4) % parameters) {
                for by in [self.step, -self.step] {
                    if !work.take(SAMPLE_UNITS * pattern.len()) {
                        return;
                    }
                    let moved = self.mapping.moved(parameter, by);
                    let seen = pattern.contrast(plane, &moved, self.sign);
                    if seen > self.contrast {
                        (self.mapping, self.contrast) = (moved, seen);
                        break;
                    }
                }
            }
            self.step *= 0.6;
        }
        if stage == Stage::Corners {
            self.step = self.mapping.module() * 0.4;
        }
    }
}

/// How much of a mapping is moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Nothing: a flat and sharp symbol can be read from where its patterns are.
    Start,
    /// The corners.
    Corners,
    /// The corners, and how far the middle lines bulge.
    All,
}
