//! Where each module of a symbol is in the frame: first from the rims of its finder patterns, then moved until timing,
//! alignment and finder patterns are seen as sharply as they can be.

use crate::finder::{Field, Finder};
use crate::geometry::{Line, Point, Projection};
use crate::plane::Plane;
use crate::symbol::{Layout, Version};
use crate::triple::Triple;
use crate::work::Work;

/// Directions in which a rim is looked for on each side of the straight one, and the angle between two.
const FAN: i32 = 4;
const FAN_RADIANS: f32 = 0.14;

/// Farthest that the last alignment pattern is looked for from where it is expected, in modules.
const ALIGNMENT_REACH: i32 = 5;

/// Rounds of moving; the step is halved after each.
const ROUNDS: usize = 6;

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
    size: f32,
    bulge: [Point; 2],
}

impl Mapping {
    fn new(version: Version, corners: [Point; 4]) -> Self {
        Self { size: version.size() as f32, corners, bulge: [Point::new(0.0, 0.0); 2] }
    }

    pub fn places(&self) -> Option<Places> {
        let projection = Projection::of_unit_square(&self.corners)?;
        Some(Places { projection, size: self.size, bulge: self.bulge })
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
        if parameter % 2 == 0 { point.x += by } else { point.y += by }
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

/// Modules whose colour is known, in units the fit works with: place, and 1 for dark or -1 for light.
pub struct Pattern(Vec<(Point, f32)>);

impl Pattern {
    pub fn of(layout: &Layout) -> Self {
        let known = layout.known();
        Self(known.map(|(x, y, dark)| (Point::new(x as f32 + 0.5, y as f32 + 0.5), if dark { 1.0 } else { -1.0 })).collect())
    }

    /// Only the two timing patterns.
    pub fn timing(version: Version) -> Self {
        let middle = 8..version.size() - 8;
        let sign = |at: usize| if at % 2 == 0 { 1.0 } else { -1.0 };
        let along = |at: usize| at as f32 + 0.5;
        let across = middle.clone().map(|at| (Point::new(along(at), 6.5), sign(at)));
        Self(across.chain(middle.map(|at| (Point::new(6.5, along(at)), sign(at)))).collect())
    }

    pub const fn len(&self) -> usize {
        self.0.len()
    }

    /// Grey levels between what should be light and what should be dark, averaged over the pattern.
    fn contrast(&self, plane: &Plane<'_>, mapping: &Mapping, sign: f32) -> f32 {
        let Some(places) = mapping.places() else { return f32::NEG_INFINITY };
        let sum: f32 = self.0.iter().map(|(at, dark)| -dark * plane.sample(places.of(*at))).sum();
        sum * sign / self.0.len().max(1) as f32
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
    pub fn of(fields: &[Field<'_>], triple: &Triple) -> Option<Self> {
        let [a, b, c] = triple.corners;
        let (u, v) = (b.centre.minus(a.centre).unit(), c.centre.minus(a.centre).unit());
        let across = [straight(fields, &a, u), straight(fields, &b, u.times(-1.0))];
        let down = [straight(fields, &a, v), straight(fields, &c, v.times(-1.0))];
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
        Some(Self { modules: (wide + high) / 2.0, corners: rim_corners(fields, triple, u, v), triple: *triple })
    }

    /// Versions that fit, the likeliest first: those whose timing patterns are seen best.
    pub fn versions(&self, plane: &Plane<'_>, reach: usize, work: &mut Work) -> Vec<Version> {
        let nearest = ((self.modules + 7.0 - 17.0) / 4.0).round().max(1.0) as usize;
        let mut versions: Vec<(f32, Version)> = Vec::new();
        for number in nearest.saturating_sub(reach)..=nearest + reach {
            let Some(version) = Version::new(number) else { continue };
            let timing = Pattern::timing(version);
            if !work.take(4 * timing.len()) {
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

    /// The mapping under which the symbol's fixed patterns are seen best, and how well that is.
    pub fn fitted(&self, plane: &Plane<'_>, layout: &Layout, work: &mut Work) -> Option<(Mapping, f32)> {
        let pattern = Pattern::of(layout);
        let sign = self.sign();
        let mut starts = self.mappings(layout.version);
        let aligned: Vec<Mapping> =
            starts.iter().filter_map(|start| self.aligned(plane, start, layout.version, work)).collect();
        starts.extend(aligned);
        if !work.take(starts.len() * pattern.len()) {
            return None;
        }
        let scored = starts.into_iter().map(|start| (start, pattern.contrast(plane, &start, sign)));
        let best = scored.max_by(|one, other| one.1.total_cmp(&other.1))?;
        climbed(plane, &pattern, best, sign, work)
    }

    /// The mapping through the middles of the finder patterns and of the last alignment pattern, where that is seen
    /// best around where `start` expects it.
    fn aligned(&self, plane: &Plane<'_>, start: &Mapping, version: Version, work: &mut Work) -> Option<Mapping> {
        if version.number() == 1 {
            return None;
        }
        let places = start.places()?;
        let size = version.size() as f32;
        let reach = 2 * ALIGNMENT_REACH;
        if !work.take((2 * reach as usize + 1).pow(2) * 25) {
            return None;
        }
        let score = |shift: Point| -> f32 {
            let cell = |at: usize| {
                let (x, y) = (at % 5, at / 5);
                let ring = x.abs_diff(2).max(y.abs_diff(2));
                let sign = if ring == 1 { -16.0 } else { 128.0 / 17.0 };
                let place = Point::new(size - 8.5 + x as f32, size - 8.5 + y as f32).plus(shift);
                -sign * plane.sample(places.of(place))
            };
            (0..25).map(cell).sum::<f32>() * self.sign()
        };
        let shifts = (-reach..=reach).flat_map(|y| (-reach..=reach).map(move |x| Point::new(x as f32, y as f32).times(0.5)));
        let scored = shifts.map(|shift| (shift, score(shift) * (1.0 - 0.02 * shift.length())));
        let (shift, _) = scored.max_by(|one, other| one.1.total_cmp(&other.1))?;
        let middle = Point::new(size - 6.5, size - 6.5);
        let from = [Point::new(3.5, 3.5), Point::new(size - 3.5, 3.5), middle, Point::new(3.5, size - 3.5)];
        let [a, b, c] = self.triple.corners.map(|finder| finder.centre);
        let map = Projection::between(&from, &[a, b, places.of(middle.plus(shift)), c])?;
        let corners = [(0.0, 0.0), (size, 0.0), (size, size), (0.0, size)];
        Some(Mapping::new(version, corners.map(|(x, y)| map.apply(Point::new(x, y)))))
    }
}

/// Side of a module along a direction, from the rims of a pattern on the straight line.
fn straight(fields: &[Field<'_>], finder: &Finder, along: Point) -> Option<f32> {
    let rim = rim(fields, finder, along)?;
    Some(rim.minus(finder.centre).length() / 3.5)
}

/// The outer rim of a pattern in a direction, in the first field that shows it.
fn rim(fields: &[Field<'_>], finder: &Finder, along: Point) -> Option<Point> {
    fields.iter().find_map(|field| {
        let from = field.of_frame(finder.centre);
        let module = finder.module / field.plane.scale;
        let rims = field.rims(from, along, finder.polarity, 6.0 * module + 2.0)?;
        let modules = rims[2] / module;
        (1.8..=5.5).contains(&modules).then(|| finder.centre.plus(along.times(rims[2] * field.plane.scale)))
    })
}

/// The symbol's corners, where the lines along the outer rims of its patterns meet.
fn rim_corners(fields: &[Field<'_>], triple: &Triple, u: Point, v: Point) -> Option<[Point; 4]> {
    let [a, b, c] = &triple.corners;
    let fan = |finder: &Finder, along: Point| -> Vec<Point> {
        (-FAN..=FAN).filter_map(|turn| rim(fields, finder, along.turned(turn as f32 * FAN_RADIANS))).collect()
    };
    let both = |one: &Finder, other: &Finder, along: Point| {
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

/// Moves one parameter after the other as long as that helps.
fn climbed(
    plane: &Plane<'_>,
    pattern: &Pattern,
    (mut best, mut contrast): (Mapping, f32),
    sign: f32,
    work: &mut Work,
) -> Option<(Mapping, f32)> {
    let mut step = best.module() * 0.6;
    for round in 0..ROUNDS {
        // The lower right corner is the one that is not seen; bulges come when the rest is about right.
        let parameters = if round < 2 { 8 } else { 12 };
        for parameter in (0..parameters).map(|at| (at + 4) % parameters) {
            for by in [step, -step] {
                if !work.take(pattern.len()) {
                    return Some((best, contrast));
                }
                let moved = best.moved(parameter, by);
                let seen = pattern.contrast(plane, &moved, sign);
                if seen > contrast {
                    (best, contrast) = (moved, seen);
                    break;
                }
            }
        }
        step *= 0.6;
    }
    contrast.is_finite().then_some((best, contrast))
}
