//! Three finder patterns that may be the corners of one symbol.

use crate::finder::Finder;
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

/// The plausible triples, best first, at most `count_max`.
pub fn triples(finders: &[Finder], count_max: usize) -> Vec<Triple> {
    let mut found = Vec::new();
    for (i, a) in finders.iter().enumerate() {
        for (j, b) in finders.iter().enumerate().skip(i + 1) {
            if !alike(a, b) {
                continue;
            }
            for (k, c) in finders.iter().enumerate().skip(j + 1) {
                if alike(a, c) && alike(b, c) {
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
    if long > 2.2 * short || slant > 0.6 {
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
