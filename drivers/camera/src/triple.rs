//! Three finder patterns that may be the corners of one symbol.

use crate::finder::{FINDERS_MAX, Finder};
use crate::geometry::Point;

/// Three finder patterns, the upper left one first, turned so that the second is to its right and the third below when
/// the symbol is not mirrored.
#[derive(Debug, Clone, Copy)]
pub struct Triple {
    pub corners: [Finder; 3],
    /// Places in the list they were taken from, in rising order: what makes two triples the same.
    pub key: [usize; 3],
    /// How far from the ideal; 0 is best.
    pub oddness: f32,
}

/// Modules between the middles of two patterns: those of version 1 are 14 apart, those over the diagonal of version 40
/// 241. Turned patterns are taken for larger than they are, by half at most.
const MODULES_APART: std::ops::RangeInclusive<f32> = 9.0..=260.0;

/// How much longer one side may be than the other, and the most of the cosine between them: a symbol seen from aside.
const SIDES_MAX: f32 = 2.2;
const SLANT_MAX: f32 = 0.6;

/// The plausible triples, best first, at most `count_max`.
pub fn triples(finders: &[Finder], count_max: usize) -> Vec<Triple> {
    let pairs = Pairs::of(finders);
    let mut found = Vec::new();
    for (i, a) in finders.iter().enumerate() {
        for j in pairs.alike(i).filter(|j| *j > i) {
            let Some(b) = finders.get(j) else { continue };
            for k in pairs.alike(i).filter(|k| *k > j) {
                let Some(c) = finders.get(k) else { continue };
                if pairs.are_alike(j, k) && pairs.may_be_corner([i, j, k]) {
                    found.extend(triple([a, b, c], [i, j, k]));
                }
                if found.len() >= 4 * count_max {
                    keep_best(&mut found, count_max);
                }
            }
        }
    }
    keep_best(&mut found, count_max);
    found.sort_by(|one, other| one.oddness.total_cmp(&other.oddness));
    found
}

/// What is known of any two patterns, so that a third is looked at only where it can fit.
struct Pairs {
    count: usize,
    /// A bit for each pattern that goes together with this one.
    alike: Vec<u64>,
    /// Squared distances, row after row.
    squares: Vec<f32>,
}

const _: () = assert!(FINDERS_MAX <= u64::BITS as usize);

impl Pairs {
    fn of(finders: &[Finder]) -> Self {
        let count = finders.len().min(FINDERS_MAX);
        let mut pairs = Self { count, alike: vec![0; count], squares: vec![0.0; count * count] };
        for (i, a) in finders.iter().enumerate().take(count) {
            for (j, b) in finders.iter().enumerate().take(count) {
                let apart = a.centre.minus(b.centre);
                pairs.squares[i * count + j] = apart.dot(apart);
                pairs.alike[i] |= u64::from(i != j && alike(a, b)) << j;
            }
        }
        pairs
    }

    /// The patterns that go together with one, in rising order.
    fn alike(&self, of: usize) -> impl Iterator<Item = usize> + use<> {
        let mut left = self.alike.get(of).copied().unwrap_or_default();
        std::iter::from_fn(move || {
            let next = (left != 0).then(|| left.trailing_zeros() as usize)?;
            left &= left - 1;
            Some(next)
        })
    }

    fn are_alike(&self, one: usize, other: usize) -> bool {
        self.alike.get(one).is_some_and(|bits| bits >> other & 1 == 1)
    }

    /// Whether two sides are alike and at an angle as [`oddness`] takes them, without a root.
    fn may_be_corner(&self, [a, b, c]: [usize; 3]) -> bool {
        let square = |one: usize, other: usize| self.squares[one * self.count + other];
        let mut sides = [square(a, b), square(b, c), square(c, a)];
        sides.sort_by(f32::total_cmp);
        let [short, long, opposite] = sides;
        let twice_the_cosine = short + long - opposite;
        long < SIDES_MAX * SIDES_MAX * 1.01 * short
            && twice_the_cosine * twice_the_cosine < 4.0 * SLANT_MAX * SLANT_MAX * 1.01 * short * long
    }
}

/// The `count_max` best, in any order.
fn keep_best(found: &mut Vec<Triple>, count_max: usize) {
    if found.len() > count_max {
        found.select_nth_unstable_by(count_max, |one, other| one.oddness.total_cmp(&other.oddness));
        found.truncate(count_max);
    }
}

fn alike(a: &Finder, b: &Finder) -> bool {
    let ratio = a.module / b.module;
    let apart = a.centre.minus(b.centre).length() * 2.0 / (a.module + b.module);
    a.polarity == b.polarity && (0.5..=2.0).contains(&ratio) && MODULES_APART.contains(&apart)
}

/// The corner is where the angle is nearest to a right one, which is where the longest side is not.
fn triple([a, b, c]: [&Finder; 3], key: [usize; 3]) -> Option<Triple> {
    let side = |one: &Finder, other: &Finder| one.centre.minus(other.centre).length();
    let (ab, bc, ca) = (side(a, b), side(b, c), side(c, a));
    let (corner, first, second) = if bc >= ab && bc >= ca {
        (a, b, c)
    } else if ca >= ab {
        (b, c, a)
    } else {
        (c, a, b)
    };
    let (u, v) = (first.centre.minus(corner.centre), second.centre.minus(corner.centre));
    let (right, below) = if u.cross(v) > 0.0 { (first, second) } else { (second, first) };
    let oddness = oddness(u, v, [corner, first, second])?;
    Some(Triple { corners: [*corner, *right, *below], key, oddness })
}

fn oddness(u: Point, v: Point, finders: [&Finder; 3]) -> Option<f32> {
    let (long, short) = (u.length().max(v.length()), u.length().min(v.length()));
    let slant = (u.dot(v) / (u.length() * v.length())).abs();
    if long > SIDES_MAX * short || slant > SLANT_MAX {
        return None;
    }
    let modules = finders.map(|finder| finder.module);
    let largest = modules.iter().copied().fold(0.0, f32::max);
    let smallest = modules.iter().copied().fold(f32::INFINITY, f32::min);
    let seen = finders.iter().map(|finder| finder.hits).min().unwrap_or(1) as f32;
    // A far pattern of another symbol is as good a corner as the right one but for the distance.
    let apart = (u.length() + v.length()) / (largest + smallest);
    Some((long / short - 1.0) + 1.5 * slant + (largest / smallest - 1.0) + 0.6 / seen + apart / 400.0)
}
